//! Tokens forged by hand: what the library would never write is assembled and signed here from raw parts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod content;
mod headers;

use std::sync::OnceLock;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom as Rng;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::keyring::{Algorithm, GeneratedKey, StoredKey, generate};
use super::*;
use crate::random::SystemRandom;
use crate::seal::{MasterKey, Sealer};

const ALL: [Algorithm; 3] = [Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256];

fn now() -> Time {
    Time::from_timestamp(1_800_000_000, 0).unwrap()
}

fn issuer() -> TokenIssuer {
    TokenIssuer {
        issuer: "https://roster.example".into(),
        audience: "https://api.example".into(),
        lifetime: Duration::from_secs(600),
    }
}

fn grant() -> Grant {
    Grant {
        user: UserId::new(Uuid::from_u128(1)),
        session: SessionId::new(Uuid::from_u128(2)),
        organization: Some(OrganizationId::new(Uuid::from_u128(3))),
        member: Some(MemberId::new(Uuid::from_u128(4))),
        roles: vec!["admin".into()],
        version: 7,
        auth_time: now(),
        amr: vec!["pwd".into(), "otp".into()],
        actor: None,
        not_after: None,
    }
}

/// One key of each algorithm; the first is the one that signs. Made once, for RSA is slow.
struct Keys {
    made: Vec<GeneratedKey>,
    sealer: Sealer,
}

fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| Keys {
        made: ALL.map(|algorithm| generate(algorithm).unwrap()).into(),
        sealer: Sealer::new(&MasterKey::generate(&SystemRandom)),
    })
}

impl Keys {
    fn ring(&self) -> Keyring {
        self.ring_with(|_| {})
    }

    fn ring_with(&self, change: impl Fn(&mut StoredKey)) -> Keyring {
        let rows = self.made.iter().enumerate().map(|(at, key)| {
            let hours = TimeDelta::hours(at as i64 + 1);
            let mut row = StoredKey::seal(key, now() - hours, now() - hours, &self.sealer);
            change(&mut row);
            row
        });
        Keyring::load(rows.collect(), &self.sealer).unwrap()
    }

    fn of(&self, algorithm: Algorithm) -> &GeneratedKey {
        self.made.iter().find(|key| key.algorithm == algorithm).unwrap()
    }
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    BASE64URL_NOPAD.encode(bytes.as_ref())
}

/// A real signature of one of our keys over whatever it is given.
fn sign(key: &GeneratedKey, message: &str) -> Vec<u8> {
    let bytes = message.as_bytes();
    match key.algorithm {
        Algorithm::EdDSA => Ed25519KeyPair::from_pkcs8(&key.private)
            .unwrap()
            .sign(bytes)
            .as_ref()
            .to_vec(),
        Algorithm::ES256 => {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key.private).unwrap();
            pair.sign(&Rng::new(), bytes).unwrap().as_ref().to_vec()
        }
        Algorithm::RS256 => rsa(key, &RSA_PKCS1_SHA256, bytes),
    }
}

fn rsa(key: &GeneratedKey, padding: &'static dyn aws_lc_rs::signature::RsaEncoding, bytes: &[u8]) -> Vec<u8> {
    let pair = RsaKeyPair::from_pkcs8(&key.private).unwrap();
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(padding, &Rng::new(), bytes, &mut signature).unwrap();
    signature
}

fn forge(key: &GeneratedKey, header: &str, claims: &str) -> String {
    let message = format!("{}.{}", b64(header), b64(claims));
    format!("{message}.{}", b64(sign(key, &message)))
}

fn header(key: &GeneratedKey) -> Value {
    json!({"typ": "at+jwt", "alg": key.algorithm.as_str(), "kid": key.kid})
}

/// The claims of a good token, as JSON.
fn claims() -> Value {
    let minted = issuer().mint(&keys().ring(), grant(), now(), &SystemRandom).unwrap();
    serde_json::to_value(minted.claims).unwrap()
}

fn verify(token: &str) -> Result<AccessClaims, InvalidToken> {
    issuer().verify(&keys().ring(), token, now())
}

