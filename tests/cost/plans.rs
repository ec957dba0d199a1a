//! How SQLite answers each statement that was counted: by rows that it can name, and never by reading a whole table, or all
//! that an organisation has in one. With a hundred thousand members that is the difference between microseconds and
//! milliseconds, and no number of statements shows it. (PostgreSQL decides anew as its tables grow; the million's test of
//! lists looks at the time that its answers take.)
//!
//! What a plan says: <https://www.sqlite.org/eqp.html>.

use crate::support::World;
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use std::collections::BTreeSet;

/// Tables of which an organisation, or the deployment, has few rows.
const SMALL: &[&str] = &[
    "roles",
    "groups",
    "tags",
    "group_roles",
    "catalog_modules",
    "signing_keys",
];

/// What is wrong with the plans of these statements.
pub async fn faults(world: &World, statements: &BTreeSet<String>) -> Vec<String> {
    assert!(statements.len() > 50, "{} statements were heard", statements.len());
    let rows = Database::connect(world.database.settings.url.as_str()).await.unwrap();
    let mut faults = vec![];
    for statement in statements {
        let explained = Statement::from_string(DbBackend::Sqlite, format!("EXPLAIN QUERY PLAN {statement}"));
        for row in rows.query_all_raw(explained).await.unwrap() {
            let step: String = row.try_get("", "detail").unwrap();
            if let Some(read) = reads_all(&step)
                && !meant(statement, read)
            {
                let beginning: String = statement.chars().take(400).collect();
                faults.push(format!("reads too much: {step}\n    in {beginning}"));
            }
        }
    }
    rows.close().await.unwrap();
    faults
}

/// The table or index that a step of a plan reads from end to end, or for all of an organisation.
fn reads_all(step: &str) -> Option<&str> {
    let words: Vec<&str> = step.split_whitespace().collect();
    match words[..] {
        // What a subquery or VALUES gave, not a table.
        ["SCAN", "CONSTANT", "ROW"] | ["SCAN", _, "VALUES", "CLAUSE"] | ["SCAN", _, "LEFT-JOIN"] => None,
        ["SCAN", table, ..] => Some(table),
        ["SEARCH", .., "INDEX", index, "(organization_id=?)"] => Some(index),
        _ => None,
    }
}

/// Whether it is right to read that much: there is little, or the statement names the index in whose order it takes a page.
fn meant(statement: &str, read: &str) -> bool {
    let table = read.trim_start_matches("sqlite_autoindex_").trim_end_matches("_1");
    let small = SMALL.iter().any(|small| {
        let rest = table.strip_prefix(small);
        rest.is_some_and(|rest| matches!(rest, "" | "_name" | "_by_role"))
    });
    let page = statement.contains(&format!("INDEXED BY {read} ")) && statement.contains(" LIMIT ");
    // Only the suspended stand in it.
    small || page || read == "members_suspended"
}

#[test]
fn a_plan_that_reads_too_much_is_told_from_one_that_doesnt() {
    let faulty = |statement, step| reads_all(step).is_some_and(|read| !meant(statement, read));
    for step in [
        "SCAN members",
        "SCAN users USING INDEX users_email_key",
        "SEARCH t USING COVERING INDEX sqlite_autoindex_group_members_1 (organization_id=?)",
        "SEARCH members USING INDEX members_by_state (organization_id=?)",
    ] {
        assert!(faulty("SELECT 1", step), "{step}");
    }
    for step in [
        "SCAN 3-ROW VALUES CLAUSE",
        "SCAN CONSTANT ROW",
        "SCAN g LEFT-JOIN",
        "SCAN signing_keys",
        "SEARCH group_roles USING COVERING INDEX sqlite_autoindex_group_roles_1 (organization_id=?)",
        "SEARCH t USING INDEX group_members_by_member (organization_id=? AND member_id=?)",
        "SEARCH members USING COVERING INDEX members_suspended (organization_id=?)",
        "USE TEMP B-TREE FOR ORDER BY",
    ] {
        assert!(!faulty("SELECT 1", step), "{step}");
    }
    let step = "SEARCH m USING INDEX members_by_name (organization_id=?)";
    assert!(!faulty(
        "SELECT m.* FROM members m INDEXED BY members_by_name WHERE … LIMIT 51",
        step
    ));
    assert!(faulty(
        "SELECT count(*) FROM members m INDEXED BY members_by_name WHERE …",
        step
    ));
}
