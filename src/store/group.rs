//! Groups, the roles that they carry, and who is in them. Every finder takes the organisation.

use super::among::among;
use super::entity::group::{ActiveModel, Column, Entity, Model};
use super::entity::{group_member, group_role};
use super::naming::{NamedPage, containing, counted, named};
use super::{ReadWrite, Repository, from_db, insert_all};
use crate::domain::group::Group;
use crate::domain::naming::{Description, GroupRef, likeness};
use crate::domain::{DisplayName, GroupId, MemberId, OrganizationId, RoleId};
use crate::error::Error;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use std::collections::HashMap;
use uuid::Uuid;

/// The resource.
#[derive(Debug)]
pub enum Groups {}

impl<M> Repository<'_, Groups, M> {
    /// Those that are meant, by id or by name, in no order.
    pub async fn list_meant(&self, organization: OrganizationId, meant: &[GroupRef]) -> Result<Vec<Group>, Error> {
        if meant.is_empty() {
            return Ok(vec![]);
        }
        let which = named(Column::Id, Column::NameKey, meant, GroupId::uuid);
        let rows = here(organization).filter(which).all(self.conn).await.map_err(from_db)?;
        self.with_roles(organization, rows).await
    }

    /// One, by id or by name, or the error that it isn't there.
    pub async fn get(&self, organization: OrganizationId, meant: &GroupRef) -> Result<Group, Error> {
        let found = self.list_meant(organization, std::slice::from_ref(meant)).await?.pop();
        found.ok_or_else(|| Error::missing("group", meant))
    }

    /// What these are called, in no order.
    pub async fn list_names(
        &self,
        organization: OrganizationId,
        ids: &[GroupId],
    ) -> Result<Vec<(GroupId, DisplayName)>, Error> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let query = here(organization).filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())));
        let rows: Vec<(Uuid, String)> = query
            .select_only()
            .columns([Column::Id, Column::Name])
            .into_tuple()
            .all(self.conn)
            .await
            .map_err(from_db)?;
        Ok(rows
            .into_iter()
            .map(|(id, name)| (GroupId::new(id), DisplayName::stored(name)))
            .collect())
    }

    /// Whether another one has a name of this likeness.
    pub async fn is_named(&self, organization: OrganizationId, key: &str, but: GroupId) -> Result<bool, Error> {
        let query = here(organization)
            .filter(Column::NameKey.eq(key))
            .filter(Column::Id.ne(but.uuid()));
        Ok(query.count(self.conn).await.map_err(from_db)? > 0)
    }

    /// One page, by name.
    pub async fn list(&self, organization: OrganizationId, page: &NamedPage<'_>) -> Result<Vec<Group>, Error> {
        let rows = matching(organization, page.search)
            .filter(Column::NameKey.gt(page.after))
            .order_by_asc(Column::NameKey)
            .limit(page.limit)
            .all(self.conn)
            .await
            .map_err(from_db)?;
        self.with_roles(organization, rows).await
    }

    /// How many match.
    pub async fn count(&self, organization: OrganizationId, search: &str) -> Result<u64, Error> {
        matching(organization, search).count(self.conn).await.map_err(from_db)
    }

    /// How many members are in each of these. Where nobody is, there is no entry.
    pub async fn count_members(
        &self,
        organization: OrganizationId,
        groups: &[GroupId],
    ) -> Result<HashMap<GroupId, u64>, Error> {
        let query = group_member::Entity::find()
            .filter(group_member::Column::OrganizationId.eq(organization.uuid()))
            .filter(group_member::Column::GroupId.is_in(groups.iter().map(|id| id.uuid())));
        counted(self.conn, query, group_member::Column::GroupId, GroupId::new).await
    }

    /// One statement for the roles of all the rows.
    async fn with_roles(&self, organization: OrganizationId, rows: Vec<Model>) -> Result<Vec<Group>, Error> {
        if rows.is_empty() {
            return Ok(vec![]);
        }
        let given = group_role::Entity::find()
            .filter(group_role::Column::OrganizationId.eq(organization.uuid()))
            .filter(group_role::Column::GroupId.is_in(rows.iter().map(|row| row.id)))
            .all(self.conn)
            .await
            .map_err(from_db)?;
        let mut roles: HashMap<Uuid, Vec<RoleId>> = HashMap::new();
        for row in given {
            roles.entry(row.group_id).or_default().push(RoleId::new(row.role_id));
        }
        Ok(rows
            .into_iter()
            .map(|row| {
                let mut roles = roles.remove(&row.id).unwrap_or_default();
                roles.sort_unstable();
                group(row, roles)
            })
            .collect())
    }
}

