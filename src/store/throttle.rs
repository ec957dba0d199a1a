//! Counted attempts. They stand in the database so that all processes count together.

use super::entity::throttle::{Column, Entity};
use super::{ReadWrite, Repository, delete_some, from_db};
use crate::clock::Time;
use crate::error::Error;
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, Statement};

/// The resource.
#[derive(Debug)]
pub enum Throttles {}

/// One statement on both engines: count, or begin a new window. It returns the row as it is now.
const COUNT: &str = "INSERT INTO throttles (digest, attempts, ends_at) VALUES ($1, 1, $2) \
     ON CONFLICT (digest) DO UPDATE SET \
     attempts = CASE WHEN throttles.ends_at <= $3 THEN 1 ELSE throttles.attempts + 1 END, \
     ends_at = CASE WHEN throttles.ends_at <= $3 THEN excluded.ends_at ELSE throttles.ends_at END \
     RETURNING attempts, ends_at";

impl Repository<'_, Throttles, ReadWrite> {
    /// Counts an attempt. Returns how many there were in this window, this one included, and when the window ends.
    pub async fn count(&self, digest: [u8; 32], now: Time, ends_at: Time) -> Result<(i32, Time), Error> {
        let values = [digest.to_vec().into(), ends_at.into(), now.into()];
        let statement = Statement::from_sql_and_values(self.conn.get_database_backend(), COUNT, values);
        // All rows, though there is one: SQLite commits a statement that stands alone at its end, and only whoever reads to
        // the end hears that it couldn't.
        let rows = self.conn.query_all_raw(statement).await.map_err(from_db)?;
        let row = rows
            .first()
            .ok_or_else(|| Error::Internal("counting an attempt returned nothing".into()))?;
        let attempts = row.try_get_by_index(0).map_err(from_db)?;
        let ends_at = row.try_get_by_index(1).map_err(from_db)?;
        Ok((attempts, ends_at))
    }

    /// Takes back one attempt: it was a good one.
    pub async fn give_back(&self, digest: [u8; 32]) -> Result<(), Error> {
        self.leave(digest, Expr::col(Column::Attempts).sub(1)).await
    }

    /// Takes back all that was counted. The window goes on.
    pub async fn clear(&self, digest: [u8; 32]) -> Result<(), Error> {
        self.leave(digest, Expr::val(0)).await
    }

    async fn leave(&self, digest: [u8; 32], attempts: SimpleExpr) -> Result<(), Error> {
        let query = Entity::update_many()
            .col_expr(Column::Attempts, attempts)
            .filter(Column::Digest.eq(digest.to_vec()))
            .filter(Column::Attempts.gt(0));
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }

    /// Forgets windows that ended before then, `limit` at most. Returns how many.
    pub async fn delete_ended(&self, before: Time, limit: u64) -> Result<u64, Error> {
        delete_some::<Entity>(self.conn, Column::EndsAt.lt(before), limit).await
    }
}
