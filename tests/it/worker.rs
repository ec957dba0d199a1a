//! What runs beside the calls, as several processes over one database.

mod clean;
mod feed;
mod keys;
mod mail;

use crate::support::engine::Database;
use crate::support::{Engine, World};
use roster::app::App;
use roster::clock::FakeClock;
use roster::config::Config;
use roster::random::SystemRandom;
use roster::store::Store;
use roster::{server, worker};
use std::sync::Arc;

/// A world, and the configuration that further processes on its database need.
async fn world(engine: Engine, change: impl FnOnce(&mut Config)) -> (World, Config) {
    let mut kept = None;
    let world = World::configured(engine, |config| {
        change(config);
        kept = Some(config.clone());
    })
    .await;
    (world, kept.unwrap())
}

/// Another process on a database. It knows the keys; its workers aren't started.
async fn process(database: &Database, config: &Config, clock: &FakeClock) -> App {
    let app = bare(database, config, clock).await;
    worker::keys::reload(&app).await.unwrap();
    app
}

/// Another process that has done nothing yet.
async fn bare(database: &Database, config: &Config, clock: &FakeClock) -> App {
    let store = Store::open(&database.settings).await.unwrap();
    server::assemble(config, store, Arc::new(clock.clone()), Arc::new(SystemRandom)).unwrap()
}

/// The database as somebody else sees it.
async fn outside(database: &Database) -> sea_orm::DatabaseConnection {
    sea_orm::Database::connect(&database.settings.url).await.unwrap()
}

const ENGINES: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];
