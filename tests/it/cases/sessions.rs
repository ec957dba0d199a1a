//! Sessions: half-finished log-ins, ended access, here and in another process.

use crate::support::log_ins::log_in;
use crate::support::world::{OTHER_PASSWORD, PASSWORD};
use crate::support::{Engine, Person, World, each_engine, refused, with};
use chrono::Duration;
use roster::auth::rules::{Who, all_rules};
use roster::mail::message::MailTemplate;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as org;
use std::collections::BTreeSet;
use tonic::{Code, Request};
use tonic_prost::ProstCodec;

/// The reason that every bad credential is refused with.
pub const REFUSED: &str = "REASON_CREDENTIAL_INVALID";

/// Adds somebody with a temporary password, and gives it.
pub async fn lend(world: &World, by: &Person, email: &str) -> String {
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

/// The handle of a log-in that isn't finished.
pub async fn handle_of(world: &World, email: &str, password: &str) -> id::NextStep {
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

/// A second organisation of somebody's; gives its id.
pub async fn found(world: &World, by: &Person, slug: &str) -> String {
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

/// A request to renew with this token.
pub fn refresh(token: &str) -> id::RefreshSessionRequest {
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
        // To a public method a credential that is no good is none, and an account is needed here.
        refused(accepted, Code::FailedPrecondition, "REASON_SIGN_IN_TO_ACCEPT");
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
