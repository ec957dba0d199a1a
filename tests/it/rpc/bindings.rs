//! Roles for a while: given, listed, taken back, and ended by the clock alone.

use crate::support::calls::request_id;
use crate::support::roles::wire;
use crate::support::{World, each_engine, invariants, refused, until, with};
use chrono::{SubsecRound, TimeDelta};
use roster::clock::Clock;
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::membership::v1 as ms;
use tonic::Code;

const INVALID: (Code, &str) = (Code::InvalidArgument, "REASON_INPUT_INVALID");

fn expiry(token: &str) -> i64 {
    let payload = token.split('.').nth(1).unwrap();
    let claims = data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    claims["exp"].as_i64().unwrap()
}

each_engine! {
    async fn a_role_for_a_while_ends_by_the_clock_and_no_token_outlives_it(world: World) {
        // In the midst of a second: tokens count whole ones.
        world.clock.set(world.clock.now().trunc_subsecs(0) + TimeDelta::milliseconds(1_500));
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        assert!(!world.may(&ana, &bob.member, "members.add").await);
        let binding = world.bind(&ana, &bob.member, "admin", 4).await;
        assert!(binding.id.starts_with("bnd_"));
        assert_eq!((binding.member_id.as_str(), binding.role_name.as_str(), binding.created_by_user_id.as_str()), (bob.member.as_str(), "admin", ana.user.as_str()));
        let ends = world.clock.now() + TimeDelta::minutes(4);
        assert_eq!(binding.expire_time, Some(wire(ends)));
        assert!(world.may(&ana, &bob.member, "members.add").await);
        let acting = world.log_in("bob@example.org").await;
        assert!(expiry(&acting.token) <= ends.timestamp(), "a token lives no longer than what it rests on");
        // Nor by any of the other ways to a token.
        let acting = world.renewed(&acting).await;
        assert!(expiry(&acting.token) <= ends.timestamp(), "RefreshSession");
        let away = world.found(&acting, "Elsewhere").await;
        assert!(expiry(&away.token) > ends.timestamp(), "it rests on nothing there");
        let acting = world.switch(&away, &bob.organization).await;
        assert!(expiry(&acting.token) <= ends.timestamp(), "SwitchOrganization");
        assert!(expiry(&world.log_in("ana@example.org").await.token) > ends.timestamp());
        world.add(&acting, "carla@example.org", "member").await;
        let shown = world.get(&ana, &bob.member).await;
        assert_eq!(shown.roles.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["member", "admin"]);
        // In the second in which it ends there is a token still: without it.
        world.clock.advance(TimeDelta::minutes(4) - TimeDelta::milliseconds(300));
        let again = world.renewed(&acting).await;
        assert!(expiry(&again.token) > ends.timestamp());
        world.clock.advance(TimeDelta::milliseconds(-700));
        assert!(world.may(&ana, &bob.member, "members.add").await);
        world.clock.advance(TimeDelta::seconds(1));
        assert!(!world.may(&ana, &bob.member, "members.add").await, "at the very moment");
        assert!(!world.bears(&ana, &acting.token, "members.add").await, "clocks may differ a little, rights don't");
        let add = |email: &str| ms::AddMemberRequest {
            email: email.into(),
            ..Default::default()
        };
        refused(world.try_add(&acting, add("late@example.org")).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        world.clock.advance(TimeDelta::minutes(2));
        refused(world.try_get(&acting, &bob.member).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        let after = world.renewed(&again).await;
        refused(world.try_add(&after, add("late@example.org")).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        // Rows are forgotten a month later, and nothing follows from it.
        world.clock.advance(TimeDelta::days(31));
        roster::worker::clean::sweep(&world.app).await.unwrap();
        let sql = crate::support::dump::Sql::open(&world).await;
        assert_eq!(sql.number("SELECT count(*) FROM bindings", []).await, 0);
        sql.close().await;
        let ana = world.log_in("ana@example.org").await;
        assert!(!world.may(&ana, &bob.member, "members.add").await);
        assert_eq!(world.bindings(&ana, Default::default()).await.unwrap().into_inner().bindings, []);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn a_token_from_before_a_binding_doesnt_carry_it_beyond_its_end(world: World) {
        let (world, other) = World::pair(world.engine, |_| {}).await;
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let before = world.log_in("bob@example.org").await;
        world.bind(&ana, &bob.member, "admin", 1).await;
        // Another process sees the older token for the first time while the binding counts.
        let _ = other.bears(&ana, &before.token, "members.add").await;
        other.clock.advance(TimeDelta::seconds(61));
        let again = other.log_in("ana@example.org").await;
        assert!(!other.bears(&again, &before.token, "members.add").await);
        assert!(!other.may(&again, &bob.member, "members.add").await);
    }
}

each_engine! {
    async fn taken_back_it_is_gone_at_once_everywhere(world: World) {
        let (world, other) = World::pair(world.engine, |_| {}).await;
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let binding = world.bind(&ana, &bob.member, "admin", 60).await;
        let acting = world.log_in("bob@example.org").await;
        world.add(&acting, "invited@example.org", "member").await;
        let code = world.code("invited@example.org").await;
        assert!(other.bears(&ana, &acting.token, "members.add").await);
        world.unbind(&ana, &binding.id).await.unwrap();
        refused(world.try_get(&acting, &bob.member).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        until(async || (!other.bears(&ana, &acting.token, "members.add").await).then_some(())).await;
        refused(world.accept_new(&code).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        refused(world.unbind(&ana, &binding.id).await, Code::NotFound, "REASON_NOT_FOUND");
        // What other roles give too, is not lost: the session goes on.
        let extra = world.bind(&ana, &bob.member, "guest", 60).await;
        let staying = world.log_in("bob@example.org").await;
        world.unbind(&ana, &extra.id).await.unwrap();
        world.try_get(&staying, &bob.member).await.unwrap();
        assert_eq!(invariants::logged(&world, "binding_created").await, 2);
        assert_eq!(invariants::logged(&world, "binding_deleted").await, 2);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn nobody_gives_for_a_while_what_they_may_not_give(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let clerk = world.role(&ana, "Clerk", &["members.read", "members.update", "members.add"]).await;
        let bob = world.join(&ana, "bob@example.org", &clerk.id).await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let dora = world.put(&ana, "dora@example.org", "Dora", &[&clerk.id]).await;
        let admin = world.join(&ana, "admin@example.org", "admin").await;
        let held = world.bind(&ana, &admin.member, "guest", 60).await;
        world.unchanged(async {
            let refusal = refused(world.try_bind(&bob, &dora.id, "admin", 5).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
            assert!(refusal.metadata["permissions"].contains("members.remove"));
            refused(world.try_bind(&bob, &bob.member, "admin", 5).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
            refused(world.try_bind(&bob, &carla.member, &clerk.id, 5).await, Code::PermissionDenied, "REASON_TARGET_OUTRANKS_YOU");
            refused(world.unbind(&bob, &held.id).await, Code::PermissionDenied, "REASON_TARGET_OUTRANKS_YOU");
            refused(world.try_bind(&bob, &ana.member, &clerk.id, 5).await, Code::PermissionDenied, "REASON_TARGET_OUTRANKS_YOU");
            refused(world.try_bind(&ana, &ana.member, &clerk.id, 5).await, Code::FailedPrecondition, "REASON_OWNER_PROTECTED");
            refused(world.try_bind(&ana, &carla.member, "owner", 5).await, Code::FailedPrecondition, "REASON_OWNER_ROLE_MOVES_BY_TRANSFER");
            refused(world.try_bind(&admin, &carla.member, "owner", 5).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
            refused(world.try_bind(&carla, &carla.member, "member", 5).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
            refused(world.unbind(&carla, &held.id).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        })
        .await;
        world.bind(&bob, &dora.id, &clerk.id, 5).await;
        world.bind(&bob, &bob.member, &clerk.id, 5).await;
    }
}

each_engine! {
    async fn a_binding_that_makes_no_sense_is_refused(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let at = |time: Option<prost_types::Timestamp>| ac::CreateBindingRequest {
            member_id: bob.member.clone(),
            role_id: "admin".into(),
            expire_time: time,
            ..Default::default()
        };
        let now = world.clock.now();
        let call = async |request| world.access().create_binding(with(&ana.token, request)).await;
        world.unchanged(async {
            let odd = |seconds, nanos| Some(prost_types::Timestamp { seconds, nanos });
            for time in [None, Some(wire(now)), Some(wire(now - TimeDelta::days(1))), Some(wire(now + TimeDelta::days(366) + TimeDelta::minutes(1))), odd(i64::MAX, 0), odd(i64::MIN, 0), odd(now.timestamp() + 60, -1), odd(now.timestamp() + 60, 1_000_000_000)] {
                assert_eq!(refused(call(at(time)).await, INVALID.0, INVALID.1).fields(), ["expire_time"], "{time:?}");
            }
            let bad = ac::CreateBindingRequest { member_id: "usr_1".into(), role_id: "rol_1".into(), ..Default::default() };
            assert_eq!(refused(call(bad).await, INVALID.0, INVALID.1).fields(), ["member_id", "role_id", "expire_time"]);
            refused(world.try_bind(&ana, "mbr_01h455vb4pex5vsknk084sn02q", "admin", 5).await, Code::NotFound, "REASON_NOT_FOUND");
            refused(world.try_bind(&ana, &bob.member, "nobody", 5).await, Code::NotFound, "REASON_NOT_FOUND");
            refused(world.unbind(&ana, "bnd_01h455vb4pex5vsknk084sn02q").await, Code::NotFound, "REASON_NOT_FOUND");
            assert_eq!(refused(world.unbind(&ana, "rol_01h455vb4pex5vsknk084sn02q").await, INVALID.0, INVALID.1).fields(), ["binding_id"]);
        })
        .await;
        call(at(Some(wire(now + TimeDelta::days(366) - TimeDelta::minutes(1))))).await.unwrap();
        for _ in 1..20 {
            world.bind(&ana, &bob.member, "guest", 5).await;
        }
        let refusal = refused(world.try_bind(&ana, &bob.member, "guest", 5).await, Code::ResourceExhausted, "REASON_LIMIT_REACHED");
        assert_eq!((refusal.metadata["kind"].as_str(), refusal.metadata["limit"].as_str()), ("binding", "20"));
        // Somebody else's are counted apart, and another organisation's can't be seen.
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let hers = world.bind(&ana, &carla.member, "guest", 5).await;
        let eva = world.sign_up("eva@elsewhere.example").await;
        refused(world.unbind(&eva, &hers.id).await, Code::NotFound, "REASON_NOT_FOUND");
        refused(world.try_bind(&eva, &carla.member, "guest", 5).await, Code::NotFound, "REASON_NOT_FOUND");
        let of_hers = ac::ListBindingsRequest { member_id: carla.member.clone(), ..Default::default() };
        refused(world.bindings(&eva, of_hers).await, Code::NotFound, "REASON_NOT_FOUND");
        world.remove(&ana, &carla.member, &carla.email).await;
        refused(world.unbind(&ana, &hers.id).await, Code::NotFound, "REASON_NOT_FOUND");
    }
}

each_engine! {
    async fn bindings_are_listed_by_member_and_role_page_by_page(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let mut given = vec![];
        for (member, role, minutes) in [(&bob, "admin", 10), (&carla, "guest", 3), (&bob, "guest", 20), (&carla, "admin", 30)] {
            world.clock.advance(TimeDelta::milliseconds(5));
            given.push(world.bind(&ana, &member.member, role, minutes).await);
        }
        let list = async |request| world.bindings(&carla, request).await.unwrap().into_inner();
        let all = list(ac::ListBindingsRequest::default()).await;
        assert_eq!((all.bindings, all.next_page_token.as_str()), (given.clone(), ""));
        let of = |member: &str, role: &str| ac::ListBindingsRequest { member_id: member.into(), role_id: role.into(), ..Default::default() };
        assert_eq!(list(of(&bob.member, "")).await.bindings, [given[0].clone(), given[2].clone()]);
        assert_eq!(list(of("", "guest")).await.bindings, [given[1].clone(), given[2].clone()]);
        assert_eq!(list(of(&carla.member, "admin")).await.bindings, [given[3].clone()]);
        let (mut seen, mut token) = (vec![], String::new());
        loop {
            let page = list(ac::ListBindingsRequest { page_size: 1, page_token: token.clone(), ..Default::default() }).await;
            seen.extend(page.bindings);
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
            let other = ac::ListBindingsRequest { page_token: token.clone(), ..of(&bob.member, "") };
            assert_eq!(refused(world.bindings(&carla, other).await, INVALID.0, INVALID.1).fields(), ["page_token"]);
        }
        assert_eq!(seen, given);
        world.clock.advance(TimeDelta::minutes(5));
        assert_eq!(list(of("", "guest")).await.bindings, [given[2].clone()], "what ran out is listed no more");
        let bad = ac::ListBindingsRequest { page_size: -1, member_id: "x".into(), role_id: "rol_x".into(), ..Default::default() };
        assert_eq!(refused(world.bindings(&carla, bad).await, INVALID.0, INVALID.1).fields(), ["member_id", "role_id", "page_size"]);
    }
}

each_engine! {
    async fn validate_only_and_request_id(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let request = ac::CreateBindingRequest {
            request_id: request_id(),
            member_id: bob.member.clone(),
            role_id: "admin".into(),
            expire_time: Some(wire(world.clock.now() + TimeDelta::minutes(5))),
            ..Default::default()
        };
        let dry = ac::CreateBindingRequest { validate_only: true, ..request.clone() };
        let would = world.unchanged(world.access().create_binding(with(&ana.token, dry))).await.unwrap().into_inner().binding.unwrap();
        assert_eq!(would.role_name, "admin");
        assert!(!world.may(&ana, &bob.member, "members.add").await);
        let made = world.access().create_binding(with(&ana.token, request.clone())).await.unwrap().into_inner();
        world.unchanged(async {
            assert_eq!(world.access().create_binding(with(&ana.token, request.clone())).await.unwrap().into_inner(), made);
            let other = ac::CreateBindingRequest { role_id: "guest".into(), ..request.clone() };
            refused(world.access().create_binding(with(&ana.token, other)).await, Code::AlreadyExists, "REASON_REQUEST_ID_REUSED");
        })
        .await;
        let acting = world.log_in("bob@example.org").await;
        let delete = ac::DeleteBindingRequest { request_id: request_id(), binding_id: made.binding.unwrap().id, ..Default::default() };
        let dry = ac::DeleteBindingRequest { validate_only: true, ..delete.clone() };
        world.unchanged(world.access().delete_binding(with(&ana.token, dry))).await.unwrap();
        world.try_get(&acting, &bob.member).await.expect("a rehearsal takes nothing");
        world.access().delete_binding(with(&ana.token, delete.clone())).await.unwrap();
        world.unchanged(world.access().delete_binding(with(&ana.token, delete))).await.unwrap();
        refused(world.try_get(&acting, &bob.member).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
    }
}
