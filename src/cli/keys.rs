//! `roster keys`: the keys that sign access tokens. They may be rotated while servers run: these look every 30 seconds.

use std::fmt::Write;
use std::process::ExitCode;

use chrono::SecondsFormat;

use super::store::{failure, open_migrated};
use crate::auth::keyring::StoredKey;
use crate::clock::{Clock, SystemClock, Time};
use crate::config::Config;
use crate::seal::Sealer;
use crate::worker::keys::{self, KeyPolicy};

/// Lists the signing keys.
pub(super) fn list(config: Config) -> ExitCode {
    super::in_runtime(async move { said(listed(&config).await) })
}

/// Makes a new signing key.
pub(super) fn rotate(config: Config) -> ExitCode {
    super::in_runtime(async move { said(rotated(&config).await) })
}

fn said(outcome: Result<String, String>) -> ExitCode {
    match outcome {
        Ok(text) => super::answer(text.as_bytes()),
        Err(why) => super::failed(&why),
    }
}

async fn listed(config: &Config) -> Result<String, String> {
    let store = open_migrated(config).await?;
    let rows = keys::list(&store).await.map_err(|error| failure(config, &error))?;
    store.close().await;
    if rows.is_empty() {
        return Ok("no signing key yet: the server makes one when it starts\n".to_owned());
    }
    Ok(table(&rows, SystemClock.now()))
}

async fn rotated(config: &Config) -> Result<String, String> {
    let store = open_migrated(config).await?;
    let sealer = Sealer::new(&config.secrets.master_key);
    let policy = KeyPolicy::of(&config.tokens);
    let rotation = keys::rotate(&store, &sealer, &SystemClock, &policy).await;
    let rotation = rotation.map_err(|error| failure(config, &error))?;
    store.close().await;
    let Some((kid, start)) = rotation.created else {
        return Err(
            "a rotation is under way, nothing was changed: roster keys list says when the next key signs".into(),
        );
    };
    let mut text = format!("made    {kid}, signs from {}\n", shown(start));
    for old in rotation.retired {
        let _ = writeln!(text, "retires {old}, at the same time");
    }
    Ok(text)
}

/// What a key does at a time.
fn state(key: &StoredKey, now: Time) -> &'static str {
    let times = key.times();
    if !times.known_at(now) {
        "removed"
    } else if times.retires.is_some_and(|at| at <= now) {
        "retired"
    } else if times.signs_at(now) {
        "signs"
    } else {
        "publishes"
    }
}

fn table(keys: &[StoredKey], now: Time) -> String {
    let header = [
        "KEY",
        "ALGORITHM",
        "STATE",
        "CREATED",
        "SIGNS FROM",
        "RETIRES",
        "REMOVED",
    ]
    .map(str::to_owned);
    let until = |time: Option<Time>| time.map_or_else(|| "-".to_owned(), shown);
    let rows = keys.iter().map(|key| {
        let state = state(key, now).to_owned();
        let algorithm = key.algorithm.to_string();
        let (created, start) = (shown(key.created), shown(key.not_before));
        [
            key.kid.clone(),
            algorithm,
            state,
            created,
            start,
            until(key.retires),
            until(key.removed),
        ]
    });
    std::iter::once(header)
        .chain(rows)
        .fold(String::new(), |mut text, [key, algorithm, state, rest @ ..]| {
            let times = rest.map(|time| format!("{time:<20}")).join("  ");
            let line = format!("{key:<43}  {algorithm:<9}  {state:<9}  {times}");
            let _ = writeln!(text, "{}", line.trim_end());
            text
        })
}

fn shown(time: Time) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use chrono::TimeDelta;

    use super::*;
    use crate::auth::keyring::Algorithm;
    use crate::config::Sources;

    #[test]
    fn a_key_publishes_signs_retires_and_goes() {
        let at = |hours| Time::UNIX_EPOCH + TimeDelta::hours(hours);
        let key = StoredKey {
            kid: "k".into(),
            algorithm: Algorithm::EdDSA,
            public_jwk: serde_json::Value::Null,
            sealed_private: vec![],
            created: at(0),
            not_before: at(1),
            retires: Some(at(3)),
            removed: Some(at(4)),
        };
        let states: Vec<_> = (0..5).map(|hour| state(&key, at(hour))).collect();
        assert_eq!(states, ["publishes", "signs", "signs", "retired", "removed"]);
    }

    #[tokio::test]
    async fn a_rotation_makes_one_key_and_a_second_waits_for_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::load(Sources::development(folder.path())).unwrap();
        assert!(listed(&config).await.unwrap_err().contains("roster migrate up"));
        super::super::store::open(&config)
            .await
            .unwrap()
            .migrate()
            .await
            .unwrap();
        assert!(listed(&config).await.unwrap().starts_with("no signing key yet"));
        assert!(rotated(&config).await.unwrap().starts_with("made "));
        let next = rotated(&config).await.unwrap();
        assert!(next.contains("\nretires "), "{next}");
        assert!(rotated(&config).await.unwrap_err().contains("a rotation is under way"));
        let list = listed(&config).await.unwrap();
        assert_eq!(list.lines().count(), 3, "{list}");
        assert!(list.contains("  signs  ") && list.contains("  publishes  "), "{list}");
    }
}
