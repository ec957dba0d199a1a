//! Who is in a group, what that gives them, and how it ends.

use crate::support::calls::{Outcome, request_id};
use crate::support::naming::{done, groups_of, sources_of, texts, why};
use crate::support::{Person, World, each_engine, invariants, refused, with};
use ms::RoleSource::{Direct, Group as FromGroup};
use roster::domain::group::Group;
use roster::domain::{GroupId, MemberId, OrganizationId};
use roster::mail::message::MailTemplate;
use roster::pb::roster::membership::v1 as ms;
use tonic::Code;

const DEAD: (Code, &str) = (Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");

async fn put_in(
    world: &World,
    by: &Person,
    request: ms::AddGroupMembersRequest,
) -> Outcome<ms::AddGroupMembersResponse> {
    world.membership().add_group_members(with(&by.token, request)).await
}

async fn take_out(
    world: &World,
    by: &Person,
    request: ms::RemoveGroupMembersRequest,
) -> Outcome<ms::RemoveGroupMembersResponse> {
    world.membership().remove_group_members(with(&by.token, request)).await
}

/// Somebody's log-ins to try a right with: adding a member takes `members.add`.
async fn may_add(world: &World, who: &Person) -> bool {
    let request = ms::AddMemberRequest {
        email: "try@example.org".into(),
        validate_only: true,
        ..Default::default()
    };
    match world.try_add(who, request).await {
        Ok(_) => true,
        Err(status) => {
            assert!(
                matches!(status.code(), Code::PermissionDenied | Code::Unauthenticated),
                "{status:?}"
            );
            false
        }
    }
}

each_engine! {
    async fn a_group_gives_its_roles_to_those_in_it(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "guest").await;
        let carla = world.put(&ana, "carla@example.org", "Carla", &["guest"]).await;
        let dora = world.add(&ana, "dora@example.org", "guest").await;
        let group = world.group(&ana, "Support", &["admin", "guest"]).await;
        let was = world.get(&ana, &bob.member).await;
        world.clock.advance(std::time::Duration::from_secs(3));
        let selection = [bob.member.as_str(), "mbr_01h455vb4pex5vsknk084sn02q", &carla.id, &dora.id];
        let results = world.try_put_in(&ana, "support", &selection).await.unwrap().into_inner().results;
        assert_eq!(results.iter().map(|r| r.member_id.as_str()).collect::<Vec<_>>(), selection);
        assert_eq!(why(&results[1]), (Code::NotFound, "REASON_NOT_FOUND".into()));
        let now = results[0].member.clone().unwrap();
        assert_eq!(sources_of(&now), [("admin", FromGroup, group.id.as_str()), ("guest", Direct, ""), ("guest", FromGroup, group.id.as_str())]);
        assert_eq!(groups_of(&now), ["Support"]);
        assert_ne!(now.etag, was.etag);
        assert_eq!(now.update_time.unwrap().seconds, was.update_time.unwrap().seconds + 3);
        assert_eq!(world.get(&ana, &bob.member).await, now);
        // Whoever is in hears of other roles; who isn't in yet has no part in it.
        let told = |mails: Vec<MailTemplate>| mails.iter().any(|mail| matches!(mail, MailTemplate::RolesChanged { roles, .. } if roles.contains("admin")));
        assert!(told(world.mails(&bob.email).await) && !told(world.mails("dora@example.org").await));
        for state in [&results[2], &results[3]] {
            assert_eq!(groups_of(state.member.as_ref().unwrap()), ["Support"]);
        }
        // The union, by module.
        let full = world.get_with_permissions(&ana, &bob.member).await;
        let of = |module: &str| full.permissions.iter().find(|m| m.module == module).map(|m| m.permissions.clone()).unwrap_or_default();
        assert!(of("members").contains(&"members.remove".to_owned()) && of("organization") == ["organization.read"], "{full:?}");
        // It comes with the next token.
        let bob = world.renewed(&bob).await;
        assert!(may_add(&world, &bob).await);
        // Who is in already is no failure, and no change.
        let again = world.unchanged(world.put_in(&ana, &group.id, &[&bob.member])).await;
        assert_eq!(again[0], now);
        let listed = world.list(&ana, ms::ListMembersRequest { group_ids: vec![group.id.clone()], order_by: "email".into(), ..Default::default() }).await;
        assert_eq!(listed.members.iter().map(|m| m.email.as_str()).collect::<Vec<_>>(), ["bob@example.org", "carla@example.org", "dora@example.org"]);
        assert_eq!(listed.members[0], now);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn a_selection_is_one_to_a_thousand_each_once(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let group = world.group(&ana, "Support", &[]).await;
        let bob = world.put(&ana, "bob@example.org", "Bob", &[]).await;
        let many = vec![bob.id.as_str(); 1001];
        world.unchanged(async {
            for (members, field) in [(&[] as &[&str], "member_ids"), (&[&bob.id, &bob.id], "member_ids[1]"), (&["usr_01h455vb4pex5vsknk084sn02q"], "member_ids[0]"), (&many, "member_ids")] {
                let refusal = refused(world.try_put_in(&ana, &group.id, members).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
                assert_eq!(refusal.fields(), [field]);
                let refusal = refused(world.try_take_out(&ana, &group.id, members).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
                assert_eq!(refusal.fields(), [field]);
            }
            // As many as fit into an answer's headers are told.
            let faulty = vec!["mbr_"; 1000];
            let refusal = refused(world.try_put_in(&ana, &group.id, &faulty).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
            let told = refusal.fields();
            assert!((10..20).contains(&told.len()) && told[9] == "member_ids[9]", "{told:?}");
            assert!(refusal.message.contains("more"), "{}", refusal.message);
            let atomic = ms::AddGroupMembersRequest { group_id: group.id.clone(), member_ids: texts(&[&bob.id, "mbr_01h455vb4pex5vsknk084sn02q"]), atomic: true, ..Default::default() };
            refused(put_in(&world, &ana, atomic).await, Code::NotFound, "REASON_NOT_FOUND");
        })
        .await;
        world.put_in(&ana, &group.id, &[&bob.id]).await;
        let atomic = ms::RemoveGroupMembersRequest { group_id: group.id.clone(), member_ids: texts(&[&bob.id, "mbr_01h455vb4pex5vsknk084sn02q"]), atomic: true, ..Default::default() };
        refused(world.unchanged(take_out(&world, &ana, atomic)).await, Code::NotFound, "REASON_NOT_FOUND");
        // Who isn't in is no failure, and no change.
        world.take_out(&ana, &group.id, &[&bob.id]).await;
        world.unchanged(world.take_out(&ana, &group.id, &[&bob.id])).await;
    }
}

each_engine! {
    async fn validate_only_and_request_id(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "guest").await;
        let group = world.group(&ana, "Support", &["admin"]).await;
        let add = ms::AddGroupMembersRequest { group_id: group.id.clone(), member_ids: vec![bob.member.clone()], request_id: request_id(), ..Default::default() };
        let dry = ms::AddGroupMembersRequest { validate_only: true, ..add.clone() };
        let would = world.unchanged(put_in(&world, &ana, dry)).await.unwrap().into_inner();
        assert_eq!(groups_of(&done(would.results)[0]), ["Support"]);
        let first = put_in(&world, &ana, add.clone()).await.unwrap().into_inner();
        assert_eq!(world.unchanged(put_in(&world, &ana, add)).await.unwrap().into_inner(), first);
        let bob = world.renewed(&bob).await;
        let remove = ms::RemoveGroupMembersRequest { group_id: group.id.clone(), member_ids: vec![bob.member.clone()], request_id: request_id(), ..Default::default() };
        let dry = ms::RemoveGroupMembersRequest { validate_only: true, ..remove.clone() };
        world.unchanged(take_out(&world, &ana, dry)).await.unwrap();
        assert!(may_add(&world, &bob).await, "a rehearsal takes nothing");
        let first = take_out(&world, &ana, remove.clone()).await.unwrap().into_inner();
        assert_eq!(world.unchanged(take_out(&world, &ana, remove)).await.unwrap().into_inner(), first);
        assert!(!may_add(&world, &bob).await);
    }
}

each_engine! {
    async fn k01_what_a_group_gave_ends_with_it_at_once(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let group = world.group(&ana, "Support", &["admin"]).await;
        let mut bob = world.join(&ana, "bob@example.org", "guest").await;
        for ending in ["out", "role", "deleted"] {
            world.carry(&ana, &group.id, &["admin"]).await.unwrap();
            world.put_in(&ana, &group.id, &[&bob.member]).await;
            bob = world.renewed(&bob).await;
            assert!(may_add(&world, &bob).await, "{ending}");
            let invited = world.add(&bob, &format!("{ending}@example.org"), "member").await;
            match ending {
                "out" => drop(world.take_out(&ana, &group.id, &[&bob.member]).await),
                "role" => drop(world.carry(&ana, &group.id, &["guest"]).await.unwrap()),
                _ => drop(world.try_delete_group(&ana, &group.id, "Support").await.unwrap()),
            }
            // The token is dead, not only weaker; the session lives; and what rested on the right is gone with it.
            refused(world.try_get(&bob, &bob.member).await, DEAD.0, DEAD.1);
            bob = world.renewed(&bob).await;
            assert!(!may_add(&world, &bob).await, "{ending}");
            assert_eq!(world.get(&ana, &invited.id).await.state(), ms::MemberState::Added, "{ending}");
            invariants::check(&world).await;
        }
        // Who has the same from elsewhere too loses nothing by leaving. When the group itself goes, all in it renew once.
        let group = world.group(&ana, "Again", &["admin"]).await;
        world.set_roles(&ana, &bob.member, &["admin"]).await.unwrap();
        world.put_in(&ana, &group.id, &[&bob.member]).await;
        bob = world.renewed(&bob).await;
        world.take_out(&ana, &group.id, &[&bob.member]).await;
        assert!(may_add(&world, &bob).await);
        world.put_in(&ana, &group.id, &[&bob.member]).await;
        world.try_delete_group(&ana, &group.id, "Again").await.unwrap();
        bob = world.renewed(&bob).await;
        assert!(may_add(&world, &bob).await);
    }
}

each_engine! {
    async fn nobody_acts_on_those_who_hold_more(world: World) {
        let world = world.with_keepers().await;
        let ana = world.sign_up("ana@example.org").await;
        let keeper = world.join(&ana, "keeper@example.org", "keeper").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let group = world.group(&keeper, "Plain", &[]).await;
        world.put_in(&ana, &group.id, &[&bob.member, &ana.member]).await;
        let carla = world.put(&ana, "carla@example.org", "Carla", &["keeper"]).await;
        let selection = [bob.member.as_str(), &ana.member, &carla.id, &keeper.member];
        let above = (Code::PermissionDenied, "REASON_TARGET_OUTRANKS_YOU".to_owned());
        let other = world.group(&keeper, "Other", &["keeper"]).await;
        let results = world.try_put_in(&keeper, &other.id, &selection).await.unwrap().into_inner().results;
        assert_eq!([why(&results[0]), why(&results[1])], [above.clone(), above.clone()]);
        done(results[2..].to_vec());
        let results = world.try_take_out(&keeper, &group.id, &selection).await.unwrap().into_inner().results;
        assert_eq!([why(&results[0]), why(&results[1])], [above.clone(), above]);
        done(results[2..].to_vec());
        // A refusal of one is recorded, as one of the whole call is.
        assert_eq!(invariants::logged(&world, "call_refused").await, 4);
        assert_eq!(groups_of(&world.get(&ana, &ana.member).await), ["Plain"]);
        // The owner goes in and out as they like; it gives them nothing, and they stay the owner.
        let strong = world.group(&ana, "Strong", &["admin"]).await;
        world.put_in(&ana, &strong.id, &[&ana.member]).await;
        world.take_out(&ana, &strong.id, &[&ana.member]).await;
        world.take_out(&ana, &group.id, &[&ana.member]).await;
        world.get(&ana, &ana.member).await;
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn c09_acceptance_counts_what_groups_give(world: World) {
        let world = world.with_keepers().await;
        let ana = world.sign_up("ana@example.org").await;
        let keeper = world.join(&ana, "keeper@example.org", "keeper").await;
        let plain = world.group(&ana, "Plain", &["keeper"]).await;
        let strong = world.group(&ana, "Strong", &["admin"]).await;
        // Ana gives the invited more than the keeper could have given: then it is her invitation.
        for (name, group, by) in [("plain", &plain, &keeper), ("strong", &strong, &ana)] {
            let email = format!("{name}@example.org");
            let invited = world.add(&keeper, &email, "keeper").await;
            let code = world.code(&email).await;
            let put = world.put_in(&ana, &group.id, &[&invited.id]).await;
            assert_eq!(put[0].invitation.as_ref().unwrap().invited_by_user_id, by.user);
            world.accept_new(&code).await.unwrap();
        }
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn a_removal_leaves_nothing_in_groups(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "guest").await;
        let group = world.group(&ana, "Support", &["admin"]).await;
        world.tag(&ana, "Night").await;
        world.put_in(&ana, &group.id, &[&bob.member]).await;
        world.try_tag_members(&ana, &[&bob.member], &["Night"], &[]).await.unwrap();
        world.remove(&ana, &bob.member, &bob.email).await;
        for table in ["group_members", "member_tags", "grants", "bindings"] {
            assert_eq!(world.count(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
        }
        assert_eq!(world.try_get_group(&ana, &group.id).await.unwrap().into_inner().group.unwrap().member_count, Some(0));
        // Only who is on the list gets into a group.
        let results = world.try_put_in(&ana, &group.id, &[&bob.member]).await.unwrap().into_inner().results;
        assert_eq!(why(&results[0]), (Code::NotFound, "REASON_NOT_FOUND".into()));
        let again = world.put(&ana, &bob.email, "Bob", &["guest"]).await;
        assert_eq!((again.groups.len(), again.tags.len()), (0, 0));
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn a_member_is_in_a_hundred_groups_at_most(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.put(&ana, "bob@example.org", "Bob", &[]).await;
        let (organization, member): (OrganizationId, MemberId) = (ana.organization.parse().unwrap(), bob.id.parse().unwrap());
        let (tx, now) = (world.app.store.begin().await.unwrap(), world.app.clock.now());
        for i in 0..99 {
            let group = Group {
                id: GroupId::new(uuid::Uuid::now_v7()),
                organization,
                name: format!("Group {i}").parse().unwrap(),
                description: Default::default(),
                roles: vec![],
                version: 1,
                created_at: now,
                updated_at: now,
            };
            tx.groups().insert(&group).await.unwrap();
            tx.groups().put_in(organization, &[(group.id, member)]).await.unwrap();
        }
        crate::store::keep(tx).await;
        world.group(&ana, "The last", &[]).await;
        world.group(&ana, "One more", &[]).await;
        world.put_in(&ana, "The last", &[&bob.id]).await;
        let results = world.unchanged(world.try_put_in(&ana, "One more", &[&bob.id])).await.unwrap().into_inner().results;
        assert_eq!(why(&results[0]), (Code::ResourceExhausted, "REASON_LIMIT_REACHED".into()));
        assert_eq!(world.get(&ana, &bob.id).await.groups.len(), 100);
    }
}
