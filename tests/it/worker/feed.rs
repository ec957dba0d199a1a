//! The revocation feed: what one process revoked, the others refuse a moment later.

use super::{ENGINES, process, world};
use crate::support::{Engine, Person, World, until, with};
use chrono::TimeDelta;
use roster::app::App;
use roster::clock::{Clock, Time};
use roster::domain::SessionId;
use roster::domain::event::{Event, Revocation, SessionEnd};
use roster::error::Error;
use roster::pb::roster::identity::v1 as id;
use roster::random::{Random, SystemRandom};
use roster::store::Receipt;
use roster::store::change::Origin;
use roster::worker;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Starts the feed of a process; it ends with the guard.
async fn fed(app: &App) -> tokio_util::sync::DropGuard {
    let stop = CancellationToken::new();
    worker::feed::catch_up(app).await.unwrap();
    tokio::spawn(worker::feed::run(app.clone(), stop.clone()));
    stop.drop_guard()
}

async fn refused_by(app: &App, token: &str) -> bool {
    match app.authenticate(token).await {
        Ok(_) => false,
        Err(Error::Unauthenticated) => true,
        Err(other) => panic!("{other:?}"),
    }
}

/// How long it took until a process refused a token.
async fn noticed(app: &App, token: &str) -> Duration {
    let began = Instant::now();
    until(async || refused_by(app, token).await.then_some(())).await;
    began.elapsed()
}

/// Writes a revocation as another process would, but tells nobody.
async fn revoke_silently(world: &World, person: &Person, at: Time) {
    let session: SessionId = person.session.parse().unwrap();
    let tx = world.app.store.begin().await.unwrap();
    let why = SessionEnd::Revoked;
    let ended = Event::SessionEnded {
        session,
        user: person.user.parse().unwrap(),
        why,
    };
    let events = vec![(None, ended)];
    let revocations = vec![(SystemRandom.uuid(at), Revocation::Session(session))];
    let receipt = Receipt {
        origin: Origin::default(),
        at,
        events,
        revocations,
        mails: vec![],
        replay: None,
    };
    tx.commit(receipt).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h01_a_revocation_is_known_to_other_processes_within_two_seconds() {
    for engine in ENGINES {
        let (world, config) = world(engine, |_| {}).await;
        let ana = world.sign_up("ana@example.org").await;
        let other = process(&world.database, &config, &world.clock).await;
        let _feed = fed(&other).await;
        let mut times = vec![];
        for _ in 0..7 {
            let session = world.log_in("ana@example.org").await;
            assert!(!refused_by(&other, &session.token).await);
            world
                .identity()
                .log_out(with(&session.token, id::LogOutRequest::default()))
                .await
                .unwrap();
            times.push(noticed(&other, &session.token).await);
        }
        times.sort_unstable();
        println!("{engine:?}: 7 revocations noticed after {times:?}");
        assert!(times[6] < Duration::from_secs(2), "{times:?}");
        // Without PostgreSQL's word it would take half a second on the average.
        assert!(
            engine == Engine::Sqlite || times[3] < Duration::from_millis(400),
            "{times:?}"
        );
        assert!(!refused_by(&other, &ana.token).await, "nobody else is refused");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h01_without_word_from_the_database_it_is_found_by_looking() {
    for engine in ENGINES {
        let (world, config) = world(engine, |_| {}).await;
        let ana = world.sign_up("ana@example.org").await;
        let other = process(&world.database, &config, &world.clock).await;
        let _feed = fed(&other).await;
        assert!(!refused_by(&other, &ana.token).await);
        revoke_silently(&world, &ana, world.clock.now()).await;
        let time = noticed(&other, &ana.token).await;
        assert!(time < Duration::from_secs(2), "{engine:?}: {time:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h01_a_row_that_commits_half_a_minute_late_is_still_found() {
    for engine in ENGINES {
        let (world, config) = world(engine, |_| {}).await;
        let ana = world.sign_up("ana@example.org").await;
        let marker = world.log_in("ana@example.org").await;
        let other = process(&world.database, &config, &world.clock).await;
        let _feed = fed(&other).await;
        let began = world.clock.now();
        world.clock.advance(TimeDelta::seconds(30));
        // Once this is known, the feed has looked at the later time.
        revoke_silently(&world, &marker, world.clock.now()).await;
        noticed(&other, &marker.token).await;
        assert!(!refused_by(&other, &ana.token).await);
        revoke_silently(&world, &ana, began).await;
        assert!(noticed(&other, &ana.token).await < Duration::from_secs(2), "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_starts_knows_what_was_revoked_before() {
    for engine in ENGINES {
        let (world, config) = world(engine, |_| {}).await;
        let ana = world.sign_up("ana@example.org").await;
        revoke_silently(&world, &ana, world.clock.now()).await;
        world.clock.advance(TimeDelta::minutes(9));
        let other = process(&world.database, &config, &world.clock).await;
        worker::feed::catch_up(&other).await.unwrap();
        assert!(other.revocations.fresh());
        assert!(refused_by(&other, &ana.token).await, "{engine:?}");
    }
}

/// On one thread, so that the recorder hears the process and nothing else.
#[tokio::test(flavor = "current_thread")]
async fn while_the_feed_stands_still_the_database_is_asked_and_that_is_counted() {
    for engine in ENGINES {
        let (world, config) = world(engine, |_| {}).await;
        let ana = world.sign_up("ana@example.org").await;
        let gone = world.log_in("ana@example.org").await;
        let other = process(&world.database, &config, &world.clock).await;
        world
            .identity()
            .log_out(with(&gone.token, id::LogOutRequest::default()))
            .await
            .unwrap();
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        let count = || {
            let text = handle.render();
            let line = text
                .lines()
                .find(|line| line.starts_with("roster_revocation_fallbacks_total "));
            line.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
        };
        let guard = metrics::set_default_local_recorder(&recorder);
        assert!(!other.revocations.fresh());
        assert!(refused_by(&other, &gone.token).await, "{engine:?}");
        assert!(!refused_by(&other, &ana.token).await);
        assert_eq!(count(), 2);
        // Fed, it asks no more.
        worker::feed::catch_up(&other).await.unwrap();
        assert!(refused_by(&other, &gone.token).await);
        assert!(!refused_by(&other, &ana.token).await);
        assert_eq!(count(), 2);
        drop(guard);
        // Neither feed nor database: nobody is let in on the strength of a memory that may be old.
        let third = process(&world.database, &config, &world.clock).await;
        third.store.close().await;
        assert!(matches!(third.authenticate(&ana.token).await, Err(Error::Unavailable)));
    }
}
