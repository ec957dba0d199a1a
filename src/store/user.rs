//! People's accounts.

use super::entity::user::{ActiveModel, Column, Entity, Model};
use super::{ReadWrite, Repository, dialect, from_db};
use crate::domain::user::{StoredPassword, User};
use crate::domain::{DisplayName, Email, Locale, TimeZone, UserId};
use crate::error::Error;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

/// The resource.
#[derive(Debug)]
pub enum Users {}

impl<M> Repository<'_, Users, M> {
    /// One, by id.
    pub async fn find(&self, id: UserId) -> Result<Option<User>, Error> {
        let row = Entity::find_by_id(id.uuid()).one(self.conn).await.map_err(from_db)?;
        Ok(row.map(User::from))
    }

    /// One, by the canonical form of the address.
    pub async fn find_by_email(&self, email_key: &str) -> Result<Option<User>, Error> {
        let query = Entity::find().filter(Column::EmailKey.eq(email_key));
        Ok(query.one(self.conn).await.map_err(from_db)?.map(User::from))
    }

    /// Several, by the canonical forms of their addresses, in no order.
    pub async fn list_by_email(&self, email_keys: impl IntoIterator<Item = &str>) -> Result<Vec<User>, Error> {
        let query = Entity::find().filter(Column::EmailKey.is_in(email_keys));
        let rows = query.all(self.conn).await.map_err(from_db)?;
        Ok(rows.into_iter().map(User::from).collect())
    }

    /// Several, by id, in no order.
    pub async fn list(&self, ids: impl IntoIterator<Item = UserId>) -> Result<Vec<User>, Error> {
        let query = Entity::find().filter(Column::Id.is_in(ids.into_iter().map(UserId::uuid)));
        Ok(query
            .all(self.conn)
            .await
            .map_err(from_db)?
            .into_iter()
            .map(User::from)
            .collect())
    }
}

impl Repository<'_, Users, ReadWrite> {
    /// One, which nobody else changes until this transaction ends. Whatever begins or ends log-ins of a person goes
    /// through here first, so that none begins beside the change that was to end it.
    pub async fn lock(&self, id: UserId) -> Result<Option<User>, Error> {
        let query = dialect::locked(self.conn, Entity::find_by_id(id.uuid()));
        Ok(query.one(self.conn).await.map_err(from_db)?.map(User::from))
    }

    /// A new one. The address must be free, or the call conflicts.
    pub async fn insert(&self, user: &User) -> Result<(), Error> {
        Entity::insert(row(user))
            .exec_without_returning(self.conn)
            .await
            .map_err(from_db)?;
        Ok(())
    }

    /// Writes the whole row, if nobody else did since it was read; counts the version up.
    pub async fn update(&self, user: &User) -> Result<User, Error> {
        let next = User {
            version: user.version + 1,
            ..user.clone()
        };
        let done = Entity::update_many()
            .set(row(&next))
            .filter(Column::Id.eq(user.id.uuid()))
            .filter(Column::Version.eq(user.version))
            .exec(self.conn)
            .await
            .map_err(from_db)?;
        if done.rows_affected == 1 {
            Ok(next)
        } else {
            Err(Error::Conflict)
        }
    }
}

fn row(user: &User) -> ActiveModel {
    let password = user.password.as_ref();
    ActiveModel {
        id: Set(user.id.uuid()),
        email: Set(user.email.as_str().to_owned()),
        email_key: Set(user.email.key().to_owned()),
        display_name: Set(user.display_name.as_str().to_owned()),
        locale: Set(user.locale.as_str().to_owned()),
        time_zone: Set(user.time_zone.as_str().to_owned()),
        password_hash: Set(password.map(|p| p.hash.clone())),
        password_temporary: Set(password.is_some_and(|p| p.temporary)),
        password_expires_at: Set(password.and_then(|p| p.expires_at)),
        email_verified_at: Set(user.email_verified_at),
        disabled_at: Set(user.disabled_at),
        version: Set(user.version),
        created_at: Set(user.created_at),
        updated_at: Set(user.updated_at),
    }
}

impl From<Model> for User {
    fn from(row: Model) -> User {
        let (temporary, expires_at) = (row.password_temporary, row.password_expires_at);
        User {
            id: UserId::new(row.id),
            email: Email::stored(row.email, row.email_key),
            display_name: DisplayName::stored(row.display_name),
            locale: Locale::stored(&row.locale),
            time_zone: TimeZone::stored(row.time_zone),
            password: row.password_hash.map(|hash| StoredPassword {
                hash,
                temporary,
                expires_at,
            }),
            email_verified_at: row.email_verified_at,
            disabled_at: row.disabled_at,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
