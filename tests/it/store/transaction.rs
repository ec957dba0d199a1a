//! Transactions: nothing changes without an event, nothing half-done stays, nothing is left locked.

use super::{Shelf, each_store, now, of, organization, put, receipt, uuid};
use roster::domain::{OrganizationId, Slug};
use roster::error::Error;
use roster::store::change::Position;
use std::time::{Duration, Instant};

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

/// The next write finds no lock in its way.
async fn writes_quickly(shelf: &Shelf) {
    let began = Instant::now();
    put(&shelf.store, &[organization(&format!("quick-{}", uuid().simple()))]).await;
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

each_store! {
    async fn a_change_without_an_event_refuses_to_commit(shelf: Shelf) {
        let tx = shelf.store.begin().await.unwrap();
        tx.organizations().insert(&organization("silent")).await.unwrap();
        let refused = tx.commit(of(vec![])).await;
        assert!(matches!(&refused, Err(Error::Internal(why)) if why.contains("without an event")), "{refused:?}");
        assert_eq!(shelf.store.reads().organizations().find_by_slug(&slug("silent")).await.unwrap(), None);
        assert!(shelf.store.reads().changes().list(Position::default(), 10).await.unwrap().is_empty());
        writes_quickly(&shelf).await;
    }
}

each_store! {
    async fn a_transaction_that_only_looked_needs_no_event(shelf: Shelf) {
        put(&shelf.store, &[organization("looked-at")]).await;
        let tx = shelf.store.begin().await.unwrap();
        assert!(tx.organizations().find_by_slug(&slug("looked-at")).await.unwrap().is_some());
        tx.commit(of(vec![])).await.unwrap();
        // An update that meets no row changed nothing either.
        let tx = shelf.store.begin().await.unwrap();
        tx.organizations().set_active_members(OrganizationId::new(uuid()), 3).await.unwrap();
        tx.commit(of(vec![])).await.unwrap();
    }
}

each_store! {
    /// The claim of a request id is bookkeeping, but it must not make the transaction forget a change before it.
    async fn a_claim_after_a_change_does_not_hide_the_change(shelf: Shelf) {
        let tx = shelf.store.begin().await.unwrap();
        tx.organizations().insert(&organization("hidden")).await.unwrap();
        assert!(tx.replies().claim(uuid(), uuid(), [1; 32], now()).await.unwrap().is_none());
        assert!(matches!(tx.commit(of(vec![])).await, Err(Error::Internal(_))));
        assert_eq!(shelf.store.reads().organizations().find_by_slug(&slug("hidden")).await.unwrap(), None);
        // Nor does giving one back.
        let (caller, request) = (uuid(), uuid());
        let tx = shelf.store.begin().await.unwrap();
        tx.replies().claim(caller, request, [1; 32], now()).await.unwrap();
        tx.organizations().insert(&organization("hidden")).await.unwrap();
        tx.replies().release(caller, request).await.unwrap();
        assert!(matches!(tx.commit(of(vec![])).await, Err(Error::Internal(_))));
        // A claim alone is no change.
        let tx = shelf.store.begin().await.unwrap();
        tx.replies().claim(uuid(), uuid(), [1; 32], now()).await.unwrap();
        tx.commit(of(vec![])).await.unwrap();
    }
}

each_store! {
    /// PostgreSQL refuses every further statement after a violation: the transaction must still end, and the next run of
    /// the operation must see what the other one left.
    async fn a_unique_violation_is_a_conflict_and_the_next_run_finds_the_proper_refusal(shelf: Shelf) {
        put(&shelf.store, &[organization("taken")]).await;
        let tx = shelf.store.begin().await.unwrap();
        tx.organizations().insert(&organization("mine-too")).await.unwrap();
        assert_eq!(tx.organizations().insert(&organization("taken")).await, Err(Error::Conflict));
        tx.rollback().await.unwrap();
        let tx = shelf.store.begin().await.unwrap();
        assert!(tx.organizations().find_by_slug(&slug("taken")).await.unwrap().is_some());
        assert!(tx.organizations().find_by_slug(&slug("mine-too")).await.unwrap().is_none(), "rolled back");
        tx.rollback().await.unwrap();
        writes_quickly(&shelf).await;
    }
}

each_store! {
    async fn a_dropped_transaction_leaves_neither_rows_nor_locks(shelf: Shelf) {
        for _ in 0..20 {
            let tx = shelf.store.begin().await.unwrap();
            tx.organizations().insert(&organization("dropped")).await.unwrap();
            drop(tx);
        }
        let store = shelf.store.clone();
        let panicked = tokio::spawn(async move {
            let tx = store.begin().await.unwrap();
            tx.organizations().insert(&organization("dropped")).await.unwrap();
            panic!("on purpose");
        });
        assert!(panicked.await.unwrap_err().is_panic());
        let store = shelf.store.clone();
        let aborted = tokio::spawn(async move {
            let tx = store.begin().await.unwrap();
            tx.organizations().insert(&organization("dropped")).await.unwrap();
            std::future::pending::<()>().await;
            drop(tx);
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        aborted.abort();
        assert!(aborted.await.unwrap_err().is_cancelled());
        writes_quickly(&shelf).await;
        assert_eq!(shelf.store.reads().organizations().find_by_slug(&slug("dropped")).await.unwrap(), None);
    }
}

each_store! {
    async fn two_writers_of_one_row_lose_no_update(shelf: Shelf) {
        let one = organization("counted");
        put(&shelf.store, std::slice::from_ref(&one)).await;
        let (writers, rounds) = (8, 10);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..writers {
            let (store, id) = (shelf.store.clone(), one.id);
            tasks.spawn(async move {
                for _ in 0..rounds {
                    let tx = store.begin().await.unwrap();
                    let locked = tx.organizations().lock(id).await.unwrap();
                    tx.organizations().set_active_members(id, locked.active_members + 1).await.unwrap();
                    tx.commit(receipt()).await.unwrap();
                }
            });
        }
        tasks.join_all().await;
        let told = shelf.store.reads().organizations().get(one.id).await.unwrap();
        println!("{writers} writers, {rounds} rounds");
        assert_eq!(told.active_members, writers * rounds);
    }
}

each_store! {
    async fn an_update_of_an_old_version_is_a_conflict(shelf: Shelf) {
        let one = organization("versioned");
        put(&shelf.store, std::slice::from_ref(&one)).await;
        let tx = shelf.store.begin().await.unwrap();
        let next = tx.organizations().update(&one).await.unwrap();
        assert_eq!(next.version, one.version + 1);
        assert_eq!(tx.organizations().update(&one).await, Err(Error::Conflict));
        tx.rollback().await.unwrap();
    }
}

each_store! {
    async fn a_snapshot_sees_one_moment_and_plain_reads_the_present(shelf: Shelf) {
        let one = organization("moments");
        put(&shelf.store, std::slice::from_ref(&one)).await;
        let snapshot = shelf.store.snapshot().await.unwrap();
        let plain = shelf.store.reads();
        assert_eq!(snapshot.organizations().get(one.id).await.unwrap().active_members, 0);
        let tx = shelf.store.begin().await.unwrap();
        tx.organizations().set_active_members(one.id, 7).await.unwrap();
        assert_eq!(plain.organizations().get(one.id).await.unwrap().active_members, 0, "not committed yet");
        tx.commit(receipt()).await.unwrap();
        assert_eq!(snapshot.organizations().get(one.id).await.unwrap().active_members, 0);
        assert_eq!(plain.organizations().get(one.id).await.unwrap().active_members, 7);
        drop(snapshot);
        let later = shelf.store.snapshot().await.unwrap();
        assert_eq!(later.organizations().get(one.id).await.unwrap().active_members, 7);
    }
}
