//! The whole database as text, so that a test can say: nothing changed.

use super::world::World;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, Value};
use std::collections::BTreeMap;
use std::future::Future;

/// A connection of the test's own, beside the server's.
pub struct Sql(DatabaseConnection);

impl Sql {
    pub async fn open(world: &World) -> Sql {
        Sql(Database::connect(world.database.settings.url.clone()).await.unwrap())
    }

    pub async fn close(self) {
        self.0.close().await.unwrap();
    }

    /// The one number that a query gives. `$1` and so on stand for the values, on both engines.
    pub async fn number(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> i64 {
        let statement = Statement::from_sql_and_values(self.0.get_database_backend(), sql, values);
        let row = self
            .0
            .query_one_raw(statement)
            .await
            .unwrap_or_else(|e| panic!("{sql}: {e}"));
        row.unwrap().try_get_by_index(0).unwrap()
    }

    /// The first column of a query, as text.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let statement = Statement::from_string(self.0.get_database_backend(), sql);
        let rows = self
            .0
            .query_all_raw(statement)
            .await
            .unwrap_or_else(|e| panic!("{sql}: {e}"));
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    /// Ids and sealed contents of the mails to an address, in the order in which they were queued: a test's clock may stand
    /// still, so neither the time nor the id tells it.
    pub async fn mails(&self, to: &str) -> Vec<(uuid::Uuid, Vec<u8>)> {
        // At the same time, by the test's clock, the later transaction's is the later. Its place in the table says nothing: each
        // connection fills a page of its own.
        let place = if self.0.get_database_backend() == DbBackend::Postgres {
            "xmin::text::bigint, ctid"
        } else {
            "rowid"
        };
        let sql = format!("SELECT id, content FROM mails WHERE recipient = $1 ORDER BY created_at, {place}");
        let statement = Statement::from_sql_and_values(self.0.get_database_backend(), sql, [to.into()]);
        let rows = self.0.query_all_raw(statement).await.unwrap();
        rows.iter()
            .map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap()))
            .collect()
    }

    async fn tables(&self) -> Vec<String> {
        self.texts(match self.0.get_database_backend() {
            DbBackend::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
            _ => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        })
        .await
    }

    /// All rows of a table as text, sorted.
    async fn rows(&self, table: &str) -> Vec<String> {
        let row = match self.0.get_database_backend() {
            DbBackend::Postgres => format!("row_to_json(\"{table}\")::text"),
            _ => {
                let columns = self
                    .texts(&format!("SELECT name FROM pragma_table_info('{table}')"))
                    .await;
                let quoted: Vec<_> = columns.iter().map(|c| format!("'{c}=' || quote(\"{c}\")")).collect();
                quoted.join(" || ' ' || ")
            }
        };
        // That a call was refused is written down, and is all that a refusal may leave behind.
        let which = if table == "changes" {
            " WHERE kind <> 'call_refused'"
        } else {
            ""
        };
        let mut rows = self.texts(&format!("SELECT {row} FROM \"{table}\"{which}")).await;
        rows.sort();
        rows
    }
}

/// All rows by table.
pub type Dump = BTreeMap<String, Vec<String>>;

impl World {
    /// The contents of all tables, but for the notes of refused calls.
    pub async fn dump(&self) -> Dump {
        let sql = Sql::open(self).await;
        let mut dump = Dump::new();
        for table in sql.tables().await {
            let rows = sql.rows(&table).await;
            dump.insert(table, rows);
        }
        sql.close().await;
        dump
    }

    /// Runs something that must leave every table as it was.
    pub async fn unchanged<T>(&self, call: impl Future<Output = T>) -> T {
        let before = self.dump().await;
        assert!(before.len() > 10, "not all tables were seen: {:?}", before.keys());
        let out = call.await;
        let after = self.dump().await;
        for (table, rows) in &before {
            assert_eq!(rows, &after[table], "{table} changed");
        }
        out
    }
}
