//! Keys of all three algorithms through storing, loading and publishing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use chrono::TimeDelta;
use serde_json::json;

use super::*;
use crate::random::SystemRandom;
use crate::seal::MasterKey;

const ALL: [Algorithm; 3] = [Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256];

fn sealer() -> Sealer {
    Sealer::new(&MasterKey::generate(&SystemRandom))
}

fn at(hours: i64) -> Time {
    Time::UNIX_EPOCH + TimeDelta::hours(hours)
}

#[test]
fn algorithms_are_named_exactly() {
    for algorithm in ALL {
        assert_eq!(algorithm.as_str().parse(), Ok(algorithm));
    }
    for name in ["", "none", "HS256", "eddsa", "ES384", "PS256", "EdDSA "] {
        assert_eq!(name.parse::<Algorithm>(), Err(UnknownAlgorithm), "{name}");
    }
}

#[test]
fn test_r03_the_jwks_shows_public_members_only() {
    let sealer = sealer();
    let generated: Vec<_> = ALL.iter().map(|algorithm| generate(*algorithm).unwrap()).collect();
    let rows: Vec<_> = generated
        .iter()
        .map(|key| StoredKey::seal(key, at(0), at(0), &sealer))
        .collect();
    for (row, key) in rows.iter().zip(&generated) {
        assert!(
            !row.sealed_private
                .windows(16)
                .any(|window| window == &key.private[key.private.len() - 16..])
        );
        assert!(!format!("{key:?}").contains("private"));
    }
    let jwks = Keyring::load(rows, &sealer).unwrap().jwks_at(at(1));
    let keys = jwks["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 3);
    for key in keys {
        let members: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        let expected: &[&str] = match key["kty"].as_str().unwrap() {
            "OKP" => &["alg", "crv", "kid", "kty", "use", "x"],
            "EC" => &["alg", "crv", "kid", "kty", "use", "x", "y"],
            _ => &["alg", "e", "kid", "kty", "n", "use"],
        };
        let mut sorted = members.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, expected);
        assert_eq!(key["use"], "sig");
        assert!(key["alg"].as_str().unwrap().parse::<Algorithm>().is_ok());
    }
    let private =
        json!({"kty": "OKP", "crv": "Ed25519", "x": "x", "d": "d", "k": "k", "p": "p", "q": "q", "x5c": ["c"]});
    assert_eq!(
        public_members(private).unwrap(),
        json!({"kty": "OKP", "crv": "Ed25519", "x": "x"})
    );
}

#[test]
fn the_key_id_is_the_thumbprint() {
    for algorithm in ALL {
        let key = generate(algorithm).unwrap();
        let jwk = key.public_jwk.as_object().unwrap();
        // RFC 7638, 3: the required members in order, without white space.
        let required = match algorithm {
            Algorithm::EdDSA => &["crv", "kty", "x"][..],
            Algorithm::ES256 => &["crv", "kty", "x", "y"],
            Algorithm::RS256 => &["e", "kty", "n"],
        };
        let members: Vec<String> = required
            .iter()
            .map(|name| format!("\"{name}\":{}", jwk[*name]))
            .collect();
        let text = format!("{{{}}}", members.join(","));
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
        assert_eq!(key.kid, data_encoding::BASE64URL_NOPAD.encode(digest.as_ref()));
        assert_eq!(jwk["kid"], key.kid);
    }
}

#[test]
fn a_row_that_was_changed_or_moved_spoils_the_ring() {
    let sealer = sealer();
    let one = StoredKey::seal(&generate(Algorithm::EdDSA).unwrap(), at(0), at(0), &sealer);
    let two = StoredKey::seal(&generate(Algorithm::EdDSA).unwrap(), at(0), at(0), &sealer);
    let load = |row: StoredKey, sealer: &Sealer| Keyring::load(vec![two.clone(), row], sealer).map(|ring| ring.len());
    assert_eq!(load(one.clone(), &sealer), Ok(2));
    let sealed = Err(KeyError::Sealed { kid: one.kid.clone() });
    let other = Sealer::new(&MasterKey::generate(&SystemRandom));
    assert_eq!(Keyring::load(vec![one.clone()], &other).map(|ring| ring.len()), sealed);
    assert_eq!(
        load(
            StoredKey {
                sealed_private: two.sealed_private.clone(),
                ..one.clone()
            },
            &sealer
        ),
        sealed
    );
    assert_eq!(
        load(
            StoredKey {
                algorithm: Algorithm::ES256,
                ..one.clone()
            },
            &sealer
        ),
        sealed
    );
    // An attacker's public key in the place of ours.
    let mismatch = Err(KeyError::Mismatch { kid: one.kid.clone() });
    assert_eq!(
        load(
            StoredKey {
                public_jwk: two.public_jwk.clone(),
                ..one.clone()
            },
            &sealer
        ),
        mismatch
    );
}

#[test]
fn times_decide_who_signs_who_verifies_and_what_is_published() {
    let sealer = sealer();
    let row = |not_before, retires: Option<i64>, removed: Option<i64>| {
        let mut row = StoredKey::seal(&generate(Algorithm::EdDSA).unwrap(), at(0), at(not_before), &sealer);
        (row.retires, row.removed) = (retires.map(at), removed.map(at));
        row
    };
    let rows = [row(0, Some(10), Some(12)), row(10, None, None)];
    let (old, new) = (rows[0].kid.clone(), rows[1].kid.clone());
    let ring = Keyring::load(rows.to_vec(), &sealer).unwrap();
    let signer = |hour| ring.signer_at(at(hour)).map(|key| key.kid().to_owned());
    assert_eq!(signer(-1), None);
    assert_eq!(signer(9), Some(old.clone()));
    assert_eq!(signer(10), Some(new.clone()));
    for (hour, published) in [(0, 2), (9, 2), (11, 2), (12, 1)] {
        assert_eq!(
            ring.jwks_at(at(hour))["keys"].as_array().unwrap().len(),
            published,
            "hour {hour}"
        );
    }
    assert!(ring.verifier(&old, at(11)).is_some());
    assert!(ring.verifier(&old, at(12)).is_none(), "removed");
    assert!(ring.verifier(&new, at(12)).is_some());
    assert!(ring.verifier("unknown", at(0)).is_none());
    let both = Keyring::load(
        vec![row(3, None, None), row(5, None, None), row(4, None, None)],
        &sealer,
    )
    .unwrap();
    assert_eq!(
        both.signer_at(at(9)).unwrap().times().not_before,
        at(5),
        "the youngest signs"
    );
    let handle = KeyringHandle::new(ring);
    let before = handle.load();
    handle.clone().replace(Keyring::default());
    assert_eq!((before.len(), handle.load().len()), (2, 0));
}
