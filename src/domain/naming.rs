//! What an organisation names itself: groups, tags and the like. Names are for people, and so are the mistakes that they
//! make with them: what looks alike counts as the same name. Start at [`likeness`].
//!
//! Nothing here knows which things there are. Rights never hang on a name, only on ids.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use unicode_normalization::UnicodeNormalization;

use super::fold::fold;
use super::id::{GroupId, IdError, TagId};
use super::name::{DisplayName, NameError, is_not_plain};

/// The form of a name that has to be unique: folded, and with letters of other writings as the Latin ones that they look
/// like. Two names with the same likeness could be taken for each other.
#[must_use]
pub fn likeness(name: &str) -> String {
    fold(name)
        .chars()
        .map(|letter| latin(letter).unwrap_or(letter))
        .collect()
}

/// Whether a name would be taken for this word, however it was written: `0wner`, `O W N E R`, `оwner` with a Cyrillic о.
#[must_use]
pub fn passes_for(name: &str, word: &str) -> bool {
    let bare = |text: &str| -> String {
        let letters = likeness(text)
            .chars()
            // Fillers are letters by the book, and have no ink.
            .filter(|letter| letter.is_alphanumeric() && !matches!(letter, '\u{115F}' | '\u{1160}'))
            .collect::<String>();
        letters.replace('0', "o").replace(['1', 'l'], "i")
    };
    bare(name) == bare(word)
}

/// The Latin letter that a letter of another writing looks like. The commonest of Unicode's confusables (UTS 39), in
/// lower case: where only the capitals look alike, the capital decides.
const fn latin(letter: char) -> Option<char> {
    Some(match letter {
        'а' | 'α' | 'ɑ' | 'ᴀ' => 'a',
        'в' | 'β' | 'ʙ' => 'b',
        'с' | 'ᴄ' => 'c',
        'ԁ' | 'ᴅ' => 'd',
        'е' | 'ε' | 'ᴇ' | 'є' => 'e',
        'ɡ' | 'ɢ' | 'ց' => 'g',
        'н' | 'η' | 'һ' | 'հ' | 'ʜ' => 'h',
        'і' | 'ι' | 'ɩ' | 'ɪ' => 'i',
        'ј' | 'ᴊ' => 'j',
        'к' | 'κ' | 'ᴋ' => 'k',
        'ӏ' | 'ʟ' | 'ǀ' => 'l',
        'м' | 'μ' | 'ᴍ' => 'm',
        'ν' | 'ɴ' | 'ո' => 'n',
        'о' | 'ο' | 'օ' | 'ᴏ' => 'o',
        'р' | 'ρ' | 'ᴘ' => 'p',
        'ԛ' | 'զ' => 'q',
        'ʀ' => 'r',
        'ѕ' | 'ꜱ' => 's',
        'т' | 'τ' | 'ᴛ' => 't',
        'ս' | 'ᴜ' => 'u',
        'ѵ' | 'ᴠ' => 'v',
        'ԝ' | 'ѡ' | 'ᴡ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'υ' | 'ү' => 'y',
        'ζ' | 'ᴢ' => 'z',
        _ => return None,
    })
}

/// Something that an organisation named itself, as people name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ref<Id> {
    /// By id.
    Id(Id),
    /// By name; any that looks like it is meant too, since there is one at most.
    Name(DisplayName),
}

/// A group, as people name it.
pub type GroupRef = Ref<GroupId>;
/// A tag, as people name it.
pub type TagRef = Ref<TagId>;

/// Ids of things that have names.
pub trait NamedId: FromStr<Err = IdError> + fmt::Display + Copy {
    /// What the id's text begins with, and no name may.
    const BEGINNING: &'static str;
}

impl NamedId for GroupId {
    const BEGINNING: &'static str = "grp_";
}

impl NamedId for TagId {
    const BEGINNING: &'static str = "tag_";
}

impl<Id: NamedId> FromStr for Ref<Id> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with(Id::BEGINNING) {
            return text.parse().map(Ref::Id).map_err(|e: IdError| e.to_string());
        }
        text.parse().map(Ref::Name).map_err(|e: NameError| e.to_string())
    }
}

impl<Id: NamedId> fmt::Display for Ref<Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ref::Id(id) => id.fmt(f),
            Ref::Name(name) => name.fmt(f),
        }
    }
}

impl<Id: NamedId> Serialize for Ref<Id> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A few words about something: up to 1,000 code points in one line, or none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Description(String);

impl Description {
    /// Code points, at most.
    pub const MAX: usize = 1_000;

