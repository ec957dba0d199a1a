//! Sessions and secrets: half-finished log-ins, ended access, one kind of secret in another's place, transport.

use crate::support::calls::{from, log_in, newcomer, reason, request_id};
use crate::support::world::{OTHER_PASSWORD, PASSWORD};
use crate::support::{Engine, Person, World, each_engine, refused, with};
use chrono::Duration;
use futures_util::future::join_all;
use roster::auth::rules::{Who, all_rules};
use roster::mail::message::MailTemplate;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as org;
use std::collections::BTreeSet;
use tonic::{Code, Request};
use tonic_prost::ProstCodec;

const REFUSED: &str = "REASON_CREDENTIAL_INVALID";

/// Adds somebody with a temporary password, and gives it.
async fn lend(world: &World, by: &Person, email: &str) -> String {
    let request = ms::AddMemberRequest {
        email: email.into(),
        onboarding: Some(ms::add_member_request::Onboarding::TemporaryPassword(Default::default())),
        ..Default::default()
    };
    world.membership().add_member(with(&by.token, request)).await.unwrap();
    match world.mails(email).await.pop() {
        Some(MailTemplate::TemporaryPassword { password, .. }) => password.expose().to_owned(),
        other => panic!("{other:?}"),
    }
}

async fn handle_of(world: &World, email: &str, password: &str) -> id::NextStep {
    match world
        .identity()
        .log_in(log_in(email, password))
        .await
        .unwrap()
        .into_inner()
        .outcome
    {
        Some(id::log_in_response::Outcome::NextStep(step)) => step,
        other => panic!("{other:?}"),
    }
}

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

fn refresh(token: &str) -> id::RefreshSessionRequest {
    id::RefreshSessionRequest {
        refresh_token: token.into(),
        ..Default::default()
    }
}

async fn remove(world: &World, by: &Person, who: &Person) {
    let removal = ms::Removal {
        member_id: who.member.clone(),
        confirm: who.email.clone(),
        ..Default::default()
    };
    let request = ms::RemoveMembersRequest {
        removals: vec![removal],
        atomic: true,
        ..Default::default()
    };
    world
        .membership()
        .remove_members(with(&by.token, request))
        .await
        .unwrap();
}

each_engine! {
    async fn g01_h02_a_half_finished_log_in_can_call_nothing(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        found(&world, &ana, "other-place").await;
        let temporary = lend(&world, &ana, "bob@example.org").await;
        let steps = [
            handle_of(&world, "bob@example.org", &temporary).await,
            handle_of(&world, "ana@example.org", PASSWORD).await,
        ];
        let before = world.state().await;
        let mut tried = 0;
        for step in &steps {
            for rule in all_rules().into_iter().filter(|rule| rule.who != Who::Public) {
                let mut client = tonic::client::Grpc::new(world.channel.clone());
                client.ready().await.unwrap();
                let codec = ProstCodec::<(), ()>::default();
                let path = rule.path.parse().unwrap();
                let answer = client.unary(with(&step.handle, ()), path, codec).await;
                refused(answer, Code::Unauthenticated, REFUSED);
                tried += 1;
            }
            let answer = world.identity().refresh_session(refresh(&step.handle)).await;
            refused(answer, Code::Unauthenticated, REFUSED);
        }
        let accept = ms::AcceptInvitationRequest {
            invitation: Some(ms::accept_invitation_request::Invitation::InvitationId(
                "inv_01h455vb4pex5vsknk084sn02q".into(),
            )),
            ..Default::default()
        };
        let result = world.membership().accept_invitation(with(&steps[0].handle, accept)).await;
        refused(result, Code::Unauthenticated, REFUSED);
        assert_eq!(world.state().await, before);
        assert!(tried >= 20, "{tried}");
        println!("g01, h02: {tried} calls with a handle on {:?}", world.engine);
        world.clock.advance(Duration::minutes(5));
        let late = id::ContinueLogInRequest {
            handle: steps[0].handle.clone(),
            step: Some(id::continue_log_in_request::Step::NewPassword(OTHER_PASSWORD.into())),
            ..Default::default()
        };
        refused(world.identity().continue_log_in(late).await, Code::Unauthenticated, REFUSED);
    }
}

