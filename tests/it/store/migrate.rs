//! The schema from nothing: once, however many come at the same time, and not at all over a newer one.

use super::{Shelf, organization, put};
use crate::support::Engine;
use crate::support::engine::Database;
use roster::domain::Slug;
use sea_orm::ConnectionTrait;
use std::process::{Output, Stdio};

const ENGINES: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

/// Runs `roster migrate …` over a database, as a process of its own.
async fn roster(database: &Database, folder: &std::path::Path, verb: &str) -> Output {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_roster"));
    command.args(["migrate", verb, "--dev", "--data"]).arg(folder);
    command.env("ROSTER_DATABASE__URL", &database.settings.url);
    command.stdin(Stdio::null()).output().await.unwrap()
}

fn told(output: &Output) -> String {
    format!(
        "{} {}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_is_made_from_nothing_and_then_there_is_nothing_to_do() {
    for engine in ENGINES {
        let shelf = Shelf::over(engine, engine.empty().await).await;
        let before = shelf.store.migration_status().await.unwrap();
        assert!(
            before.applied.is_empty() && before.unknown.is_empty() && !before.pending.is_empty(),
            "{before:?}"
        );
        assert_eq!(shelf.store.migrate().await.unwrap(), before.pending, "{engine:?}");
        assert_eq!(shelf.store.migrate().await.unwrap(), Vec::<String>::new());
        let after = shelf.store.migration_status().await.unwrap();
        assert_eq!(
            (after.applied, after.pending, after.unknown),
            (before.pending, vec![], vec![])
        );
        put(&shelf.store, &[organization("works")]).await;
        let slug: Slug = "works".parse().unwrap();
        assert!(
            shelf
                .store
                .reads()
                .organizations()
                .find_by_slug(&slug)
                .await
                .unwrap()
                .is_some()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_migrate_at_once_both_succeed_and_take_each_step_once() {
    for engine in ENGINES {
        let database = engine.empty().await;
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (first, second) = tokio::join!(
            roster(&database, one.path(), "up"),
            roster(&database, other.path(), "up")
        );
        let both = format!("{}{}", told(&first), told(&second));
        assert!(first.status.success() && second.status.success(), "{engine:?}: {both}");
        let shelf = Shelf::over(engine, database).await;
        let status = shelf.store.migration_status().await.unwrap();
        assert!(status.pending.is_empty() && status.unknown.is_empty(), "{status:?}");
        for step in &status.applied {
            let times = both.matches(&format!("applied  {step}")).count();
            assert_eq!(times, 1, "{engine:?} {step}: {both}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_shows_what_is_pending_and_fails_until_it_is_done() {
    for engine in ENGINES {
        let database = engine.empty().await;
        let folder = tempfile::tempdir().unwrap();
        // The file of the embedded database is made by whoever migrates, or by this.
        let shelf = Shelf::over(engine, database).await;
        let pending = roster(&shelf.database, folder.path(), "status").await;
        assert_eq!(pending.status.code(), Some(1), "{}", told(&pending));
        assert!(told(&pending).contains("pending"), "{}", told(&pending));
        assert!(
            shelf.store.migration_status().await.unwrap().applied.is_empty(),
            "looking changes nothing"
        );
        shelf.store.migrate().await.unwrap();
        let done = roster(&shelf.database, folder.path(), "status").await;
        assert!(done.status.success(), "{}", told(&done));
        assert!(!told(&done).contains("pending"), "{}", told(&done));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_newer_than_the_binary_is_left_alone() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let connection = sea_orm::Database::connect(&shelf.database.settings.url).await.unwrap();
        let step = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_made_up', 0)";
        connection.execute_unprepared(step).await.unwrap();
        connection.close().await.unwrap();
        let status = shelf.store.migration_status().await.unwrap();
        assert_eq!(
            (status.pending, status.unknown),
            (vec![], vec!["m9999_made_up".to_owned()])
        );
        let folder = tempfile::tempdir().unwrap();
        for verb in ["up", "status"] {
            let refused = roster(&shelf.database, folder.path(), verb).await;
            assert!(!refused.status.success(), "{engine:?} {verb}: {}", told(&refused));
            assert!(
                told(&refused).contains("m9999_made_up"),
                "{engine:?} {verb}: {}",
                told(&refused)
            );
        }
    }
}
