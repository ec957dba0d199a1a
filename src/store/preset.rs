//! Which preset the organisations live under, and whether what stands in the tables fits another.

use super::entity::preset::{ActiveModel, Column, Entity};
use super::{ReadWrite, Repository, Store, from_db};
use crate::domain::{OrganizationId, RoleId};
use crate::error::Error;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, Statement, TryGetable, Value};
use uuid::Uuid;

/// The resource.
#[derive(Debug)]
pub enum Presets {}

/// A preset as the database remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// Its name.
    pub name: String,
    /// The role that owns.
    pub owner: RoleId,
    /// SHA-256 of what the rows rest on: the roles, the one that owns, and how many may.
    pub fingerprint: [u8; 32],
}

/// The id of the one row.
const ONLY: i32 = 1;

/// An organisation with no active owner, or with too many. (Those who were removed have no roles.)
const MISOWNED: &str = "SELECT o.id FROM organizations o WHERE NOT EXISTS (SELECT 1 FROM member_roles r \
     JOIN members m ON m.organization_id = r.organization_id AND m.id = r.member_id \
     WHERE r.organization_id = o.id AND r.role_id = $1 AND m.state = 4) \
     OR (SELECT count(*) FROM member_roles r WHERE r.organization_id = o.id AND r.role_id = $1) > $2 LIMIT 1";

impl<M> Repository<'_, Presets, M> {
    /// The one that the organisations live under; none before the first start that remembered one.
    pub async fn adopted(&self) -> Result<Option<Adopted>, Error> {
        let row = Entity::find().one(self.conn).await.map_err(from_db)?;
        Ok(row.map(|row| Adopted {
            name: row.name,
            owner: RoleId::new(row.owner_role_id),
            fingerprint: row.fingerprint.try_into().unwrap_or_default(),
        }))
    }

    /// Whether there is any organisation at all.
    pub async fn is_lived_under(&self) -> Result<bool, Error> {
        let one: Option<Uuid> = self.first("SELECT id FROM organizations LIMIT 1", vec![]).await?;
        Ok(one.is_some())
    }

    /// An organisation where nobody active has this role, or more than so many have it.
    pub async fn misowned(&self, owner: RoleId, most: u32) -> Result<Option<OrganizationId>, Error> {
        let values = vec![owner.uuid().into(), i64::from(most).into()];
        Ok(self.first(MISOWNED, values).await?.map(OrganizationId::new))
    }

    /// A role that members or groups have, and that is neither among these nor their organisation's own.
    pub async fn unknown_role(&self, known: &[RoleId]) -> Result<Option<RoleId>, Error> {
        let places: Vec<String> = (1..=known.len()).map(|place| format!("${place}")).collect();
        let places = places.join(", ");
        for table in ["member_roles", "group_roles"] {
            let values = known.iter().map(|role| role.uuid().into()).collect();
            let unknown = format!(
                "SELECT r.role_id FROM {table} r WHERE r.role_id NOT IN ({places}) AND NOT EXISTS \
                 (SELECT 1 FROM roles o WHERE o.organization_id = r.organization_id AND o.id = r.role_id) LIMIT 1"
            );
            if let Some(role) = self.first(&unknown, values).await? {
                return Ok(Some(RoleId::new(role)));
            }
        }
        Ok(None)
    }

    async fn first<T: TryGetable>(&self, sql: &str, values: Vec<Value>) -> Result<Option<T>, Error> {
        let statement = Statement::from_sql_and_values(self.conn.get_database_backend(), sql, values);
        let row = self.conn.query_one_raw(statement).await.map_err(from_db)?;
        row.map(|row| row.try_get_by_index(0)).transpose().map_err(from_db)
    }
}

impl Store {
    /// Remembers the preset that the organisations live under from now on.
    pub async fn adopt_preset(&self, preset: &Adopted) -> Result<(), Error> {
        let upkeep = self.upkeep().await?;
        upkeep.presets().adopt(preset).await?;
        upkeep.commit().await
    }
}

impl Repository<'_, Presets, ReadWrite> {
    /// Puts one in the place of the last.
    async fn adopt(&self, preset: &Adopted) -> Result<(), Error> {
        let row = ActiveModel {
            id: Set(ONLY),
            name: Set(preset.name.clone()),
            owner_role_id: Set(preset.owner.uuid()),
            fingerprint: Set(preset.fingerprint.to_vec()),
        };
        // Processes may start at the same time.
        let replace = OnConflict::column(Column::Id)
            .update_columns([Column::Name, Column::OwnerRoleId, Column::Fingerprint])
            .to_owned();
        Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(self.conn)
            .await
            .map_err(from_db)?;
        Ok(())
    }
}
