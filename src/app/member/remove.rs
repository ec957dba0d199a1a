//! Removing members, and all that rested on their membership.

use super::batch::{Chosen, ids};
use crate::app::Cx;
use crate::app::user::fresh;
use crate::clock::Time;
use crate::domain::event::{Event, SessionEnd};
use crate::domain::invitation::InvitationState;
use crate::domain::member::Member;
use crate::domain::organization::Organization;
use crate::domain::{Action, Email, MemberId};
use crate::error::Error;
use crate::mail::message::MailTemplate;
use std::collections::HashMap;

/// Members to be removed.
#[derive(Debug)]
pub struct Remove {
    /// Which, each once, and whether all or none.
    pub batch: Chosen,
    /// What each must be confirmed by, in the same order.
    pub confirmations: Vec<Confirmation>,
}

/// What stands beside the id of a member to be removed.
#[derive(Debug)]
pub struct Confirmation {
    /// The address, typed again.
    pub confirm: Email,
    /// The version that must still be.
    pub etag: Option<i64>,
}

/// What became of each, in order.
pub type Removed = Vec<(MemberId, Result<Receipt, Error>)>;

/// What ended with a membership, or would.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Sessions of the person in this organisation.
    pub sessions: usize,
    /// Invitations that the person had open.
    pub invitations: usize,
    /// Groups that they were in.
    pub groups: usize,
    /// Roles of their own.
    pub roles: usize,
    /// Roles for a while.
    pub bindings: usize,
    /// Permissions beyond the roles.
    pub grants: usize,
    /// Tags that they bore.
    pub tags: usize,
}

impl Receipt {
    /// Of what a member was given. What has to be counted elsewhere is added to it.
    pub(super) fn of(member: &Member, now: Time) -> Receipt {
        Receipt {
            groups: member.given.groups.len(),
            roles: member.roles.len(),
            bindings: member.given.bindings.iter().filter(|b| b.expires_at > now).count(),
            grants: member.given.grants.len(),
            tags: member.given.tags.len(),
            ..Receipt::default()
        }
    }
}

/// How a membership ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parting {
    /// An administrator took the member off the list.
    Removed,
    /// The person left.
    Left,
}

/// Takes members off the list for good.
pub async fn remove(cx: &mut Cx<'_>, input: &Remove) -> Result<Removed, Error> {
    let organization = cx.home()?;
    let judge = |_: &Cx<'_>, index: usize, member: &Member| match input.confirmations.get(index) {
        Some(confirmation) => confirmed(confirmation, index, member),
        None => Err(Error::Internal("a removal without its confirmation".into())),
    };
    let judged = cx.judge(&input.batch, Action::Remove, judge).await?;
    let mut receipts = HashMap::new();
    if !judged.going().is_empty() {
        receipts = cx.take_off(&organization, &judged.going(), Parting::Removed).await?;
        let organization = organization.display_name.as_str().to_owned();
        cx.tell(&judged.going(), &MailTemplate::MemberRemoved { organization })
            .await?;
    }
    Ok(judged.done(|member| receipts.remove(&member.id).unwrap_or_default()))
}

fn confirmed(confirmation: &Confirmation, index: usize, member: &Member) -> Result<(), Error> {
    if confirmation.confirm.key() != member.email.key() {
        let field = format!("removals[{index}].confirm");
        return Err(Error::field(
            field,
            "is not this member's e-mail address; type it to confirm the removal",
        ));
    }
    fresh(confirmation.etag, member.version)
}

impl Cx<'_> {
    /// Everything that rested on these memberships ends with them: sessions, tokens, open invitations to and by them, and
    /// whatever they were given.
    pub(super) async fn take_off(
        &mut self,
        organization: &Organization,
        going: &[&Member],
        parting: Parting,
    ) -> Result<HashMap<MemberId, Receipt>, Error> {
        let mut receipts: HashMap<MemberId, Receipt> = going
            .iter()
            .map(|member| (member.id, Receipt::of(member, self.now)))
            .collect();
        let gone = ids(going);
        self.end_invitations(&gone, InvitationState::Withdrawn, "removed")
            .await?;
        self.tx.members().remove(organization.id, &gone, self.now).await?;
        let why = match parting {
            Parting::Removed => SessionEnd::MemberRemoved,
            Parting::Left => SessionEnd::MemberLeft,
        };
        for (member, ended) in self.end_access(organization, going, why).await? {
            let receipt = receipts.entry(member).or_default();
            receipt.sessions = ended.sessions;
            receipt.invitations = ended.invitations;
        }
        for member in going {
            self.emit(self.farewell(member, parting));
        }
        Ok(receipts)
    }

    fn farewell(&self, member: &Member, parting: Parting) -> Event {
        let (id, user, email) = (member.id, member.user, member.email.as_str().to_owned());
        let before = self.told(member);
        match parting {
            Parting::Removed => Event::MemberRemoved {
                member: id,
                user,
                email,
                state: member.state_at(self.now).as_str(),
                before,
            },
            Parting::Left => Event::MemberLeft {
                member: id,
                user,
                email,
                before,
            },
        }
    }
}
