//! SignUp, VerifyEmail and ResendVerification, in each of the three modes.

use crate::support::log_ins::{call, log_in, newcomer, once, request_id};
use crate::support::world::{OTHER_PASSWORD, PASSWORD};
use crate::support::{Person, each_engine, refused, with};
use chrono::Duration;
use roster::config::SignUpMode;
use roster::mail::message::MailTemplate;
use roster::pb::roster::identity::v1 as id;
use tonic::{Code, Request};

/// The handle of a sign-up that waits for its code.
fn handle(answer: id::SignUpResponse) -> id::NextStep {
    match answer.outcome {
        Some(id::sign_up_response::Outcome::NextStep(step)) => step,
        other => panic!("{other:?}"),
    }
}

fn verify(handle: &str, code: &str) -> id::VerifyEmailRequest {
    id::VerifyEmailRequest {
        handle: handle.into(),
        code: code.into(),
        ..Default::default()
    }
}

/// Eight digits that are not these.
fn wrong(code: &str) -> String {
    let first = if code.starts_with('1') { "2" } else { "1" };
    format!("{first}{}", &code[1..])
}

each_engine! {
    async fn a_sign_up_makes_nothing_until_its_code_comes_back_and_then_everything(world: World) {
        let step = handle(world.identity().sign_up(newcomer("Ana@Example.ORG")).await.unwrap().into_inner());
        assert_eq!(step.kind(), id::next_step::Kind::VerifyEmail);
        assert!(step.expire_time.is_some() && step.organizations.is_empty());
        assert_eq!(world.count("SELECT count(*) FROM users").await, 0);
        assert_eq!(world.count("SELECT count(*) FROM organizations").await, 0);
        let code = world.code("Ana@example.org").await;
        assert!(code.len() == 8 && code.bytes().all(|b| b.is_ascii_digit()), "{code}");
        let answer = world.identity().verify_email(verify(&step.handle, &code)).await.unwrap().into_inner();
        let user = answer.user.unwrap();
        assert_eq!((user.email.as_str(), user.email_verified), ("Ana@example.org", true));
        assert_eq!((user.display_name.as_str(), user.locale.as_str()), ("Ana Lima", "en"));
        let Some(id::verify_email_response::Outcome::Tokens(tokens)) = answer.outcome else { panic!("no tokens") };
        assert_eq!(tokens.user_id, user.id);
        let ana = Person::of("ana@example.org", tokens);
        let me = world.identity().get_me(with(&ana.token, id::GetMeRequest {})).await.unwrap().into_inner();
        assert_eq!(me.memberships.len(), 1);
        let own = &me.memberships[0];
        assert_eq!((own.organization_name.as_str(), own.organization_slug.as_str()), ("Lima Ltda", "lima-ltda"));
        assert_eq!((own.roles.as_slice(), own.current), (["owner".to_owned()].as_slice(), true));
        assert_eq!((&own.member_id, &own.organization_id), (&ana.member, &ana.organization));
        for table in ["users", "organizations", "members", "sessions"] {
            assert_eq!(world.count(&format!("SELECT count(*) FROM {table}")).await, 1, "{table}");
        }
    }
}

