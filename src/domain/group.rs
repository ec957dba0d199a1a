//! Groups: members together, with the roles that being among them gives.

use crate::clock::Time;
use crate::domain::naming::Description;
use crate::domain::{DisplayName, GroupId, OrganizationId, RoleId};

/// How many groups an organisation may have.
pub const MOST_GROUPS: u64 = 1_000;
/// How many groups a member may be in.
pub const MOST_GROUPS_OF_A_MEMBER: usize = 100;

/// A group.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Which.
    pub id: GroupId,
    /// Where.
    pub organization: OrganizationId,
    /// What it is called. Unique in the organisation by its likeness.
    pub name: DisplayName,
    /// What it is for.
    pub description: Description,
    /// What it gives to those in it, in the order of the ids.
    pub roles: Vec<RoleId>,
    /// Counts changes of the group itself.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}
