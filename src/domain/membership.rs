//! A membership's life, as one pure function: [`next`]. The RPCs, the guide and the possible actions all ask it, so a
//! screen can't offer what the server then refuses.
//!
//! It knows nothing of rights (see `authority` and `action`) or of seats (see `seat`).

use std::fmt;
use std::str::FromStr;

use super::guide::Guide;
use crate::clock::Time;

/// Where a membership stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemberState {
    /// On the list, not invited.
    Added,
    /// An invitation is open.
    Invited,
    /// The invitation ran out. Never stored: [`MemberState::at`] computes it.
    Expired,
    /// The person said no.
    Declined,
    /// A member.
    Active,
    /// Switched off for now.
    Suspended,
    /// Access withdrawn, still listed.
    Revoked,
}

impl MemberState {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Added,
        Self::Invited,
        Self::Expired,
        Self::Declined,
        Self::Active,
        Self::Suspended,
        Self::Revoked,
    ];

    /// The state at a moment: an invitation whose time has come reads as expired, whether or not any job ran.
    /// An invitation ends at its time, not after it; without a time it stays open.
    #[must_use]
    pub fn at(stored: Self, invitation_expires: Option<Time>, now: Time) -> Self {
        match (stored, invitation_expires) {
            (Self::Invited, Some(expires)) if expires <= now => Self::Expired,
            _ => stored,
        }
    }

    /// Whether the person may do anything in the organisation.
    #[must_use]
    pub const fn has_access(self) -> bool {
        matches!(self, Self::Active)
    }

    /// Whether the membership takes a seat. An invitation reserves one; whether the suspended keep theirs is the
    /// preset's to say.
    #[must_use]
    pub const fn holds_seat(self, suspended_keep: bool) -> bool {
        match self {
            Self::Invited | Self::Active => true,
            Self::Suspended => suspended_keep,
            _ => false,
        }
    }

    /// What to do next about the member.
    #[must_use]
    pub const fn guide(self) -> Guide {
        match self {
            Self::Added | Self::Revoked => Guide::Invite,
            Self::Invited => Guide::Wait,
            Self::Expired | Self::Declined => Guide::ReInvite,
            Self::Active => Guide::Ok,
            Self::Suspended => Guide::Reactivate,
        }
    }

    /// The word for the wire, the CSV and the database: `ACTIVE`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Invited => "INVITED",
            Self::Expired => "EXPIRED",
            Self::Declined => "DECLINED",
            Self::Active => "ACTIVE",
            Self::Suspended => "SUSPENDED",
            Self::Revoked => "REVOKED",
        }
    }
}

impl fmt::Display for MemberState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is no member state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no member state: use ADDED, INVITED, EXPIRED, DECLINED, ACTIVE, SUSPENDED or REVOKED")]
pub struct StateError;

impl FromStr for MemberState {
    type Err = StateError;

    fn from_str(text: &str) -> Result<Self, StateError> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(StateError)
    }
}

/// How a membership begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entry {
    /// Put on the list, to be invited later.
    Listed,
    /// Invited at once.
    Invited,
    /// Given a temporary password; for an address that has no account yet.
    TemporaryPassword,
    /// The founder of the organisation.
    Founder,
}

impl Entry {
    /// The first state.
    #[must_use]
    pub const fn state(self) -> MemberState {
        match self {
            Self::Listed => MemberState::Added,
            Self::Invited => MemberState::Invited,
            Self::TemporaryPassword | Self::Founder => MemberState::Active,
        }
    }
}

/// What happens to a membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LifeEvent {
    /// An invitation is sent.
    Invite,
    /// The open or expired invitation is sent anew.
    Resend,
    /// The person accepts the invitation.
    Accept,
    /// The person declines the invitation.
    Decline,
    /// The invitation's time has come.
    Expire,
    /// An administrator takes the open invitation back.
    Cancel,
    /// An administrator withdraws the access; the member stays on the list.
    Revoke,
    /// An administrator switches the access off for now.
    Suspend,
    /// An administrator switches it on again.
    Reactivate,
    /// An administrator takes the member off the list.
    Remove,
    /// The person leaves.
    Leave,
    /// An administrator changes the member's roles.
    UpdateRoles,
}

