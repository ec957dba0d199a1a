//! Text to records, by RFC 4180 and as lenient as spreadsheets are: `\r\n`, `\n` and `\r` end a row, also mixed; a quote
//! within an unquoted cell is a character like any other; empty lines are no rows.
//!
//! It reads what the crate csv-core reads, and the tests hold it to that; but it also knows the line in which each record
//! and each open quote began, without which nobody finds the quote that swallowed the rest of their file.

use super::{CsvError, MAX_CELLS, MAX_ROW};

/// One row: its cells, one after the other, and where each ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The line of the file that it begins in, from 1.
    pub line: u64,
    text: String,
    ends: Vec<usize>,
}

impl Record {
    /// A cell, as it stands there.
    #[must_use]
    pub fn cell(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let begin = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(begin..end)
    }

    /// How many cells it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether nothing stands in any of its cells: spreadsheets write such rows below a table.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// All cells.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|index| self.cell(index))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    RecordStart,
    CellStart,
    Plain,
    Quoted,
    /// After a quote within quotes: the first of two, or the closing one.
    Quote,
}

/// Cuts text into records, piece by piece.
#[derive(Debug)]
pub(super) struct Tokenizer {
    delimiter: u8,
    place: Place,
    line: u64,
    after_return: bool,
    record_line: u64,
    quote_line: u64,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Tokenizer {
    pub(super) fn new(delimiter: u8, line: u64) -> Tokenizer {
        Tokenizer {
            delimiter,
            place: Place::RecordStart,
            line,
            after_return: false,
            record_line: line,
            quote_line: line,
            text: vec![],
            ends: vec![],
        }
    }

    /// Reads a piece, and appends the records that end in it.
    pub(super) fn feed(&mut self, text: &str, out: &mut Vec<Record>) -> Result<(), CsvError> {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let run = self.run(&bytes[at..]);
            if run > 0 {
                self.push(&bytes[at..at + run])?;
                self.after_return = false;
                at += run;
            } else {
                self.step(bytes[at], out)?;
                at += 1;
            }
        }
        Ok(())
    }

    /// Reads the end of the file.
    pub(super) fn end(&mut self, out: &mut Vec<Record>) -> Result<(), CsvError> {
        match self.place {
            Place::RecordStart => Ok(()),
            Place::Quoted => Err(self.unclosed()),
            _ => self.end_record(out),
        }
    }

    /// How many bytes from here on mean nothing but themselves.
    fn run(&self, bytes: &[u8]) -> usize {
        let stops = |byte: &u8| match self.place {
            Place::Plain => *byte == self.delimiter || matches!(byte, b'\r' | b'\n'),
            Place::Quoted => matches!(byte, b'"' | b'\r' | b'\n'),
            _ => true,
        };
        bytes.iter().position(stops).unwrap_or(bytes.len())
    }

    fn step(&mut self, byte: u8, out: &mut Vec<Record>) -> Result<(), CsvError> {
        let here = self.line;
        let newline = matches!(byte, b'\r' | b'\n');
        if byte == b'\r' || (byte == b'\n' && !self.after_return) {
            self.line += 1;
        }
        self.after_return = byte == b'\r';
        if self.place == Place::RecordStart {
            if newline {
                return Ok(());
            }
            self.record_line = here;
            self.place = Place::CellStart;
        }
        match (self.place, byte) {
            (Place::CellStart, b'"') => {
                self.place = Place::Quoted;
                self.quote_line = here;
            }
            (Place::Quoted, b'"') => self.place = Place::Quote,
            (Place::Quoted, _) => self.push(&[byte])?,
            (Place::Quote, b'"') => {
                self.push(b"\"")?;
                self.place = Place::Quoted;
            }
            (_, byte) if byte == self.delimiter => {
                self.end_cell()?;
                self.place = Place::CellStart;
            }
            _ if newline => self.end_record(out)?,
            _ => {
                self.push(&[byte])?;
                self.place = Place::Plain;
            }
        }
        Ok(())
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), CsvError> {
        if self.text.len() + bytes.len() <= MAX_ROW {
            self.text.extend_from_slice(bytes);
            return Ok(());
        }
        // A row this long is hardly ever one: most often a quote was left open above.
        if self.place == Place::Quoted && self.line > self.quote_line {
            return Err(self.unclosed());
        }
        Err(CsvError::TooLarge {
            line: self.record_line,
            what: "row_bytes",
            limit: MAX_ROW as u64,
        })
    }

    fn end_cell(&mut self) -> Result<(), CsvError> {
        if self.ends.len() >= MAX_CELLS {
            return Err(CsvError::TooLarge {
                line: self.record_line,
                what: "columns",
                limit: MAX_CELLS as u64,
            });
        }
        self.ends.push(self.text.len());
        Ok(())
    }

    fn end_record(&mut self, out: &mut Vec<Record>) -> Result<(), CsvError> {
        self.end_cell()?;
        self.place = Place::RecordStart;
        let (text, ends) = (std::mem::take(&mut self.text), std::mem::take(&mut self.ends));
        out.push(Record {
            line: self.record_line,
            // It came as text and was cut at ASCII characters, so it is text.
            text: String::from_utf8(text).unwrap_or_default(),
            ends,
        });
        Ok(())
    }

    fn unclosed(&self) -> CsvError {
        CsvError::Unreadable {
            line: self.record_line,
            problem: "unclosed_quote",
            detail: self.quote_line.to_string(),
        }
    }
}
