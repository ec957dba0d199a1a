//! What members were given, and what an organisation has of its own: roles, what groups carry, declared permissions.

use super::entity::{catalog_module, group_role, role};
use super::member::state_of;
use super::{Conn, ReadWrite, Repository, from_db};
use crate::clock::Time;
use crate::domain::preset::{Module, PermissionInfo, Role, Titles};
use crate::domain::roles::{Binding, OwnRights};
use crate::domain::{BindingId, Given, GroupId, MemberId, MemberState, OrganizationId, PermissionSet, RoleId, TagId};
use crate::error::Error;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult, Statement, Value};
use std::collections::HashMap;
use uuid::Uuid;

/// The resource.
#[derive(Debug)]
pub enum Rights {}

impl<M> Repository<'_, Rights, M> {
    /// What organisations have of their own, with three statements for all of them.
    pub async fn list(&self, ids: &[OrganizationId]) -> Result<HashMap<OrganizationId, OwnRights>, Error> {
        let mut all: HashMap<Uuid, OwnRights> = ids.iter().map(|id| (id.uuid(), OwnRights::default())).collect();
        let these = || ids.iter().map(|id| id.uuid());
        let query = role::Entity::find().filter(role::Column::OrganizationId.is_in(these()));
        let query = query.order_by_asc(role::Column::NameKey);
        for row in query.all(self.conn).await.map_err(from_db)? {
            let organization = row.organization_id;
            let role = own_role(row)?;
            all.entry(organization).or_default().roles.push(role);
        }
        let query = group_role::Entity::find().filter(group_role::Column::OrganizationId.is_in(these()));
        for row in query.all(self.conn).await.map_err(from_db)? {
            let groups = &mut all.entry(row.organization_id).or_default().groups;
            let carried = groups.entry(GroupId::new(row.group_id)).or_default();
            carried.push(RoleId::new(row.role_id));
        }
        let query = catalog_module::Entity::find().filter(catalog_module::Column::OrganizationId.is_in(these()));
        let query = query.order_by_asc(catalog_module::Column::Name);
        for row in query.all(self.conn).await.map_err(from_db)? {
            let organization = row.organization_id;
            all.entry(organization).or_default().modules.push(module(row)?);
        }
        Ok(all
            .into_iter()
            .map(|(id, own)| (OrganizationId::new(id), own))
            .collect())
    }
}

/// Whose rights change together.
#[derive(Debug, Clone)]
pub enum Affected {
    /// These members.
    Members(Vec<MemberId>),
    /// Whoever has the role, by whatever way.
    Holding(RoleId),
    /// Whoever is in the group.
    InGroup(GroupId),
    /// Whoever has any of these permissions as a grant, or any of these roles, by whatever way.
    Holdings(Vec<RoleId>, PermissionSet),
}

/// Whose rights were counted up.
#[derive(Debug, Default)]
pub struct Bumped {
    /// Those who have access, with the new versions.
    pub active: Vec<(MemberId, i64)>,
    /// Those who were invited, whether or not the invitation is still open.
    pub invited: Vec<MemberId>,
}

const HOLDERS: &str = "(SELECT member_id FROM member_roles WHERE organization_id = $1 AND role_id = $2 \
     UNION SELECT member_id FROM bindings WHERE organization_id = $1 AND role_id = $2 \
     UNION SELECT m.member_id FROM group_members m JOIN group_roles r ON r.organization_id = m.organization_id \
     AND r.group_id = m.group_id WHERE m.organization_id = $1 AND r.role_id = $2)";
const IN_GROUP: &str = "(SELECT member_id FROM group_members WHERE organization_id = $1 AND group_id = $2)";
const GRANTED: &str = "(SELECT member_id FROM grants WHERE organization_id = $1 AND permission = $2)";

impl Repository<'_, Rights, ReadWrite> {
    /// Counts up the version of these members' rights: one statement for a role, a group or 500 members, however many it
    /// concerns.
    pub async fn bump(&self, organization: OrganizationId, which: &Affected) -> Result<Bumped, Error> {
        let here: Value = organization.uuid().into();
        let mut bumped = Bumped::default();
        match which {
            Affected::Holding(role) => {
                self.bump_in(HOLDERS, vec![here, role.uuid().into()], &mut bumped)
                    .await?;
            }
            Affected::InGroup(group) => {
                self.bump_in(IN_GROUP, vec![here, group.uuid().into()], &mut bumped)
                    .await?;
            }
            Affected::Members(members) => {
                for some in members.chunks(super::ROWS) {
                    let values: Vec<Value> = some.iter().map(|id| id.uuid().into()).collect();
                    let list = format!("({})", places(2, values.len()));
                    let values = std::iter::once(here.clone()).chain(values).collect();
                    self.bump_in(&list, values, &mut bumped).await?;
                }
            }
            Affected::Holdings(roles, grants) => {
                for role in roles {
                    let values = vec![here.clone(), role.uuid().into()];
                    self.bump_in(HOLDERS, values, &mut bumped).await?;
                }
                for grant in grants {
                    let values = vec![here.clone(), grant.as_str().into()];
                    self.bump_in(GRANTED, values, &mut bumped).await?;
                }
            }
        }
        Ok(bumped)
    }

    async fn bump_in(&self, members: &str, values: Vec<Value>, bumped: &mut Bumped) -> Result<(), Error> {
        let sql = format!(
            "UPDATE members SET rights_version = rights_version + 1 WHERE organization_id = $1 AND state <> 7 \
             AND id IN {members} RETURNING id, rights_version, state"
        );
        let statement = Statement::from_sql_and_values(self.conn.get_database_backend(), sql, values);
        for row in self.conn.query_all_raw(statement).await.map_err(from_db)? {
            let (id, version, state): (Uuid, i64, i16) = (at(&row, 0)?, at(&row, 1)?, at(&row, 2)?);
            match state_of(state) {
                MemberState::Active => bumped.active.push((MemberId::new(id), version)),
                MemberState::Invited => bumped.invited.push(MemberId::new(id)),
                _ => {}
            }
        }
        Ok(())
    }
}

