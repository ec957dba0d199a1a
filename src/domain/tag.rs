//! Tags: labels for members. They give no permission.

use crate::clock::Time;
use crate::domain::naming::{Color, Description};
use crate::domain::{DisplayName, OrganizationId, TagId};

/// How many tags an organisation may have.
pub const MOST_TAGS: u64 = 1_000;
/// How many tags a member may bear.
pub const MOST_TAGS_OF_A_MEMBER: usize = 100;

/// A tag as it is shown on who bears it.
#[derive(Debug, Clone, PartialEq)]
pub struct TagLabel {
    /// Which.
    pub id: TagId,
    /// What it is called.
    pub name: DisplayName,
    /// How it is shown.
    pub color: Color,
}

impl From<Tag> for TagLabel {
    fn from(tag: Tag) -> Self {
        TagLabel {
            id: tag.id,
            name: tag.name,
            color: tag.color,
        }
    }
}

/// A tag.
#[derive(Debug, Clone, PartialEq)]
pub struct Tag {
    /// Which.
    pub id: TagId,
    /// Where.
    pub organization: OrganizationId,
    /// What it is called. Unique in the organisation by its likeness.
    pub name: DisplayName,
    /// What it is for.
    pub description: Description,
    /// How it is shown.
    pub color: Color,
    /// Counts changes of the tag itself.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}
