//! Every bad start explains itself in a few lines, quickly, and leaves with something other than 0.

use super::{Ended, MASTER_KEY, Roster, path};
use crate::support::Engine;
use sea_orm::sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use tempfile::TempDir;

/// A refusal: not 0, soon, short, for people, and with all of these words.
#[track_caller]
pub fn explains(ended: &Ended, code: i32, words: &[&str]) {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    assert!(ended.took < Duration::from_secs(15), "{ended:?}");
    assert!(ended.out.is_empty(), "{ended:?}");
    let lines = ended.err.lines().count();
    assert!((1..=6).contains(&lines), "{lines} lines: {}", ended.err);
    assert!(ended.err.contains("roster: "), "{}", ended.err);
    for word in words {
        assert!(ended.err.contains(word), "no {word:?} in: {}", ended.err);
    }
    for leak in ["panicked", "hunter2", MASTER_KEY, "Err(", "Some("] {
        assert!(!ended.err.contains(leak), "{leak:?} in: {}", ended.err);
    }
}

pub fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test]
async fn without_any_configuration_it_says_all_that_is_missing() {
    let ended = Roster::new(&["serve"]).run().await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    for key in ["secrets.master_key", "database.url", "server.public_url"] {
        assert!(ended.err.contains(key), "{}", ended.err);
    }
    assert!(
        ended.err.contains("--dev") && ended.err.contains("openssl rand -base64 32"),
        "{}",
        ended.err
    );
    assert!(ended.took < Duration::from_secs(5), "{ended:?}");
}

#[tokio::test]
async fn a_postgres_that_is_away_or_refuses_is_named_without_its_password() {
    let closed = Roster::production("postgres://roster:hunter2@127.0.0.1:1/roster")
        .run()
        .await;
    explains(
        &closed,
        1,
        &[
            "postgres://(hidden)@127.0.0.1:1/roster",
            "database.url",
            "check that it runs",
        ],
    );
    // The private server of the tests trusts everybody, so a role that isn't there stands for a wrong password.
    let database = Engine::Postgres.database().await;
    let (_, rest) = database.settings.url.split_once('@').unwrap();
    let refused = Roster::production(&format!("postgres://nobody_here:hunter2@{rest}"))
        .run()
        .await;
    explains(&refused, 1, &["(hidden)@", "database.url", "user and password"]);
}

#[tokio::test]
async fn an_sqlite_folder_that_is_not_there_is_named() {
    let ended = Roster::production("sqlite:///nowhere/at/all/roster.db").run().await;
    explains(
        &ended,
        1,
        &["/nowhere/at/all/roster.db", "database.url", "its folder exists"],
    );
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_its_setting() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (name, setting) in [
        ("ROSTER_SERVER__GRPC_LISTEN", "server.grpc_listen"),
        ("ROSTER_SERVER__HTTP_LISTEN", "server.http_listen"),
    ] {
        let ended = Roster::dev(&folder())
            .with(name, &address)
            .with("ROSTER_TELEMETRY__LOG_FILTER", "warn")
            .run()
            .await;
        explains(&ended, 1, &[&address, setting, "Another process has this port"]);
    }
}

#[tokio::test]
async fn r02_a_master_key_that_is_no_secret_is_refused() {
    let folder = folder();
    let file = path(&folder, "master.key");
    let database = Engine::Sqlite.database().await;
    let base = Roster::production(&database.settings.url).without("ROSTER_SECRETS__MASTER_KEY");
    explains(
        &base.run().await,
        2,
        &["secrets.master_key", "is missing", "openssl rand -base64 32"],
    );
    let given = base.with("ROSTER_SECRETS__MASTER_KEY_FILE", &file);
    let named = ["secrets.master_key", "ROSTER_SECRETS__MASTER_KEY_FILE"];
    explains(&given.run().await, 2, &[named[0], named[1], &file, "can't be read"]);
    let samples = [
        ("", 0o600, "openssl rand -base64 32"),
        ("c2hvcnQ=", 0o600, "openssl rand -base64 32"),
        ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 0o600, "not random"),
        ("Y2hhbmdlbWVjaGFuZ2VtZWNoYW5nZW1lY2hhbmdlbWU=", 0o600, "not random"),
        ("not base64 at all!", 0o600, "openssl rand -base64 32"),
        (MASTER_KEY, 0o644, "chmod 600"),
    ];
    for (key, mode, words) in samples {
        std::fs::write(&file, key).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        explains(&given.run().await, 2, &[named[0], words]);
    }
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    given.start().await;
}

#[tokio::test]
async fn a_master_key_that_does_not_open_the_signing_keys_is_refused() {
    let folder = folder();
    let mut first = Roster::dev(&folder).start().await;
    first.signal("TERM");
    first.ended().await;
    let other = Roster::dev(&folder)
        .with("ROSTER_SECRETS__MASTER_KEY", MASTER_KEY)
        .run()
        .await;
    explains(
        &other,
        1,
        &["the signing key", "secrets.master_key is not the master key"],
    );
    assert!(!other.err.contains("REASON_"), "{}", other.err);
}

