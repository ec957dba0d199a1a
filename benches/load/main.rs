//! The load harness: a real server process on each engine, filled, under load from a closed loop; and in the same run each
//! scenario's ceiling. `make bench` runs it; `make bench ARGS=--help` says how to run a part.
//!
//! Start at [`scenario::ALL`]. A request that isn't answered with OK fails the run.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a harness that can't measure stops, and says why"
)]

mod bench;
mod ceiling;
mod database;
mod drive;
mod fill;
mod options;
mod people;
mod report;
mod scenario;
mod server;
mod usage;
mod wire;

use clap::Parser;
use options::Options;
use std::process::ExitCode;

/// The server's, so that the ceiling has the same.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let options = Options::parse();
    if options.list {
        for (name, what, _) in scenario::ALL {
            println!("{name:20} {what}");
        }
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be started");
    if let Some(bytes) = options.ceiling_server {
        runtime.block_on(ceiling::transport::serve(bytes));
        return ExitCode::SUCCESS;
    }
    runtime.block_on(run(&options))
}

async fn run(options: &Options) -> ExitCode {
    let mut rows = vec![];
    for engine in options.engines() {
        rows.extend(scenario::run(options, engine).await);
    }
    print!("{}", report::table(&rows));
    let json = serde_json::to_vec_pretty(&rows).expect("figures make JSON");
    if let Err(error) = std::fs::write(&options.json, json) {
        eprintln!("{}: {error}", options.json.display());
        return ExitCode::FAILURE;
    }
    let failed = rows.is_empty() || rows.iter().any(|row| row.failed > 0);
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
