//! Access tokens: minted and verified.
//!
//! The header is read strictly before anything else, and only to find the key; the key alone says which algorithm
//! its signature has (RFC 8725, 3.1). Every refusal is the same [`InvalidToken`]. The time comes from the caller,
//! so tests and revocation agree with it. Revocation and permissions are decided elsewhere.
//! Start at [`TokenIssuer`]; a server asks its [`VerifiedTokens`] first.

use std::time::Duration;

use chrono::{SubsecRound, TimeDelta};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Header, Validation};
use serde::Deserialize;

pub use super::claims::{AccessClaims, Actor};
use super::keyring::{Keyring, SigningKey};
pub use super::verified::VerifiedTokens;
use crate::clock::Time;
use crate::domain::id::{MemberId, OrganizationId, SessionId, UserId};
use crate::random::Random;
use crate::secret::Secret;

/// The media type of access tokens in the header (RFC 9068, 2.1).
const TYPE: &str = "at+jwt";
/// The largest token we mint, in bytes: proxies commonly bound all headers together to 8 KiB.
pub const MAX_MINTED: usize = 4 * 1024;
/// The largest token we look at, in bytes.
pub const MAX_ACCEPTED: usize = 8 * 1024;
/// How far the clocks of two servers may differ.
pub const LEEWAY: TimeDelta = TimeDelta::seconds(5);

/// A token that is not accepted. It never says why: the caller learns nothing, and a log of reasons would be a log of
/// attacks' progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the access token is not valid; get a new one")]
pub struct InvalidToken;

/// Why no token was minted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MintError {
    /// No key signs at this time.
    #[error("no signing key is in use; run the key rotation")]
    NoKey,
    /// The token would be larger than [`MAX_MINTED`].
    #[error("the token would have {bytes} bytes, 4096 are allowed; give the member fewer roles")]
    TooLarge {
        /// How large it would be.
        bytes: usize,
    },
    /// It would have expired already.
    #[error("the token would expire before it is issued")]
    Expired,
    /// The key didn't sign.
    #[error("the token could not be signed")]
    Failed,
}

/// What a token is to say, besides what the issuer adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Who calls.
    pub user: UserId,
    /// In which session.
    pub session: SessionId,
    /// For which organisation.
    pub organization: Option<OrganizationId>,
    /// As which member of it.
    pub member: Option<MemberId>,
    /// With which roles there.
    pub roles: Vec<String>,
    /// The version of the rights these were read from.
    pub version: i64,
    /// When the person last proved who they are.
    pub auth_time: Time,
    /// How (RFC 8176): `pwd`, `otp`, `mfa`, ….
    pub amr: Vec<String>,
    /// Who acts in the user's name, if somebody does.
    pub actor: Option<UserId>,
    /// When it must have expired, if earlier than the usual lifetime: the end of a session or of a role.
    pub not_after: Option<Time>,
}

/// A token just minted.
#[derive(Clone, Debug)]
pub struct MintedToken {
    /// The token, to be given to the caller alone.
    pub token: Secret,
    /// What it says.
    pub claims: AccessClaims,
}

/// Mints tokens in one name for one audience, and accepts exactly those.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenIssuer {
    /// Our URL, as `iss`.
    pub issuer: String,
    /// Whom the tokens are for, as `aud`.
    pub audience: String,
    /// How long a token lives. Cut to whole seconds.
    pub lifetime: Duration,
}

