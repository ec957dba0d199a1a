//! Members: adding, finding, changing, removing, one file each. Here is how they are shown, and the checks that every path
//! shares: [`Cx::may_give`], [`Cx::take_seat`] and [`Cx::withdraw_given`].

mod add;
mod list;
mod remove;
mod update;

pub use add::{Add, AddReady, Added, AddedBy, Onboarding, add, prepare_add};
pub use list::{Batch, Filter, Get, GetBatch, List, Listed, WhichMember, get, get_batch, list};
pub use remove::{Receipt, Removal, Remove, Removed, remove};
pub use update::{Update, update};

use super::{Cx, View};
use crate::domain::authority::may_give;
use crate::domain::event::Event;
use crate::domain::invitation::{Invitation, InvitationState};
use crate::domain::member::Member;
use crate::domain::organization::Organization;
use crate::domain::{Guide, Locale, MemberId, MemberState, OrganizationId, PermissionSet, RoleId, Seats};
use crate::error::{Denied, Error, Exhausted, Refused};
use std::collections::HashMap;

/// A member as it is shown: with its invitation, by the clock of the call.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The membership.
    pub member: Member,
    /// Where it stands now.
    pub state: MemberState,
    /// The next thing to do.
    pub guide: Guide,
    /// The roles' names, in the order of the ids.
    pub roles: Vec<(RoleId, String)>,
    /// The invitation that is open or ran out.
    pub invitation: Option<Invitation>,
    /// What the roles permit, by module, if asked for.
    pub permissions: Vec<ModulePermissions>,
}

/// Permissions of one module.
#[derive(Debug, Clone)]
pub struct ModulePermissions {
    /// The module.
    pub module: String,
    /// Its title, in the language of the call.
    pub title: String,
    /// The permissions.
    pub permissions: Vec<String>,
}

/// A role, as people name it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub enum RoleRef {
    /// By id.
    Id(RoleId),
    /// By name.
    Name(String),
}

impl std::str::FromStr for RoleRef {
    type Err = String;

    fn from_str(text: &str) -> Result<RoleRef, String> {
        if text.starts_with("rol_") {
            return text
                .parse()
                .map(RoleRef::Id)
                .map_err(|e: crate::domain::IdError| e.to_string());
        }
        let named = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if named {
            Ok(RoleRef::Name(text.to_owned()))
        } else {
            Err("is neither a role id (rol_…) nor a role's name".into())
        }
    }
}

impl super::App {
    /// The roles that are meant, each once, in the order of their ids.
    pub(super) fn roles(&self, named: &[RoleRef]) -> Result<Vec<RoleId>, Error> {
        let mut roles = named
            .iter()
            .map(|role| match role {
                RoleRef::Id(id) => self
                    .preset
                    .role(*id)
                    .map(|r| r.id)
                    .ok_or_else(|| Error::missing("role", id)),
                RoleRef::Name(name) => self
                    .preset
                    .role_named(name)
                    .map(|r| r.id)
                    .ok_or_else(|| Error::missing("role", name)),
            })
            .collect::<Result<Vec<_>, _>>()?;
        roles.sort_unstable();
        roles.dedup();
        Ok(roles)
    }

    pub(super) fn role_names(&self, roles: &[RoleId]) -> Vec<String> {
        roles
            .iter()
            .filter_map(|id| self.preset.role(*id))
            .map(|role| role.name.clone())
            .collect()
    }

    /// A member as it is shown.
    pub(super) fn show(&self, member: Member, invitation: Option<Invitation>, now: crate::clock::Time) -> Shown {
        let state = member.state_at(now);
        let roles = member
            .roles
            .iter()
            .filter_map(|id| self.preset.role(*id))
            .map(|r| (r.id, r.name.clone()))
            .collect();
        Shown {
            state,
            guide: state.guide(),
            roles,
            invitation,
            permissions: vec![],
            member,
        }
    }

    pub(super) fn by_module(&self, roles: &[RoleId], locale: Locale) -> Vec<ModulePermissions> {
        let held = self.preset.permissions_of(roles);
        let modules = self.preset.modules.iter().map(|module| ModulePermissions {
            module: module.name.clone(),
            title: module.titles.get(locale).to_owned(),
            permissions: module
                .permissions
                .iter()
                .map(|p| &p.name)
                .filter(|p| held.contains(p))
                .map(ToString::to_string)
                .collect(),
        });
        modules.filter(|module| !module.permissions.is_empty()).collect()
    }
}

