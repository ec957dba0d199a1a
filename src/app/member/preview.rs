//! What a removal would end, told beforehand.

use super::remove::Receipt;
use crate::app::View;
use crate::app::action::{Selection, Standing, candidate, told};
use crate::domain::action::obstacle;
use crate::domain::member::Member;
use crate::domain::{Action, MemberId};
use crate::error::Error;
use std::collections::HashMap;

/// What the removal of one member would come to.
#[derive(Debug)]
pub struct Offboarding {
    /// Whose.
    pub member: MemberId,
    /// What stands in the way, if anything.
    pub obstacle: Option<Standing>,
    /// What would end.
    pub ends: Receipt,
    /// Whether the person has an account, which stays.
    pub account_stays: bool,
    /// Whether a seat would come free.
    pub frees_seat: bool,
}

/// For each of a selection: what a removal would end, and whether it is possible.
pub async fn offboarding(view: &View<'_>, input: &Selection) -> Result<Vec<Offboarding>, Error> {
    let caller = view.call.caller()?;
    let place = view.call.place()?;
    let (organization, ids) = (place.organization, &input.members);
    let found = view.rows.members().list_by_id(organization, ids).await?;
    let found: HashMap<MemberId, Member> = found.into_iter().map(|member| (member.id, member)).collect();
    let sessions = view.rows.sessions().count_of(organization, ids, view.now).await?;
    let sessions: HashMap<MemberId, u64> = sessions.into_iter().collect();
    let invitations = view.rows.invitations().count_by(organization, ids, view.now).await?;
    let invitations: HashMap<MemberId, u64> = invitations.into_iter().collect();
    let roles = view.roles(organization).await?;
    let keep = view.app.suspension_keeps_seat();
    let owners = view.owners_among(&roles, organization, found.values()).await?;
    let each = ids.iter().map(|id| {
        let member = found.get(id).ok_or_else(|| Error::missing("member", id))?;
        // Each is told as if it alone were removed.
        let candidate = candidate(&roles, member, place.member, view.now).among(owners);
        let reason = obstacle(&caller.permissions, Action::Remove, &candidate);
        let count = sessions.get(id).copied().unwrap_or_default();
        Ok(Offboarding {
            member: *id,
            obstacle: reason.map(|reason| told(view, &roles, Some(member), reason, vec![*id])),
            ends: Receipt {
                sessions: whole(count),
                invitations: whole(invitations.get(id).copied().unwrap_or_default()),
                ..Receipt::of(member, view.now)
            },
            account_stays: member.user.is_some(),
            frees_seat: candidate.state.holds_seat(keep),
        })
    });
    each.collect()
}

fn whole(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
