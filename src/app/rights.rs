//! What people may do in an organisation, and what they may hand on. Every path that gives rights asks [`Cx::may_give`];
//! every path that changes them tells [`Cx::rights_changed`], so that what shrinks is gone at once.

use super::{App, Cx, View};
use crate::clock::Time;
use crate::domain::authority::may_give;
use crate::domain::event::Revocation;
use crate::domain::member::Member;
use crate::domain::preset::Preset;
use crate::domain::session::Place;
use crate::domain::{MemberId, OrganizationId, Permission, PermissionSet, RoleId, Roles};
use crate::error::{Denied, Error, Refused};
use crate::store::Repository;
use crate::store::right::{Affected, Bumped, Rights};
use moka::sync::Cache;
use std::collections::HashMap;
use std::sync::Arc;

/// How many organisations' roles are remembered.
const REMEMBERED: u64 = 10_000;

/// The roles of organisations, by the version they were read at: whoever changes any counts it up, so nothing here is ever
/// out of date.
#[derive(Debug)]
pub struct RolesCache {
    plain: Arc<Roles>,
    own: Cache<(OrganizationId, i64), Arc<Roles>>,
}

impl RolesCache {
    /// Empty.
    pub fn new(preset: Arc<Preset>) -> RolesCache {
        RolesCache {
            plain: Arc::new(Roles::plain(preset)),
            own: Cache::new(REMEMBERED),
        }
    }

    /// The preset's roles alone.
    pub fn plain(&self) -> Arc<Roles> {
        self.plain.clone()
    }
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
        if (1..=200).contains(&text.len()) && !text.contains(char::is_control) {
            Ok(RoleRef::Name(text.to_owned()))
        } else {
            Err("is neither a role id (rol_…) nor a role's name".into())
        }
    }
}

/// The roles that are meant, each once, in the order of their ids.
pub(super) fn resolve(roles: &Roles, named: &[RoleRef]) -> Result<Vec<RoleId>, Error> {
    let mut meant = named
        .iter()
        .map(|named| {
            let (role, text) = match named {
                RoleRef::Id(id) => (roles.find(*id), id.to_string()),
                RoleRef::Name(name) => (roles.named(name), name.clone()),
            };
            role.map(|role| role.id).ok_or_else(|| Error::missing("role", text))
        })
        .collect::<Result<Vec<_>, _>>()?;
    meant.sort_unstable();
    meant.dedup();
    Ok(meant)
}

/// Roles that a refusal names, at most: it stands in the headers of the answer, of which clients take so much and no more.
const NAMED: usize = 10;

/// The refusal for a missing permission: which, and roles here that grant it.
pub(super) fn lacking(roles: &Roles, permission: &str) -> Error {
    let all = permission
        .parse::<Permission>()
        .map(|permission| roles.granting(&permission));
    let all = all.unwrap_or_default();
    let mut granting: Vec<String> = all.iter().take(NAMED).map(|role| role.name.clone()).collect();
    if all.len() > NAMED {
        granting.push("…".to_owned());
    }
    Denied::Permission {
        permission: permission.to_owned(),
        roles: granting,
    }
    .into()
}

impl App {
    /// The same before anything was read of the organisation. What can't be read is left out: the refusal stands anyway.
    pub async fn lacking(&self, organization: OrganizationId, permission: &str) -> Error {
        let roles = self.roles_now(organization).await;
        lacking(&roles.unwrap_or_else(|_| self.roles.plain()), permission)
    }

    async fn roles_now(&self, organization: OrganizationId) -> Result<Arc<Roles>, Error> {
        let rows = self.store.reads();
        let version = rows.organizations().roles_version(organization).await?;
        let wanted = [(organization, version)];
        let mut found = self.roles_at(rows.rights(), &wanted, true).await?;
        Ok(found.remove(&organization).unwrap_or_else(|| self.roles.plain()))
    }

