//! CSV files of members: reading what people send, whatever program wrote it, and writing what spreadsheets open safely.
//!
//! Bytes come in pieces of any size and nothing is kept but the row at hand, so a file's size doesn't matter; every limit
//! is checked before memory is taken for what exceeds it (O02). Nothing here knows what a role or a group is. Start at
//! [`Reader`] and [`Writer`].

mod cell;
mod decode;
mod header;
mod reader;
mod record;
mod write;

pub use cell::{join_values, neutralise, restore, split_values};
pub use header::{Column, Delimiter, DelimiterError, Header, state_title};
pub use reader::Reader;
pub use record::Record;
pub use write::Writer;

/// Bytes of a row, at most.
pub const MAX_ROW: usize = 64 * 1024;
/// Cells of a row, at most.
pub const MAX_CELLS: usize = 100;
/// Rows of a file, at most, without the header.
pub const MAX_ROWS: u64 = 1_000_000;

/// Why a file can't be read any further.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// It isn't CSV, or not of an encoding that is read here.
    #[error("line {line}: {problem} {detail}")]
    Unreadable {
        /// Where it was noticed.
        line: u64,
        /// A word: `utf16`, `archive`, `mixed_encoding`, `nul`, `unclosed_quote`, `empty`, `no_email_column`,
        /// `column_twice`.
        problem: &'static str,
        /// What it is about: the line of the quote, the names of the columns.
        detail: String,
    },
    /// It has more than is read here.
    #[error("line {line}: more than {limit} {what}")]
    TooLarge {
        /// Where it was noticed.
        line: u64,
        /// A word: `row_bytes`, `columns`, `rows`.
        what: &'static str,
        /// How much there may be.
        limit: u64,
    },
}

impl CsvError {
    fn unreadable(line: u64, problem: &'static str) -> CsvError {
        CsvError::Unreadable {
            line,
            problem,
            detail: String::new(),
        }
    }
}

#[cfg(test)]
mod tests;
