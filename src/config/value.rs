//! What a single value may look like: read from TOML or from the text of an environment variable, and shown again.
//!
//! Every type of `sections.rs` is a [`Setting`]. A message here says what was expected and never repeats a secret.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use figment::value::Value;
use ipnet::IpNet;
use zeroize::Zeroizing;

use crate::seal;
use crate::secret::Secret;

/// A value of the configuration.
pub trait Setting: Sized {
    /// Whether the value must never be shown.
    const SECRET: bool = false;

    /// Reads the value; the error says what was expected.
    ///
    /// # Errors
    /// A sentence such as `is "ten", a duration such as "10m" is expected`.
    fn read(value: &Value) -> Result<Self, String>;

    /// What holds when nothing is given; `None` if it must be given.
    fn absent() -> Option<Self> {
        None
    }

    /// The value for people. Secrets show nothing of themselves.
    fn show(&self) -> String;
}

/// The value as text, if it is one or can be written as one. Numbers and booleans pass, because an unquoted
/// `smtp_password = 12345` means that text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.trim().to_owned()),
        Value::Num(..) | Value::Bool(..) => value
            .to_i128()
            .map(|n| n.to_string())
            .or_else(|| value.to_f64().map(|n| n.to_string()))
            .or_else(|| value.to_bool().map(|b| b.to_string())),
        _ => None,
    }
}

/// Parses text, or says what was expected.
fn parse<T>(value: &Value, expected: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, String> {
    match text(value) {
        Some(text) => parse(&text).ok_or_else(|| format!("is {text:?}, {expected} is expected")),
        None => Err(format!("is a {}, {expected} is expected", value.to_actual())),
    }
}

macro_rules! plain {
    ($($kind:ty: $expected:literal),* $(,)?) => { $(
        impl Setting for $kind {
            fn read(value: &Value) -> Result<Self, String> {
                parse(value, $expected, |text| text.parse().ok())
            }
            fn show(&self) -> String {
                self.to_string()
            }
        }
    )* };
}

plain! {
    u16: "a port from 0 to 65535",
    u32: "a whole number",
    bool: "true or false",
    SocketAddr: "an address with port such as \"127.0.0.1:50051\"",
}

impl Setting for String {
    fn read(value: &Value) -> Result<Self, String> {
        parse(value, "text without control characters", |text| {
            (!text.is_empty() && !text.contains(char::is_control)).then(|| text.to_owned())
        })
    }
    fn show(&self) -> String {
        format!("{self:?}")
    }
}

impl Setting for PathBuf {
    fn read(value: &Value) -> Result<Self, String> {
        parse(value, "a path", |text| (!text.is_empty()).then(|| PathBuf::from(text)))
    }
    fn show(&self) -> String {
        format!("{:?}", self.display().to_string())
    }
}

impl Setting for Duration {
    fn read(value: &Value) -> Result<Self, String> {
        parse(
            value,
            "a duration such as \"500ms\", \"30s\", \"10m\", \"12h\" or \"30d\"",
            duration,
        )
    }
    fn show(&self) -> String {
        let millis = self.as_millis();
        let (unit, name) = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s")]
            .into_iter()
            .find(|(unit, _)| millis > 0 && millis.is_multiple_of(*unit))
            .unwrap_or((1, "ms"));
        format!("{}{name}", millis / unit)
    }
}

/// Reads `<whole number><unit>`; nothing else, so that "1.5h" or a bare "30" is a question and not a guess.
fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split_unit(text)?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    // A hundred years is more than any setting means, and leaves room for adding it to a date.
    number
        .checked_mul(millis)
        .filter(|millis| *millis <= 36_525 * 86_400_000)
        .map(Duration::from_millis)
}

fn split_unit(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    Some((text[..end].parse().ok()?, text[end..].trim_start()))
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u32);

impl Size {
    /// The bytes as the size of something in memory.
    #[must_use]
    pub fn bytes(self) -> usize {
        self.0 as usize
    }
}

impl Setting for Size {
    fn read(value: &Value) -> Result<Self, String> {
        parse(value, "a size such as \"16KiB\" or \"4MiB\"", |text| {
            let (number, unit) = split_unit(text)?;
            let factor = match unit {
                "B" => 1,
                "KiB" => 1024,
                "MiB" => 1024 * 1024,
                _ => return None,
            };
            u32::try_from(number.checked_mul(factor)?).ok().map(Size)
        })
    }
    fn show(&self) -> String {
        match self.0 {
            n if n > 0 && n.is_multiple_of(1024 * 1024) => format!("{}MiB", n / (1024 * 1024)),
            n if n > 0 && n.is_multiple_of(1024) => format!("{}KiB", n / 1024),
            n => format!("{n}B"),
        }
    }
}

