//! The signing keys of the database: the first one made, the others in time, each known to this process before it signs.
//!
//! When keys change is planned by `auth::rotation`; here the plan is carried out, by one process at a time. Private halves
//! are sealed before they reach the store. Start at [`ensure`], then [`run`]; the command line uses [`list`] and [`rotate`].

use super::{Trouble, pause};
use crate::app::App;
use crate::auth::keyring::{self, Algorithm, Keyring, StoredKey};
use crate::auth::rotation::{Plan, plan_rotation, rotation_due};
use crate::auth::token::LEEWAY;
use crate::clock::{Clock, Time};
use crate::config;
use crate::domain::event::Event;
use crate::error::Error;
use crate::seal::Sealer;
use crate::store::change::Origin;
use crate::store::signing_key::SigningKeyRow;
use crate::store::{Receipt, Store};
use chrono::TimeDelta;
use std::convert::Infallible;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the keys are looked at. A new key is published for longer than this before it signs.
const EVERY: Duration = Duration::from_secs(30);
/// How often a rotation that lost a race is begun again.
const TRIES: u32 = 5;

/// What keys are made, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPolicy {
    /// What the next key signs with.
    pub algorithm: Algorithm,
    /// How long a key is published before it signs.
    pub publish_ahead: TimeDelta,
    /// How long a key signs.
    pub period: TimeDelta,
    /// How long its signatures count after it stopped: longer than a token lives.
    pub overlap: TimeDelta,
}

impl KeyPolicy {
    /// What the configuration says.
    pub fn of(tokens: &config::Tokens) -> KeyPolicy {
        let time = |time| TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX / 4);
        KeyPolicy {
            algorithm: match tokens.algorithm {
                config::Algorithm::EdDsa => Algorithm::EdDSA,
                config::Algorithm::Es256 => Algorithm::ES256,
                config::Algorithm::Rs256 => Algorithm::RS256,
            },
            publish_ahead: time(tokens.publish_ahead),
            period: time(tokens.key_rotation),
            // The minute is for clocks that differ, and for a process that hasn't heard yet that the key retired.
            overlap: time(tokens.lifetime) + LEEWAY + TimeDelta::minutes(1),
        }
    }
}

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rotation {
    /// The key made: its id, and when it begins to sign. None if a rotation is under way already, or none was due.
    pub created: Option<(String, Time)>,
    /// The ids of the keys that retire, at the time when the new one begins.
    pub retired: Vec<String>,
}

/// Makes sure that there are keys, and puts them to use. Await it before serving.
///
/// # Errors
/// The database's; [`Error::Internal`] if a key doesn't open, because the master key is another one.
pub async fn ensure(app: &App, policy: &KeyPolicy) -> Result<(), Error> {
    change(&app.store, &app.sealer, &*app.clock, policy, false).await?;
    reload(app).await?;
    let ring = app.keyring.load();
    let signer = ring
        .signer_at(app.clock.now())
        .ok_or_else(|| Error::Internal("no signing key is in use".into()))?;
    if signer.algorithm() != policy.algorithm {
        tracing::info!(
            in_use = signer.algorithm().as_str(),
            configured = policy.algorithm.as_str(),
            "the next signing key will be of another algorithm; `roster keys rotate` makes it now"
        );
    }
    Ok(())
}

/// Puts the keys to use that the database holds now.
///
/// # Errors
/// The database's; [`Error::Internal`] if a key doesn't open. The former keys then stay in use.
pub async fn reload(app: &App) -> Result<(), Error> {
    let keys = list(&app.store).await?;
    app.keyring.replace(opened(keys, &app.sealer)?);
    // What a key vouched for that is gone counts no more.
    app.verified.forget_all();
    Ok(())
}

/// All keys that the database holds, the oldest first.
///
/// # Errors
/// The database's; [`Error::Internal`] if a key is of an algorithm that this version doesn't know.
pub async fn list(store: &Store) -> Result<Vec<StoredKey>, Error> {
    store
        .reads()
        .signing_keys()
        .list()
        .await?
        .into_iter()
        .map(of_row)
        .collect()
}

/// Makes a new key now, whether one is due or not, and lets the former retire when it begins to sign. A rotation under way
/// is not begun again: then nothing changes.
///
/// # Errors
/// As [`ensure`].
pub async fn rotate(store: &Store, sealer: &Sealer, clock: &dyn Clock, policy: &KeyPolicy) -> Result<Rotation, Error> {
    change(store, sealer, clock, policy, true).await
}

/// Rotates when it is time and follows what other processes do, until `stop`.
///
/// # Errors
/// None: a database that is away is waited for; the keys in use stay in use.
pub async fn run(app: App, policy: KeyPolicy, stop: CancellationToken) -> Result<(), Infallible> {
    let mut trouble = Trouble::new("signing keys");
    let mut known = vec![];
    while pause(trouble.wait(EVERY, EVERY), &stop).await {
        trouble.note(turn(&app, &policy, &mut known).await);
    }
    Ok(())
}

