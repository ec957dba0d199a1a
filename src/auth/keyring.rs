//! The signing keys: made, sealed for the store, published, and taken out of use.
//!
//! A [`Keyring`] is an immutable set; a [`KeyringHandle`] swaps one for the next while requests run. Each key has
//! four times: published when created, signing from `not_before`, no more from `retires`, unknown from `removed`.
//! Storage and scheduling are elsewhere, `rotation::plan_rotation` only says what to do. No private part leaves this module
//! but sealed, or as the one key that [`super::token`] signs with. Start at [`Keyring`].

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use jsonwebtoken::jwk::{Jwk, KeyAlgorithm, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde_json::Value;
use zeroize::Zeroizing;

pub use super::algorithm::{Algorithm, UnknownAlgorithm};
use crate::clock::Time;
use crate::seal::{Purpose, Sealer};

/// Why keys can't be made or used. It names the key, never its content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The library gave no key.
    #[error("a signing key could not be made")]
    Generation,
    /// The sealed private key doesn't open.
    #[error(
        "the signing key {kid} does not open: secrets.master_key is not the master key that it was stored under, give that one"
    )]
    Sealed {
        /// Whose.
        kid: String,
    },
    /// It opens, but it isn't the key that the row says it is.
    #[error("the signing key {kid} does not match its id, algorithm or public part; restore the row or delete it")]
    Mismatch {
        /// Whose.
        kid: String,
    },
}

/// A key just made, to be sealed and stored.
pub struct GeneratedKey {
    /// The RFC 7638 thumbprint (SHA-256) of the public key.
    pub kid: String,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// The public key as it will be published.
    pub public_jwk: Value,
    /// The private key, PKCS #8 in DER.
    pub private: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for GeneratedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GeneratedKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// Makes a key with the library's own randomness. RSA takes a good part of a second: keep it off request threads.
///
/// # Errors
/// [`KeyError::Generation`].
pub fn generate(algorithm: Algorithm) -> Result<GeneratedKey, KeyError> {
    let private = pkcs8(algorithm).ok_or(KeyError::Generation)?;
    let parts = Parts::from_private(algorithm, &private).ok_or(KeyError::Generation)?;
    Ok(GeneratedKey {
        kid: parts.kid,
        algorithm,
        public_jwk: parts.public_jwk,
        private,
    })
}

fn pkcs8(algorithm: Algorithm) -> Option<Zeroizing<Vec<u8>>> {
    let der = match algorithm {
        Algorithm::EdDSA => Ed25519KeyPair::generate().ok()?.to_pkcs8v1().ok()?.as_ref().to_vec(),
        Algorithm::ES256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok()?;
            pair.to_pkcs8v1().ok()?.as_ref().to_vec()
        }
        Algorithm::RS256 => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).ok()?;
            let der: Pkcs8V1Der<'_> = pair.as_der().ok()?;
            der.as_ref().to_vec()
        }
    };
    Some(Zeroizing::new(der))
}

/// What follows from a private key.
struct Parts {
    kid: String,
    public_jwk: Value,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl Parts {
    /// Everything public is derived from the private key, so a changed public part in the store can't be believed.
    fn from_private(algorithm: Algorithm, private: &[u8]) -> Option<Self> {
        let encoding = match algorithm {
            Algorithm::EdDSA => EncodingKey::from_ed_der(private),
            Algorithm::ES256 => EncodingKey::from_ec_der(private),
            // The library takes PKCS #8 for RSA only as PEM.
            Algorithm::RS256 => EncodingKey::from_rsa_pem(pem(private).as_bytes()).ok()?,
        };
        let mut jwk = Jwk::from_encoding_key(&encoding, algorithm.jwt()).ok()?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).ok()?;
        let decoding = DecodingKey::from_jwk(&jwk).ok()?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.key_algorithm = Some(KeyAlgorithm::from(algorithm.jwt()));
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let public_jwk = public_members(serde_json::to_value(&jwk).ok()?)?;
        Some(Self {
            kid,
            public_jwk,
            encoding,
            decoding,
        })
    }
}

/// Keeps the members that a public key may have, whatever the library writes.
fn public_members(jwk: Value) -> Option<Value> {
    const PUBLIC: [&str; 9] = ["kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"];
    let Value::Object(mut members) = jwk else { return None };
    members.retain(|name, value| PUBLIC.contains(&name.as_str()) && value.is_string());
    Some(Value::Object(members))
}

fn pem(der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(data_encoding::BASE64.encode(der));
    let mut pem = Zeroizing::new(String::with_capacity(body.len() * 2 + 64));
    pem.push_str("-----BEGIN PRIVATE KEY-----\n");
    for (at, character) in body.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem.push_str("\n-----END PRIVATE KEY-----\n");
    pem
}

/// When a key signs, when it stops, and when nobody knows it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyTimes {
    /// It signs from here on. It is published earlier, so that verifiers have it in time.
    pub not_before: Time,
    /// It signs no more from here on.
    pub retires: Option<Time>,
    /// It leaves the JWKS, and its signatures count no more.
    pub removed: Option<Time>,
}

impl KeyTimes {
    /// Whether it may sign.
    pub fn signs_at(&self, now: Time) -> bool {
        self.not_before <= now && self.retires.is_none_or(|at| now < at) && self.known_at(now)
    }

