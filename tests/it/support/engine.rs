//! A fresh, migrated database for each test. It is copied from a template that is migrated once per run.

use roster::store::{Settings, Store};
use sea_orm::sqlx::{Connection, Executor, PgConnection};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Which engine a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A database of a test's own. It goes with the test.
pub struct Database {
    pub settings: Settings,
    _folder: Option<TempDir>,
    drop: Option<String>,
}

static COUNT: AtomicU32 = AtomicU32::new(0);
static SQLITE: OnceCell<(TempDir, PathBuf)> = OnceCell::const_new();
static POSTGRES: OnceCell<String> = OnceCell::const_new();

pub fn settings(url: String) -> Settings {
    Settings {
        url,
        read_connections: 4,
        write_connections: 4,
        acquire_timeout: Duration::from_secs(20),
        statement_timeout: Duration::from_secs(20),
        durable: false,
    }
}

impl Engine {
    /// A fresh database with the whole schema.
    pub async fn database(self) -> Database {
        match self {
            Engine::Sqlite => sqlite().await,
            Engine::Postgres => postgres(true).await,
        }
    }

    /// A fresh database without any schema.
    pub async fn empty(self) -> Database {
        match self {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite://{}", folder.path().join("roster.db").display());
                Database {
                    settings: settings(url),
                    _folder: Some(folder),
                    drop: None,
                }
            }
            Engine::Postgres => postgres(false).await,
        }
    }
}

async fn sqlite() -> Database {
    let (_, template) = SQLITE
        .get_or_init(|| async {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("template.db");
            let store = Store::open(&settings(format!("sqlite://{}", path.display())))
                .await
                .unwrap();
            store.migrate().await.unwrap();
            store.close().await;
            (folder, path)
        })
        .await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("roster.db");
    std::fs::copy(template, &path).unwrap();
    let url = format!("sqlite://{}", path.display());
    Database {
        settings: settings(url),
        _folder: Some(folder),
        drop: None,
    }
}

/// The server that `scripts/with-postgres` started. Without it the suite fails: it never leaves an engine out.
#[allow(clippy::disallowed_methods, reason = "the one setting of the tests")]
fn server() -> String {
    std::env::var("ROSTER_TEST_POSTGRES_URL")
        .expect("ROSTER_TEST_POSTGRES_URL is not set: run the tests with `make test`, which starts a PostgreSQL")
}

fn named(name: &str) -> String {
    let server = server();
    let (base, query) = server
        .split_once('?')
        .map_or((server.as_str(), ""), |(base, query)| (base, query));
    let root = base
        .rfind('/')
        .filter(|i| *i > "postgres://".len())
        .map_or(base, |i| &base[..i]);
    if query.is_empty() {
        format!("{root}/{name}")
    } else {
        format!("{root}/{name}?{query}")
    }
}

async fn postgres(migrated: bool) -> Database {
    let template = POSTGRES
        .get_or_init(|| async {
            let name = format!("roster_template_{}", std::process::id());
            admin(format!("CREATE DATABASE {name}")).await;
            let store = Store::open(&settings(named(&name))).await.unwrap();
            store.migrate().await.unwrap();
            store.close().await;
            name
        })
        .await;
    let name = format!(
        "roster_test_{}_{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    );
    let from = if migrated { template.as_str() } else { "template0" };
    admin(format!("CREATE DATABASE {name} TEMPLATE {from} STRATEGY file_copy")).await;
    Database {
        settings: settings(named(&name)),
        _folder: None,
        drop: Some(name),
    }
}

async fn admin(statement: String) {
    let mut connection = PgConnection::connect(&server())
        .await
        .expect("ROSTER_TEST_POSTGRES_URL answers");
    connection
        .execute(sea_orm::sqlx::AssertSqlSafe(statement))
        .await
        .unwrap();
    connection.close().await.unwrap();
}

impl Drop for Database {
    fn drop(&mut self) {
        // The cluster is thrown away after the run; this only keeps it small meanwhile.
        if let Some(name) = self.drop.take() {
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                runtime.block_on(admin(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
            });
        }
    }
}
