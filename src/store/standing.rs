//! All that a decision about a caller needs, in one statement.

use super::member::state_of;
use super::{Repository, from_db};
use crate::clock::Time;
use crate::domain::member::Standing;
use crate::domain::session::Place;
use crate::domain::{RoleId, SessionId};
use crate::error::Error;
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

/// The resource.
#[derive(Debug)]
pub enum Standings {}

const STANDING: &str = "SELECT s.ended_at, s.expires_at, u.disabled_at, u.email_verified_at, m.state, m.rights_version, \
     r.role_id FROM sessions s JOIN users u ON u.id = s.user_id \
     LEFT JOIN members m ON m.organization_id = $2 AND m.id = $3 AND m.state <> 7 \
     LEFT JOIN member_roles r ON r.organization_id = m.organization_id AND r.member_id = m.id WHERE s.id = $1";

impl<M> Repository<'_, Standings, M> {
    /// How somebody stands now, whatever their token says. None if the session was never there.
    pub async fn find(&self, session: SessionId, place: Option<Place>, now: Time) -> Result<Option<Standing>, Error> {
        let organization = place.map(|p| p.organization.uuid()).unwrap_or_default();
        let member = place.map(|p| p.member.uuid()).unwrap_or_default();
        let values = [session.uuid().into(), organization.into(), member.into()];
        let statement = Statement::from_sql_and_values(self.conn.get_database_backend(), STANDING, values);
        let rows = self.conn.query_all_raw(statement).await.map_err(from_db)?;
        let Some(first) = rows.first() else { return Ok(None) };
        let ended: Option<Time> = first.try_get_by_index(0).map_err(from_db)?;
        let expires: Time = first.try_get_by_index(1).map_err(from_db)?;
        let disabled: Option<Time> = first.try_get_by_index(2).map_err(from_db)?;
        let verified: Option<Time> = first.try_get_by_index(3).map_err(from_db)?;
        let state: Option<i16> = first.try_get_by_index(4).map_err(from_db)?;
        let version: Option<i64> = first.try_get_by_index(5).map_err(from_db)?;
        let mut roles = Vec::with_capacity(rows.len());
        for row in &rows {
            let role: Option<Uuid> = row.try_get_by_index(6).map_err(from_db)?;
            roles.extend(role.map(RoleId::new));
        }
        roles.sort_unstable();
        Ok(Some(Standing {
            session_live: ended.is_none() && now < expires,
            enabled: disabled.is_none(),
            email_verified: verified.is_some(),
            membership: state
                .zip(version)
                .map(|(state, version)| (state_of(state), version, roles)),
        }))
    }
}
