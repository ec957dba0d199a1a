//! A real server over a real channel, with a clock that the test holds, and people who sign up, add and join.

use super::dump::Sql;
use super::engine::{Database, Engine};
use roster::app::App;
use roster::clock::{Clock, FakeClock, SystemClock};
use roster::config::{Config, Sources};
use roster::mail::message::MailTemplate;
use roster::pb::roster::access::v1::access_service_client::AccessServiceClient;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::identity::v1::identity_service_client::IdentityServiceClient;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::membership::v1::membership_service_client::MembershipServiceClient;
use roster::pb::roster::organization::v1::organization_service_client::OrganizationServiceClient;
use roster::random::SystemRandom;
use roster::seal::Purpose;
use roster::store::Store;
use roster::{server, worker};
use std::sync::Arc;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tonic::Request;
use tonic::transport::Channel;

/// A password that the policy accepts.
pub const PASSWORD: &str = "seven green rivers run uphill";
/// Another.
pub const OTHER_PASSWORD: &str = "twelve quiet lamps beside the harbour";

pub struct World {
    pub engine: Engine,
    pub app: App,
    pub clock: FakeClock,
    pub channel: Channel,
    pub address: String,
    pub database: Database,
    stop: CancellationToken,
    _folder: TempDir,
}

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub struct Person {
    pub email: String,
    pub user: String,
    pub token: String,
    pub refresh: String,
    pub session: String,
    pub organization: String,
    pub member: String,
}

impl Person {
    pub fn of(email: &str, tokens: id::Tokens) -> Person {
        Person {
            email: email.to_owned(),
            user: tokens.user_id,
            token: tokens.access_token,
            refresh: tokens.refresh_token,
            session: tokens.session_id,
            organization: tokens.organization_id,
            member: tokens.member_id,
        }
    }
}

/// A request with an access token.
pub fn with<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request
        .metadata_mut()
        .insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

impl World {
    pub async fn start(engine: Engine) -> World {
        World::configured(engine, |_| {}).await
    }

    /// With other settings than the tests' usual.
    pub async fn configured(engine: Engine, change: impl FnOnce(&mut Config)) -> World {
        World::on(engine, engine.database().await, change).await
    }

    /// On a database that is there already: a second process, as it were.
    pub async fn on(engine: Engine, database: Database, change: impl FnOnce(&mut Config)) -> World {
        let world = World::unfed(engine, database, change).await;
        let (feeding, token) = (world.app.clone(), world.stop.clone());
        tokio::spawn(async move { worker::feed::run(feeding, token).await });
        world
    }

    /// Without the worker that keeps revocations known, for who counts what the calls alone do. Such a server soon asks the
    /// database at each call, unless it is fed by hand.
    pub async fn unfed(engine: Engine, database: Database, change: impl FnOnce(&mut Config)) -> World {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::load(Sources::development(folder.path())).unwrap();
        config.passwords.memory_kib = 8;
        config.passwords.iterations = 1;
        config.passwords.hash_queue = 1_000;
        config.log_in.attempts_per_address = 100_000;
        config.log_in.attempts_per_account = 1_000;
        change(&mut config);
        let store = Store::open(&database.settings).await.unwrap();
        // The present, so that clients that verify tokens themselves agree with it.
        let clock = FakeClock::at(SystemClock.now());
        let app = server::assemble(&config, store, Arc::new(clock.clone()), Arc::new(SystemRandom)).unwrap();
        worker::keys::ensure(&app, &worker::keys::KeyPolicy::of(&config.tokens))
            .await
            .unwrap();
        worker::feed::catch_up(&app).await.unwrap();
        let stop = CancellationToken::new();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (serving, token) = (app.clone(), stop.clone());
        tokio::spawn(async move {
            server::serve_grpc(serving, &config, listener, None, token)
                .await
                .unwrap()
        });
        let channel = Channel::from_shared(address.clone()).unwrap().connect().await.unwrap();
        World {
            engine,
            app,
            clock,
            channel,
            address,
            database,
            stop,
            _folder: folder,
        }
    }

    pub fn identity(&self) -> IdentityServiceClient<Channel> {
        IdentityServiceClient::new(self.channel.clone())
    }

