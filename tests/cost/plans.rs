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
            if let Some(read) = reads_all(statement, &step)
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
fn reads_all<'s>(statement: &str, step: &'s str) -> Option<&'s str> {
    let words: Vec<&str> = step.trim_end_matches(" LEFT-JOIN").split_whitespace().collect();
    match words[..] {
        ["SCAN", "CONSTANT", "ROW"] | ["SCAN", _, "VALUES", "CLAUSE"] => None,
        // What a subquery gave, by the name that the statement gives to it.
        ["SCAN", name]
            if [format!(") {name} "), format!(") AS {name} ")]
                .iter()
                .any(|made| statement.contains(made)) =>
        {
            None
        }
        ["SCAN", table, ..] => Some(table),
        // An index that is made of the whole table, for this statement alone.
        ["SEARCH", table, "USING", "AUTOMATIC", ..] => Some(table),
        ["SEARCH", .., index, "(organization_id=?)"] => Some(index),
        // All who are in one state, which nearly all may be.
        ["SEARCH", ..] if words.contains(&"members_by_state") => Some("members_by_state"),
        // All that was added after something, without end.
        ["SEARCH", table, .., "KEY", range] if range.starts_with("(rowid>") && !statement.contains(" LIMIT ") => {
            Some(table)
        }
        // A range of what the organisation has.
        ["SEARCH", .., index, "(organization_id=?", "AND", compared] if !compared.ends_with("=?)") => Some(index),
        ["SEARCH", .., index, "(organization_id=?", "AND", range, "AND", other]
            if !range.ends_with("=?") && !other.ends_with("=?)") =>
        {
            Some(index)
        }
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
    // Seats are counted one by one; of members, only the suspended stand in that index.
    let seats = statement.starts_with("SELECT COUNT(*)") && ["members_suspended", "invitations_seats"].contains(&read);
    small || page || seats
}

#[test]
fn a_plan_that_reads_too_much_is_told_from_one_that_doesnt() {
    let faulty = |statement, step| reads_all(statement, step).is_some_and(|read| !meant(statement, read));
    for step in [
        "SCAN members",
        "SCAN g LEFT-JOIN",
        "SCAN users USING INDEX users_email_key",
        "SEARCH b USING AUTOMATIC COVERING INDEX (member_id=?)",
        "SEARCH t USING COVERING INDEX sqlite_autoindex_group_members_1 (organization_id=?)",
        "SEARCH t USING COVERING INDEX sqlite_autoindex_group_members_1 (organization_id=?) LEFT-JOIN",
        "SEARCH members USING INDEX members_by_state (organization_id=?)",
        "SEARCH members USING COVERING INDEX members_by_state (organization_id=? AND state=?)",
        "SEARCH changes USING INTEGER PRIMARY KEY (rowid>?)",
        "SEARCH members USING INDEX members_suspended (organization_id=?)",
        "SEARCH invitations USING INDEX invitations_seats (organization_id=? AND expires_at>?)",
        "SEARCH m USING INDEX members_by_name (organization_id=? AND name_key>? AND name_key<?)",
    ] {
        assert!(faulty("SELECT 1 FROM groups g", step), "{step}");
    }
    for step in [
        "SCAN 3-ROW VALUES CLAUSE",
        "SCAN CONSTANT ROW",
        "SCAN g LEFT-JOIN",
        "SCAN signing_keys",
        "SEARCH group_roles USING COVERING INDEX sqlite_autoindex_group_roles_1 (organization_id=?)",
        "SEARCH t USING INDEX group_members_by_member (organization_id=? AND member_id=?)",
        "SEARCH x USING COVERING INDEX member_roles_by_role (organization_id=? AND role_id=? AND member_id>?)",
        "USE TEMP B-TREE FOR ORDER BY",
    ] {
        assert!(
            !faulty("SELECT 1 FROM members m LEFT JOIN (SELECT 2) g ON 1", step),
            "{step}"
        );
    }
    for step in [
        "SEARCH m USING INDEX members_by_name (organization_id=?)",
        "SEARCH m USING INDEX members_by_name (organization_id=? AND name_key>?)",
    ] {
        assert!(!faulty(
            "SELECT m.* FROM members m INDEXED BY members_by_name WHERE … LIMIT 51",
            step
        ));
        assert!(faulty(
            "SELECT count(*) FROM members m INDEXED BY members_by_name WHERE …",
            step
        ));
        assert!(faulty("SELECT m.* FROM members m WHERE … LIMIT 51", step));
    }
    let step = "SEARCH members USING INDEX members_suspended (organization_id=?)";
    assert!(!faulty("SELECT COUNT(*) AS num_items FROM …", step));
}
