//! Memberships and their roles. Every finder takes the organisation: there is no way to a row by its id alone.

use super::entity::member::{ActiveModel, Column, Entity, Model};
use super::entity::member_role as role;
use super::{ReadWrite, Repository, from_db};
use crate::clock::Time;
use crate::domain::fold::fold;
use crate::domain::member::{Member, MemberFilter, MemberOrder};
use crate::domain::membership::MemberState;
use crate::domain::page::Direction;
use crate::domain::session::Place;
use crate::domain::user::User;
use crate::domain::{DisplayName, Email, MemberId, OrganizationId, RoleId, UserId};
use crate::error::Error;
use sea_orm::sea_query::{Condition, Expr, LikeExpr, SimpleExpr};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::HashMap;
use uuid::Uuid;

/// The resource.
#[derive(Debug)]
pub enum Members {}

/// A stored state that isn't one of the life's: the tombstone of a removed member.
const REMOVED: i16 = 7;
pub(super) const ACTIVE: i16 = 4;

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
    /// One that is listed, by id.
    pub async fn find(&self, organization: OrganizationId, id: MemberId) -> Result<Option<Member>, Error> {
        self.only(organization, Column::Id.eq(id.uuid())).await
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
        let ids = ids.iter().map(|id| id.uuid());
        let rows = listed(organization)
            .filter(Column::Id.is_in(ids))
            .all(self.conn)
            .await
            .map_err(from_db)?;
        self.with_roles(rows).await
    }

    /// Several that are listed, by their full keys, in no order.
    pub async fn list_at(&self, places: &[(OrganizationId, MemberId)]) -> Result<Vec<Member>, Error> {
        let query = Entity::find()
            .filter(Column::OrganizationId.is_in(places.iter().map(|(organization, _)| organization.uuid())))
            .filter(Column::Id.is_in(places.iter().map(|(_, member)| member.uuid())))
            .filter(Column::State.ne(REMOVED));
        let rows = query.all(self.conn).await.map_err(from_db)?;
        self.with_roles(rows).await
    }

    /// A person's active memberships, everywhere.
    pub async fn list_of_user(&self, user: UserId) -> Result<Vec<Member>, Error> {
        let query = Entity::find()
            .filter(Column::UserId.eq(user.uuid()))
            .filter(Column::State.eq(ACTIVE));
        let rows = query
            .order_by_asc(Column::CreatedAt)
            .all(self.conn)
            .await
            .map_err(from_db)?;
        self.with_roles(rows).await
    }

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

    /// Active members who have one of these roles, the longest-standing first.
    pub async fn list_holding(
        &self,
        organization: OrganizationId,
        roles: &[RoleId],
        limit: u64,
    ) -> Result<Vec<MemberId>, Error> {
        let query = listed(organization)
            .filter(Column::State.eq(ACTIVE))
            .filter(having(organization, roles))
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .limit(limit)
            .select_only()
            .column(Column::Id);
        let ids: Vec<Uuid> = query.into_tuple().all(self.conn).await.map_err(from_db)?;
        Ok(ids.into_iter().map(MemberId::new).collect())
    }

    async fn only(&self, organization: OrganizationId, which: SimpleExpr) -> Result<Option<Member>, Error> {
        let row = listed(organization)
            .filter(which)
            .one(self.conn)
            .await
            .map_err(from_db)?;
        Ok(self.with_roles(row.into_iter().collect()).await?.pop())
    }

    /// One statement for the roles of all the rows.
    async fn with_roles(&self, rows: Vec<Model>) -> Result<Vec<Member>, Error> {
        if rows.is_empty() {
            return Ok(vec![]);
        }
        let mut organizations: Vec<Uuid> = rows.iter().map(|row| row.organization_id).collect();
        organizations.sort_unstable();
        organizations.dedup();
        let given = role::Entity::find()
            .filter(role::Column::OrganizationId.is_in(organizations))
            .filter(role::Column::MemberId.is_in(rows.iter().map(|row| row.id)))
            .all(self.conn)
            .await
            .map_err(from_db)?;
        let mut roles: HashMap<Uuid, Vec<RoleId>> = HashMap::new();
        for row in given {
            roles.entry(row.member_id).or_default().push(RoleId::new(row.role_id));
        }
        Ok(rows
            .into_iter()
            .map(|row| {
                let mut roles = roles.remove(&row.id).unwrap_or_default();
                roles.sort_unstable();
                member(row, roles)
            })
            .collect())
    }
}

