//! The sources as the guards read them: without comments, texts and tests, cut into tokens. No guard here; they are in
//! `architecture`. It is no Rust parser, only as much of one as the guards need.

use crate::tokens::{Token, blanked, item_end, tokens, without_tests};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A file of the project.
pub struct Source {
    /// From the project's folder, such as `src/app/run.rs`.
    pub path: String,
    /// As it is.
    pub text: String,
    /// What runs: no comment, no text, nothing under `#[cfg(test)]`. Empty for a file that is a test.
    pub tokens: Vec<Token>,
}

/// A struct with what is derived for it.
pub struct Struct {
    /// The line of its name.
    pub line: usize,
    /// Its name.
    pub name: String,
    /// The traits in its `derive`s.
    pub derives: Vec<String>,
    /// The names of its fields with their types, written without spaces; a tuple's fields are `0`, `1`, …
    pub fields: Vec<(String, String)>,
}

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the project, or a panic that names it.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// All Rust files below a folder, by path.
pub fn below(folder: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                paths.push(path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    paths.sort();
    assert!(
        paths.len() > 1,
        "hardly a file below {folder}: is the guard looking in the right place?"
    );
    let mut sources: Vec<Source> = paths.into_iter().map(Source::of).collect();
    let tests: BTreeSet<String> = sources.iter().flat_map(Source::test_modules).collect();
    for source in &mut sources {
        let module = source.path.trim_end_matches(".rs");
        if tests
            .iter()
            .any(|test| module == test || module.starts_with(&format!("{test}/")))
        {
            source.tokens.clear();
        } else {
            source.tokens = without_tests(std::mem::take(&mut source.tokens));
        }
    }
    sources
}

impl Source {
    fn of(path: String) -> Source {
        let text = read(&path);
        let tokens = tokens(&blanked(&text));
        Source { path, text, tokens }
    }

    /// The module below the crate, such as `["app", "run"]`.
    pub fn module(&self) -> Vec<&str> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        path.split('/')
            .filter(|part| !matches!(*part, "mod" | "lib" | "main"))
            .collect()
    }

    /// The modules in files of their own that this one declares for tests alone, as paths without `.rs`.
    fn test_modules(&self) -> Vec<String> {
        let file = Path::new(&self.path);
        let here = file.parent().unwrap().to_str().unwrap().to_owned();
        let own = if file.ends_with("mod.rs") || file.ends_with("lib.rs") {
            here.clone()
        } else {
            self.path.trim_end_matches(".rs").to_owned()
        };
        let lines: Vec<&str> = self.text.lines().map(str::trim).collect();
        let mut found = Vec::new();
        for (at, _) in lines.iter().enumerate().filter(|(_, line)| **line == "#[cfg(test)]") {
            let mut path = None;
            for line in &lines[at + 1..] {
                if let Some(named) = line.strip_prefix("#[path = \"").and_then(|l| l.strip_suffix(".rs\"]")) {
                    path = Some(format!("{here}/{named}"));
                } else if let Some(name) = line.strip_suffix(';').and_then(|l| l.split("mod ").nth(1)) {
                    found.push(path.unwrap_or_else(|| format!("{own}/{name}")));
                    break;
                } else if !line.starts_with("#[") {
                    break;
                }
            }
        }
        found
    }

    /// The first segments after `crate::` (or as many `super::` as lead there), with their lines.
    pub fn imports(&self) -> Vec<(usize, String)> {
        let depth = self.module().len();
        let is = |at: usize, text: &str| self.tokens.get(at).is_some_and(|t| t.text == text);
        let mut found = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let after = match token.text.as_str() {
                "crate" if is(at + 1, "::") => at + 2,
                "roster" if self.path == "src/main.rs" && is(at + 1, "::") => at + 2,
                "super" if !at.checked_sub(1).is_some_and(|before| is(before, "::")) => {
                    let supers = (0..)
                        .take_while(|n| is(at + 2 * n, "super") && is(at + 2 * n + 1, "::"))
                        .count();
                    if supers != depth {
                        continue;
                    }
                    at + 2 * supers
                }
                _ => continue,
            };
            if !is(after, "{") {
                found.extend(self.tokens.get(after).map(|t| (t.line, t.text.clone())));
                continue;
            }
            let mut nesting = 0;
            for pair in self.tokens[after..].windows(2) {
                match pair[0].text.as_str() {
                    "{" => nesting += 1,
                    "}" => nesting -= 1,
                    _ => {}
                }
                if nesting == 0 {
                    break;
                }
                if nesting == 1 && matches!(pair[0].text.as_str(), "{" | ",") && pair[1].text != "}" {
                    found.push((pair[1].line, pair[1].text.clone()));
                }
            }
        }
        found
    }

    /// The lines where these tokens stand in a row.
    pub fn lines_with(&self, row: &[&str]) -> Vec<usize> {
        let rows = self.tokens.windows(row.len());
        let hits = rows.filter(|window| window.iter().zip(row).all(|(token, wanted)| token.text == *wanted));
        hits.map(|window| window[0].line).collect()
    }

    /// The structs that the file defines.
    pub fn structs(&self) -> Vec<Struct> {
        let text = |at: usize| self.tokens.get(at).map_or("", |t| t.text.as_str());
        let (mut found, mut derives) = (Vec::new(), Vec::new());
        let mut at = 0;
        while at < self.tokens.len() {
            match text(at) {
                "derive" if text(at + 1) == "(" => {
                    while text(at) != ")" && at < self.tokens.len() {
                        at += 1;
                        derives.extend(Some(text(at)).filter(|t| t.len() > 1).map(str::to_owned));
                    }
                }
                "enum" | "fn" | "impl" | "trait" | "type" | "union" => derives.clear(),
                "struct" => {
                    let end = self.end_of_item(at);
                    found.push(Struct {
                        line: self.tokens[at].line,
                        name: text(at + 1).to_owned(),
                        derives: std::mem::take(&mut derives),
                        fields: self.fields(at, end),
                    });
                    at = end;
                }
                _ => {}
            }
            at += 1;
        }
        found
    }

    /// Where the item that begins at `at` ends: at its `;` or its last closing bracket.
    fn end_of_item(&self, at: usize) -> usize {
        item_end(&self.tokens, at)
    }

    fn fields(&self, start: usize, end: usize) -> Vec<(String, String)> {
        let tokens = &self.tokens[start..=end.min(self.tokens.len() - 1)];
        let Some(open) = tokens.iter().position(|t| matches!(t.text.as_str(), "{" | "(")) else {
            return vec![];
        };
        let tuple = tokens[open].text == "(";
        let (mut fields, mut current, mut nesting) = (Vec::new(), Vec::new(), 0);
        for token in &tokens[open + 1..] {
            match token.text.as_str() {
                "(" | "[" | "<" | "{" => nesting += 1,
                ")" | "]" | ">" | "}" => nesting -= 1,
                _ => {}
            }
            if (token.text == "," && nesting == 0) || nesting < 0 {
                fields.push(std::mem::take(&mut current));
            } else {
                current.push(token.text.as_str());
            }
            if nesting < 0 {
                break;
            }
        }
        let named = fields
            .iter()
            .filter(|field| !field.is_empty())
            .enumerate()
            .filter_map(|(number, field)| {
                if tuple {
                    return Some((number.to_string(), field.concat()));
                }
                let colon = field.iter().position(|t| *t == ":")?;
                Some((field[colon.checked_sub(1)?].to_owned(), field[colon + 1..].concat()))
            });
        named.collect()
    }
}

