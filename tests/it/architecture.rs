//! The rules of the house that no compiler knows: who may import whom, which crate stays where, how long a file may be.
//!
//! Each test reads the sources and names every fault with its file and line. A rule is changed here, in the same commit
//! as the code that needs it and the table in `src/lib.rs`, or not at all.

use crate::sources::{LONG_FILES, Source, below, hold, read};

/// Which modules a module may import.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("secret", &[]),
    ("error", &[]),
    ("lifecycle", &[]),
    ("listen", &[]),
    ("pb", &[]),
    ("random", &["clock"]),
    ("seal", &["random", "secret"]),
    ("config", &["random", "seal", "secret"]),
    ("telemetry", &["config"]),
    ("domain", &["clock"]),
    ("words", &["domain"]),
    ("mail", &["clock", "domain", "random", "secret", "words"]),
    ("store", &["clock", "domain", "error", "random", "secret"]),
    ("auth", &["clock", "domain", "error", "random", "seal", "secret"]),
    (
        "app",
        &[
            "auth", "clock", "domain", "error", "mail", "random", "seal", "secret", "store", "words",
        ],
    ),
    ("http", &["app", "auth", "error", "listen", "telemetry"]),
    (
        "worker",
        &[
            "app", "auth", "clock", "config", "domain", "error", "mail", "random", "seal", "secret", "store", "words",
        ],
    ),
    (
        "rpc",
        &[
            "app", "auth", "clock", "domain", "error", "listen", "pb", "random", "seal", "secret", "words",
        ],
    ),
    (
        "server",
        &[
            "app",
            "auth",
            "clock",
            "config",
            "domain",
            "error",
            "http",
            "lifecycle",
            "listen",
            "mail",
            "pb",
            "random",
            "rpc",
            "seal",
            "secret",
            "store",
            "telemetry",
            "words",
            "worker",
        ],
    ),
    (
        "cli",
        &[
            "app",
            "auth",
            "clock",
            "config",
            "domain",
            "error",
            "http",
            "lifecycle",
            "listen",
            "mail",
            "pb",
            "random",
            "seal",
            "secret",
            "server",
            "store",
            "telemetry",
            "words",
            "worker",
        ],
    ),
    ("main", &["cli"]),
];

/// Crates that stay in one place: the crates, and the beginnings of the paths where they may be named.
const CONFINED: &[(&[&str], &[&str])] = &[
    (&["sea_orm", "sea_orm_migration", "sqlx", "sea_query"], &["src/store/"]),
    (
        &["jsonwebtoken"],
        &["src/auth/token.rs", "src/auth/keyring", "src/auth/algorithm.rs"],
    ),
    // listen.rs says what a connection is (`Connected`), so that a handler can learn the caller's address.
    (
        &[
            "tonic",
            "tonic_health",
            "tonic_prost",
            "tonic_reflection",
            "tonic_types",
        ],
        &[
            "src/rpc/",
            "src/server",
            "src/cli/healthcheck.rs",
            "src/cli/members/",
            "src/listen.rs",
        ],
    ),
    (&["prost", "prost_types"], &["src/rpc/", "src/server", "src/pb.rs"]),
    // The mail server's settings are checked with the parser that will read them.
    (&["minijinja", "lettre"], &["src/mail/", "src/config/check/policy.rs"]),
    (&["fluent_bundle", "fluent_langneg"], &["src/words/"]),
    (&["argon2"], &["src/auth/password/"]),
    (&["axum"], &["src/http.rs", "src/http/"]),
    (&["figment"], &["src/config/"]),
    (&["csv_core", "encoding_rs"], &["src/domain/csv/"]),
    (&["indicatif"], &["src/cli/"]),
    (&["clap", "clap_complete"], &["src/cli/"]),
    // layers.rs takes the trace context out of the headers.
    (
        &["opentelemetry", "opentelemetry_sdk", "opentelemetry_otlp"],
        &["src/telemetry", "src/rpc/layers.rs"],
    ),
];

/// Where a transaction may begin and end. throttle.rs counts attempts in a transaction of the store's own, which must be
/// kept although the call that it counts is refused.
const TRANSACTIONS: &[&str] = &[
    "src/store/",
    "src/app/run.rs",
    "src/app/audit.rs",
    "src/app/throttle.rs",
    "src/worker/",
];

