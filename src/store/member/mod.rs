//! Memberships and their roles. Every finder takes the organisation: there is no way to a row by its id alone.
//!
//! Here is how a row is told as a member; `find` looks some up, `page` lists by `filter`, `write` and `given` change
//! them, `life` whole selections.

mod bulk;
mod by_name;
mod filter;
mod find;
mod given;
mod life;
mod page;
mod write;

pub use page::{After, Paging};

use super::entity::member::{ActiveModel, Column, Entity, Model};
use crate::domain::fold::{fold, sort_key};
use crate::domain::member::Member;
use crate::domain::membership::MemberState;
use crate::domain::{DisplayName, Email, Given, MemberId, OrganizationId, RoleId, UserId};
use sea_orm::sea_query::{Condition, Expr, SimpleExpr};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

/// The resource.
#[derive(Debug)]
pub enum Members {}

/// A stored state that isn't one of the life's: the tombstone of a removed member.
const REMOVED: i16 = 7;
const ACTIVE: i16 = 4;

/// The condition that a row is no tombstone. The number stands in the statement itself: only so do the engines see, in a plan
/// for any values, that the partial indexes of listed members serve.
fn is_listed() -> SimpleExpr {
    Expr::cust("\"members\".\"state\" <> 7")
}

/// The condition that a member has access: listed, and active. The numbers stand in the statement as above.
pub(in crate::store) fn is_active() -> Condition {
    Condition::all()
        .add(is_listed())
        .add(Expr::cust("\"members\".\"state\" = 4"))
}

pub(in crate::store) fn listed(organization: OrganizationId) -> sea_orm::Select<Entity> {
    Entity::find()
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(is_listed())
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

pub(in crate::store) fn state_of(number: i16) -> MemberState {
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
        name_key: Set(sort_key(member.display_name.as_str())),
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

fn member(row: Model, roles: Vec<RoleId>, given: Given) -> Member {
    Member {
        id: MemberId::new(row.id),
        organization: OrganizationId::new(row.organization_id),
        user: row.user_id.map(UserId::new),
        email: Email::stored(row.email, row.email_key),
        display_name: DisplayName::stored(row.display_name),
        stored_state: state_of(row.state),
        invitation_expires_at: row.invitation_expires_at,
        roles,
        given,
        added_by: row.added_by.map(UserId::new),
        last_sign_in_at: row.last_sign_in_at,
        rights_version: row.rights_version,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
