//! What members were given, and what an organisation has of its own: roles, what groups carry, declared permissions.

use super::among::{array, places};
use super::entity::{catalog_module, group_role, role};
use super::member::state_of;
use super::{ReadWrite, Repository, from_db};
use crate::domain::membership::MemberState;
use crate::domain::preset::{Module, PermissionInfo, Role, Titles};
use crate::domain::roles::OwnRights;
use crate::domain::{GroupId, MemberId, OrganizationId, PermissionSet, RoleId};
use crate::error::Error;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QueryResult, Statement, Value,
};
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
                    self.bump_these(organization, some, &mut bumped).await?;
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
        let which = format!("organization_id = $1 AND id IN {members}");
        self.bump_where(&which, values, bumped).await
    }

    async fn bump_these(
        &self,
        organization: OrganizationId,
        some: &[MemberId],
        bumped: &mut Bumped,
    ) -> Result<(), Error> {
        let ids: Vec<Uuid> = some.iter().map(|id| id.uuid()).collect();
        if self.conn.get_database_backend() == DbBackend::Postgres {
            // A join with the pairs and nothing else: see `among.rs`.
            let which = "(organization_id, id) IN (SELECT * FROM unnest($1::text::uuid[], $2::text::uuid[]))";
            let organizations = vec![organization.uuid(); ids.len()];
            let values = vec![array(&organizations).into(), array(&ids).into()];
            return self.bump_where(which, values, bumped).await;
        }
        let mut values = vec![organization.uuid().into()];
        let which = format!("organization_id = $1 AND id IN ({})", places(&mut values, &ids));
        self.bump_where(&which, values, bumped).await
    }

    async fn bump_where(&self, which: &str, values: Vec<Value>, bumped: &mut Bumped) -> Result<(), Error> {
        let sql = format!(
            "UPDATE members SET rights_version = rights_version + 1 WHERE {which} AND state <> 7 \
             RETURNING id, rights_version, state"
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

/// What stands in a column.
pub(super) fn at<T: sea_orm::TryGetable>(row: &QueryResult, index: usize) -> Result<T, Error> {
    row.try_get_by_index(index).map_err(from_db)
}