const LONG: usize = 400;
const NEVER: usize = 800;

fn begins_with_one_of(path: &str, beginnings: &[&str]) -> bool {
    beginnings.iter().any(|beginning| path.starts_with(beginning))
}

fn allowed(module: &str) -> Option<&'static [&'static str]> {
    MAY_IMPORT.iter().find(|(name, _)| *name == module).map(|(_, may)| *may)
}

fn everywhere() -> Vec<Source> {
    ["src", "build", "tests", "benches"]
        .into_iter()
        .flat_map(below)
        .collect()
}

#[test]
fn each_module_imports_only_what_it_may() {
    let sources = below("src");
    let (mut edges, mut faults) = (0, vec![]);
    for source in sources.iter().filter(|s| s.path != "src/lib.rs") {
        let module = if source.path == "src/main.rs" {
            "main"
        } else {
            source.module()[0]
        };
        let Some(may) = allowed(module) else {
            faults.push(format!("{}: `{module}` is not in MAY_IMPORT", source.path));
            continue;
        };
        for (line, name) in source.imports() {
            edges += 1;
            if name != module && !may.contains(&name.as_str()) {
                faults.push(format!(
                    "{}:{line}: `{module}` may not import `{name}`, only {}",
                    source.path,
                    may.join(", ")
                ));
            }
        }
    }
    hold("imports", edges, &faults);
}

#[test]
fn the_map_in_lib_lists_every_module_above_what_it_imports() {
    let lib = read("src/lib.rs");
    let rows: Vec<Vec<&str>> = lib
        .lines()
        .filter_map(|line| line.strip_prefix("//! | [")?.split('|').next())
        .map(|cell| cell.split('`').skip(1).step_by(2).collect())
        .collect();
    let row = |module: &str| rows.iter().position(|row| row.contains(&module));
    let declared = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let mut faults: Vec<String> = declared
        .clone()
        .filter(|m| row(m).is_none())
        .map(|m| format!("{m} is declared but not in the map"))
        .collect();
    for (module, may) in MAY_IMPORT.iter().filter(|(module, _)| *module != "main") {
        match row(module) {
            None => faults.push(format!("{module} is in MAY_IMPORT but not in the map")),
            at => faults.extend(
                may.iter()
                    .filter(|m| row(m) < at)
                    .map(|m| format!("{module} may import {m}, which stands above it")),
            ),
        }
    }
    hold("map", declared.count(), &faults);
}

#[test]
fn the_three_great_divides_are_in_the_table() {
    assert_eq!(allowed("domain"), Some(&["clock"][..]));
    assert!(!allowed("store").unwrap().contains(&"auth") && !allowed("auth").unwrap().contains(&"store"));
    assert!(
        ["pb", "rpc", "server", "config"]
            .iter()
            .all(|m| !allowed("app").unwrap().contains(m))
    );
}

#[test]
fn crates_stay_where_they_belong() {
    let (mut looked, mut faults) = (0, vec![]);
    for source in below("src") {
        for (crates, places) in CONFINED {
            let here = begins_with_one_of(&source.path, places);
            // A crate is named at the start of a path, or brought in by `use`; a function of that name is none.
            let named = crates.iter().flat_map(|name| {
                let lines = source
                    .lines_with(&[name, "::"])
                    .into_iter()
                    .chain(source.lines_with(&["use", name]));
                lines.map(move |line| (line, name))
            });
            for (line, name) in named.collect::<Vec<_>>() {
                looked += 1;
                if !here {
                    faults.push(format!(
                        "{}:{line}: `{name}` stays in {}",
                        source.path,
                        places.join(", ")
                    ));
                }
            }
        }
    }
    hold("confined crates", looked, &faults);
}

#[test]
fn only_config_reads_the_environment() {
    let sources = below("src");
    let hits = |source: &Source| {
        [
            source.lines_with(&["std", "::", "env"]),
            source.lines_with(&["env", "::"]),
        ]
        .concat()
    };
    let faults: Vec<String> = sources
        .iter()
        .filter(|source| !source.path.starts_with("src/config"))
        .flat_map(|source| hits(source).into_iter().map(|line| format!("{}:{line}", source.path)))
        .collect();
    hold("std::env outside config", sources.len(), &faults);
}

