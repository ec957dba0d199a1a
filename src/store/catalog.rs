//! Modules of permissions that an organisation's own services declared. The preset's are in no table.

use super::entity::catalog_module::{ActiveModel, Column, Entity, Model};
use super::{ReadWrite, Repository, from_db, insert_all};
use crate::clock::Time;
use crate::domain::OrganizationId;
use crate::domain::preset::Module;
use crate::error::Error;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

/// The resource.
#[derive(Debug)]
pub enum Catalogs {}

/// A module and the service that declared it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Whose it is.
    pub service: String,
    /// What it is.
    pub module: Module,
}

impl<M> Repository<'_, Catalogs, M> {
    /// All of an organisation's, by name.
    pub async fn list(&self, organization: OrganizationId) -> Result<Vec<Declared>, Error> {
        let query = Entity::find()
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .order_by_asc(Column::Name);
        let rows = query.all(self.conn).await.map_err(from_db)?;
        rows.into_iter().map(declared).collect()
    }
}

impl Repository<'_, Catalogs, ReadWrite> {
    /// Puts other modules in the place of a service's. The names must be free, or the call conflicts.
    pub async fn replace(
        &self,
        organization: OrganizationId,
        service: &str,
        modules: &[Module],
        now: Time,
    ) -> Result<(), Error> {
        let old = Entity::delete_many()
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .filter(Column::Service.eq(service));
        old.exec(self.conn).await.map_err(from_db)?;
        let rows = modules.iter().map(|module| row(organization, service, module, now));
        insert_all(self.conn, rows.collect::<Result<Vec<_>, _>>()?).await
    }
}

fn row(organization: OrganizationId, service: &str, module: &Module, now: Time) -> Result<ActiveModel, Error> {
    let json = |value: Result<serde_json::Value, serde_json::Error>| value.map_err(|e| Error::Internal(e.to_string()));
    Ok(ActiveModel {
        organization_id: Set(organization.uuid()),
        name: Set(module.name.clone()),
        service: Set(service.to_owned()),
        titles: Set(json(serde_json::to_value(&module.titles))?),
        permissions: Set(json(serde_json::to_value(&module.permissions))?),
        updated_at: Set(now),
    })
}

fn declared(row: Model) -> Result<Declared, Error> {
    let unread = |e: serde_json::Error| Error::Internal(format!("the catalogue's module {}: {e}", row.name));
    let titles = serde_json::from_value(row.titles).map_err(unread)?;
    let permissions = serde_json::from_value(row.permissions).map_err(unread)?;
    Ok(Declared {
        service: row.service,
        module: Module {
            name: row.name,
            titles,
            permissions,
        },
    })
}
