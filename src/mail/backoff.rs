//! When to try a mail again: pure arithmetic over the number of attempts, given the clock and the dice.
//!
//! It doesn't know what failed beyond the kind of the error. Start at [`after`].

use chrono::Duration;

use super::transport::SendError;
use crate::clock::Time;
use crate::random::Random;

/// The waits after the first attempts, in seconds; every later one is the last of these.
const WAITS: [u64; 7] = [10, 30, 2 * 60, 10 * 60, 3600, 3 * 3600, 6 * 3600];

/// How long a mail is tried, in seconds: three days, below the four to five of RFC 5321, section 4.5.4.1, because
/// the codes it carries are long dead by then.
const GIVE_UP: u64 = 3 * 24 * 3600;

/// When to try again after `error`, which ended the attempt number `attempts` (the first is 1); `None`: never. A
/// permanent error ends it at once.
pub fn after(error: &SendError, attempts: u32, now: Time, random: &dyn Random) -> Option<Time> {
    match error {
        SendError::Transient(_) => next_attempt(attempts, now, random),
        SendError::Permanent(_) => None,
    }
}

/// When to try again after `attempts` attempts that failed for now: after 10 s, 30 s, 2 min, 10 min, 1 h, 3 h, then
/// every 6 h, each shortened by up to a quarter so that mails which failed together don't return together. `None` when
/// the waits would add up to more than three days.
pub fn next_attempt(attempts: u32, now: Time, random: &dyn Random) -> Option<Time> {
    let attempts = u64::from(attempts.max(1));
    let known = WAITS.len() as u64;
    let last = WAITS[WAITS.len() - 1];
    let tabled: u64 = WAITS.iter().take(attempts.min(known) as usize).sum();
    if tabled + attempts.saturating_sub(known).saturating_mul(last) > GIVE_UP {
        return None;
    }
    let wait = WAITS.get(attempts as usize - 1).copied().unwrap_or(last) * 1000;
    let wait = wait - random.below(wait / 4 + 1);
    now.checked_add_signed(Duration::milliseconds(i64::try_from(wait).ok()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use super::*;

    /// Dice that always show their lowest or highest number.
    #[derive(Debug)]
    struct Loaded {
        high: bool,
    }

    impl Random for Loaded {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
        fn uuid(&self, _: Time) -> uuid::Uuid {
            uuid::Uuid::nil()
        }
        fn below(&self, bound: u64) -> u64 {
            if self.high { bound - 1 } else { 0 }
        }
    }

    fn waits(high: bool) -> Vec<i64> {
        let now = Time::UNIX_EPOCH;
        let next = |n| next_attempt(n, now, &Loaded { high }).map(|at| (at - now).num_milliseconds());
        (1..).map_while(next).collect()
    }

    #[test]
    fn the_waits_grow_to_six_hours_and_end_before_three_days() {
        let plain: Vec<i64> = waits(false).iter().map(|ms| ms / 1000).collect();
        assert_eq!(plain[..8], [10, 30, 120, 600, 3600, 10_800, 21_600, 21_600]);
        assert_eq!(plain.len(), 17);
        let total: i64 = plain.iter().sum();
        assert!(total <= 259_200 && total + 21_600 > 259_200, "{total}");
    }

    #[test]
    fn jitter_only_shortens_and_by_a_quarter_at_most() {
        for (full, shortened) in waits(false).iter().zip(waits(true)) {
            assert_eq!(shortened, full - full / 4);
        }
    }

    #[test]
    fn odd_counts_are_no_trap() {
        let now = Time::UNIX_EPOCH;
        let dice = Loaded { high: false };
        assert_eq!(next_attempt(0, now, &dice), next_attempt(1, now, &dice));
        assert_eq!(next_attempt(u32::MAX, now, &dice), None);
        assert_eq!(next_attempt(1, Time::MAX_UTC, &dice), None);
    }

    #[test]
    fn a_permanent_error_ends_it_at_once() {
        let now = Time::UNIX_EPOCH;
        let dice = Loaded { high: false };
        assert_eq!(after(&SendError::Permanent("no".into()), 1, now, &dice), None);
        assert!(after(&SendError::Transient("not now".into()), 1, now, &dice).is_some());
    }
}
