//! B, A, K: escalation through own roles, reaching into other organisations with them, and rights that shrink.

use crate::support::calls::refused_item;
use crate::support::roles::texts;
use crate::support::{Person, Refusal, World, each_engine, invariants, refused, until, with};
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::membership::v1 as ms;
use tonic::Code;

/// Every permission of the members' module, and what one needs beside to name roles.
const MEMBERS: &[&str] = &[
    "members.read",
    "members.add",
    "members.update",
    "members.invite",
    "members.revoke",
    "members.suspend",
    "members.remove",
    "members.import",
    "members.export",
];

async fn clerk(world: &World, by: &Person) -> Person {
    let role = world.role(by, "Clerk", MEMBERS).await;
    world.join(by, "clerk@example.org", &role.id).await
}

each_engine! {
    async fn b03_a_role_that_manages_members_makes_nobody_greater_than_itself(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let clerk = clerk(&world, &ana).await;
        let own = world.get(&ana, &clerk.member).await.roles[0].role_id.clone();
        let other = world.put(&ana, "other@example.org", "Other", &[&own]).await;
        world.unchanged(async {
            for (role, reason) in [("admin", "REASON_RIGHTS_EXCEED_YOURS"), ("owner", "REASON_RIGHTS_EXCEED_YOURS"), ("member", "REASON_RIGHTS_EXCEED_YOURS")] {
                for whom in [&clerk.member, &other.id] {
                    let refusal = refused(world.set_roles(&clerk, whom, &[&own, role]).await, Code::PermissionDenied, reason);
                    assert!(!refusal.metadata["permissions"].contains("members."), "what they hold isn't counted against them");
                    refused(world.try_bind(&clerk, whom, role, 5).await, Code::PermissionDenied, reason);
                }
                let add = ms::AddMemberRequest { email: "new@example.org".into(), role_ids: texts(&[role]), ..Default::default() };
                refused(world.try_add(&clerk, add).await, Code::PermissionDenied, reason);
            }
            // Nor do they make or change roles.
            refused(world.try_role(&clerk, "Mine", &["members.read"]).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
            refused(world.permit(&clerk, &own, &["members.read"]).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
            let removed = world.try_remove(&clerk, &[(&ana.member, &ana.email)]).await.unwrap().into_inner();
            assert_eq!(Refusal::of(&refused_item(&removed.results[0])).reason, "REASON_TARGET_OUTRANKS_YOU");
        })
        .await;
        world.set_roles(&clerk, &other.id, &[&own]).await.unwrap();
        world.add(&clerk, "new@example.org", &own).await;
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn b05_a_role_maker_mints_no_role_beyond_themselves_in_any_number_of_steps(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let maker = world.role(&ana, "Role maker", &["roles.read", "roles.manage", "members.read", "members.update"]).await;
        let bob = world.join(&ana, "bob@example.org", &maker.id).await;
        let mine = world.role(&bob, "Mine", &["members.read"]).await;
        world.set_roles(&bob, &bob.member, &[&maker.id, &mine.id]).await.unwrap();
        let bob = world.log_in("bob@example.org").await;
        for permission in ["members.remove", "billing.manage", "organization.update"] {
            refused(world.permit(&bob, &mine.id, &["members.read", permission]).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
            refused(world.try_role(&bob, "More", &[permission]).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
        }
        // What was given for a while isn't theirs to keep, by whatever way.
        let remover = world.role(&ana, "Remover", &["members.remove"]).await;
        world.bind(&ana, &bob.member, &remover.id, 5).await;
        let bob = world.log_in("bob@example.org").await;
        assert!(world.may(&bob, &bob.member, "members.remove").await);
        refused(world.permit(&bob, &mine.id, &["members.read", "members.remove"]).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
        world.clock.advance(chrono::TimeDelta::minutes(6));
        let bob = world.log_in("bob@example.org").await;
        assert!(!world.may(&bob, &bob.member, "members.remove").await);
    }
}

each_engine! {
    async fn a05_a07_every_members_permission_here_is_none_there(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let clerk = clerk(&world, &ana).await;
        let eva = world.sign_up("eva@elsewhere.example").await;
        let hers = world.join(&eva, "fay@elsewhere.example", "member").await;
        let role = world.role(&eva, "Hers", &["members.read"]).await;
        let binding = world.bind(&eva, &hers.member, &role.id, 60).await;
        let gone = |status: tonic::Status| {
            let refusal = Refusal::of(&status);
            assert_eq!((refusal.code, refusal.reason.as_str()), (Code::NotFound, "REASON_NOT_FOUND"), "{}", refusal.message);
        };
        world.unchanged(async {
            for by in [&clerk, &ana] {
                gone(world.try_get(by, &hers.member).await.unwrap_err());
                gone(world.set_roles(by, &hers.member, &["guest"]).await.unwrap_err());
                gone(world.try_bind(by, &hers.member, "guest", 5).await.unwrap_err());
                gone(world.unbind(by, &binding.id).await.unwrap_err());
                let removed = world.try_remove(by, &[(&hers.member, &hers.email)]).await.unwrap().into_inner();
                gone(refused_item(&removed.results[0]));
                // Naming the other organisation finds nothing either.
                let there = eva.organization.clone();
                let list = ms::ListMembersRequest { organization_id: there.clone(), ..Default::default() };
                gone(world.membership().list_members(with(&by.token, list)).await.unwrap_err());
                let list = ac::ListBindingsRequest { organization_id: there.clone(), ..Default::default() };
                gone(world.bindings(by, list).await.unwrap_err());
                let make = ac::CreateRoleRequest { organization_id: there.clone(), name: "Mine".into(), permissions: texts(&["members.read"]), ..Default::default() };
                let made = world.access().create_role(with(&by.token, make)).await.unwrap_err();
                assert!(matches!(made.code(), Code::NotFound | Code::PermissionDenied));
                let apply = ac::ApplyCatalogRequest { organization_id: there, service: "mine".into(), ..Default::default() };
                let applied = world.access().apply_catalog(with(&by.token, apply)).await.unwrap_err();
                assert!(matches!(applied.code(), Code::NotFound | Code::PermissionDenied));
                let check = ac::CheckAccessRequest { permission: "members.read".into(), subject: Some(ac::check_access_request::Subject::MemberId(hers.member.clone())), ..Default::default() };
                gone(world.access().check_access(with(&by.token, check)).await.unwrap_err());
                assert!(!world.bears(by, &hers.token, "members.read").await);
            }
        })
        .await;
    }
}

each_engine! {
    async fn k01_a_role_that_shrinks_takes_from_all_its_holders_at_once_in_every_process(world: World) {
        let (world, other) = World::pair(world.engine, |_| {}).await;
        let ana = world.sign_up("ana@example.org").await;
        let role = world.role(&ana, "Recruiter", &["members.read", "members.add", "resources.use"]).await;
        let mut holders = vec![];
        for name in ["bob", "carla", "dora"] {
            holders.push(world.join(&ana, &format!("{name}@example.org"), &role.id).await);
        }
        let timed = world.join(&ana, "timed@example.org", "member").await;
        world.bind(&ana, &timed.member, &role.id, 60).await;
        holders.push(world.log_in("timed@example.org").await);
        let bystander = world.join(&ana, "bystander@example.org", "member").await;
        world.add(&holders[0], "invited@example.org", &role.id).await;
        let code = world.code("invited@example.org").await;
        for holder in &holders {
            assert!(other.bears(&ana, &holder.token, "members.add").await);
        }
        // More for all of them costs nobody their session.
        world.permit(&ana, &role.id, &["members.read", "members.add", "resources.use", "groups.read"]).await.unwrap();
        for holder in &holders {
            assert!(world.may(&ana, &holder.member, "groups.read").await && other.may(&ana, &holder.member, "groups.read").await);
            world.try_get(holder, &holder.member).await.unwrap();
        }
        world.permit(&ana, &role.id, &["members.read", "resources.use", "groups.read"]).await.unwrap();
        for holder in &holders {
            refused(world.try_get(holder, &holder.member).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
            assert!(!world.may(&ana, &holder.member, "members.add").await && !other.may(&ana, &holder.member, "members.add").await);
            until(async || (!other.bears(&ana, &holder.token, "members.add").await).then_some(())).await;
        }
        world.try_get(&bystander, &bystander.member).await.expect("whoever doesn't hold the role is left alone");
        refused(world.accept_new(&code).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        // The session goes on: a new token says what is left.
        let request = roster::pb::roster::identity::v1::RefreshSessionRequest { refresh_token: holders[0].refresh.clone(), ..Default::default() };
        let tokens = other.identity().refresh_session(request).await.unwrap().into_inner().tokens.unwrap();
        assert!(other.bears(&ana, &tokens.access_token, "members.read").await && !other.bears(&ana, &tokens.access_token, "members.add").await);
        assert_eq!(invariants::logged(&world, "role_updated").await, 2);
        invariants::check(&world).await;
    }
}
