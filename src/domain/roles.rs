//! The roles of one organisation: the preset's, its own, and what its groups carry. It turns what a member was given into
//! what they may do, and knows where each part of it comes from.
//!
//! Rights are a union: roles given directly, roles given for a while ([`Binding`]), roles of groups, and single grants.
//! Start at [`Roles::rights`].

use std::collections::HashMap;
use std::sync::Arc;

use super::id::{BindingId, GroupId, RoleId, TagId};
use super::member::Member;
use super::name::DisplayName;
use super::permission::{Permission, PermissionSet};
use super::preset::{Module, PermissionInfo, Preset, Role};
use super::tag::TagLabel;
use crate::clock::Time;

/// A role for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Which.
    pub id: BindingId,
    /// What it gives.
    pub role: RoleId,
    /// Until when. From that moment on it gives nothing, whether or not a job ran.
    pub expires_at: Time,
}

/// What a member was given beside their own roles.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Given {
    /// The groups they are in, in the order of the ids.
    pub groups: Vec<GroupId>,
    /// The tags they bear, in the order of the ids. They give no rights.
    pub tags: Vec<TagId>,
    /// Single permissions.
    pub grants: PermissionSet,
    /// Roles for a while, those past their time included.
    pub bindings: Vec<Binding>,
    /// What the organisation's `roles_version` was when this was read.
    pub roles_version: i64,
    /// Integrations act as this member. Only read where members are.
    pub api_user: bool,
    /// What the groups and tags were called when this was read. Only read where members are.
    pub labels: Labels,
}

/// What groups and tags are called.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Labels {
    /// The groups, in no order.
    pub groups: Vec<(GroupId, DisplayName)>,
    /// The tags, in no order.
    pub tags: Vec<TagLabel>,
}

/// Where a right comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A role given to the member.
    Direct(RoleId),
    /// A role of a group they are in.
    Group(GroupId, RoleId),
    /// A role for a while.
    Binding(BindingId, RoleId, Time),
    /// A permission given to the member alone.
    Grant(Permission),
}

impl Source {
    /// The role that it is, if it is one.
    pub fn role(&self) -> Option<RoleId> {
        match self {
            Source::Direct(role) | Source::Group(_, role) | Source::Binding(_, role, _) => Some(*role),
            Source::Grant(_) => None,
        }
    }
}

/// What an organisation has of its own, as it is stored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OwnRights {
    /// Its own roles.
    pub roles: Vec<Role>,
    /// The roles of each group that carries any.
    pub groups: HashMap<GroupId, Vec<RoleId>>,
    /// The modules that its own services declared.
    pub modules: Vec<Module>,
}

/// The roles of one organisation at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Roles {
    preset: Arc<Preset>,
    system: Vec<Role>,
    own: OwnRights,
}

impl Roles {
    /// The preset's roles and nothing more.
    pub fn plain(preset: Arc<Preset>) -> Roles {
        Roles::new(preset, OwnRights::default())
    }

    /// The preset's roles and an organisation's own. A role that holds everything holds what its own services declared too.
    pub fn new(preset: Arc<Preset>, own: OwnRights) -> Roles {
        let mut own = own;
        let declared: PermissionSet = permissions(&own.modules).map(|info| info.name.clone()).collect();
        let known: PermissionSet = permissions(&preset.modules).map(|info| info.name.clone()).collect();
        // What no catalogue has any more counts for nothing, wherever it stands: a preset may have lost it.
        let known = known.union(&declared);
        for role in &mut own.roles {
            role.permissions = role.permissions.intersection(&known);
        }
        let mut system = preset.roles.clone();
        for role in system.iter_mut().filter(|role| role.everything) {
            role.permissions.extend(declared.iter().cloned());
        }
        Roles { preset, system, own }
    }

    /// The same, if an own role permitted something else. Nothing is changed by it.
    #[must_use]
    pub fn with(&self, role: RoleId, permissions: PermissionSet) -> Roles {
        let mut other = self.clone();
        let known = permissions.into_iter().filter(|name| self.permission(name).is_some());
        let known: PermissionSet = known.collect();
        if let Some(role) = other.own.roles.iter_mut().find(|own| own.id == role) {
            role.permissions = known;
        }
        other
    }

    /// All of them, the preset's first.
    pub fn iter(&self) -> impl Iterator<Item = &Role> {
        self.system.iter().chain(&self.own.roles)
    }

    /// The one with this id.
    pub fn find(&self, id: RoleId) -> Option<&Role> {
        self.iter().find(|role| role.id == id)
    }

    /// The one with this name, to the letter.
    pub fn named(&self, name: &str) -> Option<&Role> {
        self.iter().find(|role| role.name == name)
    }

    /// Whether it belongs to the preset, and so can't be changed.
    pub fn is_system(&self, id: RoleId) -> bool {
        self.preset.role(id).is_some()
    }

    /// Whether the preset makes it what new members get. An organisation may have chosen another.
    pub fn is_default(&self, id: RoleId) -> bool {
        self.preset.default_role == id
    }

    /// The owner's.
    pub fn owner(&self) -> RoleId {
        self.preset.owner_role().id
    }

    /// How many owners there may be.
    pub fn most_owners(&self) -> u32 {
        self.preset.owners
    }

