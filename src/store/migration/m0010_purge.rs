//! Members go with their organisation, and each asks for what still refers to it. Without these a big organisation's purge
//! walked through all of its invitations and sessions for every member.

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
            &[
                "CREATE INDEX invitations_of_member ON invitations (organization_id, member_id)",
                "CREATE INDEX sessions_of_member_ever ON sessions (organization_id, member_id)",
            ],
        )
        .await
    }
}
