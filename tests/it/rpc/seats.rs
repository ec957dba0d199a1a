//! GetSeatUsage and SetSeatLimit, and SetApiUser.

use crate::support::calls::{Outcome, in_language, refused_item, request_id};
use crate::support::selections::Act;
use crate::support::{Person, Refusal, World, each_engine, invariants, refused, with};
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use tonic::Code;

async fn ask(
    world: &World,
    by: &Person,
    about: Option<og::get_seat_usage_request::GuidanceFor>,
) -> Outcome<og::GetSeatUsageResponse> {
    let request = og::GetSeatUsageRequest {
        guidance_for: about,
        ..Default::default()
    };
    world.organization().get_seat_usage(with(&by.token, request)).await
}

fn count(count: i32) -> Option<og::get_seat_usage_request::GuidanceFor> {
    Some(og::get_seat_usage_request::GuidanceFor::Count(count))
}

fn members(ids: &[&str]) -> Option<og::get_seat_usage_request::GuidanceFor> {
    let member_ids = ids.iter().map(ToString::to_string).collect();
    Some(og::get_seat_usage_request::GuidanceFor::Members(og::MemberSelection {
        member_ids,
    }))
}

async fn usage(
    world: &World,
    by: &Person,
    about: Option<og::get_seat_usage_request::GuidanceFor>,
) -> og::GetSeatUsageResponse {
    ask(world, by, about).await.unwrap().into_inner()
}

/// What was found: needed, enough, missing.
fn verdict(usage: &og::GetSeatUsageResponse) -> (i64, bool, i64) {
    let guidance = usage.guidance.as_ref().unwrap();
    assert!(guidance.message.ends_with('.'), "{guidance:?}");
    (guidance.needed, guidance.enough, guidance.missing)
}

each_engine! {
    async fn w2_bought_used_and_free_with_guidance_for_those_to_be_invited(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let free = usage(&world, &ana, None).await;
        assert_eq!((free.bought, free.used, free.free, verdict(&free)), (None, 1, None, (1, true, 0)));
        world.set_seats(&ana, Some(4)).await.unwrap();
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let invited = world.add(&ana, "eva@example.org", "member").await;
        let listed = world.put(&ana, "gil@example.org", "Gil", &[]).await;
        let other = world.put(&ana, "hugo@example.org", "Hugo", &[]).await;
        let now = usage(&world, &bob, count(1)).await;
        assert_eq!((now.bought, now.used, now.free), (Some(4), 3, Some(1)));
        let by: Vec<_> = now.used_by.iter().map(|u| (u.state(), u.seats)).collect();
        assert_eq!(by, [(ms::MemberState::Active, 2), (ms::MemberState::Invited, 1)]);
        assert_eq!(verdict(&now), (1, true, 0));
        assert_eq!(verdict(&usage(&world, &bob, count(0)).await), (0, true, 0));
        assert_eq!(verdict(&usage(&world, &bob, count(6)).await), (6, false, 5));
        // Who holds a seat needs no other; who stands there twice needs one.
        let selection = members(&[&listed.id, &invited.id, &bob.member, &listed.id]);
        assert_eq!(verdict(&usage(&world, &bob, selection).await), (1, true, 0));
        let both = usage(&world, &bob, members(&[&listed.id, &other.id])).await;
        assert_eq!(verdict(&both), (2, false, 1));
        // What it says is what then happens.
        world.done(&ana, Act::Invite, &listed.id).await;
        world.not_done(&ana, Act::Invite, &other.id, Code::ResourceExhausted, "REASON_SEATS_EXHAUSTED").await;
        // The clock frees the seats of invitations that ran out.
        world.clock.advance(chrono::TimeDelta::days(8));
        let ana = world.log_in("ana@example.org").await;
        let later = usage(&world, &ana, members(&[&invited.id])).await;
        assert_eq!((later.used, later.free, verdict(&later)), (2, Some(2), (1, true, 0)));
        let request = og::GetSeatUsageRequest { guidance_for: count(9), ..Default::default() };
        let mut said = vec![];
        for language in ["en", "pt-BR", "es"] {
            let told = world.organization().get_seat_usage(in_language(with(&ana.token, request.clone()), language)).await.unwrap();
            said.push(told.into_inner().guidance.unwrap().message);
        }
        assert_eq!(said[0], "There aren’t enough seats: 9 are needed, 2 free, 7 missing. Buy more seats, remove or revoke members, or cancel invitations.");
        assert!(said[1].contains("7 em falta") && said[2].contains("faltan 7"), "{said:?}");
    }
}

