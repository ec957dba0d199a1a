//! Many at once: contenders that start together, and after each round a recount of what they left.

mod deletion;
mod groups;
mod identity;
mod imports;
mod life;
mod membership;
mod owners;
mod ownership;
mod roles;
mod sessions;
mod trio;

use crate::support::calls::Outcome;
use crate::support::dump::Sql;
use crate::support::{Refusal, World, invariants};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Barrier;
use tonic::Code;

/// The most who contend in one fight.
pub const CONTENDERS: usize = 64;
/// In the other fights, where few show as much: what two do to each other comes of it in as many rounds.
const FEW: usize = 8;
/// One fight in so many has all the contenders.
const FULL: usize = 10;

/// How many contend in a round.
pub fn contenders(round: usize) -> usize {
    if round.is_multiple_of(FULL) { CONTENDERS } else { FEW }
}

/// What became of contenders: `OK`, or the reason, and how often.
pub type Counts = BTreeMap<String, usize>;

/// Runs contenders at once, from behind a barrier, and counts what became of them.
pub async fn contend<T, F>(contenders: impl IntoIterator<Item = F>) -> Counts
where
    T: std::fmt::Debug + Send + 'static,
    F: Future<Output = Outcome<T>> + Send + 'static,
{
    let contenders: Vec<F> = contenders.into_iter().collect();
    behind(&line(contenders.len()), contenders).await
}

/// A line from which so many set out together.
pub fn line(many: usize) -> Arc<Barrier> {
    Arc::new(Barrier::new(many))
}

/// The same for contenders of several kinds, who all wait at one line.
pub async fn behind<T, F>(line: &Arc<Barrier>, contenders: impl IntoIterator<Item = F>) -> Counts
where
    T: std::fmt::Debug + Send + 'static,
    F: Future<Output = Outcome<T>> + Send + 'static,
{
    let set_out = |one: F| {
        let line = line.clone();
        tokio::spawn(async move {
            line.wait().await;
            one.await
        })
    };
    let running: Vec<_> = contenders.into_iter().map(set_out).collect();
    let mut counts = Counts::new();
    for one in running {
        let became = match one.await.unwrap() {
            Ok(_) => "OK".to_owned(),
            Err(status) => {
                assert!(!matches!(status.code(), Code::Internal | Code::Unknown), "{status:?}");
                Refusal::of(&status).reason
            }
        };
        *counts.entry(became).or_default() += 1;
    }
    counts
}

pub fn counted(pairs: &[(&str, usize)]) -> Counts {
    let present = pairs.iter().filter(|(_, count)| *count > 0);
    present.map(|(name, count)| (name.to_string(), *count)).collect()
}

pub fn only(counts: &Counts, allowed: &[&str]) {
    for name in counts.keys() {
        assert!(allowed.contains(&name.as_str()), "{name} in {counts:?}");
    }
}

/// A race as it goes on: it recounts after each round, and tells at the end what was fought and how long it took.
pub struct Race {
    name: &'static str,
    began: Instant,
    sql: Sql,
    rounds: usize,
    fewest: usize,
    most: usize,
    came: Counts,
}

impl Race {
    pub async fn begin(name: &'static str, world: &World) -> Race {
        Race {
            name,
            began: Instant::now(),
            sql: Sql::open(world).await,
            rounds: 0,
            fewest: usize::MAX,
            most: 0,
            came: Counts::new(),
        }
    }

    /// What came of one fight. The rows are recounted: those that the fight may have broken each time, all of them every
    /// twentieth.
    pub async fn fought(&mut self, world: &World, parts: &[&Counts]) {
        let many: usize = parts.iter().flat_map(|counts| counts.values()).sum();
        (self.fewest, self.most) = (self.fewest.min(many), self.most.max(many));
        for (became, times) in parts.iter().flat_map(|counts| counts.iter()) {
            *self.came.entry(became.clone()).or_default() += times;
        }
        self.rounds += 1;
        if self.rounds.is_multiple_of(20) {
            invariants::check_over(world, &self.sql).await;
        } else {
            invariants::each(world, &self.sql).await;
        }
    }

    /// The number that a query gives, over the race's own connection.
    pub async fn number(&self, query: &str) -> i64 {
        self.sql.number(query, []).await
    }

    pub async fn end(self, world: &World) {
        invariants::check_over(world, &self.sql).await;
        self.sql.close().await;
        assert_eq!(self.most, CONTENDERS, "{}: no fight had all contenders", self.name);
        println!(
            "{} on {:?}: {} rounds of {} to {} contenders in {:.1} s: {:?}",
            self.name,
            world.engine,
            self.rounds,
            self.fewest,
            self.most,
            self.began.elapsed().as_secs_f64(),
            self.came
        );
    }
}

/// How many rounds a race runs: more on request.
#[allow(clippy::disallowed_methods, reason = "a setting of the tests")]
pub fn rounds() -> usize {
    let wanted = std::env::var("ROSTER_RACE_ROUNDS").ok();
    wanted.map_or(200, |rounds| rounds.parse().expect("ROSTER_RACE_ROUNDS is a number"))
}

/// The same world, for tasks that outlive a borrow.
macro_rules! task {
    ($world:ident, $($name:ident),* => $call:expr) => {{
        $(let $name = $name.clone();)*
        let $world = $world.clone();
        async move { $call }
    }};
}
pub(crate) use task;
