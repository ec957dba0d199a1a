//! Names and the small texts beside them: [`DisplayName`], [`Slug`], [`Locale`], [`TimeZone`].
//!
//! Each is checked once, here, so that no later reader (mail headers, CSV, logs, screens) has to fear line breaks,
//! invisible characters or text that runs backwards (O04, B12).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::fold::fold;

/// Why a text isn't the name that was expected. It never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing visible was given.
    #[error("is empty: give a name that can be seen")]
    Empty,
    /// More than 200 code points.
    #[error("is too long: a name has at most 200 characters")]
    TooLong,
    /// Line breaks, control characters, invisible ones, or marks that turn the direction of the text.
    #[error("has line breaks, control or invisible characters: type it as plain text in one line")]
    NotPlain,
    /// Not the form of a slug.
    #[error("is no slug: use 3 to 63 of a-z, 0-9 and single hyphens between them")]
    Slug,
    /// A language that isn't spoken here.
    #[error("is no language spoken here: use en, pt-BR or es")]
    Locale,
    /// Not the form of an IANA time zone.
    #[error("is no time zone: use an IANA name such as America/Sao_Paulo, or UTC")]
    TimeZone,
}

/// Adds to a text type: reading by serde through `FromStr`, writing as text, `Display`, `as_str`.
macro_rules! text {
    ($name:ident) => {
        impl $name {
            /// A text read back from where it was stored, after it was parsed once. It isn't looked at again.
            #[must_use]
            pub(crate) const fn stored(text: String) -> Self {
                Self(text)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(serde::de::Error::custom)
            }
        }
    };
}

/// The name of a person, an organisation, a group: 1 to 200 code points in NFC, trimmed, in one line, visible.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DisplayName(String);
text!(DisplayName);

impl DisplayName {
    /// Code points, at most.
    pub const MAX: usize = 200;
}

impl FromStr for DisplayName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        // A name that long, in any writing, isn't worth normalising first. (A code point has at most four octets.)
        if text.len() > DisplayName::MAX * 16 {
            return Err(NameError::TooLong);
        }
        if text.chars().any(is_not_plain) {
            return Err(NameError::NotPlain);
        }
        let name: String = text.trim().nfc().collect();
        if name.chars().count() > Self::MAX {
            return Err(NameError::TooLong);
        }
        if !name.chars().any(is_visible) {
            return Err(NameError::Empty);
        }
        Ok(Self(name))
    }
}

/// Controls (line breaks among them), line and paragraph separators, direction marks and overrides, characters without
/// width, tags, non-characters. The two joiners U+200C and U+200D stay: Persian, Indic scripts and emoji need them.
pub(super) fn is_not_plain(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}'
                | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
                | '\u{FDD0}'..='\u{FDEF}' | '\u{FFFE}' | '\u{FFFF}' | '\u{E0000}'..='\u{E007F}'
        )
}

/// Whether a character alone can be seen. Fillers and the blank Braille pattern are letters or symbols without ink.
fn is_visible(letter: char) -> bool {
    let blank = matches!(
        letter,
        '\u{200C}' | '\u{200D}' | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' | '\u{2800}' | '\u{FE00}'
            ..='\u{FE0F}'
    );
    !blank && !letter.is_whitespace() && !is_combining_mark(letter)
}

/// An organisation's short name in addresses and confirmations: 3 to 63 of `a-z`, `0-9` and single hyphens between.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);
text!(Slug);

impl Slug {
    /// Characters, at least.
    pub const MIN: usize = 3;
    /// Characters, at most: one DNS label.
    pub const MAX: usize = 63;

    /// A slug that resembles a name. It isn't checked to be free; a name without Latin letters gives `organization`.
    #[must_use]
    pub fn suggest(name: &DisplayName) -> Self {
        let plain: String = fold(name.as_str())
            .chars()
            .filter(|letter| !matches!(letter, '\'' | '’'))
            .map(|letter| {
                if letter.is_ascii_lowercase() || letter.is_ascii_digit() {
                    letter
                } else {
                    '-'
                }
            })
            .collect();
        let mut slug = String::new();
        for word in plain.split('-').filter(|word| !word.is_empty()) {
            if !slug.is_empty() {
                slug.push('-');
            }
            slug.push_str(word);
        }
        slug.truncate(Self::MAX);
        let slug = slug.trim_end_matches('-');
        Self(match slug.len() {
            0 => "organization".to_owned(),
            1..Self::MIN => format!("org-{slug}"),
            _ => slug.to_owned(),
        })
    }

    /// The same with a number behind it, for when the plain one is taken.
    #[must_use]
    pub fn with_suffix(&self, number: u64) -> Self {
        let suffix = format!("-{number}");
        let room = Self::MAX.saturating_sub(suffix.len()).min(self.0.len());
        Self(format!("{}{suffix}", self.0[..room].trim_end_matches('-')))
    }
}

impl FromStr for Slug {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if (Self::MIN..=Self::MAX).contains(&text.len()) && text.split('-').all(word) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError::Slug)
        }
    }
}

/// A language that Roster speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// Portuguese as in Brazil.
    PtBr,
    /// Spanish.
    Es,
}

impl Locale {
    /// All of them, the default first.
    pub const ALL: [Self; 3] = [Self::En, Self::PtBr, Self::Es];

    /// A language read back from where it was stored; one that is no longer spoken here is the default.
    #[must_use]
    pub(crate) fn stored(text: &str) -> Self {
        text.parse().unwrap_or_default()
    }

    /// The BCP 47 tag.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::PtBr => "pt-BR",
            Self::Es => "es",
        }
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Locale {
    type Err = NameError;

    /// Picks by language alone: `pt`, `pt-PT` and `pt_BR` are all [`Locale::PtBr`].
    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.len() > 35 {
            return Err(NameError::Locale);
        }
        match text
            .split(['-', '_'])
            .next()
            .unwrap_or("")
            .to_ascii_lowercase()
            .as_str()
        {
            "en" => Ok(Self::En),
            "pt" => Ok(Self::PtBr),
            "es" => Ok(Self::Es),
            _ => Err(NameError::Locale),
        }
    }
}

impl Serialize for Locale {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Locale {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// A time zone by its IANA name, checked by its shape alone: Roster stores and shows it, and reckons in UTC.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeZone(String);
text!(TimeZone);

impl Default for TimeZone {
    fn default() -> Self {
        Self("UTC".to_owned())
    }
}

impl FromStr for TimeZone {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        // The naming rules of the tz database (theory.html): parts of at most 14 ASCII letters, `_`, `-`, `+`, digits.
        let part = |part: &str| {
            part.len() <= 14
                && part.starts_with(|first: char| first.is_ascii_alphabetic())
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+'))
        };
        let parts = text.split('/').count();
        if text == "UTC" || ((2..=3).contains(&parts) && text.split('/').all(part)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError::TimeZone)
        }
    }
}

#[cfg(test)]
mod tests;
