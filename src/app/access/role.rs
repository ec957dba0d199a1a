//! Roles: the preset's to look at, an organisation's own to make and change.

use crate::app::page::{Page, PageRequest, Pager};
use crate::app::rights::resolve;
use crate::app::user::fresh;
use crate::app::{Cx, RoleRef, View};
use crate::clock::Time;
use crate::domain::event::Event;
use crate::domain::naming::{Description, likeness};
use crate::domain::own_role::{MOST, OwnRole, is_taken};
use crate::domain::preset::Role;
use crate::domain::{DisplayName, Locale, OrganizationId, PermissionSet, RoleId, Roles};
use crate::error::{Error, Exhausted, Exists, Refused};
use crate::store::right::Affected;
use serde_json::json;

/// A role, in the language of the call.
#[derive(Debug, Clone)]
pub struct RoleShown {
    /// Its id.
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Whether it is the owner's.
    pub owner: bool,
    /// Whether the preset gives it to new members who are given no other.
    pub default_role: bool,
    /// What it permits.
    pub permissions: Vec<String>,
    /// What only an own role has.
    pub own: Option<Own>,
    /// How many hold it, if it was asked for.
    pub holders: Option<u64>,
}

/// What only an own role has.
#[derive(Debug, Clone, Copy)]
pub struct Own {
    /// Counts changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

impl RoleShown {
    fn system(role: &Role, known: &Roles, locale: Locale) -> RoleShown {
        RoleShown {
            id: role.id,
            name: role.name.clone(),
            title: role.titles.get(locale).to_owned(),
            description: role.descriptions.get(locale).to_owned(),
            owner: role.owner,
            default_role: known.is_default(role.id),
            permissions: role.permissions.iter().map(ToString::to_string).collect(),
            own: None,
            holders: None,
        }
    }