#[tokio::test]
async fn a_schema_that_is_missing_or_newer_is_refused() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let empty = engine.empty().await;
        explains(
            &Roster::production(&empty.settings.url).run().await,
            1,
            &["roster migrate up"],
        );
        let newer = engine.database().await;
        let step = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 1)".to_owned();
        match engine {
            Engine::Sqlite => {
                let mut connection = SqliteConnection::connect(&newer.settings.url).await.unwrap();
                connection.execute(AssertSqlSafe(step)).await.unwrap();
                connection.close().await.unwrap();
            }
            Engine::Postgres => {
                let mut connection = PgConnection::connect(&newer.settings.url).await.unwrap();
                connection.execute(AssertSqlSafe(step)).await.unwrap();
            }
        }
        let words = ["schema is newer", "m9999_later", "use the newer roster"];
        explains(&Roster::production(&newer.settings.url).run().await, 1, &words);
    }
}

#[tokio::test]
async fn a_setting_that_does_not_exist_is_named_with_the_one_that_was_meant() {
    let folder = folder();
    let ended = Roster::dev(&folder)
        .with("ROSTER_SERVER__GRPC_LISTN", "127.0.0.1:0")
        .run()
        .await;
    explains(&ended, 2, &["ROSTER_SERVER__GRPC_LISTN", "grpc_listen"]);
    let file = path(&folder, "roster.toml");
    std::fs::write(&file, "[server]\ndrian = \"5s\"\n").unwrap();
    let ended = Roster::dev(&folder).with("ROSTER_CONFIG", &file).run().await;
    explains(&ended, 2, &["server.drian", "roster.toml", "drain"]);
    std::fs::write(&file, "[server]\ndrain = = 5\n").unwrap();
    let ended = Roster::dev(&folder).with("ROSTER_CONFIG", &file).run().await;
    explains(&ended, 2, &["roster.toml", "line 2"]);
    let ended = Roster::dev(&folder).with("ROSTER_SERVER__DRAIN", "soon").run().await;
    explains(&ended, 2, &["server.drain", "ROSTER_SERVER__DRAIN", "\"30s\""]);
    let ended = Roster::dev(&folder)
        .with("ROSTER_CONFIG", "/nowhere/roster.toml")
        .run()
        .await;
    explains(&ended, 2, &["/nowhere/roster.toml"]);
}

#[tokio::test]
async fn what_the_check_passes_the_start_does_not_refuse() {
    let folder = folder();
    let check = Roster::new(&["config", "check", "--dev"]).with("ROSTER_DATA__FOLDER", &path(&folder, "data"));
    for (sender, good) in [
        ("Roster <no-reply@example.org>", true),
        ("Roster <roster@localhost>", false),
        ("Roster", false),
    ] {
        let checked = check.clone().with("ROSTER_MAIL__FROM", sender).run().await;
        if good {
            assert_eq!(checked.code, Some(0), "{checked:?}");
            Roster::dev(&folder).with("ROSTER_MAIL__FROM", sender).start().await;
        } else {
            explains(&checked, 2, &["mail.from", "Name <address@host>"]);
        }
    }
}

#[tokio::test]
async fn a_tls_file_that_is_none_is_named() {
    let folder = folder();
    let (certificate, key) = (path(&folder, "certificate.pem"), path(&folder, "key.pem"));
    let base = Roster::dev(&folder).with("ROSTER_TELEMETRY__LOG_FILTER", "warn");
    let alone = base.clone().with("ROSTER_SERVER__TLS_CERTIFICATE", &certificate);
    explains(
        &alone.run().await,
        2,
        &["server.tls_certificate", "server.tls_private_key"],
    );
    let both = alone.with("ROSTER_SERVER__TLS_PRIVATE_KEY", &key);
    explains(&both.run().await, 2, &[&certificate, &key, "can't be read"]);
    std::fs::write(&certificate, "garbage").unwrap();
    std::fs::write(&key, "hunter2").unwrap();
    explains(&both.run().await, 1, &[&certificate, "no certificate in PEM form"]);
    let one = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    std::fs::write(&certificate, one.cert.pem()).unwrap();
    explains(&both.run().await, 1, &[&key, "no private key in PEM form"]);
    let other = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    std::fs::write(&key, other.signing_key.serialize_pem()).unwrap();
    explains(
        &both.run().await,
        1,
        &[&certificate, &key, "can't be used with the key"],
    );
}

#[tokio::test]
async fn the_example_of_the_deployment_passes_the_check_with_its_secrets() {
    let folder = folder();
    let (key, url) = (path(&folder, "master.key"), path(&folder, "url"));
    for (file, content) in [
        (&key, MASTER_KEY),
        (&url, "postgres://roster:hunter2@db.example.org/roster"),
    ] {
        std::fs::write(file, content).unwrap();
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/roster.toml");
    let bare = Roster::new(&["config", "check", "--config", example]);
    let missing = bare.run().await;
    explains(&missing, 2, &["secrets.master_key", "database.url"]);
    let given = |verb: &str| {
        Roster::new(&["config", verb, "--config", example])
            .with("ROSTER_SECRETS__MASTER_KEY_FILE", &key)
            .with("ROSTER_DATABASE__URL_FILE", &url)
    };
    for verb in ["check", "show"] {
        let ended = given(verb).run().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.err.is_empty() && !ended.out.is_empty(), "{ended:?}");
        assert!(
            !ended.out.contains("hunter2") && !ended.out.contains(MASTER_KEY),
            "{ended:?}"
        );
    }
}
