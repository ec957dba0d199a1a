//! The one table, and the same as JSON.

use crate::drive::Measured;
use serde::Serialize;
use std::fmt::Write;

/// The best that could be had, measured in the same run.
#[derive(Clone, Debug, Serialize)]
pub struct Ceiling {
    /// What was measured: `transport`, `SQL`, `Argon2`, ….
    pub what: &'static str,
    /// How many a second.
    pub per_second: f64,
    /// CPU time of its server for each, in µs, where it has one.
    pub server_us: Option<f64>,
    /// CPU time of PostgreSQL for each, in µs, where that takes part.
    pub database_us: Option<f64>,
}

/// One line of the table.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Row {
    pub scenario: String,
    pub engine: &'static str,
    /// Requests in flight, all connections together.
    pub in_flight: Option<usize>,
    pub per_second: Option<f64>,
    pub p50_us: Option<f64>,
    pub p99_us: Option<f64>,
    /// CPU time of the server for each request, in µs.
    pub server_us: Option<f64>,
    /// CPU time of all processes of PostgreSQL for each request, in µs.
    pub database_us: Option<f64>,
    /// Statements of one request, begin and commit counted.
    pub statements: Option<f64>,
    /// How often one request waits for the database.
    pub round_trips: Option<f64>,
    /// What the server holds afterwards, in MiB.
    pub resident_mib: Option<f64>,
    pub ceiling: Option<Ceiling>,
    /// Requests a second, of the ceiling's.
    pub of_ceiling: Option<f64>,
    /// The server's CPU time for each request, of the ceiling's.
    pub of_ceiling_cpu: Option<f64>,
    pub note: String,
    /// Requests that weren't answered with OK.
    pub failed: u64,
    pub failure: Option<String>,
}

impl Row {
    /// A line of what was measured.
    pub fn of(scenario: impl Into<String>, engine: &'static str, in_flight: usize, measured: &Measured) -> Row {
        let none = measured.latencies.is_empty();
        Row {
            scenario: scenario.into(),
            engine,
            in_flight: Some(in_flight),
            per_second: Some(measured.per_second()),
            p50_us: measured.latency_us(0.50),
            p99_us: measured.latency_us(0.99),
            server_us: measured.each_us(measured.used.server),
            database_us: measured.used.database.and_then(|used| measured.each_us(used)),
            resident_mib: measured.resident_mib,
            failed: measured.failed + u64::from(none),
            failure: measured
                .failure
                .clone()
                .or(none.then(|| "nothing was answered in time".to_owned())),
            ..Row::default()
        }
    }

    /// The same beside its ceiling.
    #[must_use]
    pub fn under(mut self, ceiling: Ceiling) -> Row {
        self.of_ceiling = self.per_second.map(|rate| rate / ceiling.per_second);
        self.of_ceiling_cpu = self.server_us.zip(ceiling.server_us).map(|(ours, best)| ours / best);
        self.ceiling = Some(ceiling);
        self
    }

    fn cells(&self) -> [String; 14] {
        let ceiling = self.ceiling.as_ref();
        [
            self.scenario.clone(),
            self.engine.to_owned(),
            shown(self.in_flight.map(|n| n as f64), 0),
            shown(self.per_second, 0),
            time(self.p50_us),
            time(self.p99_us),
            shown(self.server_us, 0),
            shown(self.database_us, 0),
            shown(self.statements, 1),
            shown(self.round_trips, 1),
            shown(self.resident_mib, 0),
            ceiling.map_or("–".to_owned(), |c| format!("{} {:.0}/s", c.what, c.per_second)),
            shown(self.of_ceiling, 2),
            shown(self.of_ceiling_cpu, 2),
        ]
    }
}

const HEAD: [&str; 14] = [
    "scenario",
    "engine",
    "in flight",
    "req/s",
    "p50",
    "p99",
    "server µs",
    "db µs",
    "statements",
    "trips",
    "RSS MiB",
    "ceiling",
    "of rate",
    "of CPU",
];

fn shown(number: Option<f64>, digits: usize) -> String {
    number.map_or("–".to_owned(), |number| format!("{number:.digits$}"))
}

fn time(micros: Option<f64>) -> String {
    match micros {
        None => "–".to_owned(),
        Some(us) if us < 1_000.0 => format!("{us:.0} µs"),
        Some(us) if us < 1_000_000.0 => format!("{:.1} ms", us / 1e3),
        Some(us) => format!("{:.1} s", us / 1e6),
    }
}

/// The table, with what is to be said about its lines below it.
pub fn table(rows: &[Row]) -> String {
    let cells: Vec<_> = rows.iter().map(Row::cells).collect();
    let width = |column: usize| {
        let long = cells.iter().map(|row| row[column].chars().count()).max();
        long.unwrap_or(0).max(HEAD[column].chars().count())
    };
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let mut text = String::new();
    let mut line = |row: &[String]| {
        for (column, cell) in row.iter().enumerate() {
            let gap = " ".repeat(widths[column] - cell.chars().count());
            // Words to the left, figures to the right.
            let _ = if matches!(column, 0 | 1 | 11) {
                write!(text, "{cell}{gap}  ")
            } else {
                write!(text, "{gap}{cell}  ")
            };
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    };
    line(&HEAD.map(str::to_owned));
    for row in &cells {
        line(row);
    }
    for row in rows.iter().filter(|row| !row.note.is_empty()) {
        let _ = writeln!(text, "{} ({}): {}", row.scenario, row.engine, row.note);
    }
    for row in rows.iter().filter(|row| row.failed > 0) {
        let why = row.failure.as_deref().unwrap_or_default();
        let _ = writeln!(
            text,
            "FAILED  {} ({}): {} requests: {why}",
            row.scenario, row.engine, row.failed
        );
    }
    text
}
