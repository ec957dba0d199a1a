//! Who is calling, as their verified access token says.

use crate::clock::Time;
use crate::domain::permission::PermissionSet;
use crate::domain::session::Place;
use crate::domain::{SessionId, UserId};

/// The bearer of a verified access token. What it permits was true when the token was made; revocations are checked
/// apart, on every call.
#[derive(Debug, Clone, PartialEq)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// By which log-in.
    pub session: SessionId,
    /// The membership the token speaks for, and the version of its rights.
    pub place: Option<(Place, i64)>,
    /// Names of the roles.
    pub roles: Vec<String>,
    /// What the roles permit.
    pub permissions: PermissionSet,
    /// When the person last proved themselves.
    pub authenticated_at: Time,
    /// How they did (RFC 8176).
    pub methods: Vec<String>,
    /// When the token runs out.
    pub expires_at: Time,
}

impl Caller {
    /// The membership the token speaks for.
    pub fn place(&self) -> Option<Place> {
        self.place.map(|(place, _)| place)
    }
}
