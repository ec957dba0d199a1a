//! What members are given beyond the preset's roles: an organisation's own roles, groups, tags, grants, roles for a while,
//! and the permissions that its own services declare. Every key leads with the organisation.

use super::{key, references, run};
use sea_orm::DbErr;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        run(
            m,
            &["ALTER TABLE organizations ADD COLUMN roles_version BIGINT NOT NULL DEFAULT 1"],
        )
        .await?;
        m.create_table(named("roles", m).col(json("permissions")).to_owned())
            .await?;
        m.create_table(named("groups", m).to_owned()).await?;
        m.create_table(named("tags", m).col(text("color")).to_owned()).await?;
        m.create_table(pair("group_roles", "group_id", "role_id", &[("group_id", "groups")]))
            .await?;
        let both = [("group_id", "groups"), ("member_id", "members")];
        m.create_table(pair("group_members", "group_id", "member_id", &both))
            .await?;
        let both = [("member_id", "members"), ("tag_id", "tags")];
        m.create_table(pair("member_tags", "member_id", "tag_id", &both))
            .await?;
        let grants = Table::create()
            .table("grants")
            .col(uuid("organization_id"))
            .col(uuid("member_id"))
            .col(key("permission", m))
            .primary_key(
                Index::create()
                    .col("organization_id")
                    .col("member_id")
                    .col("permission"),
            )
            .foreign_key(&mut to("member_id", "members"))
            .to_owned();
        m.create_table(grants).await?;
        let bindings = Table::create()
            .table("bindings")
            .col(uuid("organization_id"))
            .col(uuid("id"))
            .col(uuid("member_id"))
            .col(uuid("role_id"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(uuid("created_by"))
            .col(timestamp_with_time_zone("created_at"))
            .primary_key(Index::create().col("organization_id").col("id"))
            .foreign_key(&mut to("member_id", "members"))
            .to_owned();
        m.create_table(bindings).await?;
        let modules = Table::create()
            .table("catalog_modules")
            .col(uuid("organization_id"))
            .col(key("name", m))
            .col(key("service", m))
            .col(json("titles"))
            .col(json("permissions"))
            .col(timestamp_with_time_zone("updated_at"))
            .primary_key(Index::create().col("organization_id").col("name"))
            .foreign_key(&mut references("organization_id", "organizations"))
            .to_owned();
        m.create_table(modules).await?;
        run(
            m,
            &[
                "CREATE UNIQUE INDEX roles_name ON roles (organization_id, name_key)",
                "CREATE UNIQUE INDEX groups_name ON groups (organization_id, name_key)",
                "CREATE UNIQUE INDEX tags_name ON tags (organization_id, name_key)",
                "CREATE INDEX group_roles_by_role ON group_roles (organization_id, role_id)",
                "CREATE INDEX group_members_by_member ON group_members (organization_id, member_id)",
                "CREATE INDEX member_tags_by_tag ON member_tags (organization_id, tag_id)",
                "CREATE INDEX grants_by_permission ON grants (organization_id, permission)",
                "CREATE INDEX bindings_by_member ON bindings (organization_id, member_id)",
                "CREATE INDEX bindings_by_role ON bindings (organization_id, role_id)",
                "CREATE INDEX bindings_by_time ON bindings (expires_at)",
            ],
        )
        .await
    }
}

/// A table of things that an organisation names itself.
fn named(table: &'static str, m: &SchemaManager<'_>) -> TableCreateStatement {
    Table::create()
        .table(table)
        .col(uuid("organization_id"))
        .col(uuid("id"))
        .col(text("name"))
        .col(key("name_key", m))
        .col(text("description"))
        .col(big_integer("version"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(Index::create().col("organization_id").col("id"))
        .foreign_key(&mut references("organization_id", "organizations"))
        .to_owned()
}

/// A table of pairs within an organisation.
fn pair(
    table: &'static str,
    one: &'static str,
    other: &'static str,
    parents: &[(&'static str, &'static str)],
) -> TableCreateStatement {
    let mut made = Table::create()
        .table(table)
        .col(uuid("organization_id"))
        .col(uuid(one))
        .col(uuid(other))
        .primary_key(Index::create().col("organization_id").col(one).col(other))
        .to_owned();
    for (column, parent) in parents {
        made.foreign_key(&mut to(column, parent));
    }
    made
}

/// A reference within the organisation.
fn to(column: &'static str, table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from_col("organization_id")
        .from_col(column)
        .to(table, "organization_id")
        .to_col("id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
