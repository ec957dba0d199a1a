//! What is done to a selection of members. All are judged first, then those who may go, go together: the number of
//! statements doesn't grow with the selection.

use super::Shown;
use crate::app::Cx;
use crate::app::action::{candidate, refusal};
use crate::domain::action::obstacle;
use crate::domain::member::Member;
use crate::domain::{Action, MemberId};
use crate::error::Error;
use std::collections::HashMap;

/// A selection to act on.
#[derive(Debug)]
pub struct Chosen {
    /// Which members, each once.
    pub members: Vec<MemberId>,
    /// All or none.
    pub atomic: bool,
}

/// What became of each, in order.
pub type Done = Vec<(MemberId, Result<Shown, Error>)>;

/// A selection of which it is known who may go.
pub(super) struct Judged(Vec<(MemberId, Result<Member, Error>)>);

impl Cx<'_> {
    /// Judges each of a selection: by the function that tells which actions are possible, then by what else this one asks
    /// of the member at this place of the selection. If all or none are wanted, the first refusal is that of the call;
    /// else each stands for itself, and those about rights are recorded.
    pub(super) async fn judge(
        &mut self,
        batch: &Chosen,
        action: Action,
        mut also: impl FnMut(&Self, usize, &Member) -> Result<(), Error>,
    ) -> Result<Judged, Error> {
        let place = self.place()?;
        let found = self.tx.members().list_by_id(place.organization, &batch.members).await?;
        let mut found: HashMap<MemberId, Member> = found.into_iter().map(|member| (member.id, member)).collect();
        let mut owners = self.owners_among(place.organization, found.values()).await?;
        let mut outcome = Vec::with_capacity(batch.members.len());
        for (index, id) in batch.members.iter().enumerate() {
            let verdict = match found.remove(id) {
                None => Err(Error::missing("member", id)),
                Some(member) => {
                    let candidate = candidate(&self.roles, &member, place.member, self.now).among(owners);
                    match obstacle(&self.rights, action, &candidate) {
                        Some(reason) => Err(refusal(&self.roles, Some(&member), reason)),
                        None => also(self, index, &member).map(|()| {
                            owners = action.leaves(owners, &candidate);
                            member
                        }),
                    }
                }
            };
            match &verdict {
                Err(error) if batch.atomic => {
                    self.on(id);
                    return Err(error.clone());
                }
                Err(error) => self.refuse(error, id),
                Ok(_) => {}
            }
            outcome.push((*id, verdict));
        }
        Ok(Judged(outcome))
    }
}

impl Judged {
    /// Those who may go, in order.
    pub(super) fn going(&self) -> Vec<&Member> {
        self.0.iter().filter_map(|(_, verdict)| verdict.as_ref().ok()).collect()
    }

    /// What became of each, once those who might go have gone.
    pub(super) fn done<T>(self, mut became: impl FnMut(Member) -> T) -> Vec<(MemberId, Result<T, Error>)> {
        let each = self.0.into_iter();
        each.map(|(id, verdict)| (id, verdict.map(&mut became))).collect()
    }
}

/// The ids of members.
pub(super) fn ids(members: &[&Member]) -> Vec<MemberId> {
    members.iter().map(|member| member.id).collect()
}
