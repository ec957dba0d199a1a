//! P8: from the start of the process until it is ready, on a database that is migrated and filled, and what it holds then.

use crate::bench::{Bench, Done};
use crate::report::Row;
use crate::server::Server;
use std::time::Duration;

/// How often it is started.
const STARTS: usize = 9;

/// P8.
pub async fn run(bench: &mut Bench<'_>) -> Done {
    let mut starts = vec![];
    let mut idle = vec![];
    for nth in 0..STARTS {
        let server = Server::start(&bench.options.server, &bench.database.url).await;
        starts.push(server.start.as_secs_f64() * 1e6);
        if nth < 3 {
            tokio::time::sleep(Duration::from_secs(2)).await;
            idle.push(server.resident_mib());
        }
    }
    starts.sort_by(f64::total_cmp);
    idle.sort_by(f64::total_cmp);
    let row = Row {
        scenario: "start".to_owned(),
        engine: bench.database.engine.name(),
        p50_us: Some(starts[STARTS / 2]),
        p99_us: starts.last().copied(),
        resident_mib: idle.get(1).copied(),
        note: format!("of {STARTS} starts; the memory is that of a server nobody has called"),
        ..Row::default()
    };
    bench.add(row, None);
    Ok(())
}
