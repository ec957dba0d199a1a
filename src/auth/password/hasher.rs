//! Hashing of passwords with Argon2id (RFC 9106), in a bounded corner of the machine.
//!
//! A hash takes tens of milliseconds and megabytes. So only a few run at a time, on threads that serve no requests,
//! a few more may wait, and everybody else is told at once when to come back. Start at [`Hasher`].

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as ArgonError, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::Password;

/// The cost of one hash. The default is OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashParams {
    /// Memory in KiB, at least eight times `p`.
    pub m: u32,
    /// Passes over the memory, at least 1.
    pub t: u32,
    /// Lanes, at least 1.
    pub p: u32,
}

impl Default for HashParams {
    fn default() -> Self {
        Self { m: 19_456, t: 2, p: 1 }
    }
}

/// Costs that Argon2 doesn't know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the Argon2 cost is out of range; take m >= 8 * p (KiB), t >= 1 and p >= 1, or leave the default")]
pub struct BadHashParams;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The queue is full.
    #[error("too many passwords are being checked just now; try again in {} s", retry_after.as_secs().max(1))]
    Busy {
        /// When there should be room again.
        retry_after: Duration,
    },
    /// The hash couldn't be made, or the stored one couldn't be read.
    #[error("the password could not be hashed or compared")]
    Failed,
}

/// The outcome of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// It is the password.
    Yes {
        /// The stored hash was made with other costs: hash the password again and keep the result.
        rehash: bool,
    },
    /// It isn't, or there is none to compare with.
    No,
}

/// Hashes and compares passwords, a few at a time. Clones share the bounds.
#[derive(Clone, Debug)]
pub struct Hasher {
    argon: Argon2<'static>,
    /// Compared with where there is no stored hash, at the same cost.
    dummy: Arc<str>,
    /// Those who run or wait. Whoever finds no place here is refused.
    places: Arc<Semaphore>,
    /// Those who run.
    running: Arc<Semaphore>,
    permits: usize,
    queue: usize,
    /// How long the last hash took, in microseconds: the measure for `retry_after`.
    last_micros: Arc<AtomicU64>,
    /// How many were begun.
    runs: Arc<AtomicU64>,
}

impl Hasher {
    /// A hasher that runs `permits` hashes at a time (at least one) and lets `queue` more wait.
    ///
    /// # Errors
    /// [`BadHashParams`] when Argon2 doesn't know such costs.
    pub fn new(params: HashParams, permits: usize, queue: usize) -> Result<Self, BadHashParams> {
        let known = Params::new(params.m, params.t, params.p, None).map_err(|_| BadHashParams)?;
        let permits = permits.clamp(1, Semaphore::MAX_PERMITS / 2);
        let queue = queue.min(Semaphore::MAX_PERMITS / 2);
        // The salt and the hash are those of no password: 16 and 32 bytes of zeros.
        let (salt, hash) = ("A".repeat(22), "A".repeat(43));
        let dummy = format!(
            "$argon2id$v=19$m={},t={},p={}${salt}${hash}",
            params.m, params.t, params.p
        );
        Ok(Self {
            argon: Argon2::new(Algorithm::Argon2id, Version::V0x13, known),
            dummy: dummy.into(),
            places: Arc::new(Semaphore::new(permits + queue)),
            running: Arc::new(Semaphore::new(permits)),
            permits,
            queue,
            last_micros: Arc::new(AtomicU64::new(0)),
            runs: Arc::new(AtomicU64::new(0)),
        })
    }

    /// How many hashes and comparisons were begun so far. Two calls that cost the same can't be told apart by time.
    pub fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    /// Makes the PHC string to be stored, with a random salt of 16 bytes.
    ///
    /// # Errors
    /// [`HashError::Busy`] at once when the queue is full.
    pub async fn hash(&self, password: Password) -> Result<String, HashError> {
        let argon = self.argon.clone();
        self.run(move || {
            let hash = argon
                .hash_password(password.expose().as_bytes())
                .map_err(|_| HashError::Failed)?;
            Ok(hash.to_string())
        })
        .await?
    }

    /// Compares with a stored PHC string. Without one it takes the same time and says no, so that the time doesn't
    /// tell whether an account exists or has a password.
    ///
    /// # Errors
    /// [`HashError::Busy`] at once when the queue is full; [`HashError::Failed`] when `stored` can't be read.
    pub async fn verify(&self, password: Password, stored: Option<String>) -> Result<Verified, HashError> {
        let argon = self.argon.clone();
        let dummy = Arc::clone(&self.dummy);
        self.run(move || {
            let known = stored.is_some();
            let same = compare(&argon, &password, stored.as_deref().unwrap_or(&dummy))?;
            Ok(if known { same } else { Verified::No })
        })
        .await?
    }

    /// Runs `work` on a blocking thread when its turn comes.
    ///
    /// The place and the permit travel with the work: a caller who goes away while waiting gives them back by being
    /// dropped, one who goes away later leaves them with the thread, which gives them back when it is done.
    async fn run<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> Result<R, HashError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| self.busy())?;
        let permit = Arc::clone(&self.running)
            .acquire_owned()
            .await
            .map_err(|_| HashError::Failed)?;
        self.runs.fetch_add(1, Ordering::Relaxed);
        let last_micros = Arc::clone(&self.last_micros);
        let outcome = tokio::task::spawn_blocking(move || {
            let held = (permit, place);
            let started = Instant::now();
            let result = work();
            let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
            last_micros.store(micros, Ordering::Relaxed);
            drop(held);
            result
        })
        .await;
        outcome.map_err(|_| HashError::Failed)
    }

    /// The time to empty a full queue at the latest speed, between one second and thirty.
    fn busy(&self) -> HashError {
        let last = Duration::from_micros(self.last_micros.load(Ordering::Relaxed));
        let turns = u32::try_from(self.queue / self.permits).unwrap_or(u32::MAX);
        let wait = last.saturating_mul(turns);
        HashError::Busy {
            retry_after: wait.clamp(Duration::from_secs(1), Duration::from_secs(30)),
        }
    }
}

fn compare(argon: &Argon2<'static>, password: &Password, stored: &str) -> Result<Verified, HashError> {
    let stored = PasswordHash::new(stored).map_err(|_| HashError::Failed)?;
    match argon.verify_password(password.expose().as_bytes(), &stored) {
        Ok(()) => Ok(Verified::Yes {
            rehash: outdated(argon, &stored),
        }),
        Err(ArgonError::PasswordInvalid) => Ok(Verified::No),
        Err(_) => Err(HashError::Failed),
    }
}

/// Whether the hash was made with another algorithm, version or cost than ours.
fn outdated(argon: &Argon2<'static>, stored: &PasswordHash) -> bool {
    let ours = argon.params();
    let costs = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    let same = stored.algorithm == Algorithm::Argon2id.ident()
        && stored.version == Some(Version::V0x13.into())
        && Params::try_from(stored).is_ok_and(|theirs| costs(&theirs) == costs(ours));
    !same
}

#[cfg(test)]
mod tests;
