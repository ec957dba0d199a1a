//! `roster completions`: what a shell needs to complete a command line.

use std::process::ExitCode;

/// Prints the completions.
pub(super) fn completions(shell: clap_complete::Shell, command: &mut clap::Command) -> ExitCode {
    let mut text = Vec::new();
    clap_complete::generate(shell, command, "roster", &mut text);
    super::answer(&text)
}
