//! Access taken for now, taken until a new invitation, and given back.

use super::batch::{Chosen, Done, ids};
use super::seats::taken;
use super::show;
use crate::app::Cx;
use crate::domain::event::{Event, Revocation, SessionEnd};
use crate::domain::invitation::InvitationState;
use crate::domain::member::Member;
use crate::domain::organization::Organization;
use crate::domain::session::Place;
use crate::domain::{Action, MemberId, MemberState, PermissionSet};
use crate::error::Error;
use crate::mail::message::MailTemplate;
use crate::store::session::Which;
use std::collections::HashMap;

/// Switches active members off for now.
pub async fn suspend(cx: &mut Cx<'_>, input: &Chosen) -> Result<Done, Error> {
    cx.switch_off(input, Action::Suspend, MemberState::Suspended).await
}

/// Withdraws access, or the invitation to it. The members stay on the list.
pub async fn revoke(cx: &mut Cx<'_>, input: &Chosen) -> Result<Done, Error> {
    cx.switch_off(input, Action::Revoke, MemberState::Revoked).await
}

/// Switches suspended members on again. They take seats, in the order of the selection, unless they kept theirs.
pub async fn reactivate(cx: &mut Cx<'_>, input: &Chosen) -> Result<Done, Error> {
    let organization = cx.home()?;
    let mut seats = cx.seats(&organization).await?;
    let keep = cx.app.suspension_keeps_seat();
    let judge = |cx: &Cx<'_>, _, member: &Member| {
        // The roles work again from now on.
        cx.may_touch(&cx.roles.rights_of(member, cx.now))?;
        if !keep {
            seats = taken(seats)?;
        }
        Ok(())
    };
    let judged = cx.judge(input, Action::Reactivate, judge).await?;
    let going = judged.going();
    if !going.is_empty() {
        let (ids, active, now) = (ids(&going), MemberState::Active, cx.now);
        let members = cx.tx.members();
        members.move_to(organization.id, &ids, active, None, now).await?;
        let many = organization.active_members + ids.len() as u64;
        cx.tx.organizations().set_active_members(organization.id, many).await?;
        for member in &going {
            cx.emit(Event::MemberReactivated {
                member: member.id,
                before: member.stored_state.as_str(),
            });
        }
        let organization = organization.display_name.as_str().to_owned();
        cx.tell(&going, &MailTemplate::MemberReactivated { organization })
            .await?;
    }
    Ok(judged.done(|member| {
        let member = Member {
            stored_state: MemberState::Active,
            ..cx.changed(member)
        };
        show(&cx.roles, member, None, cx.now)
    }))
}

/// What ended with the access of a member.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ended {
    /// Sessions of the person here.
    pub sessions: usize,
    /// Invitations that they had open.
    pub invitations: usize,
}

impl Cx<'_> {
    async fn switch_off(&mut self, input: &Chosen, action: Action, to: MemberState) -> Result<Done, Error> {
        let organization = self.home()?;
        let judged = self.judge(input, action, |_, _, _| Ok(())).await?;
        let going = judged.going();
        if !going.is_empty() {
            let ids = ids(&going);
            self.end_invitations(&ids, InvitationState::Withdrawn, "revoked")
                .await?;
            let now = self.now;
            self.tx.members().move_to(organization.id, &ids, to, None, now).await?;
            let (why, template) = parting(&organization, to);
            self.end_access(&organization, &going, why).await?;
            for member in &going {
                let (member, before) = (member.id, member.state_at(now).as_str());
                self.emit(match to {
                    MemberState::Suspended => Event::MemberSuspended { member, before },
                    _ => Event::MemberRevoked { member, before },
                });
            }
            self.tell(&going, &template).await?;
        }
        Ok(judged.done(|member| {
            let member = Member {
                stored_state: to,
                invitation_expires_at: None,
                rights_version: member.rights_version + 1,
                ..self.changed(member)
            };
            show(&self.roles, member, None, self.now)
        }))
    }

    /// Ends what rests on the access of members who have just lost it: tokens, the invitations that they sent, sessions.
    /// Their rows are changed by then: a log-in at the same moment either waits for that and finds no access, or has
    /// made its session, which is ended here.
    pub(super) async fn end_access(
        &mut self,
        organization: &Organization,
        members: &[&Member],
        why: SessionEnd,
    ) -> Result<HashMap<MemberId, Ended>, Error> {
        let mut ended: HashMap<MemberId, Ended> = HashMap::new();
        let nothing: Vec<_> = members
            .iter()
            .map(|member| (member.id, PermissionSet::default()))
            .collect();
        for inviter in self.withdraw_given(organization.id, &nothing).await? {
            ended.entry(inviter).or_default().invitations += 1;
        }
        let which = Which::OfMembers {
            organization: organization.id,
            members: ids(members),
        };
        let of: HashMap<_, _> = members
            .iter()
            .filter_map(|member| Some((member.user?, member.id)))
            .collect();
        for (session, user) in self.tx.sessions().end(which, self.now).await? {
            self.emit(Event::SessionEnded { session, user, why });
            self.revoke(Revocation::Session(session));
            if let Some(member) = of.get(&user) {
                ended.entry(*member).or_default().sessions += 1;
            }
        }
        for member in members {
            let place = Place {
                organization: organization.id,
                member: member.id,
            };
            let min_version = member.rights_version + 1;
            self.revoke(Revocation::Rights { place, min_version });
        }
        self.withdraw_offer_of(organization.id, &ids(members)).await?;
        let active = members.iter().filter(|m| m.stored_state == MemberState::Active).count() as u64;
        if active > 0 {
            let left = organization.active_members.saturating_sub(active);
            let organizations = self.tx.organizations();
            organizations.set_active_members(organization.id, left).await?;
        }
        Ok(ended)
    }

    /// Writes to those who are or were in. Whoever never accepted hears nothing: they have no part in it.
    pub(super) async fn tell(&mut self, members: &[&Member], template: &MailTemplate) -> Result<(), Error> {
        let in_it = |state| matches!(state, MemberState::Active | MemberState::Suspended);
        let people = members.iter().filter(|member| in_it(member.stored_state));
        let people: Vec<_> = people.filter_map(|member| member.user).collect();
        if people.is_empty() {
            return Ok(());
        }
        for user in self.tx.users().list(people).await? {
            self.mail(&user.email, user.display_name.as_str(), user.locale, template)?;
        }
        Ok(())
    }
}

/// Why the sessions end, and what the person is told.
fn parting(organization: &Organization, to: MemberState) -> (SessionEnd, MailTemplate) {
    let organization = organization.display_name.as_str().to_owned();
    match to {
        MemberState::Suspended => (
            SessionEnd::MemberSuspended,
            MailTemplate::MemberSuspended { organization },
        ),
        _ => (SessionEnd::MemberRevoked, MailTemplate::MemberRevoked { organization }),
    }
}
