//! Seats: how many members an organisation may have at once. Who holds one is `MemberState::holds_seat`.
//!
//! This is the arithmetic alone; that two requests don't take the last seat is the store's lock.

/// The seats of an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seats {
    /// Seats bought; none: as many as one likes. It may be below the use: then nobody new gets in.
    pub limit: Option<u64>,
    /// Seats held by members and open invitations.
    pub used: u64,
}

/// There aren't enough free seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{asked} more needed, {} free ({used} of {limit} seats in use): buy seats, or cancel invitations or remove members", .limit.saturating_sub(*.used))]
pub struct NoSeat {
    /// Seats bought.
    pub limit: u64,
    /// Seats in use.
    pub used: u64,
    /// Seats asked for.
    pub asked: u64,
}

impl Seats {
    /// The seats after `n` more are taken. Taking none always succeeds, even above the limit.
    ///
    /// # Errors
    /// Fewer than `n` are free.
    pub fn take(self, n: u64) -> Result<Self, NoSeat> {
        let limit = self.limit.unwrap_or(u64::MAX);
        match self.used.checked_add(n) {
            Some(used) if n == 0 || used <= limit => Ok(Self { used, ..self }),
            _ => Err(NoSeat {
                limit,
                used: self.used,
                asked: n,
            }),
        }
    }

    /// The seats after `n` are given back.
    #[must_use]
    pub const fn release(self, n: u64) -> Self {
        Self {
            used: self.used.saturating_sub(n),
            ..self
        }
    }

    /// How many more may come; none: as many as one likes.
    #[must_use]
    pub const fn free(self) -> Option<u64> {
        match self.limit {
            Some(limit) => Some(limit.saturating_sub(self.used)),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    const fn seats(limit: Option<u64>, used: u64) -> Seats {
        Seats { limit, used }
    }

    #[test]
    fn the_last_seat_is_taken_once() {
        let full = seats(Some(10), 9).take(1).unwrap();
        assert_eq!((full, full.free()), (seats(Some(10), 10), Some(0)));
        let error = full.take(1).unwrap_err();
        assert_eq!(
            error,
            NoSeat {
                limit: 10,
                used: 10,
                asked: 1
            }
        );
        assert!(
            error
                .to_string()
                .starts_with("1 more needed, 0 free (10 of 10 seats in use)"),
            "{error}"
        );
        assert!(full.release(1).take(1).is_ok());
    }

    #[test]
    fn no_limit_and_limits_below_the_use() {
        assert_eq!(seats(None, 5).free(), None);
        assert_eq!(seats(None, 5).take(1_000_000).unwrap().used, 1_000_005);
        assert!(seats(None, u64::MAX).take(1).is_err());
        let over = seats(Some(3), 5);
        assert_eq!((over.free(), over.take(0)), (Some(0), Ok(over)));
        assert!(over.take(1).is_err());
        assert_eq!(seats(Some(3), 0).release(1).used, 0);
    }

    proptest! {
        #[test]
        fn use_never_passes_the_limit(limit in 0_u64..50, steps in prop::collection::vec((any::<bool>(), 0_u64..9), 0..60)) {
            let mut seats = Seats { limit: Some(limit), used: 0 };
            for (take, n) in steps {
                let before = seats;
                seats = if take { seats.take(n).unwrap_or(seats) } else { seats.release(n) };
                prop_assert!(seats.used <= limit);
                prop_assert_eq!(seats.free(), Some(limit - seats.used));
                prop_assert_eq!(before.take(n).is_ok(), before.used + n <= limit);
            }
        }
    }
}
