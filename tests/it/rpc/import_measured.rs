//! How fast an import is and what memory it takes. Its size comes from ROSTER_TEST_IMPORT_ROWS: 5,000 rows unless given.

use crate::support::files::{Imported, how, messages};
use crate::support::{Person, World, each_engine};
use roster::pb::roster::membership::v1 as ms;
use std::time::{Duration, Instant};

#[allow(clippy::disallowed_methods, reason = "a setting of the tests")]
fn size() -> usize {
    let wanted = std::env::var("ROSTER_TEST_IMPORT_ROWS").ok();
    wanted.and_then(|rows| rows.parse().ok()).unwrap_or(5_000)
}

/// Resident memory of this process, server and client together, in MiB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap_or_default();
    let kib: f64 = line
        .split_whitespace()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(0.0);
    kib / 1024.0
}

async fn timed(world: &World, by: &Person, what: &str, header: ms::ImportMembersRequest, file: &str) -> Imported {
    let before = resident();
    let all = messages(&header, file.as_bytes(), 64 * 1024);
    let peak = std::sync::Arc::new(std::sync::Mutex::new(before));
    let watch = {
        let peak = peak.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(20)).await;
                let now = resident();
                let mut peak = peak.lock().unwrap();
                *peak = peak.max(now);
            }
        })
    };
    let statements = roster::store::statements();
    let begun = Instant::now();
    let done = world.import_all(by, all).await;
    let took = begun.elapsed().as_secs_f64();
    watch.abort();
    let statements = roster::store::statements() - statements;
    let rows = done.counts()[0];
    println!(
        "{what} on {:?}: {rows} rows in {took:.2} s, {:.0} rows/s, {:.2} statements a batch, memory +{:.1} MiB at most, {:?}",
        world.engine,
        rows as f64 / took,
        statements as f64 / (rows as f64 / 500.0).ceil(),
        *peak.lock().unwrap() - before,
        done.counts(),
    );
    done
}

each_engine! {
    async fn imports_are_fast_and_take_little_memory(world: World) {
        let rows = size();
        let ana = world.sign_up("ana@example.org").await;
        let row = |i: usize| format!("person{i}@example.org,Person Number {i},{}\n", ["member", "guest", "admin; member"][i % 3]);
        let file = format!("email,name,roles\n{}", (0..rows).map(row).collect::<String>());
        let header = |mode| how(mode, ms::ExistingMembers::Skip);
        timed(&world, &ana, "dry run", header(ms::ImportMode::DryRun), &file).await;
        let done = timed(&world, &ana, "import", header(ms::ImportMode::BestEffort), &file).await;
        assert_eq!(done.counts(), [rows as i64, rows as i64, 0, 0, 0]);
        timed(&world, &ana, "import of known members", header(ms::ImportMode::BestEffort), &file).await;
        let begun = Instant::now();
        let exported = world.export(&ana, ms::ExportMembersRequest::default()).await.unwrap();
        let lines = exported.iter().filter(|byte| **byte == b'\n').count();
        let took = begun.elapsed().as_secs_f64();
        println!("export on {:?}: {lines} lines in {took:.2} s, {:.0} rows/s", world.engine, lines as f64 / took);
        assert_eq!(lines, rows + 2);
    }
}
