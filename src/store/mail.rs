//! The outbox. A mail is a row of the transaction that caused it; the worker delivers it later.

use super::entity::mail::{ActiveModel, Column, Entity, Model};
use super::{ReadWrite, Repository, delete_some, dialect, from_db, insert_all};
use crate::clock::Time;
use crate::error::Error;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// The resource.
#[derive(Debug)]
pub enum Mails {}

/// A mail as it is kept.
#[derive(Clone)]
pub struct QueuedMail {
    /// Also its Message-ID.
    pub id: Uuid,
    /// The address.
    pub recipient: String,
    /// What to call the person.
    pub recipient_name: String,
    /// The language.
    pub locale: String,
    /// The template's name, for the log.
    pub kind: String,
    /// The template with its facts, sealed. Wiped when it is no longer needed.
    pub content: Vec<u8>,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was written.
    pub created_at: Time,
    /// How soon it is sent: those of a lower rank go first.
    pub rank: i16,
}

/// The ranks that there are.
const RANKS: std::ops::RangeInclusive<i16> = 0..=2;

impl<M> Repository<'_, Mails, M> {
    /// How many wait to be sent.
    pub async fn count_waiting(&self) -> Result<u64, Error> {
        use sea_orm::PaginatorTrait;
        let query = Entity::find()
            .filter(Column::SentAt.is_null())
            .filter(Column::FailedAt.is_null());
        query.count(self.conn).await.map_err(from_db)
    }

    /// Whether any is due.
    pub async fn any_due(&self, now: Time) -> Result<bool, Error> {
        for rank in RANKS {
            let query = due(rank, now).select_only().column(Column::Id).limit(1);
            let found: Option<Uuid> = query.into_tuple().one(self.conn).await.map_err(from_db)?;
            if found.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Repository<'_, Mails, ReadWrite> {
    pub(super) async fn insert(&self, mails: &[QueuedMail], at: Time) -> Result<(), Error> {
        let rows = mails.iter().map(|mail| ActiveModel {
            id: Set(mail.id),
            recipient: Set(mail.recipient.clone()),
            recipient_name: Set(mail.recipient_name.clone()),
            locale: Set(mail.locale.clone()),
            kind: Set(mail.kind.clone()),
            content: Set(mail.content.clone()),
            attempts: Set(0),
            next_attempt_at: Set(at),
            sent_at: Set(None),
            failed_at: Set(None),
            last_error: Set(None),
            created_at: Set(at),
            rank: Set(mail.rank),
        });
        insert_all(self.conn, rows.collect()).await
    }

    /// Takes those that are due, by rank and then by time, and puts off their next attempt until `lease_until`: should this process die, another
    /// tries again then. No two processes take the same.
    pub async fn lease(&self, now: Time, lease_until: Time, limit: u64) -> Result<Vec<QueuedMail>, Error> {
        let mut rows: Vec<Model> = vec![];
        for rank in RANKS {
            let room = limit.saturating_sub(rows.len() as u64);
            let due = due(rank, now).order_by_asc(Column::NextAttemptAt).limit(room);
            rows.extend(dialect::claimed(self.conn, due).all(self.conn).await.map_err(from_db)?);
            if rows.len() as u64 >= limit {
                break;
            }
        }
        if !rows.is_empty() {
            let set = ActiveModel {
                next_attempt_at: Set(lease_until),
                ..Default::default()
            };
            let query = Entity::update_many()
                .set(set)
                .filter(Column::Id.is_in(rows.iter().map(|row| row.id)));
            query.exec(self.conn).await.map_err(from_db)?;
        }
        Ok(rows.into_iter().map(QueuedMail::from).collect())
    }

    /// It was accepted. The content, with whatever secret it carried, is wiped.
    pub async fn sent(&self, id: Uuid, now: Time) -> Result<(), Error> {
        let set = ActiveModel {
            sent_at: Set(Some(now)),
            content: Set(vec![]),
            ..Default::default()
        };
        self.set(id, set).await
    }

    /// It was not accepted; try again then, or, with none, never.
    pub async fn failed(&self, id: Uuid, attempts: i32, why: &str, next: Option<Time>, now: Time) -> Result<(), Error> {
        let mut set = ActiveModel {
            attempts: Set(attempts),
            last_error: Set(Some(why.to_owned())),
            ..Default::default()
        };
        match next {
            Some(next) => set.next_attempt_at = Set(next),
            None => {
                set.failed_at = Set(Some(now));
                set.content = Set(vec![]);
            }
        }
        self.set(id, set).await
    }

    async fn set(&self, id: Uuid, set: ActiveModel) -> Result<(), Error> {
        let query = Entity::update_many().set(set).filter(Column::Id.eq(id));
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }

    /// Forgets those written before then that were sent or given up, `limit` at most. Returns how many.
    pub async fn delete_done(&self, before: Time, limit: u64) -> Result<u64, Error> {
        use sea_orm::sea_query::Condition;
        let done = Condition::any()
            .add(Column::SentAt.is_not_null())
            .add(Column::FailedAt.is_not_null());
        let old = Condition::all().add(done).add(Column::CreatedAt.lt(before));
        delete_some::<Entity>(self.conn, old, limit).await
    }
}

/// Each rank is asked for by itself: so the index gives the first of them, however many of another wait.
fn due(rank: i16, now: Time) -> sea_orm::Select<Entity> {
    Entity::find()
        .filter(Column::SentAt.is_null())
        .filter(Column::FailedAt.is_null())
        .filter(Column::Rank.eq(rank))
        .filter(Column::NextAttemptAt.lte(now))
}

impl From<Model> for QueuedMail {
    fn from(row: Model) -> QueuedMail {
        QueuedMail {
            id: row.id,
            recipient: row.recipient,
            recipient_name: row.recipient_name,
            locale: row.locale,
            kind: row.kind,
            content: row.content,
            attempts: row.attempts,
            created_at: row.created_at,
            rank: row.rank,
        }
    }
}
