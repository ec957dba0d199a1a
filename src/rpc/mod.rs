//! The wire: one line per method. Everything they share is in a few adapters, [`Rpc::read`], [`Rpc::write`],
//! [`Rpc::prepared`] and [`Rpc::proved`]: circumstances of the call, visibility of the organisation, parsing with all violations at once, the
//! operation, and the answer or the status.
//!
//! To add a method: its rule in the proto, its conversion in `convert/`, its operation in `app/`, one line here.

mod access;
mod convert;
mod faults;
mod fields;
mod identity;
mod interceptor;
mod layers;
mod membership;
mod meters;
mod organization;
pub mod status;
mod stream;

pub use interceptor::JwtLayer;
pub use layers::{CallLayer, Correlation, Peer};
pub use stream::Answers;

use crate::app::{Answer, App, Call, Operation, Preparation, Reading, Request as Id};
use crate::auth::caller::Caller;
use crate::auth::rules::Rule;
use crate::domain::OrganizationId;
use crate::domain::preset::Preset;
use crate::error::Error;
use crate::seal;
use crate::words::Words;
use fields::Fields;
use prost::Message;
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// A request message, which is bound to the rule of its one method.
pub trait Ruled {
    /// The rule.
    fn rule() -> &'static Rule;
}

/// A request that may name an organisation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` doesn't say which organisation it is about",
    note = "give its rule an `organization_field` that the message has"
)]
pub trait Scoped {
    /// What it names; empty means the token's.
    fn organization(&self) -> &str;
}

/// A request that changes something.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is the request of a method that changes nothing",
    note = "set `mutates: true` in its rule, or use `self.read`"
)]
pub trait Mutation {
    /// The id under which the answer is kept; empty if the caller doesn't care.
    fn request_id(&self) -> &str;
    /// Check everything, change nothing.
    fn validate_only(&self) -> bool;
}

/// A request that changes nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is the request of a method that changes something",
    note = "drop `mutates` from its rule, or use `self.write`"
)]
pub trait Query {}

/// What a message is read into, with all that is wrong with it at once. Mostly the message alone tells; where a preset
/// asks for more, it has a say.
trait Parse<P>: Sized {
    fn parse(message: P, preset: &Preset) -> Result<Self, Error>;
}

impl<P, I: TryFrom<P, Error = Error>> Parse<P> for I {
    fn parse(message: P, _: &Preset) -> Result<I, Error> {
        I::try_from(message)
    }
}

/// A response, in which there may be refusals of single items.
pub trait Worded {
    /// Each of them.
    fn each_error(&mut self, word: &dyn Fn(&mut tonic_types::Status));
}

include!(concat!(env!("OUT_DIR"), "/requests.rs"));

/// Every answer can be kept and given again.
impl<O, M: Message + Default + From<O>> Answer<O> for M {
    fn of(output: O) -> M {
        output.into()
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.encode_to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<M> {
        M::decode(bytes).ok()
    }
}

/// All services.
#[derive(Clone)]
pub struct Rpc {
    app: App,
}

impl Rpc {
    /// Over an app.
    pub fn new(app: App) -> Rpc {
        Rpc { app }
    }

    async fn read<P, I, O, Q>(&self, request: Request<P>, reading: impl Reading<I, O>) -> Result<Response<Q>, Status>
    where
        P: Message + Ruled + Scoped + Query,
        I: TryFrom<P, Error = Error>,
        Q: From<O> + Worded,
    {
        let (call, message) = self.open(request)?;
        let done = async {
            visible(&call, &message)?;
            self.app.read(&call, &I::try_from(message)?, reading).await
        };
        self.answer(done.await.map(Q::from), &call)
    }

    async fn write<P, I, O, Q>(
        &self,
        request: Request<P>,
        operation: impl Operation<I, O>,
    ) -> Result<Response<Q>, Status>
    where
        P: Message + Ruled + Scoped + Mutation,
        I: Parse<P>,
        Q: Message + Default + From<O> + Worded,
    {
        let (mut call, message) = self.open(request)?;
        let done = async {
            let input = mutation(&mut call, message, &self.app.preset)?;
            self.app.write(&call, &input, operation).await
        };
        let done = done.await;
        self.answer(done, &call)
    }

