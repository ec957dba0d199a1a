//! Groups: making, finding, changing and deleting them. Who is in them is in [`membership`].
//!
//! A group gives the roles that it carries to all who are in it. So whoever puts a role into one, or somebody into one
//! that carries roles, gives these roles; and whoever changes a group holds what it carries.

mod membership;

pub use membership::{Membership, add_members, remove_members};

use super::audit::{TOLD, named};
use super::naming::{Kind, NamedList, name_key};
use super::page::{Page, PageRequest};
use super::rights::resolve;
use super::user::fresh;
use super::{Cx, RoleRef, View};
use crate::domain::event::Event;
use crate::domain::group::{Group, MOST_GROUPS};
use crate::domain::naming::{Description, GroupRef};
use crate::domain::{DisplayName, GroupId, RoleId, Roles};
use crate::error::{Error, Exhausted};
use crate::store::right::Affected;
use serde_json::json;

/// A group to be made.
#[derive(Debug)]
pub struct Create {
    /// What it is called.
    pub name: DisplayName,
    /// What it is for.
    pub description: Description,
    /// What it gives.
    pub roles: Vec<RoleRef>,
}

/// A group to be looked at.
#[derive(Debug)]
pub struct Get {
    /// Which.
    pub group: GroupRef,
    /// Also count those in it.
    pub count: bool,
}

/// A list of groups.
#[derive(Debug)]
pub struct List {
    /// Part of the name.
    pub query: String,
    /// Also count those in each.
    pub counts: bool,
    /// Also count all that match.
    pub total: bool,
    /// Which page.
    pub page: PageRequest,
}

/// A change: only what is set changes.
#[derive(Debug)]
pub struct Update {
    /// Which.
    pub group: GroupRef,
    /// What it is called.
    pub name: Option<DisplayName>,
    /// What it is for.
    pub description: Option<Description>,
    /// All that it gives from now on.
    pub roles: Option<Vec<RoleRef>>,
    /// The version that must still be.
    pub etag: Option<i64>,
}

/// A group to be deleted.
#[derive(Debug)]
pub struct Delete {
    /// Which.
    pub group: GroupRef,
    /// Its name, typed again.
    pub confirm: String,
    /// The version that must still be.
    pub etag: Option<i64>,
}

/// A group as it is shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The group.
    pub group: Group,
    /// The names of its roles.
    pub roles: Vec<(RoleId, String)>,
    /// How many are in it, if asked for.
    pub members: Option<u64>,
}

/// A page of groups, and how many there are if it was asked for.
#[derive(Debug)]
pub struct Listed {
    /// The page.
    pub page: Page<Shown>,
    /// How many match.
    pub total: Option<u64>,
}

