//! The committed table, and what is said when a count is another than the one that stands there.

use crate::meter::Row;
use std::fmt::Write;
use std::path::Path;

const COMMITTED: &str = "tests/cost/table.txt";

/// How far allocations may be off: 3 %, and 4 where that is less. Statements may not. On SQLite there are 2 more for each
/// statement: its threads answer before they are waited for or after, as the machine has it, and a wait allocates.
fn slack(name: &str, (statements, allocations): Cost) -> u64 {
    let waits = if name.trim_end().ends_with("sqlite") {
        2 * statements as u64
    } else {
        0
    };
    (allocations * 3 / 100).max(4) + waits
}

const HEAD: &str = "\
# What the main RPCs cost: statements sent to the database, BEGIN and COMMIT among them, and allocations on the server's
# thread. Written by `cargo test --test cost`; see CONTRIBUTING.md before you replace it.
";

/// What a line of the table says: statements and allocations.
type Cost = (usize, u64);

fn lines(engine: &str, rows: &[Row]) -> Vec<(String, Cost)> {
    let cost = |row: &Row| (row.statements.len(), row.allocations);
    let named = |row: &Row| format!("{:<36} {engine:<8}", row.name);
    rows.iter().map(|row| (named(row), cost(row))).collect()
}

fn written(lines: &[(String, Cost)]) -> String {
    let mut text = format!(
        "{HEAD}# {:<34} {:<8} {:>10} {:>11}\n",
        "rpc", "engine", "statements", "allocations"
    );
    for (name, (statements, allocations)) in lines {
        writeln!(text, "{name} {statements:>10} {allocations:>11}").unwrap();
    }
    text
}

fn committed(text: &str) -> Vec<(String, Cost)> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let parsed = lines.map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [rpc, engine, statements, allocations] = words[..] else {
            panic!("{COMMITTED}: {line:?} isn't a line of the table");
        };
        let cost = (statements.parse().unwrap(), allocations.parse().unwrap());
        (format!("{rpc:<36} {engine:<8}"), cost)
    });
    parsed.collect()
}

/// What is wrong with one line.
fn fault(name: &str, was: Option<Cost>, is: Cost) -> Option<String> {
    let Some(was) = was else {
        return Some(format!(
            "{name} stands in no line; it sends {} statements and makes {} allocations",
            is.0, is.1
        ));
    };
    let mut words = vec![];
    if is.0 != was.0 {
        words.push(format!("{} statements, the table has {}", is.0, was.0));
    }
    let slack = slack(name, was);
    if is.1.abs_diff(was.1) > slack {
        words.push(format!("{} allocations, the table has {} (± {slack})", is.1, was.1));
    }
    let verdict = if is.0 > was.0 || is.1 > was.1 + slack {
        "COSTS MORE"
    } else {
        "costs less; lower the table"
    };
    (!words.is_empty()).then(|| format!("{name} {verdict}: {}", words.join("; ")))
}

/// Prints what was measured, writes it where it can be copied from, and tells in what it differs from what is committed.
pub fn compared(sqlite: &[Row], postgres: &[Row]) -> Vec<String> {
    let (lite, post) = (lines("sqlite", sqlite), lines("postgres", postgres));
    let measured: Vec<_> = lite.into_iter().zip(post).flat_map(|(a, b)| [a, b]).collect();
    let text = written(&measured);
    println!("{text}");
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cost.txt");
    std::fs::write(&copy, &text).unwrap();
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join(COMMITTED);
    let table = committed(&std::fs::read_to_string(table).unwrap_or_default());
    let find = |lines: &[(String, Cost)], name: &str| lines.iter().find(|(n, _)| n == name).map(|(_, cost)| *cost);
    let mut faults: Vec<String> = measured
        .iter()
        .filter_map(|(name, is)| fault(name, find(&table, name), *is))
        .collect();
    let gone = table.iter().filter(|(name, _)| find(&measured, name).is_none());
    faults.extend(gone.map(|(name, _)| format!("{name} stands in the table and isn't measured")));
    if !faults.is_empty() {
        faults.push(format!(
            "\nWhat costs more has to be worth it: look first for a statement or a copy that isn't needed. If the new costs are \
             right, say in the commit why, and\n\n    cp {} {COMMITTED}",
            copy.display()
        ));
        let sent = |rows: &[Row]| {
            rows.iter()
                .map(|row| format!("{}: {}", row.name, row.statements.join(", ")))
                .collect::<Vec<_>>()
        };
        println!("sent on PostgreSQL:\n  {}", sent(postgres).join("\n  "));
    }
    faults
}

#[test]
fn what_costs_more_or_less_than_the_table_says_is_told() {
    let found = |was, is| fault("rpc", Some(was), is).unwrap_or_default();
    assert_eq!(found((2, 1_000), (2, 1_030)), "");
    assert_eq!(found((2, 1_000), (2, 970)), "");
    assert_eq!(found((0, 60), (0, 64)), "");
    assert_eq!(found((0, 60), (1, 60)), "rpc COSTS MORE: 1 statements, the table has 0");
    assert_eq!(
        found((0, 60), (0, 65)),
        "rpc COSTS MORE: 65 allocations, the table has 60 (± 4)"
    );
    assert_eq!(
        found((2, 60), (1, 60)),
        "rpc costs less; lower the table: 1 statements, the table has 2"
    );
    assert_eq!(
        found((2, 60), (2, 55)),
        "rpc costs less; lower the table: 55 allocations, the table has 60 (± 4)"
    );
    assert_eq!(fault("rpc sqlite  ", Some((3, 60)), (3, 70)), None);
    assert!(fault("rpc sqlite  ", Some((3, 60)), (3, 71)).is_some());
    assert!(found((2, 600), (1, 900)).starts_with("rpc COSTS MORE: 1 statements"));
    assert!(fault("rpc", None, (1, 1)).is_some());
    let lines = vec![("rpc                                  sqlite  ".to_owned(), (3, 44))];
    assert_eq!(committed(&written(&lines)), lines, "what is written can be read again");
}
