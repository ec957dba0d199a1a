//! The guide: the next thing to do about a member, as the list shows it beside each name.
//!
//! It follows from the state alone: `MemberState::guide`.

use std::fmt;
use std::str::FromStr;

/// What to do next about a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guide {
    /// On the list without access: send an invitation.
    Invite,
    /// An invitation is open: wait for the answer.
    Wait,
    /// The invitation ran out or was declined: send another.
    ReInvite,
    /// A member: nothing to do.
    Ok,
    /// Suspended: switch the access on again when the time has come.
    Reactivate,
}

impl Guide {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Invite, Self::Wait, Self::ReInvite, Self::Ok, Self::Reactivate];

    /// The word for the wire and the CSV: `RE_INVITE`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invite => "INVITE",
            Self::Wait => "WAIT",
            Self::ReInvite => "RE_INVITE",
            Self::Ok => "OK",
            Self::Reactivate => "REACTIVATE",
        }
    }
}

impl fmt::Display for Guide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is no guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no guide: use INVITE, WAIT, RE_INVITE, OK or REACTIVATE")]
pub struct GuideError;

impl FromStr for Guide {
    type Err = GuideError;

    fn from_str(text: &str) -> Result<Self, GuideError> {
        Self::ALL
            .into_iter()
            .find(|guide| guide.as_str() == text)
            .ok_or(GuideError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_comes_back() {
        assert!(Guide::ALL.iter().all(|guide| guide.as_str().parse() == Ok(*guide)));
        assert_eq!("ok".parse::<Guide>(), Err(GuideError));
    }
}