each_engine! {
    async fn all_that_is_wrong_with_a_sign_up_is_said_at_once_and_nothing_is_kept(world: World) {
        let request = id::SignUpRequest {
            request_id: "one".into(),
            email: "ana at example".into(),
            display_name: "Ana\nLima".into(),
            organization_name: " ".into(),
            organization_slug: "-no-".into(),
            locale: "tlh".into(),
            time_zone: "no zone".into(),
            ..Default::default()
        };
        let before = world.state().await;
        let refusal = refused(world.identity().sign_up(request).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        let mut fields = refusal.fields();
        fields.sort();
        let expected = [
            "display_name",
            "email",
            "locale",
            "organization_name",
            "organization_slug",
            "password",
            "request_id",
            "time_zone",
        ];
        assert_eq!(fields, expected);
        for password in ["shorty", "password password", "Ana Lima Lima Ltda", "aaaaaaaaaaaaaaaaaaaaaa", &"a".repeat(1025)] {
            let request = id::SignUpRequest { password: password.into(), ..newcomer("ana@example.org") };
            let refusal = refused(world.identity().sign_up(request).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
            assert_eq!(refusal.fields(), ["password"], "{password}");
            assert!(!refusal.message.contains(password), "a refusal repeats the password");
        }
        assert_eq!(world.state().await, before);
    }
}

each_engine! {
    async fn validate_only_checks_a_sign_up_and_changes_nothing(world: World) {
        let before = world.state().await;
        let request = id::SignUpRequest { validate_only: true, ..newcomer("ana@example.org") };
        let answer = world.identity().sign_up(request.clone()).await.unwrap().into_inner();
        assert_eq!(handle(answer).kind(), id::next_step::Kind::VerifyEmail);
        let request = id::SignUpRequest { password: "short".into(), ..request };
        refused(world.identity().sign_up(request).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        assert_eq!(world.state().await, before);

        let step = handle(world.identity().sign_up(newcomer("ana@example.org")).await.unwrap().into_inner());
        let code = world.code("ana@example.org").await;
        let before = world.state().await;
        let request = id::VerifyEmailRequest { validate_only: true, ..verify(&step.handle, &code) };
        let answer = world.identity().verify_email(request).await.unwrap().into_inner();
        assert_eq!(answer.user.unwrap().email, "ana@example.org");
        let request =
            id::ResendVerificationRequest { validate_only: true, handle: step.handle.clone(), ..Default::default() };
        assert!(world.identity().resend_verification(request).await.unwrap().into_inner().next_step.is_some());
        assert_eq!(world.state().await, before);
        world.identity().verify_email(verify(&step.handle, &code)).await.unwrap();
    }
}

each_engine! {
    async fn validate_only_gives_no_credential(world: World) {
        world.sign_up("ana@example.org").await;
        let request = id::LogInRequest { validate_only: true, ..log_in("ana@example.org", PASSWORD) };
        let answer = world.identity().log_in(request).await.unwrap().into_inner();
        let Some(id::log_in_response::Outcome::Tokens(tokens)) = answer.outcome else { panic!("{answer:?}") };
        for token in [&tokens.access_token, &tokens.refresh_token] {
            refused(
                world.identity().get_me(with(token, id::GetMeRequest {})).await,
                Code::Unauthenticated,
                "REASON_CREDENTIAL_INVALID",
            );
        }
        let ana = world.log_in("ana@example.org").await;
        let request =
            id::RefreshSessionRequest { validate_only: true, refresh_token: ana.refresh.clone(), ..Default::default() };
        let tokens = world.identity().refresh_session(request).await.unwrap().into_inner().tokens.unwrap();
        assert_eq!(tokens.session_id, ana.session);
        refused(
            world.identity().get_me(with(&tokens.access_token, id::GetMeRequest {})).await,
            Code::Unauthenticated,
            "REASON_CREDENTIAL_INVALID",
        );
    }
}

each_engine! {
    async fn a_repeated_sign_up_mails_one_code_and_a_repeated_verification_makes_one_account(world: World) {
        let request = id::SignUpRequest { request_id: request_id(1), ..newcomer("ana@example.org") };
        let other = id::SignUpRequest { display_name: "Ana L.".into(), ..request.clone() };
        let step = handle(once(call!(world, identity, sign_up), request, other).await);
        assert_eq!(world.mails("ana@example.org").await.len(), 1);
        let code = world.code("ana@example.org").await;
        let request = id::VerifyEmailRequest { request_id: request_id(2), ..verify(&step.handle, &code) };
        let other = id::VerifyEmailRequest { code: wrong(&code), ..request.clone() };
        once(call!(world, identity, verify_email), request, other).await;
        for table in ["users", "organizations", "members", "sessions"] {
            assert_eq!(world.count(&format!("SELECT count(*) FROM {table}")).await, 1, "{table}");
        }
        // A failed one isn't kept: the id may be used again.
        let step = handle(world.identity().sign_up(newcomer("bob@example.org")).await.unwrap().into_inner());
        let code = world.code("bob@example.org").await;
        let request = id::VerifyEmailRequest { request_id: request_id(3), ..verify(&step.handle, &wrong(&code)) };
        refused(world.identity().verify_email(request.clone()).await, Code::FailedPrecondition, "REASON_CODE_INVALID");
        world.identity().verify_email(id::VerifyEmailRequest { code, ..request }).await.unwrap();
    }
}

each_engine! {
    async fn h10_a_code_takes_five_guesses_an_hour_and_works_once(world: World) {
        let step = handle(world.identity().sign_up(newcomer("ana@example.org")).await.unwrap().into_inner());
        let code = world.code("ana@example.org").await;
        for left in ["4", "3", "2", "1", "0"] {
            // Asking without effect is a guess all the same.
            let request = id::VerifyEmailRequest { validate_only: left == "3", ..verify(&step.handle, &wrong(&code)) };
            let refusal =
                refused(world.identity().verify_email(request).await, Code::FailedPrecondition, "REASON_CODE_INVALID");
            assert_eq!(refusal.metadata["attempts_left"], left);
        }
        refused(
            world.identity().verify_email(verify(&step.handle, &code)).await,
            Code::FailedPrecondition,
            "REASON_CODE_INVALID",
        );
        assert_eq!(world.count("SELECT count(*) FROM users").await, 0);

        world.clock.advance(Duration::seconds(1));
        let step = handle(world.identity().sign_up(newcomer("ana@example.org")).await.unwrap().into_inner());
        let code = world.code("ana@example.org").await;
        world.clock.advance(Duration::hours(1));
        refused(
            world.identity().verify_email(verify(&step.handle, &code)).await,
            Code::FailedPrecondition,
            "REASON_CODE_INVALID",
        );
        let step = handle(world.identity().sign_up(newcomer("ana@example.org")).await.unwrap().into_inner());
        let code = world.code("ana@example.org").await;
        world.identity().verify_email(verify(&step.handle, &code)).await.unwrap();
        refused(
            world.identity().verify_email(verify(&step.handle, &code)).await,
            Code::FailedPrecondition,
            "REASON_CODE_INVALID",
        );
        let request = verify("rst_s_nothing", "12");
        let refusal = refused(world.identity().verify_email(request).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        assert_eq!(refusal.fields(), ["handle", "code"]);
    }
}

each_engine! {
    async fn a_new_code_ends_the_one_before(world: World) {
        let first = handle(world.identity().sign_up(newcomer("ana@example.org")).await.unwrap().into_inner());
        let old = world.code("ana@example.org").await;
        let request = id::ResendVerificationRequest {
            request_id: request_id(1),
            handle: first.handle.clone(),
            ..Default::default()
        };
        let bob = handle(world.identity().sign_up(newcomer("bob@example.org")).await.unwrap().into_inner());
        let other = id::ResendVerificationRequest { handle: bob.handle, ..request.clone() };
        world.clock.advance(Duration::seconds(1));
        let answer = once(call!(world, identity, resend_verification), request, other).await;
        assert_eq!(world.mails("ana@example.org").await.len(), 2, "one mail for each code");
        let second = answer.next_step.unwrap();
        let code = world.code("ana@example.org").await;
        for (handle, code) in [(&first.handle, &old), (&first.handle, &code), (&second.handle, &old)] {
            refused(
                world.identity().verify_email(verify(handle, code)).await,
                Code::FailedPrecondition,
                "REASON_CODE_INVALID",
            );
        }
        world.identity().verify_email(verify(&second.handle, &code)).await.unwrap();
        // A handle that means nothing is answered alike.
        let answer = world
            .identity()
            .resend_verification(id::ResendVerificationRequest { handle: second.handle.clone(), ..Default::default() })
            .await;
        assert_eq!(answer.unwrap().into_inner().next_step.unwrap().handle.len(), second.handle.len());
        assert_eq!(world.mails("ana@example.org").await.len(), 2);
    }
}

each_engine! {
    async fn nobody_can_have_a_stranger_mailed_without_end(world: World) {
        let world = world.other(|config| config.log_in.attempts_per_account = 5).await;
        let mut handle = handle(world.identity().sign_up(newcomer("ana@example.org")).await.unwrap().into_inner()).handle;
        let mut refusals = 0;
        for _ in 0..10 {
            let request = id::ResendVerificationRequest { handle: handle.clone(), ..Default::default() };
            match world.identity().resend_verification(request).await {
                Ok(answer) => handle = answer.into_inner().next_step.unwrap().handle,
                Err(status) => {
                    refused::<()>(Err(status), Code::ResourceExhausted, "REASON_TOO_MANY_ATTEMPTS");
                    refusals += 1;
                }
            }
        }
        assert_eq!((world.mails("ana@example.org").await.len(), refusals), (5, 6));
        let refusal = refused(
            world.identity().sign_up(newcomer("ANA@example.org")).await,
            Code::ResourceExhausted,
            "REASON_TOO_MANY_ATTEMPTS",
        );
        assert!(refusal.details.retry_info().is_some_and(|retry| retry.retry_delay.is_some()));
        world.clock.advance(Duration::minutes(15));
        world.identity().sign_up(newcomer("ana@example.org")).await.unwrap();
    }
}

each_engine! {
    async fn a_slug_is_taken_once_and_who_comes_back_with_a_code_gets_one_like_it(world: World) {
        let wanted = |email: &str| id::SignUpRequest { organization_slug: "lima".into(), ..newcomer(email) };
        let first = handle(world.identity().sign_up(wanted("ana@example.org")).await.unwrap().into_inner());
        let second = handle(world.identity().sign_up(wanted("bob@example.org")).await.unwrap().into_inner());
        let mut slugs = vec![];
        for (step, email) in [(first, "ana@example.org"), (second, "bob@example.org")] {
            let code = world.code(email).await;
            let answer = world.identity().verify_email(verify(&step.handle, &code)).await.unwrap().into_inner();
            let Some(id::verify_email_response::Outcome::Tokens(tokens)) = answer.outcome else { panic!("no tokens") };
            let me = with(&tokens.access_token, id::GetMeRequest {});
            let me = world.identity().get_me(me).await.unwrap().into_inner();
            slugs.push(me.memberships[0].organization_slug.clone());
        }
        assert_eq!(slugs[0], "lima");
        assert!(slugs[1].starts_with("lima-"), "{slugs:?}");
        let refusal =
            refused(world.identity().sign_up(wanted("eva@example.org")).await, Code::AlreadyExists, "REASON_SLUG_TAKEN");
        assert_eq!(refusal.metadata["slug"], "lima");
        assert!(world.mails("eva@example.org").await.is_empty());
    }
}

each_engine! {
    async fn the_language_is_the_one_asked_for_or_the_client_s(world: World) {
        for (given, accepted, expected) in [("es", "pt-BR", "es"), ("", "pt-BR,pt;q=0.9", "pt-BR"), ("", "", "en")] {
            let email = format!("{expected}@example.org");
            let mut request = Request::new(id::SignUpRequest { locale: given.into(), ..newcomer(&email) });
            if !accepted.is_empty() {
                request.metadata_mut().insert("accept-language", accepted.parse().unwrap());
            }
            let step = handle(world.identity().sign_up(request).await.unwrap().into_inner());
            let code = world.code(&email).await;
            let answer = world.identity().verify_email(verify(&step.handle, &code)).await.unwrap().into_inner();
            assert_eq!(answer.user.unwrap().locale, expected);
        }
    }
}

each_engine! {
    async fn in_immediate_mode_tokens_come_at_once_and_the_address_is_verified_later(world: World) {
        let world = world.other(|config| config.sign_up.mode = SignUpMode::Immediate).await;
        let request = id::SignUpRequest { request_id: request_id(1), ..newcomer("ana@example.org") };
        let other = id::SignUpRequest { password: OTHER_PASSWORD.into(), ..request.clone() };
        let answer = once(call!(world, identity, sign_up), request, other).await;
        let Some(id::sign_up_response::Outcome::Tokens(tokens)) = answer.outcome else { panic!("no tokens") };
        let ana = Person::of("ana@example.org", tokens);
        assert_eq!(world.count("SELECT count(*) FROM users").await, 1);
        assert!(world.mails("ana@example.org").await.is_empty());
        let before = world.state().await;
        let refusal = refused(
            world.identity().sign_up(newcomer("Ana@Example.org")).await,
            Code::AlreadyExists,
            "REASON_EMAIL_TAKEN",
        );
        assert_eq!(refusal.metadata["email"], "Ana@example.org");
        assert_eq!(world.state().await, before);
        let me = || async { world.identity().get_me(with(&ana.token, id::GetMeRequest {})).await.unwrap().into_inner() };
        assert!(!me().await.user.unwrap().email_verified);

        let resend = || with(&ana.token, id::ResendVerificationRequest::default());
        let step = world.identity().resend_verification(resend()).await.unwrap().into_inner().next_step.unwrap();
        let code = world.code("ana@example.org").await;
        let answer = world.identity().verify_email(verify(&step.handle, &code)).await.unwrap().into_inner();
        assert!(answer.outcome.is_none(), "an account that is there gets no tokens for a code");
        assert!(answer.user.unwrap().email_verified && me().await.user.unwrap().email_verified);
        world.identity().resend_verification(resend()).await.unwrap();
        assert_eq!(world.mails("ana@example.org").await.len(), 1, "nothing is left to verify");
        let request = id::ResendVerificationRequest::default();
        let refusal =
            refused(world.identity().resend_verification(request).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        assert_eq!(refusal.fields(), ["handle"]);
    }
}

each_engine! {
    async fn e01_a_known_address_is_told_by_mail_and_nobody_else_learns_of_it(world: World) {
        world.sign_up("ana@example.org").await;
        world.clock.advance(Duration::seconds(1));
        let before = world.state().await;
        let step = handle(world.identity().sign_up(newcomer("ANA@example.org")).await.unwrap().into_inner());
        let changed: Vec<_> = world.state().await.into_iter().zip(before).filter(|(a, b)| a != b).map(|(a, _)| a.0).collect();
        assert_eq!(changed, ["challenges", "changes", "mails"]);
        // The mail goes to the address on file and has no code in it.
        assert!(matches!(world.mails("ana@example.org").await.last(), Some(MailTemplate::SignUpKnown {})));
        assert!(world.mails("ANA@example.org").await.is_empty());
        refused(
            world.identity().verify_email(verify(&step.handle, "12345678")).await,
            Code::FailedPrecondition,
            "REASON_CODE_INVALID",
        );
        assert!(world.opens("ana@example.org", PASSWORD).await);
    }
}