impl LifeEvent {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Invite,
        Self::Resend,
        Self::Accept,
        Self::Decline,
        Self::Expire,
        Self::Cancel,
        Self::Revoke,
        Self::Suspend,
        Self::Reactivate,
        Self::Remove,
        Self::Leave,
        Self::UpdateRoles,
    ];

    /// The word for error metadata: `UPDATE_ROLES`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invite => "INVITE",
            Self::Resend => "RESEND",
            Self::Accept => "ACCEPT",
            Self::Decline => "DECLINE",
            Self::Expire => "EXPIRE",
            Self::Cancel => "CANCEL",
            Self::Revoke => "REVOKE",
            Self::Suspend => "SUSPEND",
            Self::Reactivate => "REACTIVATE",
            Self::Remove => "REMOVE",
            Self::Leave => "LEAVE",
            Self::UpdateRoles => "UPDATE_ROLES",
        }
    }

    /// Whether the owner is safe from it: whatever ends, weakens or moves the ownership.
    pub(super) const fn spares_owner(self) -> bool {
        matches!(
            self,
            Self::Revoke | Self::Suspend | Self::Remove | Self::Leave | Self::UpdateRoles
        )
    }

    /// Whether the API user is safe from it.
    const fn spares_api_user(self) -> bool {
        matches!(self, Self::Revoke | Self::Suspend | Self::Remove | Self::Leave)
    }

    /// The states it can happen in, for the refusal's advice.
    const fn needs(self) -> &'static str {
        match self {
            Self::Invite => "the member must be ADDED, EXPIRED, DECLINED or REVOKED",
            Self::Resend => "the member must be INVITED or EXPIRED: send an invitation first",
            Self::Accept | Self::Decline => "the invitation must be open: ask for a new one",
            Self::Expire | Self::Cancel => "the member must be INVITED: only an open invitation can end",
            Self::Revoke => "the member must be INVITED, ACTIVE or SUSPENDED: there is no access to withdraw",
            Self::Suspend => "the member must be ACTIVE",
            Self::Reactivate => "the member must be SUSPENDED; to give access to others, invite them",
            Self::Leave => "only an ACTIVE member can leave; to refuse an invitation, decline it",
            Self::Remove | Self::UpdateRoles => "the member must be on the list",
        }
    }
}

impl fmt::Display for LifeEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the life depends on besides the state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Facts {
    /// The member owns the organisation.
    pub owner: bool,
    /// Another owner remains without this one: see [`Owners`].
    pub replaceable: bool,
    /// Integrations act as this member.
    pub api_user: bool,
}

impl Facts {
    /// The same, where these are the owners and the member stands so.
    #[must_use]
    pub const fn among(self, owners: Owners, state: MemberState) -> Self {
        Self {
            replaceable: self.owner && owners.can_spare(state),
            ..self
        }
    }
}

/// Who owns the organisation, as far as it matters to whether one of them may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owners {
    /// The preset knows one owner: the ownership moves by transfer alone.
    One,
    /// The preset lets several own.
    Several {
        /// How many of them can act.
        active: u64,
    },
}

impl Owners {
    /// Whether an owner who stands so may go: one who can act remains.
    #[must_use]
    pub const fn can_spare(self, state: MemberState) -> bool {
        match self {
            Self::One => false,
            Self::Several { active } => !state.has_access() || active > 1,
        }
    }

    /// Who remains without an owner who stood so.
    #[must_use]
    pub const fn without(self, state: MemberState) -> Self {
        match self {
            Self::Several { active } if state.has_access() => Self::Several {
                active: active.saturating_sub(1),
            },
            same => same,
        }
    }
}

/// Where an event leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Next {
    /// On the list, in this state; it may be the one it was in.
    State(MemberState),
    /// Gone from the list.
    Removed,
}

/// Why an event can't happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum LifeRefusal {
    /// It would end, weaken or move the ownership.
    #[error(
        "the last owner can't be removed, suspended, revoked, given other roles, or leave: transfer the ownership first"
    )]
    OwnerProtected,
    /// Integrations act as this member.
    #[error("integrations act as this member: choose another API user first")]
    ApiUserProtected,
    /// The state doesn't allow it.
    #[error("{event} can't happen to a member who is {from}: {}", .event.needs())]
    WrongState {
        /// Where the member stands.
        from: MemberState,
        /// What was to happen.
        event: LifeEvent,
    },
}

/// Where an event leads a membership, or why it can't happen. `from` is the state now: see [`MemberState::at`].
///
/// # Errors
/// The owner's protection comes first, then the API user's, then the state.
pub const fn next(from: MemberState, event: LifeEvent, facts: Facts) -> Result<Next, LifeRefusal> {
    use LifeEvent as Event;
    use MemberState as State;

    if facts.owner && !facts.replaceable && event.spares_owner() {
        return Err(LifeRefusal::OwnerProtected);
    }
    if facts.api_user && event.spares_api_user() {
        return Err(LifeRefusal::ApiUserProtected);
    }
    let to = match (from, event) {
        (_, Event::Remove) | (State::Active, Event::Leave) => return Ok(Next::Removed),
        (_, Event::UpdateRoles) => from,
        (State::Added | State::Expired | State::Declined | State::Revoked, Event::Invite)
        | (State::Invited | State::Expired, Event::Resend) => State::Invited,
        (State::Invited, Event::Accept) | (State::Suspended, Event::Reactivate) => State::Active,
        (State::Invited, Event::Decline) => State::Declined,
        (State::Invited, Event::Expire) => State::Expired,
        (State::Invited, Event::Cancel) => State::Added,
        (State::Invited | State::Active | State::Suspended, Event::Revoke) => State::Revoked,
        (State::Active, Event::Suspend) => State::Suspended,
        _ => return Err(LifeRefusal::WrongState { from, event }),
    };
    Ok(Next::State(to))
}

#[cfg(test)]
mod tests;
