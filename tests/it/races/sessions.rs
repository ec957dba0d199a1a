//! Sessions that begin beside what ends them.

use crate::support::log_ins::reason;
use crate::support::world::{OTHER_PASSWORD, PASSWORD};
use crate::support::{Engine, Person, each_engine, refused, with};
use chrono::Duration;
use futures_util::future::join_all;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use std::collections::BTreeSet;
use std::sync::Arc;
use tonic::Code;

const LIVE: &str = "SELECT count(*) FROM sessions WHERE ended_at IS NULL";

each_engine! {
    async fn h01_no_switch_carries_a_session_past_a_change_of_password(world: World) {
        let rounds = if world.engine == Engine::Sqlite { 6 } else { 12 };
        for round in 0..rounds {
            let email = format!("ana{round}@example.org");
            let ana = world.sign_up(&email).await;
            let there = world.found(&ana, "Second").await;
            let mut others = vec![];
            for _ in 0..32 {
                let request = id::LogInRequest {
                    email: email.clone(),
                    password: PASSWORD.into(),
                    organization: ana.organization.clone(),
                    ..Default::default()
                };
                let answer = world.identity().log_in(request).await.unwrap().into_inner();
                let Some(id::log_in_response::Outcome::Tokens(tokens)) = answer.outcome else { panic!("{answer:?}") };
                others.push(tokens.access_token);
            }
            let changing = async {
                let request = id::ChangePasswordRequest {
                    current_password: PASSWORD.into(),
                    new_password: OTHER_PASSWORD.into(),
                    ..Default::default()
                };
                world.identity().change_password(with(&there.token, request)).await.map(|_| ())
            };
            let switching = join_all(others.iter().map(|token| {
                let request = id::SwitchOrganizationRequest { organization: there.organization.clone(), ..Default::default() };
                let (mut client, request) = (world.identity(), with(token, request));
                async move { client.switch_organization(request).await }
            }));
            let (changed, switched) = futures_util::join!(changing, switching);
            changed.unwrap();
            for result in &switched {
                assert!(["", "REASON_CREDENTIAL_INVALID"].contains(&reason(result).as_str()), "{result:?}");
            }
            let user = format!("{LIVE} AND user_id = (SELECT id FROM users WHERE email = '{email}')");
            assert_eq!(world.count(&user).await, 1, "only the one that changed the password lives on");
            for tokens in switched.into_iter().filter_map(Result::ok).map(|answer| answer.into_inner().tokens.unwrap()) {
                let call = world.identity().get_me(with(&tokens.access_token, id::GetMeRequest {})).await;
                refused(call, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
            }
        }
        println!("h01: 32 switches beside a change of password, {rounds} rounds on {:?}", world.engine);
    }
}

each_engine! {
    async fn a_reset_beside_a_first_log_in_neither_blocks_nor_leaves_two_passwords(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        for round in 0..12 {
            let email = format!("bob{round}@example.org");
            let bob = world.unverified(&ana, &email).await;
            let ask = || id::RequestPasswordResetRequest { email: email.clone(), ..Default::default() };
            world.clock.advance(Duration::seconds(1));
            world.identity().request_password_reset(ask()).await.unwrap();
            let code = world.code(&email).await;
            let resets = (0..8).map(|_| {
                let request = id::ResetPasswordRequest { code: code.clone(), new_password: OTHER_PASSWORD.into(), ..Default::default() };
                let mut client = world.identity();
                async move { reason(&client.reset_password(request).await) }
            });
            let changes = (0..8).map(|_| {
                let request = id::ChangePasswordRequest {
                    current_password: PASSWORD.into(),
                    new_password: "nine slow boats under the bridge".into(),
                    ..Default::default()
                };
                let (mut client, request) = (world.identity(), with(&bob.token, request));
                async move { reason(&client.change_password(request).await) }
            });
            let (resets, changes) = futures_util::join!(join_all(resets), join_all(changes));
            // A change of the password that came first has voided the code.
            let won = resets.iter().chain(&changes).filter(|reason| reason.is_empty()).count();
            let by_reset = resets.iter().filter(|reason| reason.is_empty()).count();
            assert!(won >= 1 && by_reset <= 1, "{resets:?} {changes:?}");
            let told: BTreeSet<&str> = resets.iter().chain(&changes).map(String::as_str).collect();
            for reason in &told {
                let known = ["", "REASON_CODE_INVALID", "REASON_PASSWORD_WRONG", "REASON_CREDENTIAL_INVALID"];
                assert!(known.contains(reason), "{told:?}");
            }
        }
    }
}

each_engine! {
    /// PostgreSQL alone: on SQLite nothing else is written while a call waits.
    async fn a_session_that_ends_while_its_call_waits_does_nothing_more(world: World) {
        if world.engine == Engine::Sqlite {
            return;
        }
        let world = Arc::new(world);
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        world.try_transfer(&ana, &bob.member, true).await.unwrap();
        let eva = world.sign_up("eva@example.org").await;
        world.add(&eva, "bob@example.org", "admin").await;
        let code = world.code("bob@example.org").await;
        for what in ["take over", "leave", "found", "join", "rename"] {
            let request = id::LogInRequest {
                email: bob.email.clone(),
                password: PASSWORD.into(),
                organization: ana.organization.clone(),
                ..Default::default()
            };
            let answer = world.identity().log_in(request).await.unwrap().into_inner();
            let Some(id::log_in_response::Outcome::Tokens(tokens)) = answer.outcome else { panic!("{answer:?}") };
            let bob = Person::of(&bob.email, tokens);
            let holding = world.app.store.begin().await.unwrap();
            holding.users().lock(bob.user.parse().unwrap()).await.unwrap().unwrap();
            let calling = tokio::spawn({
                let (world, bob, code) = (world.clone(), bob.clone(), code.clone());
                async move {
                    let found = og::CreateOrganizationRequest { display_name: "Another".into(), ..Default::default() };
                    let leave = ms::LeaveOrganizationRequest { confirm: bob.email.clone(), ..Default::default() };
                    let rename = id::UpdateMeRequest { display_name: "Robert".into(), ..Default::default() };
                    match what {
                        "take over" => world.try_take_over(&bob).await.map(drop),
                        "leave" => world.membership().leave_organization(with(&bob.token, leave)).await.map(drop),
                        "found" => world.organization().create_organization(with(&bob.token, found)).await.map(drop),
                        "join" => world.accept_as(&bob, &code).await.map(drop),
                        _ => world.identity().update_me(with(&bob.token, rename)).await.map(drop),
                    }
                }
            });
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            let out = id::LogOutRequest::default();
            world.identity().log_out(with(&bob.token, out)).await.unwrap();
            holding.rollback().await.unwrap();
            let answer = calling.await.unwrap().map(tonic::Response::new);
            assert_eq!(reason(&answer), "REASON_CREDENTIAL_INVALID", "{what}");
        }
        assert!(world.offered(&ana).await.is_ok(), "the offer is still there");
    }
}
