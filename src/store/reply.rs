//! Answers kept for their request ids, sealed, for a day.

use super::entity::reply::{ActiveModel, Column, Entity};
use super::{ReadWrite, Replay, Repository, delete_some, from_db};
use crate::clock::Time;
use crate::error::Error;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// The resource.
#[derive(Debug)]
pub enum Replies {}

impl<M> Repository<'_, Replies, M> {
    /// What was answered under a request id.
    pub async fn find(&self, caller: Uuid, request: Uuid) -> Result<Option<Replay>, Error> {
        let row = Entity::find_by_id((caller, request))
            .one(self.conn)
            .await
            .map_err(from_db)?;
        Ok(row.and_then(|row| {
            Some(Replay {
                request,
                digest: row.digest.try_into().ok()?,
                answer: row.answer,
            })
        }))
    }
}

impl Repository<'_, Replies, ReadWrite> {
    /// Claims a request id, or gives what was answered under it. A second call waits here until the first has ended,
    /// which is why it is a statement of the transaction itself.
    pub async fn claim(
        &self,
        caller: Uuid,
        request: Uuid,
        digest: [u8; 32],
        now: Time,
    ) -> Result<Option<Replay>, Error> {
        let was = self.conn.changed();
        let row = ActiveModel {
            caller: Set(caller),
            request_id: Set(request),
            digest: Set(digest.to_vec()),
            answer: Set(vec![]),
            created_at: Set(now),
        };
        let taken = OnConflict::columns([Column::Caller, Column::RequestId])
            .do_nothing()
            .to_owned();
        let claimed = Entity::insert(row)
            .on_conflict(taken)
            .exec_without_returning(self.conn)
            .await;
        if claimed.map_err(from_db)? == 1 {
            self.conn.forget(was);
            return Ok(None);
        }
        self.find(caller, request).await?.ok_or(Error::Conflict).map(Some)
    }

    /// Gives a claimed request id back.
    pub async fn release(&self, caller: Uuid, request: Uuid) -> Result<(), Error> {
        let was = self.conn.changed();
        Entity::delete_by_id((caller, request))
            .exec(self.conn)
            .await
            .map_err(from_db)?;
        self.conn.forget(was);
        Ok(())
    }

    pub(super) async fn fill(&self, caller: Uuid, replay: &Replay) -> Result<(), Error> {
        let query = Entity::update_many()
            .set(ActiveModel {
                answer: Set(replay.answer.clone()),
                ..Default::default()
            })
            .filter(Column::Caller.eq(caller))
            .filter(Column::RequestId.eq(replay.request));
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }

    /// Forgets those kept since before then, `limit` at most. Returns how many.
    pub async fn delete_before(&self, before: Time, limit: u64) -> Result<u64, Error> {
        delete_some::<Entity>(self.conn, Column::CreatedAt.lt(before), limit).await
    }
}
