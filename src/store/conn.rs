//! The one thing between the repositories and the database. Every statement passes here, so this is where a read-only
//! store refuses changes, and where a transaction learns that it changed something.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// How many statements this process has sent, for the metrics and for tests that count them.
static STATEMENTS: AtomicU64 = AtomicU64::new(0);

/// Under what name the text of each statement is logged, at the level `trace`: who wants to read them asks the log's filter.
pub const SQL: &str = "roster::sql";

/// Statements sent so far by this process, begin and commit not counted.
pub fn statements() -> u64 {
    STATEMENTS.load(Relaxed)
}

enum Link {
    Pool(DatabaseConnection),
    Transaction(DatabaseTransaction),
}

/// A connection that knows whether it may write and whether it did.
pub struct Conn {
    link: Link,
    may_write: bool,
    changed: AtomicBool,
}

impl Conn {
    pub(super) fn pool(pool: DatabaseConnection, may_write: bool) -> Conn {
        Conn {
            link: Link::Pool(pool),
            may_write,
            changed: AtomicBool::new(false),
        }
    }

    pub(super) fn snapshot(transaction: DatabaseTransaction) -> Conn {
        Conn {
            link: Link::Transaction(transaction),
            may_write: false,
            changed: AtomicBool::new(false),
        }
    }

    pub(super) fn writer(transaction: DatabaseTransaction) -> Conn {
        Conn {
            link: Link::Transaction(transaction),
            may_write: true,
            changed: AtomicBool::new(false),
        }
    }

    pub(super) fn changed(&self) -> bool {
        self.changed.load(Relaxed)
    }

    /// Puts the mark back to what it was: for the bookkeeping that isn't a change in itself.
    pub(super) fn forget(&self, was: bool) {
        self.changed.store(was, Relaxed);
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "the place that commit and rollback are banned in favour of"
    )]
    pub(super) async fn end(self, keep: bool) -> Result<(), DbErr> {
        match self.link {
            Link::Pool(_) => Ok(()),
            Link::Transaction(transaction) if keep => transaction.commit().await,
            Link::Transaction(transaction) => transaction.rollback().await,
        }
    }

    /// Anything that isn't a SELECT writes. (A CTE that writes begins with WITH, and so counts too.)
    fn admit(&self, sql: &str) -> Result<bool, DbErr> {
        STATEMENTS.fetch_add(1, Relaxed);
        // Never its values: they may be anybody's address or password.
        tracing::trace!(target: SQL, sql);
        let writes = !sql.starts_with("SELECT ");
        if writes && !self.may_write {
            return Err(DbErr::Custom("a change through a read-only store".into()));
        }
        Ok(writes)
    }

    fn mark(&self, changed: bool) {
        if changed {
            self.changed.store(true, Relaxed);
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Conn {
    fn get_database_backend(&self) -> DbBackend {
        match &self.link {
            Link::Pool(c) => ConnectionTrait::get_database_backend(c),
            Link::Transaction(t) => ConnectionTrait::get_database_backend(t),
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let writes = self.admit(&statement.sql)?;
        let done = match &self.link {
            Link::Pool(c) => c.execute_raw(statement).await,
            Link::Transaction(t) => t.execute_raw(statement).await,
        }?;
        self.mark(writes && done.rows_affected() > 0);
        Ok(done)
    }

    async fn execute_unprepared(&self, _: &str) -> Result<ExecResult, DbErr> {
        Err(DbErr::Custom("statements are prepared; see execute_raw".into()))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let writes = self.admit(&statement.sql)?;
        let row = match &self.link {
            Link::Pool(c) => c.query_one_raw(statement).await,
            Link::Transaction(t) => t.query_one_raw(statement).await,
        }?;
        self.mark(writes && row.is_some());
        Ok(row)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let writes = self.admit(&statement.sql)?;
        let rows = match &self.link {
            Link::Pool(c) => c.query_all_raw(statement).await,
            Link::Transaction(t) => t.query_all_raw(statement).await,
        }?;
        self.mark(writes && !rows.is_empty());
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use crate::store::{Settings, Store};
    use sea_orm::{ConnectionTrait, Statement};
    use std::time::Duration;

    const CHANGES: [&str; 5] = [
        "UPDATE throttles SET attempts = 2",
        "DELETE FROM throttles",
        "INSERT INTO throttles (digest, attempts, ends_at) VALUES (x'00', 1, '')",
        "CREATE TABLE canary (id integer)",
        "WITH gone AS (SELECT 1) DELETE FROM throttles",
    ];

    #[tokio::test]
    async fn a_change_through_a_reader_is_refused_here_and_by_the_engine() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            url: format!("sqlite://{}/roster.db", folder.path().display()),
            read_connections: 2,
            write_connections: 1,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(5),
            durable: false,
        };
        let store = Store::open(&settings).await.unwrap();
        store.migrate().await.unwrap();
        for hands in [store.reads(), store.snapshot().await.unwrap()] {
            for change in CHANGES {
                let statement = || Statement::from_string(store.engine(), change);
                let ours = "a change through a read-only store";
                let executed = hands.conn().execute_raw(statement()).await.map(drop);
                let one = hands.conn().query_one_raw(statement()).await.map(drop);
                let all = hands.conn().query_all_raw(statement()).await.map(drop);
                for refused in [executed, one, all] {
                    assert!(refused.unwrap_err().to_string().contains(ours), "{change}");
                }
            }
            assert!(!hands.conn().changed());
        }
        for change in CHANGES {
            let refused = store.read.execute_unprepared(change).await.unwrap_err().to_string();
            assert!(refused.contains("readonly"), "{change}: {refused}");
        }
    }
}
