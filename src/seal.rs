//! Sealing: what the database holds but may not be able to read.
//!
//! A [`MasterKey`] comes from the operator; a [`Sealer`] derives one sealing and one authenticating key from it
//! for each [`Purpose`], so bytes sealed for one purpose never open for another. [`wrap_with`] seals under a
//! one-time secret instead, for things that only the holder of that secret may read.
//! This module does not read configuration, files or the environment, and never logs what it handles.
//! Start at [`Sealer`].

use aws_lc_rs::aead::{self, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::{digest, hkdf, hmac};
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::random::Random;
use crate::secret::Secret;

/// The length of a key, of a MAC and of a SHA-256 digest, in bytes.
const KEY_LEN: usize = 32;
/// The first byte of everything sealed; another layout gets another number.
const VERSION: u8 = 1;
/// The version byte and the nonce that stand in front of the sealed bytes.
const HEAD_LEN: usize = 1 + aead::NONCE_LEN;

/// The operator's 32-byte key, from which every other key is derived.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct MasterKey([u8; KEY_LEN]);

/// Why a master key is refused. The messages never repeat the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MasterKeyError {
    /// Nothing was given.
    #[error("the master key is empty; make one with `openssl rand -base64 32`")]
    Empty,
    /// Neither hexadecimal nor base64.
    #[error("the master key is neither base64 nor hexadecimal; make one with `openssl rand -base64 32`")]
    Encoding,
    /// Not 32 bytes.
    #[error("the master key has {bytes} bytes, 32 are needed; make one with `openssl rand -base64 32`")]
    Length {
        /// How many bytes came.
        bytes: usize,
    },
    /// A sample, a pattern or a phrase.
    #[error("the master key is not random (a sample, a pattern or text); make one with `openssl rand -base64 32`")]
    NotRandom,
}

impl MasterKey {
    /// Reads a key from 64 hexadecimal digits, or from base64 in either alphabet, padded or not.
    ///
    /// # Errors
    /// [`MasterKeyError`] says what is wrong and how to make a good key; patterns and samples are refused.
    pub fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(MasterKeyError::Empty);
        }
        let bytes = Zeroizing::new(decode(text).ok_or(MasterKeyError::Encoding)?);
        let key: [u8; KEY_LEN] = bytes
            .as_slice()
            .try_into()
            .map_err(|_| MasterKeyError::Length { bytes: bytes.len() })?;
        Self::from_bytes(key)
    }

    /// Takes bytes that were read already.
    ///
    /// # Errors
    /// [`MasterKeyError::NotRandom`] for a sample, a pattern or text.
    pub fn from_bytes(bytes: [u8; KEY_LEN]) -> Result<Self, MasterKeyError> {
        let key = Self(bytes);
        if looks_made_up(&key.0) {
            Err(MasterKeyError::NotRandom)
        } else {
            Ok(key)
        }
    }

    /// Makes a fresh key, for development and for the command that prints one.
    pub fn generate(random: &dyn Random) -> Self {
        let mut key = Self([0; KEY_LEN]);
        random.fill(&mut key.0);
        key
    }

    /// The key as padded base64, the form that [`MasterKey::parse`] reads.
    pub fn to_base64(&self) -> Secret {
        Secret::new(data_encoding::BASE64.encode(&self.0))
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Sixty-four hexadecimal digits are read as such, for as base64 they would be 48 bytes and refused anyway.
fn decode(text: &str) -> Option<Vec<u8>> {
    if text.len() == 2 * KEY_LEN
        && let Ok(bytes) = HEXLOWER_PERMISSIVE.decode(text.as_bytes())
    {
        return Some(bytes);
    }
    let bare = text.trim_end_matches('=').as_bytes();
    BASE64_NOPAD.decode(bare).or_else(|_| BASE64URL_NOPAD.decode(bare)).ok()
}

/// Whether the bytes are an obvious sample. A random key fails any of these with less than one chance in 10¹².
fn looks_made_up(key: &[u8; KEY_LEN]) -> bool {
    let mut seen = [false; 256];
    key.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    let distinct = seen.iter().filter(|seen| **seen).count();
    let step = key[1].wrapping_sub(key[0]);
    let counts = key.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == step);
    let text = key.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    distinct < 16 || counts || text
}

/// What a key is for. Each purpose has keys of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Private signing keys at rest.
    SigningKeys,
    /// Kept answers of requests that may be repeated, since these may hold secrets.
    Answers,
    /// Mail waiting to be sent, since it carries links and codes.
    Mail,
    /// Page tokens, which clients hold but may not make or change.
    PageTokens,
    /// What an unfinished log-in or sign-up has to remember.
    Challenges,
}

impl Purpose {
    /// Every purpose, in the order of the keys.
    const ALL: [Self; 5] = [
        Self::SigningKeys,
        Self::Answers,
        Self::Mail,
        Self::PageTokens,
        Self::Challenges,
    ];

    /// The name that goes into the derivation. Changing one makes everything sealed for it unreadable.
    fn label(self) -> &'static [u8] {
        match self {
            Self::SigningKeys => b"signing-keys",
            Self::Answers => b"answers",
            Self::Mail => b"mail",
            Self::PageTokens => b"page-tokens",
            Self::Challenges => b"challenges",
        }
    }
}

