//! The change log read by position: a reader misses nothing, whatever order transactions commit in.
//!
//! PostgreSQL counts transactions per server, not per database: a reader waits for the oldest one anywhere on it. So the
//! tests wait for what must come, for other tests' transactions may hold it up for a moment.

use super::{Shelf, each_store, of, organization, uuid};
use crate::support::{Engine, until};
use roster::domain::UserId;
use roster::domain::event::Event;
use roster::store::Store;
use roster::store::change::Position;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn event(user: UserId) -> Event {
    Event::EmailVerified { user }
}

async fn read_from(store: &Store, from: &mut Position, limit: u64) -> Vec<String> {
    let rows = store.reads().changes().list(*from, limit).await.unwrap();
    for (position, _) in &rows {
        assert!(*position > *from, "positions only grow");
        *from = *position;
    }
    rows.into_iter().map(|(_, row)| row.subject).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_commits_late_is_found_by_a_reader_who_went_past_its_number() {
    // SQLite has one writer: there transactions commit in the order in which they began.
    let shelf = Shelf::new(Engine::Postgres).await;
    let (early, late) = (UserId::new(uuid()), UserId::new(uuid()));
    // The first takes its numbers in the log, and then takes its time.
    let url = &shelf.database.settings.url;
    let slow = sea_orm::Database::connect(url).await.unwrap();
    let row = |user: UserId| {
        format!(
            "INSERT INTO changes (method, kind, subject, data, correlation, address, created_at) \
             VALUES ('test', 'email_verified', '{user}', '{{}}', '', '', now())"
        )
    };
    #[allow(
        clippy::disallowed_methods,
        reason = "another client of the database, which this test plays"
    )]
    let open = sea_orm::TransactionTrait::begin(&slow).await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&open, &row(early))
        .await
        .unwrap();
    // The second begins later and commits at once.
    let tx = shelf.store.begin().await.unwrap();
    tx.commit(of(vec![event(late)])).await.unwrap();
    let mut from = Position::default();
    let seen = read_from(&shelf.store, &mut from, 10).await;
    assert!(
        !seen.contains(&late.to_string()),
        "it must wait for the older transaction: {seen:?}"
    );
    #[allow(clippy::disallowed_methods, reason = "as above")]
    open.commit().await.unwrap();
    let mut seen = seen;
    until(async || {
        seen.extend(read_from(&shelf.store, &mut from, 10).await);
        (seen.len() >= 2).then_some(())
    })
    .await;
    assert_eq!(seen, [early.to_string(), late.to_string()]);
}

/// Counts its end.
struct Ended(Arc<AtomicUsize>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

each_store! {
    async fn nothing_is_missed_and_nothing_comes_twice_while_many_write(shelf: Shelf) {
        let (writers, rounds) = (16_usize, 25_usize);
        let done = Arc::new(AtomicUsize::new(0));
        let mut tasks = tokio::task::JoinSet::new();
        for writer in 0..writers {
            let store = shelf.store.clone();
            let ended = Ended(done.clone());
            tasks.spawn(async move {
                // Counted also when the task fails, so that nobody waits for it.
                let _ended = ended;
                let mut wrote = vec![];
                for round in 0..rounds {
                    let user = UserId::new(uuid());
                    let tx = store.begin().await.unwrap();
                    // Each takes another time between its first statement and its commit; some never commit.
                    tx.organizations().insert(&organization(&format!("w{writer}-r{round}-x"))).await.unwrap();
                    for _ in 0..(writer * 7 + round * 3) % 11 {
                        tokio::task::yield_now().await;
                    }
                    if (writer + round) % 5 == 0 {
                        tx.rollback().await.unwrap();
                    } else {
                        tx.commit(of(vec![event(user), event(user)])).await.unwrap();
                        wrote.push(user.to_string());
                    }
                }
                wrote
            });
        }
        let (mut from, mut seen) = (Position::default(), vec![]);
        while done.load(Ordering::SeqCst) < writers {
            seen.extend(read_from(&shelf.store, &mut from, 7).await);
            // A reader that never rests would keep the machine from the writers, whom it is here to watch.
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        let wrote: Vec<String> = tasks.join_all().await.concat();
        until(async || {
            seen.extend(read_from(&shelf.store, &mut from, 7).await);
            (seen.len() >= 2 * wrote.len()).then_some(())
        })
        .await;
        seen.extend(read_from(&shelf.store, &mut from, 7).await);
        println!("{:?}: {writers} writers, {rounds} rounds, {} committed", shelf.engine, wrote.len());
        assert_eq!(seen.len(), 2 * wrote.len(), "each transaction left two rows");
        let (seen, wrote): (HashSet<_>, HashSet<_>) = (seen.into_iter().collect(), wrote.into_iter().collect());
        assert_eq!(seen, wrote);
    }
}

each_store! {
    async fn the_rows_of_a_transaction_stay_together_and_in_order(shelf: Shelf) {
        let users: Vec<_> = (0..20).map(|_| UserId::new(uuid())).collect();
        let tx = shelf.store.begin().await.unwrap();
        tx.commit(of(users.iter().copied().map(event).collect())).await.unwrap();
        let mut from = Position::default();
        let mut seen = vec![];
        until(async || {
            seen.extend(read_from(&shelf.store, &mut from, 3).await);
            (seen.len() >= users.len()).then_some(())
        })
        .await;
        assert_eq!(seen, users.iter().map(ToString::to_string).collect::<Vec<_>>());
    }
}
