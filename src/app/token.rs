//! Access tokens: made here, verified here, and told about.

use super::{App, View};
use crate::auth::caller::Caller;
use crate::auth::token::{AccessClaims, Grant, MintError};
use crate::clock::Time;
use crate::domain::RoleId;
use crate::domain::session::{Place, Session};
use crate::error::Error;
use crate::secret::Secret;
use std::sync::Arc;

/// What a session speaks for when its access token is made.
#[derive(Debug, Clone)]
pub struct Speaks {
    /// The membership.
    pub place: Place,
    /// The version of its rights.
    pub version: i64,
    /// Its roles.
    pub roles: Vec<RoleId>,
}

/// An access token just made.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// The token.
    pub token: Secret,
    /// When it runs out.
    pub expires_at: Time,
}

impl App {
    /// Makes an access token for a session.
    pub fn mint(&self, session: &Session, speaks: Option<&Speaks>, now: Time) -> Result<AccessToken, Error> {
        let roles = speaks.map(|s| s.roles.as_slice()).unwrap_or_default();
        let grant = Grant {
            user: session.user,
            session: session.id,
            organization: speaks.map(|s| s.place.organization),
            member: speaks.map(|s| s.place.member),
            roles: roles
                .iter()
                .filter_map(|id| self.preset.role(*id))
                .map(|role| role.name.clone())
                .collect(),
            version: speaks.map_or(0, |s| s.version),
            auth_time: session.authenticated_at,
            amr: session.methods.clone(),
            actor: None,
            not_after: Some(session.expires_at),
        };
        let minted = self
            .issuer
            .mint(&self.keyring.load(), grant, now, &*self.random)
            .map_err(|e| match e {
                MintError::Expired => Error::Unauthenticated,
                e => Error::Internal(format!("making an access token: {e}")),
            })?;
        Ok(AccessToken {
            token: minted.token,
            expires_at: minted.claims.exp,
        })
    }

    /// Who bears a token, if it verifies and nothing revoked it. All that is wrong with it is one error.
    pub async fn authenticate(&self, token: &str) -> Result<Arc<Caller>, Error> {
        let now = self.clock.now();
        let caller = match self.verified.get(token, now) {
            Some(caller) => caller,
            None => {
                let claims = self.issuer.verify(&self.keyring.load(), token, now);
                let caller = Arc::new(self.caller(claims.map_err(|_| Error::Unauthenticated)?));
                self.verified.insert(token, caller.clone(), caller.expires_at);
                caller
            }
        };
        if self.revocations.revoked(&caller) {
            return Err(Error::Unauthenticated);
        }
        if !self.revocations.fresh() {
            metrics::counter!("roster_revocation_fallbacks_total").increment(1);
            let stands = self
                .store
                .reads()
                .revocations()
                .stands(caller.session, caller.place, now)
                .await?;
            return if stands {
                Ok(caller)
            } else {
                Err(Error::Unauthenticated)
            };
        }
        Ok(caller)
    }

    fn caller(&self, claims: AccessClaims) -> Caller {
        let roles: Vec<RoleId> = claims
            .roles
            .iter()
            .filter_map(|n| self.preset.role_named(n))
            .map(|r| r.id)
            .collect();
        let place = claims
            .org
            .zip(claims.mbr)
            .map(|(organization, member)| Place { organization, member });
        Caller {
            user: claims.sub,
            session: claims.sid,
            place: place.map(|place| (place, claims.ver)),
            permissions: self.preset.permissions_of(&roles),
            roles: claims.roles,
            authenticated_at: claims.auth_time,
            methods: claims.amr,
            expires_at: claims.exp,
        }
    }
}

/// A public key and the set it is in.
#[derive(Debug, Clone)]
pub struct SigningKeys {
    /// The JSON Web Key Set.
    pub jwks: serde_json::Value,
}

/// The public keys that access tokens verify against.
pub async fn signing_keys(view: &View<'_>, _: &()) -> Result<SigningKeys, Error> {
    Ok(SigningKeys {
        jwks: view.app.keyring.load().jwks_at(view.now),
    })
}

/// A token to be told about.
#[derive(Debug, Clone)]
pub struct Introspect {
    /// The token; none means the caller's own.
    pub token: Option<Secret>,
}

/// What a token is worth now; none means nothing.
pub async fn introspect(view: &View<'_>, input: &Introspect) -> Result<Option<Arc<Caller>>, Error> {
    let Some(token) = &input.token else {
        return Ok(view.call.caller.clone());
    };
    match view.app.authenticate(token.expose()).await {
        Ok(caller) => Ok(Some(caller)),
        Err(Error::Unauthenticated) => Ok(None),
        Err(error) => Err(error),
    }
}
