//! One page of an organisation's list, and how many there are.

use super::{Members, listed, stored};
use crate::clock::Time;
use crate::domain::member::{Member, MemberFilter, MemberOrder};
use crate::domain::membership::MemberState;
use crate::domain::page::Direction;
use crate::domain::{MemberId, OrganizationId, RoleId};
use crate::error::Error;
use crate::store::entity::member::Column;
use crate::store::entity::member_role as role;
use crate::store::{Repository, from_db};
use sea_orm::sea_query::{Condition, Expr, LikeExpr, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

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
        self.with_roles(rows).await
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
        all = all.add(having(organization, &filter.roles));
    }
    all
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
