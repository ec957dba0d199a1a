//! The member whose identity integrations use.

use crate::app::Cx;
use crate::app::user::fresh;
use crate::domain::MemberId;
use crate::domain::MemberState;
use crate::domain::authority::may_act_on;
use crate::domain::event::Event;
use crate::domain::member::Member;
use crate::domain::organization::Organization;
use crate::error::{Denied, Error, Refused};

/// Another API user.
#[derive(Debug)]
pub struct SetApiUser {
    /// Who; none means nobody.
    pub member: Option<MemberId>,
    /// The version that must still be.
    pub etag: Option<i64>,
}

/// Chooses the API user of the caller's organisation. Integrations act with that member's rights, so nobody chooses one who
/// holds more than they do themselves.
pub async fn set_api_user(cx: &mut Cx<'_>, input: &SetApiUser) -> Result<Organization, Error> {
    let was = cx.home()?;
    // Who is the API user can't be removed: so the one who goes is acted on as well as the one who comes.
    let before = was.api_user.filter(|before| input.member != Some(*before));
    if let Some(before) = before
        && let Some(member) = cx.tx.members().find(was.id, before).await?
    {
        cx.outranks(&member)?;
    }
    if let Some(id) = input.member {
        cx.on(id);
        let member = cx.tx.members().get(was.id, id).await?;
        cx.outranks(&member)?;
        let state = member.state_at(cx.now);
        if state != MemberState::Active {
            return Err(Refused::StateForbids {
                member: id.to_string(),
                state: state.as_str(),
                event: "set_api_user",
            }
            .into());
        }
    }
    fresh(input.etag, was.version)?;
    let before = was.api_user;
    let next = Organization {
        api_user: input.member,
        updated_at: cx.now,
        ..was
    };
    let next = cx.tx.organizations().update(&next).await?;
    cx.emit(Event::ApiUserChanged {
        organization: next.id,
        before,
        after: next.api_user,
    });
    Ok(next)
}

impl Cx<'_> {
    /// Refuses unless the caller holds all that the member holds.
    fn outranks(&self, member: &Member) -> Result<(), Error> {
        let rights = self.roles.rights_of(member, self.now);
        may_act_on(&self.rights, &rights).map_err(|lacks| {
            Denied::TargetOutranksYou(lacks.permissions.iter().map(ToString::to_string).collect()).into()
        })
    }
}
