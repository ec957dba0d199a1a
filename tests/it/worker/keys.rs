//! Signing keys over their life, as those see them who verify.

use super::{ENGINES, bare, world};
use crate::support::{Engine, World, with};
use chrono::TimeDelta;
use roster::clock::{Clock, FakeClock, SystemClock};
use roster::config::{Algorithm, Config, Sources};
use roster::pb::roster::identity::v1 as id;
use roster::worker::keys::{KeyPolicy, ensure, list, reload, rotate};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

fn header(token: &str) -> Value {
    let head = token.split('.').next().unwrap();
    serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(head.as_bytes()).unwrap()).unwrap()
}

fn kid(token: &str) -> String {
    header(token)["kid"].as_str().unwrap().to_owned()
}

/// The published keys.
async fn published(world: &World) -> Vec<Value> {
    let answer = world
        .identity()
        .get_signing_keys(id::GetSigningKeysRequest::default())
        .await
        .unwrap()
        .into_inner();
    let set: Value = serde_json::from_str(&answer.jwks).unwrap();
    set["keys"].as_array().unwrap().clone()
}

async fn kids(world: &World) -> BTreeSet<String> {
    published(world)
        .await
        .iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

async fn served(world: &World, token: &str) -> bool {
    world
        .identity()
        .get_me(with(token, id::GetMeRequest::default()))
        .await
        .is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_start_at_once_make_one_key() {
    for engine in ENGINES {
        for round in 0..3 {
            let database = engine.database().await;
            let folder = tempfile::tempdir().unwrap();
            let config = Config::load(Sources::development(folder.path())).unwrap();
            let clock = FakeClock::at(SystemClock.now());
            let mut apps = vec![];
            for _ in 0..4 {
                apps.push(bare(&database, &config, &clock).await);
            }
            // All are connected, so that they really begin together.
            let start = Arc::new(tokio::sync::Barrier::new(apps.len()));
            let mut tasks = tokio::task::JoinSet::new();
            for app in apps.iter().cloned() {
                let (policy, start) = (KeyPolicy::of(&config.tokens), start.clone());
                tasks.spawn(async move {
                    start.wait().await;
                    ensure(&app, &policy).await.unwrap();
                    app.keyring.load().jwks_at(app.clock.now()).to_string()
                });
            }
            let sets: BTreeSet<String> = tasks.join_all().await.into_iter().collect();
            assert_eq!(
                sets.len(),
                1,
                "{engine:?}, round {round}: all of them publish the same key"
            );
            assert_eq!(list(&apps[0].store).await.unwrap().len(), 1);
        }
        println!("{engine:?}: 4 processes, 3 rounds");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r03_a_new_key_is_published_before_it_signs_and_the_old_one_goes_when_nothing_needs_it() {
    for engine in ENGINES {
        let (world, config) = world(engine, |_| {}).await;
        let policy = KeyPolicy::of(&config.tokens);
        world.sign_up("ana@example.org").await;
        let first = kids(&world).await;
        assert_eq!(first.len(), 1);
        let made = rotate(&world.app.store, &world.app.sealer, &world.clock, &policy)
            .await
            .unwrap();
        reload(&world.app).await.unwrap();
        let second = made.created.unwrap().0;
        let both: BTreeSet<_> = first.iter().cloned().chain([second.clone()]).collect();
        assert_eq!(kids(&world).await, both);
        // Asked again, there is nothing to begin: one rotation is under way.
        let again = rotate(&world.app.store, &world.app.sealer, &world.clock, &policy)
            .await
            .unwrap();
        assert_eq!(again.created, None);

        world.clock.advance(policy.publish_ahead - TimeDelta::seconds(1));
        let before = world.log_in("ana@example.org").await;
        assert!(
            first.contains(&kid(&before.token)),
            "{engine:?}: published, and not signing yet"
        );
        world.clock.advance(TimeDelta::seconds(1));
        let after = world.log_in("ana@example.org").await;
        assert_eq!(kid(&after.token), second);
        assert!(
            served(&world, &before.token).await,
            "what the old one signed still counts"
        );
        assert_eq!(kids(&world).await, both);

        world.clock.advance(policy.overlap);
        assert_eq!(kids(&world).await, BTreeSet::from([second]));
        assert!(!served(&world, &before.token).await);
        for key in published(&world).await {
            for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                assert!(key.get(private).is_none(), "{private} is published");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_algorithm_signs_and_verifies_and_one_follows_another() {
    for (algorithm, alg, kty) in [
        (Algorithm::EdDsa, "EdDSA", "OKP"),
        (Algorithm::Es256, "ES256", "EC"),
        (Algorithm::Rs256, "RS256", "RSA"),
    ] {
        let (world, mut config) = world(Engine::Sqlite, |config| config.tokens.algorithm = algorithm).await;
        let ana = world.sign_up("ana@example.org").await;
        assert_eq!(header(&ana.token)["alg"], alg);
        assert_eq!(header(&ana.token)["typ"], "at+jwt");
        assert!(served(&world, &ana.token).await);
        let keys = published(&world).await;
        assert_eq!(
            (
                keys[0]["alg"].as_str(),
                keys[0]["kty"].as_str(),
                keys[0]["use"].as_str()
            ),
            (Some(alg), Some(kty), Some("sig"))
        );
        // The next key is of another kind; tokens of both verify meanwhile.
        config.tokens.algorithm = if algorithm == Algorithm::Es256 {
            Algorithm::EdDsa
        } else {
            Algorithm::Es256
        };
        let policy = KeyPolicy::of(&config.tokens);
        rotate(&world.app.store, &world.app.sealer, &world.clock, &policy)
            .await
            .unwrap();
        reload(&world.app).await.unwrap();
        world.clock.advance(policy.publish_ahead - TimeDelta::seconds(1));
        let before = world.log_in("ana@example.org").await;
        world.clock.advance(TimeDelta::seconds(1));
        let after = world.log_in("ana@example.org").await;
        assert_eq!(header(&before.token)["alg"], alg);
        assert_ne!(header(&after.token)["alg"], alg);
        assert!(served(&world, &before.token).await && served(&world, &after.token).await);
    }
}
