//! `roster migrate`: the schema of the database.

use std::process::ExitCode;

use crate::config::Config;

/// Applies the migrations that are missing.
pub(super) fn up(_config: Config) -> ExitCode {
    super::in_runtime(async { super::failed("migrate up is not there yet") })
}

/// Lists the migrations.
pub(super) fn status(_config: Config) -> ExitCode {
    super::in_runtime(async { super::failed("migrate status is not there yet") })
}
