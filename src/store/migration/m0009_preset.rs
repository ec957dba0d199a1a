//! The preset that the organisations live under, in one row. A start under the same one knows by it that all fits, without
//! a look at anybody.

use sea_orm::DbErr;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let presets = Table::create()
            .table("presets")
            .col(integer("id").primary_key())
            .col(text("name"))
            .col(uuid("owner_role_id"))
            .col(binary("fingerprint"))
            .to_owned();
        m.create_table(presets).await
    }
}
