//! The closed loop: so many workers, each with one request in flight, for so long. Every answer must be OK.

use crate::usage::{Meter, Used, resident_mib};
use crate::wire::{Call, Wire};
use std::time::{Duration, Instant};

/// Something that is done over and over, one at a time.
pub trait Worker: Send + 'static {
    /// Does it once.
    fn once(&mut self) -> impl Future<Output = Result<(), String>> + Send;

    /// What lies between two times and isn't measured.
    fn pause(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

/// The same call over and over.
pub struct Same {
    pub wire: Wire,
    pub call: Call,
}

impl Worker for Same {
    async fn once(&mut self) -> Result<(), String> {
        self.wire.send(&self.call).await.map(drop)
    }
}

/// How long.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Not measured, before.
    pub warm_up: Duration,
    pub measured: Duration,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Of each call that ended within the time, in µs, sorted.
    pub latencies: Vec<u32>,
    pub took: Duration,
    pub failed: u64,
    pub failure: Option<String>,
    /// What was used meanwhile.
    pub used: Used,
    /// What the server held at the end, in MiB.
    pub resident_mib: Option<f64>,
}

impl Measured {
    /// How many ended well in each second.
    pub fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64()
    }

    /// The latency that a share of all calls (0 to 1) didn't exceed, in µs.
    pub fn latency_us(&self, share: f64) -> Option<f64> {
        let last = self.latencies.len().checked_sub(1)?;
        let at = (self.latencies.len() as f64 * share) as usize;
        Some(f64::from(self.latencies[at.min(last)]))
    }

    /// CPU time for each call, in µs.
    pub fn each_us(&self, used: Duration) -> Option<f64> {
        let calls = self.latencies.len();
        (calls > 0).then(|| used.as_secs_f64() * 1e6 / calls as f64)
    }
}

#[derive(Default)]
struct Tally {
    latencies: Vec<u32>,
    failed: u64,
    failure: Option<String>,
}

async fn work(mut worker: impl Worker, begin: Instant, end: Instant) -> Tally {
    let mut tally = Tally::default();
    loop {
        let sent = Instant::now();
        if sent >= end {
            return tally;
        }
        let done = worker.once().await;
        let now = Instant::now();
        worker.pause().await;
        match done {
            Ok(()) if now >= begin && now < end => {
                let micros = (now - sent).as_micros();
                tally.latencies.push(u32::try_from(micros).unwrap_or(u32::MAX));
            }
            Ok(()) => {}
            Err(why) => {
                tally.failed += 1;
                tally.failure.get_or_insert(why);
                // A server that refuses everything shall not be called in a tight loop.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
}

/// Lets all workers work at once.
pub async fn drive<W: Worker>(workers: Vec<W>, plan: Plan, meter: Meter) -> Measured {
    let begin = Instant::now() + plan.warm_up;
    let end = begin + plan.measured;
    let tasks: Vec<_> = workers
        .into_iter()
        .map(|worker| tokio::spawn(work(worker, begin, end)))
        .collect();
    tokio::time::sleep_until(begin.into()).await;
    let before = meter.read();
    let began = Instant::now();
    tokio::time::sleep_until(end.into()).await;
    let after = meter.read();
    let mut all = Measured {
        took: began.elapsed().min(plan.measured),
        used: Used {
            server: after.server.saturating_sub(before.server),
            database: after.database.zip(before.database).map(|(a, b)| a.saturating_sub(b)),
        },
        resident_mib: meter.server.and_then(resident_mib),
        ..Measured::default()
    };
    for task in tasks {
        let tally = task.await.expect("a worker doesn't panic");
        all.latencies.extend(tally.latencies);
        all.failed += tally.failed;
        all.failure = all.failure.or(tally.failure);
    }
    all.latencies.sort_unstable();
    all
}
