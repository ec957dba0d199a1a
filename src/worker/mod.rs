//! What runs beside the calls: [`feed`] keeps revocations known, [`mail`] delivers the outbox, [`keys`] makes and retires
//! signing keys, [`clean`] forgets what is old, deleted organisations among it (`purge`).
//!
//! A worker lasts until it is told to stop. A database that is away ends none of them: it says so once, waits longer each
//! time, and says once that it goes on. Workers decide no rule about people, and answer no call. Start at any `run`.

pub mod clean;
pub mod feed;
pub mod keys;
pub mod mail;
mod purge;

use crate::error::Error;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Waits. Returns whether there is more to do: `false` once the worker shall stop, which ends the wait too.
async fn pause(time: Duration, stop: &CancellationToken) -> bool {
    stop.run_until_cancelled(tokio::time::sleep(time)).await.is_some() && !stop.is_cancelled()
}

/// How a worker's rounds go: it logs the first failure of a row and the recovery, and makes the waits between grow.
#[derive(Debug)]
struct Trouble {
    work: &'static str,
    failures: u32,
}

impl Trouble {
    fn new(work: &'static str) -> Trouble {
        Trouble { work, failures: 0 }
    }

    /// Takes note of a round. Returns what it brought.
    fn note<T>(&mut self, round: Result<T, Error>) -> Option<T> {
        match round {
            Ok(done) => {
                if self.failures > 0 {
                    tracing::info!(work = self.work, failures = self.failures, "works again");
                }
                self.failures = 0;
                Some(done)
            }
            Err(error) => {
                if self.failures == 0 {
                    tracing::warn!(work = self.work, %error, "failed; it is tried again until it works");
                }
                self.failures = self.failures.saturating_add(1);
                None
            }
        }
    }

    /// How long to wait before the next round: `usual`, or after failures 1 s, 2 s, 4 s and so on up to `most`.
    fn wait(&self, usual: Duration, most: Duration) -> Duration {
        match self.failures {
            0 => usual,
            n => Duration::from_secs(1 << (n - 1).min(16)).min(most),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_with_each_failure_and_end_with_the_first_success() {
        let (usual, most) = (Duration::from_secs(5), Duration::from_secs(30));
        let mut trouble = Trouble::new("test");
        assert_eq!(trouble.wait(usual, most), usual);
        let mut waits = vec![];
        for _ in 0..40 {
            assert_eq!(trouble.note::<()>(Err(Error::Unavailable)), None);
            waits.push(trouble.wait(usual, most).as_secs());
        }
        assert_eq!(waits[..6], [1, 2, 4, 8, 16, 30]);
        assert!(waits[6..].iter().all(|wait| *wait == 30));
        assert_eq!(trouble.note(Ok(7)), Some(7));
        assert_eq!(trouble.wait(usual, most), usual);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_ends_with_the_worker() {
        let stop = CancellationToken::new();
        assert!(pause(Duration::from_secs(1), &stop).await);
        stop.cancel();
        assert!(!pause(Duration::from_secs(3600), &stop).await);
        assert!(!pause(Duration::ZERO, &stop).await);
    }
}
