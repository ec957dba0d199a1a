//! One page of an organisation's list, and how many there are.

use super::{Members, listed, stored};
use crate::clock::Time;
use crate::domain::member::{Member, MemberFilter, MemberOrder};
use crate::domain::membership::MemberState;
use crate::domain::page::Direction;
use crate::domain::{MemberId, OrganizationId, RoleId};
use crate::error::Error;
use crate::store::entity::member::Column;
use crate::store::entity::{binding, group_member, group_role, member_role as role, member_tag};
use crate::store::{Repository, from_db};
use sea_orm::sea_query::{Condition, Expr, LikeExpr, SimpleExpr};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Paging {
    /// By what.
    pub order: MemberOrder,
    /// Which way.
    pub direction: Direction,
    /// The last of the page before: the value it was ordered by, and its id.
    pub after: Option<(After, MemberId)>,
    /// How many.
    pub limit: u64,
}

/// The value that a page ended at.
#[derive(Debug, Clone, PartialEq)]
pub enum After {
    /// A folded name or a canonical address.
    Text(String),
    /// A time.
    Time(Time),
}
impl<M> Repository<'_, Members, M> {
    /// One page of an organisation's list.
    pub async fn list(
        &self,
        organization: OrganizationId,
        filter: &MemberFilter,
        paging: &Paging,
        now: Time,
    ) -> Result<Vec<Member>, Error> {
        let column = match paging.order {
            MemberOrder::Name => Column::NameKey,
            MemberOrder::Email => Column::EmailKey,
            MemberOrder::Added => Column::CreatedAt,
        };
        let (order, descending) = match paging.direction {
            Direction::Ascending => (Order::Asc, false),
            Direction::Descending => (Order::Desc, true),
        };
        let mut query = listed(organization).filter(matching(organization, filter, now));
        if let Some((after, id)) = &paging.after {
            let value = match after {
                After::Text(text) => Expr::value(text.clone()),
                After::Time(time) => Expr::value(*time),
            };
            let row: SimpleExpr = Expr::tuple([Expr::col(column), Expr::col(Column::Id)]);
            let last: SimpleExpr = Expr::tuple([value, Expr::value(id.uuid())]);
            query = query.filter(if descending { row.lt(last) } else { row.gt(last) });
        }
        let rows = query
            .order_by(column, order.clone())
            .order_by(Column::Id, order)
            .limit(paging.limit)
            .all(self.conn)
            .await
            .map_err(from_db)?;
        self.with_given(rows).await
    }

    /// How many match. It costs more the more there are.
    pub async fn count(&self, organization: OrganizationId, filter: &MemberFilter, now: Time) -> Result<u64, Error> {
        listed(organization)
            .filter(matching(organization, filter, now))
            .count(self.conn)
            .await
            .map_err(from_db)
    }
}

fn matching(organization: OrganizationId, filter: &MemberFilter, now: Time) -> Condition {
    let mut all = Condition::all();
    if !filter.search.is_empty() {
        let escaped = filter
            .search
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        all = all.add(Column::SearchKey.like(LikeExpr::new(format!("%{escaped}%")).escape('\\')));
    }
    if !filter.states.is_empty() {
        let any = filter
            .states
            .iter()
            .fold(Condition::any(), |any, state| any.add(in_state(*state, now)));
        all = all.add(any);
    }
    if !filter.roles.is_empty() {
        all = all.add(having_now(organization, &filter.roles, now));
    }
    if !filter.tags.is_empty() {
        all = all.add(
            Column::Id.in_subquery(
                member_tag::Entity::find()
                    .select_only()
                    .column(member_tag::Column::MemberId)
                    .filter(member_tag::Column::OrganizationId.eq(organization.uuid()))
                    .filter(member_tag::Column::TagId.is_in(filter.tags.iter().map(|tag| tag.uuid())))
                    .into_query(),
            ),
        );
    }
    if !filter.groups.is_empty() {
        all = all.add(
            Column::Id.in_subquery(
                group_member::Entity::find()
                    .select_only()
                    .column(group_member::Column::MemberId)
                    .filter(group_member::Column::OrganizationId.eq(organization.uuid()))
                    .filter(group_member::Column::GroupId.is_in(filter.groups.iter().map(|group| group.uuid())))
                    .into_query(),
            ),
        );
    }
    all
}

/// Has one of these roles from any source: directly, through a group, or for a while.
fn having_now(organization: OrganizationId, roles: &[RoleId], now: Time) -> Condition {
    let roles: Vec<_> = roles.iter().map(|role| role.uuid()).collect();
    let groups = group_role::Entity::find()
        .select_only()
        .column(group_role::Column::GroupId)
        .filter(group_role::Column::OrganizationId.eq(organization.uuid()))
        .filter(group_role::Column::RoleId.is_in(roles.clone()))
        .into_query();
    let through_groups = group_member::Entity::find()
        .select_only()
        .column(group_member::Column::MemberId)
        .filter(group_member::Column::OrganizationId.eq(organization.uuid()))
        .filter(group_member::Column::GroupId.in_subquery(groups))
        .into_query();
    let for_a_while = binding::Entity::find()
        .select_only()
        .column(binding::Column::MemberId)
        .filter(binding::Column::OrganizationId.eq(organization.uuid()))
        .filter(binding::Column::RoleId.is_in(roles.clone()))
        .filter(binding::Column::ExpiresAt.gt(now))
        .into_query();
    let directly = role::Entity::find()
        .select_only()
        .column(role::Column::MemberId)
        .filter(role::Column::OrganizationId.eq(organization.uuid()))
        .filter(role::Column::RoleId.is_in(roles))
        .into_query();
    Condition::any()
        .add(Column::Id.in_subquery(directly))
        .add(Column::Id.in_subquery(through_groups))
        .add(Column::Id.in_subquery(for_a_while))
}

pub(super) fn having(organization: OrganizationId, roles: &[RoleId]) -> SimpleExpr {
    let holders = role::Entity::find()
        .select_only()
        .column(role::Column::MemberId)
        .filter(role::Column::OrganizationId.eq(organization.uuid()))
        .filter(role::Column::RoleId.is_in(roles.iter().map(|role| role.uuid())));
    Column::Id.in_subquery(sea_orm::QueryTrait::into_query(holders))
}

fn in_state(state: MemberState, now: Time) -> Condition {
    let open = Condition::all().add(Column::State.eq(stored(MemberState::Invited)));
    match state {
        MemberState::Invited => open.add(Column::InvitationExpiresAt.gt(now)),
        MemberState::Expired => open.add(Column::InvitationExpiresAt.lte(now)),
        state => Condition::all().add(Column::State.eq(stored(state))),
    }
}
