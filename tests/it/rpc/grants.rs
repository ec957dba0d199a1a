//! What AddMember and UpdateMember give beside roles: tags, groups and single permissions.

use crate::support::calls::Outcome;
use crate::support::naming::{groups_of, sources_of, tags_of, texts};
use crate::support::{Person, World, each_engine, invariants, refused, with};
use prost_types::FieldMask;
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::membership::v1 as ms;
use tonic::Code;

const INVALID: (Code, &str) = (Code::InvalidArgument, "REASON_INPUT_INVALID");

async fn update(world: &World, by: &Person, request: ms::UpdateMemberRequest) -> Outcome<ms::UpdateMemberResponse> {
    world.membership().update_member(with(&by.token, request)).await
}

async fn updated(world: &World, by: &Person, request: ms::UpdateMemberRequest) -> ms::Member {
    update(world, by, request).await.unwrap().into_inner().member.unwrap()
}

fn masked(member: &str, paths: &[&str]) -> ms::UpdateMemberRequest {
    ms::UpdateMemberRequest {
        member_id: member.into(),
        update_mask: Some(FieldMask { paths: texts(paths) }),
        ..Default::default()
    }
}

fn adding(email: &str) -> ms::AddMemberRequest {
    ms::AddMemberRequest {
        email: email.into(),
        role_ids: texts(&["guest"]),
        ..Default::default()
    }
}

async fn may(world: &World, by: &Person, member: &str, permission: &str) -> bool {
    let request = ac::CheckAccessRequest {
        permission: permission.into(),
        subject: Some(ac::check_access_request::Subject::MemberId(member.into())),
        ..Default::default()
    };
    world
        .access()
        .check_access(with(&by.token, request))
        .await
        .unwrap()
        .into_inner()
        .allowed
}