each_engine! {
    async fn h01_a_reset_ends_every_session_of_the_person_and_of_nobody_else(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let more = [world.log_in("bob@example.org").await, world.log_in("bob@example.org").await];
        world.clock.advance(Duration::seconds(1));
        let request = id::RequestPasswordResetRequest { email: "bob@example.org".into(), ..Default::default() };
        world.identity().request_password_reset(request).await.unwrap();
        let code = world.code("bob@example.org").await;
        let request =
            id::ResetPasswordRequest { code, new_password: OTHER_PASSWORD.into(), ..Default::default() };
        world.identity().reset_password(with(&bob.token, request)).await.unwrap();
        for person in [&bob, &more[0], &more[1]] {
            let me = world.identity().get_me(with(&person.token, id::GetMeRequest {})).await;
            refused(me, Code::Unauthenticated, REFUSED);
            refused(world.identity().refresh_session(refresh(&person.refresh)).await, Code::Unauthenticated, REFUSED);
        }
        world.identity().get_me(with(&ana.token, id::GetMeRequest {})).await.unwrap();
    }
}

each_engine! {
    async fn h07_k01_whoever_is_switched_off_or_removed_finds_every_door_shut(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let tom = world.join(&ana, "tom@example.org", "member").await;
        let eva = world.sign_up("eva@example.org").await;
        world.clock.advance(Duration::seconds(1));
        let ask = || id::RequestPasswordResetRequest { email: "bob@example.org".into(), ..Default::default() };
        world.identity().request_password_reset(ask()).await.unwrap();
        let code = world.code("bob@example.org").await;
        world.clock.advance(Duration::seconds(1));
        world.add(&eva, "bob@example.org", "member").await;
        let invited = world.code("bob@example.org").await;

        world.sql("UPDATE users SET disabled_at = created_at WHERE email = 'bob@example.org'").await;
        let mails = world.mails("bob@example.org").await.len();
        let before = world.state().await;
        let mut identity = world.identity();
        let entered = identity.log_in(log_in("bob@example.org", PASSWORD)).await;
        refused(entered, Code::FailedPrecondition, "REASON_USER_DISABLED");
        refused(identity.refresh_session(refresh(&bob.refresh)).await, Code::Unauthenticated, REFUSED);
        let reset = id::ResetPasswordRequest { code, new_password: OTHER_PASSWORD.into(), ..Default::default() };
        refused(identity.reset_password(reset).await, Code::FailedPrecondition, "REASON_CODE_INVALID");
        let accept = ms::AcceptInvitationRequest {
            invitation: Some(ms::accept_invitation_request::Invitation::Code(invited)),
            ..Default::default()
        };
        let accepted = world.membership().accept_invitation(with(&bob.token, accept)).await;
        refused(accepted, Code::Unauthenticated, REFUSED);
        assert_eq!(world.state().await, before);
        world.identity().request_password_reset(ask()).await.unwrap();
        assert_eq!(world.mails("bob@example.org").await.len(), mails, "no code for an account that is switched off");

        remove(&world, &ana, &tom).await;
        let me = world.identity().get_me(with(&tom.token, id::GetMeRequest {})).await;
        refused(me, Code::Unauthenticated, REFUSED);
        refused(world.identity().refresh_session(refresh(&tom.refresh)).await, Code::Unauthenticated, REFUSED);
        let told = world.identity().introspect(id::IntrospectRequest { token: tom.token }).await.unwrap().into_inner();
        assert_eq!(told, id::IntrospectResponse::default());
        let named = id::LogInRequest { organization: ana.organization.clone(), ..log_in("tom@example.org", PASSWORD) };
        refused(world.identity().log_in(named).await, Code::NotFound, "REASON_NOT_FOUND");
        assert_eq!(world.log_in("tom@example.org").await.organization, "");
    }
}

each_engine! {
    async fn h09_each_log_in_and_switch_has_a_session_of_its_own_and_a_refresh_keeps_it(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let other = found(&world, &ana, "other-place").await;
        let mut seen = BTreeSet::from([ana.session.clone()]);
        for named in [ana.organization.as_str(), other.as_str(), other.as_str()] {
            let mut request = Request::new(id::LogInRequest {
                organization: named.into(),
                ..log_in("ana@example.org", PASSWORD)
            });
            for key in ["x-session-id", "session-id", "cookie", "sid"] {
                request.metadata_mut().insert(key, ana.session.parse().unwrap());
            }
            let answer = world.identity().log_in(request).await.unwrap().into_inner();
            let Some(id::log_in_response::Outcome::Tokens(tokens)) = answer.outcome else { panic!("{answer:?}") };
            assert!(seen.insert(tokens.session_id.clone()), "a session id came twice");
            let renewed = world.identity().refresh_session(refresh(&tokens.refresh_token)).await.unwrap();
            let renewed = renewed.into_inner().tokens.unwrap();
            assert_eq!(renewed.session_id, tokens.session_id);
            let request = id::SwitchOrganizationRequest { organization: other.clone(), ..Default::default() };
            let switched = world.identity().switch_organization(with(&renewed.access_token, request)).await.unwrap();
            let switched = switched.into_inner().tokens.unwrap();
            assert!(seen.insert(switched.session_id), "a session id came twice");
            let out = with(&switched.access_token, id::LogOutRequest::default());
            world.identity().log_out(out).await.unwrap();
        }
    }
}

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

