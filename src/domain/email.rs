//! An e-mail address with one canonical form.
//!
//! Accounts are found by [`Email::key`], and mail goes to the address that is stored, so the form is settled here, once,
//! before anything else looks at the text. The local part is plain ASCII: letters that only look alike can't make a
//! second account or a second counter (D01, D05), and nothing is rewritten into an `@` later (D02). Start at `FromStr`.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_normalization::UnicodeNormalization;

/// Octets of a whole address, RFC 5321 section 4.5.3.1.3 (a path is 256 with its angle brackets).
const MAX_ADDRESS: usize = 254;
/// Octets of the part before the `@`, RFC 5321 section 4.5.3.1.1.
const MAX_LOCAL: usize = 64;
/// Octets that are looked at at all: an internationalised domain is longer as typed than in ASCII, but not by this much.
const MAX_INPUT: usize = 1024;

/// Why a text isn't an address that can be used here. It never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing was given.
    #[error("is empty: give an e-mail address such as name@example.org")]
    Empty,
    /// More than 254 octets, or a part before the `@` of more than 64.
    #[error("is too long: an address has at most 254 characters, at most 64 of them before the @")]
    TooLong,
    /// More than one address, or a list.
    #[error("has a space, a comma or a semicolon: give one e-mail address such as name@example.org")]
    Several,
    /// There is no `@`.
    #[error("has no @: give an e-mail address such as name@example.org")]
    NoAt,
    /// The part before the `@` isn't an ASCII dot-atom (RFC 5322 section 3.2.3).
    #[error(
        "has a part before the @ that isn't supported: use ASCII letters, digits, single dots and !#$%&'*+/=?^_`{{|}}~-"
    )]
    Local,
    /// The part after the `@` isn't a domain name.
    #[error("has no valid domain after the @: give one such as example.org")]
    Domain,
    /// The part after the `@` has characters that turn into others when normalised.
    #[error("has characters after the @ that only look like ordinary ones: type the domain anew")]
    LookAlike,
}

/// An e-mail address: at most 254 octets, one ASCII dot-atom, `@`, one domain of at least two labels.
///
/// Two addresses are equal, ordered and hashed by their [`key`](Self::key). `Debug` shows it masked.
#[derive(Clone)]
pub struct Email {
    address: String,
    key: String,
}

impl Email {
    /// An address read back from where it was stored, after it was parsed once. It isn't looked at again.
    #[must_use]
    pub(crate) const fn stored(address: String, key: String) -> Self {
        Self { address, key }
    }

    /// The address to write to: the local part as it was given, the domain in lower-case ASCII (punycode).
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// The canonical form, for equality, unique indexes and counters: the whole address in lower case.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What stands before the `@`, as it was given.
    #[must_use]
    pub fn local(&self) -> &str {
        self.address.split_once('@').map_or("", |(local, _)| local)
    }

    /// What stands after the `@`, in lower-case ASCII.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.address.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// For people who may know that there is an address, but not which: `j•••@example.org`, whatever the length.
    #[must_use]
    pub fn masked(&self) -> String {
        let first = self.local().chars().next().unwrap_or('•');
        format!("{first}•••@{}", self.domain())
    }
}

impl FromStr for Email {
    type Err = EmailError;

    /// Reads an address. Plain spaces around it are left out, since people paste them; nothing else is forgiven.
    fn from_str(text: &str) -> Result<Self, EmailError> {
        let text = text.trim_matches(' ');
        if text.is_empty() {
            return Err(EmailError::Empty);
        }
        if text.len() > MAX_INPUT {
            return Err(EmailError::TooLong);
        }
        if text.contains([',', ';', '\n', '\r', ' ']) || text.matches('@').count() > 1 {
            return Err(EmailError::Several);
        }
        let (local, domain) = text.split_once('@').ok_or(EmailError::NoAt)?;
        check_local(local)?;
        let address = format!("{local}@{}", ascii_domain(domain)?);
        if address.len() > MAX_ADDRESS {
            return Err(EmailError::TooLong);
        }
        Ok(Self {
            key: address.to_ascii_lowercase(),
            address,
        })
    }
}

fn check_local(local: &str) -> Result<(), EmailError> {
    if local.len() > MAX_LOCAL {
        return Err(EmailError::TooLong);
    }
    let atom = |atom: &str| !atom.is_empty() && atom.bytes().all(is_atext);
    if local.split('.').all(atom) {
        Ok(())
    } else {
        Err(EmailError::Local)
    }
}

/// RFC 5322 section 3.2.3, `atext`.
const fn is_atext(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'/'
                | b'='
                | b'?'
                | b'^'
                | b'_'
                | b'`'
                | b'{'
                | b'|'
                | b'}'
                | b'~'
                | b'-'
        )
}

/// The domain as UTS #46 makes it (non-transitional, STD3 rules, DNS lengths).
fn ascii_domain(domain: &str) -> Result<String, EmailError> {
    if domain.chars().any(is_look_alike) {
        return Err(EmailError::LookAlike);
    }
    let ascii = Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .map_err(|_| EmailError::Domain)?;
    // A last label of digits would be read as an IP address by much of the world (WHATWG URL, "ends in a number").
    let top = ascii.rsplit_once('.').map(|(_, top)| top).ok_or(EmailError::Domain)?;
    if top.is_empty() || top.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(EmailError::Domain);
    }
    Ok(ascii.into_owned())
}

/// Characters that UTS #46 would quietly turn into ASCII (fullwidth forms, ligatures, the Kelvin sign) or drop.
fn is_look_alike(letter: char) -> bool {
    if letter.is_ascii() {
        return false;
    }
    let invisible = matches!(letter, '\u{AD}' | '\u{34F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}');
    let dot = matches!(letter, '\u{3002}' | '\u{FF61}');
    invisible || dot || std::iter::once(letter).nfkc().any(|normal| normal.is_ascii())
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Email({})", self.masked())
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Email {}

impl PartialOrd for Email {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Email {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl Hash for Email {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl Serialize for Email {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.address)
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
