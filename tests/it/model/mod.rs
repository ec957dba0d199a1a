//! Random sequences of everything that is done with members, by random people, beside a model that is simple enough to be
//! believed. After each step the answer and the list are compared, and the database is recounted; what everybody may do is
//! compared after every tenth, and what takes long to recount after every fiftieth.
//!
//! `rules` is the model and knows nothing of the server; `walk` does each step with both. A failure prints the seed and
//! the last steps; `ROSTER_MODEL_SEED` runs that one again, `ROSTER_MODEL_STEPS` sets how many steps each engine takes.

mod rules;
mod steps;
mod walk;

use crate::support::{Engine, World};
use walk::Walk;

/// Steps of one world; then everything is recounted, and another begins, with another seed.
const STEPS_OF_ONE: u64 = 250;
/// Steps on each engine.
const STEPS: u64 = 10_000;

#[allow(clippy::disallowed_methods, reason = "a setting of the tests")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect(name))
}

async fn run(engine: Engine) {
    let steps = number("ROSTER_MODEL_STEPS").unwrap_or(STEPS);
    let only = number("ROSTER_MODEL_SEED");
    let worlds = if only.is_some() {
        1
    } else {
        steps.div_ceil(STEPS_OF_ONE)
    };
    let (mut done, mut refused) = (0, 0);
    for world in 0..worlds {
        // No engine walks where the other did.
        let first = if engine == Engine::Sqlite { 1 } else { 1_001 };
        let seed = only.unwrap_or(first + world);
        let mut walk = Walk::start(World::start(engine).await, seed).await;
        for _ in 0..STEPS_OF_ONE {
            walk.step().await;
        }
        walk.recount().await;
        done += walk.done;
        refused += walk.refused;
    }
    let taken = worlds * STEPS_OF_ONE;
    println!(
        "model, {engine:?}: {taken} steps in {worlds} worlds, {done} acts done and {refused} refused, as foretold"
    );
    // A model that foretells only refusals, or is never refused, would show little.
    assert!(
        only.is_some() || (done * 5 > taken && refused * 5 > taken),
        "{done} {refused}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_done_the_model_foretells_it_sqlite() {
    run(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_done_the_model_foretells_it_postgres() {
    run(Engine::Postgres).await;
}
