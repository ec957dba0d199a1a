//! Attempts are counted before they are evaluated, in the database, so that no number of parallel guesses or processes
//! gets more than the limit (OWASP ASVS 5.0 section 6.3.1). A window ends by itself: nobody is locked out for good.

use super::policy::Limit;
use super::{App, Cx, View};
use crate::domain::UserId;
use crate::error::{Error, Exhausted};
use std::net::IpAddr;
use std::sync::PoisonError;
use tracing::Instrument;

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub enum Attempt<'a> {
    /// Anything from one network address.
    Address(&'a str),
    /// A log-in to one account (by the address typed, whether or not there is such an account).
    Account(&'a str),
    /// A log-in to an account from where its owner logged in before. Strangers can't use this up for them.
    Familiar(UserId, &'a str),
    /// A mail with a code that proves one address.
    SignUpMail(&'a str),
    /// A mail with a reset code to one address. Counted apart, so that nobody's sign-ups keep the owner from a reset.
    ResetMail(&'a str),
    /// A person's tries at their own current password.
    Password(UserId),
}

impl Attempt<'_> {
    /// What stands in the database for it: the table tells nobody who tried what.
    pub fn digest(&self) -> [u8; 32] {
        let text = match self {
            Attempt::Address(address) => format!("address {}", network(address)),
            Attempt::Account(key) => format!("account {key}"),
            Attempt::Familiar(user, address) => format!("familiar {user} {}", network(address)),
            Attempt::SignUpMail(key) => format!("sign-up mail {key}"),
            Attempt::ResetMail(key) => format!("reset mail {key}"),
            Attempt::Password(user) => format!("password {user}"),
        };
        crate::seal::sha256(text.as_bytes())
    }
}

/// Who has one IPv6 address has the 2^64 beside it: they count as one.
fn network(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        _ => address.to_owned(),
    }
}

impl View<'_> {
    /// Counts an attempt, and refuses it if there were too many in the window.
    pub async fn attempt(&self, attempt: Attempt<'_>, limit: Limit) -> Result<(), Error> {
        let (upkeep, now) = (self.app.store.at_once(), self.app.clock.now());
        let (attempts, ends_at) = upkeep
            .throttles()
            .count(attempt.digest(), now, now + limit.window)
            .await?;
        if attempts > limit.attempts {
            let retry = (ends_at - now).to_std().unwrap_or_default();
            return Err(Exhausted::Attempts { retry }.into());
        }
        Ok(())
    }
}

/// Attempts that were good ones, to be taken back: of what, and whether all that were counted.
#[derive(Debug, Default)]
pub(super) struct Forgiven(Vec<([u8; 32], bool)>);

impl Cx<'_> {
    /// Takes back all attempts that were counted, once the transaction is committed.
    pub(super) fn forgive(&mut self, digest: [u8; 32]) {
        self.forgiven.0.push((digest, true));
    }
}

impl View<'_> {
    /// Takes back this one attempt, once the call is answered: its proof was right.
    pub(super) fn forgive_one(&self, digest: [u8; 32]) {
        self.note(digest, false);
    }

    /// Takes back all attempts that were counted, once the call is answered.
    pub(super) fn forgive(&self, digest: [u8; 32]) {
        self.note(digest, true);
    }

    fn note(&self, digest: [u8; 32], whole: bool) {
        let mut forgiven = self.forgiven.lock().unwrap_or_else(PoisonError::into_inner);
        forgiven.0.push((digest, whole));
    }

    /// What is to be taken back.
    pub(super) fn forgiven(&self) -> Forgiven {
        std::mem::take(&mut self.forgiven.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl App {
    /// Takes attempts back, if any are to be. It isn't done in the transaction: whoever logs in from one network would wait
    /// for each other's commits. Once begun it is done to its end even if the caller waits no longer, or the good log-ins
    /// of an impatient client would lock its user out. If it fails, good attempts count until their window ends.
    pub(super) async fn take_back(&self, forgiven: Forgiven) {
        if forgiven.0.is_empty() {
            return;
        }
        let app = self.clone();
        let forgiving = tokio::spawn(async move { app.forgive(forgiven).await }.in_current_span());
        // It logs what goes wrong.
        let _ = forgiving.await;
    }

    async fn forgive(&self, forgiven: Forgiven) {
        // One by one: two that take back the same, in one statement each, could wait for each other.
        for (digest, whole) in forgiven.0 {
            let throttles = self.store.at_once();
            let done = match whole {
                true => throttles.throttles().clear(digest).await,
                false => throttles.throttles().give_back(digest).await,
            };
            if let Err(error) = done {
                tracing::warn!(%error, "good attempts stay counted");
            }
        }
    }
}

impl View<'_> {
    /// Counts a log-in to an account, on the account's own count, or, from where its owner was before, on another: a
    /// stranger who uses up the first can't keep the owner out. Returns what to clear when it succeeds.
    pub(super) async fn log_in_attempt(&self, key: &str, user: Option<UserId>) -> Result<[u8; 32], Error> {
        let (policy, address) = (&self.app.policy, self.call.address.as_str());
        self.attempt(Attempt::Address(address), policy.address_attempts).await?;
        // The look-up runs for unknown accounts too, so that they take as long.
        let asked = user.unwrap_or(UserId::new(uuid::Uuid::nil()));
        let familiar = self.rows.sessions().knows_address(asked, address).await?;
        let attempt = match user {
            Some(user) if familiar => Attempt::Familiar(user, address),
            _ => Attempt::Account(key),
        };
        self.attempt(attempt, policy.account_attempts).await?;
        Ok(attempt.digest())
    }
}
