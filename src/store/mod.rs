//! The database. SeaORM lives here and nowhere else; nothing here decides a rule.
//!
//! Start at [`Store`]: it hands out [`Reads`] (which can't write) and [`Tx`] (which can, and which doesn't commit a change
//! that left no event). Each resource has a repository in a file of its own; both kinds of hand give access to them.
//! Repository verbs are few: `find` (an Option), `list`, `count`, `insert`, `update`, `delete`, `lock`.

mod among;
pub mod binding;
pub mod catalog;
pub mod challenge;
pub mod change;
mod conn;
mod dialect;
pub mod entity;
mod error;
mod given;
pub mod group;
pub mod holder;
mod insert;
pub mod invitation;
pub mod mail;
pub mod member;
pub mod migrate;
mod migration;
pub mod naming;
pub mod organization;
pub mod ownership;
pub mod preset;
pub mod purge;
pub mod reply;
pub mod revocation;
pub mod right;
pub mod role;
pub mod session;
pub mod signing_key;
pub mod standing;
pub mod tag;
pub mod throttle;
mod tx;
pub mod user;

pub use conn::{Conn, SQL, statements};
pub use tx::{Receipt, Replay, Tx};

use crate::error::Error;
use error::from_db;
use insert::insert_all;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait, ExprTrait, Iterable, PrimaryKeyToColumn,
    QueryFilter, QuerySelect, QueryTrait, Statement, TransactionTrait,
};
use std::marker::PhantomData;
use std::time::Duration;

/// How to reach the database.
#[derive(Clone)]
pub struct Settings {
    /// `sqlite://path` or `postgres://…`. May hold a password: never logged.
    pub url: String,
    /// Connections for reading.
    pub read_connections: u32,
    /// Connections for writing; SQLite always has one.
    pub write_connections: u32,
    /// How long a call waits for a connection before it is refused as unavailable.
    pub acquire_timeout: Duration,
    /// How long one statement may run (PostgreSQL).
    pub statement_timeout: Duration,
    /// Whether a commit waits for the disk (SQLite's `synchronous = FULL`). Only a dev database may say no.
    pub durable: bool,
}

/// Marks a repository that can only read.
#[derive(Debug)]
pub enum ReadOnly {}
/// Marks a repository that can also write.
#[derive(Debug)]
pub enum ReadWrite {}

/// The rows of one resource, seen through a [`Reads`] or a [`Tx`].
pub struct Repository<'c, Resource, Mode> {
    conn: &'c Conn,
    marks: PhantomData<(Resource, Mode)>,
}

