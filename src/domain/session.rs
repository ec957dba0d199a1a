//! A session, as it is kept: one log-in on one device.

use crate::clock::Time;
use crate::domain::{MemberId, OrganizationId, SessionId, UserId};

/// One log-in.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// The membership it speaks for, if any.
    pub place: Option<Place>,
    /// What the client called itself.
    pub device: String,
    /// Where it came from last.
    pub address: String,
    /// How the person proved themselves (RFC 8176), such as `pwd`.
    pub methods: Vec<String>,
    /// When the person last proved themselves.
    pub authenticated_at: Time,
    /// When it began.
    pub created_at: Time,
    /// When its tokens were last renewed.
    pub last_used_at: Time,
    /// When it ends unless it is used before.
    pub expires_at: Time,
    /// When it was ended.
    pub ended_at: Option<Time>,
}

/// A membership, by its full key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// Where.
    pub organization: OrganizationId,
    /// Which membership there.
    pub member: MemberId,
}

impl Session {
    /// Whether it may still be used.
    pub fn live_at(&self, now: Time) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}
