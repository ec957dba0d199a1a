//! An organisation, as it is kept, and the offer to own it.

use crate::clock::Time;
use crate::domain::{DisplayName, Locale, MemberId, OrganizationId, RoleId, Slug, TimeZone};
use chrono::Duration;
use serde::Serialize;

/// How long a deleted organisation may be restored.
pub const RESTORABLE: Duration = Duration::days(30);
/// How long the offer of an ownership may be accepted.
pub const TRANSFER_LIFETIME: Duration = Duration::days(7);

/// A tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct Organization {
    /// Which.
    pub id: OrganizationId,
    /// Its unique short name.
    pub slug: Slug,
    /// Its name.
    pub display_name: DisplayName,
    /// The language of mails to people who have none yet.
    pub locale: Locale,
    /// Where its clock is.
    pub time_zone: TimeZone,
    /// How long an invitation may be accepted.
    pub invitation_lifetime: Duration,
    /// How many seats there are; none means as many as you like.
    pub seat_limit: Option<u64>,
    /// How many members are active now; each holds a seat. Kept under the organisation's lock.
    pub active_members: u64,
    /// Counts changes of its own roles, of what its groups carry, and of its catalogue.
    pub roles_version: i64,
    /// Fewest characters of its members' passwords, if it asks for more than the deployment.
    pub password_min_length: Option<u32>,
    /// How long its members may stay logged in, if less than the deployment allows.
    pub session_lifetime: Option<Duration>,
    /// What a new member gets when no role is named, if not what the preset says.
    pub default_role: Option<RoleId>,
    /// The member whose identity integrations use.
    pub api_user: Option<MemberId>,
    /// When it was deleted, if it was.
    pub deleted_at: Option<Time>,
    /// Counts changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

impl Organization {
    /// Until when it may be restored, if it was deleted; from then on it is gone for good, whether or not a job ran.
    pub fn purge_at(&self) -> Option<Time> {
        self.deleted_at.map(|deleted| deleted + RESTORABLE)
    }
}

/// An owner's offer to hand the organisation over, which waits for an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnershipTransfer {
    /// Of which organisation.
    pub organization: OrganizationId,
    /// The owner.
    pub from: MemberId,
    /// The member who is to own it.
    pub to: MemberId,
    /// The version of that member's rights as long as they lose none: it is they, as they were then, who were chosen.
    pub to_rights_version: i64,
    /// When it was offered.
    pub created_at: Time,
    /// Until when it may be accepted.
    pub expires_at: Time,
}

/// How many rows of each kind are gone. What hangs on them, such as a member's roles, went too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the fields are what the names say")]
pub struct Purged {
    pub members: u64,
    pub invitations: u64,
    pub sessions: u64,
    pub roles: u64,
    pub groups: u64,
    pub tags: u64,
    /// Nothing is left.
    pub whole: bool,
}
