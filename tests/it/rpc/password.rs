//! ChangePassword, RequestPasswordReset, ResetPassword, GeneratePassword and CheckPassword.

use crate::support::log_ins::{call, log_in, once, request_id};
use crate::support::world::{OTHER_PASSWORD, PASSWORD};
use crate::support::{World, each_engine, refused, with};
use chrono::Duration;
use roster::mail::message::MailTemplate;
use roster::pb::roster::identity::v1 as id;
use tonic::Code;

fn change(current: &str, new: &str) -> id::ChangePasswordRequest {
    id::ChangePasswordRequest {
        current_password: current.into(),
        new_password: new.into(),
        ..Default::default()
    }
}

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

async fn judge(world: &World, password: &str) -> id::CheckPasswordResponse {
    let request = id::CheckPasswordRequest {
        password: password.into(),
        context: vec![],
    };
    world.identity().check_password(request).await.unwrap().into_inner()
}

/// So many code points that nobody guesses.
fn long(length: usize) -> String {
    let text: String = (0..)
        .map(|i| format!("{:x} lamp {} ", i * 7919, i * 31))
        .take(200)
        .collect();
    text.chars().take(length).collect()
}

each_engine! {
    async fn h01_a_new_password_ends_all_other_sessions_at_once(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let other = world.log_in("ana@example.org").await;
        let request = id::ChangePasswordRequest { request_id: request_id(1), ..change(PASSWORD, OTHER_PASSWORD) };
        let different = id::ChangePasswordRequest { new_password: long(30), ..request.clone() };
        once(call!(world, identity, change_password, ana.token), request, different).await;
        world.identity().get_me(with(&ana.token, id::GetMeRequest {})).await.unwrap();
        refused(
            world.identity().get_me(with(&other.token, id::GetMeRequest {})).await,
            Code::Unauthenticated,
            "REASON_CREDENTIAL_INVALID",
        );
        let refresh = |token: &str| id::RefreshSessionRequest { refresh_token: token.into(), ..Default::default() };
        refused(
            world.identity().refresh_session(refresh(&other.refresh)).await,
            Code::Unauthenticated,
            "REASON_CREDENTIAL_INVALID",
        );
        world.identity().refresh_session(refresh(&ana.refresh)).await.unwrap();
        assert!(world.opens("ana@example.org", OTHER_PASSWORD).await && !world.opens("ana@example.org", PASSWORD).await);
        let told = world.mails("ana@example.org").await;
        assert_eq!(told.iter().filter(|mail| matches!(mail, MailTemplate::PasswordChanged {})).count(), 1);
    }
}

