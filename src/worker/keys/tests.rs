//! The worker makes, publishes, signs with and retires keys when it should, with one process or several.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::clock::FakeClock;
use crate::random::SystemRandom;
use crate::seal::MasterKey;
use crate::store::Settings;

const POLICY: KeyPolicy = KeyPolicy {
    algorithm: Algorithm::EdDSA,
    publish_ahead: TimeDelta::hours(1),
    period: TimeDelta::days(90),
    overlap: TimeDelta::minutes(12),
};

struct House {
    store: Store,
    sealer: Sealer,
    clock: FakeClock,
    _folder: tempfile::TempDir,
}

async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        url: format!("sqlite://{}/roster.db", folder.path().display()),
        read_connections: 2,
        write_connections: 1,
        acquire_timeout: Duration::from_secs(5),
        statement_timeout: Duration::from_secs(5),
        durable: false,
    };
    let store = Store::open(&settings).await.unwrap();
    store.migrate().await.unwrap();
    let clock = FakeClock::at(Time::UNIX_EPOCH + TimeDelta::days(20_000));
    House {
        store,
        sealer: Sealer::new(&MasterKey::generate(&SystemRandom)),
        clock,
        _folder: folder,
    }
}

impl House {
    async fn tick(&self) -> Rotation {
        change(&self.store, &self.sealer, &self.clock, &POLICY, false)
            .await
            .unwrap()
    }

    async fn signers(&self) -> usize {
        let now = self.clock.now();
        list(&self.store)
            .await
            .unwrap()
            .iter()
            .filter(|key| key.times().signs_at(now))
            .count()
    }
}

#[tokio::test]
async fn processes_that_start_together_end_with_one_key_that_signs_at_once() {
    let house = house().await;
    let (one, other, third) = tokio::join!(house.tick(), house.tick(), house.tick());
    let made = [one, other, third]
        .iter()
        .filter(|rotation| rotation.created.is_some())
        .count();
    assert_eq!((made, list(&house.store).await.unwrap().len()), (1, 1));
    assert_eq!(house.signers().await, 1);
    assert_eq!(house.tick().await, Rotation::default());
}

#[tokio::test]
async fn a_key_is_made_ahead_of_its_time_and_every_change_is_in_the_log() {
    let house = house().await;
    let first = house.tick().await.created.unwrap().0;
    house
        .clock
        .advance(POLICY.period - POLICY.publish_ahead - TimeDelta::seconds(1));
    assert_eq!(house.tick().await, Rotation::default());
    house.clock.advance(TimeDelta::seconds(1));
    let next = house.tick().await;
    assert_eq!(next.created.unwrap().1, house.clock.now() + POLICY.publish_ahead);
    assert_eq!(next.retired, [first]);
    assert_eq!((house.signers().await, list(&house.store).await.unwrap().len()), (1, 2));
    house.clock.advance(POLICY.publish_ahead);
    assert_eq!(house.signers().await, 1);
    let log = house
        .store
        .reads()
        .changes()
        .list(Default::default(), 10)
        .await
        .unwrap();
    let kinds: Vec<_> = log.iter().map(|(_, row)| row.kind.as_str()).collect();
    assert_eq!(
        kinds,
        ["signing_key_created", "signing_key_created", "signing_key_retired"]
    );
}

#[tokio::test]
async fn another_master_key_neither_reads_the_keys_nor_adds_one() {
    let house = house().await;
    house.tick().await;
    let other = Sealer::new(&MasterKey::generate(&SystemRandom));
    let error = rotate(&house.store, &other, &house.clock, &POLICY).await.unwrap_err();
    assert!(
        error.to_string().contains("secrets.master_key is not the master key"),
        "{error}"
    );
    assert_eq!(list(&house.store).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_removed_key_is_forgotten_and_no_other() {
    let house = house().await;
    house.tick().await;
    rotate(&house.store, &house.sealer, &house.clock, &POLICY)
        .await
        .unwrap();
    house.clock.advance(POLICY.publish_ahead + POLICY.overlap);
    for (before, gone) in [(house.clock.now(), 0), (house.clock.now() + TimeDelta::seconds(1), 1)] {
        let upkeep = house.store.upkeep().await.unwrap();
        assert_eq!(upkeep.signing_keys().delete_removed(before, 10).await.unwrap(), gone);
        upkeep.commit().await.unwrap();
    }
    assert_eq!(house.signers().await, 1);
}

#[tokio::test]
async fn no_clean_up_takes_more_rows_at_once_than_it_is_allowed() {
    let house = house().await;
    let now = house.clock.now();
    let upkeep = house.store.upkeep().await.unwrap();
    for n in 0..5_u128 {
        upkeep.throttles().count([n as u8; 32], now, now).await.unwrap();
        upkeep
            .replies()
            .claim(uuid::Uuid::nil(), uuid::Uuid::from_u128(n), [0; 32], now)
            .await
            .unwrap();
    }
    let later = now + TimeDelta::seconds(1);
    for gone in [3, 2, 0] {
        assert_eq!(upkeep.throttles().delete_ended(later, 3).await.unwrap(), gone);
        assert_eq!(upkeep.replies().delete_before(later, 3).await.unwrap(), gone);
    }
    upkeep.commit().await.unwrap();
}
