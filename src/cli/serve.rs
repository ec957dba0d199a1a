//! `roster serve`: telemetry, then the server until a signal.

use std::process::ExitCode;

use crate::config::Config;

/// Runs the server and gives its exit code.
pub(super) fn serve(_config: Config) -> ExitCode {
    super::in_runtime(async { super::failed("serve is not there yet") })
}
