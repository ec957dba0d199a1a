//! Many at once: contenders that start together, and after each round a recount of what they left.

mod deletion;
mod groups;
mod identity;
mod life;
mod membership;
mod owners;
mod ownership;
mod roles;
mod sessions;

use crate::support::calls::Outcome;
use crate::support::{Refusal, World};
use std::collections::BTreeMap;
use std::future::Future;
use tonic::Code;

pub const CONTENDERS: usize = 64;
pub const ROUNDS: usize = 10;

/// Runs contenders at once and counts what became of them: `OK`, or the reason.
pub async fn contend<T, F>(contenders: impl IntoIterator<Item = F>) -> BTreeMap<String, usize>
where
    T: std::fmt::Debug + Send + 'static,
    F: Future<Output = Outcome<T>> + Send + 'static,
{
    let running: Vec<_> = contenders.into_iter().map(tokio::spawn).collect();
    let mut counts = BTreeMap::new();
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

pub fn counted(pairs: &[(&str, usize)]) -> BTreeMap<String, usize> {
    pairs.iter().map(|(name, count)| (name.to_string(), *count)).collect()
}

pub fn only(counts: &BTreeMap<String, usize>, allowed: &[&str]) {
    for name in counts.keys() {
        assert!(allowed.contains(&name.as_str()), "{name} in {counts:?}");
    }
}

pub fn report(name: &str, world: &World, last: &BTreeMap<String, usize>) {
    report_of(rounds(), name, world, last);
}

pub fn report_of(rounds: usize, name: &str, world: &World, last: &BTreeMap<String, usize>) {
    println!(
        "{name} on {:?}: {CONTENDERS} contenders, {rounds} rounds; the last: {last:?}",
        world.engine
    );
}

/// How many rounds a race of this kind runs: more on request.
#[allow(clippy::disallowed_methods, reason = "a setting of the tests")]
pub fn rounds() -> usize {
    let wanted = std::env::var("ROSTER_RACE_ROUNDS").ok();
    wanted.map_or(40, |rounds| rounds.parse().expect("ROSTER_RACE_ROUNDS is a number"))
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
