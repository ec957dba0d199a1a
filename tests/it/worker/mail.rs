//! The outbox: each mail once, again while it may work, never when it won't; and its secrets gone when it is done.

use super::{ENGINES, bare, outside, process, world};
use crate::support::smtp::SmtpSink;
use crate::support::{Engine, World, each_engine, until};
use chrono::TimeDelta;
use roster::app::App;
use roster::clock::Clock;
use roster::mail::transport::{Memory, Outgoing, Security, SendError, Smtp, SmtpSettings, Transport};
use roster::store::entity::mail::{Entity, Model};
use roster::worker::mail::{Mailer, round};
use sea_orm::EntityTrait;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

fn mailer(transport: impl Transport + 'static) -> Mailer {
    Mailer {
        transport: Arc::new(transport),
        from: "Roster <no-reply@example.org>".parse().unwrap(),
        base_url: "https://people.example.org".to_owned(),
    }
}

fn over(sink: &SmtpSink) -> Mailer {
    mailer(
        Smtp::new(SmtpSettings {
            host: sink.address.ip().to_string(),
            port: sink.address.port(),
            security: Security::None,
            username: None,
            password: None,
            timeout: Duration::from_secs(10),
        })
        .unwrap(),
    )
}

async fn deliver_all(app: &App, mailer: &Mailer) {
    while round(app, mailer).await.unwrap() > 0 {}
}

async fn rows(world: &World) -> Vec<Model> {
    Entity::find().all(&outside(&world.database).await).await.unwrap()
}

/// A world whose mails so far are sent, and one more that waits.
async fn one_waiting(engine: Engine) -> (World, SmtpSink, Mailer) {
    let (world, _) = world(engine, |_| {}).await;
    let ana = world.sign_up("ana@example.org").await;
    deliver_all(&world.app, &mailer(Memory::default())).await;
    let sink = SmtpSink::start().await;
    let mailer = over(&sink);
    world.add(&ana, "bob@example.org", "member").await;
    (world, sink, mailer)
}

async fn waiting(world: &World) -> Model {
    rows(world)
        .await
        .into_iter()
        .find(|row| row.recipient == "bob@example.org")
        .unwrap()
}

