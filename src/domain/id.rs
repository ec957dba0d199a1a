//! Typed ids: a prefix that tells the kind, an underscore, and 26 characters for a UUID, as in the TypeID specification
//! (version 0.3): `mbr_01h455vb4pex5vsknk084sn02q`.
//!
//! On the wire an id is this text; in the database it is the plain UUID. The text has one form only (lower case, no
//! padding), so that two texts are the same id exactly when they are the same text. Start at the list in `ids!`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// Why a text isn't the id that was expected. It never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// An id, but of another kind.
    #[error("is {found} id ({found_prefix}_…), {expected} id ({expected_prefix}_…) is expected")]
    WrongKind {
        /// The kind that came, with its article: `a member`.
        found: &'static str,
        /// The prefix that came.
        found_prefix: &'static str,
        /// The kind that was expected, with its article.
        expected: &'static str,
        /// The prefix that was expected.
        expected_prefix: &'static str,
    },
    /// No id at all.
    #[error(
        "is no id, {expected} id is expected: {expected_prefix}_ and 26 characters from 0-9 and a-z without i, l, o, u"
    )]
    NoId {
        /// The kind that was expected, with its article.
        expected: &'static str,
        /// The prefix that was expected.
        expected_prefix: &'static str,
    },
}

/// Crockford's base32, lower case.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 128 bits in groups of 5; the first character carries only 3.
const LENGTH: usize = 26;

fn encode(uuid: Uuid) -> String {
    let bits = uuid.as_u128();
    (0..LENGTH)
        .rev()
        .map(|place| char::from(ALPHABET[usize::try_from((bits >> (5 * place)) & 31).unwrap_or(0)]))
        .collect()
}

fn decode(text: &str) -> Option<Uuid> {
    if text.len() != LENGTH || !matches!(text.as_bytes().first(), Some(b'0'..=b'7')) {
        return None;
    }
    let mut bits = 0_u128;
    for byte in text.bytes() {
        let value = ALPHABET.iter().position(|letter| *letter == byte)?;
        bits = (bits << 5) | u128::try_from(value).ok()?;
    }
    Some(Uuid::from_u128(bits))
}

fn parse(text: &str, expected: &'static str, expected_prefix: &'static str) -> Result<Uuid, IdError> {
    let no_id = IdError::NoId {
        expected,
        expected_prefix,
    };
    let (prefix, rest) = text.split_once('_').ok_or(no_id)?;
    let uuid = decode(rest).ok_or(no_id)?;
    if prefix == expected_prefix {
        return Ok(uuid);
    }
    match KINDS.iter().find(|(_, known)| *known == prefix) {
        Some(&(found, found_prefix)) => Err(IdError::WrongKind {
            found,
            found_prefix,
            expected,
            expected_prefix,
        }),
        None => Err(no_id),
    }
}

/// Declares the id types. Each line: type, prefix, the kind in words with its article.
macro_rules! ids {
    ($($name:ident $prefix:literal $words:literal,)*) => {
        /// Every kind of id: in words, and its prefix.
        const KINDS: &[(&str, &str)] = &[$(($words, $prefix)),*];

        $(
            #[doc = concat!("The id of ", $words, ": `", $prefix, "_…`.")]
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(Uuid);

            impl $name {
                /// What stands before the underscore.
                pub const PREFIX: &'static str = $prefix;

                /// The id that a UUID makes.
                #[must_use]
                pub const fn new(uuid: Uuid) -> Self {
                    Self(uuid)
                }

                /// The UUID within.
                #[must_use]
                pub const fn uuid(self) -> Uuid {
                    self.0
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(f, "{}_{}", $prefix, encode(self.0))
                }
            }

            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    fmt::Display::fmt(self, f)
                }
            }

            impl FromStr for $name {
                type Err = IdError;

                fn from_str(text: &str) -> Result<Self, IdError> {
                    parse(text, $words, $prefix).map(Self)
                }
            }

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(self)
                }
            }

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
                }
            }
        )*
    };
}

