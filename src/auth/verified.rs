//! Tokens already verified, so that a caller's second request costs a look-up and not a signature.
//!
//! Only success is remembered, under the token's digest, together with whatever the server made of the claims. On
//! each hit the time is checked anew by the caller's clock, so no entry outlives its token. Revocation is decided
//! after this, on every request. Whoever takes a key out before its time calls [`VerifiedTokens::forget_all`].
//! Start at [`VerifiedTokens::get`].

use std::sync::Arc;

use moka::sync::Cache;

use super::token::MAX_ACCEPTED;
use crate::clock::Time;
use crate::seal::sha256;

/// A bounded memory of verified tokens and what follows from each. Clones share it.
pub struct VerifiedTokens<V> {
    entries: Cache<[u8; 32], Entry<V>>,
}

struct Entry<V> {
    until: Time,
    value: Arc<V>,
}

impl<V: Send + Sync + 'static> VerifiedTokens<V> {
    /// Remembers at most `capacity` tokens.
    pub fn new(capacity: u64) -> Self {
        Self {
            entries: Cache::new(capacity),
        }
    }

    /// What was remembered for this very token, if it hasn't expired at `now`.
    ///
    /// The leeway for clocks doesn't count here: in those seconds the token is verified anew each time.
    pub fn get(&self, token: &str, now: Time) -> Option<Arc<V>> {
        if token.len() > MAX_ACCEPTED {
            return None;
        }
        let key = sha256(token.as_bytes());
        let entry = self.entries.get(&key)?;
        if entry.until <= now {
            self.entries.invalidate(&key);
            return None;
        }
        Some(entry.value)
    }

    /// Remembers what follows from a token that has just been verified and expires at `until`.
    ///
    /// Never call it for a refused token, or a stranger could fill the memory.
    pub fn insert(&self, token: &str, value: Arc<V>, until: Time) {
        self.entries.insert(sha256(token.as_bytes()), Entry { until, value });
    }

    /// Forgets everything, at once: after a key was removed before the tokens it signed expired.
    pub fn forget_all(&self) {
        self.entries.invalidate_all();
    }

    /// How many are remembered, approximately: for the metrics.
    pub fn len(&self) -> u64 {
        self.entries.entry_count()
    }

    /// Whether none is remembered, approximately.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<V> Clone for VerifiedTokens<V> {
    fn clone(&self) -> Self {
        Self {
            entries: self.entries.clone(),
        }
    }
}

impl<V> Clone for Entry<V> {
    fn clone(&self) -> Self {
        Self {
            until: self.until,
            value: Arc::clone(&self.value),
        }
    }
}

impl<V> std::fmt::Debug for VerifiedTokens<V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VerifiedTokens(…)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use chrono::TimeDelta;

    use super::*;

    fn at(seconds: i64) -> Time {
        Time::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn a_hit_is_for_the_very_token_alone() {
        let tokens = VerifiedTokens::new(10);
        tokens.insert("one", Arc::new("caller one"), at(10));
        tokens.insert("two", Arc::new("caller two"), at(10));
        assert_eq!(tokens.get("one", at(0)).as_deref(), Some(&"caller one"));
        assert_eq!(tokens.get("two", at(0)).as_deref(), Some(&"caller two"));
        for other in ["", "One", "one ", "on"] {
            assert_eq!(tokens.get(other, at(0)), None);
        }
    }

    #[test]
    fn nothing_is_served_past_its_expiry() {
        let tokens = VerifiedTokens::new(10);
        tokens.insert("token", Arc::new(()), at(10));
        assert!(tokens.get("token", at(10) - TimeDelta::microseconds(1)).is_some());
        assert!(tokens.get("token", at(10)).is_none());
        assert!(tokens.get("token", at(0)).is_none(), "forgotten once it expired");
    }

    #[test]
    fn everything_can_be_forgotten_and_clones_share_it() {
        let tokens = VerifiedTokens::new(10);
        tokens.insert("token", Arc::new(()), at(10));
        let clone = tokens.clone();
        assert!(clone.get("token", at(0)).is_some());
        clone.forget_all();
        assert!(tokens.get("token", at(0)).is_none());
    }

    #[test]
    fn memory_is_bounded_and_output_hides_it() {
        let tokens = VerifiedTokens::new(10);
        assert!(tokens.is_empty());
        for number in 0..200 {
            tokens.insert(&format!("token {number}"), Arc::new(number), at(10));
        }
        tokens.entries.run_pending_tasks();
        assert!((1..=10).contains(&tokens.len()), "{}", tokens.len());
        assert_eq!(format!("{tokens:?}"), "VerifiedTokens(…)");
        let large = "x".repeat(MAX_ACCEPTED + 1);
        tokens.insert(&large, Arc::new(0), at(10));
        assert!(tokens.get(&large, at(0)).is_none());
    }
}