fn own_role(row: role::Model) -> Result<Role, Error> {
    Ok(Role {
        id: RoleId::new(row.id),
        titles: alike(&row.name),
        name: row.name,
        descriptions: alike(&row.description),
        permissions: json(row.permissions)?,
        owner: false,
        everything: false,
    })
}

/// A text that people wrote in one language.
fn alike(text: &str) -> Titles {
    Titles {
        en: text.to_owned(),
        pt_br: text.to_owned(),
        es: text.to_owned(),
    }
}

fn module(row: catalog_module::Model) -> Result<Module, Error> {
    Ok(Module {
        name: row.name,
        titles: json(row.titles)?,
        permissions: json::<Vec<PermissionInfo>>(row.permissions)?,
    })
}

fn json<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> Result<T, Error> {
    serde_json::from_value(value).map_err(|e| Error::Internal(format!("a stored value can't be read: {e}")))
}

/// Everything that a member was given: by kind, member, what (role, group or tag), binding, permission, end, number.
const GIVEN: [&str; 6] = [
    "SELECT 1, member_id, role_id, CAST(NULL AS uuid), CAST(NULL AS text), CAST(NULL AS timestamptz), CAST(0 AS bigint) \
     FROM member_roles",
    " UNION ALL SELECT 2, member_id, group_id, NULL, NULL, NULL, 0 FROM group_members",
    " UNION ALL SELECT 3, member_id, tag_id, NULL, NULL, NULL, 0 FROM member_tags",
    " UNION ALL SELECT 4, member_id, NULL, NULL, permission, NULL, 0 FROM grants",
    " UNION ALL SELECT 5, member_id, role_id, id, NULL, expires_at, 0 FROM bindings",
    " UNION ALL SELECT 6, id, api_user_id, NULL, NULL, NULL, roles_version FROM organizations WHERE id IN (",
];

/// The roles that members were given themselves, and all else, by one statement. The key is the member's; what an
/// organisation's roles count stands under its own id, and beside it who is its API user.
#[derive(Debug, Default)]
pub(super) struct AllGiven(HashMap<Uuid, (Vec<RoleId>, Given)>, HashMap<Uuid, Uuid>);

impl AllGiven {
    /// Takes what one member has, in order.
    pub(super) fn take(&mut self, organization: Uuid, member: Uuid) -> (Vec<RoleId>, Given) {
        let version = self.0.get(&organization).map_or(0, |(_, given)| given.roles_version);
        let (mut roles, mut given) = self.0.remove(&member).unwrap_or_default();
        roles.sort_unstable();
        given.groups.sort_unstable();
        given.tags.sort_unstable();
        given.bindings.sort_unstable_by_key(|binding| binding.id);
        given.roles_version = version;
        given.api_user = self.1.get(&organization) == Some(&member);
        (roles, given)
    }

    /// Enters one row, whose columns begin at `first` and are those of [`GIVEN`] without the member.
    pub(super) fn enter(&mut self, member: Uuid, kind: i32, row: &QueryResult, first: usize) -> Result<(), Error> {
        let (roles, given) = self.0.entry(member).or_default();
        match kind {
            1 => roles.push(RoleId::new(at(row, first)?)),
            2 => given.groups.push(GroupId::new(at(row, first)?)),
            3 => given.tags.push(TagId::new(at(row, first)?)),
            4 => given.grants.extend(at::<String>(row, first + 2)?.parse().ok()),
            5 => given.bindings.push(Binding {
                id: BindingId::new(at(row, first + 1)?),
                role: RoleId::new(at(row, first)?),
                expires_at: at::<Time>(row, first + 3)?,
            }),
            _ => {
                given.roles_version = at(row, first + 4)?;
                self.1
                    .extend(at::<Option<Uuid>>(row, first)?.map(|api_user| (member, api_user)));
            }
        }
        Ok(())
    }
}

/// What members were given, by one statement.
pub(super) async fn given(conn: &Conn, organizations: &[Uuid], members: &[Uuid]) -> Result<AllGiven, Error> {
    let (here, these) = (
        places(1, organizations.len()),
        places(1 + organizations.len(), members.len()),
    );
    let mut sql = String::new();
    for (index, part) in GIVEN.iter().enumerate() {
        sql.push_str(part);
        if index < 5 {
            sql.push_str(&format!(
                " WHERE organization_id IN ({here}) AND member_id IN ({these})"
            ));
        } else {
            sql.push_str(&format!("{here})"));
        }
    }
    let values = organizations.iter().chain(members).map(|id| Value::from(*id));
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let mut all = AllGiven::default();
    for row in conn.query_all_raw(statement).await.map_err(from_db)? {
        all.enter(at(&row, 1)?, at(&row, 0)?, &row, 2)?;
    }
    Ok(all)
}

/// `$2, $3, $4`.
fn places(first: usize, count: usize) -> String {
    let names: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    names.join(", ")
}

fn at<T: sea_orm::TryGetable>(row: &QueryResult, index: usize) -> Result<T, Error> {
    row.try_get_by_index(index).map_err(from_db)
}
