//! A membership, as it is kept. What may become of it is in `membership`.

use crate::clock::Time;
use crate::domain::membership::MemberState;
use crate::domain::{DisplayName, Email, Given, GroupId, MemberId, OrganizationId, RoleId, TagId, UserId};

/// A person's place in one organisation.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Which.
    pub id: MemberId,
    /// Where.
    pub organization: OrganizationId,
    /// Who, once they are in.
    pub user: Option<UserId>,
    /// Their address.
    pub email: Email,
    /// Their own name once they are in; what the inviter wrote until then.
    pub display_name: DisplayName,
    /// The state as stored; see [`Member::state_at`].
    pub stored_state: MemberState,
    /// Until when the open invitation may be accepted.
    pub invitation_expires_at: Option<Time>,
    /// The roles they were given themselves, in the order of the ids.
    pub roles: Vec<RoleId>,
    /// What else they were given.
    pub given: Given,
    /// Who added them.
    pub added_by: Option<UserId>,
    /// When they last logged in here.
    pub last_sign_in_at: Option<Time>,
    /// Counts changes of their rights: the `ver` of access tokens.
    pub rights_version: i64,
    /// Counts changes.
    pub version: i64,
    /// When they were added.
    pub created_at: Time,
    /// When this last changed.
    pub updated_at: Time,
}

impl Member {
    /// The state by the clock: an invitation past its time reads as expired, whether or not a job ran.
    pub fn state_at(&self, now: Time) -> MemberState {
        MemberState::at(self.stored_state, self.invitation_expires_at, now)
    }
}

/// Which members a list is about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MemberFilter {
    /// Part of the name or the address, folded. Empty: no matter.
    pub search: String,
    /// Any of these states, by the clock. Empty: all.
    pub states: Vec<MemberState>,
    /// Any of these roles, from any source. Empty: all.
    pub roles: Vec<RoleId>,
    /// Any of these tags. Empty: all.
    pub tags: Vec<TagId>,
    /// Any of these groups. Empty: all.
    pub groups: Vec<GroupId>,
}

/// What a list of members is ordered by; ties go by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberOrder {
    /// The folded name.
    Name,
    /// The canonical address.
    Email,
    /// When they were added.
    Added,
}

/// What a caller is, in their own words to the database: all that a decision about them needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Whether the session may still be used.
    pub session_live: bool,
    /// Whether the account is switched on.
    pub enabled: bool,
    /// Whether the address is known to be theirs.
    pub email_verified: bool,
    /// The membership, if the token speaks for one that is still listed.
    pub membership: Option<Membership>,
}

/// What a caller's membership gives them.
#[derive(Debug, Clone, PartialEq)]
pub struct Membership {
    /// As stored.
    pub state: MemberState,
    /// Counts changes of their rights.
    pub rights_version: i64,
    /// The roles they were given themselves, in the order of the ids.
    pub roles: Vec<RoleId>,
    /// What else they were given.
    pub given: Given,
}
