//! Changing a member's roles.

use super::Shown;
use crate::app::action::{candidate, refusal};
use crate::app::rights::resolve;
use crate::app::user::fresh;
use crate::app::{Cx, RoleRef};
use crate::domain::action::obstacle;
use crate::domain::event::Event;
use crate::domain::member::Member;
use crate::domain::{Action, MemberId, RoleId};
use crate::error::Error;
use crate::mail::message::MailTemplate;
use crate::store::right::Affected;

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
    let candidate = candidate(&cx.roles, &was, place.member, cx.now);
    if let Some(reason) = obstacle(&cx.rights, Action::Edit, &candidate) {
        return Err(refusal(&cx.roles, Some(&was), reason));
    }
    fresh(input.etag, was.version)?;
    let Some(named) = &input.roles else {
        return cx.show_one(was).await;
    };
    let roles = resolve(&cx.roles, named)?;
    let added: Vec<RoleId> = roles.iter().filter(|role| !was.roles.contains(role)).copied().collect();
    cx.may_give_roles(&added)?;
    if roles == was.roles {
        return cx.show_one(was).await;
    }
    cx.tx.members().set_roles(place.organization, was.id, &roles).await?;
    let next = Member {
        roles,
        updated_at: cx.now,
        ..was.clone()
    };
    cx.tx.members().update(&next).await?;
    let (before, after) = (cx.roles.names(&was.roles), cx.roles.names(&next.roles));
    cx.emit(Event::MemberUpdated {
        member: next.id,
        before,
        after,
    });
    let (had, has) = (cx.roles.rights_of(&was, cx.now), cx.roles.rights_of(&next, cx.now));
    let which = Affected::Members(vec![next.id]);
    cx.rights_changed(&which, !has.is_superset(&had)).await?;
    let next = cx.tx.members().get(next.organization, next.id).await?;
    if next.id != place.member {
        let held = cx.roles.held(&next.roles, &next.given, cx.now);
        let template = MailTemplate::RolesChanged {
            organization: cx.home()?.display_name.as_str().to_owned(),
            roles: cx.roles.names(&held).join(", "),
        };
        cx.tell(&[&next], &template).await?;
    }
    cx.show_one(next).await
}
