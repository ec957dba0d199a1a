//! Organisations, members with their roles, invitations. Every key leads with the organisation.

use super::{key, references, run};
use sea_orm::DbErr;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let organizations = Table::create()
            .table("organizations")
            .col(uuid("id").primary_key())
            .col(key("slug", m))
            .col(text("display_name"))
            .col(text("locale"))
            .col(text("time_zone"))
            .col(big_integer("invitation_seconds"))
            .col(big_integer_null("seat_limit"))
            .col(big_integer("active_members").check(Expr::cust("active_members >= 0")))
            .col(big_integer("version"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .to_owned();
        m.create_table(organizations).await?;
        let members = Table::create()
            .table("members")
            .col(uuid("organization_id"))
            .col(uuid("id"))
            .col(uuid_null("user_id"))
            .col(text("email"))
            .col(key("email_key", m))
            .col(text("display_name"))
            .col(key("name_key", m))
            .col(key("search_key", m))
            .col(small_integer("state").check(Expr::cust("state BETWEEN 1 AND 7")))
            .col(timestamp_with_time_zone_null("invitation_expires_at"))
            .col(uuid_null("added_by"))
            .col(timestamp_with_time_zone_null("last_sign_in_at"))
            .col(big_integer("rights_version"))
            .col(big_integer("version"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .col(timestamp_with_time_zone_null("removed_at"))
            .primary_key(Index::create().col("organization_id").col("id"))
            .foreign_key(&mut references("organization_id", "organizations"))
            .foreign_key(ForeignKey::create().from_col("user_id").to("users", "id"))
            .to_owned();
        m.create_table(members).await?;
        let to_member = || {
            ForeignKey::create()
                .from_col("organization_id")
                .from_col("member_id")
                .to("members", "organization_id")
                .to_col("id")
                .on_delete(ForeignKeyAction::Cascade)
                .to_owned()
        };
        let member_roles = Table::create()
            .table("member_roles")
            .col(uuid("organization_id"))
            .col(uuid("member_id"))
            .col(uuid("role_id"))
            .primary_key(Index::create().col("organization_id").col("member_id").col("role_id"))
            .foreign_key(&mut to_member())
            .to_owned();
        m.create_table(member_roles).await?;
        let invitations = Table::create()
            .table("invitations")
            .col(uuid("organization_id"))
            .col(uuid("id"))
            .col(uuid("member_id"))
            .col(key("email_key", m))
            .col(binary("code_digest"))
            .col(small_integer("state").check(Expr::cust("state BETWEEN 1 AND 5")))
            .col(timestamp_with_time_zone("expires_at"))
            .col(uuid("invited_by"))
            .col(uuid("invited_by_user"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("ended_at"))
            .primary_key(Index::create().col("organization_id").col("id"))
            .foreign_key(&mut to_member())
            .to_owned();
        m.create_table(invitations).await?;
        // State 7 is a removed member's tombstone: it stays for the log, and takes up
        // neither the address nor the person: both may be added again.
        run(
            m,
            &[
                "CREATE UNIQUE INDEX organizations_slug ON organizations (slug)",
                "CREATE UNIQUE INDEX members_email ON members (organization_id, email_key) WHERE state <> 7",
                "CREATE UNIQUE INDEX members_user ON members (organization_id, user_id) WHERE state <> 7",
                "CREATE INDEX members_of_user ON members (user_id) WHERE state <> 7",
                "CREATE INDEX members_by_name ON members (organization_id, name_key, id) WHERE state <> 7",
                "CREATE INDEX members_by_time ON members (organization_id, created_at, id) WHERE state <> 7",
                "CREATE INDEX member_roles_by_role ON member_roles (organization_id, role_id)",
                "CREATE UNIQUE INDEX invitations_id ON invitations (id)",
                "CREATE UNIQUE INDEX invitations_code ON invitations (code_digest)",
                "CREATE UNIQUE INDEX invitations_open ON invitations (organization_id, member_id) WHERE state = 1",
                "CREATE INDEX invitations_seats ON invitations (organization_id, expires_at) WHERE state = 1",
                "CREATE INDEX invitations_to ON invitations (email_key) WHERE state = 1",
                "CREATE INDEX invitations_by ON invitations (organization_id, invited_by) WHERE state = 1",
            ],
        )
        .await
    }
}
