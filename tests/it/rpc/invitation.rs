//! PreviewInvitation, AcceptInvitation, DeclineInvitation, ListMyInvitations: what the invited person may do.

use crate::support::calls::{Outcome, request_id};
use crate::support::selections::Act;
use crate::support::world::PASSWORD;
use crate::support::{Person, World, each_engine, invariants, refused, with};
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::membership::v1::accept_invitation_request::Invitation as Accepting;
use roster::pb::roster::membership::v1::decline_invitation_request::Invitation as Declining;
use std::time::Duration;
use tonic::Code;

async fn preview(world: &World, code: &str) -> Outcome<ms::PreviewInvitationResponse> {
    world
        .membership()
        .preview_invitation(ms::PreviewInvitationRequest { code: code.into() })
        .await
}

async fn mine(world: &World, who: &Person) -> Vec<ms::ReceivedInvitation> {
    let request = ms::ListMyInvitationsRequest::default();
    world
        .membership()
        .list_my_invitations(with(&who.token, request))
        .await
        .unwrap()
        .into_inner()
        .invitations
}

async fn accept_by_id(world: &World, who: &Person, id: &str) -> Outcome<ms::AcceptInvitationResponse> {
    let request = ms::AcceptInvitationRequest {
        invitation: Some(Accepting::InvitationId(id.into())),
        ..Default::default()
    };
    world.membership().accept_invitation(with(&who.token, request)).await
}

async fn decline_by_id(world: &World, who: &Person, id: &str) -> Outcome<ms::DeclineInvitationResponse> {
    let request = ms::DeclineInvitationRequest {
        invitation: Some(Declining::InvitationId(id.into())),
        ..Default::default()
    };
    world.membership().decline_invitation(with(&who.token, request)).await
}

/// How long the invitations of a member stay open.
fn life(member: &ms::Member) -> Duration {
    let seconds =
        member.invitation.as_ref().unwrap().expire_time.unwrap().seconds - member.create_time.unwrap().seconds;
    Duration::from_secs(seconds as u64)
}

