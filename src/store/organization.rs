//! The tenants. Their row is also the lock under which seats and ownership change.
//!
//! Every finder passes over deleted ones, but for those that say so: to restore, to purge, and to keep a slug taken.

use super::entity::member;
use super::entity::organization::{ActiveModel, Column, Entity, Model};
use super::member::is_active;
use super::{ReadWrite, Repository, dialect, from_db};
use crate::clock::Time;
use crate::domain::organization::Organization;
use crate::domain::{DisplayName, Locale, MemberId, OrganizationId, RoleId, Slug, TimeZone, UserId};
use crate::error::Error;
use sea_orm::sea_query::{Expr, IntoColumnRef, SimpleExpr};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

/// The resource.
#[derive(Debug)]
pub enum Organizations {}

impl<M> Repository<'_, Organizations, M> {
    /// One, by id.
    pub async fn find(&self, id: OrganizationId) -> Result<Option<Organization>, Error> {
        let row = there(id).one(self.conn).await.map_err(from_db)?;
        Ok(row.map(Organization::from))
    }

    /// One, by id, or the error that it isn't there.
    pub async fn get(&self, id: OrganizationId) -> Result<Organization, Error> {
        self.find(id).await?.ok_or_else(|| Error::missing("organization", id))
    }

    /// One, by slug.
    pub async fn find_by_slug(&self, slug: &Slug) -> Result<Option<Organization>, Error> {
        let found = self.holder_of(slug).await?;
        Ok(found.filter(|organization| organization.deleted_at.is_none()))
    }

    /// Which one has a slug, deleted or not: it is free when its holder is purged.
    pub async fn holder_of(&self, slug: &Slug) -> Result<Option<Organization>, Error> {
        let query = Entity::find().filter(Column::Slug.eq(slug.as_str()));
        Ok(query.one(self.conn).await.map_err(from_db)?.map(Organization::from))
    }

    /// The version of its roles, of what its groups carry and of its catalogue.
    pub async fn roles_version(&self, id: OrganizationId) -> Result<i64, Error> {
        let query = Entity::find_by_id(id.uuid()).select_only().column(Column::RolesVersion);
        let version: Option<i64> = query.into_tuple().one(self.conn).await.map_err(from_db)?;
        version.ok_or_else(|| Error::missing("organization", id))
    }

    /// Those that were deleted before then, the longest ago first.
    pub async fn list_deleted(&self, before: Time, limit: u64) -> Result<Vec<Organization>, Error> {
        let query = Entity::find()
            .filter(Column::DeletedAt.lte(before))
            .order_by_asc(Column::DeletedAt)
            .limit(limit);
        Ok(collected(query.all(self.conn).await.map_err(from_db)?))
    }

    /// Several deleted ones, by id, in no order.
    pub async fn list_deleted_by_id(
        &self,
        ids: impl IntoIterator<Item = OrganizationId>,
    ) -> Result<Vec<Organization>, Error> {
        let query = Entity::find()
            .filter(Column::Id.is_in(ids.into_iter().map(OrganizationId::uuid)))
            .filter(Column::DeletedAt.is_not_null());
        Ok(collected(query.all(self.conn).await.map_err(from_db)?))
    }

    /// The longest of the password lengths that the organisations of an active member ask for, if any does.
    pub async fn password_min_length(&self, user: UserId) -> Result<Option<u32>, Error> {
        let own = member::Entity::find()
            .select_only()
            .column(member::Column::OrganizationId)
            .filter(member::Column::UserId.eq(user.uuid()))
            .filter(is_active());
        let longest: Option<Option<i32>> = Entity::find()
            .select_only()
            .column_as(Column::PasswordMinLength.max(), "longest")
            .filter(Column::DeletedAt.is_null())
            .filter(Column::Id.in_subquery(own.into_query()))
            .into_tuple()
            .one(self.conn)
            .await
            .map_err(from_db)?;
        Ok(longest.flatten().and_then(|longest| u32::try_from(longest).ok()))
    }

    /// Several, by id, in no order.
    pub async fn list(&self, ids: impl IntoIterator<Item = OrganizationId>) -> Result<Vec<Organization>, Error> {
        let query = Entity::find()
            .filter(Column::Id.is_in(ids.into_iter().map(OrganizationId::uuid)))
            .filter(Column::DeletedAt.is_null());
        Ok(collected(query.all(self.conn).await.map_err(from_db)?))
    }
}

fn collected(rows: Vec<Model>) -> Vec<Organization> {
    rows.into_iter().map(Organization::from).collect()
}

/// One that isn't deleted.
fn there(id: OrganizationId) -> sea_orm::Select<Entity> {
    Entity::find_by_id(id.uuid()).filter(Column::DeletedAt.is_null())
}

/// That the organisation of a row, whose column is given, isn't deleted.
pub(super) fn is_there(organization: impl IntoColumnRef) -> SimpleExpr {
    let found = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Expr::col((Entity, Column::Id)).eq(Expr::col(organization)))
        .filter(Column::DeletedAt.is_null());
    Expr::exists(found.into_query())
}

