//! Opaque secrets: the long random strings and the short codes that people and clients hand back to us.
//!
//! Each kind has a recognisable prefix and a checksum, so a leaked one can be found by a scanner and a mistyped or
//! misplaced one is refused before any look-up; only digests are ever stored. This module stores nothing and
//! decides nothing about lifetime or use. Start at [`OpaqueSecret`].

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;

use crate::random::Random;
use crate::seal::sha256;
use crate::secret::Secret;

/// Random bytes in an opaque secret: 256 bits.
const RANDOM_LEN: usize = 32;
/// Those bytes as base64url without padding.
const BODY_LEN: usize = 43;
/// Characters of checksum at the end: 36 bits.
const CHECK_LEN: usize = 6;

/// What an opaque secret is for. One kind is never accepted in another's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretKind {
    /// Renews a session.
    Refresh,
    /// The handle of a log-in that still needs another step.
    LogIn,
    /// Proves the e-mail address of a new account.
    SignUp,
    /// Accepts an invitation.
    Invitation,
    /// Resets a password.
    PasswordReset,
    /// A place in a list.
    Page,
    /// Proves a new e-mail address, or undoes the change.
    EmailChange,
}

impl SecretKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Refresh,
        Self::LogIn,
        Self::SignUp,
        Self::Invitation,
        Self::PasswordReset,
        Self::Page,
        Self::EmailChange,
    ];

    /// The prefix by which people and scanners know the kind.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Refresh => "rst_r_",
            Self::LogIn => "rst_l_",
            Self::SignUp => "rst_s_",
            Self::Invitation => "rst_i_",
            Self::PasswordReset => "rst_p_",
            Self::Page => "rst_g_",
            Self::EmailChange => "rst_e_",
        }
    }
}

/// A string that is no secret of the expected kind. It doesn't say why, for the answer may reach an attacker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a valid secret of the expected kind; use the one from the latest message, whole and unchanged")]
pub struct WrongSecret;

/// A bearer secret of one kind with 256 random bits: prefix, 43 characters of base64url, checksum.
#[derive(Clone)]
pub struct OpaqueSecret {
    kind: SecretKind,
    text: Secret,
}

impl OpaqueSecret {
    /// Makes a new secret.
    pub fn generate(kind: SecretKind, random: &dyn Random) -> Self {
        let mut bytes = zeroize::Zeroizing::new([0; RANDOM_LEN]);
        random.fill(bytes.as_mut_slice());
        let mut text = String::with_capacity(kind.prefix().len() + BODY_LEN + CHECK_LEN);
        text.push_str(kind.prefix());
        BASE64URL_NOPAD.encode_append(bytes.as_slice(), &mut text);
        let check = checksum(&text);
        text.push_str(&check);
        Self {
            kind,
            text: Secret::new(text),
        }
    }

    /// Reads a secret of the given kind.
    ///
    /// # Errors
    /// [`WrongSecret`] for another kind, a wrong length, foreign characters or a wrong checksum alike.
    pub fn parse(kind: SecretKind, text: &str) -> Result<Self, WrongSecret> {
        let rest = text.strip_prefix(kind.prefix()).ok_or(WrongSecret)?;
        let (body, check) = rest.split_at_checked(BODY_LEN).ok_or(WrongSecret)?;
        // Decoding refuses foreign characters and spare bits, so each secret has one spelling.
        let bytes = BASE64URL_NOPAD.decode(body.as_bytes()).map_err(|_| WrongSecret)?;
        let signed = text.len() - check.len();
        if bytes.len() != RANDOM_LEN || check != checksum(&text[..signed]) {
            return Err(WrongSecret);
        }
        Ok(Self {
            kind,
            text: Secret::new(text.to_owned()),
        })
    }

    /// The kind.
    pub fn kind(&self) -> SecretKind {
        self.kind
    }

    /// The SHA-256 of the whole string, kind included: what is stored and looked up.
    ///
    /// No salt and no slow hash: 256 random bits can't be guessed.
    pub fn digest(&self) -> [u8; 32] {
        sha256(self.text.expose().as_bytes())
    }

    /// The secret itself, to be shown or mailed once.
    pub fn expose(&self) -> &str {
        self.text.expose()
    }
}

impl std::fmt::Debug for OpaqueSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpaqueSecret({}…)", self.kind.prefix())
    }
}

/// Finds typing errors and marks the string as ours; it is no proof of anything.
fn checksum(text: &str) -> String {
    let mut check = BASE64URL_NOPAD.encode(&sha256(text.as_bytes())[..5]);
    check.truncate(CHECK_LEN);
    check
}

/// Decimal digits in a [`NumericCode`].
const CODE_DIGITS: usize = 8;
/// One more than the largest [`NumericCode`].
const CODE_BOUND: u64 = 100_000_000;

/// A short code to be typed in by hand: eight decimal digits, each value equally likely.
///
/// It holds 26 bits only: whoever accepts it must bound the attempts and the time (NIST SP 800-63B-4, 3.1.3).
#[derive(Clone)]
pub struct NumericCode(Secret);

impl NumericCode {
    /// Makes a new code.
    pub fn generate(random: &dyn Random) -> Self {
        Self(Secret::new(format!(
            "{:0width$}",
            random.below(CODE_BOUND),
            width = CODE_DIGITS
        )))
    }

    /// Reads a code; spaces and hyphens, which people put in between, are left out.
    ///
    /// # Errors
    /// [`WrongSecret`] for anything but eight ASCII digits.
    pub fn parse(text: &str) -> Result<Self, WrongSecret> {
        let mut digits = String::with_capacity(CODE_DIGITS);
        for character in text.chars().take(4 * CODE_DIGITS) {
            match character {
                '0'..='9' if digits.len() < CODE_DIGITS => digits.push(character),
                ' ' | '-' => {}
                _ => return Err(WrongSecret),
            }
        }
        if digits.len() != CODE_DIGITS || text.len() > 4 * CODE_DIGITS {
            return Err(WrongSecret);
        }
        Ok(Self(Secret::new(digits)))
    }

