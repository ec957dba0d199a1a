//! A walk through a page: the scenario says with each step which words of the page it covers, in the page's order, and at
//! the end no word may be left that nobody covered.

use std::ops::Range;

/// What Roster doesn't do yet. Nothing else excuses a statement that isn't walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Later {
    Credits,
    Usage,
    Notifications,
    Integrations,
    CallRotations,
}

/// A page, and what of it isn't walked.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// What the page is called in a failure.
    pub name: &'static str,
    /// All of it.
    pub text: &'static str,
    /// Statements about what Roster doesn't do yet.
    pub not_yet: &'static [(Later, &'static str)],
    /// What is no statement about the product: navigation, dates, references to other pages.
    pub chrome: &'static [&'static str],
}

/// Where a scenario is on its page.
pub struct Walk {
    page: Page,
    /// The page in one line: no marks of lists, no invisible characters, single spaces.
    text: String,
    /// Each sentence, as a place in `text`.
    sentences: Vec<Range<usize>>,
    /// What was quoted so far, in order, as places in `text`.
    quoted: Vec<Range<usize>>,
    finished: bool,
}

/// A line without its mark and what can't be seen.
fn plain(line: &str) -> String {
    let seen: String = line
        .chars()
        .filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2800}' | '\u{2060}' | '\u{feff}'))
        .collect();
    let words = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    let unmarked = words.strip_prefix("- ").or_else(|| words.strip_prefix("• "));
    let digits = words.len() - words.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let numbered = words[digits..].strip_prefix(". ").filter(|_| digits > 0);
    unmarked.or(numbered).unwrap_or(&words).to_owned()
}

/// Where the sentences of a line end: after a full stop, a question mark or an exclamation mark that a capital follows.
fn ends(line: &str) -> Vec<usize> {
    let stop = |(at, _): &(usize, &str)| {
        let next = line[at + 2..].chars().next();
        next.is_some_and(|c| c.is_uppercase() || c == '"')
    };
    let mut found: Vec<usize> = [". ", "? ", "! "]
        .iter()
        .flat_map(|mark| line.match_indices(mark).filter(stop).map(|(at, _)| at + 1))
        .collect();
    found.sort_unstable();
    found.push(line.len());
    found
}

impl Walk {
    pub fn of(page: Page) -> Walk {
        let (mut text, mut sentences) = (String::new(), vec![]);
        for line in page.text.lines().map(plain).filter(|line| !line.is_empty()) {
            let (start, mut from) = (text.len(), 0);
            for end in ends(&line) {
                sentences.push(start + from..start + end);
                from = end + 1;
            }
            text.push_str(&line);
            text.push(' ');
        }
        Walk {
            page,
            text,
            sentences,
            quoted: vec![],
            finished: false,
        }
    }

    /// What follows covers these words of the page: a part of a sentence, one sentence, or several.
    #[track_caller]
    pub fn step(&mut self, quote: &str) {
        let from = self.quoted.last().map_or(0, |last| last.end);
        let Some(at) = self.text[from..].find(quote) else {
            let why = if self.text.contains(quote) {
                "comes earlier: the walk keeps to the order of the page"
            } else {
                "isn't there"
            };
            panic!("{}: {quote:?} {why}", self.page.name);
        };
        self.quoted.push(from + at..from + at + quote.len());
    }

    /// A heading or the beginning of a list, which states nothing by itself: the whole of it.
    #[track_caller]
    pub fn heading(&mut self, words: &str) {
        self.step(words);
        let quoted = self.quoted.last().unwrap();
        assert!(
            self.sentences.contains(quoted),
            "{}: {words:?} isn't all that stands there",
            self.page.name
        );
        assert!(
            !words.ends_with(['.', '!', '?']),
            "{}: {words:?} is a sentence: walk it",
            self.page.name
        );
    }

    /// Ends the walk: no word of any sentence may be left.
    #[track_caller]
    pub fn finish(mut self) {
        self.finished = true;
        let name = self.page.name;
        let mut covered = self.quoted.clone();
        let not_yet = self.page.not_yet.iter().map(|(_, words)| words);
        for words in not_yet.chain(self.page.chrome) {
            let free = |found: &Range<usize>| covered.iter().all(|c| c.end <= found.start || found.end <= c.start);
            let places = self.text.match_indices(words).map(|(at, _)| at..at + words.len());
            match places.clone().find(free) {
                Some(place) => covered.push(place),
                None if places.count() > 0 => panic!("{name}: {words:?} is walked: take it off the list"),
                None => panic!("{name}: {words:?} is on a list and not on the page"),
            }
        }
        let left: Vec<String> = self
            .sentences
            .iter()
            .filter_map(|sentence| self.left_of(sentence, &covered))
            .collect();
        assert!(left.is_empty(), "{name}: nobody walked {left:#?}");
    }

