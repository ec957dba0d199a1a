//! LogIn and ContinueLogIn.

use crate::support::log_ins::{call, from, log_in, once, request_id};
use crate::support::world::{OTHER_PASSWORD, PASSWORD};
use crate::support::{Person, World, each_engine, refused, with};
use chrono::Duration;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::identity::v1::continue_log_in_request::Step;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as org;
use tonic::{Code, Request};

const TEMPORARY: &str = "borrowed umbrella for nine days";

/// The next step of a log-in.
fn next(answer: id::LogInResponse) -> id::NextStep {
    match answer.outcome {
        Some(id::log_in_response::Outcome::NextStep(step)) => step,
        other => panic!("{other:?}"),
    }
}

/// The tokens at a log-in's end.
fn tokens(answer: id::ContinueLogInResponse) -> id::Tokens {
    match answer.outcome {
        Some(id::continue_log_in_response::Outcome::Tokens(tokens)) => tokens,
        other => panic!("{other:?}"),
    }
}

fn go_on(handle: &str, step: Step) -> id::ContinueLogInRequest {
    id::ContinueLogInRequest {
        handle: handle.into(),
        step: Some(step),
        ..Default::default()
    }
}

/// Adds somebody with a temporary password.
async fn lend(world: &World, by: &Person, email: &str) {
    let password = ms::TemporaryPasswordOnboarding {
        password: TEMPORARY.into(),
        return_password: true,
    };
    let request = ms::AddMemberRequest {
        email: email.into(),
        onboarding: Some(ms::add_member_request::Onboarding::TemporaryPassword(password)),
        ..Default::default()
    };
    let added = world
        .membership()
        .add_member(with(&by.token, request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(added.temporary_password, TEMPORARY);
}

/// A second organisation of somebody's.
async fn found(world: &World, by: &Person, slug: &str) -> String {
    let request = org::CreateOrganizationRequest {
        display_name: slug.into(),
        slug: slug.into(),
        ..Default::default()
    };
    let made = world
        .organization()
        .create_organization(with(&by.token, request))
        .await
        .unwrap()
        .into_inner();
    made.organization.unwrap().id
}

each_engine! {
    async fn a_log_in_gives_tokens_for_the_one_organisation(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.clock.advance(Duration::seconds(1));
        let mut request = Request::new(log_in("ana@example.org", PASSWORD));
        request.metadata_mut().insert("user-agent", "hand-made/1.0".parse().unwrap());
        let answer = world.identity().log_in(request).await.unwrap().into_inner();
        let Some(id::log_in_response::Outcome::Tokens(tokens)) = answer.outcome else { panic!("{answer:?}") };
        assert_eq!((&tokens.user_id, &tokens.organization_id), (&ana.user, &ana.organization));
        assert_eq!(tokens.member_id, ana.member);
        assert_ne!(tokens.session_id, ana.session, "a session of its own");
        let life = tokens.access_expire_time.unwrap().seconds - roster::clock::Clock::now(&world.clock).timestamp();
        assert_eq!(life, 600, "an access token is good for ten minutes");
        let me = world.identity().get_me(with(&tokens.access_token, id::GetMeRequest {})).await.unwrap().into_inner();
        assert_eq!((me.session_id, me.user.unwrap().id), (tokens.session_id, ana.user));
    }
}

each_engine! {
    async fn every_failure_before_the_password_is_the_same(world: World) {
        world.sign_up("ana@example.org").await;
        world.sign_up("eva@example.org").await;
        assert_eq!(world.sql("UPDATE users SET password_hash = NULL WHERE email = 'eva@example.org'").await, 1);
        let before = world.state().await;
        let mut messages = vec![];
        for email in ["ana@example.org", "nobody@example.org", "eva@example.org"] {
            let status = world.identity().log_in(log_in(email, OTHER_PASSWORD)).await.unwrap_err();
            messages.push((status.code(), status.message().to_owned(), status.details().to_vec()));
            refused::<()>(Err(status), Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        }
        messages.dedup();
        assert_eq!(messages.len(), 1, "{messages:?}");
        let request = id::LogInRequest {
            request_id: "x".into(),
            organization: "Not A Slug".into(),
            ..log_in("a@b@c", "")
        };
        let refusal = refused(world.identity().log_in(request).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        assert_eq!(refusal.fields(), ["request_id", "email", "password", "organization"]);
        assert_eq!(world.state().await, before);
    }
}

each_engine! {
    async fn validate_only_checks_a_log_in_and_begins_none(world: World) {
        world.sign_up("ana@example.org").await;
        let before = world.state().await;
        let request = id::LogInRequest { validate_only: true, ..log_in("ana@example.org", PASSWORD) };
        world.identity().log_in(request.clone()).await.unwrap();
        let request = id::LogInRequest { password: OTHER_PASSWORD.into(), ..request };
        refused(world.identity().log_in(request).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        assert_eq!(world.state().await, before);
    }
}

each_engine! {
    async fn a_repeated_log_in_begins_one_session(world: World) {
        world.sign_up("ana@example.org").await;
        let request = id::LogInRequest { request_id: request_id(1), ..log_in("ana@example.org", PASSWORD) };
        let other = id::LogInRequest { email: "Ana@example.org".into(), ..request.clone() };
        once(call!(world, identity, log_in), request, other).await;
        assert_eq!(world.count("SELECT count(*) FROM sessions").await, 2, "the sign-up's and the log-in's");
    }
}

each_engine! {
    async fn with_several_organisations_one_is_chosen_or_named(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let other = found(&world, &ana, "other-place").await;
        let strange = world.sign_up("eva@example.org").await.organization;
        let step = next(world.identity().log_in(log_in("ana@example.org", PASSWORD)).await.unwrap().into_inner());
        assert_eq!(step.kind(), id::next_step::Kind::ChooseOrganization);
        let mut choices: Vec<_> = step.organizations.iter().map(|o| o.organization_id.clone()).collect();
        choices.sort();
        let mut expected = vec![ana.organization.clone(), other.clone()];
        expected.sort();
        assert_eq!(choices, expected);
        assert!(step.organizations.iter().any(|o| o.slug == "other-place" && o.display_name == "other-place"));
        let answer = go_on(&step.handle, Step::Organization("other-place".into()));
        let chosen = tokens(world.identity().continue_log_in(answer).await.unwrap().into_inner());
        assert_eq!(chosen.organization_id, other);

        for named in [other.as_str(), "other-place"] {
            let request = id::LogInRequest { organization: named.into(), ..log_in("ana@example.org", PASSWORD) };
            let answer = world.identity().log_in(request).await.unwrap().into_inner();
            let Some(id::log_in_response::Outcome::Tokens(tokens)) = answer.outcome else { panic!("{answer:?}") };
            assert_eq!(tokens.organization_id, other);
        }
        for named in [strange.as_str(), "org_01h455vb4pex5vsknk084sn02q", "nowhere"] {
            let request = id::LogInRequest { organization: named.into(), ..log_in("ana@example.org", PASSWORD) };
            refused(world.identity().log_in(request).await, Code::NotFound, "REASON_NOT_FOUND");
        }
    }
}

each_engine! {
    async fn a_step_takes_what_it_asked_for_and_its_handle_works_once(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let other = found(&world, &ana, "other-place").await;
        let begin = || async { next(world.identity().log_in(log_in("ana@example.org", PASSWORD)).await.unwrap().into_inner()) };
        let step = begin().await;
        let before = world.state().await;
        let identity = || world.identity();
        for request in [
            id::ContinueLogInRequest { handle: step.handle.clone(), ..Default::default() },
            go_on(&step.handle, Step::NewPassword(OTHER_PASSWORD.into())),
            go_on(&step.handle, Step::Organization("Not A Slug".into())),
        ] {
            refused(identity().continue_log_in(request).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        }
        let right = go_on(&step.handle, Step::Organization(other.clone()));
        let wrong = go_on("rst_l_nothing", Step::Organization(other.clone()));
        refused(identity().continue_log_in(wrong).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        let request = id::ContinueLogInRequest { validate_only: true, ..right.clone() };
        identity().continue_log_in(request).await.unwrap();
        assert_eq!(world.state().await, before);
        tokens(identity().continue_log_in(right.clone()).await.unwrap().into_inner());
        refused(identity().continue_log_in(right).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");

        let sessions = world.count("SELECT count(*) FROM sessions").await;
        let step = begin().await;
        let request = id::ContinueLogInRequest {
            request_id: request_id(1),
            ..go_on(&step.handle, Step::Organization(other.clone()))
        };
        let elsewhere =
            id::ContinueLogInRequest { step: Some(Step::Organization(ana.organization.clone())), ..request.clone() };
        once(call!(world, identity, continue_log_in), request, elsewhere).await;
        assert_eq!(world.count("SELECT count(*) FROM sessions").await, sessions + 1);

        let late = begin().await;
        world.clock.advance(Duration::minutes(5));
        let request = go_on(&late.handle, Step::Organization(other));
        refused(identity().continue_log_in(request).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
    }
}

each_engine! {
    async fn g03_a_temporary_password_is_changed_at_the_first_log_in_or_runs_out(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        lend(&world, &ana, "bob@example.org").await;
        lend(&world, &ana, "eva@example.org").await;
        let first = next(world.identity().log_in(log_in("bob@example.org", TEMPORARY)).await.unwrap().into_inner());
        let second = next(world.identity().log_in(log_in("bob@example.org", TEMPORARY)).await.unwrap().into_inner());
        assert_eq!(first.kind(), id::next_step::Kind::ChangePassword);
        let weak = go_on(&first.handle, Step::NewPassword("short".into()));
        refused(world.identity().continue_log_in(weak).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        let own = go_on(&first.handle, Step::NewPassword(OTHER_PASSWORD.into()));
        let bob = tokens(world.identity().continue_log_in(own).await.unwrap().into_inner());
        assert_eq!(bob.organization_id, ana.organization);
        // The other half-finished log-in rested on the temporary password.
        let own = go_on(&second.handle, Step::NewPassword(PASSWORD.into()));
        refused(world.identity().continue_log_in(own).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        refused(
            world.identity().log_in(log_in("bob@example.org", TEMPORARY)).await,
            Code::Unauthenticated,
            "REASON_CREDENTIAL_INVALID",
        );
        assert!(world.opens("bob@example.org", OTHER_PASSWORD).await);

        world.clock.advance(Duration::days(7));
        let before = world.state().await;
        refused(
            world.identity().log_in(log_in("eva@example.org", TEMPORARY)).await,
            Code::FailedPrecondition,
            "REASON_TEMPORARY_PASSWORD_EXPIRED",
        );
        assert_eq!(world.state().await, before);
        for table in ["changes", "mails", "users", "members", "replies"] {
            let rows = world.picture(&format!("SELECT * FROM {table}")).await.join("\n");
            assert!(!rows.contains(TEMPORARY), "{table} has the temporary password");
        }
    }
}

each_engine! {
    async fn somebody_switched_off_is_told_so_only_with_the_right_password(world: World) {
        world.sign_up("ana@example.org").await;
        assert_eq!(world.sql("UPDATE users SET disabled_at = created_at").await, 1);
        let before = world.state().await;
        refused(
            world.identity().log_in(log_in("ana@example.org", PASSWORD)).await,
            Code::FailedPrecondition,
            "REASON_USER_DISABLED",
        );
        refused(
            world.identity().log_in(log_in("ana@example.org", OTHER_PASSWORD)).await,
            Code::Unauthenticated,
            "REASON_CREDENTIAL_INVALID",
        );
        assert_eq!(world.state().await, before);
    }
}

each_engine! {
    async fn somebody_without_an_organisation_gets_in_and_finds_a_way_on(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let removal =
            ms::Removal { member_id: bob.member.clone(), confirm: bob.email.clone(), ..Default::default() };
        let request = ms::RemoveMembersRequest { removals: vec![removal], atomic: true, ..Default::default() };
        world.membership().remove_members(with(&ana.token, request)).await.unwrap();
        let bob = world.log_in("bob@example.org").await;
        assert_eq!((bob.organization.as_str(), bob.member.as_str()), ("", ""));
        refused(
            world.membership().list_members(with(&bob.token, ms::ListMembersRequest::default())).await,
            Code::FailedPrecondition,
            "REASON_NO_ORGANIZATION",
        );
        let own = found(&world, &bob, "own-place").await;
        assert_eq!(world.log_in("bob@example.org").await.organization, own);
    }
}

each_engine! {
    async fn too_many_attempts_from_one_address_wait_whoever_they_are_for(world: World) {
        let world = world.other(|config| {
            config.log_in.attempts_per_address = 10;
            config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        });
        let world = world.await;
        for i in 0..10 {
            let request = from("192.0.2.7", log_in(&format!("n{i}@example.org"), PASSWORD));
            refused(world.identity().log_in(request).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        }
        let request = from("192.0.2.7", log_in("more@example.org", PASSWORD));
        let refusal =
            refused(world.identity().log_in(request).await, Code::ResourceExhausted, "REASON_TOO_MANY_ATTEMPTS");
        assert_eq!(refusal.details.retry_info().unwrap().retry_delay.unwrap().as_secs(), 900);
        let request = from("192.0.2.8", log_in("more@example.org", PASSWORD));
        refused(world.identity().log_in(request).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        world.clock.advance(Duration::minutes(15));
        let request = from("192.0.2.7", log_in("more@example.org", PASSWORD));
        refused(world.identity().log_in(request).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
    }
}
