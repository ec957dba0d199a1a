//! Refusals of privileged calls leave a trace too, in a transaction of their own: the refused one is gone, and so is one that
//! was only a dry run, or that was undone as a whole.
//!
//! Nobody fills the log with them: of one caller, this process records [`MOST`] in [`WINDOW`]. What is beyond is counted by
//! the metric `roster_refusals_unrecorded_total`, and one record says from where on the log is silent, and until when.

use super::{App, Call, Cx};
use crate::auth::rules::{Rule, Who};
use crate::clock::Time;
use crate::domain::event::{Event, NamedRole};
use crate::domain::{RoleId, Roles, UserId};
use crate::error::Error;
use crate::store::Receipt;
use crate::store::change::Origin;
use moka::sync::Cache;
use std::sync::{Arc, Mutex, PoisonError};

/// Refusals of one caller that are recorded in a [`WINDOW`]: as many as the largest selection has members.
pub const MOST: usize = 1_000;
/// For how long they are counted together.
pub const WINDOW: chrono::Duration = chrono::Duration::minutes(10);
/// Callers whose refusals are counted at once.
const CALLERS: u64 = 100_000;

/// Members that one event tells of. Where more are concerned there are several.
pub(super) const TOLD: usize = 1_000;

/// A read that is recorded when it is refused: it takes the whole list away.
const TAKES_ALL: Who = Who::Holding("members.export");

/// What a running operation is on, and the refusals that it doesn't end with: they are recorded whatever becomes of it.
#[derive(Debug, Default)]
pub(super) struct Noted {
    on: String,
    refusals: Vec<Event>,
}

impl Cx<'_> {
    /// Says whom or what the operation is on from here, for the log, should it be refused.
    pub(super) fn on(&mut self, what: impl ToString) {
        self.noted.on = what.to_string();
    }

    /// Notes the refusal of a part of what was asked, if it is about rights. The rest goes on.
    pub(super) fn refuse(&mut self, error: &Error, on: impl ToString) {
        if error.is_about_rights() {
            self.noted.refusals.push(refused(error, on));
        }
    }
}

/// A refusal, with the facts that its message names, and on whom the call would have acted, where that is known.
pub(super) fn refused(error: &Error, on: impl ToString) -> Event {
    Event::CallRefused {
        on: on.to_string(),
        reason: error.reason(),
        facts: error.facts(),
    }
}

/// Roles as the log tells them: names change and are given again, ids aren't.
pub(super) fn named(roles: &Roles, ids: &[RoleId]) -> Vec<NamedRole> {
    let name = |id| roles.find(id).map(|role| role.name.clone()).unwrap_or_default();
    ids.iter()
        .map(|id| NamedRole {
            id: *id,
            name: name(*id),
        })
        .collect()
}

/// Who called, and how.
pub(super) fn origin(call: &Call) -> Origin {
    Origin {
        user: call.caller.as_ref().map(|c| c.user),
        session: call.caller.as_ref().map(|c| c.session),
        method: call.rule.path.to_owned(),
        correlation: call.correlation.clone(),
        address: call.address.clone(),
    }
}

fn privileged(rule: &Rule) -> bool {
    rule.mutates || rule.who == TAKES_ALL
}

impl App {
    /// Records that somebody tried what they may not, before it was known on what. A failure to record is logged, and
    /// changes nothing for the caller: they are refused either way.
    pub async fn note_refusal(&self, call: &Call, error: &Error) {
        self.record(call, vec![refused(error, "")]).await;
    }

    /// Records the refusals of a call that ended.
    pub(super) async fn note(&self, call: &Call, noted: Noted, error: Option<&Error>) {
        let Noted { on, mut refusals } = noted;
        if let Some(error) = error.filter(|error| error.is_about_rights()) {
            refusals.push(refused(error, on));
        }
        self.record(call, refusals).await;
    }

    async fn record(&self, call: &Call, mut refusals: Vec<Event>) {
        let Some(caller) = call.caller.as_deref().filter(|_| privileged(call.rule)) else {
            return;
        };
        if refusals.is_empty() {
            return;
        }
        let (at, organization) = (self.clock.now(), caller.place().map(|place| place.organization));
        self.refusals.limit(caller.user, at, &mut refusals);
        if refusals.is_empty() {
            return;
        }
        let receipt = Receipt {
            origin: origin(call),
            at,
            events: refusals.into_iter().map(|event| (organization, event)).collect(),
            revocations: vec![],
            mails: vec![],
            replay: None,
        };
        let noted = match self.store.begin().await {
            Ok(tx) => tx.commit(receipt).await,
            Err(error) => Err(error),
        };
        if let Err(error) = noted {
            tracing::error!(%error, method = call.rule.path, "a refusal could not be recorded");
        }
    }
}

/// How many refusals of each caller were recorded lately. It is in memory, so that what is beyond the limit costs no
/// statement at all; each process counts for itself.
#[derive(Debug)]
pub struct Refusals(Cache<UserId, Arc<Mutex<Window>>>);

#[derive(Debug)]
struct Window {
    recorded: usize,
    ends_at: Time,
    /// Whether it was recorded that the log is silent.
    told: bool,
}

impl Refusals {
    /// None yet.
    pub fn new() -> Refusals {
        Refusals(Cache::new(CALLERS))
    }

    /// Cuts off what is too much, with one event in its place the first time.
    fn limit(&self, user: UserId, now: Time, refusals: &mut Vec<Event>) {
        let fresh = || Window {
            recorded: 0,
            ends_at: now + WINDOW,
            told: false,
        };
        let window = self.0.get_with(user, || Arc::new(Mutex::new(fresh())));
        let mut window = window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.ends_at <= now {
            *window = fresh();
        }
        let beyond = refusals.len().saturating_sub(MOST - window.recorded);
        refusals.truncate(refusals.len() - beyond);
        window.recorded += refusals.len();
        if beyond > 0 {
            metrics::counter!("roster_refusals_unrecorded_total").increment(beyond as u64);
            if !std::mem::replace(&mut window.told, true) {
                let until = window.ends_at;
                refusals.push(Event::RefusalsOmitted { user, until });
            }
        }
    }
}

impl Default for Refusals {
    fn default() -> Refusals {
        Refusals::new()
    }
}