    /// What of a sentence nobody covered, if anything that is read aloud, with the sentence for who looks for it. Spaces
    /// and marks say nothing by themselves.
    fn left_of(&self, sentence: &Range<usize>, covered: &[Range<usize>]) -> Option<String> {
        let all = &self.text[sentence.clone()];
        let mut left = String::new();
        for (at, c) in all.char_indices() {
            let at = sentence.start + at;
            if !covered.iter().any(|range| range.contains(&at)) {
                left.push(c);
            } else if !left.is_empty() && !left.ends_with('…') {
                left.push('…');
            }
        }
        let words = left.contains(char::is_alphanumeric);
        let left = left.trim_matches(|c: char| c == '…' || c == ' ');
        words.then(|| {
            if left == all {
                all.to_owned()
            } else {
                format!("{left} (of: {all})")
            }
        })
    }
}

impl Drop for Walk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let at = self.quoted.last().map(|quote| &self.text[quote.clone()]);
            eprintln!("{}: it was at {:?}", self.page.name, at.unwrap_or_default());
        } else {
            assert!(self.finished, "{}: the walk has no finish", self.page.name);
        }
    }
}

/// A small page for the tests of the walk itself.
const SMALL: Page = Page {
    name: "small",
    text: "Skip to content\n\nUsers\n  1. Add a user. A mail\u{a0}is sent.\n  • Spend credits (e.g., on calls).\nRemove? Yes.\u{200d}",
    not_yet: &[(Later::Credits, "Spend credits (e.g., on calls)")],
    chrome: &["Skip to content"],
};

/// Walks the small page, changed, and says what came of it.
fn walked(page: Page, walk: impl FnOnce(&mut Walk) + Send + 'static) -> Result<(), String> {
    let told = std::thread::spawn(move || {
        let mut small = Walk::of(page);
        walk(&mut small);
        small.finish();
    });
    told.join()
        .map_err(|why| why.downcast_ref::<String>().cloned().unwrap_or_default())
}

fn whole(walk: &mut Walk) {
    walk.heading("Users");
    walk.step("Add a user.");
    walk.step("A mail is sent");
    walk.step("Remove? Yes.");
}

#[test]
fn a_page_that_is_walked_whole_and_in_order_passes() {
    assert_eq!(walked(SMALL, whole), Ok(()));
}

#[test]
fn whatever_is_left_out_invented_or_out_of_order_fails() {
    let fails = |page: Page, walk: fn(&mut Walk), says: &str| {
        let why = walked(page, walk).unwrap_err();
        assert!(why.contains(says), "{why}");
    };
    fails(SMALL, |walk| walk.step("Add a user. A mail"), "\"Remove?\"");
    fails(SMALL, |walk| walk.step("Delete a user."), "isn't there");
    fails(
        SMALL,
        |walk| {
            walk.step("A mail");
            walk.step("Add a user");
        },
        "keeps to the order",
    );
    fails(SMALL, |walk| walk.heading("User"), "isn't all that stands there");
    fails(SMALL, |walk| walk.heading("Add a user."), "is a sentence");
    let nothing = Page { not_yet: &[], ..SMALL };
    fails(nothing, whole, "Spend credits (e.g., on calls).");
    let twice = Page {
        not_yet: &[
            (Later::Credits, "Spend credits (e.g., on calls)"),
            (Later::Usage, "A mail is sent"),
        ],
        ..SMALL
    };
    fails(twice, whole, "take it off the list");
    let other = Page {
        chrome: &["Skip to content", "Log out"],
        ..SMALL
    };
    fails(other, whole, "not on the page");
    // Half a sentence is no sentence, whichever half it is, and half a word no word.
    fails(
        SMALL,
        |walk| {
            walk.heading("Users");
            walk.step("Add a user. A mail");
            walk.step("Remove? Yes.");
        },
        "\"is sent. (of: A mail is sent.)\"",
    );
    fails(
        SMALL,
        |walk| {
            walk.heading("Users");
            walk.step("a user. A mail is se");
            walk.step("Remove? Yes.");
        },
        "\"Add (of: Add a user.)\",\n    \"nt. (of: A mail is sent.)\"",
    );
    let unfinished = std::thread::spawn(|| Walk::of(SMALL).step("Users"));
    assert!(unfinished.join().is_err());
}
