//! Access tokens: made here, verified here, and told about.

use super::{App, Cx, View};
use crate::auth::caller::Caller;
use crate::auth::token::{AccessClaims, Grant, MintError};
use crate::clock::Time;
use crate::domain::member::{Member, Membership, Standing};
use crate::domain::roles::first_end;
use crate::domain::session::{Place, Session};
use crate::domain::{MemberState, PermissionSet, Roles, SessionId};
use crate::error::Error;
use crate::secret::Secret;
use chrono::{SubsecRound, TimeDelta};
use std::sync::Arc;

/// What a session speaks for when its access token is made.
#[derive(Debug, Clone)]
pub struct Speaks {
    /// The membership.
    pub place: Place,
    /// The version of its rights.
    pub version: i64,
    /// The roles that count, by name where they are the preset's, else by id: no name that somebody chose can pass for a
    /// role that other services know.
    pub roles: Vec<String>,
    /// When the first role that was given for a while ends: no token outlives it.
    pub ends_at: Option<Time>,
}

/// The most roles that a token names; what they permit counts all the same.
const NAMED_ROLES: usize = 64;

impl Speaks {
    /// What a membership's token says.
    pub(super) fn of(place: Place, membership: &Membership, roles: &Roles, now: Time) -> Speaks {
        // Tokens count whole seconds: what ends within the present one is over, or none could be made that ends with it.
        let now = now.trunc_subsecs(0) + TimeDelta::microseconds(999_999);
        let held = roles.held(&membership.roles, &membership.given, now);
        let named = held.into_iter().filter_map(|id| {
            let role = roles.find(id)?;
            Some(if roles.is_system(id) {
                role.name.clone()
            } else {
                id.to_string()
            })
        });
        Speaks {
            place,
            version: membership.rights_version,
            roles: named.take(NAMED_ROLES).collect(),
            ends_at: first_end(&membership.given, now),
        }
    }
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
        let bound = speaks.and_then(|s| s.ends_at);
        let end = bound.map_or(session.expires_at, |end| end.min(session.expires_at));
        let grant = Grant {
            user: session.user,
            session: session.id,
            organization: speaks.map(|s| s.place.organization),
            member: speaks.map(|s| s.place.member),
            roles: speaks.map(|s| s.roles.clone()).unwrap_or_default(),
            version: speaks.map_or(0, |s| s.version),
            auth_time: session.authenticated_at,
            amr: session.methods.clone(),
            actor: None,
            not_after: Some(end),
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
        let fresh = self.revocations.fresh();
        if !fresh {
            metrics::counter!("roster_revocation_fallbacks_total").increment(1);
        }
        let caller = match self.verified.get(token, now) {
            Some(caller) => caller,
            None => {
                let claims = self.issuer.verify(&self.keyring.load(), token, now);
                let claims = claims.map_err(|_| Error::Unauthenticated)?;
                let (caller, until) = self.caller(claims, now).await?;
                let caller = Arc::new(caller);
                self.verified.insert(token, caller.clone(), until);
                caller
            }
        };
        if self.revocations.revoked(&caller) {
            return Err(Error::Unauthenticated);
        }
        if !fresh {
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

    /// The caller of a token seen for the first time: what it permits is read from the database once, and holds for as long
    /// as the token does unless it is revoked. A token made before a role was given for a while doesn't end with it: what was
    /// read holds until then, and is read anew.
    async fn caller(&self, claims: AccessClaims, now: Time) -> Result<(Caller, Time), Error> {
        let place = claims
            .org
            .zip(claims.mbr)
            .map(|(organization, member)| Place { organization, member });
        let (permissions, end) = match place {
            Some(place) => self.permitted(claims.sid, place, now).await?,
            None => (PermissionSet::default(), None),
        };
        let until = end.map_or(claims.exp, |end| end.min(claims.exp));
        let caller = Caller {
            user: claims.sub,
            session: claims.sid,
            place: place.map(|place| (place, claims.ver)),
            permissions,
            roles: claims.roles,
            authenticated_at: claims.auth_time,
            methods: claims.amr,
            expires_at: claims.exp,
        };
        Ok((caller, until))
    }

    /// What a membership permits, and when the first role that it has for a while ends.
    async fn permitted(
        &self,
        session: SessionId,
        place: Place,
        now: Time,
    ) -> Result<(PermissionSet, Option<Time>), Error> {
        let membership = active(self.store.reads().standings().find(session, Some(place), now).await?)?;
        if let Some(roles) = self.remembered(place.organization, membership.given.roles_version) {
            let held = roles.rights(&membership.roles, &membership.given, now);
            return Ok((held, first_end(&membership.given, now)));
        }
        // Several statements: they have to see one moment, or the roles could be later ones than the member's.
        let rows = self.store.snapshot().await?;
        let membership = active(rows.standings().find(session, Some(place), now).await?)?;
        let wanted = [(place.organization, membership.given.roles_version)];
        let roles = self.roles_at(rows.rights(), &wanted, true).await?;
        let roles = roles.get(&place.organization).ok_or(Error::Unauthenticated)?;
        let held = roles.rights(&membership.roles, &membership.given, now);
        Ok((held, first_end(&membership.given, now)))
    }
}

impl Cx<'_> {
    /// What a token of this membership says, if it is active.
    pub(super) async fn speaks(&self, member: &Member) -> Result<Speaks, Error> {
        if member.stored_state != MemberState::Active {
            return Err(Error::Unauthenticated);
        }
        let place = Place {
            organization: member.organization,
            member: member.id,
        };
        let membership = Membership {
            state: member.stored_state,
            rights_version: member.rights_version,
            roles: member.roles.clone(),
            given: member.given.clone(),
        };
        let roles = self.roles_for(member).await?;
        Ok(Speaks::of(place, &membership, &roles, self.now))
    }
}

/// The membership of a session that lives, if it gives access.
fn active(standing: Option<Standing>) -> Result<Membership, Error> {
    let standing = standing.filter(|standing| standing.session_live && standing.enabled);
    let membership = standing.and_then(|standing| standing.membership);
    let membership = membership.filter(|membership| membership.state == MemberState::Active);
    membership.ok_or(Error::Unauthenticated)
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
