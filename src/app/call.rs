//! The circumstances of one call, as the wire tells them.

use crate::auth::caller::Caller;
use crate::auth::rules::Rule;
use crate::domain::session::Place;
use crate::domain::{Locale, OrganizationId};
use crate::error::{Error, Refused};
use std::sync::Arc;
use uuid::Uuid;

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    /// The rule that let it in.
    pub rule: &'static Rule,
    /// Who calls; none for public methods.
    pub caller: Option<Arc<Caller>>,
    /// The id under which the answer is kept, if the caller gave one.
    pub request: Option<Request>,
    /// Check everything, change nothing.
    pub validate_only: bool,
    /// Where the call comes from.
    pub address: String,
    /// What the client calls itself.
    pub device: String,
    /// The language asked for.
    pub locale: Locale,
    /// The call's id in the log.
    pub correlation: String,
}

/// A request id, with what it was given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// The caller's id for this request.
    pub id: Uuid,
    /// SHA-256 of the method's path and the request's bytes.
    pub digest: [u8; 32],
}

impl Call {
    /// Whoever calls, or the refusal.
    pub fn caller(&self) -> Result<&Caller, Error> {
        self.caller.as_deref().ok_or(Error::Unauthenticated)
    }

    /// The membership that the call is made with, or the refusal.
    pub fn place(&self) -> Result<Place, Error> {
        Ok(self.caller()?.place().ok_or(Refused::NoOrganization)?)
    }

    /// The organisation that the call is made in, or the refusal.
    pub fn organization(&self) -> Result<OrganizationId, Error> {
        Ok(self.place()?.organization)
    }

    /// For whom answers are kept: the membership that calls, since one person's answer from one organisation is none of
    /// another organisation's business; or the person who speaks for none. Calls without a credential share a space:
    /// whoever knows both the id and the content, with the secret in it, is the caller.
    pub(super) fn keeper(&self) -> Uuid {
        let caller = self.caller.as_deref();
        caller.map_or(Uuid::nil(), |caller| {
            caller.place().map_or(caller.user.uuid(), |place| place.member.uuid())
        })
    }
}
