//! What members were given beside their roles, where no other repository writes it; and the mark that it changed.

use super::{Members, is_listed};
use crate::clock::Time;
use crate::domain::{GroupId, MemberId, OrganizationId, Permission, TagId};
use crate::error::Error;
use crate::store::among::among;
use crate::store::entity::grant;
use crate::store::entity::member::{ActiveModel, Column, Entity};
use crate::store::{ReadWrite, Repository, from_db, insert_all};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, Statement};
use uuid::Uuid;

/// Members of one statement: engines bound how many values one may have.
const TOUCHED: usize = 10_000;

impl Repository<'_, Members, ReadWrite> {
    /// Notes that something about these members changed: counts their versions up.
    pub async fn touch(&self, organization: OrganizationId, ids: &[MemberId], now: Time) -> Result<(), Error> {
        for some in ids.chunks(TOUCHED) {
            let set = ActiveModel {
                updated_at: Set(now),
                ..Default::default()
            };
            let query = Entity::update_many()
                .set(set)
                .col_expr(Column::Version, Expr::col(Column::Version).add(1))
                .filter(among(
                    self.conn,
                    (Column::OrganizationId, organization),
                    (Column::Id, some.iter().map(|id| id.uuid())),
                ))
                .filter(is_listed());
            query.exec(self.conn).await.map_err(from_db)?;
        }
        Ok(())
    }

    /// The same of all who are in a group. Returns who they are.
    pub async fn touch_in_group(
        &self,
        organization: OrganizationId,
        group: GroupId,
        now: Time,
    ) -> Result<Vec<MemberId>, Error> {
        self.touch_all("group_members", "group_id", organization, group.uuid(), now)
            .await
    }

    /// The same of all who bear a tag. Returns who they are.
    pub async fn touch_bearing(
        &self,
        organization: OrganizationId,
        tag: TagId,
        now: Time,
    ) -> Result<Vec<MemberId>, Error> {
        self.touch_all("member_tags", "tag_id", organization, tag.uuid(), now)
            .await
    }

    async fn touch_all(
        &self,
        pairs: &str,
        column: &str,
        organization: OrganizationId,
        what: Uuid,
        now: Time,
    ) -> Result<Vec<MemberId>, Error> {
        let touch = format!(
            "UPDATE members SET version = version + 1, updated_at = $3 WHERE organization_id = $1 AND id IN \
             (SELECT member_id FROM {pairs} WHERE organization_id = $1 AND {column} = $2) RETURNING id"
        );
        let values = [organization.uuid().into(), what.into(), now.into()];
        let statement = Statement::from_sql_and_values(self.conn.get_database_backend(), touch, values);
        let rows = self.conn.query_all_raw(statement).await.map_err(from_db)?;
        let ids = rows.iter().map(|row| row.try_get_by_index(0).map(MemberId::new));
        ids.collect::<Result<_, _>>().map_err(from_db)
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
