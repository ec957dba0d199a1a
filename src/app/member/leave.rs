//! Leaving: what one does oneself with one's own membership.

use super::remove::{Parting, Receipt};
use crate::app::Cx;
use crate::app::action::{candidate, refusal};
use crate::app::user::fresh;
use crate::domain::action::Reason;
use crate::domain::membership::next;
use crate::domain::{Email, LifeEvent, MemberState};
use crate::error::Error;

/// A departure.
#[derive(Debug)]
pub struct Leave {
    /// The caller's own address, typed again.
    pub confirm: Email,
    /// The version that must still be.
    pub etag: Option<i64>,
}

/// Ends the caller's own membership, with all that a removal ends.
pub async fn leave(cx: &mut Cx<'_>, input: &Leave) -> Result<Receipt, Error> {
    let place = cx.place()?;
    cx.on(place.member);
    cx.lock_caller().await?;
    let organization = cx.lock_organization_for_caller(place.organization).await?;
    // Whoever lost the membership while they waited for the lock is nobody here.
    let member = cx.tx.members().find(place.organization, place.member).await?;
    let member = member.filter(|member| member.stored_state == MemberState::Active);
    let member = member.ok_or(Error::Unauthenticated)?;
    let owners = cx.owners_among(place.organization, std::iter::once(&member)).await?;
    let candidate = candidate(&cx.roles, &member, place.member, cx.now).among(owners);
    next(candidate.state, LifeEvent::Leave, candidate.facts)
        .map_err(|refused| refusal(&cx.roles, Some(&member), Reason::Life(refused)))?;
    if input.confirm.key() != member.email.key() {
        return Err(Error::field(
            "confirm",
            "is not your own e-mail address; type it to confirm that you leave",
        ));
    }
    fresh(input.etag, member.version)?;
    let receipts = cx.take_off(&organization, &[&member], Parting::Left).await?;
    Ok(receipts.into_values().next().unwrap_or_default())
}
