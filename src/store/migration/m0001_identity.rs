//! Users, their sessions, refresh tokens and one-time challenges.

use super::{key, references, run};
use sea_orm::DbErr;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let users = Table::create()
            .table("users")
            .col(uuid("id").primary_key())
            .col(text("email"))
            .col(key("email_key", m))
            .col(text("display_name"))
            .col(text("locale"))
            .col(text("time_zone"))
            .col(text_null("password_hash"))
            .col(boolean("password_temporary"))
            .col(timestamp_with_time_zone_null("password_expires_at"))
            .col(timestamp_with_time_zone_null("email_verified_at"))
            .col(timestamp_with_time_zone_null("disabled_at"))
            .col(big_integer("version"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .to_owned();
        m.create_table(users).await?;
        let sessions = Table::create()
            .table("sessions")
            .col(uuid("id").primary_key())
            .col(uuid("user_id"))
            .col(uuid_null("organization_id"))
            .col(uuid_null("member_id"))
            .col(text("device"))
            .col(text("address"))
            .col(text("methods"))
            .col(timestamp_with_time_zone("authenticated_at"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("last_used_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(timestamp_with_time_zone_null("ended_at"))
            .foreign_key(&mut references("user_id", "users"))
            .to_owned();
        m.create_table(sessions).await?;
        let refresh_tokens = Table::create()
            .table("refresh_tokens")
            .col(binary("digest").primary_key())
            .col(uuid("session_id"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("used_at"))
            .col(binary_null("successor"))
            .foreign_key(&mut references("session_id", "sessions"))
            .to_owned();
        m.create_table(refresh_tokens).await?;
        let challenges = Table::create()
            .table("challenges")
            .col(binary("digest").primary_key())
            .col(small_integer("kind"))
            .col(uuid_null("user_id"))
            .col(binary("payload"))
            .col(binary_null("code_digest"))
            .col(integer("attempts_left"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(timestamp_with_time_zone_null("used_at"))
            .foreign_key(&mut references("user_id", "users"))
            .to_owned();
        m.create_table(challenges).await?;
        run(
            m,
            &[
                "CREATE UNIQUE INDEX users_email_key ON users (email_key)",
                "CREATE INDEX sessions_of_user ON sessions (user_id, created_at)",
                "CREATE INDEX sessions_from ON sessions (user_id, address)",
                "CREATE INDEX sessions_of_member ON sessions (organization_id, member_id) WHERE ended_at IS NULL",
                "CREATE INDEX sessions_expiry ON sessions (expires_at)",
                "CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id)",
                "CREATE INDEX challenges_of_user ON challenges (user_id, kind)",
                "CREATE INDEX challenges_expiry ON challenges (expires_at)",
            ],
        )
        .await
    }
}
