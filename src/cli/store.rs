//! The database, for the commands that go to it directly.
//!
//! What they say names the setting and what to do, and of the address neither user nor password. Start at [`open`].

use crate::config::{Config, Setting};
use crate::error::Error;
use crate::store::{Settings, Store};

/// How the configuration says that the database is reached.
pub(crate) fn store_settings(config: &Config) -> Settings {
    Settings {
        url: config.database.url.expose().to_owned(),
        read_connections: config.database.read_connections,
        write_connections: config.database.write_connections,
        acquire_timeout: config.database.acquire_timeout,
        statement_timeout: config.database.statement_timeout,
        durable: !config.dev,
    }
}

/// Connects, or says in one line what to do about it.
pub(super) async fn open(config: &Config) -> Result<Store, String> {
    let settings = store_settings(config);
    Store::open(&settings).await.map_err(|_| unreachable(config))
}

/// The same for a command that needs the schema to be the one this binary knows.
pub(super) async fn open_migrated(config: &Config) -> Result<Store, String> {
    let store = open(config).await?;
    up_to_date(config, &store).await?;
    Ok(store)
}

/// Says in one line what to do if the schema isn't the one this binary knows.
pub(super) async fn up_to_date(config: &Config, store: &Store) -> Result<(), String> {
    let status = store
        .migration_status()
        .await
        .map_err(|error| failure(config, &error))?;
    if !status.unknown.is_empty() {
        return Err(newer(&status.unknown));
    }
    if !status.pending.is_empty() {
        return Err("the database isn't up to date: run roster migrate up first".to_owned());
    }
    Ok(())
}

/// What to say when the database has taken steps that this binary doesn't know.
pub(super) fn newer(unknown: &[String]) -> String {
    format!(
        "the schema is newer than this roster ({}): it was migrated to {}; use the newer roster",
        env!("CARGO_PKG_VERSION"),
        unknown.join(", ")
    )
}

/// What to say when a statement failed.
pub(super) fn failure(config: &Config, error: &Error) -> String {
    match error {
        Error::Unavailable => unreachable(config),
        Error::Internal(cause) => format!("{} failed: {cause}", place(config)),
        error => format!("{} failed: {error}; try again", place(config)),
    }
}

fn place(config: &Config) -> String {
    format!("the database {} (database.url)", config.database.url.show())
}

fn unreachable(config: &Config) -> String {
    let remedy = if config.database.url.expose().starts_with("sqlite:") {
        "check that its folder exists and that this user may write there"
    } else {
        "check that it runs, and that host, name, user and password are right"
    };
    format!("{} can't be opened: {remedy}", place(config))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::config::Sources;

    fn config(url: &str) -> Config {
        let folder = tempfile::tempdir().unwrap();
        let environment = vec![("ROSTER_DATABASE__URL".to_owned(), url.to_owned())];
        Config::load(Sources {
            environment,
            ..Sources::development(folder.path())
        })
        .unwrap()
    }

    #[tokio::test]
    async fn a_database_that_is_away_is_named_without_its_password() {
        let away = open(&config("postgres://roster:hunter2@127.0.0.1:1/roster"))
            .await
            .unwrap_err();
        assert!(away.contains("postgres://(hidden)@127.0.0.1:1/roster"), "{away}");
        assert!(
            away.contains("database.url") && away.contains("check that it runs"),
            "{away}"
        );
        assert!(!away.contains("hunter2") && !away.contains('\n'), "{away}");
        let nowhere = open(&config("sqlite:///nowhere/at/all/roster.db")).await.unwrap_err();
        assert!(nowhere.contains("check that its folder exists"), "{nowhere}");
    }

    #[tokio::test]
    async fn a_database_that_was_never_migrated_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::load(Sources::development(folder.path())).unwrap();
        assert!(open_migrated(&config).await.unwrap_err().contains("roster migrate up"));
        open(&config).await.unwrap().migrate().await.unwrap();
        assert!(open_migrated(&config).await.is_ok());
    }
}
