//! Changing a member's roles.

use super::{RoleRef, Shown};
use crate::app::Cx;
use crate::app::action::{candidate, refusal};
use crate::app::user::fresh;
use crate::domain::action::obstacle;
use crate::domain::event::{Event, Revocation};
use crate::domain::member::Member;
use crate::domain::session::Place;
use crate::domain::{Action, MemberId, RoleId};
use crate::error::Error;

/// Other roles for a member.
#[derive(Debug)]
pub struct Update {
    /// Whose.
    pub member: MemberId,
    /// All of them from now on; none means no change.
    pub roles: Option<Vec<RoleRef>>,
    /// The version that must still be.
    pub etag: Option<i64>,
}

/// Changes a member's roles. What shrinks is gone at once: older tokens are refused, and open invitations that gave more
/// than the member may now give are withdrawn.
pub async fn update(cx: &mut Cx<'_>, input: &Update) -> Result<Shown, Error> {
    let place = cx.place()?;
    let was = cx.tx.members().get(place.organization, input.member).await?;
    let candidate = candidate(cx.app, &was, place.member, cx.now);
    if let Some(reason) = obstacle(&cx.rights, Action::Edit, &candidate) {
        return Err(refusal(cx.app, Some(&was), reason));
    }
    fresh(input.etag, was.version)?;
    let Some(named) = &input.roles else {
        return cx.show_one(was).await;
    };
    let roles = cx.app.roles(named)?;
    let added: Vec<RoleId> = roles.iter().filter(|role| !was.roles.contains(role)).copied().collect();
    cx.may_give(&added)?;
    if roles == was.roles {
        return cx.show_one(was).await;
    }
    cx.tx.members().set_roles(place.organization, was.id, &roles).await?;
    let next = Member {
        roles,
        rights_version: was.rights_version + 1,
        updated_at: cx.now,
        ..was.clone()
    };
    let next = cx.tx.members().update(&next).await?;
    let (before, after) = (cx.app.role_names(&was.roles), cx.app.role_names(&next.roles));
    cx.emit(Event::MemberUpdated {
        member: next.id,
        before,
        after,
    });
    let left = cx.app.preset.permissions_of(&next.roles);
    if !left.is_superset(&cx.app.preset.permissions_of(&was.roles)) {
        let place = Place {
            organization: next.organization,
            member: next.id,
        };
        cx.revoke(Revocation::Rights {
            place,
            min_version: next.rights_version,
        });
        cx.withdraw_given(next.organization, &[(next.id, left)]).await?;
    }
    cx.show_one(next).await
}
