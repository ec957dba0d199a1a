//! How this deployment wants things: the settings that operations look at, parsed and checked by `config` long before.

use crate::auth::password::PasswordPolicy;
use crate::domain::{Locale, TimeZone};
use chrono::Duration;

/// Settings of the operations.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Whether and how people sign up.
    pub sign_up: SignUpMode,
    /// How long a mailed sign-up or verification code works.
    pub code_lifetime: Duration,
    /// How long a session lasts at most.
    pub session_lifetime: Duration,
    /// How long a session lasts unused.
    pub session_idle: Duration,
    /// How long a spent refresh token still gives the same successor.
    pub refresh_grace: Duration,
    /// What a password has to be.
    pub password: PasswordPolicy,
    /// How long a temporary password works.
    pub temporary_lifetime: Duration,
    /// Whether an administrator may type a temporary password: if both the preset and the setting let them.
    pub typed_temporary: bool,
    /// How long a reset code works.
    pub reset_lifetime: Duration,
    /// How long a new organisation's invitations may be accepted.
    pub invitation_lifetime: Duration,
    /// How many seats a new organisation has.
    pub seat_limit: Option<u64>,
    /// The language where nobody says.
    pub locale: Locale,
    /// The time zone where nobody says.
    pub time_zone: TimeZone,
    /// How long a half-finished log-in waits.
    pub challenge_lifetime: Duration,
    /// How many log-ins an account may try in a window.
    pub account_attempts: Limit,
    /// How many log-ins, sign-ups and resets an address may try in a window.
    pub address_attempts: Limit,
}

/// Whether and how people sign up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUpMode {
    /// The address is proved first; nobody learns whether it had an account.
    Verified,
    /// At once, where addresses are trusted.
    Immediate,
    /// Not at all.
    Closed,
}

/// So many in so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub attempts: i32,
    /// In how long.
    pub window: Duration,
}