/// Fails with all faults at once, or says how much was looked at.
pub fn hold(what: &str, looked_at: usize, faults: &[String]) {
    assert!(looked_at > 0, "{what}: nothing was looked at, so nothing is guarded");
    assert!(
        faults.is_empty(),
        "{what}: {} of {looked_at}\n  {}",
        faults.len(),
        faults.join("\n  ")
    );
    println!("{what}: {looked_at} looked at");
}

/// Whether a path of the project exists.
pub fn exists(path: &str) -> bool {
    root().join(PathBuf::from(path)).exists()
}

#[test]
fn imports_are_found_in_groups_and_through_super() {
    let mut source = Source::of("src/lib.rs".into());
    source.path = "src/app/run.rs".into();
    source.tokens =
        tokens("use crate::{auth::x, store::{a, b}}; use super::Cx; super::super::domain::f(); crate::error::E;");
    let found: Vec<String> = source.imports().into_iter().map(|(_, name)| name).collect();
    assert_eq!(found, ["auth", "store", "domain", "error"]);
}

#[test]
fn structs_are_found_with_derives_and_fields() {
    let mut source = Source::of("src/lib.rs".into());
    source.tokens = tokens(
        "#[derive(Clone, Debug)] pub struct A { pub x: Vec<(u8, u8)>, y: String } enum E {} struct B(Secret, u8); struct C;",
    );
    let found: Vec<String> = source
        .structs()
        .iter()
        .map(|s| format!("{} {:?} {:?}", s.name, s.derives, s.fields))
        .collect();
    assert_eq!(
        found,
        [
            r#"A ["Clone", "Debug"] [("x", "Vec<(u8,u8)>"), ("y", "String")]"#,
            r#"B [] [("0", "Secret"), ("1", "u8")]"#,
            "C [] []",
        ]
    );
}

/// Files of more than [`LONG`] lines, each with the reason why it isn't two.
pub const LONG_FILES: &[(&str, &str)] = &[
    (
        "src/config/tests.rs",
        "one list of what is read and refused; the next case goes into tests/ beside it",
    ),
    (
        "src/app/sign_up.rs",
        "a few lines over; whatever comes next goes into a file of its own",
    ),
    (
        "tests/it/contract.rs",
        "a few lines over; the next guard goes into a file of its own",
    ),
    (
        "tests/it/giving.rs",
        "one table of all paths that give, and one try of each",
    ),
];
