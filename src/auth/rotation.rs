//! When signing keys change: the times of a key, and the plan of a rotation.
//!
//! Pure: no clock, no randomness, no storage. A worker asks [`rotation_due`], carries out what [`plan_rotation`]
//! says in one transaction, and loads the keyring anew. Start at [`plan_rotation`].

use chrono::TimeDelta;

use super::keyring::StoredKey;
use crate::clock::Time;

/// What a rotation changes. Carrying out an empty plan changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Make a key that signs from this time on.
    pub create: Option<Time>,
    /// Set these keys' times.
    pub retire: Vec<Retirement>,
    /// Delete these keys; nothing they signed is valid any more.
    pub delete: Vec<String>,
}

/// The end of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retirement {
    /// Which key.
    pub kid: String,
    /// When it stops signing: when its successor starts.
    pub retires: Time,
    /// When it goes: when the last token it signed has expired.
    pub removed: Time,
}

/// Plans a rotation at `now`.
///
/// The new key is published `publish_ahead` before it signs; take more than the time for which clients keep the
/// JWKS. Where no key signs it signs at once. The former keys go `overlap` after they stopped; take more than the
/// life of a token and the leeway. A rotation under way isn't begun again, so several workers may plan at once.
pub fn plan_rotation(existing: &[StoredKey], now: Time, publish_ahead: TimeDelta, overlap: TimeDelta) -> Plan {
    let delete = existing
        .iter()
        .filter(|key| !key.times().known_at(now))
        .map(|key| key.kid.clone())
        .collect();
    if existing
        .iter()
        .any(|key| key.times().not_before > now && key.times().known_at(now))
    {
        return Plan {
            delete,
            ..Plan::default()
        };
    }
    let signs = existing.iter().any(|key| key.times().signs_at(now));
    let start = if signs { now + publish_ahead } else { now };
    let open = existing
        .iter()
        .filter(|key| key.times().known_at(now) && key.times().retires.is_none());
    let retire = open.map(|key| Retirement {
        kid: key.kid.clone(),
        retires: start,
        removed: start + overlap,
    });
    Plan {
        create: Some(start),
        retire: retire.collect(),
        delete,
    }
}

/// Whether it is time for [`plan_rotation`]: no key signs, or the youngest has signed for `period` when a key made
/// now would start.
pub fn rotation_due(existing: &[StoredKey], now: Time, period: TimeDelta, publish_ahead: TimeDelta) -> bool {
    let youngest = existing
        .iter()
        .map(StoredKey::times)
        .filter(|times| times.retires.is_none() && times.known_at(now));
    let signing = existing.iter().any(|key| key.times().signs_at(now));
    !signing
        || youngest
            .map(|times| times.not_before)
            .max()
            .is_none_or(|start| start + period <= now + publish_ahead)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use super::super::keyring::Algorithm;
    use super::*;

    fn at(hours: i64) -> Time {
        Time::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    fn key(kid: &str, not_before: i64, retires: Option<i64>, removed: Option<i64>) -> StoredKey {
        StoredKey {
            kid: kid.to_owned(),
            algorithm: Algorithm::EdDSA,
            public_jwk: serde_json::Value::Null,
            sealed_private: Vec::new(),
            created: at(not_before),
            not_before: at(not_before),
            retires: retires.map(at),
            removed: removed.map(at),
        }
    }

    fn plan(existing: &[StoredKey], now: i64) -> Plan {
        plan_rotation(existing, at(now), TimeDelta::hours(24), TimeDelta::hours(2))
    }

    fn due(existing: &[StoredKey], now: i64) -> bool {
        rotation_due(existing, at(now), TimeDelta::hours(1000), TimeDelta::hours(24))
    }

    #[test]
    fn the_first_key_signs_at_once() {
        assert_eq!(
            plan(&[], 5),
            Plan {
                create: Some(at(5)),
                ..Plan::default()
            }
        );
        assert!(due(&[], 5));
    }

    #[test]
    fn the_successor_is_published_ahead_and_the_former_key_overlaps() {
        let old = key("old", 0, None, None);
        let retire = vec![Retirement {
            kid: "old".into(),
            retires: at(124),
            removed: at(126),
        }];
        assert_eq!(
            plan(&[old], 100),
            Plan {
                create: Some(at(124)),
                retire,
                delete: vec![]
            }
        );
    }

    #[test]
    fn a_rotation_under_way_is_not_begun_again() {
        let rows = [key("old", 0, Some(124), Some(126)), key("new", 124, None, None)];
        assert_eq!(plan(&rows, 100), Plan::default());
        assert!(!due(&rows, 100));
        // Afterwards the former key is left alone until it goes, and then it is deleted.
        assert_eq!(plan(&rows, 125).retire.len(), 1);
        assert!(plan(&rows, 125).delete.is_empty());
        assert_eq!(plan(&rows, 126).delete, ["old"]);
    }

    #[test]
    fn a_rotation_is_due_one_period_after_the_youngest_began() {
        let rows = [key("old", 0, Some(100), Some(102)), key("new", 100, None, None)];
        assert!(!due(&rows, 1075));
        assert!(due(&rows, 1076));
        assert!(due(&[key("old", 0, Some(100), Some(102))], 101), "nobody signs");
    }

    #[test]
    fn there_is_always_exactly_one_signer_through_many_rotations() {
        let mut rows: Vec<StoredKey> = Vec::new();
        let mut made = 0;
        for now in 0..10_000 {
            if due(&rows, now) {
                let plan = plan(&rows, now);
                rows.retain(|row| !plan.delete.contains(&row.kid));
                for end in &plan.retire {
                    let row = rows.iter_mut().find(|row| row.kid == end.kid).unwrap();
                    (row.retires, row.removed) = (Some(end.retires), Some(end.removed));
                }
                if let Some(start) = plan.create {
                    let mut new = key(&format!("key {made}"), 0, None, None);
                    new.not_before = start;
                    rows.push(new);
                    made += 1;
                }
            }
            let signers = rows.iter().filter(|row| row.times().signs_at(at(now))).count();
            assert_eq!(signers, 1, "hour {now}");
        }
        assert_eq!(made, 11);
        assert!(rows.len() <= 3);
    }
}