    /// An HMAC-SHA256 of the code under `salt`: what is stored.
    ///
    /// Take as salt something the database doesn't hold (the log-in handle, or a MAC of the row's id under the
    /// master key), for all codes can be tried in a second by whoever has both.
    pub fn digest(&self, salt: &[u8]) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, salt);
        let mut out = [0; 32];
        out.copy_from_slice(hmac::sign(&key, self.0.expose().as_bytes()).as_ref());
        out
    }

    /// Whether `digest` is the [`NumericCode::digest`] of this code under `salt`, compared in constant time.
    pub fn matches(&self, salt: &[u8], digest: &[u8; 32]) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, salt);
        hmac::verify(&key, self.0.expose().as_bytes(), digest).is_ok()
    }

    /// The eight digits, to be mailed once.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl std::fmt::Debug for NumericCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NumericCode(…)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::clock::Time;
    use crate::random::SystemRandom;

    /// Gives the numbers it was made with.
    #[derive(Debug)]
    struct Fixed(u64);

    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0x5a);
        }
        fn uuid(&self, _now: Time) -> uuid::Uuid {
            uuid::Uuid::nil()
        }
        fn below(&self, bound: u64) -> u64 {
            assert_eq!(bound, CODE_BOUND);
            self.0
        }
    }

    #[test]
    fn test_c13_secrets_are_long_random_and_stored_as_digests() {
        let mut seen = HashSet::new();
        for _ in 0..1000 {
            let secret = OpaqueSecret::generate(SecretKind::Invitation, &SystemRandom);
            assert_eq!(secret.expose().len(), 6 + 43 + 6);
            assert!(seen.insert(secret.expose().to_owned()));
            let read = OpaqueSecret::parse(SecretKind::Invitation, secret.expose()).unwrap();
            assert_eq!(read.digest(), secret.digest());
            assert_eq!(secret.digest(), sha256(secret.expose().as_bytes()));
            assert_eq!(format!("{secret:?}"), "OpaqueSecret(rst_i_…)");
        }
    }

    #[test]
    fn test_j07_each_kind_works_in_its_own_place_only() {
        for made in SecretKind::ALL {
            // The same random bytes throughout: the kind alone makes the difference.
            let secret = OpaqueSecret::generate(made, &Fixed(0));
            for wanted in SecretKind::ALL {
                assert_eq!(OpaqueSecret::parse(wanted, secret.expose()).is_ok(), wanted == made);
                let renamed = secret.expose().replacen(made.prefix(), wanted.prefix(), 1);
                assert_eq!(OpaqueSecret::parse(wanted, &renamed).is_ok(), wanted == made);
                let other = OpaqueSecret::generate(wanted, &Fixed(0));
                assert_eq!(other.digest() == secret.digest(), wanted == made);
            }
        }
    }

    #[test]
    fn every_changed_character_and_every_cut_is_noticed() {
        let secret = OpaqueSecret::generate(SecretKind::Refresh, &SystemRandom);
        let text = secret.expose();
        for at in 0..text.len() {
            let mut changed = text.as_bytes().to_vec();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(OpaqueSecret::parse(SecretKind::Refresh, &changed).is_err(), "at {at}");
            assert!(
                OpaqueSecret::parse(SecretKind::Refresh, &text[..at]).is_err(),
                "cut at {at}"
            );
        }
        for odd in [
            format!("{text}A"),
            format!("{text} "),
            format!(" {text}"),
            format!("{text}="),
        ] {
            assert!(OpaqueSecret::parse(SecretKind::Refresh, &odd).is_err());
        }
    }

    #[test]
    fn codes_keep_leading_zeros_and_reach_the_bound() {
        assert_eq!(NumericCode::generate(&Fixed(7)).expose(), "00000007");
        assert_eq!(NumericCode::generate(&Fixed(CODE_BOUND - 1)).expose(), "99999999");
        assert_eq!(format!("{:?}", NumericCode::generate(&Fixed(7))), "NumericCode(…)");
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        let code = NumericCode::generate(&Fixed(12_345_678));
        for typed in ["12345678", " 1234 5678 ", "1234-5678"] {
            assert_eq!(NumericCode::parse(typed).unwrap().digest(b"s"), code.digest(b"s"));
        }
        let long = format!("12345678{}", " ".repeat(40));
        for wrong in ["", "1234567", "123456789", "1234567a", "+12345678", "١٢٣٤٥٦٧٨", &long] {
            assert!(NumericCode::parse(wrong).is_err(), "{wrong}");
        }
        assert_ne!(code.digest(b"one"), code.digest(b"two"));
        assert!(code.matches(b"one", &code.digest(b"one")));
        assert!(!code.matches(b"two", &code.digest(b"one")));
        assert!(!NumericCode::generate(&Fixed(1)).matches(b"one", &code.digest(b"one")));
        assert_ne!(
            code.digest(b"s"),
            NumericCode::generate(&Fixed(12_345_679)).digest(b"s")
        );
    }

    proptest! {
        #[test]
        fn strangers_are_refused_and_nothing_panics(text in "\\PC{0,80}") {
            for kind in SecretKind::ALL {
                prop_assert!(OpaqueSecret::parse(kind, &text).is_err());
                let with_prefix = format!("{}{text}", kind.prefix());
                prop_assert!(OpaqueSecret::parse(kind, &with_prefix).is_err());
            }
            let _ = NumericCode::parse(&text);
        }
    }
}
