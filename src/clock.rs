//! The time, injected: whoever needs "now" asks a [`Clock`], so that tests can move time by hand.
//!
//! Nothing else in the crate may read the system's clock for a decision. Start at [`Clock`].

use std::fmt;
use std::ops::Add;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, SubsecRound, Utc};

/// A moment in UTC. Always cut to microseconds, because that is what PostgreSQL keeps: a time that was stored and read
/// back must equal the one in memory.
pub type Time = DateTime<Utc>;

/// Tells the time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present moment, cut to microseconds.
    fn now(&self) -> Time;
}

/// Cuts a time to microseconds, towards the past.
#[must_use]
pub fn cut(time: Time) -> Time {
    time.trunc_subsecs(6)
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        cut(Utc::now())
    }
}

/// A clock for tests: it stands still until it is moved. Clones share the same time.
#[derive(Debug, Clone)]
pub struct FakeClock(Arc<Mutex<Time>>);

impl FakeClock {
    /// A clock that stands at `time`, cut to microseconds.
    #[must_use]
    pub fn at(time: Time) -> Self {
        Self(Arc::new(Mutex::new(cut(time))))
    }

    /// Moves the clock by a `std::time::Duration` or a `chrono::Duration`.
    pub fn advance<D>(&self, by: D)
    where
        Time: Add<D, Output = Time>,
    {
        self.change(|now| now + by);
    }

    /// Puts the clock to `time`, cut to microseconds.
    pub fn set(&self, time: Time) {
        self.change(|_| time);
    }

    fn change(&self, to: impl FnOnce(Time) -> Time) {
        // A test that panicked while it held the lock has left a whole value: a time is written at once.
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = cut(to(*now));
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Time {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn fine() -> Time {
        DateTime::from_timestamp_nanos(1_700_000_000_123_456_789)
    }

    #[test]
    fn every_time_is_cut_to_microseconds() {
        let micros = DateTime::from_timestamp_nanos(1_700_000_000_123_456_000);
        assert_eq!(cut(fine()), micros);
        assert_eq!(FakeClock::at(fine()).now(), micros);
        let now = SystemClock.now();
        assert_eq!(now, cut(now));
        let clock = FakeClock::at(micros);
        clock.set(fine());
        assert_eq!(clock.now(), micros);
        clock.advance(Duration::from_nanos(1_001));
        assert_eq!(clock.now(), micros + Duration::from_micros(1));
    }

    #[test]
    fn clones_of_a_fake_clock_move_together() {
        let clock = FakeClock::at(fine());
        let other = clock.clone();
        let before = other.now();
        clock.advance(chrono::Duration::hours(-2));
        assert_eq!(other.now(), before - chrono::Duration::hours(2));
        assert_eq!(other.now(), clock.now(), "it stands still");
    }
}
