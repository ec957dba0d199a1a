//! The hasher's bounds are tried with work that waits for a signal, so nothing here depends on speed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::sync::atomic::AtomicUsize;
use std::sync::mpsc;

use futures_util::future::join_all;
use tokio::task::yield_now;

use super::*;

const CHEAP: HashParams = HashParams { m: 8, t: 1, p: 1 };

fn password(text: &str) -> Password {
    Password::new(text).unwrap()
}

fn hasher(permits: usize, queue: usize) -> Hasher {
    Hasher::new(CHEAP, permits, queue).unwrap()
}

/// Waits for something that must come; twenty seconds without it is a failure and not a hang.
async fn until(reached: impl Fn() -> bool) {
    let started = Instant::now();
    while !reached() {
        assert!(started.elapsed() < Duration::from_secs(20), "waited in vain");
        yield_now().await;
    }
}

#[tokio::test]
async fn a_password_is_known_again_and_no_other() {
    let hasher = hasher(1, 1);
    let stored = hasher.hash(password("right")).await.unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{stored}");
    assert_ne!(hasher.hash(password("right")).await.unwrap(), stored);
    let right = hasher.verify(password("right"), Some(stored.clone())).await;
    assert_eq!(right, Ok(Verified::Yes { rehash: false }));
    for wrong in ["Right", "right ", "righ", "rightt"] {
        assert_eq!(
            hasher.verify(password(wrong), Some(stored.clone())).await,
            Ok(Verified::No)
        );
    }
    // The whole password counts, not a beginning.
    let long = "x".repeat(1023);
    let stored = hasher.hash(password(&format!("{long}a"))).await.unwrap();
    assert_eq!(
        hasher.verify(password(&format!("{long}b")), Some(stored)).await,
        Ok(Verified::No)
    );
}

#[tokio::test]
async fn other_costs_ask_for_a_new_hash() {
    let new = hasher(1, 1);
    for params in [
        HashParams { m: 16, ..CHEAP },
        HashParams { t: 2, ..CHEAP },
        HashParams { m: 16, t: 1, p: 2 },
    ] {
        let old = Hasher::new(params, 1, 1).unwrap();
        let stored = old.hash(password("right")).await.unwrap();
        let verified = new.verify(password("right"), Some(stored.clone())).await;
        assert_eq!(verified, Ok(Verified::Yes { rehash: true }), "{params:?}");
        assert_eq!(new.verify(password("wrong"), Some(stored)).await, Ok(Verified::No));
    }
}

#[tokio::test]
async fn test_e02_a_missing_hash_costs_the_same() {
    // The work is the same by construction: the dummy is well formed and has the hasher's own costs.
    let params = HashParams { m: 24, t: 3, p: 1 };
    let hasher = Hasher::new(params, 1, 1).unwrap();
    assert_eq!(hasher.verify(password("any"), None).await, Ok(Verified::No));
    let dummy = PasswordHash::new(&hasher.dummy).unwrap();
    assert!(!outdated(&hasher.argon, &dummy));
    assert_eq!((dummy.salt.unwrap().len(), dummy.hash.unwrap().len()), (16, 32));
    let real = hasher.hash(password("any")).await.unwrap();
    assert_eq!(real.len(), hasher.dummy.len());

    let slow = Hasher::new(HashParams { m: 4096, t: 2, p: 1 }, 1, 1).unwrap();
    let stored = slow.hash(password("right")).await.unwrap();
    let mut times = [Duration::MAX; 2];
    for _ in 0..5 {
        for (best, stored) in times.iter_mut().zip([None, Some(stored.clone())]) {
            let started = Instant::now();
            assert_eq!(slow.verify(password("wrong"), stored).await, Ok(Verified::No));
            *best = started.elapsed().min(*best);
        }
    }
    assert!(times[0] * 3 > times[1], "no work is done for a missing hash: {times:?}");
}

