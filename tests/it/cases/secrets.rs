//! One kind of secret in another's place.

use super::sessions::{REFUSED, handle_of, lend, refresh};
use crate::support::log_ins::{log_in, newcomer, reason};
use crate::support::world::{OTHER_PASSWORD, PASSWORD};
use crate::support::{Person, World, each_engine, with};
use chrono::Duration;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;

/// One live secret of each kind, in the order of `try_at`.
async fn secrets(world: &World, ana: &Person) -> Vec<(&'static str, String)> {
    let answer = world
        .identity()
        .sign_up(newcomer("new@example.org"))
        .await
        .unwrap()
        .into_inner();
    let Some(id::sign_up_response::Outcome::NextStep(sign_up)) = answer.outcome else {
        panic!("{answer:?}")
    };
    let digits = world.code("new@example.org").await;
    let temporary = lend(world, ana, "bob@example.org").await;
    let half = handle_of(world, "bob@example.org", &temporary).await;
    world.add(ana, "inv@example.org", "member").await;
    let invited = world.code("inv@example.org").await;
    world.sign_up("tom@example.org").await;
    world.clock.advance(Duration::seconds(1));
    let ask = id::RequestPasswordResetRequest {
        email: "tom@example.org".into(),
        ..Default::default()
    };
    world.identity().request_password_reset(ask).await.unwrap();
    let reset = world.code("tom@example.org").await;
    let list = with(
        &ana.token,
        ms::ListMembersRequest {
            page_size: 1,
            ..Default::default()
        },
    );
    let page = world
        .membership()
        .list_members(list)
        .await
        .unwrap()
        .into_inner()
        .next_page_token;
    vec![
        ("access token", ana.token.clone()),
        ("refresh token", ana.refresh.clone()),
        ("sign-up handle", sign_up.handle),
        ("mailed digits", digits),
        ("log-in handle", half.handle),
        ("invitation", invited),
        ("reset code", reset),
        ("page token", page),
        ("temporary password", temporary),
    ]
}

/// Uses a secret in the place of the kind with this number; whether it worked.
async fn try_at(world: &World, place: usize, all: &[(&'static str, String)], secret: &str) -> String {
    let secret = secret.to_owned();
    let mut identity = world.identity();
    match place {
        0 => reason(&identity.get_me(with(&secret, id::GetMeRequest {})).await),
        1 => reason(&identity.refresh_session(refresh(&secret)).await),
        2 => {
            let request = id::VerifyEmailRequest {
                handle: secret,
                code: all[3].1.clone(),
                ..Default::default()
            };
            reason(&identity.verify_email(request).await)
        }
        3 => {
            let only = secret == all[3].1;
            let request = id::VerifyEmailRequest {
                // The pair is spent by the place before; the digits alone are tried without effect.
                validate_only: only,
                handle: all[2].1.clone(),
                code: secret,
                ..Default::default()
            };
            reason(&identity.verify_email(request).await)
        }
        4 => {
            let step = id::continue_log_in_request::Step::NewPassword(OTHER_PASSWORD.into());
            let request = id::ContinueLogInRequest {
                handle: secret,
                step: Some(step),
                ..Default::default()
            };
            reason(&identity.continue_log_in(request).await)
        }
        5 => {
            let request = ms::AcceptInvitationRequest {
                invitation: Some(ms::accept_invitation_request::Invitation::Code(secret)),
                display_name: "Inv".into(),
                password: PASSWORD.into(),
                ..Default::default()
            };
            reason(&world.membership().accept_invitation(request).await)
        }
        6 => {
            let request = id::ResetPasswordRequest {
                code: secret,
                new_password: OTHER_PASSWORD.into(),
                ..Default::default()
            };
            reason(&identity.reset_password(request).await)
        }
        7 => {
            let request = ms::ListMembersRequest {
                page_size: 1,
                page_token: secret,
                ..Default::default()
            };
            reason(&world.membership().list_members(with(&all[0].1, request)).await)
        }
        _ => reason(&identity.log_in(log_in("bob@example.org", &secret)).await),
    }
}

each_engine! {
    async fn j07_each_secret_works_in_its_own_place_only(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let all = secrets(&world, &ana).await;
        let before = world.state().await;
        let mut cells = 0;
        for place in 0..all.len() {
            for (number, (kind, secret)) in all.iter().enumerate() {
                if number != place {
                    let told = try_at(&world, place, &all, secret).await;
                    assert!(
                        [REFUSED, "REASON_INPUT_INVALID", "REASON_CODE_INVALID", "REASON_INVITATION_ENDED"]
                            .contains(&told.as_str()),
                        "{kind} in the place of a {}: {told:?}",
                        all[place].0
                    );
                    cells += 1;
                }
            }
        }
        for (kind, secret) in &all[1..] {
            let told = world.identity().introspect(id::IntrospectRequest { token: secret.clone() }).await.unwrap();
            assert!(!told.into_inner().active, "{kind}");
        }
        assert_eq!(world.state().await, before, "a secret out of place did something");
        // The diagonal: they were all alive. The log-in comes before the step that changes its password.
        for place in [0, 7, 3, 2, 8, 4, 5, 6, 1] {
            let (kind, secret) = &all[place];
            let told = try_at(&world, place, &all, secret).await;
            // The second log-in with the temporary password leaves the first one's handle alone.
            assert_eq!(told, "", "{kind} in its own place");
        }
        println!("j07: {cells} cells off the diagonal, {} on it, on {:?}", all.len(), world.engine);
    }
}
