//! The catalogue of permissions: the preset's modules, and those that an organisation's own services declare.

use crate::app::page::{Page, PageRequest, Pager};
use crate::app::{Cx, View};
use crate::domain::catalog::{Change, Difference, MOST, difference};
use crate::domain::event::Event;
use crate::domain::own_role::OwnRole;
use crate::domain::preset::Module;
use crate::domain::{MemberId, Permission, PermissionSet, RoleId};
use crate::error::{Error, Exhausted, Refused};
use crate::store::catalog::Declared;
use crate::store::right::Affected;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// A module of the catalogue, in the language of the call.
#[derive(Debug, Clone)]
pub struct ModuleShown {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its permissions: name, title, whether one member may be given it.
    pub permissions: Vec<(String, String, bool)>,
}

/// The catalogue of permissions.
pub async fn list_permissions(view: &View<'_>, input: &PageRequest) -> Result<Page<ModuleShown>, Error> {
    let locale = view.call.locale;
    let roles = view.roles(view.call.organization()?).await?;
    let modules = roles.modules().map(|module| ModuleShown {
        name: module.name.clone(),
        title: module.titles.get(locale).to_owned(),
        permissions: module
            .permissions
            .iter()
            .map(|p| (p.name.to_string(), p.titles.get(locale).to_owned(), p.grantable))
            .collect(),
    });
    // The preset's come first, in its order; then those of the organisation's own services, by name.
    let preset = &view.app.preset.modules;
    let key = |module: &ModuleShown| match preset.iter().position(|of| of.name == module.name) {
        Some(place) => (false, place, String::new()),
        None => (true, 0, module.name.clone()),
    };
    Pager::new(&view.app.sealer, view.call, &())?.slice(modules.collect(), input, key)
}

/// All modules of a service.
#[derive(Debug)]
pub struct Apply {
    /// Which.
    pub service: String,
    /// Its modules; none takes all away.
    pub modules: Vec<Module>,
}

/// What a declaration changed.
#[derive(Debug, Default)]
pub struct Applied {
    /// What differs from before.
    pub changes: Vec<(Permission, Change)>,
    /// What own roles lose.
    pub roles: Vec<(RoleId, String, PermissionSet)>,
    /// What members lose that was granted to them alone; the first of them.
    pub grants: Vec<(MemberId, PermissionSet)>,
    /// How many members lose such.
    pub grant_count: u64,
}

/// How many members an answer names.
const NAMED: usize = 100;

/// Puts a service's declaration in the place of its last one. What goes is taken from own roles and grants, so that it
/// doesn't come back by itself should it be declared again.
pub async fn apply(cx: &mut Cx<'_>, input: &Apply) -> Result<Applied, Error> {
    cx.on(&input.service);
    let organization = cx.home()?.id;
    let declared = cx.tx.catalogs().list(organization).await?;
    fits(cx, &declared, input)?;
    let before = declared
        .into_iter()
        .filter(|declared| declared.service == input.service);
    let before: Vec<Module> = before.map(|declared| declared.module).collect();
    let Difference { changes, withdrawn } = difference(&before, &input.modules);
    if changes.is_empty() {
        return Ok(Applied::default());
    }
    let roles = cx.losing_roles(&withdrawn).await?;
    let grants = match withdrawn.is_empty() {
        true => BTreeMap::new(),
        false => cx.tx.members().list_granted(organization, &withdrawn).await?,
    };
    let mut lost: PermissionSet = roles.iter().flat_map(|(_, lost)| lost.iter().cloned()).collect();
    lost.extend(grants.values().flat_map(|lost| lost.iter().cloned()));
    // Whoever holds everything loses what goes.
    let gone = changes.iter().filter(|(_, change)| *change == Change::Removed);
    lost.extend(gone.map(|(name, _)| name.clone()));
    // Nobody takes from others what they don't hold themselves.
    cx.may_touch(&lost)?;
    let (service, modules, now) = (&input.service, &input.modules, cx.now);
    cx.tx.catalogs().replace(organization, service, modules, now).await?;
    cx.tx.members().withdraw_grants(organization, &withdrawn).await?;
    let told = |(name, change): &(Permission, Change)| (name.clone(), change.as_str());
    cx.emit(Event::CatalogApplied {
        service: input.service.clone(),
        changes: changes.iter().map(told).collect(),
        before: declared_as(&before, &changes),
        after: declared_as(&input.modules, &changes),
    });
    for (member, permissions) in &grants {
        cx.emit(Event::GrantsWithdrawn {
            member: *member,
            permissions: permissions.clone(),
        });
    }
    cx.strip(&roles).await?;
    cx.catalog_changed(&changes, &roles, &grants).await?;
    Ok(Applied {
        changes,
        roles: roles
            .into_iter()
            .map(|(role, lost)| (role.id, role.name.as_str().to_owned(), lost))
            .collect(),
        grant_count: grants.len() as u64,
        grants: grants.into_iter().take(NAMED).collect(),
    })
}

