//! Some members, by what names them: an id, an address, a person, a role.

use super::{Members, is_active, is_listed, listed, member};
use crate::domain::member::Member;
use crate::domain::{GroupId, MemberId, OrganizationId, RoleId, TagId, UserId};
use crate::error::Error;
use crate::store::among::{among, among_pairs};
use crate::store::entity::member::{Column, Entity, Model};
use crate::store::entity::{group, member_role as role, tag, user};
use crate::store::organization::is_there;
use crate::store::{ROWS, Repository, from_db, given};
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

impl<M> Repository<'_, Members, M> {
    /// One that is listed, by id.
    pub async fn find(&self, organization: OrganizationId, id: MemberId) -> Result<Option<Member>, Error> {
        let found = given::one(self.conn, organization, id).await?;
        Ok(found.map(|(row, roles, given)| member(row, roles, given)))
    }

    /// One that is listed, by id, or the error that it isn't there.
    pub async fn get(&self, organization: OrganizationId, id: MemberId) -> Result<Member, Error> {
        self.find(organization, id)
            .await?
            .ok_or_else(|| Error::missing("member", id))
    }

    /// One that is listed, by the canonical form of the address.
    pub async fn find_by_email(&self, organization: OrganizationId, key: &str) -> Result<Option<Member>, Error> {
        self.only(organization, Column::EmailKey.eq(key)).await
    }

    /// A person's place, if they are listed there.
    pub async fn find_by_user(&self, organization: OrganizationId, user: UserId) -> Result<Option<Member>, Error> {
        self.only(organization, Column::UserId.eq(user.uuid())).await
    }

    /// Several that are listed, by id, in no order.
    pub async fn list_by_id(&self, organization: OrganizationId, ids: &[MemberId]) -> Result<Vec<Member>, Error> {
        let mut found = Vec::with_capacity(ids.len());
        for some in ids.chunks(ROWS) {
            let ids = some.iter().map(|id| id.uuid());
            let query = Entity::find()
                .filter(among(
                    self.conn,
                    (Column::OrganizationId, organization),
                    (Column::Id, ids),
                ))
                .filter(is_listed());
            let rows = query.all(self.conn).await.map_err(from_db)?;
            found.extend(self.with_given(rows).await?);
        }
        Ok(found)
    }

    /// The first of these tags that the organisation doesn't have.
    pub async fn unknown_tag(&self, organization: OrganizationId, tags: &[TagId]) -> Result<Option<TagId>, Error> {
        if tags.is_empty() {
            return Ok(None);
        }
        let known: Vec<Uuid> = tag::Entity::find()
            .filter(tag::Column::OrganizationId.eq(organization.uuid()))
            .filter(tag::Column::Id.is_in(tags.iter().map(|tag| tag.uuid())))
            .select_only()
            .column(tag::Column::Id)
            .into_tuple()
            .all(self.conn)
            .await
            .map_err(from_db)?;
        Ok(tags.iter().find(|tag| !known.contains(&tag.uuid())).copied())
    }

    /// The first of these groups that the organisation doesn't have.
    pub async fn unknown_group(
        &self,
        organization: OrganizationId,
        groups: &[GroupId],
    ) -> Result<Option<GroupId>, Error> {
        if groups.is_empty() {
            return Ok(None);
        }
        let known: Vec<Uuid> = group::Entity::find()
            .filter(group::Column::OrganizationId.eq(organization.uuid()))
            .filter(group::Column::Id.is_in(groups.iter().map(|group| group.uuid())))
            .select_only()
            .column(group::Column::Id)
            .into_tuple()
            .all(self.conn)
            .await
            .map_err(from_db)?;
        Ok(groups.iter().find(|group| !known.contains(&group.uuid())).copied())
    }

    /// Several that are listed, by their full keys, in no order.
    pub async fn list_at(&self, places: &[(OrganizationId, MemberId)]) -> Result<Vec<Member>, Error> {
        let query = Entity::find()
            .filter(among_pairs(self.conn, (Column::OrganizationId, Column::Id), places))
            .filter(is_listed());
        let rows = query.all(self.conn).await.map_err(from_db)?;
        self.with_given(rows).await
    }

    /// A person's active memberships, everywhere.
    pub async fn list_of_user(&self, user: UserId) -> Result<Vec<Member>, Error> {
        self.active_of(user, is_there((Entity, Column::OrganizationId))).await
    }

    /// A person's memberships that would be active if their organisation weren't deleted.
    pub async fn list_of_user_in_deleted(&self, user: UserId) -> Result<Vec<Member>, Error> {
        self.active_of(user, is_there((Entity, Column::OrganizationId)).not())
            .await
    }

    async fn active_of(&self, user: UserId, there: SimpleExpr) -> Result<Vec<Member>, Error> {
        let query = Entity::find()
            .filter(Column::UserId.eq(user.uuid()))
            .filter(is_active())
            .filter(there);
        let rows = query
            .order_by_asc(Column::CreatedAt)
            .all(self.conn)
            .await
            .map_err(from_db)?;
        self.with_given(rows).await
    }

    /// Active members who have one of these roles, the longest-standing first.
    pub async fn list_holding(
        &self,
        organization: OrganizationId,
        roles: &[RoleId],
        limit: u64,
    ) -> Result<Vec<MemberId>, Error> {
        let query = listed(organization)
            .filter(is_active())
            .filter(having(organization, roles))
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .limit(limit)
            .select_only()
            .column(Column::Id);
        let ids: Vec<Uuid> = query.into_tuple().all(self.conn).await.map_err(from_db)?;
        Ok(ids.into_iter().map(MemberId::new).collect())
    }

    /// How many have been given this role, whatever their state.
    pub async fn count_holding(&self, organization: OrganizationId, role: RoleId) -> Result<u64, Error> {
        let query = listed(organization).filter(having(organization, &[role]));
        query.count(self.conn).await.map_err(from_db)
    }

    /// How many have been given this role and can use it: active, with an account that is switched on.
    pub async fn count_able(&self, organization: OrganizationId, role: RoleId) -> Result<u64, Error> {
        // Of these members' accounts alone: a list of all that are switched on would be a list of everybody.
        let switched_on = user::Entity::find()
            .select_only()
            .column(user::Column::Id)
            .filter(Expr::col((user::Entity, user::Column::Id)).equals((Entity, Column::UserId)))
            .filter(user::Column::DisabledAt.is_null());
        let query = listed(organization)
            .filter(having(organization, &[role]))
            .filter(is_active())
            .filter(Expr::exists(switched_on.into_query()));
        query.count(self.conn).await.map_err(from_db)
    }

    async fn only(&self, organization: OrganizationId, which: SimpleExpr) -> Result<Option<Member>, Error> {
        let row = listed(organization)
            .filter(which)
            .one(self.conn)
            .await
            .map_err(from_db)?;
        Ok(self.with_given(row.into_iter().collect()).await?.pop())
    }

    /// One statement for all that the rows' members were given.
    pub(super) async fn with_given(&self, rows: Vec<Model>) -> Result<Vec<Member>, Error> {
        if rows.is_empty() {
            return Ok(vec![]);
        }
        let members: Vec<(Uuid, Uuid)> = rows.iter().map(|row| (row.organization_id, row.id)).collect();
        let mut all = given::given(self.conn, &members).await?;
        let told = rows.into_iter().map(|row| {
            let (roles, given) = all.take(row.organization_id, row.id);
            member(row, roles, given)
        });
        Ok(told.collect())
    }
}

fn having(organization: OrganizationId, roles: &[RoleId]) -> SimpleExpr {
    let holders = role::Entity::find()
        .select_only()
        .column(role::Column::MemberId)
        .filter(role::Column::OrganizationId.eq(organization.uuid()))
        .filter(role::Column::RoleId.is_in(roles.iter().map(|role| role.uuid())));
    Column::Id.in_subquery(sea_orm::QueryTrait::into_query(holders))
}
