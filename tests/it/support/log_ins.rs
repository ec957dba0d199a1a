//! Calls as tests about repeated, simultaneous and half-hearted ones make them, and worlds with other settings.

use super::engine::Engine;
use super::refusal::refused;
use super::world::{PASSWORD, World};
use futures_util::future::join_all;
use roster::config::Config;
use roster::pb::roster::identity::v1 as id;
use std::fmt::Debug;
use tonic::{Code, Request, Response, Status};

/// A closure that makes a call with a request: `call!(world, identity, log_in)`, or with a token as a fourth.
macro_rules! call {
    ($world:expr, $service:ident, $method:ident) => {
        |request| {
            let mut client = $world.$service();
            async move { client.$method(request).await }
        }
    };
    ($world:expr, $service:ident, $method:ident, $token:expr) => {
        |request| {
            let (mut client, token) = ($world.$service(), $token.clone());
            async move { client.$method($crate::support::with(&token, request)).await }
        }
    };
}
pub(crate) use call;

/// Makes eight equal calls at once, one more later, and one with the same request id and other content. All equal ones
/// have to get one answer, which is returned; the other has to be refused.
pub async fn once<Q, A, F>(call: impl Fn(Q) -> F, request: Q, other: Q) -> A
where
    Q: Clone,
    A: Clone + Debug + PartialEq,
    F: Future<Output = Result<Response<A>, Status>>,
{
    let answers = join_all((0..8).map(|_| call(request.clone()))).await;
    let answers: Vec<A> = answers.into_iter().map(|answer| answer.unwrap().into_inner()).collect();
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "8 equal calls, several answers: {answers:?}"
    );
    assert_eq!(
        call(request).await.unwrap().into_inner(),
        answers[0],
        "the same call, later"
    );
    refused(call(other).await, Code::AlreadyExists, "REASON_REQUEST_ID_REUSED");
    answers[0].clone()
}

/// A request id of a test's own.
pub fn request_id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// A request that comes, as a trusted proxy tells, from a network address.
pub fn from<T>(address: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request
        .metadata_mut()
        .insert("x-forwarded-for", address.parse().unwrap());
    request
}

/// The reason of a refusal, or nothing for an answer.
pub fn reason<T>(result: &Result<Response<T>, Status>) -> String {
    match result {
        Ok(_) => String::new(),
        Err(status) => super::refusal::Refusal::of(status).reason,
    }
}

/// A log-in with a password.
pub fn log_in(email: &str, password: &str) -> id::LogInRequest {
    id::LogInRequest {
        email: email.into(),
        password: password.into(),
        ..Default::default()
    }
}

/// A sign-up as anybody would send it.
pub fn newcomer(email: &str) -> id::SignUpRequest {
    id::SignUpRequest {
        email: email.into(),
        display_name: "Ana Lima".into(),
        password: PASSWORD.into(),
        organization_name: "Lima Ltda".into(),
        ..Default::default()
    }
}

impl World {
    /// A world with other settings, on a database of its own.
    pub async fn other(&self, change: impl FnOnce(&mut Config)) -> World {
        World::configured(self.engine, change).await
    }

    /// Two processes on one database, with the same master key; the second may have other settings.
    pub async fn pair(engine: Engine, change: impl FnOnce(&mut Config)) -> (World, World) {
        let mut key = None;
        let mut one = World::configured(engine, |config| key = Some(config.secrets.master_key.clone())).await;
        // The database goes with whoever holds it, and the second outlives the first.
        let placeholder = Engine::Sqlite.empty().await;
        let database = std::mem::replace(&mut one.database, placeholder);
        let two = World::on(engine, database, |config| {
            config.secrets.master_key = key.unwrap();
            change(config);
        });
        let two = two.await;
        one.database.settings = two.database.settings.clone();
        (one, two)
    }

    /// Whether this password opens the account.
    pub async fn opens(&self, email: &str, password: &str) -> bool {
        self.identity().log_in(log_in(email, password)).await.is_ok()
    }
}
