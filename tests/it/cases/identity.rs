//! People: whose address is whose, and what strangers can learn of it.

use crate::support::log_ins::{log_in, newcomer};
use crate::support::world::{OTHER_PASSWORD, PASSWORD};
use crate::support::{World, each_engine, refused, with};
use chrono::Duration;
use prost::Message;
use roster::config::SignUpMode;
use roster::mail::message::MailTemplate;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as org;
use std::fmt::Debug;
use tonic::{Code, Response, Status};

fn ask(email: &str) -> id::RequestPasswordResetRequest {
    id::RequestPasswordResetRequest {
        email: email.into(),
        ..Default::default()
    }
}

async fn immediate(world: &World) -> World {
    world.other(|config| config.sign_up.mode = SignUpMode::Immediate).await
}

each_engine! {
    async fn c01_an_unverified_address_opens_no_invitation(world: World) {
        let world = immediate(&world).await;
        let ana = world.sign_up("ana@example.org").await;
        world.add(&ana, "bob@example.org", "admin").await;
        let code = world.code("bob@example.org").await;
        let mallory = world.sign_up("bob@example.org").await;
        let invitation = world.picture("SELECT id FROM invitations").await;
        assert_eq!(invitation.len(), 1);
        let before = world.state().await;
        let unverified = "REASON_EMAIL_UNVERIFIED";
        let mut membership = world.membership();
        let list = membership.list_my_invitations(with(&mallory.token, ms::ListMyInvitationsRequest::default())).await;
        refused(list, Code::FailedPrecondition, unverified);
        let accept = ms::AcceptInvitationRequest {
            invitation: Some(ms::accept_invitation_request::Invitation::Code(code.clone())),
            ..Default::default()
        };
        let result = membership.accept_invitation(with(&mallory.token, accept.clone())).await;
        refused(result, Code::FailedPrecondition, unverified);
        let decline = ms::DeclineInvitationRequest {
            invitation: Some(ms::decline_invitation_request::Invitation::Code(code)),
            ..Default::default()
        };
        let result = membership.decline_invitation(with(&mallory.token, decline)).await;
        refused(result, Code::FailedPrecondition, unverified);
        let random = "inv_01h455vb4pex5vsknk084sn02q".to_owned();
        let by_id = ms::AcceptInvitationRequest {
            invitation: Some(ms::accept_invitation_request::Invitation::InvitationId(random)),
            ..Default::default()
        };
        let result = membership.accept_invitation(with(&mallory.token, by_id)).await;
        refused(result, Code::FailedPrecondition, unverified);
        let create = org::CreateOrganizationRequest { display_name: "Another".into(), ..Default::default() };
        let result = world.organization().create_organization(with(&mallory.token, create)).await;
        refused(result, Code::FailedPrecondition, unverified);
        assert_eq!(world.state().await, before);
        // Once the mailbox is proved, the same call is fine.
        world.clock.advance(Duration::seconds(1));
        let resend = with(&mallory.token, id::ResendVerificationRequest::default());
        let step = world.identity().resend_verification(resend).await.unwrap().into_inner().next_step.unwrap();
        let code = world.code("bob@example.org").await;
        let request = id::VerifyEmailRequest { handle: step.handle, code, ..Default::default() };
        world.identity().verify_email(request).await.unwrap();
        world.membership().accept_invitation(with(&mallory.token, accept)).await.unwrap();
    }
}

each_engine! {
    async fn d01_a_reset_is_mailed_to_the_stored_address_or_to_none(world: World) {
        world.sign_up("mike@example.org").await;
        let before = world.mails("mike@example.org").await.len();
        for email in ["m\u{131}ke@example.org", "mi\u{212a}e@example.org", "m\u{ed}ke@example.org", "mike@ex\u{ff41}mple.org"] {
            let refusal = refused(
                world.identity().request_password_reset(ask(email)).await,
                Code::InvalidArgument,
                "REASON_INPUT_INVALID",
            );
            assert_eq!(refusal.fields(), ["email"], "{email:?}");
        }
        for email in ["MIKE@example.org", "Mike@EXAMPLE.org", " mike@example.org "] {
            world.identity().request_password_reset(ask(email)).await.unwrap();
        }
        assert_eq!(world.mails("mike@example.org").await.len(), before + 3);
        assert_eq!(world.count("SELECT count(*) FROM mails WHERE recipient <> 'mike@example.org'").await, 0);
    }
}

