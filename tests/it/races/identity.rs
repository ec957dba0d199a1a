//! Guesses, sign-ups and refreshes that come all at once.

use crate::support::log_ins::{from, log_in, newcomer, reason, request_id};
use crate::support::world::{OTHER_PASSWORD, PASSWORD};
use crate::support::{Engine, each_engine, refused, with};
use chrono::Duration;
use futures_util::future::join_all;
use roster::mail::message::MailTemplate;
use roster::pb::roster::identity::v1 as id;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::Barrier;
use tonic::{Code, Response, Status};

/// Starts so many calls on tasks of their own, which all set out at the same moment.
async fn together<A, F, C>(count: usize, call: C) -> Vec<Result<Response<A>, Status>>
where
    A: Send + 'static,
    F: Future<Output = Result<Response<A>, Status>> + Send + 'static,
    C: Fn(usize) -> F,
{
    let barrier = Arc::new(Barrier::new(count));
    let tasks = (0..count).map(|i| {
        let (barrier, call) = (barrier.clone(), call(i));
        tokio::spawn(async move {
            barrier.wait().await;
            call.await
        })
    });
    join_all(tasks).await.into_iter().map(Result::unwrap).collect()
}

fn reasons<A>(results: &[Result<Response<A>, Status>]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for result in results {
        *counts.entry(reason(result)).or_default() += 1;
    }
    counts
}

fn refresh(token: &str) -> id::RefreshSessionRequest {
    id::RefreshSessionRequest {
        refresh_token: token.into(),
        ..Default::default()
    }
}

each_engine! {
    async fn l06_of_200_guesses_at_once_five_are_evaluated_and_the_owner_still_gets_in(world: World) {
        let world = world.other(|config| {
            config.log_in.attempts_per_account = 5;
            config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        });
        let world = world.await;
        world.sign_up("ana@example.org").await;
        // The owner was here before; the strangers weren't.
        world.identity().log_in(from("192.0.2.1", log_in("ana@example.org", PASSWORD))).await.unwrap();
        let before = world.app.hasher.runs();
        let results = together(200, |i| {
            let mut identity = world.identity();
            let request = from(&format!("203.0.113.{}", i % 100), log_in("ana@example.org", OTHER_PASSWORD));
            async move { identity.log_in(request).await }
        });
        let counts = reasons(&results.await);
        assert_eq!(counts["REASON_CREDENTIAL_INVALID"], 5, "{counts:?}");
        assert_eq!(counts["REASON_TOO_MANY_ATTEMPTS"], 195, "{counts:?}");
        assert_eq!(world.app.hasher.runs() - before, 5);
        let attempts = world.picture("SELECT attempts FROM throttles").await;
        assert!(attempts.contains(&"{\"attempts\":200}".to_owned()), "the counter is exact: {attempts:?}");
        // Even the right password, from where nobody knows them.
        let stranger = from("203.0.113.200", log_in("ana@example.org", PASSWORD));
        refused(world.identity().log_in(stranger).await, Code::ResourceExhausted, "REASON_TOO_MANY_ATTEMPTS");
        world.identity().log_in(from("192.0.2.1", log_in("ana@example.org", PASSWORD))).await.unwrap();
        // And from anywhere, once they have shown that the mailbox is theirs.
        world.clock.advance(Duration::seconds(1));
        let ask = id::RequestPasswordResetRequest { email: "ana@example.org".into(), ..Default::default() };
        world.identity().request_password_reset(ask).await.unwrap();
        let code = world.code("ana@example.org").await;
        let request =
            id::ResetPasswordRequest { code, new_password: OTHER_PASSWORD.into(), ..Default::default() };
        world.identity().reset_password(from("203.0.113.201", request)).await.unwrap();
        let request = from("203.0.113.201", log_in("ana@example.org", OTHER_PASSWORD));
        world.identity().log_in(request).await.unwrap();
        println!("l06: 200 contenders on {:?}, {counts:?}", world.engine);
    }
}

