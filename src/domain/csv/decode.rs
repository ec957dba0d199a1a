//! Bytes to text: UTF-8 with or without a byte order mark, or Windows-1252, told apart by looking.
//!
//! While a file is plain ASCII there is nothing to decide. From the first other byte on, up to 64 KiB are looked at: UTF-8
//! throughout is UTF-8, none of it is Windows-1252, and some of each is a broken file: reading on would garble names
//! without anybody noticing. What is no text at all (UTF-16, workbooks, archives, NUL) is refused with its own word.

use super::CsvError;
use encoding_rs::WINDOWS_1252;

/// How much is looked at to tell the encoding.
const WINDOW: usize = 64 * 1024;

/// The first bytes of what people send instead of CSV: ZIP (so XLSX and ODS), gzip, the old Excel format.
const ARCHIVES: [&[u8]; 3] = [b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing was looked at yet.
    Start,
    /// All of it was ASCII so far.
    Ascii,
    /// There was another byte, and what follows it is being collected.
    Deciding,
    Utf8,
    Windows,
}

/// Decodes a file, piece by piece.
#[derive(Debug)]
pub(super) struct Decoder {
    state: State,
    /// Bytes that can't be decoded before more are known.
    pending: Vec<u8>,
    /// The line that the next byte is in.
    line: u64,
    /// Whether the byte before it was a carriage return, which a line feed belongs to.
    after_return: bool,
}

impl Decoder {
    pub(super) fn new() -> Decoder {
        Decoder {
            state: State::Start,
            pending: vec![],
            line: 1,
            after_return: false,
        }
    }

    /// What it turned out to be.
    pub(super) fn encoding(&self) -> &'static str {
        match self.state {
            State::Windows => "windows-1252",
            _ => "UTF-8",
        }
    }

    /// Decodes a piece, and appends what can be known of it.
    pub(super) fn feed(&mut self, bytes: &[u8], out: &mut String) -> Result<(), CsvError> {
        self.take(bytes, out, false)
    }

    /// Decodes what is left.
    pub(super) fn end(&mut self, out: &mut String) -> Result<(), CsvError> {
        self.take(&[], out, true)
    }

    fn take(&mut self, bytes: &[u8], out: &mut String, end: bool) -> Result<(), CsvError> {
        if self.state == State::Windows {
            return self.windows(bytes, out);
        }
        let mut collected = std::mem::take(&mut self.pending);
        collected.extend_from_slice(bytes);
        let mut rest = collected.as_slice();
        if self.state == State::Start {
            if rest.len() < 4 && !end {
                self.pending = collected;
                return Ok(());
            }
            rest = self.enter(rest)?;
        }
        if self.state == State::Ascii {
            let plain = rest.iter().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
            let (ascii, other) = rest.split_at(plain);
            self.push_utf8(ascii, out, true)?;
            rest = other;
            if !rest.is_empty() {
                self.state = State::Deciding;
            }
        }
        if self.state == State::Deciding {
            if rest.len() < WINDOW && !end {
                self.pending = rest.to_vec();
                return Ok(());
            }
            self.state = self.decide(rest, end)?;
        }
        match self.state {
            State::Windows => self.windows(rest, out),
            _ => self.push_utf8(rest, out, end),
        }
    }

    /// Looks at the first bytes of all.
    fn enter<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], CsvError> {
        if ARCHIVES.iter().any(|magic| bytes.starts_with(magic)) {
            return Err(CsvError::unreadable(1, "archive"));
        }
        let marked = matches!(bytes, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]);
        let wide = marked || matches!(bytes, [high, low, ..] if (*high == 0) != (*low == 0));
        if wide {
            return Err(CsvError::unreadable(1, "utf16"));
        }
        if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
            self.state = State::Utf8;
            return Ok(rest);
        }
        self.state = State::Ascii;
        Ok(bytes)
    }

    fn decide(&self, bytes: &[u8], end: bool) -> Result<State, CsvError> {
        let (mut good, mut bad, mut before) = (false, None, 0);
        for chunk in bytes.utf8_chunks() {
            good |= !chunk.valid().is_ascii();
            before += chunk.valid().len();
            let cut_off = !end && before + chunk.invalid().len() == bytes.len() && chunk.invalid().len() < 4;
            if !chunk.invalid().is_empty() && !cut_off {
                bad = bad.or(Some(before));
            }
            before += chunk.invalid().len();
        }
        match (good, bad) {
            (true, Some(at)) => Err(self.mixed(&bytes[..at])),
            (false, Some(_)) => Ok(State::Windows),
            (_, None) => Ok(State::Utf8),
        }
    }

    fn mixed(&self, before: &[u8]) -> CsvError {
        CsvError::unreadable(self.line + self.lines(before), "mixed_encoding")
    }

    fn push_utf8(&mut self, bytes: &[u8], out: &mut String, end: bool) -> Result<(), CsvError> {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let (valid, rest) = bytes.split_at(error.valid_up_to());
                // A character that the next piece completes.
                if error.error_len().is_some() || end {
                    let mixed = self.mixed(valid);
                    // What stands before it is text all the same.
                    self.push(std::str::from_utf8(valid).unwrap_or_default(), out)?;
                    return Err(mixed);
                }
                self.pending = rest.to_vec();
                std::str::from_utf8(valid).unwrap_or_default()
            }
        };
        self.push(text, out)
    }

    fn windows(&mut self, bytes: &[u8], out: &mut String) -> Result<(), CsvError> {
        let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
        self.push(&text, out)
    }

    fn push(&mut self, text: &str, out: &mut String) -> Result<(), CsvError> {
        if let Some(at) = text.find('\0') {
            let before = &text[..at];
            out.push_str(before);
            return Err(CsvError::unreadable(self.line + self.lines(before.as_bytes()), "nul"));
        }
        self.line += self.lines(text.as_bytes());
        self.after_return = text.as_bytes().last().map_or(self.after_return, |last| *last == b'\r');
        out.push_str(text);
        Ok(())
    }

    /// How many lines end in these bytes, which come next: by `\r\n`, `\n` or `\r`.
    fn lines(&self, bytes: &[u8]) -> u64 {
        let (mut lines, mut after_return) = (0, self.after_return);
        for byte in bytes {
            lines += u64::from(*byte == b'\r' || (*byte == b'\n' && !after_return));
            after_return = *byte == b'\r';
        }
        lines
    }
}
