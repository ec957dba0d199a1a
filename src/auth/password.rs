//! Passwords: what counts as one, how good it is, and how it is hashed.
//!
//! A [`Password`] is normalised text of bounded length that no log can show. [`PasswordPolicy`] judges one,
//! [`Hasher`] turns one into an Argon2id string and compares it with another, without ever taking more than its
//! share of the machine. Nothing here knows users, rows or requests. Start at [`Password`].

mod hasher;
mod policy;

pub use hasher::{BadHashParams, HashError, HashParams, Hasher, Verified};
pub use policy::{PasswordFault, PasswordPolicy, PasswordReport, Strength};

use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The longest password, in code points after normalisation.
pub const MAX_LENGTH: usize = 1024;

/// The longest input worth normalising, in bytes. NFKC composes at most four code points of at most four bytes
/// into one, so whatever is longer than this is too long afterwards as well.
const MAX_INPUT: usize = MAX_LENGTH * 16;

/// A password as the person gave it, in normal form NFKC (NIST SP 800-63B-4, 3.1.1.2), 1 to 1,024 code points.
///
/// Nothing is trimmed or cut: spaces count, and what is too long is refused. It is wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Password(String);

/// Why a text can't be a password at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// There is none.
    #[error("is empty; give a password")]
    Empty,
    /// More than [`MAX_LENGTH`] code points.
    #[error("is longer than 1024 characters; give a shorter password")]
    TooLong,
}

impl Password {
    /// Normalises `text` and checks its length.
    ///
    /// # Errors
    /// [`PasswordError`] when it is empty or too long. Both are found before any hashing, in time bounded by the
    /// limit and not by the input.
    pub fn new(text: &str) -> Result<Self, PasswordError> {
        if text.is_empty() {
            return Err(PasswordError::Empty);
        }
        if text.len() > MAX_INPUT {
            return Err(PasswordError::TooLong);
        }
        // Room for the longest result, so that growing leaves no copy behind in freed memory.
        let mut normal = Zeroizing::new(String::with_capacity(4 * (MAX_LENGTH + 1)));
        normal.extend(text.nfkc().take(MAX_LENGTH + 1));
        if normal.chars().count() > MAX_LENGTH {
            return Err(PasswordError::TooLong);
        }
        Ok(Self(std::mem::take(&mut *normal)))
    }

    /// The normalised text.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The length in code points, which is what policies count.
    pub fn length(&self) -> usize {
        self.0.chars().count()
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use super::*;

    #[test]
    fn different_spellings_of_one_text_are_one_password() {
        for (one, other) in [
            ("caf\u{e9}", "cafe\u{301}"),
            ("ﬁne", "fine"),
            ("Ａ１", "A1"),
            ("각", "\u{1100}\u{1161}\u{11a8}"),
        ] {
            assert_eq!(Password::new(one).unwrap(), Password::new(other).unwrap());
        }
        assert_ne!(Password::new("case").unwrap(), Password::new("Case").unwrap());
        assert_eq!(Password::new("  a b ").unwrap().expose(), "  a b ");
    }

    #[test]
    fn length_is_bounded_after_normalisation_and_never_cut() {
        assert_eq!(Password::new("").unwrap_err(), PasswordError::Empty);
        for unit in ["a", "é", "😀", "e\u{301}", "q\u{301}", "\u{390}", "각"] {
            let each = unit.nfkc().count();
            let most = unit.repeat(MAX_LENGTH / each);
            assert_eq!(Password::new(&most).unwrap().length(), MAX_LENGTH, "{unit}");
            assert_eq!(
                Password::new(&format!("{most}a")).unwrap_err(),
                PasswordError::TooLong,
                "{unit}"
            );
        }
        // One code point that becomes eighteen.
        assert_eq!(Password::new("\u{fdfa}").unwrap().length(), 18);
        assert_eq!(
            Password::new(&"\u{fdfa}".repeat(57)).unwrap_err(),
            PasswordError::TooLong
        );
        // Four code points that become one.
        let dense = "\u{3b1}\u{313}\u{300}\u{345}".repeat(MAX_LENGTH);
        assert_eq!(Password::new(&dense).unwrap().length(), MAX_LENGTH);
    }

    #[test]
    fn test_p11_a_mebibyte_is_refused_at_once() {
        for unit in ["a", "\u{301}", "\u{fdfa}"] {
            let started = std::time::Instant::now();
            assert_eq!(
                Password::new(&unit.repeat(1 << 20)).unwrap_err(),
                PasswordError::TooLong
            );
            assert!(started.elapsed().as_millis() < 500);
        }
    }

    #[test]
    fn debug_output_hides_it() {
        assert_eq!(format!("{:?}", Password::new("hunter2").unwrap()), "Password(…)");
    }
}