each_engine! {
    async fn d03_spellings_of_one_address_are_one_account(world: World) {
        world.sign_up("abc@x.com").await;
        world.clock.advance(Duration::seconds(1));
        world.identity().sign_up(newcomer("Abc@X.com")).await.unwrap();
        assert!(matches!(world.mails("abc@x.com").await.last(), Some(MailTemplate::SignUpKnown {})));
        assert_eq!(world.count("SELECT count(*) FROM users").await, 1);
        for email in ["abc@x.com", "ABC@x.com", "abc@X.COM", " Abc@X.com "] {
            assert!(world.opens(email, PASSWORD).await, "{email:?}");
        }
    }
}

each_engine! {
    async fn d05_spellings_of_one_address_share_one_count_of_attempts(world: World) {
        let world = world.other(|config| {
            config.log_in.attempts_per_account = 5;
            config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        });
        let world = world.await;
        world.sign_up("ana@example.org").await;
        let try_as = |email: &str, password: &str| {
            let (mut identity, request) = (world.identity(), log_in(email, password));
            async move { identity.log_in(crate::support::log_ins::from("192.0.2.1", request)).await }
        };
        for email in ["a\u{430}a@example.org", "\u{ff41}na@example.org", "an\u{e1}@example.org", "ana@example.org,x@y.org"] {
            refused(try_as(email, OTHER_PASSWORD).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        }
        for email in ["ana@example.org", "ANA@example.org", "Ana@Example.Org", " ana@example.org", "aNa@example.org "] {
            refused(try_as(email, OTHER_PASSWORD).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        }
        for email in ["ana@example.org", "AnA@example.org"] {
            refused(try_as(email, PASSWORD).await, Code::ResourceExhausted, "REASON_TOO_MANY_ATTEMPTS");
        }
    }
}

each_engine! {
    async fn d08_a_list_of_addresses_is_no_address(world: World) {
        world.sign_up("a@example.org").await;
        let before = world.state().await;
        for email in [
            "a@example.org, b@example.org",
            "a@example.org,b@example.org",
            "a@example.org;b@example.org",
            "a@example.org\nb@example.org",
            "a@example.org\r\nb@example.org",
            "a@example.org b@example.org",
            "<a@example.org>",
            "\"a@example.org\"",
            "Ana <a@example.org>",
            "a@example.org\0",
        ] {
            let reset = world.identity().request_password_reset(ask(email)).await;
            assert_eq!(refused(reset, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["email"]);
            let sign_up = world.identity().sign_up(newcomer(email)).await;
            assert_eq!(refused(sign_up, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["email"]);
        }
        assert_eq!(world.state().await, before);
    }
}

/// What a caller can tell an answer by: code, message, size of details and body, trailers.
fn told<T: Message>(result: Result<Response<T>, Status>) -> (Code, String, usize, Vec<String>) {
    match result {
        Ok(answer) => {
            let mut names: Vec<_> = answer.metadata().keys().map(|key| format!("{key:?}")).collect();
            names.sort();
            (Code::Ok, String::new(), answer.get_ref().encoded_len(), names)
        }
        Err(status) => {
            let mut names: Vec<_> = status.metadata().keys().map(|key| format!("{key:?}")).collect();
            names.sort();
            (
                status.code(),
                status.message().to_owned(),
                status.details().len(),
                names,
            )
        }
    }
}

each_engine! {
    async fn e01_known_and_unknown_addresses_are_answered_alike(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.add(&ana, "inv@example.org", "member").await;
        let mut answers = vec![];
        for email in ["ana@example.org", "eva@example.org", "inv@example.org"] {
            let sign_up = world.identity().sign_up(newcomer(email)).await;
            let handle = match sign_up.as_ref().unwrap().get_ref().outcome.clone().unwrap() {
                id::sign_up_response::Outcome::NextStep(step) => step.handle,
                other => panic!("{other:?}"),
            };
            let guess = id::VerifyEmailRequest { handle: handle.clone(), code: "12345678".into(), ..Default::default() };
            let resend = id::ResendVerificationRequest { handle, ..Default::default() };
            let mut identity = world.identity();
            answers.push([
                told(sign_up),
                told(identity.verify_email(guess).await),
                told(identity.resend_verification(resend).await),
                told(identity.log_in(log_in(email, OTHER_PASSWORD)).await),
                told(identity.request_password_reset(ask(email)).await),
            ]);
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0], answers[2]);
        assert_eq!(answers[0].each_ref().map(|answer| answer.0), [
            Code::Ok, Code::FailedPrecondition, Code::Ok, Code::Unauthenticated, Code::Ok
        ]);
        assert_eq!(world.count("SELECT count(DISTINCT kind) FROM challenges").await, 2, "they cost the same rows");
    }
}

each_engine! {
    async fn e02_a_log_in_costs_one_hash_whoever_it_is_for(world: World) {
        let world = world.other(|config| config.log_in.attempts_per_account = 1).await;
        for email in ["ana@example.org", "off@example.org", "none@example.org"] {
            world.sign_up(email).await;
            world.clock.advance(Duration::minutes(20));
        }
        world.sql("UPDATE users SET disabled_at = created_at WHERE email = 'off@example.org'").await;
        world.sql("UPDATE users SET password_hash = NULL WHERE email = 'none@example.org'").await;
        let mut costs = vec![];
        for email in ["ana@example.org", "off@example.org", "none@example.org", "nobody@example.org"] {
            for expected in [Code::Unauthenticated, Code::ResourceExhausted] {
                let before = world.app.hasher.runs();
                let status = world.identity().log_in(log_in(email, OTHER_PASSWORD)).await.unwrap_err();
                assert_eq!(status.code(), expected, "{email}");
                costs.push((expected, world.app.hasher.runs() - before));
            }
        }
        costs.sort_by_key(|(code, _)| format!("{code:?}"));
        costs.dedup();
        assert_eq!(costs, [(Code::ResourceExhausted, 0), (Code::Unauthenticated, 1)]);
        // The same holds for sign-ups and their known addresses.
        let mut costs = vec![];
        for email in ["ana@example.org", "new@example.org"] {
            world.clock.advance(Duration::minutes(20));
            let before = world.app.hasher.runs();
            world.identity().sign_up(newcomer(email)).await.unwrap();
            costs.push(world.app.hasher.runs() - before);
        }
        assert_eq!(costs, [1, 1]);
    }
}

/// A refusal as it stands on the wire, without what the caller said themselves.
fn raw<T: Debug>(result: Result<Response<T>, Status>) -> (Code, String, Vec<u8>) {
    let status = result.unwrap_err();
    (status.code(), status.message().to_owned(), status.details().to_vec())
}

each_engine! {
    async fn e04_unauthenticated_is_one_message_and_internal_tells_only_its_id(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let mut identity = world.identity();
        let refresh = id::RefreshSessionRequest { refresh_token: "rst_r_x".into(), ..Default::default() };
        let go_on = id::ContinueLogInRequest {
            handle: "x".into(),
            step: Some(id::continue_log_in_request::Step::Organization("abc".into())),
            ..Default::default()
        };
        let mut said = vec![
            raw(identity.log_in(log_in("ana@example.org", OTHER_PASSWORD)).await),
            raw(identity.log_in(log_in("eva@example.org", OTHER_PASSWORD)).await),
            raw(identity.refresh_session(refresh).await),
            raw(identity.continue_log_in(go_on).await),
            raw(identity.get_me(id::GetMeRequest {}).await),
        ];
        for token in ["x", "e30.e30.e30", &ana.refresh, &format!("{}x", ana.token), &ana.token[1..]] {
            said.push(raw(identity.get_me(with(token, id::GetMeRequest {})).await));
        }
        said.dedup();
        assert_eq!(said.len(), 1, "{said:?}");

        world.sql("ALTER TABLE sessions RENAME TO gone").await;
        let list = with(&ana.token, id::ListSessionsRequest::default());
        let refusal = refused(identity.list_sessions(list).await, Code::Internal, "REASON_INTERNAL");
        let request = refusal.details.request_info().unwrap();
        assert_eq!(refusal.metadata.keys().collect::<Vec<_>>(), ["request_id"]);
        assert_eq!(refusal.metadata["request_id"], request.request_id);
        let all = format!("{} {:?}", refusal.message, refusal.details).to_lowercase();
        for word in ["sessions", "select", "sqlx", "sqlite", "postgres", "column", "no such", ".rs", "error returned"] {
            assert!(!all.contains(word), "{word} in {all}");
        }
    }
}