    async fn prepared<P, I, J, O, Q>(
        &self,
        request: Request<P>,
        preparation: impl Preparation<I, J>,
        operation: impl Operation<J, O>,
    ) -> Result<Response<Q>, Status>
    where
        P: Message + Ruled + Scoped + Mutation,
        I: Parse<P>,
        Q: Message + Default + From<O> + Worded,
    {
        let (mut call, message) = self.open(request)?;
        let done = async {
            let input: I = mutation(&mut call, message, &self.app.preset)?;
            self.app.prepared(&call, input, preparation, operation).await
        };
        let done = done.await;
        self.answer(done, &call)
    }

    /// As [`Rpc::prepared`], where the preparation proves who calls.
    async fn proved<P, I, J, O, Q>(
        &self,
        request: Request<P>,
        preparation: impl Preparation<I, J>,
        operation: impl Operation<J, O>,
    ) -> Result<Response<Q>, Status>
    where
        P: Message + Ruled + Scoped + Mutation,
        I: Parse<P>,
        Q: Message + Default + From<O> + Worded,
    {
        let (mut call, message) = self.open(request)?;
        let done = async {
            let input: I = mutation(&mut call, message, &self.app.preset)?;
            self.app.proved(&call, input, preparation, operation).await
        };
        let done = done.await;
        self.answer(done, &call)
    }

    /// The circumstances of the call, which the layers left in the extensions, and the message.
    fn open<P: Ruled>(&self, request: Request<P>) -> Result<(Call, P), Status> {
        let (metadata, extensions, message) = request.into_parts();
        let text = |name: &str| metadata.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let device: String = text("user-agent")
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect();
        let locale = match text("accept-language") {
            "" => self.app.policy.locale,
            wanted => Words::negotiate(wanted),
        };
        let call = Call {
            rule: P::rule(),
            caller: extensions.get::<Arc<Caller>>().cloned(),
            request: None,
            validate_only: false,
            address: extensions.get::<Peer>().map(|peer| peer.0.clone()).unwrap_or_default(),
            device,
            locale,
            correlation: extensions.get::<Correlation>().map(|c| c.0.clone()).unwrap_or_default(),
        };
        Ok((call, message))
    }

    /// What is sent. A kept answer is kept without words for people: they are in the language of whoever hears it.
    fn answer<Q: Worded>(&self, done: Result<Q, Error>, call: &Call) -> Result<Response<Q>, Status> {
        let mut answer = done.map_err(|e| self.status(e, call))?;
        answer.each_error(&|error| status::word(error, &self.app.words, call.locale));
        Ok(Response::new(answer))
    }

    fn status(&self, error: Error, call: &Call) -> Status {
        status::of(&error, &self.app.words, call.locale, &call.correlation)
    }
}

/// What is wrong with a request id.
const NO_UUID: &str = "is not a UUID such as 0198c2a4-7b1e-7c33-9d52-3f6a1e8b4c70";

/// Parses a request that changes something; its request id counts among its fields.
fn mutation<P, I>(call: &mut Call, message: P, preset: &Preset) -> Result<I, Error>
where
    P: Message + Ruled + Scoped + Mutation,
    I: Parse<P>,
{
    visible(call, &message)?;
    call.validate_only = message.validate_only();
    let mut fields = Fields::default();
    if !message.request_id().is_empty() {
        let id: Option<uuid::Uuid> = fields.take("request_id", message.request_id().parse().map_err(|_| NO_UUID));
        let path = P::rule().path.as_bytes();
        // A request may leave its organisation to the token, and means another one with another token.
        let place = call.caller.as_ref().and_then(|caller| caller.place());
        let organization = place.map(|place| place.organization.uuid()).unwrap_or_default();
        let digest = seal::sha256(&[path, &[0], organization.as_bytes(), &message.encode_to_vec()].concat());
        call.request = id.map(|id| Id { id, digest });
    }
    match (fields.none(), I::parse(message, preset)) {
        (Ok(()), input) => input,
        (Err(Error::Invalid(mut violations)), Err(Error::Invalid(more))) => {
            violations.extend(more);
            Err(Error::Invalid(violations))
        }
        (Err(error), _) => Err(error),
    }
}

/// A request may name the organisation that its token speaks for, and no other: any other is answered as if it weren't
/// there, before anything else of the request is looked at.
fn visible(call: &Call, message: &impl Scoped) -> Result<(), Error> {
    let named = message.organization();
    if named.is_empty() {
        return Ok(());
    }
    let organization: OrganizationId = named
        .parse()
        .map_err(|e: crate::domain::IdError| Error::field("organization_id", e.to_string()))?;
    match call.caller.as_ref().and_then(|caller| caller.place()) {
        Some(place) if place.organization == organization => Ok(()),
        _ => Err(Error::missing("organization", organization)),
    }
}
