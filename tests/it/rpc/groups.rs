//! Groups themselves: made, shown, listed, changed and deleted. Who is in them is in `group_members`.

use crate::support::calls::{Outcome, request_id};
use crate::support::naming::texts;
use crate::support::{Person, World, each_engine, invariants, refused, with};
use prost_types::FieldMask;
use roster::domain::group::Group;
use roster::domain::{GroupId, OrganizationId};
use roster::pb::roster::membership::v1 as ms;
use tonic::Code;

const INVALID: (Code, &str) = (Code::InvalidArgument, "REASON_INPUT_INVALID");

async fn list(world: &World, by: &Person, request: ms::ListGroupsRequest) -> Outcome<ms::ListGroupsResponse> {
    world.membership().list_groups(with(&by.token, request)).await
}

async fn create(world: &World, by: &Person, request: ms::CreateGroupRequest) -> Outcome<ms::CreateGroupResponse> {
    world.membership().create_group(with(&by.token, request)).await
}

async fn delete(world: &World, by: &Person, request: ms::DeleteGroupRequest) -> Outcome<ms::DeleteGroupResponse> {
    world.membership().delete_group(with(&by.token, request)).await
}

fn masked(group: &str, paths: &[&str]) -> ms::UpdateGroupRequest {
    ms::UpdateGroupRequest {
        group_id: group.into(),
        update_mask: Some(FieldMask { paths: texts(paths) }),
        ..Default::default()
    }
}

