//! UpdateMember: roles, and nothing but roles.

use crate::support::calls::{Outcome, request_id};
use crate::support::{Person, World, each_engine, invariants, refused, with};
use prost_types::FieldMask;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use tonic::Code;

async fn update(world: &World, by: &Person, request: ms::UpdateMemberRequest) -> Outcome<ms::UpdateMemberResponse> {
    world.membership().update_member(with(&by.token, request)).await
}

fn roles_of(member: &ms::Member) -> Vec<&str> {
    let mut names: Vec<_> = member.roles.iter().map(|role| role.name.as_str()).collect();
    names.sort_unstable();
    names
}

each_engine! {
    async fn roles_are_replaced_and_the_etag_moves_with_them(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let was = world.put(&ana, "bob@example.org", "Bob", &["member"]).await;
        world.clock.advance(std::time::Duration::from_secs(3));
        let request = ms::UpdateMemberRequest {
            member_id: was.id.clone(),
            role_ids: vec!["admin".into(), "guest".into()],
            etag: was.etag.clone(),
            ..Default::default()
        };
        let now = update(&world, &ana, request.clone()).await.unwrap().into_inner().member.unwrap();
        assert_eq!(roles_of(&now), ["admin", "guest"]);
        assert_ne!(now.etag, was.etag);
        assert_eq!(now.update_time.unwrap().seconds, was.update_time.unwrap().seconds + 3);
        assert_eq!((now.state(), &now.email, &now.create_time), (was.state(), &was.email, &was.create_time));
        assert_eq!(world.get(&ana, &was.id).await, now);
        world.unchanged(async {
            let refusal = refused(update(&world, &ana, request).await, Code::Aborted, "REASON_ETAG_MISMATCH");
            assert!(refusal.details.retry_info().is_some());
            // The same roles, in another order and by their ids, are no change.
            let ids = now.roles.iter().rev().map(|role| role.role_id.clone()).collect();
            let same = ms::UpdateMemberRequest { member_id: was.id.clone(), role_ids: ids, ..Default::default() };
            assert_eq!(update(&world, &ana, same).await.unwrap().into_inner().member.unwrap(), now);
        })
        .await;
        assert_eq!(invariants::logged(&world, "member_updated").await, 1);
    }
}