/// Gives one kind of hands a method for each repository.
macro_rules! repositories {
    ($hands:ty, $mode:ty { $($(#[$doc:meta])* $method:ident: $resource:ty),+ $(,)? }) => {
        impl $hands {
            $($(#[$doc])* pub fn $method(&self) -> Repository<'_, $resource, $mode> {
                Repository { conn: self.conn(), marks: PhantomData }
            })+
        }
    };
}

/// Both kinds of hands reach all of these.
macro_rules! all_repositories {
    ($($list:tt)+) => {
        repositories! { Reads, ReadOnly { $($list)+ } }
        repositories! { Tx, ReadWrite { $($list)+ } }
    };
}

all_repositories! {
    /// People's accounts.
    users: user::Users,
    /// The tenants.
    organizations: organization::Organizations,
    /// Ownerships on offer.
    ownership_transfers: ownership::OwnershipTransfers,
    /// Memberships and their roles.
    members: member::Members,
    /// Groups, and who is in them.
    groups: group::Groups,
    /// Tags, and who bears them.
    tags: tag::Tags,
    /// Roles given for a while.
    bindings: binding::Bindings,
    /// An organisation's own roles.
    roles: role::OwnRoles,
    /// What services declared.
    catalogs: catalog::Catalogs,
    /// Invitations.
    invitations: invitation::Invitations,
    /// Log-ins and their refresh tokens.
    sessions: session::Sessions,
    /// One-time handles and codes.
    challenges: challenge::Challenges,
    /// Counted attempts.
    throttles: throttle::Throttles,
    /// The change log.
    changes: change::Changes,
    /// Revoked sessions and rights.
    revocations: revocation::Revocations,
    /// Kept answers.
    replies: reply::Replies,
    /// The outbox.
    mails: mail::Mails,
    /// Signing keys.
    signing_keys: signing_key::SigningKeys,
    /// What members were given, and what organisations have of their own.
    rights: right::Rights,
    /// How callers stand.
    standings: standing::Standings,
    /// The preset that the organisations live under.
    presets: preset::Presets,
}

// The service's own bookkeeping: no one's business object, and so without an event. Nothing else is within its reach.
repositories! { Upkeep, ReadWrite {
    /// The preset that the organisations live under.
    presets: preset::Presets,
    /// Counted attempts.
    throttles: throttle::Throttles,
    /// The outbox: leases and outcomes.
    mails: mail::Mails,
    /// Kept answers, to be forgotten.
    replies: reply::Replies,
    /// Revocations, to be forgotten.
    revocations: revocation::Revocations,
    /// Dead handles and codes, to be forgotten; wrong codes, to be counted.
    challenges: challenge::Challenges,
    /// Roles for a while that ran out, to be forgotten.
    bindings: binding::Bindings,
    /// Ended sessions, to be forgotten.
    sessions: session::Sessions,
    /// Signing keys out of the published set for long, to be forgotten. Making and retiring one is a change with an event.
    signing_keys: signing_key::SigningKeys,
} }

/// Rows of one statement: engines bound how many values one may have.
const ROWS: usize = 500;

/// Deletes rows, `limit` at most, so that no clean-up holds SQLite's only write lock for long. Rows that another process is
/// about to delete are left to it.
async fn delete_some<E: EntityTrait>(
    conn: &Conn,
    which: impl sea_orm::sea_query::IntoCondition,
    limit: u64,
) -> Result<u64, Error> {
    let key: Vec<_> = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
    let some = E::find()
        .select_only()
        .columns(key.iter().copied())
        .filter(which.into_condition())
        .limit(limit);
    let some = QueryTrait::into_query(dialect::claimed(conn, some));
    let row = Expr::tuple(key.into_iter().map(Expr::col));
    let done = E::delete_many().filter(row.in_subquery(some)).exec(conn).await;
    Ok(done.map_err(from_db)?.rows_affected)
}

/// Hands that can read and nothing else.
pub struct Reads {
    conn: Conn,
}

impl Reads {
    fn conn(&self) -> &Conn {
        &self.conn
    }
}

/// A transaction for the bookkeeping of the service itself. Dropped, it rolls back.
pub struct Upkeep {
    conn: Conn,
}

impl Upkeep {
    fn conn(&self) -> &Conn {
        &self.conn
    }

    /// Keeps what was done.
    pub async fn commit(self) -> Result<(), Error> {
        self.conn.end(true).await.map_err(from_db)
    }
}

/// The database, as two pools: one whose connections refuse to write, and one for the writers.
#[derive(Clone)]
pub struct Store {
    read: DatabaseConnection,
    write: DatabaseConnection,
    engine: DbBackend,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({:?})", self.engine)
    }
}

impl Store {
    /// Connects. The writers first: they make SQLite's file, which the readers must find.
    pub async fn open(settings: &Settings) -> Result<Store, Error> {
        let engine = dialect::engine(&settings.url)
            .ok_or_else(|| Error::Internal("database.url begins with neither sqlite: nor postgres:".into()))?;
        let write = Database::connect(dialect::options(settings, engine, false))
            .await
            .map_err(from_db)?;
        let read = Database::connect(dialect::options(settings, engine, true))
            .await
            .map_err(from_db)?;
        Ok(Store { read, write, engine })
    }

    /// For single statements, each on its own.
    pub fn reads(&self) -> Reads {
        Reads {
            conn: Conn::pool(self.read.clone(), false),
        }
    }

    /// For several statements that must agree: they all see the same moment.
    #[allow(clippy::disallowed_methods, reason = "the place that begin is banned in favour of")]
    pub async fn snapshot(&self) -> Result<Reads, Error> {
        Ok(Reads {
            conn: Conn::snapshot(self.read.begin().await.map_err(from_db)?),
        })
    }

    /// For changes.
    #[allow(clippy::disallowed_methods, reason = "the place that begin is banned in favour of")]
    pub async fn begin(&self) -> Result<Tx, Error> {
        let begun = self
            .write
            .begin_with_options(dialect::writing())
            .await
            .map_err(from_db)?;
        Ok(Tx::new(Conn::writer(begun)))
    }

    /// For bookkeeping that is no change of anything the service is about.
    #[allow(clippy::disallowed_methods, reason = "the place that begin is banned in favour of")]
    pub async fn upkeep(&self) -> Result<Upkeep, Error> {
        let begun = self
            .write
            .begin_with_options(dialect::writing())
            .await
            .map_err(from_db)?;
        Ok(Upkeep {
            conn: Conn::writer(begun),
        })
    }

    /// The same for a single statement, which is kept as soon as it is done.
    pub fn at_once(&self) -> Upkeep {
        Upkeep {
            conn: Conn::pool(self.write.clone(), true),
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Error> {
        let statement = Statement::from_string(self.engine, "SELECT 1");
        self.read.query_one_raw(statement).await.map(|_| ()).map_err(from_db)
    }

    /// Closes both pools, waiting for the statements under way.
    pub async fn close(&self) {
        for pool in [&self.read, &self.write] {
            if let Err(error) = pool.clone().close().await {
                tracing::warn!(%error, "closing the database");
            }
        }
    }

    /// Tells other processes on the same database that the change log grew. The log is the truth; this only wakes them.
    pub async fn notify(&self) {
        if self.engine == DbBackend::Postgres {
            let statement = Statement::from_string(self.engine, "SELECT pg_notify('roster_changes', '')");
            if let Err(error) = self.write.query_one_raw(statement).await {
                tracing::debug!(%error, "waking the other processes");
            }
        }
    }

    /// A connection that hears [`Store::notify`], where the engine has such a thing. SQLite serves one process.
    pub async fn listener(&self) -> Result<Option<Listener>, Error> {
        if self.engine != DbBackend::Postgres {
            return Ok(None);
        }
        let pool = self.read.get_postgres_connection_pool();
        let mut listener = sea_orm::sqlx::postgres::PgListener::connect_with(pool)
            .await
            .map_err(away)?;
        listener.listen("roster_changes").await.map_err(away)?;
        Ok(Some(Listener(listener)))
    }

    pub(super) fn writer(&self) -> &DatabaseConnection {
        &self.write
    }

    pub(super) fn engine(&self) -> DbBackend {
        self.engine
    }
}

/// Hears when another process changed something.
pub struct Listener(sea_orm::sqlx::postgres::PgListener);

impl Listener {
    /// Returns at the next change. After an error the listener is of no more use.
    pub async fn heard(&mut self) -> Result<(), Error> {
        self.0.recv().await.map(|_| ()).map_err(away)
    }
}

fn away(error: sea_orm::sqlx::Error) -> Error {
    tracing::warn!(%error, "listening for changes");
    Error::Unavailable
}