ids! {
    UserId "usr" "a user",
    OrganizationId "org" "an organization",
    MemberId "mbr" "a member",
    InvitationId "inv" "an invitation",
    RoleId "rol" "a role",
    SessionId "ses" "a session",
    GroupId "grp" "a group",
    TagId "tag" "a tag",
    BindingId "bnd" "a binding",
    ServiceAccountId "sva" "a service account",
    ApiKeyId "key" "an API key",
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_of_the_typeid_specification() {
        // From valid.json of the specification: nil, one, ten, sixteen, thirty-two, max-valid, valid-uuidv7.
        for (text, uuid) in [
            ("00000000000000000000000000", "00000000-0000-0000-0000-000000000000"),
            ("00000000000000000000000001", "00000000-0000-0000-0000-000000000001"),
            ("0000000000000000000000000a", "00000000-0000-0000-0000-00000000000a"),
            ("0000000000000000000000000g", "00000000-0000-0000-0000-000000000010"),
            ("00000000000000000000000010", "00000000-0000-0000-0000-000000000020"),
            ("7zzzzzzzzzzzzzzzzzzzzzzzzz", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
            ("01h455vb4pex5vsknk084sn02q", "01890a5d-ac96-774b-bcce-b302099a8057"),
        ] {
            let id = UserId::new(uuid.parse().unwrap());
            assert_eq!(id.to_string(), format!("usr_{text}"));
            assert_eq!(format!("usr_{text}").parse(), Ok(id));
        }
    }

    #[test]
    fn another_kind_of_id_says_which_came_and_which_was_expected() {
        let member = MemberId::new(Uuid::from_u128(1)).to_string();
        let error = member.parse::<OrganizationId>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "is a member id (mbr_…), an organization id (org_…) is expected"
        );
    }

    #[test]
    fn anything_else_is_no_id() {
        for text in [
            "",
            "usr",
            "usr_",
            "01h455vb4pex5vsknk084sn02q",
            "_01h455vb4pex5vsknk084sn02q",
            "xyz_01h455vb4pex5vsknk084sn02q",
            "USR_01h455vb4pex5vsknk084sn02q",
            "usr_01H455VB4PEX5VSKNK084SN02Q",
            "usr_81h455vb4pex5vsknk084sn02q",
            "usr_01h455vb4pex5vsknk084sn02",
            "usr_01h455vb4pex5vsknk084sn02qq",
            "usr_01h455vb4pex5vsknk084sn02u",
            "usr_01h455vb4pex5vsknk084sn0-q",
            " usr_01h455vb4pex5vsknk084sn02q",
            "usr_01h455vb4pex5vsknk084sn02é",
            "01890a5d-ac96-774b-bcce-b302099a8057",
        ] {
            let error = text.parse::<UserId>().unwrap_err();
            assert_eq!(
                error,
                IdError::NoId {
                    expected: "a user",
                    expected_prefix: "usr"
                },
                "{text}"
            );
        }
    }

    #[test]
    fn serde_uses_the_text() {
        let id = ApiKeyId::new(Uuid::from_u128(31));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, "\"key_0000000000000000000000000z\"");
        assert_eq!(serde_json::from_str::<ApiKeyId>(&json).unwrap(), id);
        assert!(serde_json::from_str::<UserId>(&json).is_err());
        assert_eq!(format!("{id:?}"), "key_0000000000000000000000000z");
    }

    proptest! {
        #[test]
        fn every_uuid_comes_back_and_keeps_its_order(one: u128, other: u128) {
            let (one, other) = (TagId::new(Uuid::from_u128(one)), TagId::new(Uuid::from_u128(other)));
            prop_assert_eq!(one.to_string().parse::<TagId>(), Ok(one));
            prop_assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()));
        }

        #[test]
        fn no_text_breaks_the_parser_and_an_id_has_one_text(text in "\\PC{0,40}|(usr|mbr)_[0-9a-z]{26}") {
            if let Ok(id) = text.parse::<UserId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
