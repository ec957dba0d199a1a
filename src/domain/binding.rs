//! A role for a while. It ends by the clock: past its time it gives nothing, whether or not its row is still there.

use crate::clock::Time;
use crate::domain::{BindingId, MemberId, OrganizationId, RoleId, UserId};
use chrono::TimeDelta;

/// How far ahead a binding may end.
pub const LONGEST: TimeDelta = TimeDelta::days(366);

/// How many a member may have at once.
pub const MOST: u64 = 20;

/// A role that a member has for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Which.
    pub id: BindingId,
    /// Where.
    pub organization: OrganizationId,
    /// Who has it.
    pub member: MemberId,
    /// Which role.
    pub role: RoleId,
    /// When it ends.
    pub expires_at: Time,
    /// Who gave it.
    pub created_by: UserId,
    /// When it was given.
    pub created_at: Time,
}
