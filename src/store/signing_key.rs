//! The keys that sign access tokens. Private halves are sealed before they come here.

use super::entity::signing_key::{ActiveModel, Column, Entity};
use super::{ReadWrite, Repository, delete_some, dialect, from_db};
use crate::clock::Time;
use crate::error::Error;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Statement};

/// The resource.
#[derive(Debug)]
pub enum SigningKeys {}

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct SigningKeyRow {
    /// The key's id.
    pub kid: String,
    /// `EdDSA`, `ES256` or `RS256`.
    pub algorithm: String,
    /// The public half, a JSON Web Key.
    pub public_jwk: serde_json::Value,
    /// The private half, sealed.
    pub sealed_private: Vec<u8>,
    /// When it was made.
    pub created_at: Time,
    /// When it begins to sign.
    pub not_before: Time,
    /// When it stops signing.
    pub retires_at: Option<Time>,
    /// When it leaves the published set.
    pub removed_at: Option<Time>,
}

impl<M> Repository<'_, SigningKeys, M> {
    /// All, the oldest first.
    pub async fn list(&self) -> Result<Vec<SigningKeyRow>, Error> {
        let rows = Entity::find()
            .order_by_asc(Column::CreatedAt)
            .all(self.conn)
            .await
            .map_err(from_db)?;
        Ok(rows
            .into_iter()
            .map(|row| SigningKeyRow {
                kid: row.kid,
                algorithm: row.algorithm,
                public_jwk: row.public_jwk,
                sealed_private: row.sealed_private,
                created_at: row.created_at,
                not_before: row.not_before,
                retires_at: row.retires_at,
                removed_at: row.removed_at,
            })
            .collect())
    }
}

impl Repository<'_, SigningKeys, ReadWrite> {
    /// Waits until no other process changes the set of keys, and keeps them out until this transaction ends. What is
    /// read before this may be out of date.
    pub async fn lock_all(&self) -> Result<(), Error> {
        let engine = self.conn.get_database_backend();
        if let Some(lock) = dialect::signing_key_lock(engine) {
            self.conn
                .query_one_raw(Statement::from_string(engine, lock))
                .await
                .map_err(from_db)?;
        }
        Ok(())
    }

    /// A new one.
    pub async fn insert(&self, key: &SigningKeyRow) -> Result<(), Error> {
        let row = ActiveModel {
            kid: Set(key.kid.clone()),
            algorithm: Set(key.algorithm.clone()),
            public_jwk: Set(key.public_jwk.clone()),
            sealed_private: Set(key.sealed_private.clone()),
            created_at: Set(key.created_at),
            not_before: Set(key.not_before),
            retires_at: Set(key.retires_at),
            removed_at: Set(key.removed_at),
        };
        Entity::insert(row)
            .exec_without_returning(self.conn)
            .await
            .map_err(from_db)?;
        Ok(())
    }

    /// Sets when it stops signing and when it leaves the published set.
    pub async fn retire(&self, kid: &str, retires_at: Time, removed_at: Time) -> Result<(), Error> {
        let set = ActiveModel {
            retires_at: Set(Some(retires_at)),
            removed_at: Set(Some(removed_at)),
            ..Default::default()
        };
        let query = Entity::update_many().set(set).filter(Column::Kid.eq(kid));
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }

    /// Forgets those that left the published set before then, `limit` at most. Returns how many.
    pub async fn delete_removed(&self, before: Time, limit: u64) -> Result<u64, Error> {
        delete_some::<Entity>(self.conn, Column::RemovedAt.lt(before), limit).await
    }
}
