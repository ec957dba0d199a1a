//! Tags, and who bears them. Every finder takes the organisation.

use super::among::among;
use super::entity::member_tag;
use super::entity::tag::{ActiveModel, Column, Entity, Model};
use super::naming::{NamedPage, containing, counted, named};
use super::{ReadWrite, Repository, from_db, insert_all};
use crate::domain::naming::{Color, Description, TagRef, likeness};
use crate::domain::tag::Tag;
use crate::domain::{DisplayName, MemberId, OrganizationId, TagId};
use crate::error::Error;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use std::collections::HashMap;

/// The resource.
#[derive(Debug)]
pub enum Tags {}

impl<M> Repository<'_, Tags, M> {
    /// Those that are meant, by id or by name, in no order.
    pub async fn list_meant(&self, organization: OrganizationId, meant: &[TagRef]) -> Result<Vec<Tag>, Error> {
        if meant.is_empty() {
            return Ok(vec![]);
        }
        let which = named(Column::Id, Column::NameKey, meant, TagId::uuid);
        let rows = here(organization).filter(which).all(self.conn).await.map_err(from_db)?;
        Ok(rows.into_iter().map(Tag::from).collect())
    }

    /// One, by id or by name, or the error that it isn't there.
    pub async fn get(&self, organization: OrganizationId, meant: &TagRef) -> Result<Tag, Error> {
        let found = self.list_meant(organization, std::slice::from_ref(meant)).await?.pop();
        found.ok_or_else(|| Error::missing("tag", meant))
    }

    /// These, in no order.
    pub async fn list_by_id(&self, organization: OrganizationId, ids: &[TagId]) -> Result<Vec<Tag>, Error> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let query = here(organization).filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())));
        let rows = query.all(self.conn).await.map_err(from_db)?;
        Ok(rows.into_iter().map(Tag::from).collect())
    }

    /// Whether another one has a name of this likeness.
    pub async fn is_named(&self, organization: OrganizationId, key: &str, but: TagId) -> Result<bool, Error> {
        let query = here(organization)
            .filter(Column::NameKey.eq(key))
            .filter(Column::Id.ne(but.uuid()));
        Ok(query.count(self.conn).await.map_err(from_db)? > 0)
    }

    /// One page, by name.
    pub async fn list(&self, organization: OrganizationId, page: &NamedPage<'_>) -> Result<Vec<Tag>, Error> {
        let rows = matching(organization, page.search)
            .filter(Column::NameKey.gt(page.after))
            .order_by_asc(Column::NameKey)
            .limit(page.limit)
            .all(self.conn)
            .await
            .map_err(from_db)?;
        Ok(rows.into_iter().map(Tag::from).collect())
    }

    /// How many match.
    pub async fn count(&self, organization: OrganizationId, search: &str) -> Result<u64, Error> {
        matching(organization, search).count(self.conn).await.map_err(from_db)
    }

    /// How many members bear each of these. Where nobody does, there is no entry.
    pub async fn count_members(
        &self,
        organization: OrganizationId,
        tags: &[TagId],
    ) -> Result<HashMap<TagId, u64>, Error> {
        let query = member_tag::Entity::find()
            .filter(member_tag::Column::OrganizationId.eq(organization.uuid()))
            .filter(member_tag::Column::TagId.is_in(tags.iter().map(|id| id.uuid())));
        counted(self.conn, query, member_tag::Column::TagId, TagId::new).await
    }
}

impl Repository<'_, Tags, ReadWrite> {
    /// A new one. The likeness of its name must be free, or the call conflicts.
    pub async fn insert(&self, tag: &Tag) -> Result<(), Error> {
        Entity::insert(row(tag))
            .exec_without_returning(self.conn)
            .await
            .map_err(from_db)?;
        Ok(())
    }

    /// Writes the whole row, if nobody else did since it was read; counts the version up.
    pub async fn update(&self, tag: &Tag) -> Result<Tag, Error> {
        let next = Tag {
            version: tag.version + 1,
            ..tag.clone()
        };
        let done = Entity::update_many()
            .set(row(&next))
            .filter(Column::OrganizationId.eq(tag.organization.uuid()))
            .filter(Column::Id.eq(tag.id.uuid()))
            .filter(Column::Version.eq(tag.version))
            .exec(self.conn)
            .await
            .map_err(from_db)?;
        if done.rows_affected == 1 {
            Ok(next)
        } else {
            Err(Error::Conflict)
        }
    }

    /// Deletes one, and takes it from all who bear it.
    pub async fn delete(&self, organization: OrganizationId, id: TagId) -> Result<(), Error> {
        let query = Entity::delete_many()
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .filter(Column::Id.eq(id.uuid()));
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }

    /// Gives tags to members who don't bear them yet, or the call conflicts.
    pub async fn give(&self, organization: OrganizationId, pairs: &[(MemberId, TagId)]) -> Result<(), Error> {
        let rows = pairs.iter().map(|(member, tag)| member_tag::ActiveModel {
            organization_id: Set(organization.uuid()),
            member_id: Set(member.uuid()),
            tag_id: Set(tag.uuid()),
        });
        insert_all(self.conn, rows.collect()).await
    }

    /// Takes all of these tags from all of these members.
    pub async fn take(&self, organization: OrganizationId, members: &[MemberId], tags: &[TagId]) -> Result<u64, Error> {
        let query = member_tag::Entity::delete_many()
            .filter(among(
                self.conn,
                (member_tag::Column::OrganizationId, organization),
                (member_tag::Column::MemberId, members.iter().map(|id| id.uuid())),
            ))
            .filter(member_tag::Column::TagId.is_in(tags.iter().map(|id| id.uuid())));
        Ok(query.exec(self.conn).await.map_err(from_db)?.rows_affected)
    }
}

fn here(organization: OrganizationId) -> Select<Entity> {
    Entity::find().filter(Column::OrganizationId.eq(organization.uuid()))
}

fn matching(organization: OrganizationId, search: &str) -> Select<Entity> {
    here(organization).filter(containing(Column::NameKey, search))
}

fn row(tag: &Tag) -> ActiveModel {
    ActiveModel {
        organization_id: Set(tag.organization.uuid()),
        id: Set(tag.id.uuid()),
        name: Set(tag.name.as_str().to_owned()),
        name_key: Set(likeness(tag.name.as_str())),
        description: Set(tag.description.as_str().to_owned()),
        color: Set(tag.color.as_str().to_owned()),
        version: Set(tag.version),
        created_at: Set(tag.created_at),
        updated_at: Set(tag.updated_at),
    }
}

impl From<Model> for Tag {
    fn from(row: Model) -> Tag {
        Tag {
            id: TagId::new(row.id),
            organization: OrganizationId::new(row.organization_id),
            name: DisplayName::stored(row.name),
            description: Description::stored(row.description),
            color: Color::stored(row.color),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