each_engine! {
    async fn a_preview_tells_what_it_is_about_and_consumes_nothing(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let member = world.add(&ana, "bob.reis@example.org", "member").await;
        let code = world.code("bob.reis@example.org").await;
        world.unchanged(async {
            for _ in 0..3 {
                let shown = preview(&world, &code).await.unwrap().into_inner();
                assert_eq!(shown.organization_name, "ana at example.org and friends");
                assert_eq!((shown.inviter_name.as_str(), shown.email_masked.as_str()), ("ana", "b•••@example.org"));
                assert_eq!((shown.expire_time, shown.has_account), (member.invitation.as_ref().unwrap().expire_time, false));
            }
        })
        .await;
        world.accept_new(&code).await.unwrap();
        let refusal = refused(preview(&world, &code).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        assert_eq!(refusal.metadata["state"], "accepted");
        world.sign_up("eva@example.org").await;
        world.add(&ana, "eva@example.org", "member").await;
        assert!(preview(&world, &world.code("eva@example.org").await).await.unwrap().into_inner().has_account);
        refused(preview(&world, "rst_i_").await, Code::InvalidArgument, "REASON_INPUT_INVALID");
    }
}

each_engine! {
    async fn a_newcomer_gets_account_membership_and_tokens_together(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.add(&ana, "bob@example.org", "admin").await;
        let request = ms::AcceptInvitationRequest {
            request_id: request_id(),
            invitation: Some(Accepting::Code(world.code("bob@example.org").await)),
            display_name: "Bob Reis".into(),
            password: PASSWORD.into(),
            locale: "pt".into(),
            time_zone: "America/Sao_Paulo".into(),
            ..Default::default()
        };
        let dry = ms::AcceptInvitationRequest { validate_only: true, ..request.clone() };
        world.unchanged(world.membership().accept_invitation(dry)).await.unwrap();
        let done = world.membership().accept_invitation(request.clone()).await.unwrap().into_inner();
        let bob = Person::of("bob@example.org", done.tokens.clone().unwrap());
        assert_eq!((&done.organization_id, &done.member_id), (&ana.organization, &bob.member));
        let member = world.get(&bob, &bob.member).await;
        assert_eq!((member.display_name.as_str(), member.state(), member.user_id), ("Bob Reis", ms::MemberState::Active, bob.user.clone()));
        assert_eq!((member.roles[0].name.as_str(), member.invitation), ("admin", None));
        let me = world.identity().get_me(with(&bob.token, Default::default())).await.unwrap().into_inner().user.unwrap();
        assert_eq!((me.email_verified, me.locale.as_str(), me.time_zone.as_str()), (true, "pt-BR", "America/Sao_Paulo"));
        // The answer was lost: the same request gives it again, and once more is once.
        world.unchanged(async {
            assert_eq!(world.membership().accept_invitation(request.clone()).await.unwrap().into_inner(), done);
        })
        .await;
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn somebody_with_an_account_accepts_with_it_by_code_or_by_id(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.sign_up("bob@example.org").await;
        let carla = world.sign_up("carla@example.org").await;
        for who in [&bob, &carla] {
            world.add(&ana, &who.email, "member").await;
        }
        let code = world.code("bob@example.org").await;
        let refusal = world.unchanged(world.accept_new(&code)).await;
        refused(refusal, Code::FailedPrecondition, "REASON_SIGN_IN_TO_ACCEPT");
        let done = world.accept_as(&bob, &code).await.unwrap().into_inner();
        assert_eq!((done.organization_id.as_str(), done.tokens), (ana.organization.as_str(), None));
        let received = mine(&world, &carla).await.remove(0);
        assert_eq!((received.organization_id.as_str(), received.organization_name.as_str()), (ana.organization.as_str(), "ana at example.org and friends"));
        assert_eq!((received.inviter_name.as_str(), received.roles.as_slice()), ("ana", ["member".to_owned()].as_slice()));
        accept_by_id(&world, &carla, &received.id).await.unwrap();
        let carla = world.switch(&carla, &ana.organization).await;
        let again = accept_by_id(&world, &carla, &received.id).await;
        refused(again, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        assert_eq!(mine(&world, &carla).await, []);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn c03_an_invitation_is_for_its_address_alone(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let eva = world.sign_up("eva@example.org").await;
        let member = world.add(&ana, "bob@example.org", "member").await;
        let code = world.code("bob@example.org").await;
        let id = member.invitation.unwrap().id;
        world.unchanged(async {
            refused(world.accept_as(&eva, &code).await, Code::PermissionDenied, "REASON_INVITATION_FOR_ANOTHER_ADDRESS");
            refused(accept_by_id(&world, &eva, &id).await, Code::NotFound, "REASON_NOT_FOUND");
            refused(decline_by_id(&world, &eva, &id).await, Code::NotFound, "REASON_NOT_FOUND");
            let request = ms::DeclineInvitationRequest { invitation: Some(Declining::Code(code.clone())), ..Default::default() };
            let declined = world.membership().decline_invitation(with(&eva.token, request)).await;
            refused(declined, Code::PermissionDenied, "REASON_INVITATION_FOR_ANOTHER_ADDRESS");
            assert_eq!(mine(&world, &eva).await, []);
            // c13: the id is no secret, and opens nothing.
            let by_id = ms::AcceptInvitationRequest { invitation: Some(Accepting::InvitationId(id.clone())), password: PASSWORD.into(), ..Default::default() };
            refused(world.membership().accept_invitation(by_id).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
            refused(world.accept_new(&id).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        })
        .await;
        world.accept_new(&code).await.expect("it still works for Bob");
    }
}

each_engine! {
    async fn c01_an_address_nobody_proved_answers_no_invitation(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let other = world.sign_up("other@example.org").await;
        let eva = world.unverified(&other, "eva@example.org").await;
        let id = world.add(&ana, "eva@example.org", "member").await.invitation.unwrap().id;
        let code = world.code("eva@example.org").await;
        world.unchanged(async {
            refused(world.accept_as(&eva, &code).await, Code::FailedPrecondition, "REASON_EMAIL_UNVERIFIED");
            refused(accept_by_id(&world, &eva, &id).await, Code::FailedPrecondition, "REASON_EMAIL_UNVERIFIED");
            refused(decline_by_id(&world, &eva, &id).await, Code::FailedPrecondition, "REASON_EMAIL_UNVERIFIED");
            let list = world.membership().list_my_invitations(with(&eva.token, ms::ListMyInvitationsRequest::default())).await;
            refused(list, Code::FailedPrecondition, "REASON_EMAIL_UNVERIFIED");
        })
        .await;
    }
}

each_engine! {
    async fn an_acceptance_says_all_that_is_wrong_with_it(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.add(&ana, "bob@example.org", "member").await;
        let code = world.code("bob@example.org").await;
        let send = |request: ms::AcceptInvitationRequest| {
            let mut client = world.membership();
            async move { client.accept_invitation(request).await }
        };
        world.unchanged(async {
            let request = ms::AcceptInvitationRequest {
                display_name: "\u{7}".into(),
                locale: "xx".into(),
                time_zone: "here".into(),
                request_id: "1".into(),
                ..Default::default()
            };
            let mut fields = refused(send(request).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields();
            fields.sort();
            assert_eq!(fields, ["display_name", "invitation", "locale", "request_id", "time_zone"]);
            for weak in ["", "short", "bob@example.org", "passwordpassword"] {
                let request = ms::AcceptInvitationRequest { invitation: Some(Accepting::Code(code.clone())), password: weak.into(), ..Default::default() };
                assert_eq!(refused(send(request).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["password"], "{weak:?}");
            }
            let request = ms::AcceptInvitationRequest { invitation: Some(Accepting::InvitationId(ana.member.clone())), ..Default::default() };
            assert_eq!(refused(send(request).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["invitation_id"]);
        })
        .await;
    }
}

each_engine! {
    async fn a_declined_member_stays_listed_and_the_code_is_dead(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.add(&ana, "bob@example.org", "member").await;
        let code = world.code("bob@example.org").await;
        let carla = world.sign_up("carla@example.org").await;
        world.add(&ana, "carla@example.org", "member").await;
        let dry = ms::DeclineInvitationRequest { validate_only: true, invitation: Some(Declining::Code(code.clone())), ..Default::default() };
        world.unchanged(world.membership().decline_invitation(dry)).await.unwrap();
        let request = ms::DeclineInvitationRequest { request_id: request_id(), invitation: Some(Declining::Code(code.clone())), ..Default::default() };
        world.membership().decline_invitation(request.clone()).await.unwrap();
        world.unchanged(async {
            world.membership().decline_invitation(request).await.expect("a repeated request is answered as the first time");
            refused(world.decline(&code).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
            let refusal = refused(world.accept_new(&code).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
            assert_eq!(refusal.metadata["state"], "declined");
        })
        .await;
        let now = world.get(&ana, &bob.id).await;
        assert_eq!((now.state(), now.guide(), now.has_seat, now.invitation), (ms::MemberState::Declined, ms::Guide::ReInvite, false, None));
        decline_by_id(&world, &carla, &mine(&world, &carla).await[0].id).await.unwrap();
        let none = world.membership().decline_invitation(ms::DeclineInvitationRequest::default()).await;
        assert_eq!(refused(none, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["invitation"]);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn an_invitation_runs_out_by_the_clock(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let (first, second) = (world.add(&ana, "a@example.org", "member").await, world.add(&ana, "b@example.org", "member").await);
        let carla = world.sign_up("carla@example.org").await;
        world.add(&ana, "carla@example.org", "member").await;
        let (a, b) = (world.code("a@example.org").await, world.code("b@example.org").await);
        assert!(life(&first) <= Duration::from_secs(7 * 86_400));
        world.clock.advance(life(&second) - Duration::from_secs(1));
        world.accept_new(&a).await.expect("there is a second left");
        world.clock.advance(Duration::from_secs(1));
        let carla = world.log_in(&carla.email).await;
        world.unchanged(async {
            for refusal in [
                refused(world.accept_new(&b).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED"),
                refused(world.decline(&b).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED"),
                refused(preview(&world, &b).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED"),
            ] {
                assert_eq!(refusal.metadata["state"], "expired");
            }
            assert_eq!(mine(&world, &carla).await, []);
        })
        .await;
    }
}

each_engine! {
    async fn an_invitation_gives_no_more_than_its_inviter_still_may(world: World) {
        let world = world.with_clerks().await;
        let ana = world.sign_up("ana@example.org").await;
        let guest = world.join(&ana, "guest@example.org", "guest").await;
        let bob = world.put(&ana, "bob@example.org", "Bob", &["guest"]).await;
        // Who may invite for a while: by the clock alone it ends, and nobody has to see to it.
        world.bind(&ana, &guest.member, "clerk", 10).await;
        let guest = world.renewed(&guest).await;
        world.done(&guest, Act::Invite, &bob.id).await;
        let code = world.code("bob@example.org").await;
        world.clock.advance(Duration::from_secs(600));
        let ana = world.renewed(&ana).await;
        let refusal = world.unchanged(world.accept_new(&code)).await;
        refused(refusal, Code::FailedPrecondition, "REASON_INVITER_LOST_RIGHTS");
        // A clerk who is none any more stands behind nothing.
        let clerk = world.join(&ana, "clerk@example.org", "clerk").await;
        world.add(&clerk, "eva@example.org", "clerk").await;
        let code = world.code("eva@example.org").await;
        world.set_roles(&ana, &clerk.member, &["guest"]).await.unwrap();
        refused(world.accept_new(&code).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn ones_own_invitations_come_newest_first_each_once(world: World) {
        let eva = world.sign_up("eva@example.org").await;
        let mut ana = world.sign_up("ana@example.org").await;
        let mut names = vec![];
        for i in 0..5 {
            let name = format!("Organisation {i}");
            ana = world.found(&ana, &name).await;
            world.add(&ana, "EVA@example.org", "guest").await;
            names.insert(0, name);
            world.clock.advance(Duration::from_millis(1));
        }
        for size in [1, 2, 7] {
            let (mut seen, mut token) = (vec![], String::new());
            loop {
                let request = ms::ListMyInvitationsRequest { page_size: size, page_token: token };
                let page = world.membership().list_my_invitations(with(&eva.token, request)).await.unwrap().into_inner();
                seen.extend(page.invitations.into_iter().map(|i| i.organization_name));
                token = page.next_page_token;
                if token.is_empty() {
                    break;
                }
            }
            assert_eq!(seen, names, "by {size}");
        }
        let request = ms::ListMyInvitationsRequest { page_token: "rst_g_AAAA".into(), ..Default::default() };
        let refusal = world.membership().list_my_invitations(with(&eva.token, request)).await;
        assert_eq!(refused(refusal, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["page_token"]);
    }
}
