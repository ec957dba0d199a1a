//! What an organisation sets for itself, when it was deleted, who its integrations act as, and an ownership on offer.

use super::{references, run};
use sea_orm::DbErr;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            integer_null("password_min_length"),
            big_integer_null("session_seconds"),
            uuid_null("default_role_id"),
            uuid_null("api_user_id"),
            timestamp_with_time_zone_null("deleted_at"),
        ];
        // SQLite adds one column at a time.
        for column in columns {
            let table = Table::alter().table("organizations").add_column(column).to_owned();
            m.alter_table(table).await?;
        }
        let transfers = Table::create()
            .table("ownership_transfers")
            // One at a time.
            .col(uuid("organization_id").primary_key())
            .col(uuid("from_member_id"))
            .col(uuid("to_member_id"))
            .col(big_integer("to_rights_version"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .foreign_key(&mut references("organization_id", "organizations"))
            .to_owned();
        m.create_table(transfers).await?;
        run(
            m,
            &["CREATE INDEX organizations_deleted ON organizations (deleted_at) WHERE deleted_at IS NOT NULL"],
        )
        .await
    }
}
