//! What keeps the service running: change log, revocations, kept answers, mails, throttles, signing keys.

use super::run;
use sea_orm::{DbBackend, DbErr};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(changes(m.get_database_backend())).await?;
        let revocations = Table::create()
            .table("revocations")
            .col(uuid("id").primary_key())
            .col(uuid_null("session_id"))
            .col(uuid_null("organization_id"))
            .col(uuid_null("member_id"))
            .col(big_integer_null("min_rights_version"))
            .col(timestamp_with_time_zone("created_at"))
            .to_owned();
        m.create_table(revocations).await?;
        let replies = Table::create()
            .table("replies")
            .col(uuid("caller"))
            .col(uuid("request_id"))
            .col(binary("digest"))
            .col(binary("answer"))
            .col(timestamp_with_time_zone("created_at"))
            .primary_key(Index::create().col("caller").col("request_id"))
            .to_owned();
        m.create_table(replies).await?;
        let mails = Table::create()
            .table("mails")
            .col(uuid("id").primary_key())
            .col(text("recipient"))
            .col(text("recipient_name"))
            .col(text("locale"))
            .col(text("kind"))
            .col(binary("content"))
            .col(integer("attempts"))
            .col(timestamp_with_time_zone("next_attempt_at"))
            .col(timestamp_with_time_zone_null("sent_at"))
            .col(timestamp_with_time_zone_null("failed_at"))
            .col(text_null("last_error"))
            .col(timestamp_with_time_zone("created_at"))
            .to_owned();
        m.create_table(mails).await?;
        let throttles = Table::create()
            .table("throttles")
            .col(binary("digest").primary_key())
            .col(integer("attempts"))
            .col(timestamp_with_time_zone("ends_at"))
            .to_owned();
        m.create_table(throttles).await?;
        let signing_keys = Table::create()
            .table("signing_keys")
            .col(text("kid").primary_key())
            .col(text("algorithm"))
            .col(json_binary("public_jwk"))
            .col(binary("sealed_private"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("not_before"))
            .col(timestamp_with_time_zone_null("retires_at"))
            .col(timestamp_with_time_zone_null("removed_at"))
            .to_owned();
        m.create_table(signing_keys).await?;
        run(
            m,
            &[
                "CREATE INDEX changes_of_organization ON changes (organization_id, id)",
                "CREATE INDEX revocations_of_member ON revocations (organization_id, member_id)",
                "CREATE INDEX revocations_time ON revocations (created_at)",
                "CREATE INDEX replies_time ON replies (created_at)",
                "CREATE INDEX mails_due ON mails (next_attempt_at) WHERE sent_at IS NULL AND failed_at IS NULL",
                "CREATE INDEX throttles_time ON throttles (ends_at)",
            ],
        )
        .await
    }
}

/// Ids are given out in another order than transactions commit on PostgreSQL, so each row also carries its transaction:
/// a reader stays behind the oldest one still running. SQLite has one writer, whose order is the commit order.
fn changes(engine: DbBackend) -> TableCreateStatement {
    let mut transaction = big_integer("transaction");
    match engine {
        DbBackend::Postgres => transaction.default(Expr::cust("(pg_current_xact_id()::text::bigint)")),
        _ => transaction.default(0),
    };
    Table::create()
        .table("changes")
        .col(big_integer("id").primary_key().auto_increment())
        .col(transaction)
        .col(uuid_null("organization_id"))
        .col(uuid_null("actor_user_id"))
        .col(uuid_null("actor_session_id"))
        .col(text("method"))
        .col(text("kind"))
        .col(text("subject"))
        .col(json_binary("data"))
        .col(text("correlation"))
        .col(text("address"))
        .col(timestamp_with_time_zone("created_at"))
        .to_owned()
}
