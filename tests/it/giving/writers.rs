//! Where the application writes rights into the database, each function by itself: it asks `may_give` before it writes, or
//! whoever calls it has asked. No parser: functions are told by their names, and calls by the names that they call.

use crate::sources::{Source, below, hold};
use std::collections::{BTreeMap, BTreeSet};

/// What writes rights into the database, as it is called.
const WRITERS: &[&[&str]] = &[
    &["members", "(", ")", ".", "insert", "("],
    &["members", "(", ")", ".", "insert_all", "("],
    &["members", "(", ")", ".", "set_roles", "("],
    &["members", "(", ")", ".", "grant", "("],
    &["members", "(", ")", ".", "rewrite_given", "("],
    &["bindings", "(", ")", ".", "insert", "("],
    &["roles", "(", ")", ".", "insert", "("],
    &["roles", "(", ")", ".", "update", "("],
    &["groups", "(", ")", ".", "insert", "("],
    &["groups", "(", ")", ".", "update", "("],
    &["groups", "(", ")", ".", "put_in", "("],
];

/// Functions that write rights without anybody's having asked, each with the reason why that is right.
const UNASKED: &[(&str, &str, &str)] = &[
    (
        "src/app/organization/mod.rs",
        "found",
        "founding makes the owner, who is there before anybody",
    ),
    (
        "src/app/organization/ownership.rs",
        "exchange",
        "the ownership moves as a whole, and only its holder moves it",
    ),
    (
        "src/app/member/import/batch.rs",
        "add_all",
        "judge.rs beside it has asked for each row",
    ),
    (
        "src/app/member/import/batch.rs",
        "change_all",
        "judge.rs beside it has asked for each row",
    ),
];

/// What asks.
const ASKS: &[&str] = &[
    "may_give",
    "may_give_all",
    "may_give_member",
    "may_give_roles",
    "may_give_together",
    "may_give_until",
    // For what takes away, or puts in force what others gave: [`TAKERS`] says who asks nothing more.
    "may_touch",
];

/// The functions that ask whether their caller holds what they touch now, and not for how long: they give nobody anything.
const TAKERS: &[(&str, &str)] = &[
    ("src/app/access/catalog.rs", "apply"),
    ("src/app/access/role.rs", "delete_role"),
    ("src/app/group.rs", "delete"),
    ("src/app/member/invite.rs", "offer"),
    ("src/app/member/suspend.rs", "reactivate"),
];

/// The tables that rights are in, and the files of the store that write into them: all of their writers stand above.
const TABLES: &[&str] = &["member_role", "group_role", "group_member", "grant", "binding", "role"];
const STORES: &[&str] = &[
    "src/store/binding.rs",
    "src/store/group.rs",
    "src/store/member/bulk.rs",
    "src/store/member/given.rs",
    "src/store/member/write.rs",
    "src/store/role.rs",
];

/// A function of the application.
struct Function {
    path: String,
    name: String,
    line: usize,
    asks: bool,
    writes: Vec<usize>,
    /// Names that stand before a bracket.
    calls: BTreeSet<String>,
}

/// The functions of a file, in order. What stands in a function within another belongs to both.
fn functions(source: &Source) -> Vec<Function> {
    let text = |at: usize| source.tokens.get(at).map_or("", |token| token.text.as_str());
    let writes: BTreeSet<usize> = WRITERS.iter().flat_map(|writer| source.lines_with(writer)).collect();
    let mut found = vec![];
    for at in 0..source.tokens.len() {
        if text(at) != "fn" || text(at + 1) == "(" {
            continue;
        }
        let end = crate::tokens::item_end(&source.tokens, at).min(source.tokens.len() - 1);
        let body = at + 2..end;
        let calls: BTreeSet<String> = body
            .filter(|i| text(i + 1) == "(")
            .map(|i| text(i).to_owned())
            .collect();
        let lines = source.tokens[at].line..=source.tokens[end].line;
        found.push(Function {
            path: source.path.clone(),
            name: text(at + 1).to_owned(),
            line: source.tokens[at].line,
            asks: ASKS.iter().any(|ask| calls.contains(*ask)),
            writes: writes.iter().copied().filter(|line| lines.contains(line)).collect(),
            calls,
        });
    }
    found
}

