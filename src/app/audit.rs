//! Refusals of privileged calls leave a trace too, in a transaction of their own: the refused one is gone.

use super::run::origin;
use super::{App, Call};
use crate::domain::event::Event;
use crate::error::Error;
use crate::store::Receipt;

/// A refusal, with the facts that its message names, and on whom the call would have acted, where that is known.
pub(super) fn refused(error: &Error, on: impl ToString) -> Event {
    Event::CallRefused {
        on: on.to_string(),
        reason: error.reason(),
        facts: error.facts(),
    }
}

impl App {
    /// Records that somebody tried what they may not. A failure to record is logged, and changes nothing for the caller:
    /// they are refused either way.
    pub async fn note_refusal(&self, call: &Call, error: &Error) {
        if !call.rule.mutates || call.caller.is_none() {
            return;
        }
        let organization = call.caller.as_ref().and_then(|c| c.place()).map(|p| p.organization);
        let receipt = Receipt {
            origin: origin(call),
            at: self.clock.now(),
            events: vec![(organization, refused(error, ""))],
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