    /// The roles of organisations at the versions that were read. Those seen before cost nothing, the others three
    /// statements together.
    pub(super) async fn roles_at<M>(
        &self,
        rows: Repository<'_, Rights, M>,
        wanted: &[(OrganizationId, i64)],
        remember: bool,
    ) -> Result<HashMap<OrganizationId, Arc<Roles>>, Error> {
        let mut found = HashMap::with_capacity(wanted.len());
        let mut unseen: Vec<(OrganizationId, i64)> = vec![];
        for key in wanted {
            match self.roles.own.get(key).filter(|_| remember) {
                Some(roles) => drop(found.insert(key.0, roles)),
                None => unseen.push(*key),
            }
        }
        if unseen.is_empty() {
            return Ok(found);
        }
        let ids: Vec<OrganizationId> = unseen.iter().map(|(id, _)| *id).collect();
        let mut read = rows.list(&ids).await?;
        for key in unseen {
            let own = read.remove(&key.0).unwrap_or_default();
            let roles = if own == Default::default() {
                self.roles.plain()
            } else {
                Arc::new(Roles::new(self.preset.clone(), own))
            };
            if remember {
                self.roles.own.insert(key, roles.clone());
            }
            found.insert(key.0, roles);
        }
        Ok(found)
    }
}

impl App {
    /// The roles of an organisation at a version, if they were read before.
    pub(super) fn remembered(&self, organization: OrganizationId, version: i64) -> Option<Arc<Roles>> {
        self.roles.own.get(&(organization, version))
    }
}

impl View<'_> {
    /// The roles of an organisation, as they are now.
    pub(super) async fn roles(&self, organization: OrganizationId) -> Result<Arc<Roles>, Error> {
        let version = self.rows.organizations().roles_version(organization).await?;
        self.roles_at(organization, version).await
    }

    /// The roles of an organisation at the version that was read.
    pub(super) async fn roles_at(&self, organization: OrganizationId, version: i64) -> Result<Arc<Roles>, Error> {
        let wanted = [(organization, version)];
        let mut found = self.app.roles_at(self.rows.rights(), &wanted, true).await?;
        Ok(found.remove(&organization).unwrap_or_else(|| self.app.roles.plain()))
    }

    /// The roles of the organisations of these members.
    pub(super) async fn roles_for(&self, members: &[Member]) -> Result<HashMap<OrganizationId, Arc<Roles>>, Error> {
        let mut wanted: Vec<_> = members
            .iter()
            .map(|m| (m.organization, m.given.roles_version))
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        self.app.roles_at(self.rows.rights(), &wanted, true).await
    }
}