    /// Whether suspended members keep their seats.
    pub fn suspension_keeps_seat(&self) -> bool {
        self.preset.suspension_keeps_seat
    }

    /// What the groups carry.
    pub fn of_group(&self, group: GroupId) -> &[RoleId] {
        self.own.groups.get(&group).map(Vec::as_slice).unwrap_or_default()
    }

    /// The groups that carry any of these roles.
    pub fn groups_with(&self, roles: &[RoleId]) -> Vec<GroupId> {
        let carries = |given: &[RoleId]| given.iter().any(|role| roles.contains(role));
        let with = self.own.groups.iter().filter(|(_, given)| carries(given));
        with.map(|(group, _)| *group).collect()
    }

    /// The catalogue: the preset's modules, then those that the organisation's own services declared.
    pub fn modules(&self) -> impl Iterator<Item = &Module> {
        self.preset.modules.iter().chain(&self.own.modules)
    }

    /// The catalogue's entry of a permission.
    pub fn permission(&self, permission: &Permission) -> Option<&PermissionInfo> {
        permissions(self.modules()).find(|info| info.name == *permission)
    }

    /// What these roles permit together. Ids that mean nothing here add nothing.
    pub fn permissions_of(&self, roles: &[RoleId]) -> PermissionSet {
        let held = roles.iter().filter_map(|id| self.find(*id));
        held.flat_map(|role| role.permissions.iter().cloned()).collect()
    }

    /// The roles that carry a permission, the preset's first.
    pub fn granting(&self, permission: &Permission) -> Vec<&Role> {
        self.iter()
            .filter(|role| role.permissions.contains(permission))
            .collect()
    }

    /// Names of the roles with these ids.
    pub fn names(&self, roles: &[RoleId]) -> Vec<String> {
        let known = roles.iter().filter_map(|id| self.find(*id));
        known.map(|role| role.name.clone()).collect()
    }

    /// Everything that counts for a member at this moment, and where it comes from: their own roles first.
    pub fn sources(&self, roles: &[RoleId], given: &Given, now: Time) -> Vec<Source> {
        let direct = roles.iter().map(|role| Source::Direct(*role));
        let by_group = given.groups.iter().flat_map(|group| {
            let carried = self.of_group(*group).iter();
            carried.map(|role| Source::Group(*group, *role))
        });
        let bound = given.bindings.iter().filter(|binding| binding.expires_at > now);
        let bound = bound.map(|binding| Source::Binding(binding.id, binding.role, binding.expires_at));
        let grants = given.grants.iter().cloned().map(Source::Grant);
        direct.chain(by_group).chain(bound).chain(grants).collect()
    }

    /// What a source permits.
    pub fn permissions_by(&self, source: &Source) -> PermissionSet {
        match source {
            // A grant counts for as long as the catalogue knows it.
            Source::Grant(permission) if self.permission(permission).is_some() => {
                std::iter::once(permission.clone()).collect()
            }
            Source::Grant(_) => PermissionSet::new(),
            source => source
                .role()
                .map(|role| self.permissions_of(&[role]))
                .unwrap_or_default(),
        }
    }

    /// What somebody with these roles, and what else they were given, may do at this moment: the union of all sources.
    pub fn rights(&self, roles: &[RoleId], given: &Given, now: Time) -> PermissionSet {
        let sources = self.sources(roles, given, now);
        sources.iter().flat_map(|source| self.permissions_by(source)).collect()
    }

    /// The same, of what still counts at a later moment; without one, of what counts until somebody takes it back. Whoever
    /// hands rights on has to hold them for as long as they give them.
    pub fn lasting(&self, roles: &[RoleId], given: &Given, until: Option<Time>) -> PermissionSet {
        let lasts = |end: Time| until.is_some_and(|until| end >= until);
        let bindings = given.bindings.iter().filter(|binding| lasts(binding.expires_at));
        let given = Given {
            bindings: bindings.cloned().collect(),
            ..given.clone()
        };
        // Of those that are left, none has ended.
        self.rights(roles, &given, Time::MIN_UTC)
    }

    /// What a member's roles, groups and grants permit, whether or not their state lets them use it.
    pub fn rights_of(&self, member: &Member, now: Time) -> PermissionSet {
        self.rights(&member.roles, &member.given, now)
    }

    /// The ids of all roles that count at this moment, by whatever way, each once, in the order of the ids.
    pub fn held(&self, roles: &[RoleId], given: &Given, now: Time) -> Vec<RoleId> {
        let sources = self.sources(roles, given, now);
        let mut held: Vec<RoleId> = sources.iter().filter_map(Source::role).collect();
        held.sort_unstable();
        held.dedup();
        held
    }
}

/// When the first of these bindings that still count ends: no token made now may outlive it.
pub fn first_end(given: &Given, now: Time) -> Option<Time> {
    let ends = given.bindings.iter().map(|binding| binding.expires_at);
    ends.filter(|end| *end > now).min()
}

fn permissions<'m>(modules: impl IntoIterator<Item = &'m Module>) -> impl Iterator<Item = &'m PermissionInfo> {
    modules.into_iter().flat_map(|module| &module.permissions)
}

#[cfg(test)]
mod tests;