each_engine! {
    async fn a_member_is_added_with_all_they_get(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.group(&ana, "Support", &["member"]).await;
        // Later, so that its id is greater and its name still comes first.
        world.clock.advance(std::time::Duration::from_secs(1));
        world.group(&ana, "Bare", &[]).await;
        let tag = world.tag(&ana, "Night").await;
        let request = ms::AddMemberRequest {
            tag_ids: texts(&["night", &tag.id]),
            group_ids: texts(&["support", "BARE"]),
            grants: texts(&["folders.manage", "billing.read", "folders.manage"]),
            ..adding("bob@example.org")
        };
        let dry = ms::AddMemberRequest { validate_only: true, ..request.clone() };
        let would = world.unchanged(world.try_add(&ana, dry)).await.unwrap().into_inner().member.unwrap();
        assert_eq!(groups_of(&would), ["Bare", "Support"]);
        let bob = world.try_add(&ana, request).await.unwrap().into_inner().member.unwrap();
        assert_eq!((groups_of(&bob), tags_of(&bob), bob.grants.clone()), (vec!["Bare", "Support"], vec!["Night"], texts(&["billing.read", "folders.manage"])));
        let sources = sources_of(&bob);
        assert_eq!(sources.iter().map(|(name, source, _)| (*name, *source)).collect::<Vec<_>>(), [("guest", ms::RoleSource::Direct), ("member", ms::RoleSource::Group)]);
        // The list shows it at once (D7), and the same.
        let listed = world.list(&ana, ms::ListMembersRequest { query: "bob".into(), ..Default::default() }).await;
        assert_eq!(listed.members, [bob.clone()]);
        assert_eq!(world.get(&ana, &bob.id).await, bob);
        // The union, by module, and only while they are in (C10).
        let full = world.get_with_permissions(&ana, &bob.id).await;
        let all: Vec<String> = full.permissions.iter().flat_map(|module| module.permissions.clone()).collect();
        for permission in ["folders.manage", "billing.read", "documents.download", "organization.read"] {
            assert!(all.contains(&permission.to_owned()), "{permission} in {all:?}");
            assert!(!may(&world, &ana, &bob.id, permission).await);
        }
        assert!(!all.contains(&"billing.manage".to_owned()));
        let accepted = world.accept_new(&world.code("bob@example.org").await).await.unwrap().into_inner();
        for permission in ["folders.manage", "documents.download"] {
            assert!(may(&world, &ana, &accepted.member_id, permission).await, "{permission}");
        }
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn each_field_is_set_and_emptied_by_itself(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        for name in ["One", "Two"] {
            world.group(&ana, name, &["member"]).await;
            world.tag(&ana, name).await;
        }
        let bob = world.put(&ana, "bob@example.org", "Bob", &["guest"]).await;
        // Without a mask: what is set.
        let set = ms::UpdateMemberRequest { member_id: bob.id.clone(), tag_ids: texts(&["One"]), group_ids: texts(&["One"]), grants: texts(&["folders.manage"]), ..Default::default() };
        let now = updated(&world, &ana, set).await;
        assert_eq!((groups_of(&now), tags_of(&now), now.grants.len(), now.roles.len()), (vec!["One"], vec!["One"], 1, 2));
        let now = updated(&world, &ana, ms::UpdateMemberRequest { tag_ids: texts(&["Two", "One"]), ..masked(&bob.id, &["tag_ids"]) }).await;
        assert_eq!((groups_of(&now), tags_of(&now), now.grants.len()), (vec!["One"], vec!["One", "Two"], 1));
        // With one: what it names, emptied if empty.
        let now = updated(&world, &ana, ms::UpdateMemberRequest { group_ids: texts(&["Two"]), tag_ids: texts(&["One"]), ..masked(&bob.id, &["group_ids", "grants"]) }).await;
        assert_eq!((groups_of(&now), tags_of(&now), now.grants.len()), (vec!["Two"], vec!["One", "Two"], 0));
        let empty = masked(&bob.id, &["tag_ids", "group_ids", "grants"]);
        let now = updated(&world, &ana, empty.clone()).await;
        assert_eq!((now.groups.len(), now.tags.len(), now.roles.len()), (0, 0, 1));
        assert_eq!(world.unchanged(updated(&world, &ana, empty)).await, now);
        assert_eq!(invariants::logged(&world, "member_updated").await, 4);
        world.unchanged(async {
            // B10: no flag, no state, nothing but what the contract lists.
            for path in ["owner", "system", "is_admin", "permissions", "state", "has_seat", "grants.0", "groups", "tags", "user_id"] {
                let request = ms::UpdateMemberRequest { grants: texts(&["folders.manage"]), ..masked(&bob.id, &[path]) };
                assert_eq!(refused(update(&world, &ana, request).await, INVALID.0, INVALID.1).fields(), ["update_mask.paths[0]"], "{path}");
            }
            let malformed = ms::UpdateMemberRequest { member_id: bob.id.clone(), tag_ids: texts(&["tag_x"]), group_ids: texts(&["a\nb"]), grants: texts(&["folders", "*"]), ..Default::default() };
            assert_eq!(refused(update(&world, &ana, malformed).await, INVALID.0, INVALID.1).fields(), ["tag_ids[0]", "group_ids[0]", "grants[0]", "grants[1]"]);
            let many = ms::UpdateMemberRequest { member_id: bob.id.clone(), tag_ids: texts(&["x"; 101]), group_ids: texts(&["x"; 101]), grants: texts(&["a.b"; 101]), ..Default::default() };
            assert_eq!(refused(update(&world, &ana, many).await, INVALID.0, INVALID.1).fields(), ["tag_ids", "group_ids", "grants"]);
        })
        .await;
    }
}

each_engine! {
    async fn a04_what_is_not_there_is_not_found(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let eva = world.sign_up("eva@example.org").await;
        let (group, tag) = (world.group(&eva, "Support", &["guest"]).await, world.tag(&eva, "Night").await);
        let bob = world.put(&ana, "bob@example.org", "Bob", &[]).await;
        let nothing = "01h455vb4pex5vsknk084sn02q";
        world.unchanged(async {
            for (kind, ids) in [("group", [group.id.clone(), format!("grp_{nothing}"), "Support".into()]), ("tag", [tag.id.clone(), format!("tag_{nothing}"), "Night".into()])] {
                for id in ids {
                    let (mut add, mut change) = (adding("new@example.org"), ms::UpdateMemberRequest { member_id: bob.id.clone(), ..Default::default() });
                    let fields = if kind == "group" { (&mut add.group_ids, &mut change.group_ids) } else { (&mut add.tag_ids, &mut change.tag_ids) };
                    fields.0.push(id.clone());
                    fields.1.push(id.clone());
                    for refusal in [refused(world.try_add(&ana, add).await, Code::NotFound, "REASON_NOT_FOUND"), refused(update(&world, &ana, change).await, Code::NotFound, "REASON_NOT_FOUND")] {
                        assert_eq!((refusal.metadata["kind"].as_str(), refusal.metadata["id"].as_str()), (kind, id.as_str()));
                    }
                }
            }
            let unknown = ms::UpdateMemberRequest { member_id: bob.id.clone(), grants: texts(&["rockets.launch"]), ..Default::default() };
            let refusal = refused(update(&world, &ana, unknown).await, Code::NotFound, "REASON_NOT_FOUND");
            assert_eq!((refusal.metadata["kind"].as_str(), refusal.metadata["id"].as_str()), ("permission", "rockets.launch"));
        })
        .await;
    }
}

each_engine! {
    async fn b01_b03_nobody_gives_what_they_lack_by_any_field(world: World) {
        let world = world.with_keepers().await;
        let ana = world.sign_up("ana@example.org").await;
        let keeper = world.join(&ana, "keeper@example.org", "keeper").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let carla = world.put(&ana, "carla@example.org", "Carla", &["keeper"]).await;
        world.group(&ana, "Strong", &["member"]).await;
        world.group(&ana, "Plain", &["keeper"]).await;
        world.tag(&ana, "Night").await;
        world.unchanged(async {
            let beyond = ("REASON_RIGHTS_EXCEED_YOURS", [(texts(&["Strong"]), vec![]), (vec![], texts(&["folders.manage"])), (texts(&["Plain"]), texts(&["members.add", "credits.spend"]))]);
            for (groups, grants) in beyond.1 {
                let add = ms::AddMemberRequest { role_ids: texts(&["keeper"]), group_ids: groups.clone(), grants: grants.clone(), ..adding("new@example.org") };
                refused(world.try_add(&keeper, add).await, Code::PermissionDenied, beyond.0);
                for member in [&carla.id, &keeper.member] {
                    let change = ms::UpdateMemberRequest { member_id: member.clone(), group_ids: groups.clone(), grants: grants.clone(), ..Default::default() };
                    refused(update(&world, &keeper, change).await, Code::PermissionDenied, beyond.0);
                }
            }
            // Not even the owner gives what the catalogue keeps to roles.
            for permission in ["organization.delete", "organization.transfer"] {
                let add = ms::AddMemberRequest { grants: texts(&[permission]), ..adding("new@example.org") };
                let change = ms::UpdateMemberRequest { member_id: carla.id.clone(), grants: texts(&["members.read", permission]), ..Default::default() };
                for refusal in [refused(world.try_add(&ana, add).await, Code::FailedPrecondition, "REASON_PERMISSION_NOT_GRANTABLE"), refused(update(&world, &ana, change).await, Code::FailedPrecondition, "REASON_PERMISSION_NOT_GRANTABLE")] {
                    assert_eq!(refusal.metadata["permission"], permission);
                }
            }
            // Whoever holds more is not theirs to edit; but a tag gives nothing, so anybody may bear one.
            for (groups, grants) in [(texts(&["Plain"]), vec![]), (vec![], texts(&["members.add"]))] {
                let change = ms::UpdateMemberRequest { member_id: bob.member.clone(), group_ids: groups, grants, tag_ids: texts(&["Night"]), ..Default::default() };
                refused(update(&world, &keeper, change).await, Code::PermissionDenied, "REASON_TARGET_OUTRANKS_YOU");
            }
            let own = ms::UpdateMemberRequest { member_id: ana.member.clone(), grants: texts(&["members.add"]), ..Default::default() };
            refused(update(&world, &ana, own).await, Code::FailedPrecondition, "REASON_OWNER_PROTECTED");
        })
        .await;
        for member in [&bob.member, &ana.member] {
            let change = ms::UpdateMemberRequest { member_id: member.clone(), tag_ids: texts(&["Night"]), ..Default::default() };
            assert_eq!(tags_of(&updated(&world, &keeper, change).await), ["Night"]);
        }
        let own = ms::UpdateMemberRequest { member_id: ana.member.clone(), group_ids: texts(&["Strong"]), ..Default::default() };
        assert_eq!(groups_of(&updated(&world, &ana, own).await), ["Strong"]);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn k01_a_grant_taken_away_is_gone_at_once(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let mut bob = world.join(&ana, "bob@example.org", "guest").await;
        let request = ms::UpdateMemberRequest { member_id: bob.member.clone(), grants: texts(&["members.add", "folders.manage"]), ..Default::default() };
        updated(&world, &ana, request).await;
        bob = world.renewed(&bob).await;
        // What a grant permits it permits like a role, and no more can be handed on than that.
        let stronger = ms::AddMemberRequest { role_ids: texts(&["member"]), ..adding("carla@example.org") };
        let beyond = refused(world.try_add(&bob, stronger).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
        assert!(beyond.metadata["permissions"].contains("credits.spend"), "{beyond:?}");
        world.try_add(&bob, ms::AddMemberRequest { grants: texts(&["folders.manage"]), ..adding("carla@example.org") }).await.unwrap();
        let less = ms::UpdateMemberRequest { grants: texts(&["folders.manage"]), ..masked(&bob.member, &["grants"]) };
        let dry = ms::UpdateMemberRequest { validate_only: true, ..less.clone() };
        world.unchanged(update(&world, &ana, dry)).await.unwrap();
        world.try_get(&bob, &bob.member).await.unwrap();
        updated(&world, &ana, less).await;
        refused(world.try_get(&bob, &bob.member).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        bob = world.renewed(&bob).await;
        refused(world.try_add(&bob, adding("dora@example.org")).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        assert!(may(&world, &ana, &bob.member, "folders.manage").await);
        // A tag that comes or goes costs nobody their token.
        world.tag(&ana, "Night").await;
        updated(&world, &ana, ms::UpdateMemberRequest { member_id: bob.member.clone(), tag_ids: texts(&["Night"]), ..Default::default() }).await;
        world.try_get(&bob, &bob.member).await.unwrap();
    }
}