impl Repository<'_, Organizations, ReadWrite> {
    /// One, which nobody else changes until this transaction ends.
    pub async fn lock(&self, id: OrganizationId) -> Result<Organization, Error> {
        let row = dialect::locked(self.conn, there(id));
        let row = row.one(self.conn).await.map_err(from_db)?;
        row.map(Organization::from)
            .ok_or_else(|| Error::missing("organization", id))
    }

    /// One, deleted or not, which nobody else changes until this transaction ends.
    pub async fn lock_deleted(&self, id: OrganizationId) -> Result<Option<Organization>, Error> {
        let query = dialect::locked(self.conn, Entity::find_by_id(id.uuid()));
        Ok(query.one(self.conn).await.map_err(from_db)?.map(Organization::from))
    }

    /// One, which nobody deletes until this transaction ends; changes of other kinds go on beside it.
    pub async fn hold(&self, id: OrganizationId) -> Result<Option<Organization>, Error> {
        let query = dialect::held(self.conn, there(id));
        Ok(query.one(self.conn).await.map_err(from_db)?.map(Organization::from))
    }

    /// Waits until nobody holds it ([`Self::hold`]), and keeps everybody off until this transaction ends.
    pub async fn lock_whole(&self, id: OrganizationId) -> Result<(), Error> {
        let query = dialect::locked_whole(self.conn, Entity::find_by_id(id.uuid()));
        query.one(self.conn).await.map_err(from_db)?;
        Ok(())
    }

    /// Forgets one, with all that refers to it.
    pub async fn delete(&self, id: OrganizationId) -> Result<(), Error> {
        Entity::delete_by_id(id.uuid()).exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }

    /// A new one. The slug must be free, or the call conflicts.
    pub async fn insert(&self, organization: &Organization) -> Result<(), Error> {
        Entity::insert(row(organization))
            .exec_without_returning(self.conn)
            .await
            .map_err(from_db)?;
        Ok(())
    }

    /// Writes the whole row, if nobody else did since it was read; counts the version up.
    pub async fn update(&self, organization: &Organization) -> Result<Organization, Error> {
        let next = Organization {
            version: organization.version + 1,
            ..organization.clone()
        };
        let done = Entity::update_many()
            .set(row(&next))
            .filter(Column::Id.eq(organization.id.uuid()))
            .filter(Column::Version.eq(organization.version))
            .exec(self.conn)
            .await
            .map_err(from_db)?;
        if done.rows_affected == 1 {
            Ok(next)
        } else {
            Err(Error::Conflict)
        }
    }

    /// Counts the version of its roles up, under the lock. Returns the new one.
    pub async fn bump_roles(&self, id: OrganizationId) -> Result<i64, Error> {
        let query = Entity::update_many()
            .col_expr(Column::RolesVersion, Expr::col(Column::RolesVersion).add(1))
            .filter(Column::Id.eq(id.uuid()));
        query.exec(self.conn).await.map_err(from_db)?;
        self.roles_version(id).await
    }

    /// Sets how many members are active, under the lock. It is bookkeeping: the organisation's version stays.
    pub async fn set_active_members(&self, id: OrganizationId, active: u64) -> Result<(), Error> {
        Entity::update_many()
            .set(ActiveModel {
                active_members: Set(to_i64(active)),
                ..Default::default()
            })
            .filter(Column::Id.eq(id.uuid()))
            .exec(self.conn)
            .await
            .map_err(from_db)?;
        Ok(())
    }
}

fn row(organization: &Organization) -> ActiveModel {
    ActiveModel {
        id: Set(organization.id.uuid()),
        slug: Set(organization.slug.as_str().to_owned()),
        display_name: Set(organization.display_name.as_str().to_owned()),
        locale: Set(organization.locale.as_str().to_owned()),
        time_zone: Set(organization.time_zone.as_str().to_owned()),
        invitation_seconds: Set(organization.invitation_lifetime.num_seconds()),
        seat_limit: Set(organization.seat_limit.map(to_i64)),
        active_members: Set(to_i64(organization.active_members)),
        roles_version: NotSet,
        password_min_length: Set(organization.password_min_length.and_then(|n| i32::try_from(n).ok())),
        session_seconds: Set(organization.session_lifetime.map(|lifetime| lifetime.num_seconds())),
        default_role_id: Set(organization.default_role.map(RoleId::uuid)),
        api_user_id: Set(organization.api_user.map(MemberId::uuid)),
        deleted_at: Set(organization.deleted_at),
        version: Set(organization.version),
        created_at: Set(organization.created_at),
        updated_at: Set(organization.updated_at),
    }
}

fn to_i64(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl From<Model> for Organization {
    fn from(row: Model) -> Organization {
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        Organization {
            id: OrganizationId::new(row.id),
            slug: Slug::stored(row.slug),
            display_name: DisplayName::stored(row.display_name),
            locale: Locale::stored(&row.locale),
            time_zone: TimeZone::stored(row.time_zone),
            invitation_lifetime: chrono::Duration::seconds(row.invitation_seconds),
            seat_limit: row.seat_limit.map(count),
            active_members: count(row.active_members),
            roles_version: row.roles_version,
            password_min_length: row.password_min_length.and_then(|n| u32::try_from(n).ok()),
            session_lifetime: row.session_seconds.map(chrono::Duration::seconds),
            default_role: row.default_role_id.map(RoleId::new),
            api_user: row.api_user_id.map(MemberId::new),
            deleted_at: row.deleted_at,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