/// The functions on the way from a writer to those that nobody in the application calls, none of which asks.
fn unasked<'f>(all: &'f [Function], from: &'f Function, seen: &mut BTreeSet<&'f str>) -> Vec<&'f Function> {
    let count = |name: &str| all.iter().filter(|one| one.name == name).count();
    let by_another = |one: &Function| {
        let named = one.calls.iter().filter(|name| **name != from.name && count(name) == 1);
        named
            .into_iter()
            .any(|name| all.iter().any(|other| other.name == **name && other.asks))
    };
    let excused = UNASKED
        .iter()
        .any(|(path, name, _)| from.path == *path && from.name == *name);
    if from.asks || excused || by_another(from) || !seen.insert(&from.name) {
        return vec![];
    }
    let callers: Vec<&Function> = all
        .iter()
        .filter(|one| one.name != from.name && one.calls.contains(&from.name))
        .collect();
    if callers.is_empty() {
        return vec![from];
    }
    callers
        .into_iter()
        .flat_map(|caller| unasked(all, caller, seen))
        .collect()
}

#[test]
fn rights_are_written_only_where_may_give_is_asked() {
    let all: Vec<Function> = below("src/app").iter().flat_map(functions).collect();
    let mut by_path: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut writers, mut faults) = (0, vec![]);
    for function in all.iter().filter(|function| !function.writes.is_empty()) {
        writers += function.writes.len();
        *by_path.entry(&function.path).or_default() += 1;
        for end in unasked(&all, function, &mut BTreeSet::new()) {
            faults.push(format!(
                "{}:{:?}: {} writes rights, and {} ({}:{}) that leads to it doesn't ask may_give",
                function.path, function.writes, function.name, end.name, end.path, end.line
            ));
        }
    }
    for (path, name, why) in UNASKED {
        let there = all
            .iter()
            .any(|one| one.path == *path && one.name == *name && !one.writes.is_empty());
        if !there || why.len() < 5 {
            faults.push(format!("{path}: {name} writes no rights any more, or has no reason"));
        }
    }
    assert!(by_path.len() >= 8, "writers are in more files than these: {by_path:?}");
    hold("writers of rights", writers, &faults);
}

#[test]
fn what_somebody_holds_for_a_while_is_enough_to_take_and_never_to_give() {
    let gives = |one: &Function| ASKS.iter().any(|ask| *ask != "may_touch" && one.calls.contains(*ask));
    let all: Vec<Function> = below("src/app").iter().flat_map(functions).collect();
    let mut takers: Vec<(&str, &str)> = all
        .iter()
        .filter(|one| one.calls.contains("may_touch") && !gives(one))
        .map(|one| (one.path.as_str(), one.name.as_str()))
        .collect();
    takers.sort_unstable();
    assert_eq!(takers, TAKERS);
}

#[test]
fn every_file_of_the_store_that_writes_rights_is_known() {
    let (mut files, mut faults) = (BTreeSet::new(), vec![]);
    for source in below("src/store") {
        if source.path.starts_with("src/store/entity") || source.path.starts_with("src/store/migration") {
            continue;
        }
        let names = TABLES.iter().any(|table| {
            !source.lines_with(&[table, "::", "ActiveModel"]).is_empty()
                || !source.lines_with(&["entity", "::", table, "::"]).is_empty()
        });
        let writes = ["insert_many", "insert_all", "insert", "update_many"]
            .iter()
            .any(|verb| {
                !source.lines_with(&["::", verb, "("]).is_empty()
                    || !source.lines_with(&[verb, "(", "self", ".", "conn"]).is_empty()
            });
        if names && writes {
            files.insert(source.path.clone());
            if !STORES.contains(&source.path.as_str()) {
                faults.push(format!(
                    "{}: writes rights; name its writers in WRITERS, and it in STORES",
                    source.path
                ));
            }
        }
    }
    faults.extend(
        STORES
            .iter()
            .filter(|path| !files.contains(**path))
            .map(|path| format!("{path} writes no rights any more")),
    );
    hold("stores of rights", files.len(), &faults);
}
