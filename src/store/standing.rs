//! All that a decision about a caller needs, in one statement.

use super::given::AllGiven;
use super::member::state_of;
use super::{Repository, from_db};
use crate::clock::Time;
use crate::domain::SessionId;
use crate::domain::member::{Membership, Standing};
use crate::domain::session::Place;
use crate::error::Error;
use sea_orm::{ConnectionTrait, Statement};

/// The resource.
#[derive(Debug)]
pub enum Standings {}

/// The session, the person and the membership stand in each row; beside them, a row each, what the membership was given.
const STANDING: &str = "SELECT s.ended_at, s.expires_at, u.disabled_at, u.email_verified_at, m.state, \
     m.rights_version, o.roles_version, g.kind, g.what, g.id, g.permission, g.until \
     FROM sessions s JOIN users u ON u.id = s.user_id \
     LEFT JOIN organizations o ON o.id = $2 AND o.deleted_at IS NULL \
     LEFT JOIN members m ON m.organization_id = o.id AND m.id = $3 AND m.state <> 7 \
     LEFT JOIN (\
     SELECT 1 AS kind, role_id AS what, CAST(NULL AS uuid) AS id, CAST(NULL AS text) AS permission, \
     CAST(NULL AS timestamptz) AS until FROM member_roles WHERE organization_id = $2 AND member_id = $3 \
     UNION ALL SELECT 2, group_id, NULL, NULL, NULL FROM group_members WHERE organization_id = $2 AND member_id = $3 \
     UNION ALL SELECT 4, NULL, NULL, permission, NULL FROM grants WHERE organization_id = $2 AND member_id = $3 \
     UNION ALL SELECT 5, role_id, id, NULL, expires_at FROM bindings WHERE organization_id = $2 AND member_id = $3 \
     ) g ON m.id IS NOT NULL WHERE s.id = $1";

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
        let roles_version: Option<i64> = first.try_get_by_index(6).map_err(from_db)?;
        let mut all = AllGiven::default();
        for row in &rows {
            let kind: Option<i32> = row.try_get_by_index(7).map_err(from_db)?;
            if let Some(kind) = kind {
                all.enter(member, kind, row, 8)?;
            }
        }
        let (roles, mut given) = all.take(organization, member);
        given.roles_version = roles_version.unwrap_or_default();
        Ok(Some(Standing {
            session_live: ended.is_none() && now < expires,
            enabled: disabled.is_none(),
            email_verified: verified.is_some(),
            membership: state.zip(version).map(|(state, rights_version)| Membership {
                state: state_of(state),
                rights_version,
                roles,
                given,
            }),
        }))
    }
}