/// Makes a group.
pub async fn create(cx: &mut Cx<'_>, input: &Create) -> Result<Shown, Error> {
    cx.on(&input.name);
    let organization = cx.home()?.id;
    let roles = resolve(&cx.roles, &input.roles)?;
    cx.may_give_roles(&roles)?;
    let group = Group {
        id: GroupId::new(cx.uuid()),
        organization,
        name: input.name.clone(),
        description: input.description.clone(),
        roles,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    cx.free_group_name(&group).await?;
    if cx.tx.groups().count(organization, "").await? >= MOST_GROUPS {
        let (kind, limit) = ("group", MOST_GROUPS);
        return Err(Exhausted::Limit { kind, limit }.into());
    }
    cx.tx.groups().insert(&group).await?;
    if !group.roles.is_empty() {
        cx.roles_written().await?;
    }
    cx.emit(Event::GroupCreated {
        group: group.id,
        after: told(&cx.roles, &group),
    });
    Ok(shown(&cx.roles, group, None))
}

/// One group.
pub async fn get(view: &View<'_>, input: &Get) -> Result<Shown, Error> {
    let organization = view.call.organization()?;
    let group = view.rows.groups().get(organization, &input.group).await?;
    let members = match input.count {
        true => {
            let counted = view.rows.groups().count_members(organization, &[group.id]).await?;
            Some(counted.get(&group.id).copied().unwrap_or(0))
        }
        false => None,
    };
    Ok(shown(&*view.roles(organization).await?, group, members))
}

/// The groups, a page at a time.
pub async fn list(view: &View<'_>, input: &List) -> Result<Listed, Error> {
    let organization = view.call.organization()?;
    let list = NamedList::new(view, &input.query, &input.page)?;
    let found = view.rows.groups().list(organization, &list.page()).await?;
    let page = list.end(found, |group: &Group| name_key(&group.name))?;
    let ids: Vec<GroupId> = page.items.iter().map(|group| group.id).collect();
    let counted = match input.counts {
        true => Some(view.rows.groups().count_members(organization, &ids).await?),
        false => None,
    };
    let roles = view.roles(organization).await?;
    let items = page.items.into_iter().map(|group| {
        let members = counted
            .as_ref()
            .map(|counted| counted.get(&group.id).copied().unwrap_or(0));
        shown(&roles, group, members)
    });
    let total = match input.total {
        true => Some(view.rows.groups().count(organization, list.search()).await?),
        false => None,
    };
    Ok(Listed {
        page: Page {
            items: items.collect(),
            next: page.next,
        },
        total,
    })
}

/// Changes a group. What it no longer gives is gone at once from all who are in it.
pub async fn update(cx: &mut Cx<'_>, input: &Update) -> Result<Shown, Error> {
    let was = cx.tx.groups().get(cx.home()?.id, &input.group).await?;
    cx.on(was.id);
    cx.may_touch(&cx.roles.permissions_of(&was.roles))?;
    fresh(input.etag, was.version)?;
    let roles = match &input.roles {
        Some(named) => resolve(&cx.roles, named)?,
        None => was.roles.clone(),
    };
    let next = Group {
        name: input.name.clone().unwrap_or_else(|| was.name.clone()),
        description: input.description.clone().unwrap_or_else(|| was.description.clone()),
        roles,
        ..was.clone()
    };
    cx.may_give_roles(&next.roles)?;
    if next == was {
        return Ok(shown(&cx.roles, was, None));
    }
    if next.name != was.name {
        cx.free_group_name(&next).await?;
    }
    let next = cx.rewrite(&was, next).await?;
    cx.emit(Event::GroupUpdated {
        group: next.id,
        before: told(&cx.roles, &was),
        after: told(&cx.roles, &next),
    });
    Ok(shown(&cx.roles, next, None))
}

/// Deletes a group. Those in it stay members, and what it gave them is gone at once.
pub async fn delete(cx: &mut Cx<'_>, input: &Delete) -> Result<u64, Error> {
    let organization = cx.home()?.id;
    let group = cx.tx.groups().get(organization, &input.group).await?;
    cx.on(group.id);
    cx.may_touch(&cx.roles.permissions_of(&group.roles))?;
    fresh(input.etag, group.version)?;
    let counted = cx.tx.groups().count_members(organization, &[group.id]).await?;
    let members = counted.get(&group.id).copied().unwrap_or(0);
    Kind::Group.confirmed(&input.confirm, &group.name, members)?;
    let leaving = cx.tx.members().touch_in_group(organization, group.id, cx.now).await?;
    for members in leaving.chunks(TOLD) {
        let (group, members) = (group.id, members.to_vec());
        cx.emit(Event::GroupLost { group, members });
    }
    cx.emit(Event::GroupDeleted {
        group: group.id,
        before: told(&cx.roles, &group),
        member_count: members,
    });
    // It gives nothing before it goes: afterwards nobody could tell who was in it.
    let empty = Group {
        roles: vec![],
        ..group.clone()
    };
    cx.rewrite(&group, empty).await?;
    cx.tx.groups().delete(organization, group.id).await?;
    Ok(members)
}

impl Cx<'_> {
    /// Writes a group that changed, and tells those in it if their rights did.
    async fn rewrite(&mut self, was: &Group, next: Group) -> Result<Group, Error> {
        let next = Group {
            updated_at: self.now,
            ..next
        };
        let had = self.roles.permissions_of(&was.roles);
        let next = self.tx.groups().update(&next).await?;
        if next.roles != was.roles {
            self.roles_written().await?;
            let shrank = !self.roles.permissions_of(&next.roles).is_superset(&had);
            self.rights_changed(&Affected::InGroup(next.id), shrank).await?;
        }
        Ok(next)
    }

    async fn free_group_name(&self, group: &Group) -> Result<(), Error> {
        let taken = self
            .tx
            .groups()
            .is_named(group.organization, &name_key(&group.name), group.id)
            .await?;
        self.free_name(Kind::Group, &group.name, taken)
    }
}

fn shown(roles: &Roles, group: Group, members: Option<u64>) -> Shown {
    let named = group.roles.iter().filter_map(|id| roles.find(*id));
    Shown {
        roles: named.map(|role| (role.id, role.name.clone())).collect(),
        group,
        members,
    }
}

fn told(roles: &Roles, group: &Group) -> serde_json::Value {
    json!({
        "name": group.name.as_str(),
        "description": group.description.as_str(),
        "roles": named(roles, &group.roles),
    })
}
