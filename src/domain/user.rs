//! A person's account, as it is kept.

use crate::clock::Time;
use crate::domain::{DisplayName, Email, Locale, TimeZone, UserId};

/// A person: global, one per address.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// The address, as the person gave it.
    pub email: Email,
    /// What they call themselves.
    pub display_name: DisplayName,
    /// The language of their mails.
    pub locale: Locale,
    /// Where their clock is.
    pub time_zone: TimeZone,
    /// How they prove themselves; none until they have set one.
    pub password: Option<StoredPassword>,
    /// Since when the mailbox is known to be theirs.
    pub email_verified_at: Option<Time>,
    /// Since when the account is switched off.
    pub disabled_at: Option<Time>,
    /// Counts changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

/// A password's hash and how long it is good for. Debug tells neither.
#[derive(Clone, PartialEq)]
pub struct StoredPassword {
    /// A PHC string.
    pub hash: String,
    /// Whether it was made by somebody else and must be changed at the next log-in.
    pub temporary: bool,
    /// When a temporary one stops working.
    pub expires_at: Option<Time>,
}

impl std::fmt::Debug for StoredPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredPassword(temporary: {})", self.temporary)
    }
}
