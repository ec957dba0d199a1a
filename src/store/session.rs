//! Log-ins and their refresh tokens.

use super::among::among;
use super::entity::refresh_token as token;
use super::entity::session::{ActiveModel, Column, Entity, Model};
use super::{ReadWrite, Repository, delete_some, dialect, from_db};
use crate::clock::Time;
use crate::domain::session::{Place, Session};
use crate::domain::{MemberId, OrganizationId, SessionId, UserId};
use crate::error::Error;
use sea_orm::sea_query::Condition;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

/// The resource.
#[derive(Debug)]
pub enum Sessions {}

/// A refresh token as it is kept: by digest, and once it is spent, with its successor sealed under itself.
#[derive(Clone)]
pub struct RefreshToken {
    /// The session it renews.
    pub session: SessionId,
    /// When it was spent.
    pub used_at: Option<Time>,
    /// What it was spent for; only the holder of the token can read it.
    pub successor: Option<Vec<u8>>,
}

impl<M> Repository<'_, Sessions, M> {
    /// One, by id.
    pub async fn find(&self, id: SessionId) -> Result<Option<Session>, Error> {
        let row = Entity::find_by_id(id.uuid()).one(self.conn).await.map_err(from_db)?;
        Ok(row.map(Session::from))
    }

    /// A refresh token that was given out once, by digest. Whoever holds its session's lock knows that it stays as it is.
    pub async fn find_token(&self, digest: [u8; 32]) -> Result<Option<RefreshToken>, Error> {
        let row = token::Entity::find_by_id(digest.to_vec())
            .one(self.conn)
            .await
            .map_err(from_db)?;
        Ok(row.map(RefreshToken::from))
    }

    /// A person's live sessions, the newest first, after the one given.
    pub async fn list(
        &self,
        user: UserId,
        now: Time,
        after: Option<(Time, SessionId)>,
        limit: u64,
    ) -> Result<Vec<Session>, Error> {
        let mut query = Entity::find().filter(Column::UserId.eq(user.uuid())).filter(live(now));
        if let Some((time, id)) = after {
            let same = Condition::all()
                .add(Column::CreatedAt.eq(time))
                .add(Column::Id.lt(id.uuid()));
            query = query.filter(Condition::any().add(Column::CreatedAt.lt(time)).add(same));
        }
        let rows = query
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .limit(limit)
            .all(self.conn)
            .await
            .map_err(from_db)?;
        Ok(rows.into_iter().map(Session::from).collect())
    }

    /// The oldest live one of a person who has this many or more.
    pub async fn find_surplus(&self, user: UserId, now: Time, most: u64) -> Result<Option<SessionId>, Error> {
        let query = Entity::find()
            .filter(Column::UserId.eq(user.uuid()))
            .filter(live(now))
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .offset(most.saturating_sub(1))
            .limit(1)
            .select_only()
            .column(Column::Id);
        let row: Option<uuid::Uuid> = query.into_tuple().one(self.conn).await.map_err(from_db)?;
        Ok(row.map(SessionId::new))
    }

    /// How many live ones speak for each of these memberships; those without any are left out.
    pub async fn count_of(
        &self,
        organization: OrganizationId,
        members: &[MemberId],
        now: Time,
    ) -> Result<Vec<(MemberId, u64)>, Error> {
        let query = Entity::find()
            .filter(among(
                self.conn,
                (Column::OrganizationId, organization),
                (Column::MemberId, members.iter().map(|id| id.uuid())),
            ))
            .filter(live(now))
            .select_only()
            .column(Column::MemberId)
            .column_as(Column::Id.count(), "sessions")
            .group_by(Column::MemberId);
        let counted: Vec<(uuid::Uuid, i64)> = query.into_tuple().all(self.conn).await.map_err(from_db)?;
        let counted = counted.into_iter();
        Ok(counted
            .map(|(member, count)| (MemberId::new(member), u64::try_from(count).unwrap_or(0)))
            .collect())
    }

    /// Whether the person ever logged in from there within the time the sessions are kept.
    pub async fn knows_address(&self, user: UserId, address: &str) -> Result<bool, Error> {
        let query = Entity::find()
            .filter(Column::UserId.eq(user.uuid()))
            .filter(Column::Address.eq(address))
            .select_only()
            .column(Column::Id)
            .limit(1);
        let row: Option<uuid::Uuid> = query.into_tuple().one(self.conn).await.map_err(from_db)?;
        Ok(row.is_some())
    }
}

