//! Clean-up: what is forgotten, what stays, and what never goes.

use super::outside;
use crate::support::{World, each_engine, with};
use chrono::TimeDelta;
use roster::mail::transport::Memory;
use roster::pb::roster::identity::v1 as id;
use roster::store::entity::{challenge, change, mail, reply, revocation, session, throttle};
use roster::worker::clean::sweep;
use roster::worker::mail::{Mailer, round};
use sea_orm::{EntityTrait, PaginatorTrait};
use std::sync::Arc;

/// How many rows there are: challenges, sessions, kept answers, attempts, revocations, mails; and changes.
async fn counts(world: &World) -> ([u64; 6], u64) {
    let rows = outside(&world.database).await;
    let counts = [
        challenge::Entity::find().count(&rows).await.unwrap(),
        session::Entity::find().count(&rows).await.unwrap(),
        reply::Entity::find().count(&rows).await.unwrap(),
        throttle::Entity::find().count(&rows).await.unwrap(),
        revocation::Entity::find().count(&rows).await.unwrap(),
        mail::Entity::find().count(&rows).await.unwrap(),
    ];
    let changes = change::Entity::find().count(&rows).await.unwrap();
    (counts, changes)
}

each_engine! {
    async fn i14_what_is_old_goes_by_its_own_term_and_the_change_log_stays(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let gone = world.log_in("ana@example.org").await;
        let request = id::LogOutRequest { request_id: uuid::Uuid::now_v7().to_string(), ..Default::default() };
        world.identity().log_out(with(&gone.token, request)).await.unwrap();
        let reset = id::RequestPasswordResetRequest { email: "ana@example.org".into(), ..Default::default() };
        world.identity().request_password_reset(reset).await.unwrap();
        let wrong = id::LogInRequest { email: "ana@example.org".into(), password: "wrong".into(), ..Default::default() };
        world.identity().log_in(wrong).await.unwrap_err();
        let out = Mailer {
            transport: Arc::new(Memory::default()),
            from: "no-reply@example.org".parse().unwrap(),
            base_url: "https://people.example.org".into(),
        };
        while round(&world.app, &out).await.unwrap() > 0 {}
        // One more, which waits to be sent.
        world.add(&ana, "bob@example.org", "member").await;

        let (before, changes) = counts(&world).await;
        assert!(before.iter().all(|rows| *rows > 0), "there is something of everything: {before:?}");
        sweep(&world.app).await.unwrap();
        let (now, _) = counts(&world).await;
        assert_eq!(now[1..3], before[1..3], "nothing is old yet");
        assert_eq!(now[4..], before[4..]);

        world.clock.advance(TimeDelta::hours(25));
        sweep(&world.app).await.unwrap();
        let (day, _) = counts(&world).await;
        assert_eq!(day[0], 0, "codes and handles are dead");
        assert_eq!(day[1], before[1], "sessions that ended are still shown");
        assert_eq!(day[2..5], [0, 0, 0], "answers, attempts, revocations");
        assert_eq!(day[5], before[5]);

        world.clock.advance(TimeDelta::days(400));
        sweep(&world.app).await.unwrap();
        let (year, log) = counts(&world).await;
        assert_eq!(year, [0, 0, 0, 0, 0, 1], "the mail that waits is not done with");
        assert_eq!(log, changes, "the change log is never touched");
    }
}
