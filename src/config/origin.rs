//! Where a value came from: the layers' names, which of them wins, and how each is told to people.

use figment::Metadata;

/// What the variables of this program begin with.
pub(super) const PREFIX: &str = "ROSTER_";

pub(super) const DEFAULTS: &str = "default";
pub(super) const DEV: &str = "--dev";
pub(super) const DERIVED: &str = "derived";
pub(super) const FILE: &str = "file";
pub(super) const ENVIRONMENT: &str = "environment";
pub(super) const FLAG: &str = "flag";

/// Which layer wins: the greater number.
pub(super) fn rank(metadata: &Metadata) -> u8 {
    match &*metadata.name {
        FLAG => 5,
        ENVIRONMENT => 4,
        FILE => 3,
        DERIVED => 2,
        DEV => 1,
        _ => 0,
    }
}

/// The name of the environment variable of a key.
pub(super) fn variable(section: &str, key: &str) -> String {
    format!("{PREFIX}{}__{}", section.to_ascii_uppercase(), key.to_ascii_uppercase())
}

/// A source in words.
pub(super) fn described(metadata: &Metadata, section: &str, key: &str) -> String {
    match &*metadata.name {
        ENVIRONMENT if key.is_empty() => format!("{PREFIX}{}__…", section.to_ascii_uppercase()),
        ENVIRONMENT => variable(section, key),
        FLAG => format!(
            "--{}",
            if section == "data" {
                section.to_owned()
            } else {
                key.replace('_', "-")
            }
        ),
        FILE => metadata
            .source
            .as_ref()
            .and_then(|source| source.custom())
            .unwrap_or(FILE)
            .to_owned(),
        DERIVED if section == "tokens" => "server.public_url".to_owned(),
        DERIVED => DEV.to_owned(),
        name => name.to_owned(),
    }
}
