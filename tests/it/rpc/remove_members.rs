//! RemoveMembers: each on its own or all together, and what ends with a membership.

use crate::support::calls::{Outcome, refused_item, request_id};
use crate::support::selections::many_like;
use crate::support::{Person, Refusal, World, each_engine, invariants, refused, with};
use roster::pb::roster::membership::v1 as ms;
use tonic::Code;

fn removal(member: &str, confirm: &str) -> ms::Removal {
    ms::Removal {
        member_id: member.into(),
        confirm: confirm.into(),
        etag: String::new(),
    }
}

async fn remove(world: &World, by: &Person, request: ms::RemoveMembersRequest) -> Outcome<ms::RemoveMembersResponse> {
    world.membership().remove_members(with(&by.token, request)).await
}

fn reason(result: &ms::RemovalResult) -> (Code, String) {
    assert_eq!(result.receipt, None, "{result:?}");
    let refusal = Refusal::of(&refused_item(result));
    (refusal.code, refusal.reason)
}

each_engine! {
    async fn a_batch_is_answered_in_its_order_each_on_its_own(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let carla = world.put(&ana, "carla@example.org", "Carla", &[]).await;
        let dora = world.put(&ana, "dora@example.org", "Dora", &[]).await;
        let eva = world.add(&ana, "eva@example.org", "member").await;
        let removals = vec![
            removal(&ana.member, &ana.email),
            removal(&carla.id, " CARLA@Example.org"),
            removal(&bob.member, &bob.email),
            removal("mbr_01h455vb4pex5vsknk084sn02q", "ghost@example.org"),
            removal(&dora.id, "carla@example.org"),
            ms::Removal { etag: "v77".into(), ..removal(&dora.id.clone(), "dora@example.org") },
            removal(&eva.id, &eva.email),
        ];
        // Each member once: the second Dora has to go.
        let twice = ms::RemoveMembersRequest { removals: removals.clone(), ..Default::default() };
        let refusal = refused(remove(&world, &bob, twice).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        assert_eq!(refusal.fields(), ["removals[5].member_id"]);
        let mut request = ms::RemoveMembersRequest { removals, ..Default::default() };
        let stale = request.removals.remove(5);
        let done = remove(&world, &bob, request.clone()).await.unwrap().into_inner().results;
        assert_eq!(done.iter().map(|r| &r.member_id).collect::<Vec<_>>(), request.removals.iter().map(|r| &r.member_id).collect::<Vec<_>>());
        assert_eq!(reason(&done[0]), (Code::PermissionDenied, "REASON_TARGET_OUTRANKS_YOU".into()));
        assert_eq!((done[1].error.clone(), done[1].receipt), (None, Some(ms::RemovalReceipt { roles_ended: 1, ..Default::default() })));
        assert_eq!(reason(&done[2]), (Code::FailedPrecondition, "REASON_ACTING_ON_YOURSELF".into()));
        assert_eq!(reason(&done[3]), (Code::NotFound, "REASON_NOT_FOUND".into()));
        assert_eq!(reason(&done[4]), (Code::InvalidArgument, "REASON_INPUT_INVALID".into()));
        assert_eq!(Refusal::of(&refused_item(&done[4])).fields(), ["removals[4].confirm"]);
        assert_eq!(done[5].error, None);
        for refused in [&done[0], &done[2], &done[3], &done[4]] {
            let message = &refused.error.as_ref().unwrap().message;
            assert!(message.contains(' ') && !message.starts_with("REASON_"), "words, not a code: {message}");
        }
        let stale = ms::RemoveMembersRequest { removals: vec![stale], ..Default::default() };
        let done = world.unchanged(remove(&world, &bob, stale)).await.unwrap().into_inner().results;
        assert_eq!(reason(&done[0]), (Code::Aborted, "REASON_ETAG_MISMATCH".into()));
        let left = world.list(&ana, ms::ListMembersRequest { order_by: "email".into(), ..Default::default() }).await;
        let left: Vec<_> = left.members.iter().map(|m| m.email.as_str()).collect();
        assert_eq!(left, ["ana@example.org", "bob@example.org", "dora@example.org"]);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn atomic_is_all_or_none(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let carla = world.put(&ana, "carla@example.org", "Carla", &[]).await;
        let dora = world.join(&ana, "dora@example.org", "member").await;
        let batch = |last| ms::RemoveMembersRequest {
            removals: vec![removal(&carla.id, &carla.email), removal(&dora.member, &dora.email), last],
            atomic: true,
            ..Default::default()
        };
        world.unchanged(async {
            let refusal = remove(&world, &ana, batch(removal(&ana.member, &ana.email))).await;
            refused(refusal, Code::FailedPrecondition, "REASON_OWNER_PROTECTED");
            let refusal = remove(&world, &ana, batch(removal("mbr_01h455vb4pex5vsknk084sn02q", "x@example.org"))).await;
            refused(refusal, Code::NotFound, "REASON_NOT_FOUND");
        })
        .await;
        world.try_get(&dora, &dora.member).await.expect("nobody was logged out by a batch that failed");
        let mut good = batch(removal("", ""));
        good.removals.pop();
        let done = remove(&world, &ana, good).await.unwrap().into_inner().results;
        assert!(done.iter().all(|r| r.error.is_none() && r.receipt.is_some()));
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn r6_what_rested_on_the_membership_ends_with_it(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let phone = world.log_in("bob@example.org").await;
        let own = world.found(&world.log_in("bob@example.org").await, "Bob's own").await;
        for email in ["x@example.org", "y@example.org"] {
            world.add(&bob, email, "member").await;
        }
        world.add(&ana, "z@example.org", "member").await;
        let (x, z) = (world.code("x@example.org").await, world.code("z@example.org").await);
        let receipt = world.remove(&ana, &bob.member, &bob.email).await;
        assert_eq!((receipt.sessions_ended, receipt.invitations_withdrawn), (2, 2));
        for token in [&bob, &phone] {
            refused(world.try_get(token, &ana.member).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        }
        world.try_get(&own, &own.member).await.expect("what they have elsewhere is untouched");
        // c08: the invitations that rested on the inviter are withdrawn, and the list says so; others stay open.
        refused(world.accept_new(&x).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        let request = ms::ListMembersRequest { states: vec![ms::MemberState::Added.into()], order_by: "email".into(), ..Default::default() };
        let listed = world.list(&ana, request).await.members;
        assert_eq!(listed.iter().map(|m| m.email.as_str()).collect::<Vec<_>>(), ["x@example.org", "y@example.org"]);
        assert!(listed.iter().all(|m| m.guide() == ms::Guide::Invite && !m.has_seat && m.invitation.is_none()));
        world.accept_new(&z).await.unwrap();
        refused(world.try_switch(&own, &ana.organization).await, Code::NotFound, "REASON_NOT_FOUND");
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn a_removal_is_refused_before_anything_is_looked_at(world: World) {
        let world = world.with_clerks().await;
        let ana = world.sign_up("ana@example.org").await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let clerk = world.join(&ana, "clerk@example.org", "clerk").await;
        let one = |r: ms::Removal| ms::RemoveMembersRequest { removals: vec![r], ..Default::default() };
        world.unchanged(async {
            let refusal = refused(remove(&world, &carla, one(removal("?", ""))).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
            assert_eq!((refusal.metadata["permission"].as_str(), refusal.metadata["roles"].as_str()), ("members.remove", "owner, admin, clerk"));
            let above = remove(&world, &clerk, one(removal(&carla.member, &carla.email))).await.unwrap().into_inner();
            assert_eq!(reason(&above.results[0]), (Code::PermissionDenied, "REASON_TARGET_OUTRANKS_YOU".into()));
            let none = ms::RemoveMembersRequest::default();
            assert_eq!(refused(remove(&world, &ana, none).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["removals"]);
            let many = ms::RemoveMembersRequest { removals: vec![removal(&carla.member, &carla.email); 1001], ..Default::default() };
            assert_eq!(refused(remove(&world, &ana, many).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["removals"]);
            let bad = ms::RemoveMembersRequest {
                removals: vec![removal(&carla.member, ""), ms::Removal { etag: "7".into(), ..removal(&clerk.user, "clerk@example.org") }],
                ..Default::default()
            };
            let mut fields = refused(remove(&world, &ana, bad).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields();
            fields.sort();
            assert_eq!(fields, ["removals[0].confirm", "removals[1].etag", "removals[1].member_id"]);
        })
        .await;
    }
}

each_engine! {
    async fn validate_only_and_request_id(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let request = ms::RemoveMembersRequest {
            removals: vec![removal(&bob.member, &bob.email), removal(&ana.member, &ana.email)],
            request_id: request_id(),
            ..Default::default()
        };
        let dry = ms::RemoveMembersRequest { validate_only: true, ..request.clone() };
        let would = world.unchanged(remove(&world, &ana, dry)).await.unwrap().into_inner();
        assert_eq!(would.results[0].receipt.unwrap().sessions_ended, 1);
        world.try_get(&bob, &bob.member).await.expect("a rehearsal logs nobody out");
        let first = remove(&world, &ana, request.clone()).await.unwrap().into_inner();
        assert_eq!(first, would);
        world.unchanged(async {
            assert_eq!(remove(&world, &ana, request.clone()).await.unwrap().into_inner(), first);
            let other = ms::RemoveMembersRequest { atomic: true, ..request.clone() };
            refused(remove(&world, &ana, other).await, Code::AlreadyExists, "REASON_REQUEST_ID_REUSED");
        })
        .await;
    }
}

each_engine! {
    async fn nearly_a_thousand_go_at_once(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let one = world.put(&ana, "m@example.org", "M", &[]).await.id;
        let there = many_like(&world, &ana, &one, 990).await;
        let mut removals: Vec<_> = there.iter().enumerate().map(|(i, id)| removal(id, &format!("many{i}.m@example.org"))).collect();
        // And some who aren't there.
        for _ in 990..1000 {
            let id = roster::domain::MemberId::new(uuid::Uuid::now_v7());
            removals.push(removal(&id.to_string(), "ghost@example.org"));
        }
        let request = ms::RemoveMembersRequest { removals, ..Default::default() };
        let done = remove(&world, &ana, request).await.unwrap().into_inner().results;
        assert_eq!(done.len(), 1000);
        assert!(done[..990].iter().all(|r| r.error.is_none()));
        assert_eq!(world.list(&ana, ms::ListMembersRequest::default()).await.members.len(), 2, "the owner, and whom they were made like");
        assert!(done[990..].iter().all(|r| reason(r) == (Code::NotFound, "REASON_NOT_FOUND".into())));
        invariants::check(&world).await;
    }
}
