//! A database of the run's own: a file in a temporary folder, or one made on the PostgreSQL server and dropped at the end.

use crate::options::Engine;
use crate::usage::parent_of;
use sea_orm::sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// A database. It goes with this value.
pub struct Database {
    pub engine: Engine,
    pub url: String,
    /// The first process of the PostgreSQL server, if that is on this machine.
    pub postmaster: Option<u32>,
    _folder: Option<TempDir>,
    drop: Option<(String, String)>,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

impl Database {
    /// An empty one.
    pub async fn make(engine: Engine, server: Option<&str>) -> Database {
        match engine {
            Engine::Sqlite => sqlite(),
            Engine::Postgres => {
                let server =
                    server.expect("ROSTER_TEST_POSTGRES_URL isn't set: run this by `make bench`, which sets it");
                postgres(server).await
            }
        }
    }

    /// Runs statements that need no answer.
    pub async fn run(&self, statements: &[String]) {
        let pool = sea_orm::Database::connect(self.url.as_str()).await;
        let pool = pool.expect("the database can be reached");
        if self.engine == Engine::Sqlite {
            // Of this connection alone. A crash may cost what is put there for a measurement.
            let quick = "PRAGMA synchronous = OFF; PRAGMA cache_size = -262144";
            let done = sea_orm::ConnectionTrait::execute_unprepared(&pool, quick).await;
            done.expect("a pragma can be set");
        }
        for statement in statements {
            let done = sea_orm::ConnectionTrait::execute_unprepared(&pool, statement).await;
            done.unwrap_or_else(|error| panic!("{error}: {}", statement.chars().take(2_000).collect::<String>()));
        }
        pool.close().await.expect("a pool can be closed");
    }

    /// Reads a column of texts.
    pub async fn texts(&self, query: &str) -> Vec<String> {
        use sea_orm::ConnectionTrait;
        let pool = sea_orm::Database::connect(self.url.as_str()).await;
        let pool = pool.expect("the database can be reached");
        let statement = sea_orm::Statement::from_string(pool.get_database_backend(), query);
        let rows = pool.query_all_raw(statement).await.expect("the query is right");
        pool.close().await.expect("a pool can be closed");
        let texts = rows.iter().map(|row| row.try_get_by_index(0));
        texts.collect::<Result<_, _>>().expect("it is text")
    }
}

fn sqlite() -> Database {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    Database {
        engine: Engine::Sqlite,
        url: format!("sqlite://{}", folder.path().join("roster.db").display()),
        postmaster: None,
        _folder: Some(folder),
        drop: None,
    }
}

async fn postgres(server: &str) -> Database {
    let name = format!(
        "roster_bench_{}_{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    );
    let mut connection = PgConnection::connect(server).await.expect("PostgreSQL answers");
    connection
        .execute(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE template0")))
        .await
        .expect("databases may be created");
    let row = connection
        .fetch_one("SELECT pg_backend_pid()")
        .await
        .expect("PostgreSQL knows its process");
    let backend = u32::try_from(row.get::<i32, _>(0)).unwrap_or_default();
    connection.close().await.expect("a connection can be closed");
    Database {
        engine: Engine::Postgres,
        url: named(server, &name),
        postmaster: parent_of(backend, "postgres"),
        _folder: None,
        drop: Some((server.to_owned(), name)),
    }
}

/// The URL of another database of the same server.
fn named(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').unwrap_or((server, ""));
    let root = base
        .rfind('/')
        .filter(|at| *at > "postgres://".len())
        .map_or(base, |at| &base[..at]);
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    format!("{root}/{name}{query}")
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some((server, name)) = self.drop.take() else { return };
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&server).await.map_err(std::io::Error::other)?;
                let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                connection
                    .execute(AssertSqlSafe(statement))
                    .await
                    .map_err(std::io::Error::other)
            })
        });
        if !matches!(dropped.join(), Ok(Ok(_))) {
            eprintln!("a database of this run is left on the PostgreSQL server");
        }
    }
}
