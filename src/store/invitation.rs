//! Invitations, open and ended. Codes are looked up by digest; everything else takes the organisation or the address.

use super::among::among;
use super::entity::invitation::{ActiveModel, Column, Entity, Model};
use super::{ROWS, ReadWrite, Repository, from_db, insert_all};
use crate::clock::Time;
use crate::domain::invitation::{Invitation, InvitationState};
use crate::domain::{InvitationId, MemberId, OrganizationId, UserId};
use crate::error::Error;
use sea_orm::sea_query::{BinOper, Condition, Expr, ExprTrait, SimpleExpr};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

/// The resource.
#[derive(Debug)]
pub enum Invitations {}

const OPEN: i16 = InvitationState::Open as i16;

impl<M> Repository<'_, Invitations, M> {
    /// One, open or ended, by its code's digest. The code is the key: it names the organisation itself.
    pub async fn find_by_code(&self, digest: [u8; 32]) -> Result<Option<Invitation>, Error> {
        let query = Entity::find().filter(Column::CodeDigest.eq(digest.to_vec()));
        Ok(query.one(self.conn).await.map_err(from_db)?.map(Invitation::from))
    }

    /// One, open or ended, that was sent to this address.
    pub async fn find_to(&self, email_key: &str, id: InvitationId) -> Result<Option<Invitation>, Error> {
        let query = Entity::find()
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::EmailKey.eq(email_key));
        Ok(query.one(self.conn).await.map_err(from_db)?.map(Invitation::from))
    }

    /// Those that wait for an answer from this address, the newest first, after the one given.
    pub async fn list_to(
        &self,
        email_key: &str,
        now: Time,
        after: Option<(Time, InvitationId)>,
        limit: u64,
    ) -> Result<Vec<Invitation>, Error> {
        let mut query = Entity::find().filter(Column::EmailKey.eq(email_key)).filter(open(now));
        if let Some((time, id)) = after {
            let same = Condition::all()
                .add(Column::CreatedAt.eq(time))
                .add(Column::Id.lt(id.uuid()));
            query = query.filter(Condition::any().add(Column::CreatedAt.lt(time)).add(same));
        }
        let query = query
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .limit(limit);
        Ok(query
            .all(self.conn)
            .await
            .map_err(from_db)?
            .into_iter()
            .map(Invitation::from)
            .collect())
    }

    /// The latest open or expired one of each of these members.
    pub async fn list_of(&self, organization: OrganizationId, members: &[MemberId]) -> Result<Vec<Invitation>, Error> {
        let query = Entity::find()
            .filter(among(
                self.conn,
                (Column::OrganizationId, organization),
                (Column::MemberId, members.iter().map(|id| id.uuid())),
            ))
            .filter(is_open());
        Ok(query
            .all(self.conn)
            .await
            .map_err(from_db)?
            .into_iter()
            .map(Invitation::from)
            .collect())
    }

    /// The open ones of these members.
    pub async fn list_open(
        &self,
        organization: OrganizationId,
        members: &[MemberId],
        now: Time,
    ) -> Result<Vec<Invitation>, Error> {
        let mut found = vec![];
        for some in members.chunks(ROWS) {
            let ids = some.iter().map(|id| id.uuid());
            let query = Entity::find()
                .filter(among(
                    self.conn,
                    (Column::OrganizationId, organization),
                    (Column::MemberId, ids),
                ))
                .filter(open_of_some(now));
            let rows = query.all(self.conn).await.map_err(from_db)?;
            found.extend(rows.into_iter().map(Invitation::from));
        }
        Ok(found)
    }

    /// The open ones that rest on these members' rights.
    pub async fn list_by(
        &self,
        organization: OrganizationId,
        inviters: &[MemberId],
        now: Time,
    ) -> Result<Vec<Invitation>, Error> {
        let mut found = vec![];
        for some in inviters.chunks(ROWS) {
            let query = Entity::find()
                .filter(among(
                    self.conn,
                    (Column::OrganizationId, organization),
                    (Column::InvitedBy, some.iter().map(|id| id.uuid())),
                ))
                .filter(open_of_some(now));
            let rows = query.all(self.conn).await.map_err(from_db)?;
            found.extend(rows.into_iter().map(Invitation::from));
        }
        Ok(found)
    }

    /// How many are open that rest on each of these members' rights; those with none are left out.
    pub async fn count_by(
        &self,
        organization: OrganizationId,
        inviters: &[MemberId],
        now: Time,
    ) -> Result<Vec<(MemberId, u64)>, Error> {
        let query = Entity::find()
            .select_only()
            .column(Column::InvitedBy)
            .column_as(Column::Id.count(), "open")
            .filter(among(
                self.conn,
                (Column::OrganizationId, organization),
                (Column::InvitedBy, inviters.iter().map(|id| id.uuid())),
            ))
            .filter(open_of_some(now))
            .group_by(Column::InvitedBy);
        let counts: Vec<(uuid::Uuid, i64)> = query.into_tuple().all(self.conn).await.map_err(from_db)?;
        let count = |(id, open)| (MemberId::new(id), u64::try_from(open).unwrap_or(0));
        Ok(counts.into_iter().map(count).collect())
    }

    /// Those of these members who have invitations open that rest on their rights.
    pub async fn inviters_among(
        &self,
        organization: OrganizationId,
        members: &[MemberId],
        now: Time,
    ) -> Result<Vec<MemberId>, Error> {
        let query = Entity::find()
            .select_only()
            .column(Column::InvitedBy)
            .distinct()
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .filter(open_of_some(now));
        // Of many it is cheaper to ask who invites at all.
        let query = if members.len() <= ROWS {
            query.filter(Column::InvitedBy.is_in(members.iter().map(|id| id.uuid())))
        } else {
            query
        };
        let inviters: Vec<uuid::Uuid> = query.into_tuple().all(self.conn).await.map_err(from_db)?;
        let these: std::collections::HashSet<uuid::Uuid> = members.iter().map(|id| id.uuid()).collect();
        let inviters = inviters.into_iter().filter(|id| these.contains(id));
        Ok(inviters.map(MemberId::new).collect())
    }

    /// How many hold a seat now.
    pub async fn count_open(&self, organization: OrganizationId, now: Time) -> Result<u64, Error> {
        let query = Entity::find()
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .filter(open(now));
        query.count(self.conn).await.map_err(from_db)
    }
}

