//! The store itself, on both engines: what must hold whatever is built on it, and where engines are known to differ.

mod fill;
mod log;
mod migrate;
mod million;
mod text;
mod transaction;

use crate::support::Engine;
use crate::support::engine::Database;
use roster::clock::{Clock, SystemClock, Time};
use roster::domain::event::Event;
use roster::domain::organization::Organization;
use roster::domain::{OrganizationId, UserId};
use roster::random::{Random, SystemRandom};
use roster::store::change::Origin;
use roster::store::{Receipt, Store};
use uuid::Uuid;

/// A store over a fresh database.
struct Shelf {
    engine: Engine,
    store: Store,
    database: Database,
}

impl Shelf {
    async fn new(engine: Engine) -> Shelf {
        Shelf::over(engine, engine.database().await).await
    }

    async fn over(engine: Engine, database: Database) -> Shelf {
        Shelf {
            engine,
            store: Store::open(&database.settings).await.unwrap(),
            database,
        }
    }
}

/// Runs a test once on each engine, with a store over a fresh database.
macro_rules! each_store {
    ($(#[$doc:meta])* async fn $name:ident($shelf:ident: Shelf) $body:block) => {
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports, reason = "not every test needs all of its file's imports")]
            use super::*;

            async fn case($shelf: $crate::store::Shelf) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                case($crate::store::Shelf::new($crate::support::Engine::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                case($crate::store::Shelf::new($crate::support::Engine::Postgres).await).await;
            }
        }
    };
}
use each_store;

fn now() -> Time {
    SystemClock.now()
}

fn uuid() -> Uuid {
    SystemRandom.uuid(now())
}

/// What a transaction leaves behind that did something of no interest.
fn receipt() -> Receipt {
    of(vec![Event::EmailVerified {
        user: UserId::new(uuid()),
    }])
}

/// Keeps what was put there behind the server's back.
pub async fn keep(tx: roster::store::Tx) {
    tx.commit(receipt()).await.unwrap();
}

fn of(events: Vec<Event>) -> Receipt {
    Receipt {
        origin: Origin::default(),
        at: now(),
        events: events.into_iter().map(|event| (None, event)).collect(),
        revocations: vec![],
        mails: vec![],
        replay: None,
    }
}

fn organization(slug: &str) -> Organization {
    Organization {
        id: OrganizationId::new(uuid()),
        slug: slug.parse().unwrap(),
        display_name: "Somewhere".parse().unwrap(),
        locale: "en".parse().unwrap(),
        time_zone: "UTC".parse().unwrap(),
        invitation_lifetime: chrono::TimeDelta::days(7),
        seat_limit: None,
        active_members: 0,
        roles_version: 1,
        password_min_length: None,
        session_lifetime: None,
        default_role: None,
        api_user: None,
        deleted_at: None,
        version: 1,
        created_at: now(),
        updated_at: now(),
    }
}

/// Puts organisations there.
async fn put(store: &Store, organizations: &[Organization]) {
    let tx = store.begin().await.unwrap();
    for organization in organizations {
        tx.organizations().insert(organization).await.unwrap();
    }
    tx.commit(receipt()).await.unwrap();
}
