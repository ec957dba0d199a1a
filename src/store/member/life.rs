//! What changes whole selections of members: one statement for up to 500 of them.

use super::{Members, REMOVED, is_listed, stored};
use crate::clock::Time;
use crate::domain::membership::MemberState;
use crate::domain::{MemberId, OrganizationId};
use crate::error::Error;
use crate::store::among::among;
use crate::store::entity::member::{ActiveModel, Column, Entity};
use crate::store::entity::{binding, grant, group_member, member_role, member_tag};
use crate::store::{ROWS, ReadWrite, Repository, from_db};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

impl<M> Repository<'_, Members, M> {
    /// How many are suspended.
    pub async fn count_suspended(&self, organization: OrganizationId) -> Result<u64, Error> {
        // The number stands in the statement itself: only so does the engine see that the partial index serves.
        let query = Entity::find()
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .filter(Expr::cust("state = 5"));
        query.count(self.conn).await.map_err(from_db)
    }
}

impl Repository<'_, Members, ReadWrite> {
    /// Puts members into a state, with the end of their invitation if they are invited by it. Where it takes their access
    /// the version of their rights goes up, so that no token from before is accepted when they come back.
    pub async fn move_to(
        &self,
        organization: OrganizationId,
        ids: &[MemberId],
        state: MemberState,
        invited_until: Option<Time>,
        now: Time,
    ) -> Result<u64, Error> {
        let set = ActiveModel {
            state: Set(stored(state)),
            invitation_expires_at: Set(invited_until),
            updated_at: Set(now),
            ..Default::default()
        };
        let mut moved = 0;
        for some in ids.chunks(ROWS) {
            let mut query = Entity::update_many()
                .set(set.clone())
                .col_expr(Column::Version, Expr::col(Column::Version).add(1))
                .filter(among(
                    self.conn,
                    (Column::OrganizationId, organization),
                    (Column::Id, uuids(some)),
                ))
                .filter(is_listed());
            if ends_access(state) {
                query = query.col_expr(Column::RightsVersion, Expr::col(Column::RightsVersion).add(1));
            }
            moved += query.exec(self.conn).await.map_err(from_db)?.rows_affected;
        }
        Ok(moved)
    }

    /// Puts everybody whose invitation could still be accepted back to being merely listed.
    pub async fn uninvite_open(&self, organization: OrganizationId, now: Time) -> Result<(), Error> {
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
            .filter(is_listed())
            .filter(Column::State.eq(stored(MemberState::Invited)))
            .filter(Column::InvitationExpiresAt.gt(now));
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }

    /// Takes them off the list. A tombstone stays, so that the log and what they made still have a name; what they were
    /// given goes with them.
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
            .filter(among(
                self.conn,
                (Column::OrganizationId, organization),
                (Column::Id, uuids(ids)),
            ))
            .filter(is_listed())
            .exec(self.conn)
            .await
            .map_err(from_db)?;
        self.strip(organization, ids).await?;
        Ok(done.rows_affected)
    }

    async fn strip(&self, organization: OrganizationId, ids: &[MemberId]) -> Result<(), Error> {
        macro_rules! delete {
            ($($table:ident),+) => {$(
                let of = Condition::all()
                    .add(among(
 self.conn, ($table::Column::OrganizationId, organization), ($table::Column::MemberId, uuids(ids))));
                $table::Entity::delete_many().filter(of).exec(self.conn).await.map_err(from_db)?;
            )+};
        }
        delete!(member_role, group_member, member_tag, grant, binding);
        Ok(())
    }
}

/// Whether a member who comes into this state may have had access before.
const fn ends_access(state: MemberState) -> bool {
    matches!(state, MemberState::Suspended | MemberState::Revoked)
}

fn uuids(ids: &[MemberId]) -> impl Iterator<Item = Uuid> {
    ids.iter().map(|id| id.uuid())
}
