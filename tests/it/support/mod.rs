//! What the tests stand on: a database for each test on each engine, a real server over a real channel, and people.

pub mod calls;
pub mod dump;
pub mod engine;
pub mod files;
pub mod invariants;
pub mod log_ins;
pub mod naming;
pub mod organizations;
pub mod raw;
pub mod refusal;
pub mod roles;
pub mod selections;
pub mod smtp;
pub mod sql;
pub mod until;
pub mod world;

pub use engine::Engine;
pub use refusal::{Refusal, refused};
pub use until::until;
pub use world::{Person, World, with};

/// Runs a test once on each engine, with a fresh database and a server of its own.
macro_rules! each_engine {
    ($(#[$doc:meta])* async fn $name:ident($world:ident: World) $body:block) => {
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports, reason = "not every test needs all of its file's imports")]
            use super::*;

            async fn case($world: $crate::support::World) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                case($crate::support::World::start($crate::support::Engine::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                case($crate::support::World::start($crate::support::Engine::Postgres).await).await;
            }
        }
    };
}
pub(crate) use each_engine;
