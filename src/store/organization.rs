//! The tenants. Their row is also the lock under which seats and ownership change.

use super::entity::organization::{ActiveModel, Column, Entity, Model};
use super::{ReadWrite, Repository, dialect, from_db};
use crate::domain::organization::Organization;
use crate::domain::{DisplayName, Locale, OrganizationId, Slug, TimeZone};
use crate::error::Error;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
};

/// The resource.
#[derive(Debug)]
pub enum Organizations {}

impl<M> Repository<'_, Organizations, M> {
    /// One, by id.
    pub async fn find(&self, id: OrganizationId) -> Result<Option<Organization>, Error> {
        let row = Entity::find_by_id(id.uuid()).one(self.conn).await.map_err(from_db)?;
        Ok(row.map(Organization::from))
    }

    /// One, by id, or the error that it isn't there.
    pub async fn get(&self, id: OrganizationId) -> Result<Organization, Error> {
        self.find(id).await?.ok_or_else(|| Error::missing("organization", id))
    }

    /// One, by slug.
    pub async fn find_by_slug(&self, slug: &Slug) -> Result<Option<Organization>, Error> {
        let query = Entity::find().filter(Column::Slug.eq(slug.as_str()));
        Ok(query.one(self.conn).await.map_err(from_db)?.map(Organization::from))
    }

    /// The version of its roles, of what its groups carry and of its catalogue.
    pub async fn roles_version(&self, id: OrganizationId) -> Result<i64, Error> {
        let query = Entity::find_by_id(id.uuid()).select_only().column(Column::RolesVersion);
        let version: Option<i64> = query.into_tuple().one(self.conn).await.map_err(from_db)?;
        version.ok_or_else(|| Error::missing("organization", id))
    }

    /// Several, by id, in no order.
    pub async fn list(&self, ids: impl IntoIterator<Item = OrganizationId>) -> Result<Vec<Organization>, Error> {
        let query = Entity::find().filter(Column::Id.is_in(ids.into_iter().map(OrganizationId::uuid)));
        Ok(query
            .all(self.conn)
            .await
            .map_err(from_db)?
            .into_iter()
            .map(Organization::from)
            .collect())
    }
}

impl Repository<'_, Organizations, ReadWrite> {
    /// One, which nobody else changes until this transaction ends.
    pub async fn lock(&self, id: OrganizationId) -> Result<Organization, Error> {
        let query = dialect::locked(self.conn, Entity::find_by_id(id.uuid()));
        let row = query.one(self.conn).await.map_err(from_db)?;
        row.map(Organization::from)
            .ok_or_else(|| Error::missing("organization", id))
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
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
