//! LeaveOrganization, and PreviewOffboarding: how a membership ends, and what that would come to.

use crate::support::calls::{Outcome, request_id};
use crate::support::selections::Act;
use crate::support::{Person, World, each_engine, invariants, refused, with};
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use tonic::Code;

async fn leave(
    world: &World,
    who: &Person,
    request: ms::LeaveOrganizationRequest,
) -> Outcome<ms::LeaveOrganizationResponse> {
    world.membership().leave_organization(with(&who.token, request)).await
}

fn confirmed(who: &Person) -> ms::LeaveOrganizationRequest {
    ms::LeaveOrganizationRequest {
        confirm: who.email.clone(),
        ..Default::default()
    }
}

async fn preview(world: &World, by: &Person, members: &[&str]) -> Outcome<ms::PreviewOffboardingResponse> {
    let request = ms::PreviewOffboardingRequest {
        member_ids: members.iter().map(ToString::to_string).collect(),
        ..Default::default()
    };
    world.membership().preview_offboarding(with(&by.token, request)).await
}

each_engine! {
    async fn a_member_leaves_and_all_that_rested_on_the_membership_ends(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let phone = world.log_in("bob@example.org").await;
        let own = world.found(&world.log_in("bob@example.org").await, "Bob's own").await;
        world.add(&bob, "x@example.org", "member").await;
        let code = world.code("x@example.org").await;
        let would = preview(&world, &ana, &[&bob.member]).await.unwrap().into_inner().previews.remove(0);
        let answer = leave(&world, &bob, confirmed(&bob)).await.unwrap().into_inner();
        let receipt = answer.receipt.unwrap();
        assert_eq!((receipt.sessions_ended, receipt.invitations_withdrawn, receipt.roles_ended), (2, 1, 1));
        assert_eq!(would.ends, Some(receipt), "what was told beforehand is what came");
        for session in [&bob, &phone] {
            refused(world.try_get(session, &ana.member).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        }
        world.try_get(&own, &own.member).await.expect("what they have elsewhere is untouched");
        refused(world.accept_new(&code).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        refused(world.try_get(&ana, &bob.member).await, Code::NotFound, "REASON_NOT_FOUND");
        assert_eq!(world.mail_kinds("bob@example.org").await, ["invitation"], "they know");
        let left = world.picture("SELECT data, subject FROM changes WHERE kind = 'member_left'").await;
        assert!(left.len() == 1 && left[0].contains(&bob.member) && left[0].contains("admin"), "{left:?}");
        invariants::check(&world).await;
        // The place is free for them to be added again.
        let again = world.add(&ana, "bob@example.org", "member").await;
        assert_ne!(again.id, bob.member);
        world.accept_as(&own, &world.code("bob@example.org").await).await.unwrap();
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn who_may_not_leave_is_told_why(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "guest").await;
        let off = world.join(&ana, "off@example.org", "member").await;
        world.done(&ana, Act::Suspend, &off.member).await;
        let nowhere = world.log_in("off@example.org").await;
        let stranger = world.sign_up("stranger@example.org").await;
        world.unchanged(async {
            refused(leave(&world, &ana, confirmed(&ana)).await, Code::FailedPrecondition, "REASON_OWNER_PROTECTED");
            refused(leave(&world, &off, confirmed(&off)).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
            refused(leave(&world, &nowhere, confirmed(&off)).await, Code::FailedPrecondition, "REASON_NO_ORGANIZATION");
            let wrong = leave(&world, &bob, confirmed(&ana)).await;
            assert_eq!(refused(wrong, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["confirm"]);
            let bad = ms::LeaveOrganizationRequest { etag: "7".into(), ..Default::default() };
            let mut fields = refused(leave(&world, &bob, bad).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields();
            fields.sort();
            assert_eq!(fields, ["confirm", "etag"]);
            let stale = ms::LeaveOrganizationRequest { etag: "v77".into(), ..confirmed(&bob) };
            refused(leave(&world, &bob, stale).await, Code::Aborted, "REASON_ETAG_MISMATCH");
            let elsewhere = ms::LeaveOrganizationRequest { organization_id: stranger.organization.clone(), ..confirmed(&bob) };
            refused(leave(&world, &bob, elsewhere).await, Code::NotFound, "REASON_NOT_FOUND");
        })
        .await;
        let etag = world.get(&ana, &bob.member).await.etag;
        let request = ms::LeaveOrganizationRequest { etag, confirm: " BOB@example.org".into(), ..Default::default() };
        leave(&world, &bob, request).await.unwrap();
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn a_rehearsed_departure_is_none_and_a_repeated_one_is_nobodys(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let request = ms::LeaveOrganizationRequest { request_id: request_id(), ..confirmed(&bob) };
        let dry = ms::LeaveOrganizationRequest { validate_only: true, ..request.clone() };
        let would = world.unchanged(leave(&world, &bob, dry)).await.unwrap().into_inner();
        world.try_get(&bob, &bob.member).await.expect("a rehearsal logs nobody out");
        assert_eq!(leave(&world, &bob, request.clone()).await.unwrap().into_inner(), would);
        world.unchanged(async {
            refused(leave(&world, &bob, request).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        })
        .await;
    }
}

each_engine! {
    async fn a_preview_is_what_a_removal_then_says(world: World) {
        let world = world.with_clerks().await;
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        world.log_in("carla@example.org").await;
        world.set_roles(&ana, &bob.member, &["admin", "clerk"]).await.unwrap();
        for email in ["x@example.org", "y@example.org"] {
            world.add(&bob, email, "member").await;
        }
        let listed = world.put(&ana, "listed@example.org", "Listed", &[]).await;
        let asked = [bob.member.as_str(), &listed.id, &carla.member, &ana.member];
        let told = world.unchanged(preview(&world, &ana, &asked)).await.unwrap().into_inner().previews;
        assert_eq!(told.iter().map(|p| p.member_id.as_str()).collect::<Vec<_>>(), asked, "in the order of the request");
        assert_eq!(told.iter().map(|p| p.possible).collect::<Vec<_>>(), [true, true, true, false]);
        assert_eq!(told[3].obstacles[0].reason, "REASON_OWNER_PROTECTED");
        assert_eq!(told[3].obstacles[0].member_ids, std::slice::from_ref(&ana.member));
        assert_eq!(told.iter().map(|p| (p.account_stays, p.frees_seat)).collect::<Vec<_>>(), [(true, true), (false, false), (true, true), (true, true)]);
        let ends = told[0].ends.unwrap();
        assert_eq!((ends.sessions_ended, ends.invitations_withdrawn, ends.roles_ended), (1, 2, 2));
        assert_eq!(told[2].ends.unwrap().sessions_ended, 2);
        for (preview, email) in told.iter().zip(["bob@example.org", "listed@example.org", "carla@example.org"]) {
            assert_eq!(world.remove(&ana, &preview.member_id, email).await, preview.ends.unwrap());
        }
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn a_preview_is_for_those_who_may_remove(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let refusal = refused(preview(&world, &carla, &["?"]).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        assert_eq!(refusal.metadata["permission"], "members.remove");
        let told = preview(&world, &bob, &[&ana.member, &bob.member]).await.unwrap().into_inner().previews;
        assert_eq!(told[0].obstacles[0].reason, "REASON_TARGET_OUTRANKS_YOU");
        assert_eq!(told[1].obstacles[0].reason, "REASON_ACTING_ON_YOURSELF");
        refused(preview(&world, &bob, &[&bob.member, "mbr_01h455vb4pex5vsknk084sn02q"]).await, Code::NotFound, "REASON_NOT_FOUND");
        let invalid = async |members: &[&str]| refused(preview(&world, &bob, members).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields();
        assert_eq!(invalid(&[]).await, ["member_ids"]);
        assert_eq!(invalid(&[&bob.member, &bob.member]).await, ["member_ids[1]"]);
        // a04: nobody of another organisation is there.
        let stranger = world.sign_up("stranger@example.org").await;
        refused(preview(&world, &stranger, &[&bob.member]).await, Code::NotFound, "REASON_NOT_FOUND");
    }
}

each_engine! {
    async fn d6_the_api_user_stays_until_another_is_chosen(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let choose = async |member: &str| {
            let request = og::SetApiUserRequest { member_id: member.into(), ..Default::default() };
            world.organization().set_api_user(with(&ana.token, request)).await.unwrap();
        };
        choose(&bob.member).await;
        let protected = "REASON_API_USER_PROTECTED";
        world.unchanged(async {
            for act in [Act::Suspend, Act::Revoke] {
                let refusal = world.not_done(&ana, act, &bob.member, Code::FailedPrecondition, protected).await;
                assert_eq!(refusal.metadata["member"], bob.member);
            }
            refused(leave(&world, &bob, confirmed(&bob)).await, Code::FailedPrecondition, protected);
            let removed = world.try_remove(&ana, &[(&bob.member, &bob.email)]).await.unwrap().into_inner().results.remove(0);
            assert_eq!(crate::support::Refusal::of(&crate::support::calls::refused_item(&removed)).reason, protected);
            let told = preview(&world, &ana, &[&bob.member]).await.unwrap().into_inner().previews.remove(0);
            assert_eq!((told.possible, told.obstacles[0].reason.as_str()), (false, protected));
        })
        .await;
        choose("").await;
        world.done(&ana, Act::Suspend, &bob.member).await;
        world.remove(&ana, &bob.member, &bob.email).await;
        invariants::check(&world).await;
    }
}