impl TokenIssuer {
    /// Signs a token with the key that signs now.
    ///
    /// # Errors
    /// [`MintError`]; above all a token that would be too large is an error rather than one that proxies refuse.
    pub fn mint(
        &self,
        keyring: &Keyring,
        grant: Grant,
        now: Time,
        random: &dyn Random,
    ) -> Result<MintedToken, MintError> {
        let key = keyring.signer_at(now).ok_or(MintError::NoKey)?;
        let claims = self.claims(grant, now, random)?;
        let mut header = Header::new(key.algorithm().jwt());
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key.kid().to_owned());
        let token = jsonwebtoken::encode(&header, &claims, key.encoding()).map_err(|_| MintError::Failed)?;
        let bytes = token.len();
        if bytes > MAX_MINTED {
            return Err(MintError::TooLarge { bytes });
        }
        Ok(MintedToken {
            token: Secret::new(token),
            claims,
        })
    }

    fn claims(&self, grant: Grant, now: Time, random: &dyn Random) -> Result<AccessClaims, MintError> {
        let issued = now.trunc_subsecs(0);
        let lifetime = i64::try_from(self.lifetime.as_secs())
            .ok()
            .and_then(TimeDelta::try_seconds);
        let usual = lifetime
            .and_then(|lifetime| issued.checked_add_signed(lifetime))
            .ok_or(MintError::Failed)?;
        let expires = grant.not_after.map_or(usual, |at| usual.min(at.trunc_subsecs(0)));
        if expires <= issued {
            return Err(MintError::Expired);
        }
        let mut id = [0; 16];
        random.fill(&mut id);
        Ok(AccessClaims {
            iss: self.issuer.clone(),
            sub: grant.user,
            aud: self.audience.clone(),
            exp: expires,
            nbf: issued,
            iat: issued,
            jti: BASE64URL_NOPAD.encode(&id),
            sid: grant.session,
            org: grant.organization,
            mbr: grant.member,
            roles: grant.roles,
            ver: grant.version,
            auth_time: grant.auth_time.trunc_subsecs(0),
            amr: grant.amr,
            act: grant.actor.map(|sub| Actor { sub }),
        })
    }

    /// Reads a token, checking everything that can be checked without a database.
    ///
    /// # Errors
    /// [`InvalidToken`], whatever is wrong.
    pub fn verify(&self, keyring: &Keyring, token: &str, now: Time) -> Result<AccessClaims, InvalidToken> {
        let header = read_header(token)?;
        let key = keyring.verifier(&header.kid, now).ok_or(InvalidToken)?;
        if header.alg != key.algorithm().as_str() || header.typ != TYPE {
            return Err(InvalidToken);
        }
        let claims = decode(token, key)?;
        let ours = claims.iss == self.issuer && claims.aud == self.audience;
        if ours && claims.is_sound() && in_time(&claims, now) {
            Ok(claims)
        } else {
            Err(InvalidToken)
        }
    }
}

/// The members our headers have. Any other (`crit`, `jku`, `jwk`, `x5u`, `x5c`, `zip`, `b64`, …) or a doubled one
/// refuses the token, so nothing in a header can lead us anywhere but to one of our keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    typ: String,
    alg: String,
    kid: String,
}

fn read_header(token: &str) -> Result<StrictHeader, InvalidToken> {
    if token.len() > MAX_ACCEPTED {
        return Err(InvalidToken);
    }
    let mut parts = token.split('.');
    let (Some(header), Some(_), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(InvalidToken);
    };
    let json = BASE64URL_NOPAD.decode(header.as_bytes()).map_err(|_| InvalidToken)?;
    serde_json::from_slice(&json).map_err(|_| InvalidToken)
}

/// Checks the signature by the key's own algorithm, then reads the claims. The library's checks of time, audience
/// and issuer are off: they know another clock and pass over mistyped claims; ours are in the types and in `verify`.
fn decode(token: &str, key: &SigningKey) -> Result<AccessClaims, InvalidToken> {
    let mut validation = Validation::new(key.algorithm().jwt());
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    jsonwebtoken::decode(token, key.decoding(), &validation)
        .map(|data| data.claims)
        .map_err(|_| InvalidToken)
}

fn in_time(claims: &AccessClaims, now: Time) -> bool {
    now < claims.exp + LEEWAY && claims.nbf <= now + LEEWAY && claims.iat <= now + LEEWAY
}

#[cfg(test)]
mod tests;