each_engine! {
    async fn p03_what_a_client_says_of_itself_counts_only_through_a_trusted_proxy(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let eva = world.sign_up("eva@example.org").await;
        let forged = [
            ("x-user-id", eva.user.as_str()),
            ("x-org-id", &eva.organization),
            ("x-organization-id", &eva.organization),
            ("x-role", "owner"),
            ("x-forwarded-user", "eva@example.org"),
            ("x-forwarded-for", "203.0.113.9"),
            ("x-real-ip", "203.0.113.9"),
            ("forwarded", "for=203.0.113.9"),
        ];
        let mut request = with(&ana.token, id::GetMeRequest {});
        let mut anonymous = Request::new(id::GetMeRequest {});
        for (key, value) in forged {
            request.metadata_mut().insert(key, value.parse().unwrap());
            anonymous.metadata_mut().insert(key, value.parse().unwrap());
        }
        let key = "authorization-bin";
        anonymous.metadata_mut().insert_bin(key, tonic::metadata::MetadataValue::from_bytes(ana.token.as_bytes()));
        let me = world.identity().get_me(request).await.unwrap().into_inner();
        assert_eq!(me.user.unwrap().id, ana.user);
        refused(world.identity().get_me(anonymous).await, Code::Unauthenticated, REFUSED);
        let mut both = with(&ana.token, id::GetMeRequest {});
        both.metadata_mut().append("authorization", format!("Bearer {}", eva.token).parse().unwrap());
        refused(world.identity().get_me(both).await, Code::Unauthenticated, REFUSED);

        let seen = |world: World, said: &'static str| async move {
            world.identity().log_in(from(said, log_in("bob@example.org", PASSWORD))).await.unwrap();
            world.clock.advance(Duration::seconds(1));
            world.dump("SELECT address FROM sessions ORDER BY created_at DESC LIMIT 1").await.remove(0)
        };
        for (trusted, said, expected) in [
            ("", "203.0.113.9", "127.0.0.1"),
            ("", "garbage", "127.0.0.1"),
            ("127.0.0.0/8", "203.0.113.9", "203.0.113.9"),
            ("127.0.0.0/8", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
            ("127.0.0.0/8", "garbage", "127.0.0.1"),
        ] {
            let other = world.other(|config| {
                config.server.trusted_proxies = (!trusted.is_empty()).then(|| trusted.parse().unwrap()).into_iter().collect();
            });
            let other = other.await;
            other.sign_up("bob@example.org").await;
            other.clock.advance(Duration::seconds(1));
            assert_eq!(seen(other, said).await, format!("{{\"address\":\"{expected}\"}}"), "{trusted} {said}");
        }
    }
}

