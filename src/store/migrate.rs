//! Brings the schema up to date, under a lock, and tells when it is newer than this binary.

use super::migration::Migrator;
use super::{Store, dialect, from_db};
use crate::error::Error;
use sea_orm::{ConnectionTrait, Statement, TransactionTrait};
use sea_orm_migration::MigratorTrait;
use std::collections::BTreeSet;

/// How the schema stands to this binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Steps the database has taken, in order.
    pub applied: Vec<String>,
    /// Steps it has yet to take.
    pub pending: Vec<String>,
    /// Steps it has taken that this binary doesn't know: a newer one was here.
    pub unknown: Vec<String>,
}

impl Store {
    /// How the schema stands, without changing it.
    pub async fn migration_status(&self) -> Result<Status, Error> {
        let known: Vec<String> = Migrator::migrations().iter().map(|m| m.name().to_owned()).collect();
        let applied = applied(self.writer()).await?;
        let pending = known.iter().filter(|name| !applied.contains(name)).cloned().collect();
        let unknown = applied.iter().filter(|name| !known.contains(name)).cloned().collect();
        Ok(Status {
            applied,
            pending,
            unknown,
        })
    }

    /// Takes the pending steps, all or none. Processes that come at the same time wait, and then find nothing to do.
    #[allow(clippy::disallowed_methods, reason = "the schema changes outside App::write")]
    pub async fn migrate(&self) -> Result<Vec<String>, Error> {
        let tx = self
            .writer()
            .begin_with_options(dialect::writing())
            .await
            .map_err(from_db)?;
        if let Some(unlimited) = dialect::unlimited(self.engine()) {
            tx.execute_unprepared(unlimited).await.map_err(from_db)?;
        }
        if let Some(lock) = dialect::migration_lock(self.engine()) {
            tx.query_one_raw(Statement::from_string(self.engine(), lock))
                .await
                .map_err(from_db)?;
        }
        let before: BTreeSet<_> = applied(&tx).await?.into_iter().collect();
        Migrator::up(&tx, None).await.map_err(from_db)?;
        let after = applied(&tx).await?;
        tx.commit().await.map_err(from_db)?;
        Ok(after.into_iter().filter(|name| !before.contains(name)).collect())
    }
}

async fn applied(conn: &impl ConnectionTrait) -> Result<Vec<String>, Error> {
    let engine = conn.get_database_backend();
    let exists = match engine {
        sea_orm::DbBackend::Postgres => {
            "SELECT 1 FROM pg_tables WHERE tablename = 'seaql_migrations' AND schemaname = current_schema()"
        }
        _ => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'",
    };
    if conn
        .query_one_raw(Statement::from_string(engine, exists))
        .await
        .map_err(from_db)?
        .is_none()
    {
        return Ok(vec![]);
    }
    let names = Statement::from_string(engine, "SELECT version FROM seaql_migrations ORDER BY version");
    let rows = conn.query_all_raw(names).await.map_err(from_db)?;
    rows.iter()
        .map(|row| row.try_get_by_index(0).map_err(from_db))
        .collect()
}
