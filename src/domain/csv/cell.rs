//! What stands in a cell: several values, and text that a spreadsheet would take for a formula (O01).

use std::borrow::Cow;
use std::collections::HashSet;

/// What begins a formula, in ASCII and in the full-width forms that some spreadsheets take as well.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// What may end a cell, should the file be opened with another separator than it was written with.
const SEPARATORS: [char; 6] = [',', ';', '\t', '|', '\r', '\n'];

/// Puts an apostrophe before whatever a spreadsheet would run: at the beginning, also behind spaces and quotes, and behind
/// every character that separates cells somewhere. [`restore`] takes exactly these off again.
#[must_use]
pub fn neutralise(text: &str) -> Cow<'_, str> {
    if !starts(text).any(|at| runs(&text[at..])) {
        return Cow::Borrowed(text);
    }
    let (mut safe, mut done) = (String::with_capacity(text.len() + 4), 0);
    for at in starts(text).filter(|at| runs(&text[*at..])) {
        safe.push_str(&text[done..at]);
        safe.push('\'');
        done = at;
    }
    safe.push_str(&text[done..]);
    Cow::Owned(safe)
}

/// Takes off the apostrophes of [`neutralise`].
#[must_use]
pub fn restore(text: &str) -> Cow<'_, str> {
    let marked = |at: &usize| text[*at..].starts_with('\'') && runs(&text[*at..]);
    if !starts(text).any(|at| marked(&at)) {
        return Cow::Borrowed(text);
    }
    let (mut plain, mut done) = (String::with_capacity(text.len()), 0);
    for at in starts(text).filter(marked) {
        plain.push_str(&text[done..at]);
        done = at + 1;
    }
    plain.push_str(&text[done..]);
    Cow::Owned(plain)
}

/// Where a cell would begin by one separator or another.
fn starts(text: &str) -> impl Iterator<Item = usize> {
    let behind = text
        .match_indices(SEPARATORS)
        .map(|(at, separator)| at + separator.len());
    std::iter::once(0).chain(behind)
}

/// Whether a formula begins here. An apostrophe is passed over too: or text that has one already couldn't be told from text
/// that was given one.
fn runs(text: &str) -> bool {
    let passed = |c: char| matches!(c, '"' | '\'') || (c.is_whitespace() && !SEPARATORS.contains(&c));
    text.trim_start_matches(passed).starts_with(FORMULA)
}

/// The values of a cell, each once: apart by `;`, `|`, `,` or a line break, without spaces around them. A value in quotes may
/// have any of these, and quotes written twice. It stops at one more than `most`, so that whoever asked can tell that there
/// are too many: a cell may have 32,000.
#[must_use]
pub fn split_values(cell: &str, most: usize) -> Vec<String> {
    let mut values = Values::default();
    let (mut value, mut blank, mut quoted) = (String::new(), true, false);
    let mut letters = cell.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                value.push('"');
                blank = false;
            }
            '"' if quoted => quoted = false,
            // Whether there was anything before is remembered: looking each time is quadratic.
            '"' if blank => {
                value.clear();
                quoted = true;
            }
            ';' | '|' | ',' | '\n' | '\r' if !quoted => {
                values.take(&value);
                if values.in_order.len() > most {
                    return values.in_order;
                }
                value.clear();
                blank = true;
            }
            letter => {
                value.push(letter);
                blank &= letter.is_whitespace();
            }
        }
    }
    values.take(&value);
    values.in_order
}

/// Values found so far, and the same to be looked up: a look through all of them for each is quadratic.
#[derive(Default)]
struct Values {
    in_order: Vec<String>,
    known: HashSet<String>,
}

impl Values {
    fn take(&mut self, value: &str) {
        let value = value.trim();
        if !value.is_empty() && !self.known.contains(value) {
            self.known.insert(value.to_owned());
            self.in_order.push(value.to_owned());
        }
    }
}

/// Values as one cell, which [`split_values`] takes apart again.
pub fn join_values<'v>(values: impl IntoIterator<Item = &'v str>) -> String {
    let mut cell = String::new();
    for value in values {
        if !cell.is_empty() {
            cell.push_str("; ");
        }
        if value.contains([';', '|', ',', '"', '\n', '\r']) {
            cell.push('"');
            cell.push_str(&value.replace('"', "\"\""));
            cell.push('"');
        } else {
            cell.push_str(value);
        }
    }
    cell
}
