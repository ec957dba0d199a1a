//! Members: adding, finding, changing, inviting, suspending, removing, one file each. Whatever is done to a selection goes
//! through `batch`, whatever takes a seat through `seats`. Here is how members are shown;
//! what may be given at all is in `rights`.

mod add;
mod batch;
mod edit;
mod export;
mod import;
mod invite;
mod leave;
mod list;
mod names;
mod owners;
mod preview;
mod remove;
pub(super) mod seats;
mod suspend;
mod update;

pub use add::{Add, AddReady, Added, AddedBy, Onboarding, add, prepare_add};
pub use batch::{Chosen, Done};
pub use export::{Export, export};
pub use import::{Existing, Import, Mode, Progress, RowFault, Summary, Told, import};
pub use invite::{cancel, invite, resend};
pub use leave::{Leave, leave};
pub use list::{Batch, Filter, Get, GetBatch, List, Listed, WhichMember, get, get_batch, list};
pub use preview::{Offboarding, offboarding};
pub use remove::{Confirmation, Receipt, Remove, Removed, remove};
pub use suspend::{reactivate, revoke, suspend};
pub use update::{Update, update};

use super::{Cx, View};
use crate::clock::Time;
use crate::domain::invitation::Invitation;
use crate::domain::member::Member;
use crate::domain::roles::{Labels, Roles, Source};
use crate::domain::tag::TagLabel;
use crate::domain::{DisplayName, GroupId, Guide, Locale, MemberId, MemberState, OrganizationId, PermissionSet};
use crate::error::Error;
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
    /// Whether they hold a seat.
    pub has_seat: bool,
    /// The roles that count, by name, and where each comes from.
    pub roles: Vec<(Source, String)>,
    /// The groups they are in, by name.
    pub groups: Vec<(GroupId, DisplayName)>,
    /// The tags they bear, by name.
    pub tags: Vec<TagLabel>,
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

/// A member as it is shown, with the groups and tags whose names are known.
pub(super) fn show(roles: &Roles, mut member: Member, invitation: Option<Invitation>, now: Time) -> Shown {
    let state = member.state_at(now);
    let sources = roles.sources(&member.roles, &member.given, now);
    let named = sources.into_iter().filter_map(|source| {
        let role = roles.find(source.role()?)?;
        Some((source, role.name.clone()))
    });
    let Labels { groups, tags } = names::take_labels(&mut member.given);
    Shown {
        state,
        guide: state.guide(),
        has_seat: state.holds_seat(roles.suspension_keeps_seat()),
        roles: named.collect(),
        groups,
        tags,
        invitation,
        permissions: vec![],
        member,
    }
}

/// Permissions by module, in the order of the catalogue.
pub(super) fn by_module(roles: &Roles, held: &PermissionSet, locale: Locale) -> Vec<ModulePermissions> {
    let modules = roles.modules().map(|module| ModulePermissions {
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
        let version = members.iter().map(|member| member.given.roles_version).max();
        let roles = self.roles_at(organization, version.unwrap_or_default()).await?;
        let shown = members.into_iter().map(|member| {
            let invitation = invitations.remove(&member.id);
            let mut shown = show(&roles, member, invitation, self.now);
            if permissions {
                let held = roles.rights_of(&shown.member, self.now);
                shown.permissions = by_module(&roles, &held, self.call.locale);
            }
            shown
        });
        Ok(shown.collect())
    }
}

impl Cx<'_> {
    pub(super) async fn show_one(&self, mut member: Member) -> Result<Shown, Error> {
        self.label(member.organization, std::slice::from_mut(&mut member))
            .await?;
        let invitation = match member.stored_state {
            MemberState::Invited => {
                let found = self.tx.invitations().list_of(member.organization, &[member.id]).await?;
                found.into_iter().next()
            }
            _ => None,
        };
        Ok(show(&self.roles, member, invitation, self.now))
    }
}
