//! Credentials: hijacking before the owner comes, temporary passwords, resets, closed sign-up.

use crate::support::log_ins::{newcomer, request_id};
use crate::support::world::{OTHER_PASSWORD, PASSWORD};
use crate::support::{World, each_engine, refused, with};
use chrono::Duration;
use roster::config::SignUpMode;
use roster::mail::message::MailTemplate;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use tonic::Code;

fn ask(email: &str) -> id::RequestPasswordResetRequest {
    id::RequestPasswordResetRequest {
        email: email.into(),
        ..Default::default()
    }
}

fn reset(code: &str, new: &str) -> id::ResetPasswordRequest {
    id::ResetPasswordRequest {
        code: code.into(),
        new_password: new.into(),
        ..Default::default()
    }
}

each_engine! {
    async fn f01_whoever_signed_up_first_with_another_s_address_is_out_once_the_owner_comes(world: World) {
        let world = world.other(|config| config.sign_up.mode = SignUpMode::Immediate).await;
        let mallory = world.sign_up("victim@example.org").await;
        let again = world.log_in("victim@example.org").await;
        let refresh =
            |token: &str| id::RefreshSessionRequest { refresh_token: token.into(), ..Default::default() };
        world.identity().request_password_reset(ask("victim@example.org")).await.unwrap();
        let code = world.code("victim@example.org").await;
        // What the attacker has prepared meanwhile.
        let resend = with(&mallory.token, id::ResendVerificationRequest::default());
        let step = world.identity().resend_verification(resend).await.unwrap().into_inner().next_step.unwrap();
        world.identity().reset_password(reset(&code, OTHER_PASSWORD)).await.unwrap();
        for person in [&mallory, &again] {
            refused(
                world.identity().get_me(with(&person.token, id::GetMeRequest {})).await,
                Code::Unauthenticated,
                "REASON_CREDENTIAL_INVALID",
            );
            refused(
                world.identity().refresh_session(refresh(&person.refresh)).await,
                Code::Unauthenticated,
                "REASON_CREDENTIAL_INVALID",
            );
        }
        assert!(!world.opens("victim@example.org", PASSWORD).await);
        assert!(world.opens("victim@example.org", OTHER_PASSWORD).await);
        let guess = id::VerifyEmailRequest { handle: step.handle, code: "00000000".into(), ..Default::default() };
        refused(world.identity().verify_email(guess).await, Code::FailedPrecondition, "REASON_CODE_INVALID");
    }
}

each_engine! {
    async fn f01_a_sign_up_under_way_gives_no_claim_to_the_address(world: World) {
        let request = id::SignUpRequest { password: OTHER_PASSWORD.into(), ..newcomer("victim@example.org") };
        let answer = world.identity().sign_up(request).await.unwrap().into_inner();
        let Some(id::sign_up_response::Outcome::NextStep(stolen)) = answer.outcome else { panic!("{answer:?}") };
        let stolen_code = world.code("victim@example.org").await;
        world.clock.advance(Duration::seconds(1));
        let victim = world.sign_up("victim@example.org").await;
        // Even with the code that the victim got for it, it comes too late.
        let request = id::VerifyEmailRequest { handle: stolen.handle, code: stolen_code, ..Default::default() };
        refused(world.identity().verify_email(request).await, Code::AlreadyExists, "REASON_EMAIL_TAKEN");
        assert!(world.opens("victim@example.org", PASSWORD).await);
        assert!(!world.opens("victim@example.org", OTHER_PASSWORD).await);
        assert_eq!(world.log_in("victim@example.org").await.user, victim.user);
    }
}

