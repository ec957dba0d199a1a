//! What the two engines write differently. The others that ask which one they talk to are about lists of rows, which
//! PostgreSQL takes as one value (`among.rs`, `given.rs`, `right.rs`, `insert.rs`), the change log, notifications, and
//! migrations. Whatever else differs between SQLite and PostgreSQL is a bug.

use super::Settings;
use crate::domain::gram::{Grams, HERE, MARK, Sought};
use data_encoding::HEXUPPER;
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DbBackend, QuerySelect, SqliteTransactionMode, TransactionOptions, Value,
};
use std::time::Duration;
use uuid::Uuid;

/// A connection that wasn't used for this long is tried before it is used again.
const IDLE: Duration = Duration::from_secs(1);

/// The engine behind a URL, or none if it is neither.
pub(super) fn engine(url: &str) -> Option<DbBackend> {
    match url.split(':').next()? {
        "sqlite" => Some(DbBackend::Sqlite),
        "postgres" | "postgresql" => Some(DbBackend::Postgres),
        _ => None,
    }
}

/// How a pool connects. Readers are refused changes by the engine itself; on PostgreSQL their transactions are snapshots.
pub(super) fn options(settings: &Settings, engine: DbBackend, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(settings.url.clone());
    let connections = match (engine, read_only) {
        // One of them is taken for good by the listener.
        (DbBackend::Postgres, true) => settings.read_connections.saturating_add(1),
        (_, true) => settings.read_connections,
        // SQLite has one writer; sqlx queues for it first come, first served, which SQLite itself doesn't.
        (DbBackend::Sqlite, false) => 1,
        (_, false) => settings.write_connections,
    };
    options
        .max_connections(connections)
        .min_connections(1)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .test_before_acquire(false)
        .acquire_timeout(settings.acquire_timeout)
        .connect_timeout(settings.acquire_timeout);
    if engine == DbBackend::Postgres {
        // A round trip more for each statement is too much; a server that went away is noticed soon enough like this.
        options.test_before_acquire_if_idle_for(IDLE);
    }
    let synchronous = if settings.durable {
        SqliteSynchronous::Full
    } else {
        SqliteSynchronous::Normal
    };
    options.map_sqlx_sqlite_opts(move |sqlite| {
        let sqlite = sqlite
            .create_if_missing(!read_only)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .statement_cache_capacity(256);
        if read_only {
            sqlite.pragma("query_only", "on")
        } else {
            sqlite
        }
    });
    if engine == DbBackend::Postgres {
        options.statement_timeout(settings.statement_timeout);
    }
    options.map_sqlx_postgres_opts(move |postgres| {
        let postgres = postgres.statement_cache_capacity(256).application_name("roster");
        if read_only {
            postgres.options([
                ("default_transaction_isolation", "repeatable read"),
                ("default_transaction_read_only", "on"),
                // Calls are short and many: what starting workers or compiling a statement takes is more than it saves.
                ("max_parallel_workers_per_gather", "0"),
                ("jit", "off"),
            ])
        } else {
            postgres
        }
    });
    options
}

/// Writers begin IMMEDIATE: SQLite's default lets two transactions read and then fails one of them at its first write.
/// PostgreSQL ignores the mode.
pub(super) fn writing() -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    }
}

/// Adds `FOR NO KEY UPDATE` where the engine has row locks: rows that only refer to it may still be written meanwhile. On SQLite the transaction already holds the only write lock.
pub(super) fn locked<Q: QuerySelect>(conn: &impl ConnectionTrait, query: Q) -> Q {
    match conn.get_database_backend() {
        DbBackend::Postgres => query.lock(LockType::NoKeyUpdate),
        _ => query,
    }
}

/// Adds `FOR KEY SHARE` where the engine has row locks: only whoever wants the row whole has to wait.
pub(super) fn held<Q: QuerySelect>(conn: &impl ConnectionTrait, query: Q) -> Q {
    match conn.get_database_backend() {
        DbBackend::Postgres => query.lock(LockType::KeyShare),
        _ => query,
    }
}

/// Adds `FOR UPDATE` where the engine has row locks: waits for those who hold the row, too.
pub(super) fn locked_whole<Q: QuerySelect>(conn: &impl ConnectionTrait, query: Q) -> Q {
    match conn.get_database_backend() {
        DbBackend::Postgres => query.lock(LockType::Update),
        _ => query,
    }
}

/// Adds `FOR UPDATE SKIP LOCKED` where the engine has it: rows that another process is taking are left to it.
pub(super) fn claimed<Q: QuerySelect>(conn: &impl ConnectionTrait, query: Q) -> Q {
    match conn.get_database_backend() {
        DbBackend::Postgres => query.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
        _ => query,
    }
}

