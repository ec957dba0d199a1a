//! Access tokens, from outside.

use super::timestamp;
use crate::app::token::{Introspect, SigningKeys};
use crate::auth::caller::Caller;
use crate::error::Error;
use crate::pb::roster::identity::v1 as pb;
use crate::secret::Secret;
use std::sync::Arc;

impl From<SigningKeys> for pb::GetSigningKeysResponse {
    fn from(keys: SigningKeys) -> Self {
        let list = keys
            .jwks
            .get("keys")
            .and_then(|keys| keys.as_array())
            .cloned()
            .unwrap_or_default();
        let text =
            |key: &serde_json::Value, name: &str| key.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
        let list = list.iter().map(|key| pb::SigningKey {
            kid: text(key, "kid"),
            algorithm: text(key, "alg"),
            jwk: key.to_string(),
        });
        Self {
            keys: list.collect(),
            jwks: keys.jwks.to_string(),
        }
    }
}

impl TryFrom<pb::IntrospectRequest> for Introspect {
    type Error = Error;
    fn try_from(r: pb::IntrospectRequest) -> Result<Introspect, Error> {
        Ok(Introspect {
            token: (!r.token.is_empty()).then(|| Secret::new(r.token)),
        })
    }
}

impl From<Option<Arc<Caller>>> for pb::IntrospectResponse {
    fn from(caller: Option<Arc<Caller>>) -> Self {
        let Some(caller) = caller else { return Self::default() };
        let place = caller.place();
        Self {
            active: true,
            user_id: caller.user.to_string(),
            organization_id: place.map(|p| p.organization.to_string()).unwrap_or_default(),
            member_id: place.map(|p| p.member.to_string()).unwrap_or_default(),
            session_id: caller.session.to_string(),
            roles: caller.roles.clone(),
            expire_time: Some(timestamp(caller.expires_at)),
            auth_time: Some(timestamp(caller.authenticated_at)),
        }
    }
}
