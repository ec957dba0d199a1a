//! What tokens are refused although they verify: kept in memory, so that a call costs a hash look-up and no query.
//!
//! The feed (`worker/feed.rs`) fills it from the database; a change made by this process is entered as soon as it is
//! committed. Marks are forgotten once no token that they could refuse can still be valid.

use super::caller::Caller;
use crate::clock::Time;
use crate::domain::SessionId;
use crate::domain::event::Revocation;
use crate::domain::session::Place;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

/// How old the feed's last look may be before each call asks the database instead.
pub const FRESH: Duration = Duration::from_secs(2);

/// The marks. When two concern one token, the stricter wins.
#[derive(Debug)]
pub struct Revocations {
    marks: RwLock<Marks>,
    fed: RwLock<Option<Instant>>,
}

#[derive(Debug, Default)]
struct Marks {
    sessions: HashMap<SessionId, Time>,
    rights: HashMap<Place, (i64, Time)>,
}

impl Revocations {
    /// Empty, and never fed.
    pub fn new() -> Revocations {
        Revocations {
            marks: RwLock::default(),
            fed: RwLock::new(None),
        }
    }

    /// Enters a mark; entering it again changes nothing.
    pub fn enter(&self, revocation: Revocation, at: Time) {
        let mut marks = self.marks.write().unwrap_or_else(PoisonError::into_inner);
        match revocation {
            Revocation::Session(session) => {
                marks.sessions.insert(session, at);
            }
            Revocation::Rights { place, min_version } => {
                let mark = marks.rights.entry(place).or_insert((min_version, at));
                *mark = (mark.0.max(min_version), mark.1.max(at));
            }
        }
    }

    /// Whether a token was revoked, as far as is known here.
    pub fn revoked(&self, caller: &Caller) -> bool {
        let marks = self.marks.read().unwrap_or_else(PoisonError::into_inner);
        marks.sessions.contains_key(&caller.session)
            || caller.place.is_some_and(|(place, version)| {
                marks
                    .rights
                    .get(&place)
                    .is_some_and(|(min_version, _)| version < *min_version)
            })
    }

    /// Forgets marks made before then: every token they could refuse has run out.
    pub fn forget(&self, before: Time) {
        let mut marks = self.marks.write().unwrap_or_else(PoisonError::into_inner);
        marks.sessions.retain(|_, at| *at >= before);
        marks.rights.retain(|_, (_, at)| *at >= before);
    }

    /// Notes that everything committed until now has been entered.
    pub fn fed(&self, at: Instant) {
        *self.fed.write().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }

    /// Whether the memory can be trusted: the feed looked a moment ago.
    pub fn fresh(&self) -> bool {
        let fed = *self.fed.read().unwrap_or_else(PoisonError::into_inner);
        fed.is_some_and(|at| at.elapsed() <= FRESH)
    }

    /// How many marks there are.
    pub fn len(&self) -> usize {
        let marks = self.marks.read().unwrap_or_else(PoisonError::into_inner);
        marks.sessions.len() + marks.rights.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Default for Revocations {
    fn default() -> Revocations {
        Revocations::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::domain::permission::PermissionSet;
    use crate::domain::{MemberId, OrganizationId, UserId};
    use uuid::Uuid;

    fn caller(session: u128, version: i64) -> Caller {
        let place = Place {
            organization: OrganizationId::new(Uuid::from_u128(1)),
            member: MemberId::new(Uuid::from_u128(2)),
        };
        let now = crate::clock::SystemClock.now();
        Caller {
            user: UserId::new(Uuid::from_u128(3)),
            session: SessionId::new(Uuid::from_u128(session)),
            place: Some((place, version)),
            roles: vec![],
            permissions: PermissionSet::default(),
            authenticated_at: now,
            methods: vec![],
            expires_at: now,
        }
    }

    #[test]
    fn k05_the_stricter_of_two_marks_wins() {
        let now = crate::clock::SystemClock.now();
        let revocations = Revocations::new();
        let (place, _) = caller(1, 5).place.unwrap_or_else(|| unreachable!());
        revocations.enter(Revocation::Rights { place, min_version: 6 }, now);
        revocations.enter(Revocation::Rights { place, min_version: 4 }, now);
        assert!(
            revocations.revoked(&caller(1, 5)),
            "a later, weaker mark must not lift a stronger one"
        );
        assert!(!revocations.revoked(&caller(1, 6)));
        revocations.enter(Revocation::Session(caller(1, 6).session), now);
        assert!(
            revocations.revoked(&caller(1, 6)),
            "rights are fine, but the session ended"
        );
        assert!(!revocations.revoked(&caller(2, 6)));
    }

    #[test]
    fn marks_are_forgotten_only_when_they_are_old() {
        let now = crate::clock::SystemClock.now();
        let revocations = Revocations::new();
        revocations.enter(Revocation::Session(caller(1, 1).session), now);
        revocations.forget(now);
        assert!(revocations.revoked(&caller(1, 1)));
        revocations.forget(now + chrono::Duration::seconds(1));
        assert!(!revocations.revoked(&caller(1, 1)));
    }

    #[test]
    fn a_memory_that_was_never_fed_is_not_trusted() {
        let revocations = Revocations::new();
        assert!(!revocations.fresh());
        revocations.fed(Instant::now());
        assert!(revocations.fresh());
    }
}
