//! Roles given for a while. Every finder takes the organisation, and finds none that is past its time.

use super::entity::binding::{ActiveModel, Column, Entity, Model};
use super::{ReadWrite, Repository, delete_some, from_db};
use crate::clock::Time;
use crate::domain::binding::Binding;
use crate::domain::{BindingId, MemberId, OrganizationId, RoleId, UserId};
use crate::error::Error;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

/// The resource.
#[derive(Debug)]
pub enum Bindings {}

/// Which ones a list is about.
#[derive(Debug, Clone, Copy, Default)]
pub struct BindingFilter {
    /// Only this member's.
    pub member: Option<MemberId>,
    /// Only this role's.
    pub role: Option<RoleId>,
}

impl<M> Repository<'_, Bindings, M> {
    /// One that hasn't run out.
    pub async fn find(&self, organization: OrganizationId, id: BindingId, now: Time) -> Result<Option<Binding>, Error> {
        let query = live(organization, now).filter(Column::Id.eq(id.uuid()));
        Ok(query.one(self.conn).await.map_err(from_db)?.map(Binding::from))
    }

    /// Those that haven't run out, in the order of their ids, after the one given.
    pub async fn list(
        &self,
        organization: OrganizationId,
        filter: BindingFilter,
        now: Time,
        after: Option<BindingId>,
        limit: u64,
    ) -> Result<Vec<Binding>, Error> {
        let mut query = live(organization, now);
        if let Some(member) = filter.member {
            query = query.filter(Column::MemberId.eq(member.uuid()));
        }
        if let Some(role) = filter.role {
            query = query.filter(Column::RoleId.eq(role.uuid()));
        }
        if let Some(after) = after {
            query = query.filter(Column::Id.gt(after.uuid()));
        }
        let query = query.order_by_asc(Column::Id).limit(limit);
        let rows = query.all(self.conn).await.map_err(from_db)?;
        Ok(rows.into_iter().map(Binding::from).collect())
    }

    /// How many a member has that haven't run out.
    pub async fn count(&self, organization: OrganizationId, member: MemberId, now: Time) -> Result<u64, Error> {
        let query = live(organization, now).filter(Column::MemberId.eq(member.uuid()));
        query.count(self.conn).await.map_err(from_db)
    }
}

impl Repository<'_, Bindings, ReadWrite> {
    /// A new one.
    pub async fn insert(&self, binding: &Binding) -> Result<(), Error> {
        let row = ActiveModel {
            organization_id: Set(binding.organization.uuid()),
            id: Set(binding.id.uuid()),
            member_id: Set(binding.member.uuid()),
            role_id: Set(binding.role.uuid()),
            expires_at: Set(binding.expires_at),
            created_by: Set(binding.created_by.uuid()),
            created_at: Set(binding.created_at),
        };
        Entity::insert(row)
            .exec_without_returning(self.conn)
            .await
            .map_err(from_db)?;
        Ok(())
    }

    /// Takes one away.
    pub async fn delete(&self, organization: OrganizationId, id: BindingId) -> Result<(), Error> {
        let query = Entity::delete_many()
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .filter(Column::Id.eq(id.uuid()));
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }

    /// Forgets those that ended before then. Nothing follows from it: they gave nothing any more.
    pub async fn delete_ended(&self, before: Time, limit: u64) -> Result<u64, Error> {
        delete_some::<Entity>(self.conn, Column::ExpiresAt.lt(before), limit).await
    }
}

fn live(organization: OrganizationId, now: Time) -> sea_orm::Select<Entity> {
    Entity::find()
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::ExpiresAt.gt(now))
}

impl From<Model> for Binding {
    fn from(row: Model) -> Binding {
        Binding {
            id: BindingId::new(row.id),
            organization: OrganizationId::new(row.organization_id),
            member: MemberId::new(row.member_id),
            role: RoleId::new(row.role_id),
            expires_at: row.expires_at,
            created_by: UserId::new(row.created_by),
            created_at: row.created_at,
        }
    }
}
