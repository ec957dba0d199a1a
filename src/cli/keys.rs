//! `roster keys`: the keys that sign access tokens.

use std::process::ExitCode;

use crate::config::Config;

/// Lists the signing keys.
pub(super) fn list(_config: Config) -> ExitCode {
    super::in_runtime(async { super::failed("keys list is not there yet") })
}

/// Makes a new signing key.
pub(super) fn rotate(_config: Config) -> ExitCode {
    super::in_runtime(async { super::failed("keys rotate is not there yet") })
}