each_engine! {
    async fn l06_of_64_codes_at_once_five_are_evaluated(world: World) {
        let answer = world.identity().sign_up(newcomer("ana@example.org")).await.unwrap().into_inner();
        let Some(id::sign_up_response::Outcome::NextStep(step)) = answer.outcome else { panic!("{answer:?}") };
        let code: u32 = world.code("ana@example.org").await.parse().unwrap();
        let results = together(64, |i| {
            let guess = (code + 1 + u32::try_from(i).unwrap()) % 100_000_000;
            let mut identity = world.identity();
            let request = id::VerifyEmailRequest {
                validate_only: i % 2 == 0,
                handle: step.handle.clone(),
                code: format!("{guess:08}"),
                ..Default::default()
            };
            async move { identity.verify_email(request).await }
        });
        let counts = reasons(&results.await);
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), [("REASON_CODE_INVALID".to_owned(), 64)]);
        assert_eq!(world.count("SELECT CAST(attempts_left AS bigint) FROM challenges").await, 0, "never below");
        let request =
            id::VerifyEmailRequest { handle: step.handle, code: format!("{code:08}"), ..Default::default() };
        refused(world.identity().verify_email(request).await, Code::FailedPrecondition, "REASON_CODE_INVALID");
    }
}

each_engine! {
    async fn l11_64_sign_ups_of_one_address_make_one_account_and_reveal_nothing(world: World) {
        let spelled = |i: usize| -> String {
            let flip = |(at, c): (usize, char)| if i >> at & 1 == 1 { c.to_ascii_uppercase() } else { c };
            "anabel@example.org".chars().enumerate().map(flip).collect()
        };
        let begun = together(64, |i| {
            let mut identity = world.identity();
            let request = newcomer(&spelled(i));
            async move { identity.sign_up(request).await }
        });
        let begun = begun.await;
        assert_eq!(reasons(&begun).into_iter().collect::<Vec<_>>(), [(String::new(), 64)]);
        let handles: BTreeSet<String> = begun
            .into_iter()
            .map(|answer| match answer.unwrap().into_inner().outcome {
                Some(id::sign_up_response::Outcome::NextStep(step)) => step.handle,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(handles.len(), 64);
        assert_eq!(world.count("SELECT count(*) FROM users").await, 0);
        // All codes are in one mailbox. Each is tried with each handle until one of each fits; then all at once.
        let mut codes = vec![];
        for i in 0..64 {
            for mail in world.mails(&spelled(i)).await {
                if let MailTemplate::SignUpCode { code, .. } = mail {
                    codes.push(code.expose().to_owned());
                }
            }
        }
        codes.dedup();
        assert_eq!(codes.len(), 64);
        // Which handle a code belongs to is nobody's to know, so the test gives every handle enough guesses.
        world.sql("UPDATE challenges SET attempts_left = 1000").await;
        let mut pairs = vec![];
        for handle in &handles {
            for code in &codes {
                let request = id::VerifyEmailRequest {
                    validate_only: true,
                    handle: handle.clone(),
                    code: code.clone(),
                    ..Default::default()
                };
                if world.identity().verify_email(request).await.is_ok() {
                    pairs.push((handle.clone(), code.clone()));
                    break;
                }
            }
            if pairs.len() == 8 {
                break;
            }
        }
        let results = together(8, |i| {
            let (handle, code) = pairs[i].clone();
            let mut identity = world.identity();
            async move { identity.verify_email(id::VerifyEmailRequest { handle, code, ..Default::default() }).await }
        });
        let counts = reasons(&results.await);
        let expected = [(String::new(), 1), ("REASON_EMAIL_TAKEN".to_owned(), 7)];
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), expected);
        for table in ["users", "organizations", "members", "sessions"] {
            assert_eq!(world.count(&format!("SELECT count(*) FROM {table}")).await, 1, "{table}");
        }
        println!("l11: 64 sign-ups, 8 verifications on {:?}", world.engine);
    }
}