impl<T: Setting> Setting for Option<T> {
    const SECRET: bool = T::SECRET;
    fn read(value: &Value) -> Result<Self, String> {
        T::read(value).map(Some)
    }
    fn absent() -> Option<Self> {
        Some(None)
    }
    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "(none)".to_owned(), T::show)
    }
}

impl Setting for Vec<IpNet> {
    fn read(value: &Value) -> Result<Self, String> {
        const EXPECTED: &str = "a network such as \"10.0.0.0/8\"";
        let net = |text: &str| {
            IpNet::from_str(text)
                .ok()
                .or_else(|| text.parse().ok().map(|address: std::net::IpAddr| IpNet::from(address)))
        };
        match value {
            Value::Array(_, items) => items.iter().map(|item| parse(item, EXPECTED, net)).collect(),
            // In the environment a list is written with commas.
            other => {
                let all =
                    text(other).ok_or_else(|| format!("is a {}, a list of networks is expected", other.to_actual()))?;
                let parts = all
                    .trim_start_matches('[')
                    .trim_end_matches(']')
                    .split(',')
                    .map(|part| part.trim().trim_matches('"'));
                parts
                    .filter(|part| !part.is_empty())
                    .map(|part| net(part).ok_or_else(|| format!("has {part:?}, {EXPECTED} is expected")))
                    .collect()
            }
        }
    }
    fn show(&self) -> String {
        format!(
            "[{}]",
            self.iter()
                .map(|net| format!("{:?}", net.to_string()))
                .collect::<Vec<_>>()
                .join(", ")
        )
    }
}

impl Setting for Secret {
    const SECRET: bool = true;
    fn read(value: &Value) -> Result<Self, String> {
        match text(value) {
            Some(text) if !text.is_empty() => Ok(Secret::new(text)),
            Some(_) => Err("is empty".to_owned()),
            None => Err("is not text".to_owned()),
        }
    }
    fn show(&self) -> String {
        location(self.expose()).unwrap_or_else(|| "(hidden)".to_owned())
    }
}

/// Of a URL the part without user, password and query; `None` for anything else, which is then hidden as a whole.
fn location(secret: &str) -> Option<String> {
    let (scheme, rest) = secret
        .split_once("://")
        .filter(|(scheme, _)| scheme.chars().all(|c| c.is_ascii_alphanumeric()))?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    // An '@' behind the '?' may be the end of a password that holds a '?' itself.
    if query.contains('@') {
        return None;
    }
    Some(match rest.rsplit_once('@') {
        Some((_, place)) => format!("{:?}", format!("{scheme}://(hidden)@{place}")),
        None => format!("{:?}", format!("{scheme}://{rest}")),
    })
}

/// The key that seals what the database keeps sealed, as [`seal::MasterKey`] accepts it: a sample or a pattern is refused here,
/// with everything else that is wrong, and not by the first start. Shown nowhere, wiped when dropped.
#[derive(Clone, Debug)]
pub struct MasterKey(Arc<seal::MasterKey>);

impl std::ops::Deref for MasterKey {
    type Target = seal::MasterKey;

    fn deref(&self) -> &seal::MasterKey {
        &self.0
    }
}

impl Setting for MasterKey {
    const SECRET: bool = true;
    fn read(value: &Value) -> Result<Self, String> {
        let text = Zeroizing::new(text(value).unwrap_or_default());
        let key = seal::MasterKey::parse(&text);
        key.map(|key| Self(Arc::new(key))).map_err(|error| {
            // The message is a whole sentence; a fault begins with the name of the key instead of its subject.
            let error = error.to_string();
            error.strip_prefix("the master key ").unwrap_or(&error).to_owned()
        })
    }
    fn show(&self) -> String {
        "(hidden)".to_owned()
    }
}

/// An enumeration written as one of a few words.
pub trait Choice: Sized + Copy + 'static {
    /// The words, with what each means.
    const WORDS: &'static [(&'static str, Self)];
}

/// Declares a [`Choice`].
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $( #[doc = concat!("Written `", $word, "`.")] $variant ),* }
        impl Choice for $name {
            const WORDS: &'static [(&'static str, Self)] = &[ $( ($word, Self::$variant) ),* ];
        }
        impl Setting for $name {
            fn read(value: &figment::value::Value) -> Result<Self, String> {
                super::value::read_choice(value)
            }
            fn show(&self) -> String {
                match self { $( Self::$variant => format!("{:?}", $word) ),* }
            }
        }
    };
}
pub(super) use choice;

pub(super) fn read_choice<T: Choice>(value: &Value) -> Result<T, String> {
    let words = T::WORDS
        .iter()
        .map(|(word, _)| format!("{word:?}"))
        .collect::<Vec<_>>()
        .join(" or ");
    parse(value, &words, |text| {
        T::WORDS
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, choice)| *choice)
    })
}
