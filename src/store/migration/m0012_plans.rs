//! What lets both engines find what they are asked for without reading all of an organisation: indexes that hold all of a pair
//! or a triple, in the other direction than the key; indexes for what is tidied away; and, for SQLite, how many rows to
//! expect behind each index.
//!
//! SQLite counts rows only when told to, and otherwise takes it that ten have the same first column. Here that column is the
//! organisation, so ten may be a hundred thousand, and it would read them all rather than look up twenty ids. What it
//! expects stands in a table that is made to be written: <https://www.sqlite.org/fileformat2.html#the_sqlite_stat1_table>.
//! It is the same in each deployment, and so are the plans. Who runs ANALYZE puts their own in its place.

use super::run;
use sea_orm::{DbBackend, DbErr};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const INDEXES: &[&str] = &[
    "DROP INDEX group_members_by_member",
    "CREATE UNIQUE INDEX group_members_by_member ON group_members (organization_id, member_id, group_id)",
    "DROP INDEX group_roles_by_role",
    "CREATE UNIQUE INDEX group_roles_by_role ON group_roles (organization_id, role_id, group_id)",
    "DROP INDEX grants_by_permission",
    "CREATE UNIQUE INDEX grants_by_permission ON grants (organization_id, permission, member_id)",
    "CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL",
    "CREATE INDEX mails_done ON mails (created_at) WHERE sent_at IS NOT NULL OR failed_at IS NOT NULL",
];

/// Table, index, and: rows in all, with the same first column, with the same first two, and so on. `sqlite_autoindex_…_1` is
/// the key's own.
const EXPECTED: &[(&str, &str, &str)] = &[
    ("users", "sqlite_autoindex_users_1", "1000000 1"),
    ("users", "users_email_key", "1000000 1"),
    ("members", "sqlite_autoindex_members_1", "1000000 10000 1"),
    ("members", "members_email", "1000000 10000 1"),
    ("members", "members_user", "1000000 10000 1"),
    ("members", "members_of_user", "1000000 2"),
    ("members", "members_by_name", "1000000 10000 2 1"),
    ("members", "members_by_time", "1000000 10000 2 1"),
    ("members", "members_by_state", "1000000 10000 2000 2 1"),
    ("members", "members_suspended", "10000 100"),
    ("member_roles", "sqlite_autoindex_member_roles_1", "1000000 10000 1 1"),
    ("member_roles", "member_roles_by_role", "1000000 10000 1000 1"),
    ("member_tags", "sqlite_autoindex_member_tags_1", "1000000 10000 2 1"),
    ("member_tags", "member_tags_by_tag", "1000000 10000 1000 1"),
    (
        "group_members",
        "sqlite_autoindex_group_members_1",
        "1000000 10000 1000 1",
    ),
    ("group_members", "group_members_by_member", "1000000 10000 2 1"),
    ("grants", "sqlite_autoindex_grants_1", "100000 1000 3 1"),
    ("grants", "grants_by_permission", "100000 1000 100 1"),
    ("bindings", "sqlite_autoindex_bindings_1", "100000 1000 1"),
    ("bindings", "bindings_by_member", "100000 1000 2"),
    ("bindings", "bindings_by_role", "100000 1000 100"),
    ("bindings", "bindings_by_time", "100000 2"),
    ("invitations", "sqlite_autoindex_invitations_1", "1000000 10000 1"),
    ("invitations", "invitations_id", "1000000 1"),
    ("invitations", "invitations_code", "1000000 1"),
    ("invitations", "invitations_open", "500000 5000 1"),
    ("invitations", "invitations_seats", "500000 5000 2"),
    ("invitations", "invitations_to", "500000 2"),
    ("invitations", "invitations_by", "500000 5000 500"),
    ("invitations", "invitations_of_member", "1000000 10000 2"),
    ("sessions", "sqlite_autoindex_sessions_1", "1000000 1"),
    ("sessions", "sessions_of_user", "1000000 5 1"),
    ("sessions", "sessions_from", "1000000 5 2"),
    ("sessions", "sessions_of_member", "1000000 10000 3"),
    ("sessions", "sessions_of_member_ever", "1000000 10000 5"),
    ("sessions", "sessions_expiry", "1000000 1"),
    ("sessions", "sessions_ended", "500000 1"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        run(m, INDEXES).await?;
        if m.get_database_backend() != DbBackend::Sqlite {
            return Ok(());
        }
        let rows: Vec<String> = EXPECTED
            .iter()
            .map(|(table, index, rows)| format!("('{table}', '{index}', '{rows}')"))
            .collect();
        let expected = format!("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES {}", rows.join(", "));
        // The first makes the table, the last has it read.
        run(
            m,
            &[
                "ANALYZE sqlite_schema",
                "DELETE FROM sqlite_stat1",
                &expected,
                "ANALYZE sqlite_schema",
            ],
        )
        .await
    }
}
