//! What memory an import takes, and how fast it is. Its size comes from ROSTER_TEST_IMPORT_ROWS: 20,000 rows unless given.
//! How fast it is depends on the machine, and is only told. How much memory doesn't, and is held to a bound: in a process of
//! the test's own, since the tests beside it take some too.

use crate::support::files::{Imported, how, messages};
use crate::support::{Person, World, each_engine};
use roster::pb::roster::membership::v1 as ms;
use std::time::{Duration, Instant};

/// By how much the process may grow while an import runs, in MiB.
const MOST_MIB: f64 = 64.0;

#[allow(clippy::disallowed_methods, reason = "a setting of the tests")]
fn size() -> usize {
    let wanted = std::env::var("ROSTER_TEST_IMPORT_ROWS").ok();
    wanted.and_then(|rows| rows.parse().ok()).unwrap_or(20_000)
}

/// Says to the test that it has the process to itself.
const ALONE: &str = "ROSTER_TEST_ALONE";

#[allow(clippy::disallowed_methods, reason = "a setting of the tests")]
fn is_alone() -> bool {
    std::env::var(ALONE).is_ok()
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
    let grew = *peak.lock().unwrap() - before;
    println!(
        "{what} on {:?}: {rows} rows in {took:.2} s, {:.0} rows/s, {:.2} statements a batch, memory +{:.1} MiB at most, {:?}",
        world.engine,
        rows as f64 / took,
        statements as f64 / (rows as f64 / 500.0).ceil(),
        grew,
        done.counts(),
    );
    assert!(before > 0.0 && grew <= MOST_MIB, "{what}: {grew:.1} MiB more");
    done
}

/// Runs one test of this binary alone, in a process of its own.
#[allow(clippy::disallowed_methods, reason = "a setting of the tests")]
async fn alone(test: &str) {
    let run = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(ALONE, "1")
        .output()
        .await
        .unwrap();
    let (told, errors) = (
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr),
    );
    assert!(
        run.status.success() && told.contains("1 passed"),
        "{test}:\n{told}\n{errors}"
    );
    told.lines()
        .filter(|line| line.contains("rows/s"))
        .for_each(|line| println!("{line}"));
}

each_engine! {
    async fn imports_take_little_memory(world: World) {
        if !is_alone() {
            let engine = format!("{:?}", world.engine).to_lowercase();
            return alone(&format!("rpc::import_measured::imports_take_little_memory::{engine}")).await;
        }
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