    /// Whether it is published, and its signatures count.
    pub fn known_at(&self, now: Time) -> bool {
        self.removed.is_none_or(|at| now < at)
    }
}

/// A key as the store keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredKey {
    /// The RFC 7638 thumbprint.
    pub kid: String,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// The public key, for people who read the table; it is derived again when loaded.
    pub public_jwk: Value,
    /// The private key under [`Purpose::SigningKeys`].
    pub sealed_private: Vec<u8>,
    /// When it was made and published.
    pub created: Time,
    /// When it begins to sign.
    pub not_before: Time,
    /// When it stops signing.
    pub retires: Option<Time>,
    /// When it leaves the JWKS.
    pub removed: Option<Time>,
}

impl StoredKey {
    /// Its three times together.
    pub fn times(&self) -> KeyTimes {
        KeyTimes {
            not_before: self.not_before,
            retires: self.retires,
            removed: self.removed,
        }
    }

    /// Seals a new key, bound to its id and algorithm.
    pub fn seal(key: &GeneratedKey, created: Time, not_before: Time, sealer: &Sealer) -> Self {
        let aad = aad(&key.kid, key.algorithm);
        Self {
            kid: key.kid.clone(),
            algorithm: key.algorithm,
            public_jwk: key.public_jwk.clone(),
            sealed_private: sealer.seal(Purpose::SigningKeys, &aad, &key.private),
            created,
            not_before,
            retires: None,
            removed: None,
        }
    }

    fn open(self, sealer: &Sealer) -> Result<SigningKey, KeyError> {
        let times = self.times();
        let Self {
            kid,
            algorithm,
            public_jwk,
            sealed_private,
            ..
        } = self;
        let private = sealer
            .open(Purpose::SigningKeys, &aad(&kid, algorithm), &sealed_private)
            .map(Zeroizing::new);
        let Some(private) = private else {
            return Err(KeyError::Sealed { kid });
        };
        match Parts::from_private(algorithm, &private) {
            Some(parts) if parts.kid == kid && parts.public_jwk == public_jwk => Ok(SigningKey {
                kid,
                algorithm,
                times,
                public_jwk: parts.public_jwk,
                encoding: parts.encoding,
                decoding: parts.decoding,
            }),
            _ => Err(KeyError::Mismatch { kid }),
        }
    }
}

fn aad(kid: &str, algorithm: Algorithm) -> Vec<u8> {
    format!("{algorithm} {kid}").into_bytes()
}

/// A key ready for use.
pub struct SigningKey {
    kid: String,
    algorithm: Algorithm,
    times: KeyTimes,
    public_jwk: Value,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl SigningKey {
    /// The RFC 7638 thumbprint.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What it signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// When it signs, retires and goes.
    pub fn times(&self) -> KeyTimes {
        self.times
    }

    /// The public key.
    pub fn public_jwk(&self) -> &Value {
        &self.public_jwk
    }

    pub(super) fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }

    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .field("times", &self.times)
            .finish_non_exhaustive()
    }
}

/// All keys at one moment. It never changes; what time it is the caller says.
#[derive(Debug, Default)]
pub struct Keyring {
    keys: BTreeMap<String, SigningKey>,
}

impl Keyring {
    /// Opens the stored keys.
    ///
    /// # Errors
    /// The first key that doesn't open or doesn't match its row. One bad key spoils the ring: whoever could write to
    /// the table must not be able to slip a key of his own in, and a missing one would refuse good tokens silently.
    pub fn load(rows: Vec<StoredKey>, sealer: &Sealer) -> Result<Self, KeyError> {
        let opened = rows
            .into_iter()
            .map(|row| row.open(sealer).map(|key| (key.kid.clone(), key)));
        Ok(Self {
            keys: opened.collect::<Result<_, _>>()?,
        })
    }

    /// The key to sign with: of those that sign now, the one that began last.
    pub fn signer_at(&self, now: Time) -> Option<&SigningKey> {
        self.keys
            .values()
            .filter(|key| key.times.signs_at(now))
            .max_by_key(|key| key.times.not_before)
    }

    /// The key of that id, if its signatures still count. Retired keys do, removed ones don't.
    pub fn verifier(&self, kid: &str, now: Time) -> Option<&SigningKey> {
        self.keys.get(kid).filter(|key| key.times.known_at(now))
    }

    /// The JWK set to publish (RFC 7517, 5): public members alone, future keys included.
    pub fn jwks_at(&self, now: Time) -> Value {
        let known = self.keys.values().filter(|key| key.times.known_at(now));
        let keys: Vec<Value> = known.map(|key| key.public_jwk.clone()).collect();
        serde_json::json!({ "keys": keys })
    }

    /// How many keys there are, removed ones included.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// The keyring in use. Clones share it; replacing it disturbs nobody who holds the former one.
#[derive(Clone, Debug)]
pub struct KeyringHandle(Arc<ArcSwap<Keyring>>);

impl KeyringHandle {
    /// Starts with `keyring`.
    pub fn new(keyring: Keyring) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(keyring)))
    }

    /// The keyring in use. Keep it for one request at most.
    pub fn load(&self) -> Arc<Keyring> {
        self.0.load_full()
    }

    /// Puts another in its place, for all at once.
    pub fn replace(&self, keyring: Keyring) {
        self.0.store(Arc::new(keyring));
    }
}

#[cfg(test)]
mod tests;