each_engine! {
    async fn a_mail_goes_out_once_and_its_content_is_wiped(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        deliver_all(&world.app, &mailer(Memory::default())).await;
        let sink = SmtpSink::start().await;
        world.add(&ana, "bob@example.org", "member").await;
        let code = world.code("bob@example.org").await;
        deliver_all(&world.app, &over(&sink)).await;
        deliver_all(&world.app, &over(&sink)).await;
        let received = sink.received();
        assert_eq!(received.len(), 1);
        assert_eq!(received[0].to, ["bob@example.org"]);
        assert!(received[0].data.replace("=\r\n", "").contains(&code));
        for row in rows(&world).await {
            assert!(row.sent_at.is_some() && row.failed_at.is_none());
            assert_eq!(row.content, Vec::<u8>::new(), "{}", row.kind);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_for_now_is_tried_again_later_and_later() {
    for engine in ENGINES {
        let (world, sink, mailer) = one_waiting(engine).await;
        sink.answer(Some("451 4.7.1 come back later"));
        for (attempt, seconds) in [(1, 10), (2, 30), (3, 120), (4, 600)] {
            assert_eq!(round(&world.app, &mailer).await.unwrap(), 1, "{engine:?}: it is due");
            assert_eq!(round(&world.app, &mailer).await.unwrap(), 0, "not at once again");
            let row = waiting(&world).await;
            assert_eq!((row.attempts, row.sent_at, row.failed_at), (attempt, None, None));
            assert!(!row.content.is_empty(), "it is still needed");
            let wait = row.next_attempt_at - world.clock.now();
            let (least, most) = (TimeDelta::seconds(seconds) * 3 / 4, TimeDelta::seconds(seconds));
            assert!(least <= wait && wait <= most, "{attempt}: {wait}");
            let why = row.last_error.unwrap();
            assert!(
                !why.contains("bob") && !why.contains("come back"),
                "the server may quote the mail: {why}"
            );
            world.clock.advance(wait - TimeDelta::milliseconds(1));
            assert_eq!(round(&world.app, &mailer).await.unwrap(), 0, "nor a moment too early");
            world.clock.advance(TimeDelta::milliseconds(1));
        }
        sink.answer(None);
        deliver_all(&world.app, &mailer).await;
        assert_eq!(sink.received().len(), 1);
        assert!(waiting(&world).await.sent_at.is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_for_good_ends_it_and_wipes_it() {
    for engine in ENGINES {
        let (world, sink, mailer) = one_waiting(engine).await;
        sink.answer(Some("550 5.1.1 nobody of that name"));
        assert_eq!(round(&world.app, &mailer).await.unwrap(), 1);
        let row = waiting(&world).await;
        assert!(
            row.failed_at.is_some() && row.sent_at.is_none() && row.content.is_empty(),
            "{engine:?}: {row:?}"
        );
        sink.answer(None);
        world.clock.advance(TimeDelta::days(4));
        assert_eq!(round(&world.app, &mailer).await.unwrap(), 0);
        assert_eq!(sink.received().len(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_never_send_one_mail_twice() {
    for engine in ENGINES {
        let (world, config) = world(engine, |_| {}).await;
        let ana = world.sign_up("ana@example.org").await;
        deliver_all(&world.app, &mailer(Memory::default())).await;
        let (mails, processes) = (60, 4);
        for n in 0..mails {
            world.add(&ana, &format!("m{n}@example.org"), "member").await;
        }
        let sink = SmtpSink::start().await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..processes {
            let app = process(&world.database, &config, &world.clock).await;
            let mailer = over(&sink);
            tasks.spawn(async move {
                let mut taken = 0;
                loop {
                    match round(&app, &mailer).await.unwrap() {
                        0 => return taken,
                        some => taken += some,
                    }
                }
            });
        }
        let taken = tasks.join_all().await;
        let received = sink.received();
        println!("{engine:?}: {mails} mails, {processes} processes took {taken:?}");
        let people: HashSet<_> = received.iter().map(|mail| mail.to[0].clone()).collect();
        assert_eq!(
            (received.len(), people.len(), taken.iter().sum::<usize>()),
            (mails, mails, mails)
        );
        assert!(rows(&world).await.iter().all(|row| row.sent_at.is_some()));
    }
}

each_engine! {
    async fn a_code_stands_behind_no_invitation(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        deliver_all(&world.app, &mailer(Memory::default())).await;
        for n in 0..20 {
            world.add(&ana, &format!("m{n}@example.org"), "member").await;
            world.clock.advance(TimeDelta::seconds(1));
        }
        let reset = roster::pb::roster::identity::v1::RequestPasswordResetRequest { email: ana.email.clone(), ..Default::default() };
        world.identity().request_password_reset(reset).await.unwrap();
        let memory = Arc::new(Memory::default());
        let out = Mailer { transport: memory.clone(), ..mailer(Memory::default()) };
        assert_eq!(round(&world.app, &out).await.unwrap(), 8);
        let first: Vec<&str> = memory.sent().iter().map(|mail| mail.composed.template).collect();
        assert_eq!(first.iter().filter(|kind| **kind == "password-reset").count(), 1, "{first:?}");
        deliver_all(&world.app, &out).await;
        assert_eq!(memory.sent().len(), 21, "and the others follow");
    }
}

/// Hands the mail over, and then the process dies before it can note that.
#[derive(Debug, Default)]
struct Dying(Memory);

#[async_trait::async_trait]
impl Transport for Dying {
    async fn send(&self, outgoing: &Outgoing) -> Result<(), SendError> {
        self.0.send(outgoing).await?;
        std::future::pending().await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_sent_but_not_noted_goes_out_again_as_the_same_mail() {
    for engine in ENGINES {
        let (world, config) = world(engine, |_| {}).await;
        let ana = world.sign_up("ana@example.org").await;
        deliver_all(&world.app, &mailer(Memory::default())).await;
        world.add(&ana, "bob@example.org", "member").await;
        let dying = Arc::new(Dying::default());
        let first = Mailer {
            transport: dying.clone(),
            ..mailer(Memory::default())
        };
        let app = world.app.clone();
        let task = tokio::spawn(async move { round(&app, &first).await.map(drop) });
        until(async || (dying.0.sent().len() == 1).then_some(())).await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        // While the first may still live, nobody else takes it.
        let other = process(&world.database, &config, &world.clock).await;
        let memory = Arc::new(Memory::default());
        let second = Mailer {
            transport: memory.clone(),
            ..mailer(Memory::default())
        };
        world.clock.advance(TimeDelta::seconds(299));
        assert_eq!(round(&other, &second).await.unwrap(), 0, "{engine:?}");
        world.clock.advance(TimeDelta::seconds(1));
        assert_eq!(round(&other, &second).await.unwrap(), 1);
        let (before, after) = (dying.0.sent(), memory.sent());
        assert_eq!(before[0].message_id, after[0].message_id);
        assert_eq!(
            before[0].message().unwrap().formatted(),
            after[0].message().unwrap().formatted()
        );
        assert!(waiting(&world).await.sent_at.is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_sealed_under_another_master_key_waits_for_the_right_one() {
    let (world, mut config) = world(Engine::Sqlite, |_| {}).await;
    world.sign_up("ana@example.org").await;
    let folder = tempfile::tempdir().unwrap();
    let foreign = roster::config::Config::load(roster::config::Sources::development(folder.path())).unwrap();
    let right = std::mem::replace(&mut config.secrets, foreign.secrets.clone());
    let wrong = bare(&world.database, &config, &world.clock).await;
    let memory = Arc::new(Memory::default());
    let out = Mailer {
        transport: memory.clone(),
        ..mailer(Memory::default())
    };
    deliver_all(&wrong, &out).await;
    assert_eq!(memory.sent().len(), 0);
    assert!(
        rows(&world)
            .await
            .iter()
            .all(|row| row.failed_at.is_none() && !row.content.is_empty())
    );
    world.clock.advance(TimeDelta::seconds(30));
    config.secrets = right;
    deliver_all(&bare(&world.database, &config, &world.clock).await, &out).await;
    assert!(!memory.sent().is_empty());
}
