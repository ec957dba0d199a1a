//! One batch in its transaction: what is good of it is done, by the rules of adding and updating one by one.
//!
//! The number of statements is the same for a batch of one row and of 500.

use super::judge::{Judge, Plan};
use super::row::Fault;
use super::rows::Batch;
use super::{BATCH_ROWS, RowFault};
use crate::app::audit::named;
use crate::app::{Answer, Cx};
use crate::domain::event::Event;
use crate::domain::member::Member;
use crate::error::Error;
use serde::{Deserialize, Serialize};

/// What became of a batch. It is kept under the batch's request id.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Outcome {
    pub(super) added: u64,
    pub(super) updated: u64,
    pub(super) skipped: u64,
    /// Seats taken.
    pub(super) seats: u64,
    pub(super) faults: Vec<RowFault>,
}

impl Answer<Outcome> for Outcome {
    fn of(output: Outcome) -> Outcome {
        output
    }

    fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Outcome> {
        serde_json::from_slice(bytes).ok()
    }
}

/// Judges a batch, and does what is good of it; all or nothing of it, if that was asked for.
pub(super) async fn run(cx: &mut Cx<'_>, batch: &Batch) -> Result<Outcome, Error> {
    let mut judge = Judge::new(cx, batch).await?;
    for rows in batch.rows.chunks(BATCH_ROWS) {
        judge.judge(cx, rows).await?;
    }
    let plan = judge.plan;
    let outcome = Outcome {
        added: plan.adds.len() as u64,
        updated: plan.changes.len() as u64,
        skipped: plan.skipped,
        seats: plan.seats,
        faults: plan.faults.iter().map(|fault| said(cx, batch, fault)).collect(),
    };
    for fault in &plan.faults {
        cx.refuse(&fault.error, &fault.who);
    }
    if batch.whole && !outcome.faults.is_empty() {
        cx.undo();
    } else if !cx.call.validate_only {
        add_all(cx, &plan).await?;
        change_all(cx, &plan).await?;
    }
    Ok(outcome)
}

fn said(cx: &Cx<'_>, batch: &Batch, fault: &Fault) -> RowFault {
    fault.said(cx.app, cx.call.locale, &batch.titles)
}

async fn add_all(cx: &mut Cx<'_>, plan: &Plan) -> Result<(), Error> {
    if plan.adds.is_empty() {
        return Ok(());
    }
    let members: Vec<&Member> = plan.adds.iter().collect();
    cx.tx.members().insert_all(&members).await?;
    for member in &members {
        let roles = named(&cx.roles, &member.roles);
        cx.emit(Event::MemberAdded {
            member: member.id,
            email: member.email.as_str().to_owned(),
            state: member.stored_state.as_str(),
            roles,
            groups: member.given.groups.clone(),
            tags: member.given.tags.clone(),
            grants: member.given.grants.clone(),
        });
    }
    if plan.seats > 0 {
        let organization = cx.home()?;
        let expires_at = cx.now + organization.invitation_lifetime;
        for some in members.chunks(BATCH_ROWS) {
            cx.send_invitations(&organization, some, expires_at, false).await?;
        }
    }
    Ok(())
}

async fn change_all(cx: &mut Cx<'_>, plan: &Plan) -> Result<(), Error> {
    if plan.changes.is_empty() {
        return Ok(());
    }
    let organization = cx.home()?.id;
    cx.tx.members().rewrite_given(organization, &plan.changes).await?;
    cx.edited(organization, &plan.changes).await
}
