//! What changes members.

use super::{Members, is_active, is_listed, row, search_key};
use crate::clock::Time;
use crate::domain::fold::sort_key;
use crate::domain::member::Member;
use crate::domain::session::Place;
use crate::domain::user::User;
use crate::domain::{MemberId, OrganizationId, RoleId};
use crate::error::Error;
use crate::store::entity::member::{ActiveModel, Column, Entity};
use crate::store::entity::member_role as role;
use crate::store::{ReadWrite, Repository, from_db};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter};

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
            .filter(at(member.organization, member.id))
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

    /// Notes a log-in of an active member. No one's etag changes by it. Where the access ended since the member was read,
    /// the call conflicts: no session may begin beside the change that was to end it.
    pub async fn signed_in(&self, place: Place, now: Time) -> Result<(), Error> {
        let set = ActiveModel {
            last_sign_in_at: Set(Some(now)),
            ..Default::default()
        };
        let query = Entity::update_many()
            .set(set)
            .filter(at(place.organization, place.member))
            .filter(is_active());
        if query.exec(self.conn).await.map_err(from_db)?.rows_affected == 1 {
            Ok(())
        } else {
            Err(Error::Conflict)
        }
    }

    /// Copies a person's name and address to all their memberships.
    pub async fn update_person(&self, user: &User, now: Time) -> Result<(), Error> {
        let set = ActiveModel {
            email: Set(user.email.as_str().to_owned()),
            email_key: Set(user.email.key().to_owned()),
            display_name: Set(user.display_name.as_str().to_owned()),
            name_key: Set(sort_key(user.display_name.as_str())),
            search_key: Set(search_key(&user.display_name, &user.email)),
            updated_at: Set(now),
            ..Default::default()
        };
        let query = Entity::update_many()
            .set(set)
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .filter(Column::UserId.eq(user.id.uuid()))
            .filter(is_listed());
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
fn at(organization: OrganizationId, id: MemberId) -> Condition {
    Condition::all()
        .add(Column::OrganizationId.eq(organization.uuid()))
        .add(Column::Id.eq(id.uuid()))
}