/// Seals, opens and authenticates bytes under keys derived from the master key (HKDF-SHA256, RFC 5869).
pub struct Sealer {
    keys: [PurposeKeys; Purpose::ALL.len()],
}

/// The two keys of one purpose.
struct PurposeKeys {
    seal: RandomizedNonceKey,
    mac: hmac::Key,
}

impl Sealer {
    /// Derives all keys. The master key may be dropped afterwards.
    pub fn new(master: &MasterKey) -> Self {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"roster/v1/master").extract(&master.0);
        let keys = Purpose::ALL.map(|purpose| PurposeKeys {
            seal: aead_key(&derive(&prk, &[b"seal/", purpose.label()])),
            mac: hmac::Key::new(hmac::HMAC_SHA256, derive(&prk, &[b"mac/", purpose.label()]).as_slice()),
        });
        Self { keys }
    }

    /// Encrypts with AES-256-GCM: version byte, random 96-bit nonce, ciphertext, tag.
    ///
    /// `aad` is bound to the result but not kept in it: give the row's id, so that sealed bytes moved to another
    /// row don't open there.
    pub fn seal(&self, purpose: Purpose, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        seal_with(&self.of(purpose).seal, aad, plain)
    }

    /// Decrypts what [`Sealer::seal`] made for the same purpose and `aad`; anything else is `None`.
    pub fn open(&self, purpose: Purpose, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        open_with(&self.of(purpose).seal, aad, sealed)
    }

    /// An HMAC-SHA256 of `bytes` under the purpose's key.
    pub fn mac(&self, purpose: Purpose, bytes: &[u8]) -> [u8; KEY_LEN] {
        let mut tag = [0; KEY_LEN];
        tag.copy_from_slice(hmac::sign(&self.of(purpose).mac, bytes).as_ref());
        tag
    }

    /// Whether `tag` is the [`Sealer::mac`] of `bytes`, compared in constant time.
    pub fn verify(&self, purpose: Purpose, bytes: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.of(purpose).mac, bytes, tag).is_ok()
    }

    fn of(&self, purpose: Purpose) -> &PurposeKeys {
        &self.keys[purpose as usize]
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(…)")
    }
}

/// Seals `plain` under a key derived from a one-time secret, so that only a holder of the secret can read it.
///
/// The secret must have full entropy (an opaque secret, never a password or a short code).
pub fn wrap_with(token_secret: &[u8], plain: &[u8]) -> Vec<u8> {
    seal_with(&wrapping_key(token_secret), b"wrap", plain)
}

/// Opens what [`wrap_with`] made under the same secret; anything else is `None`.
pub fn unwrap_with(token_secret: &[u8], wrapped: &[u8]) -> Option<Vec<u8>> {
    open_with(&wrapping_key(token_secret), b"wrap", wrapped)
}

/// The SHA-256 of `bytes`: for what is looked up by digest and can't be guessed, or needs no secrecy.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

fn wrapping_key(token_secret: &[u8]) -> RandomizedNonceKey {
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"roster/v1/wrap").extract(token_secret);
    aead_key(&derive(&prk, &[b"seal"]))
}

fn seal_with(key: &RandomizedNonceKey, aad: &[u8], plain: &[u8]) -> Vec<u8> {
    let mut body = plain.to_vec();
    let nonce = or_abort(key.seal_in_place_append_tag(Aad::from(bound(aad)), &mut body));
    let mut sealed = Vec::with_capacity(HEAD_LEN + body.len());
    sealed.push(VERSION);
    sealed.extend_from_slice(nonce.as_ref());
    sealed.append(&mut body);
    sealed
}

fn open_with(key: &RandomizedNonceKey, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (head, body) = sealed.split_at_checked(HEAD_LEN)?;
    let (version, nonce) = head.split_first()?;
    if *version != VERSION {
        return None;
    }
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut body = body.to_vec();
    let plain_len = key.open_in_place(nonce, Aad::from(bound(aad)), &mut body).ok()?.len();
    body.truncate(plain_len);
    Some(body)
}

/// The version is authenticated too, so a later layout can't be passed off as this one.
fn bound(aad: &[u8]) -> Vec<u8> {
    [&[VERSION], aad].concat()
}

fn derive(prk: &hkdf::Prk, info: &[&[u8]]) -> Zeroizing<[u8; KEY_LEN]> {
    struct KeyLen;
    impl hkdf::KeyType for KeyLen {
        fn len(&self) -> usize {
            KEY_LEN
        }
    }
    let mut key = Zeroizing::new([0; KEY_LEN]);
    or_abort(prk.expand(info, KeyLen).and_then(|okm| okm.fill(key.as_mut_slice())));
    key
}

fn aead_key(bytes: &[u8; KEY_LEN]) -> RandomizedNonceKey {
    or_abort(RandomizedNonceKey::new(&aead::AES_256_GCM, bytes))
}

/// These calls fail only when the machine has no memory or no randomness left; to go on would mean to lose or
/// expose what was to be sealed, so the process ends.
fn or_abort<T>(outcome: Result<T, aws_lc_rs::error::Unspecified>) -> T {
    outcome.unwrap_or_else(|_| {
        tracing::error!("the cryptographic library failed where it cannot; ending the process");
        std::process::abort()
    })
}

#[cfg(test)]
mod tests;
