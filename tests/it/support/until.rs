//! Waiting for a condition instead of for a time.

use std::time::{Duration, Instant};

/// Asks every few milliseconds until there is an answer, and panics after twenty seconds without one.
#[track_caller]
pub fn until<T>(ask: impl AsyncFnMut() -> Option<T>) -> impl Future<Output = T> {
    let place = std::panic::Location::caller();
    within(Duration::from_secs(20), place, ask)
}

async fn within<T>(
    patience: Duration,
    place: &'static std::panic::Location<'static>,
    mut ask: impl AsyncFnMut() -> Option<T>,
) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(began.elapsed() < patience, "{place}: waited {patience:?} in vain");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