impl Cx<'_> {
    /// The roles of the organisation that a member was read from.
    pub(super) async fn roles_for(&self, member: &Member) -> Result<Arc<Roles>, Error> {
        self.roles_at(member.organization, member.given.roles_version).await
    }

    /// The roles of an organisation at the version that was read. What this transaction changed itself isn't remembered:
    /// it may yet be undone.
    pub(super) async fn roles_at(&self, organization: OrganizationId, version: i64) -> Result<Arc<Roles>, Error> {
        let remember = !self.roles_touched;
        let wanted = [(organization, version)];
        let mut found = self.app.roles_at(self.tx.rights(), &wanted, remember).await?;
        Ok(found.remove(&organization).unwrap_or_else(|| self.app.roles.plain()))
    }

    /// Says that roles, what groups carry, or the catalogue of the caller's organisation was changed, and reads them anew.
    /// Call it after writing and before [`Cx::rights_changed`].
    pub(super) async fn roles_written(&mut self) -> Result<(), Error> {
        let organization = self.home()?.id;
        self.roles_touched = true;
        let version = self.tx.organizations().bump_roles(organization).await?;
        self.roles = self.roles_at(organization, version).await?;
        Ok(())
    }

    /// Refuses to hand out what the caller doesn't hold: the one check for every path that gives any right. What they hold
    /// for a while isn't theirs to give for good.
    pub(super) fn may_give(&self, given: &PermissionSet) -> Result<(), Error> {
        let membership = self.standing.as_ref().and_then(|standing| standing.membership.as_ref());
        match membership {
            Some(membership) if membership.given.bindings.is_empty() => exceeds(&self.rights, given),
            _ => exceeds(&self.held_until(None), given),
        }
    }

    /// The same for a role that ends: what the caller holds for a while may be handed on until then, and no longer.
    pub(super) fn may_give_until(&self, role: RoleId, end: Time) -> Result<(), Error> {
        exceeds(&self.held_until(Some(end)), &self.roles.permissions_of(&[role]))?;
        self.spares_owner(&[role])
    }

    /// Refuses to take away what the caller doesn't hold, or to put it in force where somebody else gave it: that takes
    /// what they hold now.
    pub(super) fn may_touch(&self, rights: &PermissionSet) -> Result<(), Error> {
        exceeds(&self.rights, rights)
    }

    /// What the caller holds for good, or at least until then.
    fn held_until(&self, end: Option<Time>) -> PermissionSet {
        let membership = self.standing.as_ref().and_then(|standing| standing.membership.as_ref());
        let held = membership.map(|m| self.roles.lasting(&m.roles, &m.given, end));
        held.map(|held| held.intersection(&self.rights)).unwrap_or_default()
    }

    /// The same for roles; the owner's moves by transfer alone.
    pub(super) fn may_give_roles(&self, roles: &[RoleId]) -> Result<(), Error> {
        self.may_give(&self.roles.permissions_of(roles))?;
        self.spares_owner(roles)
    }

    fn spares_owner(&self, roles: &[RoleId]) -> Result<(), Error> {
        if roles.contains(&self.roles.owner()) {
            return Err(Refused::OwnerRoleMovesByTransfer.into());
        }
        Ok(())
    }

    /// Says whose rights changed, after the change was written. Tokens made from the older rights are of no use to ask
    /// for new ones; if anything was taken away, they are refused at once, and open invitations that rested on it are
    /// withdrawn. Whoever lost nothing by it has to renew their token once. What open invitations give may be another
    /// thing now: those of the invited are rested anew; and an offered ownership goes on for a chosen one who only gained.
    pub(super) async fn rights_changed(&mut self, which: &Affected, shrank: bool) -> Result<(), Error> {
        let organization = self.home()?.id;
        let Bumped { active, invited } = self.tx.rights().bump(organization, which).await?;
        match shrank {
            true => self.rights_shrank(organization, &active).await?,
            false => self.offer_follows(organization, &active).await?,
        }
        self.rest_anew(organization, &invited).await
    }

    /// The same of members who lost nothing, and to whom nobody could have offered the ownership before: no offer has to
    /// be looked for.
    pub(super) async fn rights_grew_below(&mut self, members: Vec<MemberId>) -> Result<(), Error> {
        let organization = self.home()?.id;
        let bumped = self.tx.rights().bump(organization, &Affected::Members(members)).await?;
        self.rest_anew(organization, &bumped.invited).await
    }

    /// Refuses the older tokens of these members, each with the new version of their rights, and withdraws the invitations
    /// that they can't stand behind any more, and the ownership that they offered.
    async fn rights_shrank(&mut self, organization: OrganizationId, changed: &[(MemberId, i64)]) -> Result<(), Error> {
        for (member, min_version) in changed {
            let place = Place {
                organization,
                member: *member,
            };
            self.revoke(Revocation::Rights {
                place,
                min_version: *min_version,
            });
        }
        let ids: Vec<MemberId> = changed.iter().map(|(member, _)| *member).collect();
        self.withdraw_offer_of(organization, &ids).await?;
        let inviters = self
            .tx
            .invitations()
            .inviters_among(organization, &ids, self.now)
            .await?;
        let inviters = self.tx.members().list_by_id(organization, &inviters).await?;
        let left: Vec<_> = inviters
            .iter()
            .map(|member| (member.id, self.roles.rights_of(member, self.now)))
            .collect();
        self.withdraw_given(organization, &left).await?;
        Ok(())
    }
}

fn exceeds(held: &PermissionSet, given: &PermissionSet) -> Result<(), Error> {
    may_give(held, given)
        .map_err(|lacks| Denied::RightsExceedYours(lacks.permissions.iter().map(ToString::to_string).collect()).into())
}