/// The statement under which only one process migrates at a time. SQLite's IMMEDIATE transaction is that lock already.
pub(super) fn migration_lock(engine: DbBackend) -> Option<&'static str> {
    (engine == DbBackend::Postgres).then_some("SELECT pg_advisory_xact_lock(7305808869231650928)")
}

/// The statement that lets those after it take their time, in this transaction: the index of a large table takes longer to
/// build than any call may last.
pub(super) fn unlimited(engine: DbBackend) -> Option<&'static str> {
    (engine == DbBackend::Postgres).then_some("SET LOCAL statement_timeout = 0")
}

/// The statement under which only one process changes the set of signing keys at a time. SQLite as above.
pub(super) fn signing_key_lock(engine: DbBackend) -> Option<&'static str> {
    (engine == DbBackend::Postgres).then_some("SELECT pg_advisory_xact_lock(7305808869231650929)")
}

/// The rows of listed members `m` of an organisation who are sought, from each engine's own index of grams (see the migration
/// `m0013_trigrams`). `bind` makes a value a part of the statement.
pub(super) fn members_with(
    engine: DbBackend,
    organization: Uuid,
    sought: &Sought<'_>,
    mut bind: impl FnMut(Value) -> String,
) -> String {
    let here = bind(organization.into());
    if engine == DbBackend::Postgres {
        let sought = bind(format!("'{HERE}{organization}' & {}", tsquery(sought)).into());
        // The grams tell the organisation too. It is compared in a way that no index serves, or the plan for any organisation
        // would be to read all of this one beside what the grams find.
        return format!(
            "members m WHERE (m.organization_id = {here}) IS TRUE AND m.state <> 7 \
             AND member_grams(m.search_key, m.name_key, m.organization_id) @@ {sought}::tsquery"
        );
    }
    let sought = bind(fts5(sought).into());
    format!(
        "member_grams g CROSS JOIN member_numbers n CROSS JOIN members m WHERE g.member_grams MATCH {sought} \
         AND g.rowid >= (SELECT min(number) FROM member_numbers WHERE organization_id = {here}) \
         AND g.rowid <= (SELECT max(number) FROM member_numbers WHERE organization_id = {here}) \
         AND n.number = g.rowid AND n.organization_id = {here} AND m.organization_id = {here} AND m.id = n.member_id"
    )
}

/// <https://www.postgresql.org/docs/current/datatype-textsearch.html#DATATYPE-TSQUERY>
fn tsquery(sought: &Sought<'_>) -> String {
    let word = |gram: &str| format!("'{}'", gram.replace('\\', r"\\").replace('\'', "''"));
    let name = |beginning: &str| word(&format!("{MARK}{beginning}"));
    let mut all = match sought.grams {
        Grams::Whatever => vec![],
        Grams::Beginning(letters) => vec![format!("{}:*", word(letters))],
        Grams::All(grams) => grams.iter().map(|gram| word(gram)).collect(),
    };
    all.extend(sought.beginning.map(name));
    all.extend(sought.left_out.map(|beginning| format!("!{}", name(beginning))));
    all.join(" & ")
}

/// <https://www.sqlite.org/fts5.html#full_text_query_syntax>
fn fts5(sought: &Sought<'_>) -> String {
    let word = |text: &str| HEXUPPER.encode(text.as_bytes());
    let name = |beginning: &str| word(&format!("{MARK}{beginning}"));
    let mut all = match sought.grams {
        Grams::Whatever => vec![],
        Grams::Beginning(letters) => vec![format!("{}*", word(letters))],
        Grams::All(grams) => grams.iter().map(|gram| word(gram)).collect(),
    };
    all.extend(sought.beginning.map(name));
    let left_out = sought.left_out.map(|beginning| format!(" NOT {}", name(beginning)));
    all.join(" AND ") + &left_out.unwrap_or_default()
}

/// Tells SQLite, which keeps no count of what is where, by which index to read. PostgreSQL knows better.
pub(super) fn by_index(engine: DbBackend, index: &str) -> String {
    match engine {
        DbBackend::Postgres => String::new(),
        _ => format!("INDEXED BY {index}"),
    }
}

/// How a LIKE says that a backslash escapes. PostgreSQL takes that for granted; said, it would work the pattern out anew for
/// each row.
pub(super) fn escape(engine: DbBackend) -> &'static str {
    match engine {
        DbBackend::Postgres => "",
        _ => r" ESCAPE '\'",
    }
}

/// What keeps PostgreSQL from reading a subquery in the order of the query around it, one row at a time until there are
/// enough. SQLite follows the order in which the tables are written.
pub(super) fn fence(engine: DbBackend) -> &'static str {
    match engine {
        DbBackend::Postgres => "OFFSET 0",
        _ => "",
    }
}
