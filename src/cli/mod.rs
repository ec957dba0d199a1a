//! The command line: what can be asked for, and which file does it. One file per subcommand; nothing here decides anything
//! about people or organisations.
//!
//! Start at [`run`]. Answers go to standard output, errors to standard error, and the exit code is 0, 1, or 2 where the command
//! or the configuration is wrong.

mod completions;
mod config;
mod healthcheck;
mod keys;
mod members;
mod migrate;
mod serve;
mod store;

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::config::{Config, Sources};

/// The exit code of a wrong command or configuration; what clap uses too.
const WRONG: u8 = 2;

/// Identity and membership over gRPC: people, the organisations they belong to, and what each may do there.
#[derive(Debug, Parser)]
#[command(
    name = "roster",
    version,
    arg_required_else_help = true,
    after_help = "Try it out:\n  roster serve --dev\n\nEvery setting with its default:\n  roster config show --dev"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    #[command(after_help = "SIGTERM or Ctrl-C lets calls in flight finish (server.drain); a second one stops at once.")]
    Serve(ServeArgs),
    /// Bring the database up to date, or say how far it is
    #[command(subcommand)]
    Migrate(MigrateCommand),
    /// List or rotate the keys that sign access tokens
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Show or check the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Import, export or list the members of a running server's organisation
    #[command(subcommand)]
    Members(members::MembersCommand),
    /// Ask a running server whether it serves; exit code 0 if so
    Healthcheck(HealthcheckArgs),
    /// Print the completions of a shell
    #[command(after_help = "For bash:\n  roster completions bash > ~/.local/share/bash-completion/completions/roster")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Where the configuration comes from; the same for all commands that need one.
#[derive(Debug, Args)]
struct ConfigArgs {
    /// Embedded database, mails written as files, keys made on the first start: only for trying it out
    #[arg(long)]
    dev: bool,
    /// Configuration file (TOML) [environment: ROSTER_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the embedded database and of what --dev makes
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ServeArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Address of the gRPC port [default: 127.0.0.1:50051]
    #[arg(long, value_name = "ADDRESS:PORT")]
    grpc_listen: Option<SocketAddr>,
    /// Address of the HTTP port: public keys, health, metrics [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    http_listen: Option<SocketAddr>,
}

#[derive(Debug, Subcommand)]
enum MigrateCommand {
    /// Apply the migrations that are missing
    Up(ConfigArgs),
    /// List the migrations and which are applied; exit code 1 if one is missing
    Status(ConfigArgs),
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// List the signing keys: id, state, when each signs
    List(ConfigArgs),
    /// Make a new signing key now; it signs once it has been published for tokens.publish_ahead
    Rotate(ConfigArgs),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print every setting with its value and where that came from; secrets are hidden
    Show(ConfigArgs),
    /// Say what is wrong and what deserves a second look; exit code 2 if the server would refuse to start
    Check(ConfigArgs),
}

#[derive(Debug, Args)]
struct HealthcheckArgs {
    /// The gRPC port; where that speaks TLS, the HTTP port with the path /readyz
    #[arg(long, default_value = "http://127.0.0.1:50051")]
    url: String,
    /// The gRPC service to ask about; the whole server if left out
    #[arg(long, default_value = "")]
    service: String,
    /// Seconds to wait
    #[arg(long, default_value_t = 3)]
    timeout: u64,
}

/// Does what the command line asks for.
#[must_use]
pub fn run() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(args) => with_config(args.sources(), serve::serve),
        Command::Migrate(MigrateCommand::Up(args)) => with_config(args.starting(), migrate::up),
        Command::Migrate(MigrateCommand::Status(args)) => with_config(args.sources(), migrate::status),
        Command::Keys(KeysCommand::List(args)) => with_config(args.sources(), keys::list),
        Command::Keys(KeysCommand::Rotate(args)) => with_config(args.starting(), keys::rotate),
        Command::Config(ConfigCommand::Show(args)) => with_config(args.sources(), |config| config::show(&config)),
        Command::Config(ConfigCommand::Check(args)) => with_config(args.sources(), |config| config::check(&config)),
        Command::Members(command) => members::run(command),
        Command::Healthcheck(args) => in_runtime(healthcheck::healthcheck(
            args.url,
            args.service,
            Duration::from_secs(args.timeout),
        )),
        Command::Completions { shell } => completions::completions(shell, &mut Cli::command()),
    }
}

impl ConfigArgs {
    fn sources(self) -> Sources {
        Sources::of_process(
            self.dev,
            self.config,
            serde_json::json!({ "data": { "folder": self.data } }),
        )
    }

    /// The sources of a command that may be the first one to run.
    fn starting(self) -> Sources {
        Sources {
            may_create: true,
            ..self.sources()
        }
    }
}

impl ServeArgs {
    fn sources(self) -> Sources {
        let flags = serde_json::json!({
            "server": { "grpc_listen": self.grpc_listen, "http_listen": self.http_listen },
            "data": { "folder": self.config.data },
        });
        Sources {
            flags,
            ..self.config.starting()
        }
    }
}

fn with_config(sources: Sources, command: impl FnOnce(Config) -> ExitCode) -> ExitCode {
    match Config::load(sources) {
        Ok(config) => command(config),
        Err(error) => {
            eprint!("roster: {error}");
            ExitCode::from(WRONG)
        }
    }
}

/// Runs a future to its end on a runtime of its own. What is still running then gets a second to end.
fn in_runtime(task: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            let code = runtime.block_on(task);
            runtime.shutdown_timeout(Duration::from_secs(1));
            code
        }
        Err(error) => failed(&format!("the runtime can't be started: {error}")),
    }
}

/// Writes an answer to standard output. Whoever reads it may stop early, as `head` does; that is no failure.
fn answer(text: &[u8]) -> ExitCode {
    match std::io::stdout().write_all(text) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            failed(&format!("the answer can't be written: {error}"))
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Says what failed.
fn failed(message: &str) -> ExitCode {
    eprintln!("roster: {message}");
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_reach_the_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_str().unwrap();
        let cli = Cli::try_parse_from([
            "roster",
            "serve",
            "--dev",
            "--data",
            data,
            "--grpc-listen",
            "127.0.0.1:7",
        ])
        .unwrap();
        let Command::Serve(args) = cli.command else {
            unreachable!()
        };
        let sources = Sources {
            environment: Vec::new(),
            file: None,
            ..args.sources()
        };
        assert!(sources.dev && sources.may_create);
        let config = Config::load(sources).unwrap();
        assert_eq!(config.server.grpc_listen.port(), 7);
        assert_eq!(config.server.http_listen.port(), 8080);
        assert_eq!(config.data.folder, folder.path());
    }
}