async fn turn(app: &App, policy: &KeyPolicy, known: &mut Vec<StoredKey>) -> Result<(), Error> {
    change(&app.store, &app.sealer, &*app.clock, policy, false).await?;
    let keys = list(&app.store).await?;
    if keys != *known {
        app.keyring.replace(opened(keys.clone(), &app.sealer)?);
        app.verified.forget_all();
        *known = keys;
    }
    Ok(())
}

/// Rotates if it is due, or if it must be.
async fn change(
    store: &Store,
    sealer: &Sealer,
    clock: &dyn Clock,
    policy: &KeyPolicy,
    must: bool,
) -> Result<Rotation, Error> {
    if !must && !due(&list(store).await?, clock.now(), policy) {
        return Ok(Rotation::default());
    }
    let algorithm = policy.algorithm;
    // Before the transaction, for it may take a second; in the way of nobody, for it takes a processor.
    let made = tokio::task::spawn_blocking(move || keyring::generate(algorithm)).await;
    let made = made.map_err(internal)?.map_err(internal)?;
    let mut tries = 0;
    loop {
        tries += 1;
        match attempt(store, sealer, clock, policy, must, &made).await {
            Err(Error::Conflict) if tries < TRIES => tokio::time::sleep(Duration::from_millis(50)).await,
            done => return done,
        }
    }
}

async fn attempt(
    store: &Store,
    sealer: &Sealer,
    clock: &dyn Clock,
    policy: &KeyPolicy,
    must: bool,
    made: &keyring::GeneratedKey,
) -> Result<Rotation, Error> {
    let tx = store.begin().await?;
    tx.signing_keys().lock_all().await?;
    let rows = tx.signing_keys().list().await?;
    let keys = rows.into_iter().map(of_row).collect::<Result<Vec<_>, _>>()?;
    let now = clock.now();
    let plan = match must || due(&keys, now, policy) {
        true => plan_rotation(&keys, now, policy.publish_ahead, policy.overlap),
        false => Plan::default(),
    };
    let Some(start) = plan.create else {
        tx.rollback().await?;
        return Ok(Rotation::default());
    };
    // Under another master key than the others, the new key would make the set unreadable for everybody.
    opened(keys, sealer)?;
    let key = StoredKey::seal(made, now, start, sealer);
    tx.signing_keys().insert(&to_row(&key)).await?;
    let mut events = vec![Event::SigningKeyCreated {
        kid: key.kid.clone(),
        algorithm: key.algorithm.as_str().to_owned(),
    }];
    for end in &plan.retire {
        tx.signing_keys().retire(&end.kid, end.retires, end.removed).await?;
        events.push(Event::SigningKeyRetired { kid: end.kid.clone() });
    }
    let origin = Origin {
        method: "key rotation".to_owned(),
        ..Origin::default()
    };
    tx.commit(Receipt {
        origin,
        at: now,
        events: events.into_iter().map(|event| (None, event)).collect(),
        revocations: vec![],
        mails: vec![],
        replay: None,
    })
    .await?;
    tracing::info!(kid = key.kid, algorithm = key.algorithm.as_str(), signs_from = %start, "signing key made");
    let retired = plan.retire.into_iter().map(|end| end.kid).collect();
    Ok(Rotation {
        created: Some((key.kid, start)),
        retired,
    })
}

fn due(keys: &[StoredKey], now: Time, policy: &KeyPolicy) -> bool {
    rotation_due(keys, now, policy.period, policy.publish_ahead)
}

fn opened(keys: Vec<StoredKey>, sealer: &Sealer) -> Result<Keyring, Error> {
    Keyring::load(keys, sealer).map_err(internal)
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(error.to_string())
}

fn of_row(row: SigningKeyRow) -> Result<StoredKey, Error> {
    let algorithm = row
        .algorithm
        .parse()
        .map_err(|error| Error::Internal(format!("{:?} {error}", row.algorithm)))?;
    Ok(StoredKey {
        kid: row.kid,
        algorithm,
        public_jwk: row.public_jwk,
        sealed_private: row.sealed_private,
        created: row.created_at,
        not_before: row.not_before,
        retires: row.retires_at,
        removed: row.removed_at,
    })
}

fn to_row(key: &StoredKey) -> SigningKeyRow {
    SigningKeyRow {
        kid: key.kid.clone(),
        algorithm: key.algorithm.as_str().to_owned(),
        public_jwk: key.public_jwk.clone(),
        sealed_private: key.sealed_private.clone(),
        created_at: key.created,
        not_before: key.not_before,
        retires_at: key.retires,
        removed_at: key.removed,
    }
}

#[cfg(test)]
mod tests;
