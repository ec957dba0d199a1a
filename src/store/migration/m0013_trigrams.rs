//! Threes of letters in place of the pairs of `m0006_search`: in an organisation of a million, nearly everybody has most
//! pairs. Beside them stand the beginnings of the name, by which a search in the order of names leaves out those whom that
//! order has side by side anyway (see `store/member/by_name`).

use super::run;
use crate::domain::gram::{BEGINNINGS, HERE, MARK};
use sea_orm::{DbBackend, DbErr};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let statements = match m.get_database_backend() {
            DbBackend::Postgres => postgres(),
            _ => sqlite(),
        };
        run(m, &statements).await
    }
}

/// The threes that begin at every third place, those one further, those two further (each ends with what is left), the
/// beginnings of the name, and the organisation, by which one tenant's search never walks through another's members. (For one
/// or two letters, whatever begins with them is gathered first, over all tenants.)
fn postgres() -> Vec<String> {
    let (mark, here) = (u32::from(MARK), u32::from(HERE));
    let beginnings =
        BEGINNINGS.map(|letters| format!("chr({mark}) || left(split_part(name, ' ', 1), {letters}) || chr(1)"));
    let beginnings = beginnings.join(" || ");
    let grams = format!(
        "CREATE FUNCTION member_grams(folded text, name text, organization uuid) RETURNS tsvector \
         LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT array_to_tsvector(array_remove(string_to_array(\
         regexp_replace(folded, '(...)', '\\1' || chr(1), 'g') || chr(1) || \
         regexp_replace(substr(folded, 2), '(...)', '\\1' || chr(1), 'g') || chr(1) || \
         regexp_replace(substr(folded, 3), '(...)', '\\1' || chr(1), 'g') || chr(1) || \
         {beginnings} || chr({here}) || organization::text, \
         chr(1)), '')) $$"
    );
    // What was written lately lies in a list that each search reads through: a short one.
    let index = "CREATE INDEX members_trigrams ON members \
                 USING gin (member_grams(search_key, name_key, organization_id)) \
                 WITH (gin_pending_list_limit = 1024) WHERE state <> 7";
    // The old one goes last: until then, members can be read. Its function stays, for processes of the version before this
    // one, which ask for it until they are replaced.
    vec![grams, index.to_owned(), "DROP INDEX members_grams".to_owned()]
}

/// The grams of a row of members, as the FTS5 table takes them: in hexadecimal, so that any letter is part of a word.
fn of_row(row: &str) -> String {
    let mark = u32::from(MARK);
    let beginnings = BEGINNINGS.map(|letters| {
        format!(
            "SELECT char({mark}) || substr({row}.name_key, 1, min({letters}, instr({row}.name_key || ' ', ' ') - 1))"
        )
    });
    let beginnings = beginnings.join(" UNION ALL ");
    format!(
        "(WITH RECURSIVE place(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n < length({row}.search_key)) \
         SELECT group_concat(hex(gram), ' ') FROM (SELECT substr({row}.search_key, n, 3) AS gram FROM place \
         UNION ALL {beginnings}))"
    )
}

fn sqlite() -> Vec<String> {
    let grams = format!(
        "INSERT INTO member_grams (rowid, grams) SELECT number, {} FROM member_numbers \
         WHERE organization_id = new.organization_id AND member_id = new.id;",
        of_row("new")
    );
    vec![
        "DROP TRIGGER members_numbered".to_owned(),
        "DROP TRIGGER members_renamed".to_owned(),
        "DROP TABLE member_grams".to_owned(),
        "CREATE VIRTUAL TABLE member_grams USING fts5 \
         (grams, content = '', contentless_delete = 1, detail = 'none', tokenize = 'ascii')"
            .to_owned(),
        format!(
            "CREATE TRIGGER members_numbered AFTER INSERT ON members WHEN new.state <> 7 BEGIN \
             INSERT INTO member_numbers (number, organization_id, member_id) \
             SELECT coalesce(max(number) + 1, (((SELECT coalesce(max(number), 0) FROM member_numbers) >> 32) + 1) << 32), \
             new.organization_id, new.id FROM member_numbers WHERE organization_id = new.organization_id; {grams} END"
        ),
        format!(
            "CREATE TRIGGER members_renamed AFTER UPDATE OF search_key, name_key ON members WHEN new.state <> 7 \
             AND (new.search_key <> old.search_key OR new.name_key <> old.name_key) BEGIN \
             DELETE FROM member_grams WHERE rowid = (SELECT number FROM member_numbers \
             WHERE organization_id = old.organization_id AND member_id = old.id); {grams} END"
        ),
        format!(
            "INSERT INTO member_grams (rowid, grams) SELECT n.number, {} FROM member_numbers n \
             JOIN members m ON m.organization_id = n.organization_id AND m.id = n.member_id",
            of_row("m")
        ),
    ]
}