#[tokio::test]
async fn an_unreadable_hash_is_an_error_and_not_a_no() {
    for stored in [
        "",
        "plain",
        "$argon2id$v=19$m=8,t=1,p=1$",
        "$2b$12$abcdefghijklmnopqrstuv",
    ] {
        assert_eq!(
            hasher(1, 1).verify(password("x"), Some(stored.to_owned())).await,
            Err(HashError::Failed)
        );
    }
}

#[test]
fn impossible_costs_are_refused() {
    for params in [
        HashParams { m: 7, ..CHEAP },
        HashParams { t: 0, ..CHEAP },
        HashParams { p: 0, ..CHEAP },
    ] {
        assert_eq!(Hasher::new(params, 1, 1).unwrap_err(), BadHashParams);
    }
}

#[tokio::test]
async fn test_p11_five_hundred_at_once_are_bounded() {
    let (permits, queue) = (2, 16);
    let hasher = hasher(permits, queue);
    let (release, gate) = mpsc::channel::<()>();
    let gate = Arc::new(std::sync::Mutex::new(gate));
    let (now, peak, refused) = (
        Arc::default(),
        Arc::<AtomicUsize>::default(),
        Arc::<AtomicUsize>::default(),
    );
    let calls = (0..500).map(|_| {
        let (hasher, gate, peak, refused) = (hasher.clone(), gate.clone(), peak.clone(), refused.clone());
        let now: Arc<AtomicUsize> = Arc::clone(&now);
        async move {
            let outcome = hasher
                .run(move || {
                    peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    // Until the sender is gone everyone stands here.
                    let _ = gate.lock().map(|gate| gate.recv());
                    now.fetch_sub(1, Ordering::SeqCst);
                })
                .await;
            if let Err(HashError::Busy { retry_after }) = outcome {
                assert!(retry_after >= Duration::from_secs(1));
                refused.fetch_add(1, Ordering::SeqCst);
            }
            outcome
        }
    });
    let all = tokio::spawn(join_all(calls));
    // The rest is refused while the first ones still stand at the gate.
    until(|| refused.load(Ordering::SeqCst) >= 500 - permits - queue).await;
    drop(release);
    let outcomes = all.await.unwrap();
    assert_eq!(
        outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
        permits + queue
    );
    assert!(peak.load(Ordering::SeqCst) <= permits);
    assert!(hasher.hash(password("after")).await.is_ok(), "room again");
}

#[tokio::test]
async fn a_caller_who_leaves_takes_no_permit_along() {
    let hasher = hasher(1, 1);
    let (release, gate) = mpsc::channel::<()>();
    let busy = hasher.clone();
    let runs = tokio::spawn(async move { busy.run(move || gate.recv()).await });
    until(|| hasher.running.available_permits() == 0).await;
    let queued = hasher.clone();
    let waits = tokio::spawn(async move { queued.hash(password("waits")).await });
    until(|| hasher.places.available_permits() == 0).await;
    assert!(matches!(
        hasher.hash(password("third")).await,
        Err(HashError::Busy { .. })
    ));
    // One who waits gives the place back at once, one who runs when the work is done.
    waits.abort();
    assert!(waits.await.unwrap_err().is_cancelled());
    assert_eq!(hasher.places.available_permits(), 1);
    runs.abort();
    assert!(runs.await.unwrap_err().is_cancelled());
    assert_eq!(hasher.running.available_permits(), 0, "the thread still works");
    drop(release);
    until(|| hasher.places.available_permits() == 2 && hasher.running.available_permits() == 1).await;
    assert!(hasher.hash(password("after")).await.is_ok());
}

#[tokio::test]
async fn a_panic_is_an_error_and_gives_the_permit_back() {
    let hasher = hasher(1, 0);
    for _ in 0..3 {
        assert_eq!(
            hasher.run(|| panic!("on purpose")).await,
            Err::<(), _>(HashError::Failed)
        );
    }
    assert!(hasher.hash(password("after")).await.is_ok());
}
