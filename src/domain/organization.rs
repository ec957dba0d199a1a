//! An organisation, as it is kept.

use crate::clock::Time;
use crate::domain::{DisplayName, Locale, OrganizationId, Slug, TimeZone};
use chrono::Duration;

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
    /// Counts changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}