#[test]
fn a_handler_is_one_line() {
    let (mut methods, mut faults) = (0, vec![]);
    for service in ["identity", "organization", "membership", "access"] {
        let path = format!("src/rpc/{service}.rs");
        let text = read(&path);
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.contains("fn ")) {
            methods += 1;
            let signature = line.starts_with("async fn ") && line.ends_with('{');
            let body = lines.get(at + 1).copied().unwrap_or_default();
            let adapter = [
                "self.read(",
                "self.write(",
                "self.prepared(",
                "self.proved(",
                "self.snapshot(",
                "self.exchange(",
                "self.download(",
            ]
            .iter()
            .any(|a| body.starts_with(a));
            if !signature || !adapter || !body.ends_with(".await") || lines.get(at + 2) != Some(&"}") {
                faults.push(format!(
                    "{path}:{}: is not `self.read|write|prepared|proved|snapshot|exchange|download(…).await` alone: {body}",
                    at + 2
                ));
            }
        }
    }
    hold("handlers", methods, &faults);
}

#[test]
fn transactions_begin_and_end_in_few_places() {
    let (mut looked, mut faults) = (0, vec![]);
    for source in below("src") {
        for verb in [
            "begin",
            "begin_with_config",
            "begin_with_options",
            "transaction",
            "commit",
            "rollback",
        ] {
            for line in source.lines_with(&[".", verb, "("]) {
                looked += 1;
                if !begins_with_one_of(&source.path, TRANSACTIONS) {
                    faults.push(format!(
                        "{}:{line}: .{verb}( stays in {}",
                        source.path,
                        TRANSACTIONS.join(", ")
                    ));
                }
            }
        }
    }
    hold("transactions", looked, &faults);
}

#[test]
fn files_are_short_or_say_why_not() {
    let sources = everywhere();
    let mut faults = vec![];
    for source in &sources {
        let (path, lines) = (source.path.as_str(), source.text.lines().count());
        let excuse = LONG_FILES.iter().find(|(name, _)| *name == path);
        match excuse {
            _ if lines > NEVER => faults.push(format!("{path}: {lines} lines; {NEVER} never")),
            None if lines > LONG => faults.push(format!(
                "{path}: {lines} lines; make two of it, or say in LONG_FILES why not"
            )),
            Some((_, why)) if why.len() < 20 => faults.push(format!("{path}: {why:?} is no reason")),
            Some(_) if lines <= LONG => faults.push(format!("{path}: {lines} lines; it needs no excuse any more")),
            _ => {}
        }
    }
    let gone = LONG_FILES
        .iter()
        .filter(|(name, _)| sources.iter().all(|s| s.path != *name));
    faults.extend(gone.map(|(name, _)| format!("{name} in LONG_FILES isn't there")));
    hold("long files", sources.len(), &faults);
}

#[test]
fn each_file_says_first_what_it_is() {
    let sources = everywhere();
    let silent = sources.iter().filter(|source| !source.text.starts_with("//! "));
    let faults: Vec<String> = silent.map(|s| format!("{} doesn't open with //!", s.path)).collect();
    hold("openings", sources.len(), &faults);
}

#[test]
fn nothing_gives_up_outside_tests() {
    let sources = below("src");
    let mut faults = vec![];
    for source in &sources {
        for call in ["unwrap", "expect", "unwrap_err", "expect_err", "unwrap_unchecked"] {
            let lines = source.lines_with(&[".", call, "("]);
            faults.extend(lines.iter().map(|line| format!("{}:{line}: .{call}(", source.path)));
        }
        for name in ["panic", "todo", "unimplemented", "unreachable", "dbg", "assert"] {
            let lines = source.lines_with(&[name, "!"]);
            // `assert!` in a constant is a check of the compiler.
            let lines = lines.iter().filter(|line| {
                name != "assert" || !source.text.lines().nth(**line - 1).is_some_and(|l| l.contains("const"))
            });
            faults.extend(lines.map(|line| format!("{}:{line}: {name}!", source.path)));
        }
    }
    hold("giving up", sources.len(), &faults);
}
