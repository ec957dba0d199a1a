//! A text that must not be seen: passwords, keys, tokens on their way through the process.
//!
//! It can't be printed, compared or serialised by accident, and its memory is wiped when it goes.
//! Comparing secrets takes constant time and belongs to `auth`; that is why there is no `PartialEq` here.

use std::fmt;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroize;

/// A secret text. `Debug` prints `Secret(…)`; there is no `Display` and no `Serialize`.
#[derive(Clone, Default)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text` as a secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself. Whoever calls this answers for where it goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Serde quotes what it found of a wrong type, such as an unquoted number: that would be the secret.
        String::deserialize(deserializer)
            .map(Self)
            .map_err(|_| serde::de::Error::custom("a text is expected here (in quotes)"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn debug_never_shows_the_secret() {
        let secret = Secret::new("hunter2");
        assert_eq!(
            format!("{secret:?} {:#?}", Some(&secret)),
            "Secret(…) Some(\n    Secret(…),\n)"
        );
        assert_eq!(secret.clone().expose(), "hunter2");
        assert_eq!(Secret::from("x".to_owned()).expose(), "x");
    }

    #[test]
    fn it_is_read_from_a_file_and_a_wrong_type_is_not_quoted() {
        assert_eq!(
            serde_json::from_str::<Secret>("\"hunter2\"").unwrap().expose(),
            "hunter2"
        );
        let error = serde_json::from_str::<Secret>("48151623").unwrap_err().to_string();
        assert!(!error.contains("48151623"), "{error}");
    }
}