each_engine! {
    async fn i01_64_refreshes_of_one_token_have_one_successor_and_a_later_one_ends_the_family(world: World) {
        const ROUNDS: usize = 10;
        for round in 0..ROUNDS {
            let ana = world.sign_up(&format!("ana{round}@example.org")).await;
            let results = together(64, |_| {
                let (mut identity, request) = (world.identity(), refresh(&ana.refresh));
                async move { identity.refresh_session(request).await }
            });
            let results = results.await;
            assert_eq!(reasons(&results).into_iter().collect::<Vec<_>>(), [(String::new(), 64)]);
            let tokens = results.into_iter().map(|answer| answer.unwrap().into_inner().tokens.unwrap());
            let successors: BTreeSet<String> = tokens.map(|tokens| tokens.refresh_token).collect();
            assert_eq!(successors.len(), 1);
            let live = "SELECT count(*) FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id \
                        WHERE t.used_at IS NULL AND s.ended_at IS NULL";
            assert_eq!(world.count(live).await, 1, "one live token");
            let successor = successors.into_iter().next().unwrap();
            world.clock.advance(Duration::seconds(10));
            let late = world.identity().refresh_session(refresh(&ana.refresh)).await;
            refused(late, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
            let rest = world.identity().refresh_session(refresh(&successor)).await;
            refused(rest, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
            let me = world.identity().get_me(with(&ana.token, id::GetMeRequest {})).await;
            refused(me, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
            assert_eq!(world.count(live).await, 0);
        }
        println!("i01: 64 contenders, {ROUNDS} rounds on {:?}", world.engine);
    }
}

each_engine! {
    async fn i01_old_and_new_token_at_once_leave_one_live_token_or_none(world: World) {
        const ROUNDS: usize = 10;
        let mut kept = 0;
        for round in 0..ROUNDS {
            let ana = world.sign_up(&format!("ana{round}@example.org")).await;
            let next = world.identity().refresh_session(refresh(&ana.refresh)).await.unwrap();
            let next = next.into_inner().tokens.unwrap().refresh_token;
            let results = together(32, |i| {
                let token = if i % 2 == 0 { &ana.refresh } else { &next };
                let (mut identity, request) = (world.identity(), refresh(token));
                async move { identity.refresh_session(request).await }
            });
            let counts = reasons(&results.await);
            assert!(counts.keys().all(|key| ["", "REASON_CREDENTIAL_INVALID"].contains(&key.as_str())), "{counts:?}");
            let live = "SELECT count(*) FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id \
                        WHERE t.used_at IS NULL AND s.ended_at IS NULL";
            let live = world.count(live).await;
            assert!(live <= kept + 1, "two live successors");
            kept = live;
        }
        if world.engine == Engine::Postgres {
            let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
            assert_eq!(world.count(deadlocks).await, 0, "they wait for each other");
        }
        println!("i01: 32 contenders, {ROUNDS} rounds on {:?}", world.engine);
    }
}

each_engine! {
    async fn q04_equal_calls_at_once_get_one_answer_however_they_meet(world: World) {
        const ROUNDS: usize = 20;
        world.sign_up("ana@example.org").await;
        for round in 0..ROUNDS {
            world.clock.advance(Duration::seconds(1));
            let ask = id::RequestPasswordResetRequest { email: "ana@example.org".into(), ..Default::default() };
            world.identity().request_password_reset(ask).await.unwrap();
            let request = id::ResetPasswordRequest {
                request_id: request_id(u32::try_from(round).unwrap() + 1),
                code: world.code("ana@example.org").await,
                new_password: format!("{OTHER_PASSWORD} {round}"),
                ..Default::default()
            };
            let before = world.count("SELECT count(*) FROM changes WHERE kind = 'password_changed'").await;
            let results = together(16, |_| {
                let (mut identity, request) = (world.identity(), request.clone());
                async move { identity.reset_password(request).await }
            });
            let counts = reasons(&results.await);
            assert_eq!(counts.into_iter().collect::<Vec<_>>(), [(String::new(), 16)], "round {round}");
            let after = world.count("SELECT count(*) FROM changes WHERE kind = 'password_changed'").await;
            assert_eq!(after, before + 1);
            world.clock.advance(Duration::seconds(1));
        }
        println!("q04: 16 contenders, {ROUNDS} rounds on {:?}", world.engine);
    }
}
