//! Randomness, injected: secrets, ids and draws come from a [`Random`], so that tests can repeat them.
//!
//! Nothing else in the crate may ask the operating system for randomness. Start at [`Random`].

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::{Builder, Uuid};

use crate::clock::Time;

/// A source of random bytes.
pub trait Random: Send + Sync + fmt::Debug {
    /// Fills the whole slice.
    fn fill(&self, bytes: &mut [u8]);

    /// A UUIDv7 (RFC 9562, section 5.7): the milliseconds of `now`, then 74 random bits. Times before 1970 count as 1970.
    fn uuid(&self, now: Time) -> Uuid {
        let mut bytes = [0; 10];
        self.fill(&mut bytes);
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }

    /// A number from 0 up to, but without, `bound`, each equally likely. A bound of 0 gives 0.
    fn below(&self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // The numbers above the last whole multiple of the bound would make the small results likelier: draw again.
        let surplus = (u64::MAX % bound + 1) % bound;
        loop {
            let mut bytes = [0; 8];
            self.fill(&mut bytes);
            let drawn = u64::from_le_bytes(bytes);
            if drawn <= u64::MAX - surplus {
                return drawn % bound;
            }
        }
    }
}

/// The operating system's randomness, through AWS-LC.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        if aws_lc_rs::rand::fill(bytes).is_err() {
            // Secrets that can be guessed are worse than no service, and no caller could go on without them.
            tracing::error!("the operating system gives no randomness; stopping");
            std::process::abort();
        }
    }
}

/// A repeatable sequence for tests (SplitMix64). It's no secret to anybody: never use it to serve.
#[derive(Debug)]
pub struct FakeRandom(AtomicU64);

impl FakeRandom {
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

    /// The sequence that belongs to `seed`.
    #[must_use]
    pub const fn seeded(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    fn word(&self) -> u64 {
        let state = self.0.fetch_add(Self::STEP, Ordering::Relaxed).wrapping_add(Self::STEP);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl Random for FakeRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = self.word().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_uuid_is_version_7_and_carries_the_time() {
        let now = DateTime::from_timestamp_nanos(1_700_000_000_123_456_000);
        let uuid = SystemRandom.uuid(now);
        assert_eq!(uuid.get_version_num(), 7);
        assert_eq!(uuid.get_variant(), uuid::Variant::RFC4122);
        assert_eq!(&uuid.as_bytes()[..6], &1_700_000_000_123_u64.to_be_bytes()[2..]);
        assert_ne!(uuid, SystemRandom.uuid(now));
        let old = SystemRandom.uuid(DateTime::from_timestamp_nanos(-1));
        assert_eq!(&old.as_bytes()[..6], &[0; 6]);
    }

    #[test]
    fn a_seed_repeats_itself_and_differs_from_others() {
        let draw = |seed| {
            let random = FakeRandom::seeded(seed);
            let mut bytes = [0; 19];
            random.fill(&mut bytes);
            (bytes, random.below(1000))
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7).0, draw(8).0);
        assert_ne!(draw(7).0[..8], draw(7).0[8..16]);
    }

    /// Gives the words it was made with, the last one for ever.
    #[derive(Debug)]
    struct Scripted(Mutex<Vec<u64>>);

    impl Random for Scripted {
        fn fill(&self, bytes: &mut [u8]) {
            let mut words = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let word = if words.len() > 1 { words.remove(0) } else { words[0] };
            bytes.copy_from_slice(&word.to_le_bytes());
        }
    }

    #[test]
    fn below_draws_again_where_the_draw_would_be_unfair() {
        // 2^64 = 3 * k + 1: the single highest number would give 0 once too often.
        assert_eq!(Scripted(Mutex::new(vec![u64::MAX, 5])).below(3), 2);
        assert_eq!(Scripted(Mutex::new(vec![u64::MAX - 1, 5])).below(3), 2);
        assert_eq!(
            Scripted(Mutex::new(vec![u64::MAX])).below(4),
            3,
            "a power of two wastes nothing"
        );
        assert_eq!(Scripted(Mutex::new(vec![u64::MAX])).below(1), 0);
        assert_eq!(SystemRandom.below(0), 0);
    }

    proptest! {
        #[test]
        fn below_stays_below(seed: u64, bound in 1_u64..) {
            prop_assert!(FakeRandom::seeded(seed).below(bound) < bound);
        }
    }
}
