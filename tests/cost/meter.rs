//! Counts what one call costs, by making it several times.

use crate::bench::{Bench, Piece};
use std::time::{Duration, Instant};

/// What a call costs on one engine.
#[derive(Debug)]
pub struct Row {
    pub name: &'static str,
    pub statements: Vec<&'static str>,
    pub allocations: u64,
}

/// Calls before anything is counted: they fill what is remembered, and open connections.
const WARM: usize = 3;
/// Calls whose statements are counted. All have to send the same.
const HEEDED: usize = 3;
/// Calls whose allocations are counted. Theirs is the lower quartile: now and then a map grows, a timer comes in between, or,
/// on a busy machine, a connection isn't given back in time and another has to prepare the statements.
const COUNTED: usize = 11;
/// All that are needed.
pub const CALLS: usize = WARM + HEEDED + COUNTED;
/// Calls more, in place of those that took too long to count.
const SPARE: usize = 3;
/// How often a call may be prepared.
pub const PREPARED: usize = CALLS + SPARE;
/// How long the server has for what it still does once it answered, such as giving a connection back.
const SETTLE: Duration = Duration::from_millis(8);
/// What was revoked is known for two seconds; a call that began later would ask the database.
const FED: Duration = Duration::from_millis(1_500);

pub struct Meter<'b> {
    bench: &'b Bench,
    pub rows: Vec<Row>,
}

impl Meter<'_> {
    pub fn new(bench: &Bench) -> Meter<'_> {
        Meter { bench, rows: vec![] }
    }

    /// Counts a call. `ready` makes what its nth repetition takes, [`PREPARED`] at most, and isn't counted.
    pub async fn row<T>(
        &mut self,
        name: &'static str,
        mut ready: impl AsyncFnMut(usize) -> T,
        mut call: impl AsyncFnMut(T),
    ) {
        let (mut sent, mut allocated): (Vec<Vec<_>>, Vec<_>) = (vec![], vec![]);
        for n in 0..PREPARED {
            let done = sent.len() + allocated.len();
            let (warm, heed) = (n < WARM, sent.len() < HEEDED);
            if done == HEEDED + COUNTED {
                break;
            }
            let prepared = ready(n).await;
            match self.one(heed && !warm, async { call(prepared).await }).await {
                Some(piece) if !warm && heed => sent.push(piece.statements),
                Some(piece) if !warm => allocated.push(piece.allocations),
                _ => {}
            }
        }
        assert_eq!(allocated.len(), COUNTED, "{name}: this machine is too busy to tell");
        allocated.sort_unstable();
        println!("{name}: {:?} {allocated:?}", self.bench.world.engine);
        let first = sent.swap_remove(0);
        for other in sent {
            assert_eq!(first, other, "{name}: equal calls send other statements");
        }
        self.rows.push(Row {
            name,
            statements: first,
            allocations: allocated[COUNTED / 4],
        });
    }

    /// What a call did; nothing, if it took so long that the server may have asked the database what is revoked.
    async fn one(&self, heed: bool, call: impl Future<Output = ()>) -> Option<Piece> {
        self.bench.feed().await;
        let fed = Instant::now();
        self.bench.cut(heed).await;
        call.await;
        let soon = fed.elapsed() < FED;
        tokio::time::sleep(SETTLE).await;
        let piece = self.bench.cut(false).await;
        soon.then_some(piece)
    }
}