each_engine! {
    async fn m02_the_mask_knows_roles_tags_groups_and_grants_alone(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.put(&ana, "bob@example.org", "Bob", &["member"]).await;
        let masked = |paths: &[&str], roles: &[&str]| ms::UpdateMemberRequest {
            member_id: bob.id.clone(),
            update_mask: Some(FieldMask { paths: paths.iter().map(ToString::to_string).collect() }),
            role_ids: roles.iter().map(ToString::to_string).collect(),
            ..Default::default()
        };
        world.unchanged(async {
            for path in ["display_name", "email", "state", "etag", "user_id", "organization_id", "has_seat", "*", "roles", "role_ids.0", ""] {
                let refusal = refused(update(&world, &ana, masked(&[path], &["guest"])).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
                assert_eq!(refusal.fields(), ["update_mask.paths[0]"], "{path}");
            }
            let empty = update(&world, &ana, masked(&["role_ids"], &[])).await;
            assert_eq!(refused(empty, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["role_ids"]);
            let many = update(&world, &ana, masked(&["role_ids"], &["guest"; 21])).await;
            assert_eq!(refused(many, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["role_ids"]);
            let nothing = ms::UpdateMemberRequest { member_id: bob.id.clone(), ..Default::default() };
            assert_eq!(update(&world, &ana, nothing).await.unwrap().into_inner().member.unwrap(), bob);
            let bad = ms::UpdateMemberRequest {
                member_id: ana.user.clone(),
                role_ids: vec!["\n".into()],
                etag: "x".into(),
                request_id: "y".into(),
                ..Default::default()
            };
            let mut fields = refused(update(&world, &ana, bad).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields();
            fields.sort();
            assert_eq!(fields, ["etag", "member_id", "request_id", "role_ids[0]"]);
            let unknown = update(&world, &ana, masked(&["role_ids"], &["emperor"])).await;
            assert_eq!(refused(unknown, Code::NotFound, "REASON_NOT_FOUND").metadata["kind"], "role");
        })
        .await;
        let done = update(&world, &ana, masked(&["role_ids"], &["guest"])).await.unwrap().into_inner().member.unwrap();
        assert_eq!(roles_of(&done), ["guest"]);
    }
}

each_engine! {
    async fn b03_b08_nobody_raises_themselves_or_lowers_those_above(world: World) {
        let world = world.with_clerks().await;
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let clerk = world.join(&ana, "clerk@example.org", "clerk").await;
        world.unchanged(async {
            let lacks = refused(world.set_roles(&carla, &carla.member, &["guest"]).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
            assert_eq!(lacks.metadata["permission"], "members.update");
            for role in ["admin", "owner", "member", "guest"] {
                let refusal = refused(world.set_roles(&clerk, &clerk.member, &["clerk", role]).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
                assert!(!refusal.metadata["permissions"].is_empty());
            }
            let above = refused(world.set_roles(&clerk, &carla.member, &["clerk"]).await, Code::PermissionDenied, "REASON_TARGET_OUTRANKS_YOU");
            assert!(above.metadata["permissions"].contains("credits.spend"), "{above:?}");
            refused(world.set_roles(&clerk, &bob.member, &["clerk"]).await, Code::PermissionDenied, "REASON_TARGET_OUTRANKS_YOU");
            // Others lack the owner's rights, and hear that first; the owner hears what protects them from themselves.
            for by in [&bob, &clerk] {
                refused(world.set_roles(by, &ana.member, &["member"]).await, Code::PermissionDenied, "REASON_TARGET_OUTRANKS_YOU");
            }
            let kept = refused(world.set_roles(&ana, &ana.member, &["member"]).await, Code::FailedPrecondition, "REASON_OWNER_PROTECTED");
            assert_eq!(kept.metadata["member"], ana.member);
            assert_eq!(kept.details.precondition_failure().unwrap().violations[0].subject, ana.member);
            refused(world.set_roles(&bob, &bob.member, &["admin", "owner"]).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
            refused(world.set_roles(&ana, &bob.member, &["owner"]).await, Code::FailedPrecondition, "REASON_OWNER_ROLE_MOVES_BY_TRANSFER");
        })
        .await;
        // Equals may act on each other, and anybody may step down.
        world.set_roles(&bob, &bob.member, &["guest"]).await.unwrap();
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn k01_a_right_taken_away_is_gone_at_once(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        world.set_roles(&ana, &bob.member, &["guest"]).await.unwrap();
        // The old token: neither writes nor reads.
        let add = ms::AddMemberRequest { email: "x@example.org".into(), ..Default::default() };
        refused(world.try_add(&bob, add.clone()).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        refused(world.try_get(&bob, &bob.member).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        // The session lives; the new token lacks the right.
        let renew = |refresh: &str| id::RefreshSessionRequest { refresh_token: refresh.into(), ..Default::default() };
        let renewed = world.identity().refresh_session(renew(&bob.refresh)).await.unwrap().into_inner();
        let bob = Person::of("bob@example.org", renewed.tokens.unwrap());
        let refusal = refused(world.try_add(&bob, add.clone()).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        assert_eq!(refusal.metadata["permission"], "members.add");
        // A right that is given comes with the next token, and the old one stays good for what it had.
        world.set_roles(&ana, &bob.member, &["admin", "guest"]).await.unwrap();
        world.try_get(&bob, &bob.member).await.unwrap();
        let renewed = world.identity().refresh_session(renew(&bob.refresh)).await.unwrap().into_inner();
        let bob = Person::of("bob@example.org", renewed.tokens.unwrap());
        world.try_add(&bob, add).await.unwrap();
        // Removal ends the session too.
        world.remove(&ana, &bob.member, &bob.email).await;
        refused(world.try_get(&bob, &bob.member).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        refused(world.identity().refresh_session(renew(&bob.refresh)).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
    }
}

each_engine! {
    async fn validate_only_and_request_id(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let request = ms::UpdateMemberRequest {
            member_id: bob.member.clone(),
            role_ids: vec!["guest".into()],
            request_id: request_id(),
            ..Default::default()
        };
        let dry = ms::UpdateMemberRequest { validate_only: true, ..request.clone() };
        let would = world.unchanged(update(&world, &ana, dry)).await.unwrap().into_inner().member.unwrap();
        assert_eq!(roles_of(&would), ["guest"]);
        world.try_get(&bob, &bob.member).await.expect("no token is refused because of a rehearsal");
        let first = update(&world, &ana, request.clone()).await.unwrap().into_inner();
        world.unchanged(async {
            assert_eq!(update(&world, &ana, request.clone()).await.unwrap().into_inner(), first);
            let other = ms::UpdateMemberRequest { role_ids: vec!["admin".into()], ..request.clone() };
            refused(update(&world, &ana, other).await, Code::AlreadyExists, "REASON_REQUEST_ID_REUSED");
        })
        .await;
    }
}

each_engine! {
    async fn a_member_who_is_not_there_is_not_found(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.put(&ana, "bob@example.org", "Bob", &[]).await;
        world.remove(&ana, &bob.id, &bob.email).await;
        let refusal = refused(world.set_roles(&ana, &bob.id, &["guest"]).await, Code::NotFound, "REASON_NOT_FOUND");
        assert_eq!((refusal.metadata["kind"].as_str(), &refusal.metadata["id"]), ("member", &bob.id));
        assert_eq!(refusal.details.resource_info().unwrap().resource_name, bob.id);
    }
}
