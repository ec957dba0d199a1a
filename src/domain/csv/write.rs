//! Records to text: RFC 4180, every cell neutralised.

use super::header::Delimiter;
use super::neutralise;

/// Writes rows, into a buffer that whoever sends it empties.
#[derive(Debug)]
pub struct Writer {
    delimiter: char,
    text: String,
}

impl Writer {
    /// An empty file; a byte order mark tells some spreadsheets that it is UTF-8.
    #[must_use]
    pub fn new(delimiter: Delimiter, byte_order_mark: bool) -> Writer {
        Writer {
            delimiter: delimiter.into(),
            text: if byte_order_mark {
                "\u{FEFF}".to_owned()
            } else {
                String::new()
            },
        }
    }

    /// Adds a row.
    pub fn row<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) {
        for (place, cell) in cells.into_iter().enumerate() {
            if place > 0 {
                self.text.push(self.delimiter);
            }
            self.cell(&neutralise(cell));
        }
        self.text.push_str("\r\n");
    }

    fn cell(&mut self, cell: &str) {
        let plain = !cell.contains([',', ';', '\t', '|', '"', '\r', '\n']) && cell.trim() == cell;
        if plain {
            self.text.push_str(cell);
        } else {
            self.text.push('"');
            self.text.push_str(&cell.replace('"', "\"\""));
            self.text.push('"');
        }
    }

    /// Bytes written since the last time.
    #[must_use]
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether nothing was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Takes what was written since the last time.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.text).into_bytes()
    }
}