/// A properly signed token with a changed header.
fn with_header(change: impl Fn(&mut Value)) -> String {
    let key = keys().of(Algorithm::EdDSA);
    let mut header = header(key);
    change(&mut header);
    forge(key, &header.to_string(), &claims().to_string())
}

/// A properly signed token with changed claims.
fn with_claims(change: impl Fn(&mut Value)) -> String {
    let key = keys().of(Algorithm::EdDSA);
    let mut claims = claims();
    change(&mut claims);
    forge(key, &header(key).to_string(), &claims.to_string())
}

#[test]
fn a_token_of_each_algorithm_says_what_was_granted() {
    assert!(
        verify(&with_header(|_| {})).is_ok(),
        "forged tokens are good before they are changed"
    );
    for algorithm in ALL {
        let kid = &keys().of(algorithm).kid;
        let ring = keys().ring_with(|row| row.retires = (row.kid != *kid).then_some(now()));
        let full = Grant {
            actor: Some(UserId::new(Uuid::from_u128(9))),
            ..grant()
        };
        let bare = Grant {
            organization: None,
            member: None,
            roles: vec![],
            ..grant()
        };
        for grant in [full, bare] {
            let minted = issuer().mint(&ring, grant.clone(), now(), &SystemRandom).unwrap();
            let read = issuer().verify(&ring, minted.token.expose(), now()).unwrap();
            assert_eq!(read, minted.claims);
            assert_eq!(
                (read.sub, read.sid, read.org, read.mbr),
                (grant.user, grant.session, grant.organization, grant.member)
            );
            assert_eq!(
                (read.roles, read.ver, read.amr),
                (grant.roles, grant.version, grant.amr)
            );
            assert_eq!(read.act.map(|act| act.sub), grant.actor);
            assert_eq!(read.exp - read.iat, TimeDelta::seconds(600));
            let head = minted.token.expose().split('.').next().unwrap().to_owned();
            let head: Value = serde_json::from_slice(&BASE64URL_NOPAD.decode(head.as_bytes()).unwrap()).unwrap();
            assert_eq!(head, json!({"typ": "at+jwt", "alg": algorithm.as_str(), "kid": kid}));
        }
    }
}

#[test]
fn a_token_that_proxies_would_refuse_is_not_minted() {
    let ring = keys().ring();
    let mint = |roles: usize| {
        let roles = (0..roles).map(|at| format!("role-number-{at:04}")).collect();
        issuer().mint(&ring, Grant { roles, ..grant() }, now(), &SystemRandom)
    };
    let largest = (0..400).take_while(|roles| mint(*roles).is_ok()).last().unwrap();
    assert!(mint(largest).unwrap().token.expose().len() <= MAX_MINTED);
    assert!(matches!(mint(largest + 1), Err(MintError::TooLarge { bytes }) if bytes > MAX_MINTED));
}

#[test]
fn a_token_ends_with_what_it_rests_on() {
    let ring = keys().ring();
    let mint = |seconds: Option<i64>, now: Time| {
        let not_after = seconds.map(|seconds| now + TimeDelta::seconds(seconds));
        issuer()
            .mint(&ring, Grant { not_after, ..grant() }, now, &SystemRandom)
            .map(|minted| minted.claims.exp - now)
    };
    assert_eq!(mint(None, now()), Ok(TimeDelta::seconds(600)));
    assert_eq!(mint(Some(60), now()), Ok(TimeDelta::seconds(60)));
    assert_eq!(mint(Some(6000), now()), Ok(TimeDelta::seconds(600)));
    assert_eq!(mint(Some(0), now()), Err(MintError::Expired));
    assert_eq!(mint(None, now() - TimeDelta::days(1)), Err(MintError::NoKey));
    // Whole seconds, and never longer than the lifetime.
    let between = now() + TimeDelta::milliseconds(900);
    assert_eq!(mint(None, between), Ok(TimeDelta::milliseconds(599_100)));
}

#[test]
fn no_output_shows_a_token() {
    let minted = issuer().mint(&keys().ring(), grant(), now(), &SystemRandom).unwrap();
    assert!(!format!("{minted:?}").contains(minted.token.expose()));
    assert_eq!(InvalidToken.to_string(), "the access token is not valid; get a new one");
}