impl Cx<'_> {
    /// Refuses to hand out roles that the caller may not: the one check for every path that gives any.
    pub(super) fn may_give(&self, roles: &[RoleId]) -> Result<(), Error> {
        let given = self.app.preset.permissions_of(roles);
        may_give(&self.rights, &given)
            .map_err(|lacks| Denied::RightsExceedYours(lacks.permissions.iter().map(ToString::to_string).collect()))?;
        if roles.contains(&self.app.preset.owner_role().id) {
            return Err(Refused::OwnerRoleMovesByTransfer.into());
        }
        Ok(())
    }

    /// Takes a seat, under the organisation's lock, or refuses. Invitations past their time hold none.
    pub(super) async fn take_seat(&self, organization: &Organization) -> Result<(), Error> {
        if organization.seat_limit.is_none() {
            return Ok(());
        }
        let reserved = self.tx.invitations().count_open(organization.id, self.now).await?;
        let seats = Seats {
            limit: organization.seat_limit,
            used: organization.active_members + reserved,
        };
        seats.take(1).map_err(|none| Exhausted::Seats {
            limit: none.limit,
            used: none.used,
        })?;
        Ok(())
    }

    /// Withdraws the open invitations of inviters who, with what they have left, could no longer give them. Returns the
    /// inviter of each.
    pub(super) async fn withdraw_given(
        &mut self,
        organization: OrganizationId,
        left: &[(MemberId, PermissionSet)],
    ) -> Result<Vec<MemberId>, Error> {
        let inviters: Vec<MemberId> = left.iter().map(|(member, _)| *member).collect();
        let open = self.tx.invitations().list_by(organization, &inviters, self.now).await?;
        let waiting: Vec<MemberId> = open.iter().map(|invitation| invitation.member).collect();
        let invited = self.tx.members().list_by_id(organization, &waiting).await?;
        let left: HashMap<_, _> = left.iter().map(|(member, rights)| (*member, rights)).collect();
        let roles: HashMap<_, _> = invited.iter().map(|member| (member.id, &member.roles)).collect();
        let beyond = |invitation: &&Invitation| {
            let given = roles
                .get(&invitation.member)
                .map(|roles| self.app.preset.permissions_of(roles));
            let rights = left.get(&invitation.invited_by);
            rights
                .zip(given)
                .is_none_or(|(rights, given)| may_invite(rights, &given).is_err())
        };
        let dead: Vec<&Invitation> = open.iter().filter(beyond).collect();
        if dead.is_empty() {
            return Ok(vec![]);
        }
        let ids: Vec<_> = dead.iter().map(|invitation| invitation.id).collect();
        let members: Vec<_> = dead.iter().map(|invitation| invitation.member).collect();
        self.tx
            .invitations()
            .end(organization, &ids, InvitationState::Withdrawn, self.now)
            .await?;
        self.tx.members().uninvite(organization, &members, self.now).await?;
        for invitation in &dead {
            let (invitation, member) = (invitation.id, invitation.member);
            self.emit(Event::InvitationWithdrawn {
                invitation,
                member,
                why: "inviter_lost_rights",
            });
        }
        Ok(dead.iter().map(|invitation| invitation.invited_by).collect())
    }
}

impl View<'_> {
    /// Members as they are shown, with one statement for all their invitations, and none if nobody waits for one.
    async fn show_all(
        &self,
        organization: OrganizationId,
        members: Vec<Member>,
        permissions: bool,
    ) -> Result<Vec<Shown>, Error> {
        let waiting: Vec<MemberId> = members
            .iter()
            .filter(|m| m.stored_state == MemberState::Invited)
            .map(|m| m.id)
            .collect();
        let mut invitations: HashMap<MemberId, Invitation> = HashMap::new();
        if !waiting.is_empty() {
            let found = self.rows.invitations().list_of(organization, &waiting).await?;
            invitations.extend(found.into_iter().map(|invitation| (invitation.member, invitation)));
        }
        Ok(members
            .into_iter()
            .map(|member| {
                let invitation = invitations.remove(&member.id);
                let mut shown = self.app.show(member, invitation, self.now);
                if permissions {
                    shown.permissions = self.app.by_module(&shown.member.roles, self.call.locale);
                }
                shown
            })
            .collect())
    }
}

impl Cx<'_> {
    pub(super) async fn show_one(&self, member: Member) -> Result<Shown, Error> {
        let invitations = self.tx.invitations().list_of(member.organization, &[member.id]).await?;
        Ok(self.app.show(member, invitations.into_iter().next(), self.now))
    }
}

/// Whether somebody with these rights may still stand behind an invitation that gives those.
pub(super) fn may_invite(rights: &PermissionSet, given: &PermissionSet) -> Result<(), Error> {
    if !rights.contains_named("members.add") && !rights.contains_named("members.invite") {
        return Err(Refused::InviterLostRights.into());
    }
    may_give(rights, given).map_err(|_| Refused::InviterLostRights.into())
}