    fn own(role: &OwnRole) -> RoleShown {
        RoleShown {
            id: role.id,
            name: role.name.as_str().to_owned(),
            title: role.name.as_str().to_owned(),
            description: role.description.as_str().to_owned(),
            owner: false,
            default_role: false,
            permissions: role.permissions.iter().map(ToString::to_string).collect(),
            own: Some(Own {
                version: role.version,
                created_at: role.created_at,
                updated_at: role.updated_at,
            }),
            holders: None,
        }
    }
}

/// A list of roles.
#[derive(Debug)]
pub struct ListRoles {
    /// Which page.
    pub page: PageRequest,
    /// Also count who holds each.
    pub count: bool,
}

/// The roles of the caller's organisation: the preset's, then its own by name. There are few, so the page is cut in memory.
pub async fn list_roles(view: &View<'_>, input: &ListRoles) -> Result<Page<RoleShown>, Error> {
    let organization = view.call.organization()?;
    let known = view.roles(organization).await?;
    let own = view.rows.roles().list(organization).await?;
    let system = known.iter().filter(|role| known.is_system(role.id));
    let mut all: Vec<RoleShown> = system
        .map(|role| RoleShown::system(role, &known, view.call.locale))
        .collect();
    all.extend(own.iter().map(RoleShown::own));
    let system: Vec<RoleId> = known
        .iter()
        .map(|role| role.id)
        .filter(|id| known.is_system(*id))
        .collect();
    let key = |role: &RoleShown| match system.iter().position(|id| *id == role.id) {
        Some(place) => (false, place, String::new()),
        None => (true, 0, likeness(&role.name)),
    };
    let mut page = Pager::new(&view.app.sealer, view.call, &input.count)?.slice(all, &input.page, key)?;
    if input.count {
        let counts = view
            .rows
            .members()
            .count_holders_of_each(organization, view.now)
            .await?;
        for role in &mut page.items {
            role.holders = Some(counts.get(&role.id).copied().unwrap_or(0));
        }
    }
    Ok(page)
}

/// A role to be looked at.
#[derive(Debug)]
pub struct GetRole {
    /// Which.
    pub role: RoleRef,
    /// Also count who holds it.
    pub count: bool,
}

/// One role.
pub async fn get_role(view: &View<'_>, input: &GetRole) -> Result<RoleShown, Error> {
    let organization = view.call.organization()?;
    let known = view.roles(organization).await?;
    let id = one(&known, &input.role)?;
    let mut shown = match known.find(id).filter(|role| known.is_system(role.id)) {
        Some(role) => RoleShown::system(role, &known, view.call.locale),
        None => {
            let own = view.rows.roles().find(organization, id).await?;
            RoleShown::own(&own.ok_or_else(|| Error::missing("role", id))?)
        }
    };
    if input.count {
        shown.holders = Some(view.rows.members().count_holders(organization, id, view.now).await?);
    }
    Ok(shown)
}

/// The one role that is meant.
pub(super) fn one(roles: &Roles, named: &RoleRef) -> Result<RoleId, Error> {
    let meant = resolve(roles, std::slice::from_ref(named))?;
    meant
        .first()
        .copied()
        .ok_or_else(|| Error::Internal("a role went missing".into()))
}

/// A role to be made.
#[derive(Debug)]
pub struct CreateRole {
    /// Its name.
    pub name: DisplayName,
    /// What it is for.
    pub description: Description,
    /// What it permits.
    pub permissions: PermissionSet,
}

/// Makes a role of the organisation's own.
pub async fn create_role(cx: &mut Cx<'_>, input: &CreateRole) -> Result<RoleShown, Error> {
    let organization = cx.home()?.id;
    cx.on(&input.name);
    known(&cx.roles, &input.permissions)?;
    cx.may_give(&input.permissions)?;
    grantable(&cx.roles, &input.permissions)?;
    let own = cx.tx.roles().list(organization).await?;
    if own.len() >= MOST {
        let limit = MOST as u64;
        return Err(Exhausted::Limit { kind: "role", limit }.into());
    }
    free(cx, &input.name, &own, None)?;
    let role = OwnRole {
        id: RoleId::new(cx.uuid()),
        organization,
        name: input.name.clone(),
        description: input.description.clone(),
        permissions: input.permissions.clone(),
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    cx.tx.roles().insert(&role).await?;
    cx.emit(Event::RoleCreated {
        role: role.id,
        name: role.name.as_str().to_owned(),
        permissions: role.permissions.clone(),
    });
    cx.roles_written().await?;
    Ok(RoleShown::own(&role))
}

/// A change of a role: only what is set changes.
#[derive(Debug)]
pub struct UpdateRole {
    /// Which.
    pub role: RoleId,
    /// Its name.
    pub name: Option<DisplayName>,
    /// What it is for.
    pub description: Option<Description>,
    /// What it permits from now on.
    pub permissions: Option<PermissionSet>,
    /// The version that must still be.
    pub etag: Option<i64>,
}

/// Changes an own role, and with it the rights of all who hold it. Whoever does it must hold what the role had and what it
/// gets: it acts on its holders, and nobody takes from others what they don't hold themselves.
pub async fn update_role(cx: &mut Cx<'_>, input: &UpdateRole) -> Result<RoleShown, Error> {
    let organization = cx.home()?.id;
    cx.on(input.role);
    let was = own_role(cx, organization, input.role).await?;
    let permissions = input.permissions.as_ref().unwrap_or(&was.permissions);
    known(&cx.roles, &added(&was.permissions, permissions))?;
    cx.may_touch(&counting(&cx.roles, &was.permissions))?;
    cx.may_give(permissions)?;
    fresh(input.etag, was.version)?;
    grantable(&cx.roles, &added(&was.permissions, permissions))?;
    if let Some(name) = &input.name {
        let own = cx.tx.roles().list(organization).await?;
        free(cx, name, &own, Some(was.id))?;
    }
    let next = OwnRole {
        name: input.name.clone().unwrap_or_else(|| was.name.clone()),
        description: input.description.clone().unwrap_or_else(|| was.description.clone()),
        permissions: permissions.clone(),
        updated_at: cx.now,
        ..was.clone()
    };
    let same = (&next.name, &next.description, &next.permissions) == (&was.name, &was.description, &was.permissions);
    if same {
        return Ok(RoleShown::own(&was));
    }
    let next = cx.write_role(&was, next).await?;
    cx.roles_written().await?;
    if next.permissions != was.permissions {
        let shrank = !next.permissions.is_superset(&was.permissions);
        cx.rights_changed(&Affected::Holding(next.id), shrank).await?;
    }
    Ok(RoleShown::own(&next))
}

impl Cx<'_> {
    /// Writes a changed role and notes it. Whoever calls it has asked [`Cx::may_give`], and tells whose rights changed.
    pub(super) async fn write_role(&mut self, was: &OwnRole, next: OwnRole) -> Result<OwnRole, Error> {
        let next = self.tx.roles().update(&next).await?;
        self.emit(Event::RoleUpdated {
            role: next.id,
            before: told(was),
            after: told(&next),
        });
        Ok(next)
    }
}

/// A role to be deleted.
#[derive(Debug)]
pub struct DeleteRole {
    /// Which.
    pub role: RoleId,
    /// The version that must still be.
    pub etag: Option<i64>,
}

/// How many holders and groups a refusal names.
const NAMED: u64 = 10;

/// Deletes an own role that nobody holds: taking it from members is a change of those members.
pub async fn delete_role(cx: &mut Cx<'_>, input: &DeleteRole) -> Result<(), Error> {
    let organization = cx.home()?;
    cx.on(input.role);
    let was = own_role(cx, organization.id, input.role).await?;
    cx.may_touch(&counting(&cx.roles, &was.permissions))?;
    fresh(input.etag, was.version)?;
    let (held, now) = ([was.id], cx.now);
    let holders = cx
        .tx
        .members()
        .list_holders(organization.id, &held, now, None, NAMED)
        .await?;
    let groups = cx.tx.roles().list_groups(organization.id, was.id, NAMED).await?;
    let by_default = (organization.default_role == Some(was.id)).then(|| organization.id.to_string());
    if by_default.is_some() || !holders.is_empty() || !groups.is_empty() {
        let holders = holders.iter().map(ToString::to_string);
        return Err(Refused::RoleInUse {
            role: was.id.to_string(),
            holders: by_default.into_iter().chain(holders).collect(),
            groups: groups.iter().map(ToString::to_string).collect(),
            by_default: organization.default_role == Some(was.id),
        }
        .into());
    }
    cx.tx.roles().delete(organization.id, was.id).await?;
    cx.emit(Event::RoleDeleted {
        role: was.id,
        before: told(&was),
    });
    cx.roles_written().await
}

/// An own role to be changed, or why there is none.
async fn own_role(cx: &Cx<'_>, organization: OrganizationId, id: RoleId) -> Result<OwnRole, Error> {
    if cx.roles.is_system(id) {
        return Err(Refused::SystemRole { role: id.to_string() }.into());
    }
    let found = cx.tx.roles().find(organization, id).await?;
    found.ok_or_else(|| Error::missing("role", id))
}

fn added(before: &PermissionSet, after: &PermissionSet) -> PermissionSet {
    after.missing_from(before).into_iter().collect()
}

/// Those that a catalogue here has. Nobody holds what was in another preset, and nobody needs to.
fn counting(roles: &Roles, permissions: &PermissionSet) -> PermissionSet {
    let known = permissions.iter().filter(|name| roles.permission(name).is_some());
    known.cloned().collect()
}

/// Refuses permissions that no catalogue here has.
pub(super) fn known(roles: &Roles, permissions: &PermissionSet) -> Result<(), Error> {
    let unknown = permissions.iter().filter(|name| roles.permission(name).is_none());
    let unknown: Vec<_> = unknown.map(ToString::to_string).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Error::field(
        "permissions",
        format!("see ListPermissions; no catalogue here has {}", unknown.join(", ")),
    ))
}

/// Refuses permissions that only the preset's roles may carry.
fn grantable(roles: &Roles, permissions: &PermissionSet) -> Result<(), Error> {
    let fixed = |name: &&crate::domain::Permission| roles.permission(name).is_some_and(|info| !info.grantable);
    match permissions.iter().find(fixed) {
        Some(permission) => Err(Refused::NotGrantable {
            permission: permission.to_string(),
        }
        .into()),
        None => Ok(()),
    }
}

fn free(cx: &Cx<'_>, name: &DisplayName, own: &[OwnRole], but: Option<RoleId>) -> Result<(), Error> {
    if is_taken(name, &cx.app.preset, own, but) {
        let name = name.as_str().to_owned();
        return Err(Exists::Name { kind: "role", name }.into());
    }
    Ok(())
}

fn told(role: &OwnRole) -> serde_json::Value {
    json!({
        "name": role.name.as_str(),
        "description": role.description,
        "permissions": role.permissions,
    })
}