/// What the changed permissions are declared as, for the log.
fn declared_as(modules: &[Module], changes: &[(Permission, Change)]) -> serde_json::Value {
    let changed: BTreeSet<&Permission> = changes.iter().map(|(name, _)| name).collect();
    let each = modules
        .iter()
        .flat_map(|module| module.permissions.iter().map(move |info| (module, info)));
    let told = each
        .filter(|(_, info)| changed.contains(&info.name))
        .map(|(module, info)| {
            let told = json!({"module": module.titles, "titles": info.titles, "grantable": info.grantable});
            (info.name.to_string(), told)
        });
    serde_json::Value::Object(told.collect())
}

/// Whether the modules are the service's to declare, and not too many.
fn fits(cx: &Cx<'_>, declared: &[Declared], input: &Apply) -> Result<(), Error> {
    for module in &input.modules {
        let preset = cx.app.preset.claims(&module.name);
        let other = declared
            .iter()
            .find(|known| known.module.name == module.name && known.service != input.service);
        let owner = match (preset, other) {
            (true, _) => Some("preset".to_owned()),
            (_, other) => other.map(|known| known.service.clone()),
        };
        if let Some(owner) = owner {
            let module = module.name.clone();
            return Err(Refused::ModuleTaken { module, owner }.into());
        }
    }
    let count = |modules: &mut dyn Iterator<Item = &Module>| modules.map(|m| m.permissions.len()).sum::<usize>();
    let others = declared.iter().filter(|known| known.service != input.service);
    let all = count(&mut others.map(|known| &known.module)) + count(&mut input.modules.iter());
    if all > MOST {
        let limit = MOST as u64;
        return Err(Exhausted::Limit {
            kind: "permission",
            limit,
        }
        .into());
    }
    Ok(())
}

impl Cx<'_> {
    /// Own roles that carry any of these, and which.
    async fn losing_roles(&self, withdrawn: &PermissionSet) -> Result<Vec<(OwnRole, PermissionSet)>, Error> {
        if withdrawn.is_empty() {
            return Ok(vec![]);
        }
        let all = self.tx.roles().list(self.home()?.id).await?;
        let losing = all.into_iter().map(|role| {
            let lost = role.permissions.intersection(withdrawn);
            (role, lost)
        });
        Ok(losing.filter(|(_, lost)| !lost.is_empty()).collect())
    }

    async fn strip(&mut self, roles: &[(OwnRole, PermissionSet)]) -> Result<(), Error> {
        for (role, lost) in roles {
            let next = OwnRole {
                permissions: role.permissions.missing_from(lost).into_iter().collect(),
                updated_at: self.now,
                ..role.clone()
            };
            self.write_role(role, next).await?;
        }
        Ok(())
    }

    /// Tells whose rights a declaration changed: holders of roles that hold everything, those of roles that lost something,
    /// and those whose grants went.
    async fn catalog_changed(
        &mut self,
        changes: &[(Permission, Change)],
        roles: &[(OwnRole, PermissionSet)],
        grants: &BTreeMap<MemberId, PermissionSet>,
    ) -> Result<(), Error> {
        self.roles_written().await?;
        let is = |wanted: Change| changes.iter().any(|(_, change)| *change == wanted);
        let (gone, new) = (is(Change::Removed), is(Change::Added));
        let mut affected: Vec<RoleId> = roles.iter().map(|(role, _)| role.id).collect();
        if gone || new {
            let everything = self.roles.iter().filter(|role| role.everything);
            affected.extend(everything.map(|role| role.id));
        }
        let shrank = gone || !roles.is_empty();
        if !affected.is_empty() {
            let which = Affected::Holdings(affected, PermissionSet::new());
            self.rights_changed(&which, shrank).await?;
        }
        if !grants.is_empty() {
            let losing: Vec<MemberId> = grants.keys().copied().collect();
            self.tx.members().touch(self.home()?.id, &losing, self.now).await?;
            let which = Affected::Members(losing);
            self.rights_changed(&which, true).await?;
        }
        Ok(())
    }
}
