//! One-time handles and codes, by digest. What they are for is sealed in the payload.

use super::entity::challenge::{ActiveModel, Column, Entity, Model};
use super::{ReadWrite, Repository, delete_some, dialect, from_db};
use crate::clock::Time;
use crate::domain::UserId;
use crate::error::Error;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter};

/// The resource.
#[derive(Debug)]
pub enum Challenges {}

/// What a handle or code is good for. One kind never stands in for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeKind {
    /// A sign-up that waits for the mailed code.
    SignUp = 1,
    /// A log-in that waits for its next step.
    LogIn = 2,
    /// A new password without the old one.
    PasswordReset = 3,
    /// An account's address that waits for the mailed code.
    VerifyEmail = 4,
}

/// A handle or code as it is kept.
#[derive(Clone)]
pub struct Challenge {
    /// SHA-256 of the handle.
    pub digest: [u8; 32],
    /// What for.
    pub kind: ChallengeKind,
    /// Whose, if there is an account.
    pub user: Option<UserId>,
    /// Sealed.
    pub payload: Vec<u8>,
    /// The salted digest of the code that has to come with the handle.
    pub code_digest: Option<[u8; 32]>,
    /// How many wrong codes are still borne.
    pub attempts_left: i32,
    /// When it was made.
    pub created_at: Time,
    /// When it dies.
    pub expires_at: Time,
}

impl<M> Repository<'_, Challenges, M> {
    /// A live one of that kind.
    pub async fn find(&self, kind: ChallengeKind, digest: [u8; 32], now: Time) -> Result<Option<Challenge>, Error> {
        let row = live(kind, digest, now).one(self.conn).await.map_err(from_db)?;
        Ok(row.map(|row| challenge(row, kind, digest)))
    }
}

impl Repository<'_, Challenges, ReadWrite> {
    /// A new one.
    pub async fn insert(&self, challenge: &Challenge) -> Result<(), Error> {
        let row = ActiveModel {
            digest: Set(challenge.digest.to_vec()),
            kind: Set(challenge.kind as i16),
            user_id: Set(challenge.user.map(UserId::uuid)),
            payload: Set(challenge.payload.clone()),
            code_digest: Set(challenge.code_digest.map(|d| d.to_vec())),
            attempts_left: Set(challenge.attempts_left),
            created_at: Set(challenge.created_at),
            expires_at: Set(challenge.expires_at),
            used_at: Set(None),
        };
        Entity::insert(row)
            .exec_without_returning(self.conn)
            .await
            .map_err(from_db)?;
        Ok(())
    }

    /// A live one of that kind, locked until this transaction ends.
    pub async fn lock(&self, kind: ChallengeKind, digest: [u8; 32], now: Time) -> Result<Option<Challenge>, Error> {
        let row = dialect::locked(self.conn, live(kind, digest, now))
            .one(self.conn)
            .await
            .map_err(from_db)?;
        Ok(row.map(|row| challenge(row, kind, digest)))
    }

    /// Marks it as used; its payload is wiped.
    pub async fn spend(&self, digest: [u8; 32], now: Time) -> Result<(), Error> {
        let set = ActiveModel {
            used_at: Set(Some(now)),
            payload: Set(vec![]),
            ..Default::default()
        };
        let query = Entity::update_many()
            .set(set)
            .filter(Column::Digest.eq(digest.to_vec()))
            .filter(Column::UsedAt.is_null());
        let done = query.exec(self.conn).await.map_err(from_db)?;
        if done.rows_affected == 1 {
            Ok(())
        } else {
            Err(Error::Conflict)
        }
    }

    /// Counts a wrong code.
    pub async fn miss(&self, digest: [u8; 32]) -> Result<(), Error> {
        let query = Entity::update_many()
            .col_expr(Column::AttemptsLeft, Expr::col(Column::AttemptsLeft).sub(1))
            .filter(Column::Digest.eq(digest.to_vec()));
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }

    /// Ends all of a person's that are still open, of that kind.
    pub async fn end_of_user(&self, user: UserId, kind: ChallengeKind, now: Time) -> Result<(), Error> {
        let set = ActiveModel {
            used_at: Set(Some(now)),
            payload: Set(vec![]),
            ..Default::default()
        };
        let query = Entity::update_many()
            .set(set)
            .filter(Column::UserId.eq(user.uuid()))
            .filter(Column::Kind.eq(kind as i16))
            .filter(Column::UsedAt.is_null());
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }

    /// Forgets those that died before then, `limit` at most. Returns how many.
    pub async fn delete_expired(&self, before: Time, limit: u64) -> Result<u64, Error> {
        delete_some::<Entity>(self.conn, Column::ExpiresAt.lt(before), limit).await
    }
}

fn live(kind: ChallengeKind, digest: [u8; 32], now: Time) -> sea_orm::Select<Entity> {
    Entity::find_by_id(digest.to_vec())
        .filter(Column::Kind.eq(kind as i16))
        .filter(Column::UsedAt.is_null())
        .filter(Column::AttemptsLeft.gt(0))
        .filter(Column::ExpiresAt.gt(now))
}

fn challenge(row: Model, kind: ChallengeKind, digest: [u8; 32]) -> Challenge {
    Challenge {
        digest,
        kind,
        user: row.user_id.map(UserId::new),
        payload: row.payload,
        code_digest: row.code_digest.and_then(|d| d.try_into().ok()),
        attempts_left: row.attempts_left,
        created_at: row.created_at,
        expires_at: row.expires_at,
    }
}