each_engine! {
    async fn a_change_needs_the_present_password_and_an_acceptable_one(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let before = world.state().await;
        let call = call!(world, identity, change_password, ana.token);
        refused(call(change(OTHER_PASSWORD, &long(30))).await, Code::FailedPrecondition, "REASON_PASSWORD_WRONG");
        let refusal = refused(call(change("", &long(1025))).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        assert_eq!(refusal.fields(), ["current_password", "new_password"]);
        for weak in ["short", "password password", "ana@example.org 1"] {
            let refusal = refused(call(change(PASSWORD, weak)).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
            assert_eq!(refusal.fields(), ["new_password"]);
        }
        let only = id::ChangePasswordRequest { validate_only: true, ..change(PASSWORD, OTHER_PASSWORD) };
        call(only.clone()).await.unwrap();
        let only = id::ChangePasswordRequest {
            validate_only: true,
            ..change(OTHER_PASSWORD, &long(30))
        };
        refused(call(only).await, Code::FailedPrecondition, "REASON_PASSWORD_WRONG");
        refused(
            world.identity().change_password(change(PASSWORD, OTHER_PASSWORD)).await,
            Code::Unauthenticated,
            "REASON_CREDENTIAL_INVALID",
        );
        assert_eq!(world.state().await, before);
    }
}

each_engine! {
    async fn whoever_has_a_session_guesses_the_password_five_times_and_then_waits(world: World) {
        let world = world.other(|config| config.log_in.attempts_per_account = 5).await;
        let ana = world.sign_up("ana@example.org").await;
        let call = call!(world, identity, change_password, ana.token);
        for _ in 0..5 {
            refused(call(change(OTHER_PASSWORD, &long(30))).await, Code::FailedPrecondition, "REASON_PASSWORD_WRONG");
        }
        let refusal =
            refused(call(change(PASSWORD, OTHER_PASSWORD)).await, Code::ResourceExhausted, "REASON_TOO_MANY_ATTEMPTS");
        assert!(refusal.details.retry_info().is_some());
        world.clock.advance(Duration::minutes(15));
        let ana = world.log_in("ana@example.org").await;
        let request = change(PASSWORD, OTHER_PASSWORD);
        world.identity().change_password(with(&ana.token, request)).await.unwrap();
    }
}

each_engine! {
    async fn a_reset_takes_the_mailed_code_once_and_ends_every_session(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.clock.advance(Duration::seconds(1));
        let request = id::RequestPasswordResetRequest { request_id: request_id(1), ..ask("ANA@example.org") };
        once(call!(world, identity, request_password_reset), request, ask_as(1, "eva@example.org")).await;
        let sent = world.mails("ana@example.org").await;
        let sent = sent.iter().filter(|mail| matches!(mail, MailTemplate::PasswordReset { .. })).count();
        assert_eq!(sent, 1, "one mail, to the address on file");
        let first = world.code("ana@example.org").await;
        world.clock.advance(Duration::seconds(1));
        world.identity().request_password_reset(ask("ana@example.org")).await.unwrap();
        let second = world.code("ana@example.org").await;
        assert_ne!(first, second);

        let before = world.state().await;
        let weak = reset(&second, "ana@example.org 1");
        let refusal = refused(world.identity().reset_password(weak).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        assert_eq!(refusal.fields(), ["new_password"]);
        let both = reset("rst_p_nothing", "");
        let refusal = refused(world.identity().reset_password(both).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        assert_eq!(refusal.fields(), ["code", "new_password"]);
        let only = id::ResetPasswordRequest { validate_only: true, ..reset(&second, OTHER_PASSWORD) };
        world.identity().reset_password(only).await.unwrap();
        assert_eq!(world.state().await, before);

        world.clock.advance(Duration::seconds(1));
        let request = id::ResetPasswordRequest { request_id: request_id(2), ..reset(&second, OTHER_PASSWORD) };
        let different = id::ResetPasswordRequest { new_password: long(30), ..request.clone() };
        once(call!(world, identity, reset_password), request, different).await;
        for code in [&first, &second] {
            refused(
                world.identity().reset_password(reset(code, &long(30))).await,
                Code::FailedPrecondition,
                "REASON_CODE_INVALID",
            );
        }
        refused(
            world.identity().get_me(with(&ana.token, id::GetMeRequest {})).await,
            Code::Unauthenticated,
            "REASON_CREDENTIAL_INVALID",
        );
        assert_eq!(world.count("SELECT count(*) FROM sessions WHERE ended_at IS NULL").await, 0);
        assert!(world.opens("ana@example.org", OTHER_PASSWORD).await && !world.opens("ana@example.org", PASSWORD).await);
        assert!(matches!(world.mails("ana@example.org").await.last(), Some(MailTemplate::PasswordChanged {})));
    }
}

fn ask_as(number: u32, email: &str) -> id::RequestPasswordResetRequest {
    id::RequestPasswordResetRequest {
        request_id: request_id(number),
        ..ask(email)
    }
}

each_engine! {
    async fn a_reset_code_works_for_half_an_hour(world: World) {
        world.sign_up("ana@example.org").await;
        world.clock.advance(Duration::seconds(1));
        world.identity().request_password_reset(ask("ana@example.org")).await.unwrap();
        let code = world.code("ana@example.org").await;
        world.clock.advance(Duration::minutes(30));
        let before = world.state().await;
        refused(
            world.identity().reset_password(reset(&code, OTHER_PASSWORD)).await,
            Code::FailedPrecondition,
            "REASON_CODE_INVALID",
        );
        let only = id::RequestPasswordResetRequest { validate_only: true, ..ask("ana@example.org") };
        world.identity().request_password_reset(only).await.unwrap();
        let refusal = refused(
            world.identity().request_password_reset(ask("nobody")).await,
            Code::InvalidArgument,
            "REASON_INPUT_INVALID",
        );
        assert_eq!(refusal.fields(), ["email"]);
        assert_eq!(world.state().await, before);
    }
}

each_engine! {
    async fn resets_of_one_address_are_limited_whether_or_not_it_has_an_account(world: World) {
        let world = world.other(|config| config.log_in.attempts_per_account = 3).await;
        world.sign_up("ana@example.org").await;
        world.clock.advance(Duration::minutes(15));
        let mut said = vec![];
        for email in ["ana@example.org", "eva@example.org"] {
            for _ in 0..3 {
                world.identity().request_password_reset(ask(email)).await.unwrap();
            }
            let result = world.identity().request_password_reset(ask(email)).await;
            said.push(refused(result, Code::ResourceExhausted, "REASON_TOO_MANY_ATTEMPTS").message);
        }
        assert_eq!(said[0], said[1]);
    }
}

each_engine! {
    async fn the_policy_counts_code_points_and_has_no_rules_of_composition(world: World) {
        for (unit, name) in [("a", "ASCII"), ("😀", "emoji"), ("é", "composed")] {
            for (length, short) in [(14, true), (15, false), (16, false)] {
                let told = judge(&world, &format!("{}{}", &long(length - 1), unit)).await;
                let too_short = told.faults().any(|fault| fault == id::PasswordFault::TooShort);
                assert_eq!((too_short, told.acceptable), (short, !short), "{length} {name}: {told:?}");
                assert_eq!(told.min_length, 15);
            }
        }
        for length in [64, 128, 1024] {
            assert!(judge(&world, &long(length)).await.acceptable, "{length}");
        }
        let request = id::CheckPasswordRequest { password: long(1025), context: vec!["x".repeat(201); 11] };
        let refusal = refused(world.identity().check_password(request).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        assert_eq!(refusal.fields().len(), 13, "the password, the list, and each word of it: {:?}", refusal.fields());
        let common = judge(&world, "passwordpassword").await;
        assert!(!common.acceptable && common.score <= 2, "{common:?}");
        assert!(common.faults().any(|fault| fault == id::PasswordFault::TooCommon), "{common:?}");
        let request = id::CheckPasswordRequest {
            password: "lima ltda ana lima".into(),
            context: vec!["Ana Lima".into(), "Lima Ltda".into()],
        };
        let told = world.identity().check_password(request).await.unwrap().into_inner();
        assert!(told.faults().any(|fault| fault == id::PasswordFault::ContainsContext), "{told:?}");
    }
}

each_engine! {
    async fn a_generated_password_is_strong_and_never_the_same(world: World) {
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..20 {
            let made = world.identity().generate_password(id::GeneratePasswordRequest {}).await.unwrap().into_inner();
            let told = judge(&world, &made.password).await;
            assert!(told.acceptable && told.score == 4, "{told:?}");
            assert!(seen.insert(made.password));
        }
    }
}

each_engine! {
    async fn the_whole_password_counts_however_it_was_typed(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let mut current = PASSWORD.to_owned();
        let composed = "um café bem quente às três da manhã";
        for next in [long(73), long(129), long(1023), long(1024), composed.to_owned()] {
            let request = change(&current, &next);
            world.identity().change_password(with(&ana.token, request)).await.unwrap();
            let mut almost: Vec<char> = next.chars().collect();
            *almost.last_mut().unwrap() = '~';
            let almost: String = almost.into_iter().collect();
            assert!(world.opens("ana@example.org", &next).await, "{} characters", next.chars().count());
            assert!(!world.opens("ana@example.org", &almost).await, "{} characters", next.chars().count());
            current = next;
        }
        let decomposed = "um cafe\u{301} bem quente a\u{300}s tre\u{302}s da manha\u{303}";
        assert!(world.opens("ana@example.org", decomposed).await);
        let request = log_in("ana@example.org", "um cafe bem quente as tres da manha");
        refused(world.identity().log_in(request).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
    }
}