    /// One read back from where it was stored, after it was parsed once.
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

/// Why a text is no description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DescriptionError {
    /// More than 1,000 code points.
    #[error("is too long: a description has at most 1,000 characters")]
    TooLong,
    /// Line breaks, control characters, invisible ones, or marks that turn the direction of the text.
    #[error("has line breaks, control or invisible characters: type it as plain text in one line")]
    NotPlain,
}

impl FromStr for Description {
    type Err = DescriptionError;

    fn from_str(text: &str) -> Result<Self, DescriptionError> {
        if text.len() > Self::MAX * 16 {
            return Err(DescriptionError::TooLong);
        }
        if text.chars().any(is_not_plain) {
            return Err(DescriptionError::NotPlain);
        }
        let text: String = text.trim().nfc().collect();
        if text.chars().count() > Self::MAX {
            return Err(DescriptionError::TooLong);
        }
        Ok(Self(text))
    }
}

/// A color as `#rrggbb`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Color(String);

impl Default for Color {
    /// Grey.
    fn default() -> Self {
        Self("#808080".to_owned())
    }
}

impl Color {
    /// One read back from where it was stored, after it was parsed once.
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

/// The text is no color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no color: use # and six hexadecimal digits, such as #2040a0")]
pub struct ColorError;

impl FromStr for Color {
    type Err = ColorError;

    fn from_str(text: &str) -> Result<Self, ColorError> {
        match text.strip_prefix('#') {
            Some(digits) if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
                Ok(Self(text.to_ascii_lowercase()))
            }
            _ => Err(ColorError),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn b12_what_looks_alike_is_one_name() {
        for other in [
            "Owner",
            "OWNER",
            " owner ",
            "оwner",
            "ΟWNΕR",
            "ｏｗｎｅｒ",
            "ówner",
            "o\u{200d}wner",
            "ᴏᴡɴᴇʀ",
        ] {
            assert_eq!(likeness(other), "owner", "{other}");
            assert!(passes_for(other, "owner"), "{other}");
        }
        for other in ["0wner", "o w n e r", "o-w_n.e r", "owner\u{3164}", "ow\u{ffa0}ner"] {
            assert_ne!(likeness(other), "owner", "{other}");
            assert!(passes_for(other, "owner"), "{other}");
        }
        assert!(passes_for("Adm1n", "admin") && passes_for("аdmіn", "admin"));
        for other in ["owners", "owne", "Home owner", "Besitzer"] {
            assert!(!passes_for(other, "owner"), "{other}");
        }
        // Numbers tell things apart that people number.
        assert_ne!(likeness("Level 1"), likeness("Level l"));
        assert_eq!(likeness("Смена"), likeness("смена"));
    }

    #[test]
    fn what_begins_as_an_id_is_an_id() {
        let id = GroupId::new(uuid::Uuid::from_u128(7));
        assert_eq!(id.to_string().parse::<GroupRef>(), Ok(Ref::Id(id)));
        assert_eq!("Support".parse::<GroupRef>(), Ok(Ref::Name("Support".parse().unwrap())));
        assert!("grp_support".parse::<GroupRef>().is_err());
        assert!(
            id.to_string()
                .parse::<TagRef>()
                .is_ok_and(|tag| matches!(tag, Ref::Name(_)))
        );
        assert!("".parse::<GroupRef>().is_err());
    }

    #[test]
    fn descriptions_are_one_plain_line_and_may_be_empty() {
        assert_eq!("".parse::<Description>().unwrap().as_str(), "");
        assert_eq!(" a  b ".parse::<Description>().unwrap().as_str(), "a  b");
        assert!("é".repeat(1000).parse::<Description>().is_ok());
        assert_eq!("é".repeat(1001).parse::<Description>(), Err(DescriptionError::TooLong));
        for text in ["a\nb", "a\rb", "a\0", "a\u{2028}b", "a\u{202e}b"] {
            assert_eq!(text.parse::<Description>(), Err(DescriptionError::NotPlain), "{text:?}");
        }
    }

    #[test]
    fn colors_have_six_digits() {
        assert_eq!("#20A0fF".parse::<Color>().unwrap().as_str(), "#20a0ff");
        for text in ["", "#", "#fff", "20a0ff", "#20a0fg", "#20a0ff0", "#２0a0ff", "red"] {
            assert_eq!(text.parse::<Color>(), Err(ColorError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_likeness_is_its_own(name in "\\PC{0,30}") {
            prop_assert_eq!(likeness(&likeness(&name)), likeness(&name));
        }
    }
}
