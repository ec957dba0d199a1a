//! What is refused although each value by itself can be read: limits, and values that contradict one another.
//!
//! A rule says which key, what is wrong and what to do. To add one, add a line to the function of its section.

mod policy;

use std::time::Duration;

use super::Entry;
use super::fault::Fault;
use super::sections::Sections;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// Brings values into the one form the rest of the program expects.
pub(super) fn normalize(sections: &mut Sections, entries: &mut [Entry]) {
    let trimmed = sections.server.public_url.trim_end_matches('/').len();
    sections.server.public_url.truncate(trimmed);
    if is_sqlite(sections) {
        sections.database.write_connections = 1;
        for entry in entries
            .iter_mut()
            .filter(|entry| entry.is("database.write_connections"))
        {
            entry.shown = "1".to_owned();
            entry.source = "SQLite has one writer".to_owned();
        }
    }
}

pub(super) fn is_sqlite(sections: &Sections) -> bool {
    sections.database.url.expose().starts_with("sqlite:")
}

/// Notes everything that is wrong.
pub(super) fn check(sections: &Sections, dev: bool, source: impl Fn(&str) -> Option<String>, faults: &mut Vec<Fault>) {
    let mut rules = Rules {
        source: &source,
        faults,
    };
    server(sections, &mut rules);
    tls(sections, &mut rules);
    database(sections, &mut rules);
    policy::tokens(sections, &mut rules);
    policy::passwords(sections, dev, &mut rules);
    policy::limits(sections, &mut rules);
    policy::log_in(sections, &mut rules);
    policy::mail(sections, dev, &mut rules);
    policy::telemetry(sections, &mut rules);
}

struct Rules<'a> {
    source: &'a dyn Fn(&str) -> Option<String>,
    faults: &'a mut Vec<Fault>,
}

impl Rules<'_> {
    /// Notes a fault of `key` unless `holds`.
    fn require(&mut self, holds: bool, key: &str, what: &str, remedy: &str) {
        if !holds {
            self.faults.push(Fault {
                key: key.to_owned(),
                source: (self.source)(key),
                what: what.to_owned(),
                remedy: remedy.to_owned(),
            });
        }
    }

    fn between<T: PartialOrd>(&mut self, key: &str, value: T, least: T, most: T, range: &str) {
        self.require(
            value >= least && value <= most,
            key,
            "is out of range",
            &format!("choose {range}"),
        );
    }
}

fn server(s: &Sections, rules: &mut Rules<'_>) {
    let server = &s.server;
    let same = server.grpc_listen == server.http_listen && server.grpc_listen.port() != 0;
    rules.require(
        !same,
        "server.http_listen",
        "is the same address as server.grpc_listen",
        "give each its own port",
    );
    rules.require(
        is_base_url(&server.public_url),
        "server.public_url",
        "isn't the beginning of a link",
        "write https://name[:port][/path], without user, query or fragment",
    );
    rules.between(
        "server.tls_reload",
        server.tls_reload,
        Duration::from_secs(1),
        DAY,
        "1s to 1d",
    );
    rules.between(
        "server.max_connections",
        server.max_connections,
        1,
        1_000_000,
        "1 to 1000000",
    );
    rules.between(
        "server.max_streams_per_connection",
        server.max_streams_per_connection,
        1,
        100_000,
        "1 to 100000",
    );
    rules.between(
        "server.max_message",
        server.max_message.0,
        64 * 1024,
        64 * 1024 * 1024,
        "64KiB to 64MiB",
    );
    rules.between(
        "server.max_metadata",
        server.max_metadata.0,
        4 * 1024,
        1024 * 1024,
        "4KiB to 1MiB",
    );
    rules.between(
        "server.deadline",
        server.deadline,
        Duration::from_secs(1),
        // Well below the minute that the revocation feed looks back for what a long transaction left.
        Duration::from_secs(45),
        "1s to 45s",
    );
    rules.between("server.drain", server.drain, Duration::ZERO, HOUR, "0s to 1h");
}

fn is_base_url(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return false;
    };
    let host = rest.split('/').next().unwrap_or_default();
    let clean = rest.chars().all(|c| c.is_ascii_graphic() && !"?#@\\\"<>".contains(c));
    clean
        && host
            .chars()
            .next()
            .is_some_and(|c| c.is_ascii_alphanumeric() || c == '[')
        && url.parse::<http::Uri>().is_ok()
}

fn tls(s: &Sections, rules: &mut Rules<'_>) {
    let files = [
        (
            "server.tls_certificate",
            &s.server.tls_certificate,
            "server.tls_private_key",
        ),
        (
            "server.tls_private_key",
            &s.server.tls_private_key,
            "server.tls_certificate",
        ),
    ];
    let given = files.iter().filter(|(_, path, _)| path.is_some()).count();
    for (key, path, other) in files {
        let Some(path) = path else { continue };
        rules.require(given == 2, key, &format!("is set without {other}"), "set both, or none");
        if let Err(error) = std::fs::File::open(path) {
            rules.require(
                false,
                key,
                &format!("names {}, which can't be read: {error}", path.display()),
                "name a PEM file that this user may read",
            );
        }
    }
}

fn database(s: &Sections, rules: &mut Rules<'_>) {
    let url = s.database.url.expose();
    let known = ["sqlite:", "postgres://", "postgresql://"]
        .iter()
        .any(|scheme| url.starts_with(scheme));
    rules.require(
        known,
        "database.url",
        "is neither an SQLite nor a PostgreSQL address",
        "write sqlite:///path/roster.db or postgres://user:password@host/name",
    );
    rules.between(
        "database.read_connections",
        s.database.read_connections,
        1,
        1000,
        "1 to 1000",
    );
    rules.between(
        "database.write_connections",
        s.database.write_connections,
        1,
        1000,
        "1 to 1000",
    );
    rules.between(
        "database.acquire_timeout",
        s.database.acquire_timeout,
        Duration::from_millis(10),
        MINUTE,
        "10ms to 1m",
    );
    rules.between(
        "database.statement_timeout",
        s.database.statement_timeout,
        Duration::from_millis(100),
        HOUR,
        "100ms to 1h",
    );
    rules.require(
        s.database.acquire_timeout < s.server.deadline,
        "database.acquire_timeout",
        "isn't shorter than server.deadline",
        "make it shorter, so that a full server says so in time",
    );
}