each_engine! {
    async fn p11_hashing_takes_its_share_and_no_more(world: World) {
        let world = world.other(|config| {
            config.passwords.memory_kib = 19_456;
            config.passwords.hash_queue = 16;
            config.log_in.attempts_per_account = 100_000;
        });
        let world = world.await;
        let ana = world.sign_up("ana@example.org").await;
        let flood = join_all((0..500).map(|i| {
            let mut identity = world.identity();
            async move { identity.log_in(log_in(&format!("n{}@example.org", i % 50), OTHER_PASSWORD)).await }
        }));
        let meanwhile = join_all((0..50).map(|_| {
            let (mut identity, token) = (world.identity(), ana.token.clone());
            async move { identity.get_me(with(&token, id::GetMeRequest {})).await }
        }));
        let before = world.app.hasher.runs();
        let (flood, meanwhile) = tokio::join!(flood, meanwhile);
        assert!(meanwhile.iter().all(Result::is_ok), "who is in goes on working");
        let (mut evaluated, mut busy) = (0, 0);
        for result in flood {
            match reason(&result).as_str() {
                REFUSED => evaluated += 1,
                "REASON_TOO_BUSY" => {
                    let refusal = refused(result, Code::ResourceExhausted, "REASON_TOO_BUSY");
                    assert!(refusal.details.retry_info().unwrap().retry_delay.unwrap().as_secs() >= 1);
                    busy += 1;
                }
                other => panic!("{other}"),
            }
        }
        assert_eq!(world.app.hasher.runs() - before, evaluated, "whoever is refused costs no hash");
        assert!(busy > 0 && evaluated >= 17, "{busy} busy, {evaluated} evaluated");
        println!("p11: 500 log-ins, {evaluated} evaluated, {busy} sent away, on {:?}", world.engine);
        for unit in ["a", "\u{301}", "\u{fdfa}"] {
            let huge = unit.repeat((1 << 20) / unit.len());
            let before = world.app.hasher.runs();
            let refusal = refused(
                world.identity().log_in(log_in("ana@example.org", &huge)).await,
                Code::InvalidArgument,
                "REASON_INPUT_INVALID",
            );
            assert_eq!((refusal.fields(), world.app.hasher.runs()), (vec!["password".to_owned()], before));
        }
    }
}

each_engine! {
    async fn q04_a_request_id_is_one_effect_for_one_caller_in_one_organisation(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let other = found(&world, &ana, "other-place").await;
        let request =
            ms::AddMemberRequest { request_id: request_id(1), email: "bob@example.org".into(), ..Default::default() };
        let add = |token: &str| {
            let (mut membership, request) = (world.membership(), with(token, request.clone()));
            async move { membership.add_member(request).await }
        };
        let answers = join_all((0..64).map(|_| add(&ana.token))).await;
        let answers: BTreeSet<_> = answers.into_iter().map(|a| a.unwrap().into_inner().member.unwrap().id).collect();
        assert_eq!(answers.len(), 1, "64 equal calls, one member");
        assert_eq!(world.mails("bob@example.org").await.len(), 1);
        // The same person, in another organisation: another effect, and never the first organisation's answer.
        let switch = id::SwitchOrganizationRequest { organization: other.clone(), ..Default::default() };
        let there = world.identity().switch_organization(with(&ana.token, switch)).await.unwrap().into_inner();
        let added = add(&there.tokens.unwrap().access_token).await.unwrap().into_inner().member.unwrap();
        assert_eq!(added.organization_id, other);
        assert!(!answers.contains(&added.id));
        println!("q04: 64 contenders on {:?}", world.engine);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k01_what_one_process_ends_the_other_refuses_within_two_seconds() {
    let (one, two) = World::pair(Engine::Postgres, |_| {}).await;
    let ana = one.sign_up("ana@example.org").await;
    let bob = one.join(&ana, "bob@example.org", "member").await;
    let more = two.log_in("ana@example.org").await;
    for token in [&ana.token, &bob.token, &more.token] {
        two.identity().get_me(with(token, id::GetMeRequest {})).await.unwrap();
    }
    let gone = async |world: &World, token: &str| {
        let began = std::time::Instant::now();
        while world.identity().get_me(with(token, id::GetMeRequest {})).await.is_ok() {
            assert!(began.elapsed().as_secs_f64() < 2.0, "still accepted after two seconds");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    one.identity()
        .log_out(with(&ana.token, id::LogOutRequest::default()))
        .await
        .unwrap();
    refused(
        one.identity().get_me(with(&ana.token, id::GetMeRequest {})).await,
        Code::Unauthenticated,
        REFUSED,
    );
    gone(&two, &ana.token).await;
    refused(
        two.identity().refresh_session(refresh(&ana.refresh)).await,
        Code::Unauthenticated,
        REFUSED,
    );
    remove(&two, &more, &bob).await;
    gone(&one, &bob.token).await;
    let change = id::ChangePasswordRequest {
        current_password: PASSWORD.into(),
        new_password: OTHER_PASSWORD.into(),
        ..Default::default()
    };
    let last = one.log_in("ana@example.org").await;
    one.identity().change_password(with(&last.token, change)).await.unwrap();
    gone(&two, &more.token).await;
    refused(
        two.identity().refresh_session(refresh(&more.refresh)).await,
        Code::Unauthenticated,
        REFUSED,
    );
    two.identity()
        .get_me(with(&last.token, id::GetMeRequest {}))
        .await
        .unwrap();
}
