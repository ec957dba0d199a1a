//! What a dry run must not do, and what a session can't outlive: mends that were found by reading, each held by a test.

use crate::support::calls::{Outcome, request_id};
use crate::support::log_ins::log_in;
use crate::support::world::{OTHER_PASSWORD, PASSWORD, Person};
use crate::support::{World, each_engine, refused, with};
use chrono::Duration;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use tonic::Code;

async fn refresh(world: &World, token: &str, validate_only: bool) -> Outcome<id::RefreshSessionResponse> {
    let request = id::RefreshSessionRequest {
        refresh_token: token.into(),
        validate_only,
        ..Default::default()
    };
    world.identity().refresh_session(request).await
}

async fn renewed(world: &World, person: &Person) -> Person {
    let answer = refresh(world, &person.refresh, false).await.unwrap().into_inner();
    Person::of(&person.email, answer.tokens.unwrap())
}

each_engine! {
    async fn a_dry_run_with_a_spent_refresh_token_ends_nothing(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let next = renewed(&world, &ana).await;
        world.clock.advance(Duration::minutes(1));
        let dry = refresh(&world, &ana.refresh, true).await;
        refused(dry, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        let last = renewed(&world, &next).await;
        // The same in earnest is a thief's, and ends it.
        world.clock.advance(Duration::minutes(1));
        let earnest = refresh(&world, &ana.refresh, false).await;
        refused(earnest, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        refused(refresh(&world, &last.refresh, false).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
    }
}

each_engine! {
    async fn a_dry_run_judges_anew_whatever_was_answered_before(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let request = ms::AddMemberRequest {
            request_id: request_id(),
            email: "bob@example.org".into(),
            role_ids: vec!["member".into()],
            ..Default::default()
        };
        world.try_add(&ana, request.clone()).await.unwrap();
        world.try_add(&ana, request.clone()).await.unwrap();
        let dry = ms::AddMemberRequest { validate_only: true, ..request };
        refused(world.try_add(&ana, dry).await, Code::AlreadyExists, "REASON_ALREADY_MEMBER");
    }
}

each_engine! {
    async fn whoever_may_not_act_hears_nothing_of_a_stale_etag(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let eva = world.join(&ana, "eva@example.org", "member").await;
        let stale = world.put(&ana, "tom@example.org", "Tom", &["guest"]).await.etag;
        let newer = world.get(&ana, &eva.member).await.etag;
        let request = |member: &str, etag: &str| ms::UpdateMemberRequest {
            member_id: member.into(),
            role_ids: vec!["guest".into()],
            etag: etag.into(),
            ..Default::default()
        };
        let owner = world.membership().update_member(with(&bob.token, request(&ana.member, &newer))).await;
        refused(owner, Code::PermissionDenied, "REASON_TARGET_OUTRANKS_YOU");
        let other = world.membership().update_member(with(&bob.token, request(&eva.member, &stale))).await;
        refused(other, Code::Aborted, "REASON_ETAG_MISMATCH");
    }
}

each_engine! {
    async fn the_log_names_whom_a_refused_removal_was_about(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        world.try_remove(&bob, &[(&ana.member, &ana.email)]).await.unwrap();
        let told = world.picture("SELECT subject FROM changes WHERE kind = 'call_refused'").await;
        assert!(told.iter().any(|row| row.contains(&ana.member)), "{told:?}");
    }
}

each_engine! {
    async fn a_person_has_a_hundred_sessions_and_the_oldest_goes(world: World) {
        let first = world.sign_up("ana@example.org").await;
        let mut second = None;
        for _ in 0..100 {
            world.clock.advance(Duration::seconds(1));
            let person = world.log_in("ana@example.org").await;
            second.get_or_insert(person);
        }
        let gone = world.identity().get_me(with(&first.token, id::GetMeRequest {})).await;
        refused(gone, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        let second = second.unwrap();
        let request = id::ListSessionsRequest { page_size: 1_000, ..Default::default() };
        let listed = world.identity().list_sessions(with(&second.token, request)).await.unwrap().into_inner();
        assert_eq!(listed.sessions.len(), 100);
    }
}

each_engine! {
    async fn no_switching_or_renewing_makes_a_session_outlive_its_proof(world: World) {
        let world = world.other(|config| {
            config.sessions.lifetime = std::time::Duration::from_secs(3_600);
            config.sessions.idle = std::time::Duration::from_secs(3_600);
        }).await;
        let ana = world.sign_up("ana@example.org").await;
        let first = ana.organization.clone();
        let mut now = world.found(&ana, "Second").await;
        let second = now.organization.clone();
        for round in 0..11 {
            world.clock.advance(Duration::minutes(5));
            now = renewed(&world, &now).await;
            now = world.switch(&now, if round % 2 == 0 { &first } else { &second }).await;
        }
        world.clock.advance(Duration::minutes(5));
        refused(refresh(&world, &now.refresh, false).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        let call = world.identity().get_me(with(&now.token, id::GetMeRequest {})).await;
        refused(call, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
    }
}

each_engine! {
    async fn a_log_in_that_succeeds_gives_its_attempts_back(world: World) {
        let world = world.other(|config| config.log_in.attempts_per_account = 5).await;
        world.sign_up("ana@example.org").await;
        for _ in 0..4 {
            for _ in 0..4 {
                let wrong = world.identity().log_in(log_in("ana@example.org", OTHER_PASSWORD)).await;
                refused(wrong, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
            }
            world.identity().log_in(log_in("ana@example.org", PASSWORD)).await.unwrap();
        }
    }
}

each_engine! {
    async fn a_good_log_in_costs_no_attempt_when_it_is_repeated_or_rehearsed(world: World) {
        let world = world.other(|config| config.log_in.attempts_per_account = 3).await;
        let ana = world.sign_up("ana@example.org").await;
        let repeated = id::LogInRequest { request_id: request_id(), ..log_in("ana@example.org", PASSWORD) };
        let rehearsed = id::LogInRequest { validate_only: true, ..log_in("ana@example.org", PASSWORD) };
        let first = world.identity().log_in(repeated.clone()).await.unwrap().into_inner();
        for _ in 0..4 {
            let again = world.identity().log_in(repeated.clone()).await.unwrap().into_inner();
            assert_eq!(again, first);
        }
        for _ in 0..4 {
            world.identity().log_in(rehearsed.clone()).await.unwrap();
        }
        let change = id::ChangePasswordRequest {
            current_password: PASSWORD.into(),
            new_password: OTHER_PASSWORD.into(),
            validate_only: true,
            ..Default::default()
        };
        for _ in 0..4 {
            world.identity().change_password(with(&ana.token, change.clone())).await.unwrap();
        }
        // Nor one that is refused because of something else.
        let elsewhere = id::LogInRequest { organization: "nowhere".into(), ..log_in("ana@example.org", PASSWORD) };
        for _ in 0..4 {
            refused(world.identity().log_in(elsewhere.clone()).await, Code::NotFound, "REASON_NOT_FOUND");
        }
        // Those that are wrong count all the same, a rehearsal included.
        let wrong = id::LogInRequest { validate_only: true, ..log_in("ana@example.org", OTHER_PASSWORD) };
        for _ in 0..3 {
            refused(world.identity().log_in(wrong.clone()).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        }
        refused(world.identity().log_in(repeated).await, Code::ResourceExhausted, "REASON_TOO_MANY_ATTEMPTS");
    }
}
