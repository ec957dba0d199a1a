//! Inviting members who are on the list, once more or for the first time, and taking invitations back.

use super::batch::{Chosen, Done, ids};
use super::seats::taken;
use super::show;
use crate::app::Cx;
use crate::domain::event::Event;
use crate::domain::invitation::{Invitation, InvitationState};
use crate::domain::member::Member;
use crate::domain::{Action, MemberId, MemberState};
use crate::error::Error;
use std::collections::HashMap;

/// Invites those who are on the list without access.
pub async fn invite(cx: &mut Cx<'_>, input: &Chosen) -> Result<Done, Error> {
    cx.offer(input, Action::Invite).await
}

/// Sends invitations anew. The codes before work no more.
pub async fn resend(cx: &mut Cx<'_>, input: &Chosen) -> Result<Done, Error> {
    cx.offer(input, Action::Resend).await
}

/// Takes open invitations back.
pub async fn cancel(cx: &mut Cx<'_>, input: &Chosen) -> Result<Done, Error> {
    let organization = cx.home()?.id;
    let judged = cx.judge(input, Action::Cancel, |_, _, _| Ok(())).await?;
    let going = ids(&judged.going());
    cx.end_invitations(&going, InvitationState::Withdrawn, "cancelled")
        .await?;
    if !going.is_empty() {
        let (added, now) = (MemberState::Added, cx.now);
        cx.tx.members().move_to(organization, &going, added, None, now).await?;
    }
    Ok(judged.done(|member| {
        let member = Member {
            stored_state: MemberState::Added,
            invitation_expires_at: None,
            ..cx.changed(member)
        };
        show(&cx.roles, member, None, cx.now)
    }))
}

impl Cx<'_> {
    /// Gives each of a selection a new invitation, which rests on the caller's rights. Whoever holds no seat takes one, in
    /// the order of the selection.
    async fn offer(&mut self, input: &Chosen, action: Action) -> Result<Done, Error> {
        let organization = self.home()?;
        let mut seats = self.seats(&organization).await?;
        let keep = self.app.suspension_keeps_seat();
        let judge = |cx: &Cx<'_>, _, member: &Member| {
            cx.may_touch(&cx.roles.rights_of(member, cx.now))?;
            if !member.state_at(cx.now).holds_seat(keep) {
                seats = taken(seats)?;
            }
            Ok(())
        };
        let judged = self.judge(input, action, judge).await?;
        let going = judged.going();
        let expires_at = self.now + organization.invitation_lifetime;
        let mut sent: HashMap<MemberId, Invitation> = HashMap::new();
        if !going.is_empty() {
            let ids = ids(&going);
            self.end_invitations(&ids, InvitationState::Replaced, "replaced")
                .await?;
            let (to, until, now) = (MemberState::Invited, Some(expires_at), self.now);
            let members = self.tx.members();
            members.move_to(organization.id, &ids, to, until, now).await?;
            let reminder = action == Action::Resend;
            let made = self
                .send_invitations(&organization, &going, expires_at, reminder)
                .await?;
            sent.extend(made.into_iter().map(|invitation| (invitation.member, invitation)));
        }
        Ok(judged.done(|member| {
            let invitation = sent.remove(&member.id);
            let member = Member {
                stored_state: MemberState::Invited,
                invitation_expires_at: Some(expires_at),
                ..self.changed(member)
            };
            show(&self.roles, member, invitation, self.now)
        }))
    }

    /// Ends the invitations of these members, open or run out.
    pub(super) async fn end_invitations(
        &mut self,
        members: &[MemberId],
        state: InvitationState,
        why: &'static str,
    ) -> Result<(), Error> {
        if members.is_empty() {
            return Ok(());
        }
        let organization = self.place()?.organization;
        let ended = self
            .tx
            .invitations()
            .end_of(organization, members, state, self.now)
            .await?;
        for invitation in ended {
            self.emit(Event::InvitationWithdrawn {
                invitation: invitation.id,
                member: invitation.member,
                why,
            });
        }
        Ok(())
    }

    /// A member as the row is once the selection was moved.
    pub(super) fn changed(&self, member: Member) -> Member {
        Member {
            version: member.version + 1,
            updated_at: self.now,
            ..member
        }
    }
}
