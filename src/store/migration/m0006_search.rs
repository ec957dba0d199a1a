//! What makes a list of a million members quick: an index of the grams of each member's name and address (see
//! `domain/gram`), and indexes that lead with a state, a tag, a role.
//!
//! The grams are the database's own work, so that no way of writing a member can forget them. Neither engine needs an
//! extension for it: PostgreSQL keeps them in a GIN index over an expression; SQLite in an FTS5 table (compiled into the
//! SQLite that Roster brings along) which triggers keep.

use super::run;
use crate::domain::gram::FREQUENT;
use sea_orm::{DbBackend, DbErr};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        run(
            m,
            &[
                "CREATE INDEX members_by_state ON members (organization_id, state, created_at, id) WHERE state <> 7",
                "DROP INDEX member_roles_by_role",
                "CREATE INDEX member_roles_by_role ON member_roles (organization_id, role_id, member_id)",
                "DROP INDEX member_tags_by_tag",
                "CREATE INDEX member_tags_by_tag ON member_tags (organization_id, tag_id, member_id)",
            ],
        )
        .await?;
        let statements = match m.get_database_backend() {
            DbBackend::Postgres => postgres(),
            _ => sqlite(),
        };
        run(m, &statements).await
    }
}

/// The pairs that begin at odd places, those that begin at even ones, the single letters that tell something, and the
/// organisation, by which one tenant's search never walks through another's members.
fn postgres() -> Vec<String> {
    let grams = format!(
        "CREATE FUNCTION member_grams(folded text, organization uuid) RETURNS text[] \
         LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT string_to_array(\
         regexp_replace(folded, '(..)', '\\1' || chr(1), 'g') || chr(1) || \
         regexp_replace(substr(folded, 2), '(..)', '\\1' || chr(1), 'g') || chr(1) || \
         regexp_replace(translate(folded, '{FREQUENT}', ''), '(.)', '\\1' || chr(1), 'g') || organization::text, \
         chr(1)) $$"
    );
    // What was written lately lies in a list that each search reads through: a short one.
    let index = "CREATE INDEX members_grams ON members USING gin (member_grams(search_key, organization_id)) \
                 WITH (gin_pending_list_limit = 1024) WHERE state <> 7";
    vec![grams, index.to_owned()]
}

/// A member's number is how the FTS5 table knows them. Each organisation's numbers are a range of their own, by which one
/// tenant's search never walks through another's members.
fn sqlite() -> Vec<String> {
    let grams = |row: &str| {
        format!(
            "INSERT INTO member_grams (rowid, grams) \
             SELECT (SELECT number FROM member_numbers \
             WHERE organization_id = {row}.organization_id AND member_id = {row}.id), group_concat(hex(gram), ' ') FROM (\
             WITH RECURSIVE place(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n < length({row}.search_key)) \
             SELECT substr({row}.search_key, n, 2) AS gram FROM place \
             UNION ALL SELECT substr({row}.search_key, n, 1) FROM place \
             WHERE instr('{FREQUENT}', substr({row}.search_key, n, 1)) = 0);"
        )
    };
    let number = |row: &str| {
        format!(
            "INSERT INTO member_numbers (number, organization_id, member_id) \
             SELECT coalesce(max(number) + 1, (((SELECT coalesce(max(number), 0) FROM member_numbers) >> 32) + 1) << 32), \
             {row}.organization_id, {row}.id FROM member_numbers WHERE organization_id = {row}.organization_id;"
        )
    };
    let forget = "DELETE FROM member_grams WHERE rowid = (SELECT number FROM member_numbers \
                  WHERE organization_id = old.organization_id AND member_id = old.id);";
    vec![
        "CREATE TABLE member_numbers (number INTEGER NOT NULL PRIMARY KEY, organization_id uuid_text NOT NULL, \
         member_id uuid_text NOT NULL)"
            .to_owned(),
        "CREATE UNIQUE INDEX member_numbers_member ON member_numbers (organization_id, member_id)".to_owned(),
        "CREATE INDEX member_numbers_range ON member_numbers (organization_id, number)".to_owned(),
        "CREATE VIRTUAL TABLE member_grams USING fts5 \
         (grams, content = '', contentless_delete = 1, detail = 'none', tokenize = 'ascii')"
            .to_owned(),
        format!(
            "CREATE TRIGGER members_numbered AFTER INSERT ON members WHEN new.state <> 7 BEGIN {} {} END",
            number("new"),
            grams("new")
        ),
        format!(
            "CREATE TRIGGER members_renamed AFTER UPDATE OF search_key ON members \
             WHEN new.state <> 7 AND new.search_key <> old.search_key BEGIN {forget} {} END",
            grams("new")
        ),
        format!(
            "CREATE TRIGGER members_removed AFTER UPDATE OF state ON members WHEN new.state = 7 AND old.state <> 7 \
             BEGIN {forget} DELETE FROM member_numbers \
             WHERE organization_id = old.organization_id AND member_id = old.id; END"
        ),
        format!(
            "CREATE TRIGGER members_deleted AFTER DELETE ON members WHEN old.state <> 7 \
             BEGIN {forget} DELETE FROM member_numbers \
             WHERE organization_id = old.organization_id AND member_id = old.id; END"
        ),
        "INSERT INTO member_numbers (number, organization_id, member_id) \
         SELECT (dense_rank() OVER (ORDER BY organization_id) << 32) \
         + row_number() OVER (PARTITION BY organization_id ORDER BY id), organization_id, id \
         FROM members WHERE state <> 7"
            .to_owned(),
        "INSERT INTO member_grams (rowid, grams) SELECT number, \
         (WITH RECURSIVE place(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n < length(search_key)) \
         SELECT group_concat(hex(gram), ' ') FROM (SELECT substr(search_key, n, 2) AS gram FROM place \
         UNION ALL SELECT substr(search_key, n, 1) FROM place \
         WHERE instr('{FREQUENT}', substr(search_key, n, 1)) = 0)) \
         FROM member_numbers n JOIN members m ON m.organization_id = n.organization_id AND m.id = n.member_id"
            .replace("{FREQUENT}", FREQUENT),
    ]
}
