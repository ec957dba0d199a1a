//! An invitation, as it is kept: an offer of membership to one address.

use crate::clock::Time;
use crate::domain::{InvitationId, MemberId, OrganizationId, UserId};

/// What became of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationState {
    /// It may be accepted until it runs out.
    Open = 1,
    /// The person is in.
    Accepted = 2,
    /// The person said no.
    Declined = 3,
    /// It was taken back.
    Withdrawn = 4,
    /// A newer one took its place.
    Replaced = 5,
}

impl InvitationState {
    /// As it is told in errors.
    pub fn as_str(self) -> &'static str {
        match self {
            InvitationState::Open => "open",
            InvitationState::Accepted => "accepted",
            InvitationState::Declined => "declined",
            InvitationState::Withdrawn => "withdrawn",
            InvitationState::Replaced => "replaced",
        }
    }
}

/// An offer of membership. Its code is nowhere but in the mail.
#[derive(Debug, Clone, PartialEq)]
pub struct Invitation {
    /// Which.
    pub id: InvitationId,
    /// Where to.
    pub organization: OrganizationId,
    /// The membership that waits for it.
    pub member: MemberId,
    /// The canonical form of the invited address.
    pub email_key: String,
    /// What became of it.
    pub state: InvitationState,
    /// Until when it may be accepted.
    pub expires_at: Time,
    /// The membership of the inviter, on whose rights it rests.
    pub invited_by: MemberId,
    /// The inviter.
    pub invited_by_user: UserId,
    /// When it was sent.
    pub created_at: Time,
}

impl Invitation {
    /// Whether it may be accepted now, or why not, in a word.
    pub fn open_at(&self, now: Time) -> Result<(), &'static str> {
        match self.state {
            InvitationState::Open if now < self.expires_at => Ok(()),
            InvitationState::Open => Err("expired"),
            ended => Err(ended.as_str()),
        }
    }
}