each_engine! {
    async fn g04_no_order_of_steps_sets_a_password_without_the_mailed_code(world: World) {
        world.sign_up("victim@example.org").await;
        world.sign_up("mallory@example.org").await;
        world.clock.advance(Duration::seconds(1));
        world.identity().request_password_reset(ask("mallory@example.org")).await.unwrap();
        let own = world.code("mallory@example.org").await;
        let answer = world.identity().sign_up(newcomer("third@example.org")).await.unwrap().into_inner();
        let Some(id::sign_up_response::Outcome::NextStep(step)) = answer.outcome else { panic!("{answer:?}") };
        let mut orders = vec![vec![]];
        for _ in 0..5 {
            let longer = orders.iter().flat_map(|order: &Vec<usize>| {
                (0..5).filter(|i| !order.contains(i)).map(move |i| [order.as_slice(), &[i]].concat())
            });
            orders = longer.collect();
        }
        assert_eq!(orders.len(), 120);
        for order in &orders {
            for act in order {
                let mut identity = world.identity();
                let go_on = id::ContinueLogInRequest {
                    handle: step.handle.replace("rst_s_", "rst_l_"),
                    step: Some(id::continue_log_in_request::Step::NewPassword(OTHER_PASSWORD.into())),
                    ..Default::default()
                };
                match act {
                    0 => drop(identity.request_password_reset(ask("victim@example.org")).await.unwrap()),
                    1 => drop(identity.reset_password(reset(&step.handle, OTHER_PASSWORD)).await.unwrap_err()),
                    2 => drop(identity.reset_password(reset(&own.replace('p', "q"), OTHER_PASSWORD)).await.unwrap_err()),
                    3 => drop(identity.reset_password(reset(&own, OTHER_PASSWORD)).await),
                    _ => drop(identity.continue_log_in(go_on).await.unwrap_err()),
                }
            }
        }
        assert!(world.opens("victim@example.org", PASSWORD).await);
        let changed = "SELECT count(*) FROM changes WHERE kind = 'password_changed'";
        assert_eq!(world.count(changed).await, 1, "the attacker's own, once");
        println!("g04: {} orders of five steps on {:?}", orders.len(), world.engine);
    }
}

each_engine! {
    async fn g06_no_answer_carries_a_mailed_secret(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.clock.advance(Duration::seconds(1));
        let mut said: Vec<String> = vec![];
        let mut keep = |text: String| said.push(text);
        keep(format!("{:?}", world.identity().sign_up(newcomer("eva@example.org")).await.unwrap()));
        keep(format!("{:?}", world.identity().request_password_reset(ask("ana@example.org")).await.unwrap()));
        let invite = ms::AddMemberRequest { email: "bob@example.org".into(), ..Default::default() };
        keep(format!("{:?}", world.membership().add_member(with(&ana.token, invite)).await.unwrap()));
        let lend = ms::AddMemberRequest {
            request_id: request_id(1),
            email: "tom@example.org".into(),
            onboarding: Some(ms::add_member_request::Onboarding::TemporaryPassword(Default::default())),
            ..Default::default()
        };
        keep(format!("{:?}", world.membership().add_member(with(&ana.token, lend)).await.unwrap()));
        let list = with(&ana.token, ms::ListMembersRequest { include_permissions: true, ..Default::default() });
        keep(format!("{:?}", world.membership().list_members(list).await.unwrap()));
        let Some(MailTemplate::TemporaryPassword { password, .. }) = world.mails("tom@example.org").await.pop() else {
            panic!("no temporary password");
        };
        let mut secrets = vec![password.expose().to_owned()];
        for email in ["eva@example.org", "ana@example.org", "bob@example.org"] {
            secrets.push(world.code(email).await);
        }
        for secret in &secrets {
            let wrong = world.identity().reset_password(reset(secret, "short")).await.unwrap_err();
            keep(format!("{} {:?}", wrong.message(), wrong.metadata()));
        }
        for table in ["changes", "mails", "challenges", "invitations", "users", "replies"] {
            keep(world.picture(&format!("SELECT * FROM {table}")).await.join("\n"));
        }
        for secret in &secrets {
            assert!(!said.iter().any(|text| text.contains(secret.as_str())), "{secret} was told");
        }
    }
}

each_engine! {
    async fn g08_where_sign_up_is_closed_only_the_invited_get_an_account(world: World) {
        let (open, closed) = World::pair(world.engine, |config| config.sign_up.mode = SignUpMode::Closed).await;
        let ana = open.sign_up("ana@example.org").await;
        open.add(&ana, "bob@example.org", "member").await;
        let code = open.code("bob@example.org").await;
        let before = closed.state().await;
        for email in ["eva@example.org", "ana@example.org", "bob@example.org"] {
            let refusal =
                refused(closed.identity().sign_up(newcomer(email)).await, Code::FailedPrecondition, "REASON_SIGN_UP_CLOSED");
            assert!(refusal.details.precondition_failure().is_some());
        }
        assert_eq!(closed.state().await, before);
        let accept = ms::AcceptInvitationRequest {
            invitation: Some(ms::accept_invitation_request::Invitation::Code(code)),
            display_name: "Bob".into(),
            password: PASSWORD.into(),
            ..Default::default()
        };
        closed.membership().accept_invitation(accept).await.unwrap();
        assert_eq!(closed.log_in("bob@example.org").await.organization, ana.organization);
    }
}
