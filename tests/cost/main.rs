//! What the main RPCs cost, counted instead of timed: the statements that each sends, and the allocations that each makes.
//! Neither depends on the machine, so both are compared with a committed table, `table.txt`.
//!
//! A binary of its own, because it needs a global allocator of its own. Start at [`costs_are_those_of_the_table`].
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod bench;
mod calls;
mod meter;
mod plans;
mod statements;
#[allow(dead_code, unused_imports, unused_macros, reason = "the other binary uses the rest")]
#[path = "../it/support/mod.rs"]
mod support;
mod table;

use bench::Bench;
use meter::{Meter, Row};
use support::Engine;

/// Counts everything on one engine, and on SQLite looks at how each statement was answered.
async fn measured(engine: Engine) -> (Vec<Row>, Vec<String>) {
    let bench = Bench::start(engine).await;
    let mut meter = Meter::new(&bench);
    let cast = calls::Cast::gather(&bench.world).await;
    calls::decisions(&mut meter, &cast).await;
    calls::looks(&mut meter, &cast).await;
    calls::lists(&mut meter, &cast).await;
    calls::changes(&mut meter, &cast).await;
    calls::selections(&mut meter, &cast).await;
    calls::log_ins(&mut meter, &cast).await;
    let rows = meter.rows;
    let faults = match engine {
        Engine::Sqlite => plans::faults(&bench.world, &bench.texts().await).await,
        Engine::Postgres => vec![],
    };
    (rows, faults)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn costs_are_those_of_the_table() {
    statements::listen();
    let ((sqlite, mut faults), (postgres, _)) = tokio::join!(measured(Engine::Sqlite), measured(Engine::Postgres));
    faults.extend(table::compared(&sqlite, &postgres));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
