//! What an access token says (RFC 9068), as types.
//!
//! Reading is strict: an absent, null, mistyped, doubled or unknown claim is an error, never a default. An unknown one
//! may be a restriction that a newer server meant, so it must not be passed over: a new claim is first accepted by
//! one release and then written by the next. Nothing here checks signatures or time; that is [`super::token`]. Start at [`AccessClaims`].

use serde::{Deserialize, Deserializer, Serialize};

use crate::clock::Time;
use crate::domain::id::{MemberId, OrganizationId, SessionId, UserId};

/// The longest token id we accept, in bytes.
const MAX_JTI: usize = 64;

/// The claims of an access token. Times are whole seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessClaims {
    /// Who issued it: our own URL.
    pub iss: String,
    /// Who calls.
    pub sub: UserId,
    /// Whom it is for. Exactly one.
    pub aud: String,
    /// When it expires.
    #[serde(with = "seconds")]
    pub exp: Time,
    /// From when it counts.
    #[serde(with = "seconds")]
    pub nbf: Time,
    /// When it was issued.
    #[serde(with = "seconds")]
    pub iat: Time,
    /// The token's own id, random.
    pub jti: String,
    /// The session it belongs to.
    pub sid: SessionId,
    /// The organisation it speaks for, if any.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub org: Option<OrganizationId>,
    /// The caller's membership there.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub mbr: Option<MemberId>,
    /// The caller's roles there.
    pub roles: Vec<String>,
    /// The version of the rights that the roles were read from.
    pub ver: i64,
    /// When the person last proved who they are.
    #[serde(with = "seconds")]
    pub auth_time: Time,
    /// How (RFC 8176).
    pub amr: Vec<String>,
    /// Who really acts, when somebody acts for `sub` (RFC 8693, 4.1).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub act: Option<Actor>,
}

/// Who acts in somebody else's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// The one who acts.
    pub sub: UserId,
}

impl AccessClaims {
    /// Whether the claims agree with each other: what types alone can't say.
    pub(super) fn is_sound(&self) -> bool {
        let in_order = self.iat <= self.exp && self.nbf < self.exp;
        let named = !self.jti.is_empty() && self.jti.len() <= MAX_JTI;
        // A membership is always one in an organisation.
        let placed = self.org.is_some() || self.mbr.is_none();
        in_order && named && placed && self.ver >= 0
    }
}

/// An optional claim may be left out, but not be null.
fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// NumericDate (RFC 7519, 2) as we write it: whole, positive seconds. Fractions and strings are refused.
mod seconds {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::clock::Time;

    /// The last second of the year 9999: what lies beyond is no time that we issued.
    const LAST: i64 = 253_402_300_799;

    pub(super) fn serialize<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(time.timestamp())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        let seconds = i64::deserialize(deserializer)?;
        let known = (1..=LAST).contains(&seconds);
        let time = if known { Time::from_timestamp(seconds, 0) } else { None };
        time.ok_or_else(|| D::Error::custom("no time"))
    }
}