each_engine! {
    async fn seats_are_told_to_those_who_may_know_and_about_members_who_are_there(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let other = world.sign_up("other@example.org").await;
        refused(ask(&world, &carla, None).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        for (about, field) in [
            (count(-1), "count"),
            (count(1_000_001), "count"),
            (members(&[]), "members.member_ids"),
            (members(&["x"]), "members.member_ids[0]"),
        ] {
            let refusal = refused(ask(&world, &ana, about).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
            assert_eq!(refusal.fields(), [field]);
        }
        for absent in [other.member.as_str(), "mbr_01h455vb4pex5vsknk084sn02q"] {
            refused(ask(&world, &ana, members(&[&carla.member, absent])).await, Code::NotFound, "REASON_NOT_FOUND");
        }
    }
}

each_engine! {
    async fn a_limit_below_the_use_keeps_everybody_and_lets_nobody_in(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        refused(world.set_seats(&carla, Some(9)).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        world.unchanged(async {
            for bad in [0, -1, 10_000_001] {
                assert_eq!(refused(world.set_seats(&ana, Some(bad)).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["seats"]);
            }
            let none = og::SetSeatLimitRequest::default();
            assert_eq!(refused(world.organization().set_seat_limit(with(&ana.token, none)).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["seats"]);
            let not = og::SetSeatLimitRequest { limit: Some(og::set_seat_limit_request::Limit::Unlimited(false)), ..Default::default() };
            assert_eq!(refused(world.organization().set_seat_limit(with(&ana.token, not)).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["unlimited"]);
            let stale = og::SetSeatLimitRequest { limit: Some(og::set_seat_limit_request::Limit::Seats(5)), etag: "v77".into(), ..Default::default() };
            refused(world.organization().set_seat_limit(with(&ana.token, stale)).await, Code::Aborted, "REASON_ETAG_MISMATCH");
        })
        .await;
        let request = og::SetSeatLimitRequest { request_id: request_id(), limit: Some(og::set_seat_limit_request::Limit::Seats(1)), ..Default::default() };
        let dry = og::SetSeatLimitRequest { validate_only: true, ..request.clone() };
        let would = world.unchanged(async { world.organization().set_seat_limit(with(&bob.token, dry)).await }).await.unwrap().into_inner();
        let first = world.organization().set_seat_limit(with(&bob.token, request.clone())).await.unwrap().into_inner();
        assert_eq!(would, first);
        assert_eq!(world.organization().set_seat_limit(with(&bob.token, request)).await.unwrap().into_inner(), first);
        let over = usage(&world, &ana, None).await;
        assert_eq!((over.bought, over.used, over.free, verdict(&over)), (Some(1), 3, Some(0), (1, false, 1)));
        for who in [&ana, &bob, &carla] {
            world.try_get(who, &who.member).await.expect("everybody stays");
        }
        let add = ms::AddMemberRequest { email: "new@example.org".into(), ..Default::default() };
        refused(world.try_add(&ana, add.clone()).await, Code::ResourceExhausted, "REASON_SEATS_EXHAUSTED");
        assert_eq!(world.set_seats(&ana, None).await.unwrap().into_inner().organization.unwrap().seat_limit, None);
        world.try_add(&ana, add).await.unwrap();
        assert_eq!(invariants::logged(&world, "seat_limit_changed").await, 2);
    }
}

each_engine! {
    async fn d6_the_api_user_stays_until_another_is_chosen(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let chosen = world.set_api_user(&bob, &carla.member).await.unwrap().into_inner().organization.unwrap();
        assert_eq!(chosen.api_user_member_id, carla.member);
        assert_eq!(world.organization_of(&carla).await.api_user_member_id, carla.member);
        let kept = world.try_remove(&ana, &[(&carla.member, &carla.email)]).await.unwrap().into_inner();
        let refusal = Refusal::of(&refused_item(&kept.results[0]));
        assert_eq!((refusal.code, refusal.reason.as_str()), (Code::FailedPrecondition, "REASON_API_USER_PROTECTED"));
        assert!(refusal.message.contains("Choose another API user first"), "{}", refusal.message);
        let leave = ms::LeaveOrganizationRequest { confirm: carla.email.clone(), ..Default::default() };
        refused(world.membership().leave_organization(with(&carla.token, leave.clone())).await, Code::FailedPrecondition, "REASON_API_USER_PROTECTED");
        let request = ms::GetMemberActionsRequest { member_ids: vec![carla.member.clone()], ..Default::default() };
        let told = world.membership().get_member_actions(with(&ana.token, request)).await.unwrap().into_inner();
        let remove = told.actions.into_iter().find(|a| a.action() == ms::ActionKind::Remove).unwrap();
        assert_eq!(remove.obstacles[0].reason, "REASON_API_USER_PROTECTED", "w3: the button knows");
        // Another, or nobody, and they may go.
        world.set_api_user(&bob, &bob.member).await.unwrap();
        world.membership().leave_organization(with(&carla.token, leave)).await.unwrap();
        world.set_api_user(&ana, "").await.unwrap();
        assert_eq!(world.organization_of(&ana).await.api_user_member_id, "");
        // One who holds more than the caller is not the caller's to replace.
        world.set_api_user(&ana, &ana.member).await.unwrap();
        for other in ["", &bob.member] {
            refused(world.set_api_user(&bob, other).await, Code::PermissionDenied, "REASON_TARGET_OUTRANKS_YOU");
        }
        world.set_api_user(&ana, "").await.unwrap();
        world.remove(&ana, &bob.member, &bob.email).await;
        assert_eq!(invariants::logged(&world, "api_user_changed").await, 5);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn nobody_lets_integrations_act_with_more_than_they_hold(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let listed = world.put(&ana, "gil@example.org", "Gil", &[]).await;
        let other = world.sign_up("other@example.org").await;
        world.unchanged(async {
            refused(world.set_api_user(&carla, &carla.member).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
            refused(world.set_api_user(&bob, &ana.member).await, Code::PermissionDenied, "REASON_TARGET_OUTRANKS_YOU");
            refused(world.set_api_user(&bob, &listed.id).await, Code::FailedPrecondition, "REASON_STATE_FORBIDS");
            for absent in [other.member.as_str(), "mbr_01h455vb4pex5vsknk084sn02q"] {
                refused(world.set_api_user(&bob, absent).await, Code::NotFound, "REASON_NOT_FOUND");
            }
            refused(world.set_api_user(&bob, "carla").await, Code::InvalidArgument, "REASON_INPUT_INVALID");
            let stale = og::SetApiUserRequest { member_id: carla.member.clone(), etag: "v77".into(), ..Default::default() };
            refused(world.organization().set_api_user(with(&bob.token, stale)).await, Code::Aborted, "REASON_ETAG_MISMATCH");
        })
        .await;
        let request = og::SetApiUserRequest { request_id: request_id(), member_id: carla.member.clone(), ..Default::default() };
        let dry = og::SetApiUserRequest { validate_only: true, ..request.clone() };
        let would = world.unchanged(async { world.organization().set_api_user(with(&bob.token, dry)).await }).await.unwrap().into_inner();
        for _ in 0..2 {
            let done = world.organization().set_api_user(with(&bob.token, request.clone())).await.unwrap().into_inner();
            assert_eq!(done, would);
        }
        assert_eq!(invariants::logged(&world, "api_user_changed").await, 1);
        world.set_api_user(&ana, &ana.member).await.unwrap();
    }
}
