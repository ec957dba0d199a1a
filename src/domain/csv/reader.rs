//! Bytes to rows: decoder, header and tokenizer together.

use super::decode::Decoder;
use super::header::{Delimiter, Header};
use super::record::{Record, Tokenizer};
use super::{CsvError, MAX_ROW, MAX_ROWS};

/// Reads a file, piece by piece. Give it pieces of some KiB: it answers with all rows that end in one.
#[derive(Debug)]
pub struct Reader {
    decoder: Decoder,
    wanted: Option<Delimiter>,
    /// Text that was decoded and not yet read.
    text: String,
    body: Option<Body>,
    rows: u64,
}

#[derive(Debug)]
struct Body {
    header: Header,
    tokenizer: Tokenizer,
    /// The header's own record comes first once more.
    header_seen: bool,
}

impl Reader {
    /// A reader of a file whose cells are separated so, or as its header tells.
    #[must_use]
    pub fn new(wanted: Option<Delimiter>) -> Reader {
        Reader {
            decoder: Decoder::new(),
            wanted,
            text: String::new(),
            body: None,
            rows: 0,
        }
    }

    /// The header, once it was read.
    #[must_use]
    pub fn header(&self) -> Option<&Header> {
        self.body.as_ref().map(|body| &body.header)
    }

    /// The encoding that it turned out to be.
    #[must_use]
    pub fn encoding(&self) -> &'static str {
        self.decoder.encoding()
    }

    /// Reads a piece, and appends the rows that end in it; the header and empty rows are none.
    ///
    /// # Errors
    /// The file can't be read any further. The rows that end before that place are appended all the same.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<Record>) -> Result<(), CsvError> {
        if let Err(error) = self.decoder.feed(bytes, &mut self.text) {
            if self.body.is_some() || header_is_whole(&self.text) {
                // What can't be decoded says best what is wrong, whatever the rows before it are.
                let _ = self.read(out);
            }
            return Err(error);
        }
        if self.body.is_none() && !header_is_whole(&self.text) {
            if self.text.len() <= MAX_ROW {
                return Ok(());
            }
            // The header's own limits say best what is wrong with it.
            self.enter()?;
            return Err(CsvError::TooLarge {
                line: 1,
                what: "row_bytes",
                limit: MAX_ROW as u64,
            });
        }
        self.read(out)
    }

    /// Reads the end of the file.
    ///
    /// # Errors
    /// As [`Reader::feed`]; a quote was left open; nothing was there.
    pub fn end(&mut self, out: &mut Vec<Record>) -> Result<(), CsvError> {
        let decoded = self.decoder.end(&mut self.text);
        let read = self.read(out);
        decoded.and(read)?;
        let before = out.len();
        let ended = self.body.as_mut().map_or(Ok(()), |body| body.tokenizer.end(out));
        ended.and(self.admit(before, out))
    }

    fn read(&mut self, out: &mut Vec<Record>) -> Result<(), CsvError> {
        self.enter()?;
        let (before, mut read) = (out.len(), Ok(()));
        if let Some(body) = &mut self.body {
            read = body.tokenizer.feed(&self.text, out);
            self.text.clear();
        }
        let admitted = self.admit(before, out);
        read.and(admitted)
    }

    /// Finds the header, if it wasn't yet.
    fn enter(&mut self) -> Result<(), CsvError> {
        if self.body.is_some() {
            return Ok(());
        }
        let mut line = 1;
        // Some spreadsheets write, and all read, a first line that names the separator.
        if let Some((delimiter, length)) = separator_line(&self.text) {
            self.wanted = self.wanted.or(Some(delimiter));
            self.text.drain(..length);
            line = 2;
        }
        let header = Header::find(&self.text, line, self.wanted)?;
        let tokenizer = Tokenizer::new(header.delimiter.byte(), line);
        self.body = Some(Body {
            header,
            tokenizer,
            header_seen: false,
        });
        Ok(())
    }

    /// Leaves out the header and what is empty, and counts the rest.
    fn admit(&mut self, before: usize, out: &mut Vec<Record>) -> Result<(), CsvError> {
        let Some(body) = &mut self.body else { return Ok(()) };
        if out.len() > before && !body.header_seen {
            body.header_seen = true;
            out.remove(before);
        }
        let mut at = 0;
        out.retain(|record| {
            at += 1;
            at <= before || !record.is_empty()
        });
        let room = usize::try_from(MAX_ROWS - self.rows).unwrap_or(usize::MAX);
        let beyond = out.get(before.saturating_add(room)).map(|record| record.line);
        out.truncate(before.saturating_add(room));
        self.rows += (out.len() - before) as u64;
        match beyond {
            Some(line) => Err(CsvError::TooLarge {
                line,
                what: "rows",
                limit: MAX_ROWS,
            }),
            None => Ok(()),
        }
    }
}

/// Whether the header's line, and the one before it that may name the separator, have ended: the third line has begun, or
/// the first two that aren't empty are over.
fn header_is_whole(text: &str) -> bool {
    let (mut quoted, mut content, mut whole) = (false, false, 0);
    let needed = if is_separator_line(text.lines().next().unwrap_or_default()) {
        2
    } else {
        1
    };
    for byte in text.bytes() {
        match byte {
            b'"' => {
                quoted = !quoted;
                content = true;
            }
            b'\r' | b'\n' if !quoted => {
                whole += usize::from(content);
                content = false;
            }
            _ => content = true,
        }
        if whole >= needed {
            return true;
        }
    }
    false
}

fn is_separator_line(line: &str) -> bool {
    line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("sep="))
}

/// The separator that a first line `sep=;` names, and the length of that line.
fn separator_line(text: &str) -> Option<(Delimiter, usize)> {
    let line = text.split_inclusive('\n').next()?;
    let content = line.trim_end_matches(['\r', '\n']);
    let named = content.get(4..).filter(|_| is_separator_line(content))?;
    Some((named.parse().ok()?, line.len()))
}
