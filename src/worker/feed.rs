//! The revocation feed: what any process revoked is known in this one, a moment later with PostgreSQL's wake-up, within a
//! second without.
//!
//! Looks overlap by a minute, and entering a mark twice changes nothing, so a row that commits late is not missed. While
//! the feed fails, `App::authenticate` notices that the memory is old and asks the database itself. Start at [`run`].

use super::{Trouble, pause};
use crate::app::App;
use crate::auth::token::LEEWAY;
use crate::clock::Time;
use crate::error::Error;
use chrono::TimeDelta;
use std::convert::Infallible;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The longest time between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// The shortest: wakes that come in a heap are answered by one look.
const APART: Duration = Duration::from_millis(20);
/// How long one look may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(5);
/// How far each look goes back behind the last: longer than a transaction may take plus what the clocks differ.
const OVERLAP: TimeDelta = TimeDelta::seconds(60);

/// Enters everything that a token still valid could run into. Await it before serving: until then nothing is known.
///
/// # Errors
/// The database's.
pub async fn catch_up(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    look(app, now - life(app)).await
}

/// Feeds until `stop`.
///
/// # Errors
/// None: a database that is away is waited for.
pub async fn run(app: App, stop: CancellationToken) -> Result<(), Infallible> {
    let wake = Notify::new();
    tokio::join!(
        stop.run_until_cancelled(listen(&app, &wake)),
        follow(&app, &wake, &stop)
    );
    Ok(())
}

/// How long a mark may matter: a token made just before it lives that long, and is accepted the leeway longer.
fn life(app: &App) -> TimeDelta {
    TimeDelta::from_std(app.issuer.lifetime).unwrap_or(TimeDelta::MAX / 2) + LEEWAY + OVERLAP
}

/// Where a look begins. It goes behind the last that worked, however long ago that was; and a clock that was put back
/// doesn't leave a gap.
fn since(last: Time, now: Time) -> Time {
    last.min(now) - OVERLAP
}

async fn look(app: &App, since: Time) -> Result<(), Error> {
    let started = Instant::now();
    for (revocation, at) in app.store.reads().revocations().list_since(since).await? {
        app.revocations.enter(revocation, at);
    }
    app.revocations.fed(started);
    Ok(())
}

async fn follow(app: &App, wake: &Notify, stop: &CancellationToken) {
    let mut trouble = Trouble::new("revocation feed");
    // Whoever starts this has caught up; if not, the first look does.
    let mut last = app.clock.now() - if app.revocations.fresh() { OVERLAP } else { life(app) };
    let (mut fed, mut swept) = (Instant::now(), Instant::now());
    loop {
        let (started, now) = (Instant::now(), app.clock.now());
        let looked = tokio::time::timeout(PATIENCE, look(app, since(last, now))).await;
        if trouble.note(looked.unwrap_or(Err(Error::Unavailable))).is_some() {
            (fed, last) = (started, now);
        }
        if swept.elapsed() >= Duration::from_secs(60) {
            app.revocations.forget(now - life(app));
            swept = Instant::now();
        }
        metrics::gauge!("roster_revocation_feed_lag_seconds").set(fed.elapsed().as_secs_f64());
        metrics::gauge!("roster_revocations").set(app.revocations.len() as f64);
        if !pause(APART, stop).await {
            return;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = wake.notified() => {}
            () = tokio::time::sleep(trouble.wait(EVERY, EVERY)) => {}
        }
    }
}

/// Passes on what PostgreSQL tells. It only hastens: without it the feed looks every second all the same.
async fn listen(app: &App, wake: &Notify) {
    let mut trouble = Trouble::new("waiting for word from other processes");
    loop {
        let heard = async {
            let Some(mut listener) = app.store.listener().await? else {
                // This engine has no such thing, nor other processes.
                return std::future::pending().await;
            };
            trouble.note(Ok(()));
            // What was said before it listened is looked up now.
            wake.notify_one();
            loop {
                listener.heard().await?;
                wake.notify_one();
            }
        };
        let ended: Result<(), Error> = heard.await;
        trouble.note(ended);
        tokio::time::sleep(trouble.wait(EVERY, Duration::from_secs(30))).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Time {
        Time::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    #[test]
    fn a_look_goes_a_minute_behind_the_last_that_worked() {
        assert_eq!(since(at(1000), at(1001)), at(940));
        assert_eq!(
            since(at(1000), at(4600)),
            at(940),
            "an hour without the database is made up for"
        );
        assert_eq!(since(at(4600), at(1000)), at(940), "the clock was put back");
    }
}
