//! What tokens have to be refused, for every process to learn. Written with the change that revokes, read by the feed.

use super::entity::revocation::{ActiveModel, Column, Entity, Model};
use super::entity::session;
use super::{ReadWrite, Repository, delete_some, from_db, insert_all};
use crate::clock::Time;
use crate::domain::event::Revocation;
use crate::domain::session::Place;
use crate::domain::{MemberId, OrganizationId, SessionId};
use crate::error::Error;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

/// The resource.
#[derive(Debug)]
pub enum Revocations {}

impl<M> Repository<'_, Revocations, M> {
    /// All since then, in no order. Readers go back further than their last look: rows may commit late.
    pub async fn list_since(&self, since: Time) -> Result<Vec<(Revocation, Time)>, Error> {
        let rows = Entity::find()
            .filter(Column::CreatedAt.gt(since))
            .all(self.conn)
            .await
            .map_err(from_db)?;
        Ok(rows
            .into_iter()
            .filter_map(|row| Some((of_row(&row)?, row.created_at)))
            .collect())
    }

    /// Whether the database itself still stands behind a token: for when the feed is behind.
    pub async fn stands(&self, id: SessionId, place: Option<(Place, i64)>, now: Time) -> Result<bool, Error> {
        let live = session::Entity::find_by_id(id.uuid())
            .filter(session::Column::EndedAt.is_null())
            .filter(session::Column::ExpiresAt.gt(now))
            .select_only()
            .column(session::Column::Id);
        let live: Option<uuid::Uuid> = live.into_tuple().one(self.conn).await.map_err(from_db)?;
        let Some((place, version)) = place else {
            return Ok(live.is_some());
        };
        let shrunk = Entity::find()
            .filter(Column::OrganizationId.eq(place.organization.uuid()))
            .filter(Column::MemberId.eq(place.member.uuid()))
            .filter(Column::MinRightsVersion.gt(version))
            .select_only()
            .column(Column::Id);
        let shrunk: Option<uuid::Uuid> = shrunk.into_tuple().one(self.conn).await.map_err(from_db)?;
        Ok(live.is_some() && shrunk.is_none())
    }
}

impl Repository<'_, Revocations, ReadWrite> {
    pub(super) async fn insert(&self, ids: &[uuid::Uuid], revoked: &[Revocation], at: Time) -> Result<(), Error> {
        let rows = ids.iter().zip(revoked).map(|(id, revocation)| {
            let (session, place, min_version) = match revocation {
                Revocation::Session(session) => (Some(session.uuid()), None, None),
                Revocation::Rights { place, min_version } => (None, Some(*place), Some(*min_version)),
            };
            ActiveModel {
                id: Set(*id),
                session_id: Set(session),
                organization_id: Set(place.map(|p| p.organization.uuid())),
                member_id: Set(place.map(|p| p.member.uuid())),
                min_rights_version: Set(min_version),
                created_at: Set(at),
            }
        });
        insert_all(self.conn, rows.collect()).await
    }

    /// Forgets those older than any token that they could still refuse, `limit` at most. Returns how many.
    pub async fn delete_before(&self, before: Time, limit: u64) -> Result<u64, Error> {
        delete_some::<Entity>(self.conn, Column::CreatedAt.lt(before), limit).await
    }
}

fn of_row(row: &Model) -> Option<Revocation> {
    if let Some(session) = row.session_id {
        return Some(Revocation::Session(SessionId::new(session)));
    }
    let place = Place {
        organization: OrganizationId::new(row.organization_id?),
        member: MemberId::new(row.member_id?),
    };
    Some(Revocation::Rights {
        place,
        min_version: row.min_rights_version?,
    })
}
