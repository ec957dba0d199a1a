//! An organisation's own roles, one by one. The preset's are in no table; all that count together are `right`'s.

use super::entity::group_role;
use super::entity::role::{ActiveModel, Column, Entity, Model};
use super::{ReadWrite, Repository, from_db};
use crate::domain::naming::Description;
use crate::domain::own_role::OwnRole;
use crate::domain::{DisplayName, GroupId, OrganizationId, RoleId};
use crate::error::Error;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// The resource.
#[derive(Debug)]
pub enum OwnRoles {}

impl<M> Repository<'_, OwnRoles, M> {
    /// All of an organisation's, by name.
    pub async fn list(&self, organization: OrganizationId) -> Result<Vec<OwnRole>, Error> {
        let query = Entity::find()
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .order_by_asc(Column::NameKey);
        let rows = query.all(self.conn).await.map_err(from_db)?;
        rows.into_iter().map(own).collect()
    }

    /// One, by id.
    pub async fn find(&self, organization: OrganizationId, id: RoleId) -> Result<Option<OwnRole>, Error> {
        let query = Entity::find().filter(at(organization, id));
        query.one(self.conn).await.map_err(from_db)?.map(own).transpose()
    }

    /// Groups that carry it.
    pub async fn list_groups(
        &self,
        organization: OrganizationId,
        id: RoleId,
        limit: u64,
    ) -> Result<Vec<GroupId>, Error> {
        let query = group_role::Entity::find()
            .select_only()
            .column(group_role::Column::GroupId)
            .filter(group_role::Column::OrganizationId.eq(organization.uuid()))
            .filter(group_role::Column::RoleId.eq(id.uuid()))
            .order_by_asc(group_role::Column::GroupId)
            .limit(limit);
        let ids: Vec<Uuid> = query.into_tuple().all(self.conn).await.map_err(from_db)?;
        Ok(ids.into_iter().map(GroupId::new).collect())
    }
}

impl Repository<'_, OwnRoles, ReadWrite> {
    /// A new one. The name must be free, or the call conflicts.
    pub async fn insert(&self, role: &OwnRole) -> Result<(), Error> {
        Entity::insert(row(role)?)
            .exec_without_returning(self.conn)
            .await
            .map_err(from_db)?;
        Ok(())
    }

    /// Writes the whole row, if nobody else did since it was read; counts the version up.
    pub async fn update(&self, role: &OwnRole) -> Result<OwnRole, Error> {
        let next = OwnRole {
            version: role.version + 1,
            ..role.clone()
        };
        let done = Entity::update_many()
            .set(row(&next)?)
            .filter(at(role.organization, role.id))
            .filter(Column::Version.eq(role.version))
            .exec(self.conn)
            .await
            .map_err(from_db)?;
        if done.rows_affected == 1 {
            Ok(next)
        } else {
            Err(Error::Conflict)
        }
    }

    /// Deletes one that nobody on the list holds. Of those who were removed it is still told that they had it.
    pub async fn delete(&self, organization: OrganizationId, id: RoleId) -> Result<(), Error> {
        let query = Entity::delete_many().filter(at(organization, id));
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }
}

fn at(organization: OrganizationId, id: RoleId) -> sea_orm::sea_query::Condition {
    sea_orm::sea_query::Condition::all()
        .add(Column::OrganizationId.eq(organization.uuid()))
        .add(Column::Id.eq(id.uuid()))
}

fn row(role: &OwnRole) -> Result<ActiveModel, Error> {
    let permissions = serde_json::to_value(&role.permissions).map_err(|e| Error::Internal(e.to_string()))?;
    Ok(ActiveModel {
        organization_id: Set(role.organization.uuid()),
        id: Set(role.id.uuid()),
        name: Set(role.name.as_str().to_owned()),
        name_key: Set(role.key()),
        description: Set(role.description.as_str().to_owned()),
        permissions: Set(permissions),
        version: Set(role.version),
        created_at: Set(role.created_at),
        updated_at: Set(role.updated_at),
    })
}

fn own(row: Model) -> Result<OwnRole, Error> {
    let id = RoleId::new(row.id);
    let permissions = serde_json::from_value(row.permissions)
        .map_err(|e| Error::Internal(format!("the permissions of {id} can't be read: {e}")))?;
    Ok(OwnRole {
        id,
        organization: OrganizationId::new(row.organization_id),
        name: DisplayName::stored(row.name),
        description: Description::stored(row.description),
        permissions,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
