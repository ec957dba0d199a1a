//! What the harness is told on its command line.

use clap::{Parser, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// As the table names it.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        }
    }
}

/// Measures a real server under load, on both engines, and each scenario's ceiling in the same run.
///
/// Client, server and database share the machine's cores: compare the CPU times of a request, and ratios within one run,
/// not requests per second of two runs. The private PostgreSQL of scripts/with-postgres has fsync, synchronous_commit and
/// autovacuum off; for another, set ROSTER_TEST_POSTGRES_URL to a server on which databases may be created. SQLite is as
/// in production: a commit waits for the disk.
#[derive(Clone, Debug, Parser)]
#[command(name = "make bench ARGS=…", bin_name = "make bench ARGS=…")]
pub struct Options {
    /// Only the scenarios whose name contains this; may be repeated
    #[arg(long, value_name = "NAME")]
    pub scenario: Vec<String>,
    /// How long each measurement takes, in seconds, after a warm-up of a third of that
    #[arg(long, default_value_t = 5.0)]
    pub seconds: f64,
    /// Only this engine
    #[arg(long)]
    pub engine: Option<Engine>,
    /// Requests in flight, separated by commas
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 128])]
    pub in_flight: Vec<usize>,
    /// 1,000,000 members in the large organisation instead of 100,000
    #[arg(long)]
    pub huge: bool,
    /// Where the figures are written as JSON
    #[arg(long, value_name = "FILE", default_value = "target/bench.json")]
    pub json: PathBuf,
    /// Another server binary than the one just built
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_roster"))]
    pub server: PathBuf,
    /// Tell, on standard error, what each call says to PostgreSQL
    #[arg(long)]
    pub statements: bool,
    /// List the scenarios and end
    #[arg(long)]
    pub list: bool,
    /// A PostgreSQL server on which databases may be created
    #[arg(long, env = "ROSTER_TEST_POSTGRES_URL", hide = true)]
    pub postgres: Option<String>,
    /// Be the server that does nothing, whose answers have so many bytes
    #[arg(long, value_name = "BYTES", hide = true)]
    pub ceiling_server: Option<usize>,
    /// Cargo says so to every benchmark
    #[arg(long, hide = true)]
    pub bench: bool,
}

impl Options {
    /// How long a measurement takes.
    pub fn plan(&self) -> crate::drive::Plan {
        let measured = Duration::from_secs_f64(self.seconds);
        crate::drive::Plan {
            warm_up: measured / 3,
            measured,
        }
    }

    /// Whether a scenario was asked for.
    pub fn wants(&self, scenario: &str) -> bool {
        self.scenario.is_empty() || self.scenario.iter().any(|name| scenario.contains(name.as_str()))
    }

    /// The engines to measure.
    pub fn engines(&self) -> Vec<Engine> {
        self.engine
            .map_or(vec![Engine::Postgres, Engine::Sqlite], |one| vec![one])
    }

    /// Members of the large organisation.
    pub fn large(&self) -> u32 {
        if self.huge { 1_000_000 } else { 100_000 }
    }
}