impl Repository<'_, Members, ReadWrite> {
    /// A new one, with its roles. The address and the person must not be listed there, or the call conflicts.
    pub async fn insert(&self, member: &Member) -> Result<(), Error> {
        Entity::insert(row(member))
            .exec_without_returning(self.conn)
            .await
            .map_err(from_db)?;
        self.insert_roles(member.organization, member.id, &member.roles).await
    }

    /// Writes the whole row, without the roles, if nobody else did since it was read; counts the version up.
    pub async fn update(&self, member: &Member) -> Result<Member, Error> {
        let next = Member {
            version: member.version + 1,
            ..member.clone()
        };
        let done = Entity::update_many()
            .set(row(&next))
            .filter(self::at(member.organization, member.id))
            .filter(Column::Version.eq(member.version))
            .exec(self.conn)
            .await
            .map_err(from_db)?;
        if done.rows_affected == 1 {
            Ok(next)
        } else {
            Err(Error::Conflict)
        }
    }

    /// Puts other roles in the place of the member's.
    pub async fn set_roles(&self, organization: OrganizationId, id: MemberId, roles: &[RoleId]) -> Result<(), Error> {
        let query = role::Entity::delete_many()
            .filter(role::Column::OrganizationId.eq(organization.uuid()))
            .filter(role::Column::MemberId.eq(id.uuid()));
        query.exec(self.conn).await.map_err(from_db)?;
        self.insert_roles(organization, id, roles).await
    }

    /// Takes them off the list. A tombstone stays, so that the log and what they made still have a name.
    pub async fn remove(&self, organization: OrganizationId, ids: &[MemberId], now: Time) -> Result<u64, Error> {
        let set = ActiveModel {
            state: Set(REMOVED),
            removed_at: Set(Some(now)),
            updated_at: Set(now),
            invitation_expires_at: Set(None),
            ..Default::default()
        };
        let done = Entity::update_many()
            .set(set)
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .filter(Column::State.ne(REMOVED))
            .exec(self.conn)
            .await
            .map_err(from_db)?;
        Ok(done.rows_affected)
    }

    /// Puts members whose invitation was withdrawn back to being merely listed.
    pub async fn uninvite(&self, organization: OrganizationId, ids: &[MemberId], now: Time) -> Result<(), Error> {
        let set = ActiveModel {
            state: Set(stored(MemberState::Added)),
            invitation_expires_at: Set(None),
            updated_at: Set(now),
            ..Default::default()
        };
        let query = Entity::update_many()
            .set(set)
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())));
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }

    /// Notes a log-in. No one's etag changes by it.
    pub async fn signed_in(&self, place: Place, now: Time) -> Result<(), Error> {
        let set = ActiveModel {
            last_sign_in_at: Set(Some(now)),
            ..Default::default()
        };
        let query = Entity::update_many()
            .set(set)
            .filter(at(place.organization, place.member));
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }

    /// Copies a person's name and address to all their memberships.
    pub async fn update_person(&self, user: &User, now: Time) -> Result<(), Error> {
        let set = ActiveModel {
            email: Set(user.email.as_str().to_owned()),
            email_key: Set(user.email.key().to_owned()),
            display_name: Set(user.display_name.as_str().to_owned()),
            name_key: Set(fold(user.display_name.as_str())),
            search_key: Set(search_key(&user.display_name, &user.email)),
            updated_at: Set(now),
            ..Default::default()
        };
        let query = Entity::update_many()
            .set(set)
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .filter(Column::UserId.eq(user.id.uuid()))
            .filter(Column::State.ne(REMOVED));
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }

    async fn insert_roles(&self, organization: OrganizationId, id: MemberId, roles: &[RoleId]) -> Result<(), Error> {
        let rows = roles.iter().map(|role| role::ActiveModel {
            organization_id: Set(organization.uuid()),
            member_id: Set(id.uuid()),
            role_id: Set(role.uuid()),
        });
        role::Entity::insert_many(rows)
            .exec_without_returning(self.conn)
            .await
            .map_err(from_db)?;
        Ok(())
    }
}

fn listed(organization: OrganizationId) -> sea_orm::Select<Entity> {
    Entity::find()
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::State.ne(REMOVED))
}

fn at(organization: OrganizationId, id: MemberId) -> Condition {
    Condition::all()
        .add(Column::OrganizationId.eq(organization.uuid()))
        .add(Column::Id.eq(id.uuid()))
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

fn having(organization: OrganizationId, roles: &[RoleId]) -> SimpleExpr {
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

/// The number a state is stored as. An expired invitation is stored as what it was: the clock tells the rest.
fn stored(state: MemberState) -> i16 {
    match state {
        MemberState::Added => 1,
        MemberState::Invited | MemberState::Expired => 2,
        MemberState::Declined => 3,
        MemberState::Active => ACTIVE,
        MemberState::Suspended => 5,
        MemberState::Revoked => 6,
    }
}

pub(super) fn state_of(number: i16) -> MemberState {
    match number {
        2 => MemberState::Invited,
        3 => MemberState::Declined,
        ACTIVE => MemberState::Active,
        5 => MemberState::Suspended,
        6 => MemberState::Revoked,
        // The check constraint admits no other, and the least of all states is the safe one.
        _ => MemberState::Added,
    }
}

fn search_key(name: &DisplayName, email: &Email) -> String {
    fold(&format!("{} {}", name.as_str(), email.as_str()))
}

fn row(member: &Member) -> ActiveModel {
    ActiveModel {
        organization_id: Set(member.organization.uuid()),
        id: Set(member.id.uuid()),
        user_id: Set(member.user.map(UserId::uuid)),
        email: Set(member.email.as_str().to_owned()),
        email_key: Set(member.email.key().to_owned()),
        display_name: Set(member.display_name.as_str().to_owned()),
        name_key: Set(fold(member.display_name.as_str())),
        search_key: Set(search_key(&member.display_name, &member.email)),
        state: Set(stored(member.stored_state)),
        invitation_expires_at: Set(member.invitation_expires_at),
        added_by: Set(member.added_by.map(UserId::uuid)),
        last_sign_in_at: Set(member.last_sign_in_at),
        rights_version: Set(member.rights_version),
        version: Set(member.version),
        created_at: Set(member.created_at),
        updated_at: Set(member.updated_at),
        removed_at: Set(None),
    }
}

fn member(row: Model, roles: Vec<RoleId>) -> Member {
    Member {
        id: MemberId::new(row.id),
        organization: OrganizationId::new(row.organization_id),
        user: row.user_id.map(UserId::new),
        email: Email::stored(row.email, row.email_key),
        display_name: DisplayName::stored(row.display_name),
        stored_state: state_of(row.state),
        invitation_expires_at: row.invitation_expires_at,
        roles,
        added_by: row.added_by.map(UserId::new),
        last_sign_in_at: row.last_sign_in_at,
        rights_version: row.rights_version,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