impl Repository<'_, Sessions, ReadWrite> {
    /// A new one.
    pub async fn insert(&self, session: &Session) -> Result<(), Error> {
        let row = ActiveModel {
            id: Set(session.id.uuid()),
            user_id: Set(session.user.uuid()),
            organization_id: Set(session.place.map(|p| p.organization.uuid())),
            member_id: Set(session.place.map(|p| p.member.uuid())),
            device: Set(session.device.clone()),
            address: Set(session.address.clone()),
            methods: Set(session.methods.join(" ")),
            authenticated_at: Set(session.authenticated_at),
            created_at: Set(session.created_at),
            last_used_at: Set(session.last_used_at),
            expires_at: Set(session.expires_at),
            ended_at: Set(session.ended_at),
        };
        Entity::insert(row)
            .exec_without_returning(self.conn)
            .await
            .map_err(from_db)?;
        Ok(())
    }

    /// One, which nobody else changes until this transaction ends.
    pub async fn lock(&self, id: SessionId) -> Result<Option<Session>, Error> {
        let query = dialect::locked(self.conn, Entity::find_by_id(id.uuid()));
        Ok(query.one(self.conn).await.map_err(from_db)?.map(Session::from))
    }

    /// Notes that the session was used, and from where.
    pub async fn renew(&self, id: SessionId, now: Time, expires_at: Time, address: &str) -> Result<(), Error> {
        let set = ActiveModel {
            last_used_at: Set(now),
            expires_at: Set(expires_at),
            address: Set(address.to_owned()),
            ..Default::default()
        };
        let query = Entity::update_many().set(set).filter(Column::Id.eq(id.uuid()));
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }

    /// Ends these, and says which of them were live until now.
    pub async fn end(&self, which: Which, now: Time) -> Result<Vec<(SessionId, UserId)>, Error> {
        let condition = match which {
            Which::One(id) => Condition::all().add(Column::Id.eq(id.uuid())),
            Which::OfUser { user, but } => {
                let but = but.map(|id| Column::Id.ne(id.uuid()));
                Condition::all().add(Column::UserId.eq(user.uuid())).add_option(but)
            }
            Which::OfOrganization(organization) => Condition::all().add(Column::OrganizationId.eq(organization.uuid())),
            Which::OfMembers { organization, members } => Condition::all().add(among(
                self.conn,
                (Column::OrganizationId, organization),
                (Column::MemberId, members.into_iter().map(MemberId::uuid)),
            )),
        };
        // Locked one after the other in one order, whatever index finds them: two that end some of the same would wait for
        // each other else.
        let those = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(condition)
            .filter(live(now))
            .order_by_asc(Column::Id);
        let those = dialect::locked(self.conn, those);
        let ended = Entity::update_many()
            .set(ActiveModel {
                ended_at: Set(Some(now)),
                ..Default::default()
            })
            .filter(Column::Id.in_subquery(those.into_query()))
            .exec_with_returning(self.conn)
            .await
            .map_err(from_db)?;
        Ok(ended
            .into_iter()
            .map(|row| (SessionId::new(row.id), UserId::new(row.user_id)))
            .collect())
    }

    /// Keeps the digest of a refresh token just given out.
    pub async fn insert_token(&self, digest: [u8; 32], session: SessionId, now: Time) -> Result<(), Error> {
        let row = token::ActiveModel {
            digest: Set(digest.to_vec()),
            session_id: Set(session.uuid()),
            created_at: Set(now),
            used_at: Set(None),
            successor: Set(None),
        };
        token::Entity::insert(row)
            .exec_without_returning(self.conn)
            .await
            .map_err(from_db)?;
        Ok(())
    }

    /// A refresh token that was given out once, by digest. It is locked until this transaction ends.
    pub async fn lock_token(&self, digest: [u8; 32]) -> Result<Option<RefreshToken>, Error> {
        let query = dialect::locked(self.conn, token::Entity::find_by_id(digest.to_vec()));
        Ok(query.one(self.conn).await.map_err(from_db)?.map(RefreshToken::from))
    }

    /// Marks a refresh token as spent.
    pub async fn spend_token(&self, digest: [u8; 32], successor: Vec<u8>, now: Time) -> Result<(), Error> {
        let set = token::ActiveModel {
            used_at: Set(Some(now)),
            successor: Set(Some(successor)),
            ..Default::default()
        };
        let query = token::Entity::update_many()
            .set(set)
            .filter(token::Column::Digest.eq(digest.to_vec()))
            .filter(token::Column::UsedAt.is_null());
        let done = query.exec(self.conn).await.map_err(from_db)?;
        if done.rows_affected == 1 {
            Ok(())
        } else {
            Err(Error::Conflict)
        }
    }

    /// Forgets sessions that ended or ran out before then, with their tokens, `limit` at most. Returns how many.
    pub async fn delete_ended(&self, before: Time, limit: u64) -> Result<u64, Error> {
        let gone = Condition::any()
            .add(Column::ExpiresAt.lt(before))
            .add(Column::EndedAt.lt(before));
        delete_some::<Entity>(self.conn, gone, limit).await
    }
}

/// Which sessions to end.
#[derive(Debug, Clone)]
pub enum Which {
    /// This one.
    One(SessionId),
    /// All of a person's, but perhaps one.
    OfUser {
        /// Whose.
        user: UserId,
        /// The one that stays.
        but: Option<SessionId>,
    },
    /// All that speak for this organisation.
    OfOrganization(OrganizationId),
    /// All that speak for these memberships.
    OfMembers {
        /// Where.
        organization: OrganizationId,
        /// Which memberships.
        members: Vec<MemberId>,
    },
}

fn live(now: Time) -> Condition {
    Condition::all()
        .add(Column::EndedAt.is_null())
        .add(Column::ExpiresAt.gt(now))
}

impl From<token::Model> for RefreshToken {
    fn from(row: token::Model) -> RefreshToken {
        RefreshToken {
            session: SessionId::new(row.session_id),
            used_at: row.used_at,
            successor: row.successor,
        }
    }
}

impl From<Model> for Session {
    fn from(row: Model) -> Session {
        let place = row
            .organization_id
            .zip(row.member_id)
            .map(|(organization, member)| Place {
                organization: OrganizationId::new(organization),
                member: MemberId::new(member),
            });
        Session {
            id: SessionId::new(row.id),
            user: UserId::new(row.user_id),
            place,
            device: row.device,
            address: row.address,
            methods: row.methods.split_whitespace().map(str::to_owned).collect(),
            authenticated_at: row.authenticated_at,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
        }
    }
}
