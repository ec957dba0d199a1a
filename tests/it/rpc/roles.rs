//! An organisation's own roles: made, looked at, changed, deleted, and what is refused.

use crate::support::calls::request_id;
use crate::support::roles::texts;
use crate::support::{Refusal, each_engine, invariants, refused, with};
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::organization::v1 as og;
use tonic::Code;

const INVALID: (Code, &str) = (Code::InvalidArgument, "REASON_INPUT_INVALID");

each_engine! {
    async fn a_role_is_made_shown_held_and_counted(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let request = ac::CreateRoleRequest {
            name: "  Shift lead ".into(),
            description: "Leads a shift".into(),
            permissions: texts(&["members.read", "members.invite", "members.read"]),
            ..Default::default()
        };
        let made = world.access().create_role(with(&ana.token, request)).await.unwrap().into_inner().role.unwrap();
        assert!(made.id.starts_with("rol_") && !made.system && !made.owner);
        assert_eq!((made.name.as_str(), made.display_name.as_str(), made.description.as_str()), ("Shift lead", "Shift lead", "Leads a shift"));
        assert_eq!((made.permissions.clone(), made.etag.as_str()), (texts(&["members.invite", "members.read"]), "v1"));
        assert!(made.create_time.is_some() && made.create_time == made.update_time && made.holder_count.is_none());
        let admin = world.role(&ana, "Bakery", &["members.read"]).await;
        let request = ac::ListRolesRequest { include_holder_counts: true, ..Default::default() };
        let listed = world.access().list_roles(with(&ana.token, request)).await.unwrap().into_inner().roles;
        let names: Vec<_> = listed.iter().map(|r| (r.name.as_str(), r.system, r.holder_count)).collect();
        assert_eq!(names, [("owner", true, Some(1)), ("admin", true, Some(0)), ("member", true, Some(0)), ("guest", true, Some(0)), ("Bakery", false, Some(0)), ("Shift lead", false, Some(0))]);
        assert!(listed[..4].iter().all(|r| r.etag.is_empty() && r.create_time.is_none()));
        // Held directly, for a while, and by one who is only invited: all count, each once.
        let bob = world.join(&ana, "bob@example.org", &made.id).await;
        world.bind(&ana, &bob.member, &made.id, 60).await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        world.bind(&ana, &carla.member, &made.id, 60).await;
        world.add(&ana, "invited@example.org", &made.id).await;
        let removed = world.join(&ana, "removed@example.org", &made.id).await;
        world.remove(&ana, &removed.member, &removed.email).await;
        let shown = world.get_role(&ana, &made.id).await.unwrap().into_inner().role.unwrap();
        assert_eq!(shown.holder_count, Some(3));
        assert_eq!(ac::Role { holder_count: None, ..shown }, made);
        let by_name = world.get_role(&ana, "admin").await.unwrap().into_inner().role.unwrap();
        assert_eq!((by_name.display_name.as_str(), by_name.holder_count), ("Administrator", Some(0)));
        world.clock.advance(chrono::TimeDelta::minutes(61));
        let ana = world.log_in("ana@example.org").await;
        assert_eq!(world.get_role(&ana, &made.id).await.unwrap().into_inner().role.unwrap().holder_count, Some(2), "what ran out counts no more");
        refused(world.get_role(&ana, "rol_01h455vb4pex5vsknk084sn02q").await, Code::NotFound, "REASON_NOT_FOUND");
        refused(world.get_role(&ana, "no such role").await, Code::NotFound, "REASON_NOT_FOUND");
        assert_eq!(refused(world.get_role(&ana, "").await, INVALID.0, INVALID.1).fields(), ["role_id"]);
        assert_eq!(world.get_role(&ana, &admin.id).await.unwrap().into_inner().role.unwrap().holder_count, Some(0));
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn what_a_role_permits_its_holders_may_and_nothing_else(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let role = world.role(&ana, "Recruiter", &["members.read", "members.add"]).await;
        let bob = world.join(&ana, "bob@example.org", &role.id).await;
        world.put(&bob, "carla@example.org", "Carla", &[&role.id]).await;
        let refusal = refused(world.try_remove(&bob, &[(&ana.member, &ana.email)]).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        assert_eq!(refusal.metadata["permission"], "members.remove");
        let refusal = refused(world.try_role(&bob, "Mine", &["members.read"]).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        assert_eq!(refusal.metadata["roles"], "owner, admin");
        // The token names own roles by id alone.
        let payload = bob.token.split('.').nth(1).unwrap();
        let claims = data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["roles"], serde_json::json!([role.id]));
    }
}

each_engine! {
    async fn b12_a_role_may_not_be_called_like_another(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.role(&ana, "Caixa", &["members.read"]).await;
        let bakery = world.role(&ana, "Bakery", &["members.read"]).await;
        world.unchanged(async {
            for name in ["owner", "OWNER", "\u{43e}wner", "0wner", "o w n e r", "Admin", "Administrador", "Proprietário", "ＡＤＭＩＮ", "caixa", "CAIXA", "c\u{430}ixa", "Cáixa", "owner\u{3164}"] {
                refused(world.try_role(&ana, name, &["members.read"]).await, Code::AlreadyExists, "REASON_NAME_TAKEN");
            }
            for name in ["owner\u{200b}", "", " ", "a\nb", "rol_mine", &"x".repeat(201), "\u{202e}nimda"] {
                let refusal = refused(world.try_role(&ana, name, &["members.read"]).await, INVALID.0, INVALID.1);
                assert_eq!(refusal.fields(), ["name"], "{name:?}");
            }
            let rename = |name: &str| ac::UpdateRoleRequest { role_id: bakery.id.clone(), name: name.into(), ..Default::default() };
            for name in ["Owner", "CAIXA"] {
                refused(world.access().update_role(with(&ana.token, rename(name))).await, Code::AlreadyExists, "REASON_NAME_TAKEN");
            }
        })
        .await;
        let rename = ac::UpdateRoleRequest { role_id: bakery.id, name: "BAKERY".into(), ..Default::default() };
        let renamed = world.access().update_role(with(&ana.token, rename)).await.unwrap().into_inner().role.unwrap();
        assert_eq!(renamed.name, "BAKERY", "its own name is free to it");
        // Elsewhere the same name is nobody's yet.
        let eva = world.sign_up("eva@elsewhere.example").await;
        world.role(&eva, "Caixa", &["members.read"]).await;
    }
}

each_engine! {
    async fn nobody_makes_or_changes_a_role_beyond_themselves(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let maker = world.role(&ana, "Role maker", &["roles.read", "roles.manage", "members.read"]).await;
        let large = world.role(&ana, "Large", &["members.read", "billing.manage"]).await;
        let bob = world.join(&ana, "bob@example.org", &maker.id).await;
        world.unchanged(async {
            let refusal = refused(world.try_role(&bob, "Mine", &["members.read", "billing.manage", "members.remove"]).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
            assert_eq!(refusal.metadata["permissions"], "billing.manage, members.remove");
            // Neither to add what they lack, nor to take it away, nor to touch a role that has it.
            refused(world.permit(&bob, &maker.id, &["roles.read", "billing.manage"]).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
            let refusal = refused(world.permit(&bob, &large.id, &["members.read"]).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
            assert_eq!(refusal.metadata["permissions"], "billing.manage");
            let rename = ac::UpdateRoleRequest { role_id: large.id.clone(), name: "Small".into(), ..Default::default() };
            refused(world.access().update_role(with(&bob.token, rename)).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
            refused(world.delete_role(&bob, &large.id).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
        })
        .await;
        let mine = world.role(&bob, "Mine", &["members.read"]).await;
        world.permit(&bob, &mine.id, &["members.read", "roles.read"]).await.unwrap();
        world.delete_role(&bob, &mine.id).await.unwrap();
    }
}

each_engine! {
    async fn what_isnt_there_or_isnt_grantable_is_in_no_own_role(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let role = world.role(&ana, "Some", &["members.read"]).await;
        world.unchanged(async {
            for permissions in [&["members.fly"][..], &["members.read", "nonsense.read"]] {
                assert_eq!(refused(world.try_role(&ana, "New", permissions).await, INVALID.0, INVALID.1).fields(), ["permissions"]);
                assert_eq!(refused(world.permit(&ana, &role.id, permissions).await, INVALID.0, INVALID.1).fields(), ["permissions"]);
            }
            let bad = refused(world.try_role(&ana, "New", &["members.read", "Members.*", ""]).await, INVALID.0, INVALID.1);
            assert_eq!(bad.fields(), ["permissions[1]", "permissions[2]"]);
            assert_eq!(refused(world.try_role(&ana, "New", &[]).await, INVALID.0, INVALID.1).fields(), ["permissions"]);
            for permission in ["organization.delete", "organization.transfer"] {
                let refusal = refused(world.try_role(&ana, "New", &["members.read", permission]).await, Code::FailedPrecondition, "REASON_PERMISSION_NOT_GRANTABLE");
                assert_eq!(refusal.metadata["permission"], permission);
                refused(world.permit(&ana, &role.id, &[permission]).await, Code::FailedPrecondition, "REASON_PERMISSION_NOT_GRANTABLE");
            }
            let many: Vec<String> = (0..201).map(|i| format!("a.b{i}")).collect();
            let request = ac::CreateRoleRequest { name: "Many".into(), permissions: many, description: "x".repeat(1001), ..Default::default() };
            let refusal = refused(world.access().create_role(with(&ana.token, request)).await, INVALID.0, INVALID.1);
            assert_eq!(refusal.fields(), ["description", "permissions"]);
        })
        .await;
    }
}

each_engine! {
    async fn system_roles_stay_as_they_are(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let listed = world.access().list_roles(with(&ana.token, ac::ListRolesRequest::default())).await.unwrap().into_inner().roles;
        world.unchanged(async {
            for role in &listed {
                let refusal = refused(world.permit(&ana, &role.id, &["members.read"]).await, Code::FailedPrecondition, "REASON_SYSTEM_ROLE");
                assert_eq!(refusal.metadata["role"], role.id);
                refused(world.delete_role(&ana, &role.id).await, Code::FailedPrecondition, "REASON_SYSTEM_ROLE");
            }
            for missing in ["rol_01h455vb4pex5vsknk084sn02q"] {
                refused(world.permit(&ana, missing, &["members.read"]).await, Code::NotFound, "REASON_NOT_FOUND");
                refused(world.delete_role(&ana, missing).await, Code::NotFound, "REASON_NOT_FOUND");
            }
            for wrong in ["", "admin", "mbr_01h455vb4pex5vsknk084sn02q"] {
                assert_eq!(refused(world.delete_role(&ana, wrong).await, INVALID.0, INVALID.1).fields(), ["role_id"]);
            }
        })
        .await;
    }
}

each_engine! {
    async fn b14_a_stale_etag_changes_nothing(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let role = world.role(&ana, "Some", &["members.read"]).await;
        let update = |etag: &str, mask: &[&str]| ac::UpdateRoleRequest {
            role_id: role.id.clone(),
            name: "Other".into(),
            description: "Now described".into(),
            permissions: texts(&["members.read", "groups.read"]),
            update_mask: Some(prost_types::FieldMask { paths: texts(mask) }),
            etag: etag.into(),
            ..Default::default()
        };
        let call = async |request| world.access().update_role(with(&ana.token, request)).await;
        let second = call(update("v1", &["permissions"])).await.unwrap().into_inner().role.unwrap();
        assert_eq!((second.name.as_str(), second.description.as_str(), second.etag.as_str()), ("Some", "", "v2"));
        assert_eq!(second.permissions, ["groups.read", "members.read"]);
        world.unchanged(async {
            let refusal = refused(call(update("v1", &["name"])).await, Code::Aborted, "REASON_ETAG_MISMATCH");
            assert!(refusal.details.retry_info().is_some());
            let request = ac::DeleteRoleRequest { role_id: role.id.clone(), etag: "v1".into(), ..Default::default() };
            refused(world.access().delete_role(with(&ana.token, request)).await, Code::Aborted, "REASON_ETAG_MISMATCH");
            let refusal = refused(call(update("1", &["name", "id", "system"])).await, INVALID.0, INVALID.1);
            assert_eq!(refusal.fields(), ["update_mask.paths[1]", "update_mask.paths[2]", "etag"]);
            assert_eq!(refused(call(ac::UpdateRoleRequest { permissions: vec![], ..update("v2", &["permissions"]) }).await, INVALID.0, INVALID.1).fields(), ["permissions"]);
            // The same again is no change.
            let same = call(update("v2", &["permissions"])).await.unwrap().into_inner().role.unwrap();
            assert_eq!(same, second);
        })
        .await;
        let third = call(update("", &[])).await.unwrap().into_inner().role.unwrap();
        assert_eq!((third.name.as_str(), third.description.as_str(), third.etag.as_str()), ("Other", "Now described", "v3"));
        let cleared = call(ac::UpdateRoleRequest { description: String::new(), ..update("v3", &["description"]) }).await.unwrap().into_inner().role.unwrap();
        assert_eq!(cleared.description, "");
    }
}

each_engine! {
    async fn a_role_in_use_names_who_holds_it(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let role = world.role(&ana, "Some", &["members.read"]).await;
        let mut ids = vec![];
        for i in 0..12 {
            ids.push(world.put(&ana, &format!("m{i}@example.org"), "M", &[&role.id]).await.id);
        }
        ids.sort();
        let refusal = world.unchanged(async { refused(world.delete_role(&ana, &role.id).await, Code::FailedPrecondition, "REASON_ROLE_IN_USE") }).await;
        let named: Vec<&str> = refusal.metadata["holders"].split(", ").collect();
        assert_eq!(named.len(), 10, "ten at most");
        assert!(named.iter().all(|id| ids.iter().any(|known| known == id)));
        assert_eq!(refusal.metadata["groups"], "");
        for id in &ids {
            world.set_roles(&ana, id, &["member"]).await.unwrap();
        }
        // For a while is held too, until it ends.
        world.bind(&ana, &ids[0], &role.id, 30).await;
        let refusal = refused(world.delete_role(&ana, &role.id).await, Code::FailedPrecondition, "REASON_ROLE_IN_USE");
        assert_eq!(refusal.metadata["holders"], ids[0]);
        world.clock.advance(chrono::TimeDelta::minutes(31));
        let ana = world.log_in("ana@example.org").await;
        // So is what newcomers get.
        let default = |role: &str| og::UpdateOrganizationRequest { default_role_id: role.into(), ..Default::default() };
        world.organization().update_organization(with(&ana.token, default(&role.id))).await.unwrap();
        let refusal = refused(world.delete_role(&ana, &role.id).await, Code::FailedPrecondition, "REASON_ROLE_IN_USE");
        assert_eq!(refusal.metadata["holders"], ana.organization);
        world.organization().update_organization(with(&ana.token, default("member"))).await.unwrap();
        world.delete_role(&ana, &role.id).await.unwrap();
        refused(world.get_role(&ana, &role.id).await, Code::NotFound, "REASON_NOT_FOUND");
        refused(world.delete_role(&ana, &role.id).await, Code::NotFound, "REASON_NOT_FOUND");
        world.role(&ana, "Some", &["members.read"]).await;
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn there_are_a_hundred_roles_at_most(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        for i in 0..100 {
            world.role(&ana, &format!("Role number {i}"), &["members.read"]).await;
        }
        let refusal = refused(world.try_role(&ana, "One more", &["members.read"]).await, Code::ResourceExhausted, "REASON_LIMIT_REACHED");
        assert_eq!((refusal.metadata["kind"].as_str(), refusal.metadata["limit"].as_str()), ("role", "100"));
    }
}

each_engine! {
    async fn validate_only_and_request_id(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let create = ac::CreateRoleRequest { request_id: request_id(), name: "Some".into(), permissions: texts(&["members.read"]), ..Default::default() };
        let dry = ac::CreateRoleRequest { validate_only: true, ..create.clone() };
        let would = world.unchanged(world.access().create_role(with(&ana.token, dry))).await.unwrap().into_inner().role.unwrap();
        assert_eq!((would.name.as_str(), would.etag.as_str()), ("Some", "v1"));
        let made = world.access().create_role(with(&ana.token, create.clone())).await.unwrap().into_inner().role.unwrap();
        world.unchanged(async {
            let again = world.access().create_role(with(&ana.token, create.clone())).await.unwrap().into_inner().role.unwrap();
            assert_eq!(again, made);
            let other = ac::CreateRoleRequest { name: "Other".into(), ..create.clone() };
            refused(world.access().create_role(with(&ana.token, other)).await, Code::AlreadyExists, "REASON_REQUEST_ID_REUSED");
        })
        .await;
        let bob = world.join(&ana, "bob@example.org", &made.id).await;
        let update = ac::UpdateRoleRequest { request_id: request_id(), role_id: made.id.clone(), permissions: texts(&["groups.read"]), ..Default::default() };
        let dry = ac::UpdateRoleRequest { validate_only: true, ..update.clone() };
        let would = world.unchanged(world.access().update_role(with(&ana.token, dry))).await.unwrap().into_inner();
        // A rehearsal takes nothing from anybody, here or in any other process.
        world.try_get(&bob, &bob.member).await.unwrap();
        assert!(world.may(&ana, &bob.member, "members.read").await);
        let done = world.access().update_role(with(&ana.token, update.clone())).await.unwrap().into_inner();
        assert_eq!(would.role.unwrap().permissions, done.role.clone().unwrap().permissions);
        assert!(!world.may(&ana, &bob.member, "members.read").await);
        world.unchanged(async {
            assert_eq!(world.access().update_role(with(&ana.token, update.clone())).await.unwrap().into_inner(), done);
        })
        .await;
        world.set_roles(&ana, &bob.member, &["member"]).await.unwrap();
        let delete = ac::DeleteRoleRequest { request_id: request_id(), role_id: made.id.clone(), ..Default::default() };
        let dry = ac::DeleteRoleRequest { validate_only: true, ..delete.clone() };
        world.unchanged(world.access().delete_role(with(&ana.token, dry))).await.unwrap();
        world.access().delete_role(with(&ana.token, delete.clone())).await.unwrap();
        world.unchanged(world.access().delete_role(with(&ana.token, delete))).await.unwrap();
        for kind in ["role_created", "role_updated", "role_deleted"] {
            assert_eq!(invariants::logged(&world, kind).await, 1, "{kind}");
        }
    }
}

each_engine! {
    async fn another_organisations_role_is_as_good_as_none(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let eva = world.sign_up("eva@elsewhere.example").await;
        let plain = world.put(&ana, "plain@example.org", "Plain", &["guest"]).await.id;
        let role = world.role(&eva, "Hers", &["members.read"]).await.id;
        let none = "rol_01h455vb4pex5vsknk084sn02q";
        world.unchanged(async {
            // a15: the refusal differs in the id alone.
            let same = |real: Refusal, random: Refusal| {
                assert_eq!((real.code, real.reason), (random.code, random.reason));
                assert_eq!(real.message.replace(&role, none), random.message);
            };
            let gone = (Code::NotFound, "REASON_NOT_FOUND");
            same(refused(world.get_role(&ana, &role).await, gone.0, gone.1), refused(world.get_role(&ana, none).await, gone.0, gone.1));
            same(refused(world.permit(&ana, &role, &["members.read"]).await, gone.0, gone.1), refused(world.permit(&ana, none, &["members.read"]).await, gone.0, gone.1));
            same(refused(world.delete_role(&ana, &role).await, gone.0, gone.1), refused(world.delete_role(&ana, none).await, gone.0, gone.1));
            same(refused(world.set_roles(&ana, &plain, &[&role]).await, gone.0, gone.1), refused(world.set_roles(&ana, &plain, &[none]).await, gone.0, gone.1));
            let added = |role: &str| roster::pb::roster::membership::v1::AddMemberRequest { email: "new@example.org".into(), role_ids: texts(&[role]), ..Default::default() };
            same(refused(world.try_add(&ana, added(&role)).await, gone.0, gone.1), refused(world.try_add(&ana, added(none)).await, gone.0, gone.1));
            same(refused(world.try_bind(&ana, &plain, &role, 5).await, gone.0, gone.1), refused(world.try_bind(&ana, &plain, none, 5).await, gone.0, gone.1));
        })
        .await;
    }
}
