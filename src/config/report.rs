//! The configuration for people: what holds and where it came from, and what deserves a second look. Shows no secret.

use std::fmt::Write;

use super::sections::MailTransport;
use super::{Config, check};

/// Every key with its value and where that came from, by section; for `roster config show`. Secrets are hidden.
#[must_use]
pub fn report(config: &Config) -> String {
    let mut text = String::new();
    let width = config
        .entries
        .iter()
        .map(|entry| entry.key.len() + entry.shown.chars().count() + 3)
        .max()
        .unwrap_or_default()
        .min(60);
    let mut section = "";
    for entry in &config.entries {
        if entry.section != section {
            let gap = if section.is_empty() { "" } else { "\n" };
            section = entry.section;
            let _ = writeln!(text, "{gap}[{section}]");
        }
        let setting = format!("{} = {}", entry.key, entry.shown);
        let _ = writeln!(text, "{setting:width$}  # {}", entry.source);
    }
    text
}

/// What is allowed and still deserves a second look, for `roster config check` and for the log at the start.
#[must_use]
pub fn hints(config: &Config) -> Vec<String> {
    let mut hints = Vec::new();
    let mut hint = |holds: bool, text: &str| {
        if holds {
            hints.push(text.to_owned());
        }
    };
    let server = &config.server;
    hint(
        config.dev,
        "--dev is for trying things out: mails are written to files and keys lie beside the database",
    );
    hint(
        server.tls_certificate.is_none() && !server.grpc_listen.ip().is_loopback(),
        "server.grpc_listen can be reached from other machines without TLS: set server.tls_certificate and server.tls_private_key unless a proxy or mesh protects it",
    );
    hint(
        !server.http_listen.ip().is_loopback(),
        "server.http_listen can be reached from other machines and serves metrics: let only your own network reach it",
    );
    hint(
        !config.dev && server.reflection,
        "server.reflection shows the contract to everyone who can connect; set it to false where that isn't wanted",
    );
    hint(
        !config.dev && server.public_url.starts_with("http://"),
        "server.public_url is http: links in mails can be changed on their way",
    );
    hint(
        !config.dev && config.mail.transport == MailTransport::None,
        "mail.transport is \"none\": invitations, codes and resets reach nobody",
    );
    hint(
        !config.dev && config.passwords.min_length < 15,
        "passwords.min_length is below 15, which NIST SP 800-63B allows only beside a second factor",
    );
    hint(
        !config.dev && check::is_sqlite(config),
        "database.url is SQLite: one process only; PostgreSQL serves several",
    );
    hints
}
