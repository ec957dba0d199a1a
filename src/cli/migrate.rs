//! `roster migrate`: the schema of the database.

use std::fmt::Write;
use std::process::ExitCode;

use super::store::{failure, newer, open};
use crate::config::Config;
use crate::store::migrate::Status;

/// Applies the migrations that are missing.
pub(super) fn up(config: Config) -> ExitCode {
    super::in_runtime(async move {
        match applied(&config).await {
            Ok(text) => super::answer(text.as_bytes()),
            Err(why) => super::failed(&why),
        }
    })
}

/// Lists the migrations. Exit code 1 if one is missing, or if the schema is newer than this binary.
pub(super) fn status(config: Config) -> ExitCode {
    super::in_runtime(async move {
        let status = match looked(&config).await {
            Ok(status) => status,
            Err(why) => return super::failed(&why),
        };
        let code = super::answer(table(&status).as_bytes());
        if !status.unknown.is_empty() {
            return super::failed(&newer(&status.unknown));
        }
        if status.pending.is_empty() {
            code
        } else {
            ExitCode::FAILURE
        }
    })
}

async fn applied(config: &Config) -> Result<String, String> {
    let store = open(config).await?;
    let before = store
        .migration_status()
        .await
        .map_err(|error| failure(config, &error))?;
    if !before.unknown.is_empty() {
        return Err(newer(&before.unknown));
    }
    let taken = store.migrate().await.map_err(|error| failure(config, &error))?;
    store.close().await;
    if taken.is_empty() {
        return Ok("nothing to do\n".to_owned());
    }
    Ok(taken.iter().fold(String::new(), |mut text, name| {
        let _ = writeln!(text, "applied  {name}");
        text
    }))
}

async fn looked(config: &Config) -> Result<Status, String> {
    let store = open(config).await?;
    let status = store
        .migration_status()
        .await
        .map_err(|error| failure(config, &error))?;
    store.close().await;
    Ok(status)
}

/// One line per step, in the order of the steps.
fn table(status: &Status) -> String {
    let applied = status.applied.iter().map(|name| match status.unknown.contains(name) {
        true => (name, "unknown"),
        false => (name, "applied"),
    });
    let mut steps: Vec<_> = applied
        .chain(status.pending.iter().map(|name| (name, "pending")))
        .collect();
    steps.sort();
    steps.into_iter().fold(String::new(), |mut text, (name, state)| {
        let _ = writeln!(text, "{state}  {name}");
        text
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::config::Sources;

    #[test]
    fn the_table_tells_applied_pending_and_unknown_steps_in_order() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let status = Status {
            applied: names(&["m1", "m9"]),
            pending: names(&["m2", "m3"]),
            unknown: names(&["m9"]),
        };
        assert_eq!(table(&status), "applied  m1\npending  m2\npending  m3\nunknown  m9\n");
    }

    #[tokio::test]
    async fn steps_are_applied_once() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::load(Sources::development(folder.path())).unwrap();
        assert!(!looked(&config).await.unwrap().pending.is_empty());
        let first = applied(&config).await.unwrap();
        assert!(first.starts_with("applied  m0001"), "{first}");
        assert_eq!(applied(&config).await.unwrap(), "nothing to do\n");
        assert!(looked(&config).await.unwrap().pending.is_empty());
    }
}