impl Repository<'_, Groups, ReadWrite> {
    /// A new one, with its roles. The likeness of its name must be free, or the call conflicts.
    pub async fn insert(&self, group: &Group) -> Result<(), Error> {
        Entity::insert(row(group))
            .exec_without_returning(self.conn)
            .await
            .map_err(from_db)?;
        self.insert_roles(group).await
    }

    /// Writes the whole row and the roles, if nobody else did since it was read; counts the version up.
    pub async fn update(&self, group: &Group) -> Result<Group, Error> {
        let next = Group {
            version: group.version + 1,
            ..group.clone()
        };
        let done = Entity::update_many()
            .set(row(&next))
            .filter(Column::OrganizationId.eq(group.organization.uuid()))
            .filter(Column::Id.eq(group.id.uuid()))
            .filter(Column::Version.eq(group.version))
            .exec(self.conn)
            .await
            .map_err(from_db)?;
        if done.rows_affected != 1 {
            return Err(Error::Conflict);
        }
        let query = group_role::Entity::delete_many()
            .filter(group_role::Column::OrganizationId.eq(group.organization.uuid()))
            .filter(group_role::Column::GroupId.eq(group.id.uuid()));
        query.exec(self.conn).await.map_err(from_db)?;
        self.insert_roles(&next).await?;
        Ok(next)
    }

    /// Deletes one, with its roles and its places.
    pub async fn delete(&self, organization: OrganizationId, id: GroupId) -> Result<(), Error> {
        let query = Entity::delete_many()
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .filter(Column::Id.eq(id.uuid()));
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }

    /// Puts members into groups where they aren't yet, or the call conflicts.
    pub async fn put_in(&self, organization: OrganizationId, pairs: &[(GroupId, MemberId)]) -> Result<(), Error> {
        let rows = pairs.iter().map(|(group, member)| group_member::ActiveModel {
            organization_id: Set(organization.uuid()),
            group_id: Set(group.uuid()),
            member_id: Set(member.uuid()),
        });
        insert_all(self.conn, rows.collect()).await
    }

    /// Takes all of these members out of all of these groups.
    pub async fn take_out(
        &self,
        organization: OrganizationId,
        groups: &[GroupId],
        members: &[MemberId],
    ) -> Result<u64, Error> {
        let query = group_member::Entity::delete_many()
            .filter(among(
                self.conn,
                (group_member::Column::OrganizationId, organization),
                (group_member::Column::MemberId, members.iter().map(|id| id.uuid())),
            ))
            .filter(group_member::Column::GroupId.is_in(groups.iter().map(|id| id.uuid())));
        Ok(query.exec(self.conn).await.map_err(from_db)?.rows_affected)
    }

    async fn insert_roles(&self, group: &Group) -> Result<(), Error> {
        let rows = group.roles.iter().map(|role| group_role::ActiveModel {
            organization_id: Set(group.organization.uuid()),
            group_id: Set(group.id.uuid()),
            role_id: Set(role.uuid()),
        });
        insert_all(self.conn, rows.collect()).await
    }
}

fn here(organization: OrganizationId) -> Select<Entity> {
    Entity::find().filter(Column::OrganizationId.eq(organization.uuid()))
}

fn matching(organization: OrganizationId, search: &str) -> Select<Entity> {
    here(organization).filter(containing(Column::NameKey, search))
}

fn row(group: &Group) -> ActiveModel {
    ActiveModel {
        organization_id: Set(group.organization.uuid()),
        id: Set(group.id.uuid()),
        name: Set(group.name.as_str().to_owned()),
        name_key: Set(likeness(group.name.as_str())),
        description: Set(group.description.as_str().to_owned()),
        version: Set(group.version),
        created_at: Set(group.created_at),
        updated_at: Set(group.updated_at),
    }
}

fn group(row: Model, roles: Vec<RoleId>) -> Group {
    Group {
        id: GroupId::new(row.id),
        organization: OrganizationId::new(row.organization_id),
        name: DisplayName::stored(row.name),
        description: Description::stored(row.description),
        roles,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