    pub fn membership(&self) -> MembershipServiceClient<Channel> {
        MembershipServiceClient::new(self.channel.clone())
    }

    pub fn organization(&self) -> OrganizationServiceClient<Channel> {
        OrganizationServiceClient::new(self.channel.clone())
    }

    pub fn access(&self) -> AccessServiceClient<Channel> {
        AccessServiceClient::new(self.channel.clone())
    }

    /// The mails to an address so far, in order, opened.
    pub async fn mails(&self, to: &str) -> Vec<MailTemplate> {
        let sql = Sql::open(self).await;
        let rows = sql.mails(to).await;
        sql.close().await;
        rows.iter()
            .map(|(id, content)| {
                let plain = self.app.sealer.open(Purpose::Mail, id.as_bytes(), content).unwrap();
                serde_json::from_slice(&plain).unwrap()
            })
            .collect()
    }

    /// The code in the last mail to an address.
    pub async fn code(&self, to: &str) -> String {
        match self.mails(to).await.pop() {
            Some(
                MailTemplate::SignUpCode { code, .. }
                | MailTemplate::VerifyEmail { code, .. }
                | MailTemplate::Invitation { code, .. }
                | MailTemplate::InvitationReminder { code, .. }
                | MailTemplate::PasswordReset { code, .. },
            ) => code.expose().to_owned(),
            other => panic!("no code in {other:?}"),
        }
    }

    /// Signs somebody up and verifies their address.
    pub async fn sign_up(&self, email: &str) -> Person {
        let request = id::SignUpRequest {
            email: email.to_owned(),
            display_name: email.split('@').next().unwrap().to_owned(),
            password: PASSWORD.to_owned(),
            organization_name: format!("{email} and friends").replace('@', " at "),
            ..Default::default()
        };
        let answer = self.identity().sign_up(request).await.unwrap().into_inner();
        let tokens = match answer.outcome.unwrap() {
            id::sign_up_response::Outcome::Tokens(tokens) => tokens,
            id::sign_up_response::Outcome::NextStep(step) => {
                let code = self.code(email).await;
                let request = id::VerifyEmailRequest {
                    handle: step.handle,
                    code,
                    ..Default::default()
                };
                let answer = self.identity().verify_email(request).await.unwrap().into_inner();
                match answer.outcome.unwrap() {
                    id::verify_email_response::Outcome::Tokens(tokens) => tokens,
                    other => panic!("{other:?}"),
                }
            }
        };
        Person::of(email, tokens)
    }

    /// Invites somebody with a role, who accepts with a new account.
    pub async fn join(&self, by: &Person, email: &str, role: &str) -> Person {
        self.add(by, email, role).await;
        let request = ms::AcceptInvitationRequest {
            invitation: Some(ms::accept_invitation_request::Invitation::Code(self.code(email).await)),
            display_name: email.split('@').next().unwrap().to_owned(),
            password: PASSWORD.to_owned(),
            ..Default::default()
        };
        let accepted = self.membership().accept_invitation(request).await.unwrap().into_inner();
        Person::of(email, accepted.tokens.unwrap())
    }

    /// Invites somebody with a role.
    pub async fn add(&self, by: &Person, email: &str, role: &str) -> ms::Member {
        let request = ms::AddMemberRequest {
            email: email.to_owned(),
            // Some presets add nobody without a name; this is what it would be.
            display_name: email.to_owned(),
            role_ids: vec![role.to_owned()],
            // Not every preset invites by itself.
            onboarding: Some(ms::add_member_request::Onboarding::Invitation(
                ms::InvitationOnboarding::default(),
            )),
            ..Default::default()
        };
        self.membership()
            .add_member(with(&by.token, request))
            .await
            .unwrap()
            .into_inner()
            .member
            .unwrap()
    }

    /// Logs somebody in who has the usual password and one organisation.
    pub async fn log_in(&self, email: &str) -> Person {
        let request = id::LogInRequest {
            email: email.to_owned(),
            password: PASSWORD.to_owned(),
            ..Default::default()
        };
        match self
            .identity()
            .log_in(request)
            .await
            .unwrap()
            .into_inner()
            .outcome
            .unwrap()
        {
            id::log_in_response::Outcome::Tokens(tokens) => Person::of(email, tokens),
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