impl Repository<'_, Invitations, ReadWrite> {
    /// New ones, each with its code's digest. The members must have none open, or the call conflicts.
    pub async fn insert(&self, invitations: &[(Invitation, [u8; 32])]) -> Result<(), Error> {
        let rows = invitations.iter().map(|(invitation, code_digest)| ActiveModel {
            organization_id: Set(invitation.organization.uuid()),
            id: Set(invitation.id.uuid()),
            member_id: Set(invitation.member.uuid()),
            email_key: Set(invitation.email_key.clone()),
            code_digest: Set(code_digest.to_vec()),
            state: Set(invitation.state as i16),
            expires_at: Set(invitation.expires_at),
            invited_by: Set(invitation.invited_by.uuid()),
            invited_by_user: Set(invitation.invited_by_user.uuid()),
            created_at: Set(invitation.created_at),
            ended_at: Set(None),
        });
        insert_all(self.conn, rows.collect()).await
    }

    /// Ends open ones. Returns how many were open.
    pub async fn end(
        &self,
        organization: OrganizationId,
        ids: &[InvitationId],
        state: InvitationState,
        now: Time,
    ) -> Result<u64, Error> {
        let mut ended = 0;
        for some in ids.chunks(ROWS) {
            let query = Entity::update_many()
                .set(ActiveModel {
                    state: Set(state as i16),
                    ended_at: Set(Some(now)),
                    ..Default::default()
                })
                .filter(among(
                    self.conn,
                    (Column::OrganizationId, organization),
                    (Column::Id, some.iter().map(|id| id.uuid())),
                ))
                .filter(is_open());
            ended += query.exec(self.conn).await.map_err(from_db)?.rows_affected;
        }
        Ok(ended)
    }

    /// Lets open ones rest on somebody else's rights.
    pub async fn rest_on(
        &self,
        organization: OrganizationId,
        ids: &[InvitationId],
        member: MemberId,
        user: UserId,
    ) -> Result<(), Error> {
        for some in ids.chunks(ROWS) {
            let query = Entity::update_many()
                .set(ActiveModel {
                    invited_by: Set(member.uuid()),
                    invited_by_user: Set(user.uuid()),
                    ..Default::default()
                })
                .filter(among(
                    self.conn,
                    (Column::OrganizationId, organization),
                    (Column::Id, some.iter().map(|id| id.uuid())),
                ))
                .filter(is_open());
            query.exec(self.conn).await.map_err(from_db)?;
        }
        Ok(())
    }

    /// Withdraws all that may still be accepted. Returns how many.
    pub async fn withdraw_open(&self, organization: OrganizationId, now: Time) -> Result<u64, Error> {
        let query = Entity::update_many()
            .set(ActiveModel {
                state: Set(InvitationState::Withdrawn as i16),
                ended_at: Set(Some(now)),
                ..Default::default()
            })
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .filter(open(now));
        Ok(query.exec(self.conn).await.map_err(from_db)?.rows_affected)
    }

    /// Ends whatever stands open for these members, run out or not, and says what that was.
    pub async fn end_of(
        &self,
        organization: OrganizationId,
        members: &[MemberId],
        state: InvitationState,
        now: Time,
    ) -> Result<Vec<Invitation>, Error> {
        let query = Entity::update_many()
            .set(ActiveModel {
                state: Set(state as i16),
                ended_at: Set(Some(now)),
                ..Default::default()
            })
            .filter(among(
                self.conn,
                (Column::OrganizationId, organization),
                (Column::MemberId, members.iter().map(|id| id.uuid())),
            ))
            .filter(is_open());
        let ended = query.exec_with_returning(self.conn).await.map_err(from_db)?;
        Ok(ended.into_iter().map(Invitation::from).collect())
    }
}

