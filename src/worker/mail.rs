//! Delivers the outbox: takes the mails that are due, opens and composes each, hands it over, and writes down what came of
//! it.
//!
//! A mail is taken for a while and sent outside any transaction. Should the process die in between, another takes it again
//! later; it then goes out twice with one Message-ID, which is better than never. No address, name or content is logged.
//! Start at [`run`].

use super::{Trouble, pause};
use crate::app::App;
use crate::clock::Time;
use crate::domain::Email;
use crate::error::Error;
use crate::mail::backoff;
use crate::mail::message::{MailTemplate, compose};
use crate::mail::transport::{Outgoing, SendError, Sender, Transport, message_id};
use crate::seal::Purpose;
use crate::store::mail::QueuedMail;
use chrono::TimeDelta;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How often it looks for mails that are tried again, or that a process left behind.
const EVERY: Duration = Duration::from_secs(5);
/// How often it counts those that wait, for the gauge.
const COUNT_EVERY: Duration = Duration::from_secs(10);
/// How many are sent at once.
const AT_ONCE: u64 = 8;
/// How long one delivery may take, whatever the transport allows.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a mail is taken for: longer than a delivery and the note of it may take together.
const LEASE: TimeDelta = TimeDelta::seconds(300);
/// How often the note of a delivery is tried, a second apart and then twice as long each time.
const NOTES: u32 = 6;

/// How mails leave, and what they say about where they come from.
#[derive(Debug, Clone)]
pub struct Mailer {
    /// The way out.
    pub transport: Arc<dyn Transport>,
    /// The sender.
    pub from: Sender,
    /// What links begin with: `server.public_url`.
    pub base_url: String,
}

/// Delivers until `stop`; deliveries under way then are finished.
///
/// # Errors
/// None: a database or mail server that is away is waited for.
pub async fn run(app: App, mailer: Mailer, stop: CancellationToken) -> Result<(), Infallible> {
    let mut trouble = Trouble::new("mail");
    let mut counted: Option<Instant> = None;
    while !stop.is_cancelled() {
        if counted.is_none_or(|at| at.elapsed() >= COUNT_EVERY) {
            trouble.note(count(&app).await);
            counted = Some(Instant::now());
        }
        let taken = trouble.note(round(&app, &mailer).await).unwrap_or(0);
        if taken > 0 {
            // There may be more. What failed is due later, so this doesn't spin.
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = app.mail_due.notified() => {}
            () = tokio::time::sleep(trouble.wait(EVERY, Duration::from_secs(30))) => {}
        }
    }
    mailer.transport.close().await;
    Ok(())
}

/// Tells how many wait.
async fn count(app: &App) -> Result<(), Error> {
    let waiting = app.store.reads().mails().count_waiting().await?;
    metrics::gauge!("roster_mails_waiting").set(waiting as f64);
    Ok(())
}

/// Takes and delivers what is due, up to [`AT_ONCE`]. Returns how many were taken; whoever asks for all calls it until
/// that is none.
///
/// # Errors
/// The database's, before anything was sent.
pub async fn round(app: &App, mailer: &Mailer) -> Result<usize, Error> {
    let now = app.clock.now();
    // A look takes no writer's place.
    if !app.store.reads().mails().any_due(now).await? {
        return Ok(0);
    }
    let upkeep = app.store.upkeep().await?;
    let due = upkeep.mails().lease(now, now + LEASE, AT_ONCE).await?;
    upkeep.commit().await?;
    let taken = due.len();
    let mut under_way: FuturesUnordered<_> = due.into_iter().map(|mail| deliver(app, mailer, mail)).collect();
    while under_way.next().await.is_some() {}
    Ok(taken)
}

async fn deliver(app: &App, mailer: &Mailer, mail: QueuedMail) {
    let outcome = match written(app, mailer, &mail) {
        Ok(outgoing) => match tokio::time::timeout(PATIENCE, mailer.transport.send(&outgoing)).await {
            Ok(sent) => sent,
            Err(_) => Err(SendError::Transient("the delivery took too long".into())),
        },
        Err(error) => Err(error),
    };
    let to = mail
        .recipient
        .parse::<Email>()
        .map(|email| email.masked())
        .unwrap_or_default();
    let attempts = mail.attempts.saturating_add(1);
    match &outcome {
        Ok(()) => {
            tracing::info!(mail = %mail.id, template = mail.kind, to, attempts, "mail sent");
            metrics::counter!("roster_mails_sent_total", "template" => mail.kind.clone()).increment(1);
        }
        Err(error) => {
            tracing::warn!(mail = %mail.id, template = mail.kind, to, attempts, %error, "mail not sent");
            metrics::counter!("roster_mails_failed_total").increment(1);
        }
    }
    let now = app.clock.now();
    let next = outcome
        .as_ref()
        .err()
        .map(|error| backoff::after(error, u32::try_from(attempts).unwrap_or(u32::MAX), now, &*app.random));
    if let (Err(_), Some(None)) = (&outcome, next) {
        tracing::error!(mail = %mail.id, template = mail.kind, to, attempts, "mail given up");
    }
    note(app, &mail, attempts, &outcome, next.flatten(), now).await;
}

/// Writes down what came of a delivery, and tries again if the database is away: a mail sent and not noted is sent twice.
async fn note(
    app: &App,
    mail: &QueuedMail,
    attempts: i32,
    outcome: &Result<(), SendError>,
    next: Option<Time>,
    now: Time,
) {
    let mut trouble = Trouble::new("noting what came of a mail");
    let never = CancellationToken::new();
    for _ in 0..NOTES {
        let noted = async {
            let upkeep = app.store.upkeep().await?;
            match outcome {
                Ok(()) => upkeep.mails().sent(mail.id, now).await?,
                Err(error) => {
                    upkeep
                        .mails()
                        .failed(mail.id, attempts, &error.to_string(), next, now)
                        .await?
                }
            }
            upkeep.commit().await
        };
        if trouble.note(noted.await).is_some() {
            return;
        }
        pause(trouble.wait(Duration::ZERO, Duration::from_secs(32)), &never).await;
    }
    tracing::error!(mail = %mail.id, sent = outcome.is_ok(), "what came of a mail can't be noted; it will be sent again");
}

/// The mail as it goes out. Its date is the time it was queued at, so that every attempt carries the same bytes.
fn written(app: &App, mailer: &Mailer, mail: &QueuedMail) -> Result<Outgoing, SendError> {
    // All of this may be mended, by the right master key or the right version, and then the mail still goes out.
    let fault = |why: &str| SendError::Transient(why.to_owned());
    let content = app
        .sealer
        .open(Purpose::Mail, mail.id.as_bytes(), &mail.content)
        .map(zeroize::Zeroizing::new);
    let content = content.ok_or_else(|| fault("it doesn't open; is this the master key that it was sealed under?"))?;
    // The cause would quote the content.
    let template: MailTemplate =
        serde_json::from_slice(&content).map_err(|_| fault("this version doesn't know its template"))?;
    let to: Email = mail
        .recipient
        .parse()
        .map_err(|_| SendError::Permanent("the recipient's address can't be read".into()))?;
    let locale = mail.locale.parse().unwrap_or(app.policy.locale);
    let composed = compose(&app.words, locale, &mailer.base_url, &mail.recipient_name, &template)
        .map_err(|error| fault(&error.to_string()))?;
    Ok(Outgoing {
        from: mailer.from.clone(),
        to,
        message_id: message_id(mail.id, &mailer.from),
        composed,
        date: mail.created_at,
    })
}
