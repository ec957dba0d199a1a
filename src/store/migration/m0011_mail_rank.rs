//! Mails have a rank, so that a code that somebody waits for doesn't stand behind a hundred thousand invitations. The index
//! begins with it: the next of each rank is found by itself.

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
                "ALTER TABLE mails ADD COLUMN rank smallint NOT NULL DEFAULT 1",
                "UPDATE mails SET rank = 2 WHERE kind LIKE '%invitation%'",
                "DROP INDEX mails_due",
                "CREATE INDEX mails_due ON mails (rank, next_attempt_at) WHERE sent_at IS NULL AND failed_at IS NULL",
            ],
        )
        .await
    }
}
