//! On whose rights invitations rest. An invitation gives no more than somebody who may give it stands behind: its inviter,
//! or whoever changed later what it gives. Without such a one it is withdrawn, so that nobody waits for it in vain.

use crate::app::Cx;
use crate::domain::authority::may_give;
use crate::domain::event::Event;
use crate::domain::invitation::{Invitation, InvitationState};
use crate::domain::member::Member;
use crate::domain::organization::Organization;
use crate::domain::{InvitationId, MemberId, MemberState, OrganizationId, PermissionSet};
use crate::error::{Error, Refused};
use std::collections::HashMap;

impl Cx<'_> {
    /// Withdraws the open invitations of inviters who, with what they have left, could no longer give them. Returns the
    /// inviter of each.
    pub(in crate::app) async fn withdraw_given(
        &mut self,
        organization: OrganizationId,
        left: &[(MemberId, PermissionSet)],
    ) -> Result<Vec<MemberId>, Error> {
        if left.is_empty() {
            return Ok(vec![]);
        }
        let inviters: Vec<MemberId> = left.iter().map(|(member, _)| *member).collect();
        let open = self.tx.invitations().list_by(organization, &inviters, self.now).await?;
        if open.is_empty() {
            return Ok(vec![]);
        }
        let left: HashMap<_, _> = left.iter().map(|(member, rights)| (*member, rights)).collect();
        // Who has nothing left stands behind nobody, whoever was invited: there may be very many.
        let judged = open
            .iter()
            .filter(|one| left.get(&one.invited_by).is_some_and(|rights| !rights.is_empty()));
        let waiting: Vec<MemberId> = judged.map(|invitation| invitation.member).collect();
        let invited = self.tx.members().list_by_id(organization, &waiting).await?;
        let invited: HashMap<_, _> = invited.iter().map(|member| (member.id, member)).collect();
        let beyond = |invitation: &&Invitation| {
            let given = invited
                .get(&invitation.member)
                .map(|member| self.roles.rights_of(member, self.now));
            let rights = left.get(&invitation.invited_by);
            rights
                .zip(given)
                .is_none_or(|(rights, given)| may_invite(rights, &given).is_err())
        };
        let dead: Vec<&Invitation> = open.iter().filter(beyond).collect();
        self.withdraw(organization, &dead, "inviter_lost_rights").await?;
        Ok(dead.iter().map(|invitation| invitation.invited_by).collect())
    }

    /// Looks at the open invitations of members whose rights changed. Where the inviter couldn't give what it comes to now,
    /// it rests from here on on the caller, who changed it and whose rights were just asked for; should they not invite
    /// people, or the invited hold more than they do, it is withdrawn.
    pub(in crate::app) async fn rest_anew(
        &mut self,
        organization: OrganizationId,
        invited: &[MemberId],
    ) -> Result<(), Error> {
        let mut invited = invited.to_vec();
        invited.sort_unstable();
        invited.dedup();
        let open = self
            .tx
            .invitations()
            .list_open(organization, &invited, self.now)
            .await?;
        if open.is_empty() {
            return Ok(());
        }
        let by = self.place()?.member;
        let mut people: Vec<MemberId> = open.iter().flat_map(|one| [one.member, one.invited_by]).collect();
        people.push(by);
        people.sort_unstable();
        people.dedup();
        let people = self.tx.members().list_by_id(organization, &people).await?;
        let people: HashMap<MemberId, &Member> = people.iter().map(|member| (member.id, member)).collect();
        let stands_behind = |who: MemberId, invitation: &Invitation| {
            let who = people.get(&who).filter(|who| who.stored_state == MemberState::Active);
            let given = people.get(&invitation.member);
            who.zip(given).is_some_and(|(who, given)| {
                let (rights, given) = (
                    self.roles.rights_of(who, self.now),
                    self.roles.rights_of(given, self.now),
                );
                may_invite(&rights, &given).is_ok()
            })
        };
        let (mut moved, mut dead) = (vec![], vec![]);
        for invitation in open.iter().filter(|one| !stands_behind(one.invited_by, one)) {
            match stands_behind(by, invitation) {
                true => moved.push(invitation),
                false => dead.push(invitation),
            }
        }
        self.take_on(organization, &moved, by).await?;
        self.withdraw(organization, &dead, "beyond_inviter").await
    }

    /// Lets invitations rest on the caller's rights from now on.
    async fn take_on(
        &mut self,
        organization: OrganizationId,
        invitations: &[&Invitation],
        by: MemberId,
    ) -> Result<(), Error> {
        if invitations.is_empty() {
            return Ok(());
        }
        let user = self.user()?;
        let rows = self.tx.invitations();
        rows.rest_on(organization, &ids(invitations), by, user).await?;
        for invitation in invitations {
            self.emit(Event::InvitationTakenOn {
                invitation: invitation.id,
                member: invitation.member,
                before: invitation.invited_by,
                after: by,
            });
        }
        Ok(())
    }

    /// Takes open invitations back. The invited are on the list as if they had only been added.
    async fn withdraw(
        &mut self,
        organization: OrganizationId,
        dead: &[&Invitation],
        why: &'static str,
    ) -> Result<(), Error> {
        if dead.is_empty() {
            return Ok(());
        }
        let members: Vec<MemberId> = dead.iter().map(|invitation| invitation.member).collect();
        let (added, now) = (MemberState::Added, self.now);
        let rows = self.tx.invitations();
        rows.end(organization, &ids(dead), InvitationState::Withdrawn, now)
            .await?;
        let rows = self.tx.members();
        rows.move_to(organization, &members, added, None, now).await?;
        for invitation in dead {
            let (invitation, member) = (invitation.id, invitation.member);
            self.emit(Event::InvitationWithdrawn {
                invitation,
                member,
                why,
            });
        }
        Ok(())
    }

    /// An invitation rests on its inviter's rights: if those no longer cover what it gives, it gives nothing.
    pub(super) async fn inviter_still_may(
        &self,
        organization: &Organization,
        invitation: &Invitation,
        member: &Member,
    ) -> Result<(), Error> {
        let inviter = self.tx.members().find(organization.id, invitation.invited_by).await?;
        let inviter = inviter.filter(|inviter| inviter.stored_state == MemberState::Active);
        let inviter = inviter.ok_or(Refused::InviterLostRights)?;
        let roles = self.roles_at(organization.id, organization.roles_version).await?;
        may_invite(&roles.rights_of(&inviter, self.now), &roles.rights_of(member, self.now))
    }
}

fn ids(invitations: &[&Invitation]) -> Vec<InvitationId> {
    invitations.iter().map(|invitation| invitation.id).collect()
}

/// Whether somebody with these rights may still stand behind an invitation that gives those.
fn may_invite(rights: &PermissionSet, given: &PermissionSet) -> Result<(), Error> {
    if !rights.contains_named("members.add") && !rights.contains_named("members.invite") {
        return Err(Refused::InviterLostRights.into());
    }
    may_give(rights, given).map_err(|_| Refused::InviterLostRights.into())
}
