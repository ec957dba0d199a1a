//! `roster config show` and `roster config check`. A configuration that doesn't load never comes here: its faults are printed
//! by the caller.

use std::process::ExitCode;

use crate::config::{Config, hints, report};
use crate::server;

/// Prints every setting with its value and where that came from.
pub(super) fn show(config: &Config) -> ExitCode {
    super::answer(report(config).as_bytes())
}

/// Prints what deserves a second look. The preset is read too, which loading the configuration leaves to the start.
pub(super) fn check(config: &Config) -> ExitCode {
    if let Err(error) = server::preset(&config.organizations.preset) {
        eprintln!("roster: {error}");
        return ExitCode::from(super::WRONG);
    }
    let hints = hints(config).into_iter().map(|hint| format!("  note: {hint}\n"));
    let text = std::iter::once("The configuration is sound.\n".to_owned())
        .chain(hints)
        .collect::<String>();
    super::answer(text.as_bytes())
}
