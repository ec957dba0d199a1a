//! Sessions and their tokens.

use super::{Fields, nothing_to_parse, nothing_to_say, only_a_page, timestamp};
use crate::app::organization::OrganizationRef;
use crate::app::page::Page;
use crate::app::session::{Refresh, Revoke, Switch, Tokens};
use crate::auth::opaque::SecretKind;
use crate::domain::session::Session;
use crate::error::Error;
use crate::pb::roster::identity::v1 as pb;

nothing_to_parse!(
    pb::LogOutRequest,
    pb::GetMeRequest,
    pb::GeneratePasswordRequest,
    pb::GetSigningKeysRequest
);
nothing_to_say!(pb::LogOutResponse, pb::RevokeSessionResponse);
only_a_page!(pb::ListSessionsRequest);

impl From<Tokens> for pb::Tokens {
    fn from(tokens: Tokens) -> pb::Tokens {
        pb::Tokens {
            access_token: tokens.access.token.expose().to_owned(),
            access_expire_time: Some(timestamp(tokens.access.expires_at)),
            refresh_token: tokens.refresh.expose().to_owned(),
            refresh_expire_time: Some(timestamp(tokens.refresh_expires_at)),
            session_id: tokens.session.to_string(),
            user_id: tokens.user.to_string(),
            organization_id: tokens.place.map(|p| p.organization.to_string()).unwrap_or_default(),
            member_id: tokens.place.map(|p| p.member.to_string()).unwrap_or_default(),
        }
    }
}

impl TryFrom<pb::RefreshSessionRequest> for Refresh {
    type Error = Error;
    /// A token of another form is as wrong as a wrong one: there is one answer to both.
    fn try_from(r: pb::RefreshSessionRequest) -> Result<Refresh, Error> {
        let token = crate::auth::opaque::OpaqueSecret::parse(SecretKind::Refresh, &r.refresh_token);
        Ok(Refresh {
            token: token.map_err(|_| Error::Unauthenticated)?,
        })
    }
}

impl From<Tokens> for pb::RefreshSessionResponse {
    fn from(tokens: Tokens) -> Self {
        Self {
            tokens: Some(tokens.into()),
        }
    }
}

impl TryFrom<pb::SwitchOrganizationRequest> for Switch {
    type Error = Error;
    fn try_from(r: pb::SwitchOrganizationRequest) -> Result<Switch, Error> {
        let mut f = Fields::default();
        let organization = f.parse::<OrganizationRef>("organization", &r.organization);
        f.build(|| {
            Some(Switch {
                organization: organization?,
            })
        })
    }
}

impl From<Tokens> for pb::SwitchOrganizationResponse {
    fn from(tokens: Tokens) -> Self {
        Self {
            tokens: Some(tokens.into()),
        }
    }
}

impl From<(Session, bool)> for pb::Session {
    fn from((session, current): (Session, bool)) -> pb::Session {
        pb::Session {
            id: session.id.to_string(),
            organization_id: session.place.map(|p| p.organization.to_string()).unwrap_or_default(),
            device: session.device,
            address: session.address,
            create_time: Some(timestamp(session.created_at)),
            last_use_time: Some(timestamp(session.last_used_at)),
            expire_time: Some(timestamp(session.expires_at)),
            current,
        }
    }
}

impl From<Page<(Session, bool)>> for pb::ListSessionsResponse {
    fn from(page: Page<(Session, bool)>) -> Self {
        Self {
            sessions: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next,
        }
    }
}

impl TryFrom<pb::RevokeSessionRequest> for Revoke {
    type Error = Error;
    fn try_from(r: pb::RevokeSessionRequest) -> Result<Revoke, Error> {
        let mut f = Fields::default();
        let session = f.parse("session_id", &r.session_id);
        f.build(|| Some(Revoke { session: session? }))
    }
}
