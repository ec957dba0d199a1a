//! `roster members`: the members of a running server's organisation, from the command line. It is a client like any other:
//! it shows a token, and may do what that token may.

mod client;
mod export;
mod import;
mod list;
mod table;

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

/// What `roster members` can do.
#[derive(Debug, Subcommand)]
pub(super) enum MembersCommand {
    /// Add members from a CSV file, or change them
    #[command(after_help = import::HELP)]
    Import(ImportArgs),
    /// Write the members to a CSV file
    #[command(
        after_help = "Write all active members to a file:\n  roster members export --state active -o members.csv"
    )]
    Export(ExportArgs),
    /// Show the members as a table
    #[command(after_help = "Find somebody:\n  roster members list --query bob")]
    List(ListArgs),
}

/// How to reach the server, and as whom.
#[derive(Debug, Clone, Args)]
struct ServerArgs {
    /// The server's gRPC port; https:// for TLS
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:50051",
        env = "ROSTER_SERVER"
    )]
    server: String,
    /// File that holds the access token [environment: ROSTER_TOKEN holds the token itself]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The access token; better in the environment or a file, since others can see the command line
    #[arg(
        long,
        value_name = "TOKEN",
        env = "ROSTER_TOKEN",
        hide_env_values = true,
        hide = true
    )]
    token: Option<String>,
    /// Certificate authority (PEM) that the server's certificate is from, if it is none of the public ones
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Organisation, org_…; the token's if left out
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    organization: String,
    /// Language of messages: en, pt-BR or es
    #[arg(long, value_name = "LANGUAGE", default_value = "", hide_default_value = true)]
    language: String,
}

/// Which members.
#[derive(Debug, Clone, Args)]
struct FilterArgs {
    /// Part of the name or the address
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    query: String,
    /// Only this state: added, invited, expired, declined, active, suspended or revoked; may be given several times
    #[arg(long, value_enum, hide_possible_values = true)]
    state: Vec<State>,
    /// Only these roles, by name or rol_…; may be given several times
    #[arg(long, value_name = "ROLE")]
    role: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    Added,
    Invited,
    Expired,
    Declined,
    Active,
    Suspended,
    Revoked,
}

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The file; - for standard input
    file: PathBuf,
    /// What to do with good rows if there are bad ones
    #[arg(long, value_enum, default_value = "best-effort")]
    mode: Mode,
    /// What to do with addresses that are on the list already
    #[arg(long, value_enum, default_value = "skip")]
    existing: Existing,
    /// Send those who are added an invitation at once; each takes a seat
    #[arg(long)]
    invite: bool,
    /// What separates cells: ",", ";" or "tab"; found out from the header if left out
    #[arg(long, value_name = "SEPARATOR", default_value = "", hide_default_value = true)]
    separator: String,
    /// Take up an import that broke off: the id that it printed
    #[arg(long, value_name = "ID")]
    resume: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    /// Judge every row, change nothing
    DryRun,
    /// Do the good rows, report the bad ones
    BestEffort,
    /// All rows or none
    Atomic,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Existing {
    /// Leave them as they are
    Skip,
    /// Give them the roles, tags and groups of the file
    Update,
    /// Report the row as a bad one
    Fail,
}

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// The file to write; standard output if left out
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What separates cells: ",", ";" or "tab"
    #[arg(long, value_name = "SEPARATOR", default_value = "", hide_default_value = true)]
    separator: String,
    /// Begin with a byte order mark, which some spreadsheets need to read accents
    #[arg(long)]
    byte_order_mark: bool,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// How many to show, at most; 0 for all
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: usize,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    server: ServerArgs,
}

/// Does what the command line asks for.
pub(super) fn run(command: MembersCommand) -> ExitCode {
    match command {
        MembersCommand::Import(args) => super::in_runtime(import::import(args)),
        MembersCommand::Export(args) => super::in_runtime(async { done(export::export(args).await) }),
        MembersCommand::List(args) => super::in_runtime(async { done(list::list(args).await) }),
    }
}

fn done(outcome: Result<(), String>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => super::failed(&why),
    }
}

/// The separator as the contract has it.
fn separator(text: &str) -> String {
    match text {
        "tab" | "\\t" => "\t".to_owned(),
        other => other.to_owned(),
    }
}
