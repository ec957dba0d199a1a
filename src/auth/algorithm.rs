//! The signature algorithms that keys are made for, and their names.
//!
//! Only asymmetric ones: whoever verifies must not be able to sign. Start at [`Algorithm`].

/// A signature algorithm that a key may be made for. The key decides, never the token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Ed25519 (RFC 8037).
    #[default]
    EdDSA,
    /// ECDSA over P-256 with SHA-256 (RFC 7518, 3.4).
    ES256,
    /// RSA of 2,048 bits, PKCS #1 v1.5 with SHA-256 (RFC 7518, 3.3).
    RS256,
}

/// Not the name of an algorithm we sign with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no supported signature algorithm; use EdDSA, ES256 or RS256")]
pub struct UnknownAlgorithm;

impl Algorithm {
    /// The name as registered for JOSE.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EdDSA => "EdDSA",
            Self::ES256 => "ES256",
            Self::RS256 => "RS256",
        }
    }

    /// The same for the JWT library.
    pub(super) fn jwt(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::EdDSA => jsonwebtoken::Algorithm::EdDSA,
            Self::ES256 => jsonwebtoken::Algorithm::ES256,
            Self::RS256 => jsonwebtoken::Algorithm::RS256,
        }
    }
}

impl std::fmt::Display for Algorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        [Self::EdDSA, Self::ES256, Self::RS256]
            .into_iter()
            .find(|one| one.as_str() == name)
            .ok_or(UnknownAlgorithm)
    }
}
