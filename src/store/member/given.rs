//! What members were given beside their roles, where no other repository writes it; and the mark that it changed.

use super::{Members, REMOVED};
use crate::clock::Time;
use crate::domain::{MemberId, OrganizationId, Permission};
use crate::error::Error;
use crate::store::entity::grant;
use crate::store::entity::member::{ActiveModel, Column, Entity};
use crate::store::{ReadWrite, Repository, from_db, insert_all};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter};

impl Repository<'_, Members, ReadWrite> {
    /// Notes that something about these members changed: counts their versions up.
    pub async fn touch(&self, organization: OrganizationId, ids: &[MemberId], now: Time) -> Result<(), Error> {
        let set = ActiveModel {
            updated_at: Set(now),
            ..Default::default()
        };
        let query = Entity::update_many()
            .set(set)
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .filter(Column::State.ne(REMOVED));
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }

    /// Gives permissions to a member who wasn't granted them yet, or the call conflicts.
    pub async fn grant<'p>(
        &self,
        organization: OrganizationId,
        id: MemberId,
        permissions: impl IntoIterator<Item = &'p Permission>,
    ) -> Result<(), Error> {
        let rows = permissions.into_iter().map(|permission| grant::ActiveModel {
            organization_id: Set(organization.uuid()),
            member_id: Set(id.uuid()),
            permission: Set(permission.as_str().to_owned()),
        });
        insert_all(self.conn, rows.collect()).await
    }

    /// Takes granted permissions from a member.
    pub async fn ungrant<'p>(
        &self,
        organization: OrganizationId,
        id: MemberId,
        permissions: impl IntoIterator<Item = &'p Permission>,
    ) -> Result<(), Error> {
        let query = grant::Entity::delete_many()
            .filter(grant::Column::OrganizationId.eq(organization.uuid()))
            .filter(grant::Column::MemberId.eq(id.uuid()))
            .filter(grant::Column::Permission.is_in(permissions.into_iter().map(Permission::as_str)));
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }
}
