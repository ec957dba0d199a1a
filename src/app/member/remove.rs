//! Removing members, and all that rested on their membership.

use crate::app::Cx;
use crate::app::action::{candidate, refusal};
use crate::app::audit::refused;
use crate::app::user::fresh;
use crate::domain::action::obstacle;
use crate::domain::event::{Event, Revocation, SessionEnd};
use crate::domain::member::Member;
use crate::domain::organization::Organization;
use crate::domain::session::Place;
use crate::domain::{Action, Email, MemberId, MemberState};
use crate::error::Error;
use crate::store::session::Which;
use std::collections::HashMap;

/// Members to be removed.
#[derive(Debug)]
pub struct Remove {
    /// Which, each once.
    pub removals: Vec<Removal>,
    /// All or none.
    pub atomic: bool,
}

/// One of them.
#[derive(Debug)]
pub struct Removal {
    /// Which.
    pub member: MemberId,
    /// The address, typed again.
    pub confirm: Email,
    /// The version that must still be.
    pub etag: Option<i64>,
}

/// What became of each, in order.
pub type Removed = Vec<(MemberId, Result<Receipt, Error>)>;

/// What ended with a removal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Sessions of the person in this organisation.
    pub sessions: usize,
    /// Invitations that the person had open.
    pub invitations: usize,
}

/// Takes members off the list for good. All are judged first, then those that may go, go together: the number of
/// statements doesn't grow with the number of members.
pub async fn remove(cx: &mut Cx<'_>, input: &Remove) -> Result<Removed, Error> {
    let place = cx.place()?;
    let organization = cx.home()?;
    let ids: Vec<MemberId> = input.removals.iter().map(|removal| removal.member).collect();
    let found = cx.tx.members().list_by_id(organization.id, &ids).await?;
    let found: HashMap<MemberId, Member> = found.into_iter().map(|member| (member.id, member)).collect();
    let mut going: Vec<&Member> = Vec::new();
    let mut outcome: Removed = Vec::with_capacity(ids.len());
    for (index, removal) in input.removals.iter().enumerate() {
        match judge(cx, &found, removal, index, place.member) {
            Ok(member) => {
                going.push(member);
                outcome.push((removal.member, Ok(Receipt::default())));
            }
            Err(error) if input.atomic => return Err(error),
            Err(error) => {
                if error.is_about_rights() {
                    cx.emit(refused(&error, removal.member));
                }
                outcome.push((removal.member, Err(error)));
            }
        }
    }
    if going.is_empty() {
        return Ok(outcome);
    }
    let ended = cx.take_off(&organization, &going).await?;
    for (member, receipt) in &mut outcome {
        if let (Ok(receipt), Some(ended)) = (receipt, ended.get(member)) {
            *receipt = *ended;
        }
    }
    Ok(outcome)
}

fn judge<'m>(
    cx: &Cx<'_>,
    found: &'m HashMap<MemberId, Member>,
    removal: &Removal,
    index: usize,
    actor: MemberId,
) -> Result<&'m Member, Error> {
    let member = found
        .get(&removal.member)
        .ok_or_else(|| Error::missing("member", removal.member))?;
    if let Some(reason) = obstacle(&cx.rights, Action::Remove, &candidate(&cx.roles, member, actor, cx.now)) {
        return Err(refusal(&cx.roles, Some(member), reason));
    }
    if removal.confirm.key() != member.email.key() {
        let field = format!("removals[{index}].confirm");
        return Err(Error::field(
            field,
            "is not this member's e-mail address; type it to confirm the removal",
        ));
    }
    fresh(removal.etag, member.version)?;
    Ok(member)
}

impl Cx<'_> {
    /// Everything that rested on these memberships ends with them: sessions, tokens, open invitations to and by them.
    async fn take_off(
        &mut self,
        organization: &Organization,
        going: &[&Member],
    ) -> Result<HashMap<MemberId, Receipt>, Error> {
        let ids: Vec<MemberId> = going.iter().map(|member| member.id).collect();
        let mut receipts: HashMap<MemberId, Receipt> = ids.iter().map(|id| (*id, Receipt::default())).collect();
        self.tx
            .invitations()
            .withdraw_of(organization.id, &ids, self.now)
            .await?;
        let gave: Vec<_> = ids.iter().map(|id| (*id, Default::default())).collect();
        for inviter in self.withdraw_given(organization.id, &gave).await? {
            receipts.entry(inviter).or_default().invitations += 1;
        }
        let users: HashMap<_, _> = going
            .iter()
            .filter_map(|member| Some((member.user?, member.id)))
            .collect();
        let which = Which::OfMembers {
            organization: organization.id,
            members: ids.clone(),
        };
        let ended = self.tx.sessions().end(which, self.now).await?;
        for (session, user) in ended {
            self.emit(Event::SessionEnded {
                session,
                user,
                why: SessionEnd::MemberRemoved,
            });
            self.revoke(Revocation::Session(session));
            if let Some(member) = users.get(&user) {
                receipts.entry(*member).or_default().sessions += 1;
            }
        }
        let active = going.iter().filter(|m| m.stored_state == MemberState::Active).count() as u64;
        self.tx.members().remove(organization.id, &ids, self.now).await?;
        if active > 0 {
            let left = organization.active_members.saturating_sub(active);
            self.tx
                .organizations()
                .set_active_members(organization.id, left)
                .await?;
        }
        for member in going {
            let place = Place {
                organization: organization.id,
                member: member.id,
            };
            self.revoke(Revocation::Rights {
                place,
                min_version: i64::MAX,
            });
            self.emit(Event::MemberRemoved {
                member: member.id,
                user: member.user,
                email: member.email.as_str().to_owned(),
                state: member.state_at(self.now).as_str(),
            });
        }
        Ok(receipts)
    }
}