/// The condition that one wasn't answered, ended or replaced; it may have run out. The number stands in the statement itself:
/// only so do the engines see, in a plan for any values, that the partial indexes of open ones serve.
fn is_open() -> SimpleExpr {
    Expr::cust("\"invitations\".\"state\" = 1")
}

fn open(now: Time) -> Condition {
    Condition::all().add(is_open()).add(Column::ExpiresAt.gt(now))
}

/// The same where some are asked for, by member or by inviter: the time is compared in a way that no index serves, or SQLite
/// would find all that are open by it.
fn open_of_some(now: Time) -> Condition {
    let later = Column::ExpiresAt
        .gt(now)
        .binary(BinOper::Is, Expr::Constant(true.into()));
    Condition::all().add(is_open()).add(later)
}

impl From<Model> for Invitation {
    fn from(row: Model) -> Invitation {
        let state = match row.state {
            OPEN => InvitationState::Open,
            2 => InvitationState::Accepted,
            3 => InvitationState::Declined,
            5 => InvitationState::Replaced,
            _ => InvitationState::Withdrawn,
        };
        Invitation {
            id: InvitationId::new(row.id),
            organization: OrganizationId::new(row.organization_id),
            member: MemberId::new(row.member_id),
            email_key: row.email_key,
            state,
            expires_at: row.expires_at,
            invited_by: MemberId::new(row.invited_by),
            invited_by_user: UserId::new(row.invited_by_user),
            created_at: row.created_at,
        }
    }
}
