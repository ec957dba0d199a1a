//! What can be wrong with a file that is imported.

/// What is wrong with a file, or with a row of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are what the names say")]
pub enum FileFault {
    /// From this line on it can't be read. The problem is a word that the texts know; the detail is what it is about.
    Unreadable {
        line: u64,
        problem: &'static str,
        detail: String,
    },
    /// It has too much of something, which is a word that the texts know.
    TooLarge { line: u64, what: &'static str, limit: u64 },
    /// The cell isn't what its column holds; the problem is a word that the texts know.
    Cell { problem: &'static str },
    /// There is none of that name; `known` has some of those there are.
    Unknown {
        kind: &'static str,
        name: String,
        known: String,
    },
    /// The address stands in an earlier line.
    Repeated { line: u64 },
}

impl FileFault {
    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            FileFault::Unreadable { line, problem, detail } => vec![
                ("line", line.to_string()),
                ("problem", (*problem).to_owned()),
                ("detail", detail.clone()),
            ],
            FileFault::TooLarge { line, what, limit } => vec![
                ("line", line.to_string()),
                ("what", (*what).to_owned()),
                ("limit", limit.to_string()),
            ],
            FileFault::Cell { problem } => vec![("problem", (*problem).to_owned())],
            FileFault::Unknown { kind, name, known } => vec![
                ("kind", (*kind).to_owned()),
                ("name", name.clone()),
                ("known", known.clone()),
            ],
            FileFault::Repeated { line } => vec![("line", line.to_string())],
        }
    }
}
