//! Where suspended members keep their seats they are counted whenever a seat is taken: an index of them alone makes that
//! cost what they are, and not what the organisation is.

use super::run;
use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        run(
            m,
            &["CREATE INDEX members_suspended ON members (organization_id) WHERE state = 5"],
        )
        .await
    }
}
