//! Putting members into a group and taking them out, for a selection at once.

use crate::app::Cx;
use crate::app::action::{candidate, refusal};
use crate::app::member::Done;
use crate::domain::action::{Reason, obstacle};
use crate::domain::group::{Group, MOST_GROUPS_OF_A_MEMBER};
use crate::domain::member::Member;
use crate::domain::naming::GroupRef;
use crate::domain::{Action, LifeRefusal, MemberId};
use crate::error::{Error, Exhausted};
use std::collections::HashMap;

/// Members for a group, or to be taken out of it.
#[derive(Debug)]
pub struct Membership {
    /// Which group.
    pub group: GroupRef,
    /// Whom, each once.
    pub members: Vec<MemberId>,
    /// All or none.
    pub atomic: bool,
}

/// Puts members into a group, which gives them its roles.
pub async fn add_members(cx: &mut Cx<'_>, input: &Membership) -> Result<Done, Error> {
    let organization = cx.home()?.id;
    let group = cx.tx.groups().get(organization, &input.group).await?;
    cx.on(group.id);
    cx.may_give(&cx.roles.permissions_of(&group.roles))?;
    let (outcome, edits) = cx.judge_places(&group, input, true).await?;
    let pairs: Vec<_> = edits.iter().map(|(was, _)| (group.id, was.id)).collect();
    cx.tx.groups().put_in(organization, &pairs).await?;
    cx.edited(organization, &edits).await?;
    cx.show_outcome(organization, outcome).await
}

/// Takes members out of a group, with the roles that it gave them.
pub async fn remove_members(cx: &mut Cx<'_>, input: &Membership) -> Result<Done, Error> {
    let organization = cx.home()?.id;
    let group = cx.tx.groups().get(organization, &input.group).await?;
    let (outcome, edits) = cx.judge_places(&group, input, false).await?;
    if !edits.is_empty() {
        let leaving: Vec<MemberId> = edits.iter().map(|(was, _)| was.id).collect();
        cx.tx.groups().take_out(organization, &[group.id], &leaving).await?;
    }
    cx.edited(organization, &edits).await?;
    cx.show_outcome(organization, outcome).await
}

/// What became of each, and those who change: as they were and as they are to be.
type Judged = (Vec<(MemberId, Result<(), Error>)>, Vec<(Member, Member)>);

impl Cx<'_> {
    /// Judges each of the selection. Who is where they are to be already is done, and not changed.
    async fn judge_places(&mut self, group: &Group, input: &Membership, inside: bool) -> Result<Judged, Error> {
        let found = self.tx.members().list_by_id(group.organization, &input.members).await?;
        let mut found: HashMap<MemberId, Member> = found.into_iter().map(|member| (member.id, member)).collect();
        let (mut outcome, mut edits) = (Vec::with_capacity(input.members.len()), vec![]);
        for id in &input.members {
            let member = found.remove(id).ok_or_else(|| Error::missing("member", id));
            match member.and_then(|was| self.moved(was, group, inside)) {
                Ok((was, next)) => {
                    if next != was {
                        edits.push((was, next));
                    }
                    outcome.push((*id, Ok(())));
                }
                Err(error) if input.atomic => {
                    self.on(id);
                    return Err(error);
                }
                Err(error) => {
                    self.refuse(&error, id);
                    outcome.push((*id, Err(error)));
                }
            }
        }
        Ok((outcome, edits))
    }

    /// A member as they were, and as they are to be. Nobody acts on those who hold more. The owner may come and go: no
    /// group gives them what they don't hold, or takes what they do.
    fn moved(&self, was: Member, group: &Group, inside: bool) -> Result<(Member, Member), Error> {
        let candidate = candidate(&self.roles, &was, self.place()?.member, self.now);
        match obstacle(&self.rights, Action::Edit, &candidate) {
            None | Some(Reason::Life(LifeRefusal::OwnerProtected)) => {}
            Some(reason) => return Err(refusal(&self.roles, Some(&was), reason)),
        }
        let mut next = was.clone();
        next.given.groups.retain(|other| *other != group.id);
        if inside {
            if next.given.groups.len() >= MOST_GROUPS_OF_A_MEMBER {
                let limit = MOST_GROUPS_OF_A_MEMBER as u64;
                return Err(Exhausted::Limit { kind: "group", limit }.into());
            }
            next.given.groups.push(group.id);
            next.given.groups.sort_unstable();
        }
        Ok((was, next))
    }
}
