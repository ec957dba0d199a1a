//! Settings are found, layered, read, refused and shown as the default file says.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;

const KEY: &str = "q1oVtm8eZ0yT3v6ZkKcJx2mH4sPbD9rWfLQyNu7gEiA=";

/// What a server outside `--dev` needs, as environment.
fn needed() -> Vec<(String, String)> {
    set(&[
        ("ROSTER_SERVER__PUBLIC_URL", "https://accounts.example.org/"),
        (
            "ROSTER_DATABASE__URL",
            "postgres://roster:hunter2@db/roster?sslmode=require",
        ),
        ("ROSTER_SECRETS__MASTER_KEY", KEY),
        ("ROSTER_MAIL__SMTP_HOST", "mail.example.org"),
    ])
}

fn set(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// The configuration with these variables besides the needed ones; later ones win.
fn with(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::load(Sources {
        environment: [needed(), set(pairs)].concat(),
        ..Sources::default()
    })
}

fn faults(result: Result<Config, ConfigError>) -> Vec<String> {
    result.unwrap_err().faults.iter().map(ToString::to_string).collect()
}

/// The one fault there is.
fn fault(result: Result<Config, ConfigError>) -> String {
    let all = faults(result);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.into_iter().next().unwrap()
}

fn write(folder: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    path
}

#[test]
fn the_default_file_has_every_key_once_and_no_other() {
    for (section, keys) in sections::KNOWN {
        let body = DEFAULT
            .split(&format!("\n[{section}]\n"))
            .nth(1)
            .unwrap_or_else(|| panic!("no [{section}]"));
        let body = body.split("\n[").next().unwrap();
        let lines: Vec<&str> = body.lines().map(|line| line.trim_start_matches("# ")).collect();
        for known in *keys {
            let found = lines
                .iter()
                .filter(|line| line.starts_with(&format!("{} =", known.key)))
                .count();
            assert_eq!(found, 1, "{section}.{}", known.key);
        }
    }
    let sections = DEFAULT.lines().filter(|line| line.starts_with('[')).count();
    assert_eq!(sections, sections::KNOWN.len());
}

#[test]
fn development_needs_nothing_and_keeps_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let config = Config::load(Sources::development(&data)).unwrap();
    assert_eq!(
        config.database.url.expose(),
        format!("sqlite://{}/roster.db", data.display())
    );
    assert_eq!(config.database.write_connections, 1);
    assert_eq!(config.server.public_url, "http://localhost:8080");
    assert_eq!(config.tokens.issuer, "http://localhost:8080");
    assert_eq!(config.mail.transport, MailTransport::Folder);
    let mode = std::fs::metadata(data.join("master.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = Config::load(Sources::development(&data)).unwrap();
    let key = |config: &Config| config.secrets.master_key.to_base64();
    assert_eq!(key(&again).expose(), key(&config).expose());
}

#[test]
fn looking_at_a_development_configuration_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    Config::load(Sources {
        may_create: false,
        ..Sources::development(&data)
    })
    .unwrap();
    assert!(!data.exists());
}

#[test]
fn outside_development_all_that_is_missing_is_named_at_once() {
    let all = faults(Config::load(Sources::default()));
    for text in [
        "server.public_url is missing",
        "database.url is missing",
        "secrets.master_key is missing",
        "mail.smtp_host is missing",
    ] {
        assert!(all.iter().any(|fault| fault.starts_with(text)), "{text}: {all:#?}");
    }
    assert_eq!(all.len(), 4, "{all:#?}");
    assert!(
        all.iter()
            .any(|fault| fault.contains("ROSTER_SECRETS__MASTER_KEY_FILE")),
        "{all:#?}"
    );
}

#[test]
fn the_later_source_wins_and_the_report_says_which_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(
        folder.path(),
        "roster.toml",
        "[server]\ngrpc_listen = \"127.0.0.1:1\"\nhttp_listen = \"127.0.0.1:2\"\ndeadline = \"40s\"\n",
        0o644,
    );
    let environment = [
        needed(),
        set(&[
            ("ROSTER_SERVER__GRPC_LISTEN", "127.0.0.1:3"),
            ("ROSTER_SERVER__HTTP_LISTEN", "127.0.0.1:4"),
        ]),
    ]
    .concat();
    let flags = serde_json::json!({ "server": { "grpc_listen": "127.0.0.1:5", "http_listen": null } });
    let config = Config::load(Sources {
        file: Some(file.clone()),
        environment,
        flags,
        ..Sources::default()
    })
    .unwrap();
    assert_eq!(
        (config.server.grpc_listen.port(), config.server.http_listen.port()),
        (5, 4)
    );
    assert_eq!(config.server.deadline, Duration::from_secs(40));
    let report = report(&config);
    let line = |key: &str| {
        report
            .lines()
            .find(|line| line.starts_with(key))
            .unwrap_or_default()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(line("grpc_listen"), "grpc_listen = 127.0.0.1:5 # --grpc-listen");
    assert_eq!(
        line("http_listen"),
        "http_listen = 127.0.0.1:4 # ROSTER_SERVER__HTTP_LISTEN"
    );
    assert_eq!(line("deadline"), format!("deadline = 40s # {}", file.display()));
    assert_eq!(line("drain"), "drain = 20s # default");
    assert_eq!(
        line("issuer"),
        "issuer = \"https://accounts.example.org\" # server.public_url"
    );
    assert_eq!(config.server.public_url, "https://accounts.example.org");
}

#[test]
fn no_secret_is_ever_shown() {
    let config = with(&[
        ("ROSTER_MAIL__SMTP_USERNAME", "roster"),
        ("ROSTER_MAIL__SMTP_PASSWORD", "swordfish"),
    ])
    .unwrap();
    for text in [report(&config), format!("{config:?}"), hints(&config).join("\n")] {
        for secret in ["hunter2", "swordfish", KEY, "sslmode"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    assert!(
        report(&config).contains("url = \"postgres://(hidden)@db/roster\""),
        "{}",
        report(&config)
    );
    for bad in [
        "hunter2:nowhere",
        "mysql://u:hunter2@db",
        "postgres://u:hunter2?x@db/roster",
    ] {
        let text = with(&[
            ("ROSTER_DATABASE__URL", bad),
            ("ROSTER_SECRETS__MASTER_KEY", "c3dvcmRmaXNo"),
            ("ROSTER_SERVER__DRAIN", "x"),
        ])
        .unwrap_err()
        .to_string();
        assert!(!text.contains("hunter2") && !text.contains("c3dvcmRmaXNo"), "{text}");
    }
    let odd = with(&[("ROSTER_DATABASE__URL", "postgres://u:hunt?er2@db/roster")]).unwrap();
    assert!(!report(&odd).contains("hunt"), "{}", report(&odd));
}

#[test]
fn unknown_keys_and_sections_name_their_source_and_the_closest_known() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(
        folder.path(),
        "roster.toml",
        "[server]\ngrpc_lissten = \"127.0.0.1:1\"\n[databse]\nurl = \"x\"\n",
        0o644,
    );
    let environment = [
        needed(),
        set(&[("ROSTER_TOKENS__LIFE_TIME", "1m"), ("ROSTER_SERVR__DRAIN", "1s")]),
    ]
    .concat();
    let flags = serde_json::json!({ "dev": true });
    let all = faults(Config::load(Sources {
        file: Some(file.clone()),
        environment,
        flags,
        ..Sources::default()
    }));
    let path = file.display();
    for text in [
        format!("server.grpc_lissten (from {path}) is not a known key\n    -> did you mean grpc_listen?"),
        format!("databse (from {path}) is not a known section\n    -> did you mean database?"),
        "tokens.life_time (from ROSTER_TOKENS__LIFE_TIME) is not a known key\n    -> did you mean lifetime?".to_owned(),
        "servr (from ROSTER_SERVR__…) is not a known section\n    -> did you mean server?".to_owned(),
    ] {
        assert!(all.contains(&text), "{text}: {all:#?}");
    }
    assert_eq!(all.len(), 5, "{all:#?}");
}

#[test]
fn foreign_variables_are_left_alone_but_a_single_underscore_is_noticed() {
    with(&[
        ("ROSTER_PORT", "tcp://10.0.0.1:50051"),
        ("ROSTER_CONFIG", "x"),
        ("ROSTER_SERVER__DRAIN", ""),
        ("PATH", "/"),
    ])
    .unwrap();
    let text = fault(with(&[("ROSTER_SERVER_DRAIN", "1s")]));
    assert!(text.contains("write ROSTER_SERVER__DRAIN"), "{text}");
}

#[test]
fn all_faults_come_together() {
    let all = faults(with(&[
        ("ROSTER_SERVER__DEADLINE", "10 parsecs"),
        ("ROSTER_TOKENS__ALGORITHM", "none"),
        ("ROSTER_SERVER__MAX_MESSAGE", "4MB"),
        ("ROSTER_SERVER__REFLECTION", "maybe"),
        ("ROSTER_SESSIONS__IDLE", "31d"),
    ]));
    assert_eq!(all.len(), 5, "{all:#?}");
    assert!(
        all[1].contains("server.deadline (from ROSTER_SERVER__DEADLINE) is \"10 parsecs\", a duration such as"),
        "{all:#?}"
    );
    assert!(
        all.iter()
            .any(|text| text.contains("\"EdDSA\" or \"ES256\" or \"RS256\" is expected")),
        "{all:#?}"
    );
}

#[test]
fn a_file_that_is_missing_or_broken_is_a_fault_that_quotes_nothing() {
    let load = |file: PathBuf| {
        fault(Config::load(Sources {
            file: Some(file),
            environment: needed(),
            ..Sources::default()
        }))
    };
    assert!(load("/nowhere/roster.toml".into()).contains("/nowhere/roster.toml can't be read"));
    let folder = tempfile::tempdir().unwrap();
    let text = load(write(
        folder.path(),
        "roster.toml",
        "[mail]\nsmtp_password = \"swordfish\n",
        0o644,
    ));
    assert!(
        text.contains("isn't TOML, line 2") && !text.contains("swordfish"),
        "{text}"
    );
}

#[test]
fn a_secret_may_lie_in_a_file_that_not_everyone_may_read() {
    let folder = tempfile::tempdir().unwrap();
    let environment = |path: &Path| {
        [
            set(&[("ROSTER_SECRETS__MASTER_KEY_FILE", path.to_str().unwrap())]),
            needed()
                .into_iter()
                .filter(|(name, _)| !name.contains("MASTER"))
                .collect(),
        ]
        .concat()
    };
    let load = |path: &Path| {
        Config::load(Sources {
            environment: environment(path),
            ..Sources::default()
        })
    };
    let private = write(folder.path(), "private", &format!("\n{KEY}\n"), 0o640);
    assert_eq!(load(&private).unwrap().secrets.master_key.to_base64().expose(), KEY);
    let open = write(folder.path(), "open", KEY, 0o644);
    let text = fault(load(&open));
    assert!(
        text.contains("every user of this machine may read") && text.contains("chmod 600"),
        "{text}"
    );
    let dev = Sources {
        environment: environment(&open),
        ..Sources::development(folder.path())
    };
    assert_eq!(Config::load(dev).unwrap().secrets.master_key.to_base64().expose(), KEY);
    assert!(fault(load(&folder.path().join("nothing"))).contains("can't be read"));
    assert!(fault(load(folder.path())).contains("isn't a file"));
    let short = write(folder.path(), "short", "c2hvcnQ=", 0o600);
    assert!(fault(load(&short)).contains("has 5 bytes, 32 are needed"));
}

#[test]
fn r02_a_master_key_that_is_a_sample_is_refused_with_the_other_faults() {
    let zeros = "A".repeat(43) + "=";
    let counted = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    for sample in [zeros.as_str(), counted] {
        let text = fault(with(&[("ROSTER_SECRETS__MASTER_KEY", sample)]));
        assert!(
            text.contains("secrets.master_key") && text.contains("is not random"),
            "{text}"
        );
        assert!(!text.contains(sample), "{text}");
    }
}

#[test]
fn log_ins_leave_a_core_to_others_unless_told_how_many_they_may_have() {
    let cores = std::thread::available_parallelism().unwrap().get();
    let threads = |set: &[(&str, &str)]| with(set).unwrap().passwords.threads();
    assert_eq!(threads(&[]), (cores - 1).clamp(1, 16));
    assert_eq!(threads(&[("ROSTER_PASSWORDS__HASH_THREADS", "5")]), 5);
    let refused = fault(with(&[("ROSTER_PASSWORDS__HASH_THREADS", "65")]));
    assert!(
        refused.contains("passwords.hash_threads") && refused.contains("0 to 64"),
        "{refused}"
    );
}

#[test]
fn tokens_may_be_signed_with_rsa() {
    let config = with(&[("ROSTER_TOKENS__ALGORITHM", "RS256")]).unwrap();
    assert_eq!(config.tokens.algorithm, Algorithm::Rs256);
}

#[test]
fn value_and_file_of_one_source_contradict_and_the_later_source_wins() {
    let folder = tempfile::tempdir().unwrap();
    let secret = write(folder.path(), "url", "sqlite:///file.db", 0o600);
    let both = fault(with(&[("ROSTER_DATABASE__URL_FILE", secret.to_str().unwrap())]));
    assert!(both.contains("both as a value and as a file"), "{both}");
    let file = write(
        folder.path(),
        "roster.toml",
        &format!("[database]\nurl_file = {secret:?}\n"),
        0o600,
    );
    let config = Config::load(Sources {
        file: Some(file.clone()),
        environment: needed(),
        ..Sources::default()
    })
    .unwrap();
    assert!(config.database.url.expose().starts_with("postgres://"));
    let environment = needed()
        .into_iter()
        .filter(|(name, _)| !name.contains("DATABASE"))
        .collect();
    let config = Config::load(Sources {
        file: Some(file),
        environment,
        ..Sources::default()
    })
    .unwrap();
    assert_eq!(config.database.url.expose(), "sqlite:///file.db");
    let dev = Sources {
        environment: set(&[("ROSTER_DATABASE__URL_FILE", secret.to_str().unwrap())]),
        ..Sources::development(folder.path())
    };
    assert_eq!(Config::load(dev).unwrap().database.url.expose(), "sqlite:///file.db");
}

mod rules;