each_engine! {
    async fn a_group_is_made_shown_changed_and_deleted(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let request = ms::CreateGroupRequest {
            name: " Núcleo  Support ".into(),
            description: "They answer.".into(),
            role_ids: texts(&["guest", "member", "guest"]),
            ..Default::default()
        };
        let made = create(&world, &ana, request).await.unwrap().into_inner().group.unwrap();
        assert!(made.id.starts_with("grp_"), "{made:?}");
        assert_eq!((made.name.as_str(), made.description.as_str(), made.member_count), ("Núcleo  Support", "They answer.", None));
        let mut roles: Vec<_> = made.roles.iter().map(|role| role.name.as_str()).collect();
        roles.sort_unstable();
        assert_eq!(roles, ["guest", "member"]);
        let bob = world.put(&ana, "bob@example.org", "Bob", &[]).await;
        world.put_in(&ana, &made.id, &[&bob.id]).await;
        // By id and by name, however the name is written.
        for named in [made.id.as_str(), "núcleo support", "NUCLEO SUPPORT"] {
            let shown = world.try_get_group(&ana, named).await.unwrap().into_inner().group.unwrap();
            assert_eq!(shown, ms::Group { member_count: Some(1), ..made.clone() });
        }
        world.clock.advance(std::time::Duration::from_secs(3));
        let change = ms::UpdateGroupRequest { name: "Support".into(), etag: made.etag.clone(), ..masked(&made.id, &["name", "description"]) };
        let now = world.try_update_group(&ana, change.clone()).await.unwrap().into_inner().group.unwrap();
        assert_eq!((now.name.as_str(), now.description.as_str(), &now.roles), ("Support", "", &made.roles));
        assert_ne!(now.etag, made.etag);
        assert_eq!(now.update_time.unwrap().seconds, made.update_time.unwrap().seconds + 3);
        world.unchanged(async {
            refused(world.try_update_group(&ana, change).await, Code::Aborted, "REASON_ETAG_MISMATCH");
            let same = ms::UpdateGroupRequest { name: "Support".into(), ..masked(&made.id, &["name"]) };
            assert_eq!(world.try_update_group(&ana, same).await.unwrap().into_inner().group.unwrap(), now);
            // Somebody is in it: its name has to be typed again.
            for confirm in ["", "support", "Núcleo  Support", "Supports"] {
                let refusal = refused(world.try_delete_group(&ana, &made.id, confirm).await, INVALID.0, INVALID.1);
                assert_eq!(refusal.fields(), ["confirm"], "{confirm}");
            }
            let stale = ms::DeleteGroupRequest { group_id: made.id.clone(), confirm: "Support".into(), etag: made.etag.clone(), ..Default::default() };
            refused(delete(&world, &ana, stale).await, Code::Aborted, "REASON_ETAG_MISMATCH");
        })
        .await;
        let gone = world.try_delete_group(&ana, "support", "Support").await.unwrap().into_inner();
        assert_eq!(gone.member_count, 1);
        refused(world.try_get_group(&ana, &made.id).await, Code::NotFound, "REASON_NOT_FOUND");
        assert_eq!(world.get(&ana, &bob.id).await.groups, []);
        // Nobody is in this one: no confirmation, but no wrong one either.
        let empty = world.group(&ana, "Empty", &[]).await;
        refused(world.try_delete_group(&ana, &empty.id, "Full").await, INVALID.0, INVALID.1);
        world.try_delete_group(&ana, &empty.id, "").await.unwrap();
        for (kind, count) in [("group_created", 2), ("group_updated", 1), ("group_deleted", 2)] {
            assert_eq!(invariants::logged(&world, kind).await, count, "{kind}");
        }
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn a_list_is_by_name_a_page_at_a_time(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.put(&ana, "bob@example.org", "Bob", &[]).await;
        for name in ["Zebra", "Ébano 2", "ebano 10", "100% _now_", "Ábaco"] {
            world.group(&ana, name, &["guest"]).await;
        }
        world.put_in(&ana, "zebra", &[&bob.id, &ana.member]).await;
        let all = list(&world, &ana, ms::ListGroupsRequest { include_member_counts: true, include_total_size: true, ..Default::default() }).await.unwrap().into_inner();
        let names: Vec<_> = all.groups.iter().map(|group| group.name.as_str()).collect();
        assert_eq!(names, ["100% _now_", "Ábaco", "ebano 10", "Ébano 2", "Zebra"]);
        assert_eq!(all.groups.iter().map(|group| group.member_count.unwrap()).collect::<Vec<_>>(), [0, 0, 0, 0, 2]);
        assert!(all.groups.iter().all(|group| group.roles.len() == 1));
        assert_eq!((all.total_size, all.next_page_token.as_str()), (Some(5), ""));
        let (mut token, mut seen) = (String::new(), vec![]);
        loop {
            let page = list(&world, &ana, ms::ListGroupsRequest { page_size: 2, page_token: token, ..Default::default() }).await.unwrap().into_inner();
            assert!(page.groups.iter().all(|group| group.member_count.is_none()) && page.total_size.is_none());
            seen.extend(page.groups.into_iter().map(|group| group.name));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, names);
        for (query, found) in [("EBANO", 2), ("%", 1), ("_n", 1), ("\\", 0), ("ébano 1", 1), ("", 5)] {
            let page = list(&world, &ana, ms::ListGroupsRequest { query: query.into(), include_total_size: true, page_size: 1, ..Default::default() }).await.unwrap().into_inner();
            assert_eq!(page.total_size, Some(found), "{query}");
        }
        // A token is for its query, its organisation and its method alone (Q01).
        let first = list(&world, &ana, ms::ListGroupsRequest { page_size: 1, ..Default::default() }).await.unwrap().into_inner();
        let eva = world.sign_up("eva@example.org").await;
        let again = |query: &str| ms::ListGroupsRequest { page_token: first.next_page_token.clone(), query: query.into(), ..Default::default() };
        for refusal in [list(&world, &ana, again("e")).await, list(&world, &eva, again("")).await] {
            assert_eq!(refused(refusal, INVALID.0, INVALID.1).fields(), ["page_token"]);
        }
        let elsewhere = ms::ListTagsRequest { page_token: first.next_page_token.clone(), ..Default::default() };
        refused(world.membership().list_tags(with(&ana.token, elsewhere)).await, INVALID.0, INVALID.1);
        for request in [ms::ListGroupsRequest { page_size: -1, ..Default::default() }, ms::ListGroupsRequest { query: "a\nb".into(), ..Default::default() }, ms::ListGroupsRequest { query: "é".repeat(201), ..Default::default() }] {
            refused(list(&world, &ana, request).await, INVALID.0, INVALID.1);
        }
    }
}

each_engine! {
    async fn b12_o04_names_are_plain_unique_and_no_roles(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let support = world.group(&ana, "Support", &[]).await;
        let other = world.group(&ana, "Sales", &[]).await;
        let renamed = |name: &str| ms::UpdateGroupRequest { name: name.into(), ..masked(&other.id, &["name"]) };
        world.unchanged(async {
            for name in ["", " ", "a\r\nBcc: x@evil.example", "a\nb", "a\0b", "a\u{2028}b", "a\u{202e}b", "a\u{200b}b", &"é".repeat(201), &"x".repeat(10_240), "grp_support", &support.id] {
                assert_eq!(refused(world.try_group(&ana, name, &[]).await, INVALID.0, INVALID.1).fields(), ["name"], "{name:?}");
                assert_eq!(refused(world.try_update_group(&ana, renamed(name)).await, INVALID.0, INVALID.1).fields(), ["name"], "{name:?}");
            }
            for name in ["Support", "SUPPORT", "súpport", "Ѕupport", "ｓｕｐｐｏｒｔ", " support "] {
                for refusal in [refused(world.try_group(&ana, name, &[]).await, Code::AlreadyExists, "REASON_NAME_TAKEN"), refused(world.try_update_group(&ana, renamed(name)).await, Code::AlreadyExists, "REASON_NAME_TAKEN")] {
                    assert_eq!((refusal.metadata["kind"].as_str(), refusal.metadata["name"].as_str()), ("group", name.trim()));
                    assert_eq!(refusal.details.resource_info().unwrap().resource_type, "group");
                }
            }
            for name in ["owner", "Owner", "оwner", "0wner", "o w n e r", "ADMIN", "adm1n", "member", "Guest"] {
                for refusal in [refused(world.try_group(&ana, name, &[]).await, Code::AlreadyExists, "REASON_NAME_TAKEN"), refused(world.try_update_group(&ana, renamed(name)).await, Code::AlreadyExists, "REASON_NAME_TAKEN")] {
                    assert_eq!(refusal.metadata["kind"], "role", "{name}");
                }
            }
            for description in ["a\nb", "a\0", &"é".repeat(1001)] {
                let request = ms::CreateGroupRequest { name: "New".into(), description: description.into(), ..Default::default() };
                assert_eq!(refused(create(&world, &ana, request).await, INVALID.0, INVALID.1).fields(), ["description"]);
            }
            let request = ms::CreateGroupRequest { description: "\n".into(), role_ids: texts(&["rol_x"]), request_id: "x".into(), ..Default::default() };
            let mut fields = refused(create(&world, &ana, request).await, INVALID.0, INVALID.1).fields();
            fields.sort();
            assert_eq!(fields, ["description", "name", "request_id", "role_ids[0]"]);
        })
        .await;
        // Its own name in another writing is free for it, and another organisation's names are its own.
        world.try_update_group(&ana, ms::UpdateGroupRequest { name: "SALES".into(), ..masked(&other.id, &["name"]) }).await.unwrap();
        let eva = world.sign_up("eva@example.org").await;
        world.group(&eva, "Support", &[]).await;
    }
}

each_engine! {
    async fn m02_b10_the_mask_knows_three_fields(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let group = world.group(&ana, "Support", &["guest"]).await;
        world.unchanged(async {
            for path in ["id", "organization_id", "member_count", "etag", "version", "owner", "permissions", "roles", "member_ids", "create_time", "*", ""] {
                let request = ms::UpdateGroupRequest { name: "New".into(), ..masked(&group.id, &[path]) };
                assert_eq!(refused(world.try_update_group(&ana, request).await, INVALID.0, INVALID.1).fields(), ["update_mask.paths[0]"], "{path}");
            }
            let nothing = ms::UpdateGroupRequest { group_id: group.id.clone(), ..Default::default() };
            assert_eq!(world.try_update_group(&ana, nothing).await.unwrap().into_inner().group.unwrap(), group);
            assert_eq!(refused(world.try_update_group(&ana, masked(&group.id, &["name"])).await, INVALID.0, INVALID.1).fields(), ["name"]);
            refused(world.carry(&ana, &group.id, &["emperor"]).await, Code::NotFound, "REASON_NOT_FOUND");
            refused(world.carry(&ana, &group.id, &["guest"; 21]).await, INVALID.0, INVALID.1);
        })
        .await;
        assert_eq!(world.carry(&ana, &group.id, &[]).await.unwrap().into_inner().group.unwrap().roles, []);
    }
}

each_engine! {
    async fn a01_a04_another_organisations_groups_are_not_there(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let eva = world.sign_up("eva@example.org").await;
        let theirs = world.group(&eva, "Support", &["guest"]).await;
        let mine = world.group(&ana, "Mine", &[]).await;
        let nobody = "grp_01h455vb4pex5vsknk084sn02q".to_owned();
        let before = world.state().await;
        for id in [&theirs.id, &nobody, &"Support".to_owned()] {
            let organization_id = ana.organization.clone();
            let update = ms::UpdateGroupRequest { organization_id, name: "X".into(), ..masked(id, &["name"]) };
            let refusals = [
                refused(world.try_get_group(&ana, id).await, Code::NotFound, "REASON_NOT_FOUND"),
                refused(world.try_update_group(&ana, update).await, Code::NotFound, "REASON_NOT_FOUND"),
                refused(world.try_delete_group(&ana, id, "Support").await, Code::NotFound, "REASON_NOT_FOUND"),
                refused(world.try_put_in(&ana, id, &[&ana.member]).await, Code::NotFound, "REASON_NOT_FOUND"),
                refused(world.try_take_out(&ana, id, &[&ana.member]).await, Code::NotFound, "REASON_NOT_FOUND"),
            ];
            for refusal in refusals {
                assert_eq!((refusal.metadata["kind"].as_str(), refusal.metadata["id"].as_str()), ("group", id.as_str()));
                // A15: nothing tells another's from none's.
                let told = "There is no group ID that you can see. Check the id and the organization that you are working in.";
                assert_eq!(refusal.message.replace(id.as_str(), "ID"), told);
            }
        }
        // Members of another organisation don't get in either.
        let results = world.try_put_in(&ana, &mine.id, &[&eva.member]).await.unwrap().into_inner().results;
        assert_eq!(crate::support::naming::why(&results[0]), (Code::NotFound, "REASON_NOT_FOUND".into()));
        let elsewhere = ms::GetGroupRequest { organization_id: eva.organization.clone(), group_id: theirs.id.clone(), ..Default::default() };
        let hidden = refused(world.membership().get_group(with(&ana.token, elsewhere)).await, Code::NotFound, "REASON_NOT_FOUND");
        assert_eq!(hidden.metadata["kind"], "organization");
        assert_eq!(world.state().await, before);
        for wrong in ["tag_01h455vb4pex5vsknk084sn02q", "grp_x", ""] {
            let refusal = world.try_get_group(&ana, wrong).await;
            if wrong.starts_with("tag_") {
                refused(refusal, Code::NotFound, "REASON_NOT_FOUND");
            } else {
                assert_eq!(refused(refusal, INVALID.0, INVALID.1).fields(), ["group_id"]);
            }
        }
    }
}

each_engine! {
    async fn b03_a14_groups_are_no_way_to_more(world: World) {
        let world = world.with_keepers().await;
        let ana = world.sign_up("ana@example.org").await;
        let keeper = world.join(&ana, "keeper@example.org", "keeper").await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let strong = world.group(&ana, "Strong", &["admin"]).await;
        let plain = world.group(&keeper, "Plain", &["keeper"]).await;
        world.put_in(&ana, &plain.id, &[&keeper.member]).await;
        world.unchanged(async {
            for role in ["admin", "member", "owner"] {
                let exceeding = refused(world.try_group(&keeper, "New", &[role]).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
                assert!(!exceeding.metadata["permissions"].is_empty());
                refused(world.carry(&keeper, &plain.id, &["keeper", role]).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
            }
            for refusal in [world.carry(&ana, &plain.id, &["owner"]).await.map(|_| ()), world.try_group(&ana, "New", &["owner"]).await.map(|_| ())] {
                refused(refusal.map(tonic::Response::new), Code::FailedPrecondition, "REASON_OWNER_ROLE_MOVES_BY_TRANSFER");
            }
            // What carries more than they hold isn't theirs to change, to fill or to delete.
            refused(world.carry(&keeper, &strong.id, &[]).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
            let renamed = ms::UpdateGroupRequest { name: "Weak".into(), ..masked(&strong.id, &["name"]) };
            refused(world.try_update_group(&keeper, renamed).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
            refused(world.try_delete_group(&keeper, &strong.id, "Strong").await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
            refused(world.try_put_in(&keeper, &strong.id, &[&keeper.member]).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
            // A14: being in a group, or seeing it, is no right to manage it.
            world.try_get_group(&carla, &plain.id).await.unwrap();
            for refusal in [
                world.carry(&carla, &plain.id, &[]).await.map(|_| ()),
                world.try_group(&carla, "New", &[]).await.map(|_| ()),
                world.try_delete_group(&carla, &plain.id, "Plain").await.map(|_| ()),
                world.try_put_in(&carla, &plain.id, &[&carla.member]).await.map(|_| ()),
                world.try_take_out(&carla, &plain.id, &[&keeper.member]).await.map(|_| ()),
            ] {
                let lacks = refused(refusal.map(tonic::Response::new), Code::PermissionDenied, "REASON_PERMISSION_MISSING");
                assert_eq!(lacks.metadata["permission"], "groups.manage");
            }
        })
        .await;
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn validate_only_and_request_id(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let request = ms::CreateGroupRequest { name: "Support".into(), role_ids: texts(&["guest"]), request_id: request_id(), ..Default::default() };
        let dry = ms::CreateGroupRequest { validate_only: true, ..request.clone() };
        assert_eq!(world.unchanged(create(&world, &ana, dry)).await.unwrap().into_inner().group.unwrap().name, "Support");
        let first = create(&world, &ana, request.clone()).await.unwrap().into_inner();
        let group = first.group.clone().unwrap();
        let change = ms::UpdateGroupRequest { name: "Help".into(), request_id: request_id(), ..masked(&group.id, &["name"]) };
        let remove = ms::DeleteGroupRequest { group_id: group.id.clone(), request_id: request_id(), ..Default::default() };
        world.unchanged(async {
            assert_eq!(create(&world, &ana, request.clone()).await.unwrap().into_inner(), first);
            refused(create(&world, &ana, ms::CreateGroupRequest { name: "Else".into(), ..request }).await, Code::AlreadyExists, "REASON_REQUEST_ID_REUSED");
            world.try_update_group(&ana, ms::UpdateGroupRequest { validate_only: true, ..change.clone() }).await.unwrap();
            delete(&world, &ana, ms::DeleteGroupRequest { validate_only: true, ..remove.clone() }).await.unwrap();
        })
        .await;
        let changed = world.try_update_group(&ana, change.clone()).await.unwrap().into_inner();
        assert_eq!(world.unchanged(world.try_update_group(&ana, change)).await.unwrap().into_inner(), changed);
        let deleted = delete(&world, &ana, remove.clone()).await.unwrap().into_inner();
        assert_eq!(world.unchanged(delete(&world, &ana, remove)).await.unwrap().into_inner(), deleted);
    }
}

each_engine! {
    async fn a_thousand_groups_are_enough(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let organization: OrganizationId = ana.organization.parse().unwrap();
        let (tx, now) = (world.app.store.begin().await.unwrap(), world.app.clock.now());
        for i in 0..999 {
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
        }
        crate::store::keep(tx).await;
        world.group(&ana, "The last", &[]).await;
        let refusal = refused(world.unchanged(world.try_group(&ana, "One more", &[])).await, Code::ResourceExhausted, "REASON_LIMIT_REACHED");
        assert_eq!((refusal.metadata["kind"].as_str(), refusal.metadata["limit"].as_str()), ("group", "1000"));
        let page = list(&world, &ana, ms::ListGroupsRequest { page_size: 1000, ..Default::default() }).await.unwrap().into_inner();
        assert_eq!((page.groups.len(), page.next_page_token.as_str()), (1000, ""));
    }
}
