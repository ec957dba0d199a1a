//! Reading agrees with csv-core, whatever the pieces; writing is undone by reading; and every bomb is refused with its word.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::record::Tokenizer;
use super::*;
use crate::domain::name::Locale;
use proptest::prelude::*;

mod faults;

/// All rows of a file that comes in pieces of a size.
fn read_in(bytes: &[u8], size: usize) -> Result<(Reader, Vec<Record>), CsvError> {
    let (mut reader, mut rows) = (Reader::new(None), vec![]);
    for piece in bytes.chunks(size) {
        reader.feed(piece, &mut rows)?;
    }
    reader.end(&mut rows)?;
    Ok((reader, rows))
}

fn read(bytes: &[u8]) -> Result<(Reader, Vec<Record>), CsvError> {
    read_in(bytes, 16 * 1024)
}

fn cells(rows: &[Record]) -> Vec<Vec<String>> {
    rows.iter()
        .map(|row| row.cells().map(str::to_owned).collect())
        .collect()
}

fn unreadable(bytes: &[u8]) -> (u64, &'static str, String) {
    match read(bytes) {
        Err(CsvError::Unreadable { line, problem, detail }) => (line, problem, detail),
        other => panic!("{other:?}"),
    }
}

fn too_large(bytes: &[u8]) -> (u64, &'static str) {
    match read(bytes) {
        Err(CsvError::TooLarge { line, what, .. }) => (line, what),
        other => panic!("{other:?}"),
    }
}

#[test]
fn headers_in_three_languages_in_any_order_with_any_separator() {
    for (header, delimiter) in [
        ("email,name,roles,tags,groups", ","),
        ("E-Mail;Full Name;Role;Labels;Teams", ";"),
        ("Grupos\tEtiquetas\tFunções\tNome completo\tE-mail", "\t"),
        ("NOMBRE;CORREO ELECTRÓNICO;ROLES;ETIQUETAS;EQUIPOS", ";"),
        ("Access profile,E-mail address,Display name,Tags,Team", ","),
        ("nome;papéis;tags;equipes;Endereço de e-mail", ";"),
        ("\"Dirección de correo\",\"Nombre\",\"Rol\",\"Etiqueta\",\"Grupo\"", ","),
        ("sep=;\r\nemail;name;roles;tags;groups", ";"),
    ] {
        let (reader, rows) = read(header.as_bytes()).unwrap();
        let found = reader.header().unwrap();
        assert_eq!(found.delimiter.as_str(), delimiter, "{header}");
        assert!(
            Column::ALL.iter().all(|column| !found.name(*column).is_empty()),
            "{header}"
        );
        assert_eq!((found.ignored.len(), rows.len()), (0, 0), "{header}");
    }
    for locale in Locale::ALL {
        let titles = Column::ALL.map(|column| column.title(locale)).join(";");
        let (reader, _) = read(titles.as_bytes()).unwrap();
        assert_eq!(reader.header().unwrap().ignored, Vec::<String>::new(), "{titles}");
    }
}

#[test]
fn unknown_columns_are_ignored_and_told_and_the_others_found() {
    let (reader, rows) = read("Estado,Nome,,E-mail,Shoe size\r\nx,Ana,,a@b.example,42\r\n".as_bytes()).unwrap();
    let header = reader.header().unwrap();
    assert_eq!(header.ignored, ["Estado", "Shoe size"]);
    assert_eq!(header.cell(&rows[0], Column::Email), Some("a@b.example"));
    assert_eq!(header.cell(&rows[0], Column::Name), Some("Ana"));
    assert_eq!(header.cell(&rows[0], Column::Roles), None);
    assert_eq!(header.name(Column::Name), "Nome");
}

#[test]
fn a_file_without_what_it_needs_is_refused_with_what_it_has() {
    assert_eq!(unreadable(b""), (1, "empty", String::new()));
    assert_eq!(unreadable(b"\r\n\n\r"), (1, "empty", String::new()));
    let (line, problem, detail) = unreadable(b"\nnombre;telefono\nx;y\n");
    assert_eq!(
        (line, problem, detail.as_str()),
        (2, "no_email_column", "nombre, telefono")
    );
    let (_, problem, detail) = unreadable("email,Name,Correo\n".as_bytes());
    assert_eq!((problem, detail.as_str()), ("column_twice", "email, Correo"));
}

#[test]
fn encodings_are_told_apart_wherever_the_first_accent_stands() {
    let long = "x".repeat(100_000);
    for filler in ["", &long[..10], &long[..50_000]] {
        let text = format!("email,name\nc@d.example,{filler}\na@b.example,João\n");
        let (windows, _, _) = encoding_rs::WINDOWS_1252.encode(&text);
        let bom = format!("\u{FEFF}{text}");
        for (bytes, encoding) in [
            (text.as_bytes(), "UTF-8"),
            (bom.as_bytes(), "UTF-8"),
            (&windows, "windows-1252"),
        ] {
            for size in [1, 7, 4096] {
                let (reader, rows) = read_in(bytes, size).unwrap();
                assert_eq!(reader.encoding(), encoding);
                assert_eq!(rows[1].cell(1), Some("João"), "{encoding} in pieces of {size}");
            }
        }
    }
    let (_, rows) = read(b"email;nome\nx@y.example;\x80 \x93Andr\xe9\x94\n").unwrap();
    assert_eq!(rows[0].cell(1), Some("€ “André”"));
}

#[test]
fn o02_what_is_no_csv_is_refused_with_its_word() {
    let utf16: Vec<u8> = "email,name\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked: Vec<u8> = [&[0xFF, 0xFE], utf16.as_slice()].concat();
    let big: Vec<u8> = "\u{FEFF}email\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [utf16, marked, big] {
        assert_eq!(unreadable(&bytes).1, "utf16");
    }
    assert_eq!(unreadable(b"PK\x03\x04rest").1, "archive");
    assert_eq!(unreadable(b"\x1f\x8b\x08rest").1, "archive");
    let (line, problem, _) = unreadable(b"email,name\na@b.example,x\nc@d.example,\0\n");
    assert_eq!((line, problem), (3, "nul"));
    let (line, problem, _) = unreadable(b"email,name\na@b.example,Jo\xc3\xa3o\nc@d.example,Jo\xe3o\n");
    assert_eq!((line, problem), (3, "mixed_encoding"));
    let late = [b"email,name\n".as_slice(), "ã\n".repeat(50_000).as_bytes(), b"\xe3\n"].concat();
    assert_eq!(unreadable(&late).1, "mixed_encoding");
}

#[test]
fn o02_an_open_quote_is_told_with_the_line_where_it_opened() {
    let rows = "a@b.example,x\n".repeat(10);
    let (line, problem, detail) = unreadable(format!("email,name\n{rows}c@d.example,\"open\n{rows}").as_bytes());
    assert_eq!((line, problem, detail.as_str()), (12, "unclosed_quote", "12"));
    let rows = "a@b.example,x\n".repeat(10_000);
    let (line, problem, detail) = unreadable(format!("email,name\nc@d.example,\"open\n{rows}").as_bytes());
    assert_eq!((line, problem, detail.as_str()), (2, "unclosed_quote", "2"));
    assert_eq!(
        unreadable(format!("\"email,name\n{rows}").as_bytes()).1,
        "unclosed_quote"
    );
}

#[test]
fn o02_bombs_are_refused_as_soon_as_they_pass_a_limit() {
    let mut reader = Reader::new(None);
    reader.feed(b"email,name\na@b.example,", &mut vec![]).unwrap();
    let (piece, mut fed) = (vec![b'x'; 16 * 1024], 0);
    let error = loop {
        fed += piece.len();
        if let Err(error) = reader.feed(&piece, &mut vec![]) {
            break error;
        }
        assert!(fed < 200_000, "a row of {fed} bytes");
    };
    assert!(
        matches!(
            error,
            CsvError::TooLarge {
                line: 2,
                what: "row_bytes",
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(too_large(&vec![b'x'; 1 << 20]).1, "row_bytes");
    assert_eq!(
        too_large(format!("email{}\n", ",x".repeat(100_000)).as_bytes()).1,
        "columns"
    );
    assert_eq!(
        too_large(format!("email,name\na{}\n", ",x".repeat(100)).as_bytes()),
        (2, "columns")
    );
    assert!(read(format!("email{}\n", ",x".repeat(99)).as_bytes()).is_ok());
    let (mut reader, mut rows, mut count) = (Reader::new(None), vec![], 0);
    reader.feed(b"email\n", &mut rows).unwrap();
    let piece = "a\n".repeat(8 * 1024);
    let error = loop {
        match reader.feed(piece.as_bytes(), &mut rows) {
            Ok(()) => count += rows.len(),
            Err(error) => break error,
        }
        rows.clear();
        assert!(count as u64 <= MAX_ROWS);
    };
    assert!(matches!(error, CsvError::TooLarge { what: "rows", .. }), "{error}");
}

#[test]
fn lines_are_counted_whatever_ends_them() {
    let (_, rows) = read(b"\n\nemail,name\r\na,\"two\nlines\"\rb,x\n\n\n,\nc,y").unwrap();
    let lines: Vec<u64> = rows.iter().map(|row| row.line).collect();
    assert_eq!(lines, [4, 6, 10]);
    assert_eq!(rows[0].cell(1), Some("two\nlines"));
}

#[test]
fn o01_every_beginning_of_a_formula_is_neutralised_and_put_back() {
    for text in [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "\t=1",
        "\r=1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        " =1",
        "\u{a0}=1",
        "\"=1\"",
        "'=1",
        "''=1",
        "a;=1",
        "a,=1",
        "a|=cmd",
        "a\t@x",
        "a\n=1",
        "a; \"=1\"",
        "=1;=2,=3",
    ] {
        let safe = neutralise(text);
        assert_ne!(safe, text, "{text:?}");
        assert_eq!(restore(&safe), text);
        for cell in safe.split([',', ';', '\t', '|', '\r', '\n']) {
            let seen = cell.trim_start().trim_start_matches('"');
            assert!(
                !seen.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']),
                "{text:?} → {safe:?}"
            );
        }
    }
    for text in ["", "Ana", "'t Hooft", "a=b", "a@b.example", "O'Neil", "x-y"] {
        assert_eq!((neutralise(text), restore(text)), (text.into(), text.into()));
    }
}

#[test]
fn values_of_a_cell() {
    for (cell, values) in [
        ("", &[][..]),
        (" ; | ,", &[]),
        ("admin", &["admin"]),
        ("admin; member|guest , x", &["admin", "member", "guest", "x"]),
        ("a;a;b", &["a", "b"]),
        ("\"R&D; Berlin\"; \"say \"\"hi\"\"\"", &["R&D; Berlin", "say \"hi\""]),
        ("5\" disk; b", &["5\" disk", "b"]),
        ("a\nb\r\nc", &["a", "b", "c"]),
    ] {
        assert_eq!(split_values(cell, 100), values, "{cell:?}");
    }
}

/// The records that csv-core makes of a text.
fn by_csv_core(text: &str, delimiter: u8) -> Vec<Vec<String>> {
    use csv_core::{ReadRecordResult, ReaderBuilder};
    let mut reader = ReaderBuilder::new().delimiter(delimiter).build();
    let (mut output, mut ends) = (vec![0; text.len() + 16], vec![0; text.len() + 16]);
    let (mut input, mut records) = (text.as_bytes(), vec![]);
    let (mut written, mut ended) = (0, 0);
    loop {
        let (result, read, wrote, cells) = reader.read_record(input, &mut output[written..], &mut ends[ended..]);
        input = &input[read..];
        written += wrote;
        ended += cells;
        match result {
            ReadRecordResult::Record => {
                let mut begin = 0;
                let cells = ends[..ended].iter().map(|end| {
                    let cell = String::from_utf8(output[begin..*end].to_vec()).unwrap();
                    begin = *end;
                    cell
                });
                records.push(cells.collect());
                (written, ended) = (0, 0);
            }
            ReadRecordResult::End => return records,
            ReadRecordResult::InputEmpty => {}
            other => panic!("{other:?}"),
        }
    }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[ab=+@;,|'\"\t\r\n＝\u{a0}-]{0,8}", "\\PC{0,12}"]
}

proptest! {
    #[test]
    fn records_are_those_of_csv_core(text in "[ab,\"\r\n;]{0,40}", cut in 1_usize..9) {
        let (mut tokenizer, mut rows) = (Tokenizer::new(b',', 1), vec![]);
        for piece in text.as_bytes().chunks(cut) {
            tokenizer.feed(std::str::from_utf8(piece).unwrap(), &mut rows).unwrap();
        }
        match tokenizer.end(&mut rows) {
            Ok(()) => prop_assert_eq!(cells(&rows), by_csv_core(&text, b',')),
            Err(error) => prop_assert!(error.to_string().contains("unclosed_quote"), "{}", error),
        }
    }

    #[test]
    fn what_is_neutralised_is_put_back_and_runs_nowhere(text in name()) {
        let safe = neutralise(&text);
        prop_assert_eq!(restore(&safe), text.as_str());
        for cell in safe.split([',', ';', '|', '\n']) {
            let seen = cell.trim_start_matches([' ', '"', '\u{a0}']);
            prop_assert!(!seen.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']), "{:?}", safe);
        }
    }

    #[test]
    fn values_that_are_joined_are_split_again(values in prop::collection::vec(name(), 0..5)) {
        let mut known: Vec<String> = vec![];
        for value in values {
            let value = value.trim().to_owned();
            if !value.is_empty() && !known.contains(&value) {
                known.push(value);
            }
        }
        prop_assert_eq!(split_values(&join_values(known.iter().map(String::as_str)), 100), known);
    }

    #[test]
    fn what_is_written_is_read_again(
        rows in prop::collection::vec((name(), name()), 0..6),
        cut in 1_usize..50,
        which in 0_usize..3,
        mark in any::<bool>(),
    ) {
        let delimiter: Delimiter = [",", ";", "\t"][which].parse().unwrap();
        let mut writer = Writer::new(delimiter, mark);
        writer.row(["Name", "E-mail"]);
        for (name, group) in &rows {
            writer.row([name, "a@b.example", group]);
        }
        let (reader, read) = read_in(&writer.take(), cut).unwrap();
        prop_assert_eq!(reader.header().unwrap().delimiter, delimiter);
        let back: Vec<_> = read.iter().map(|row| (restore(row.cell(0).unwrap()).into_owned(), restore(row.cell(2).unwrap()).into_owned())).collect();
        prop_assert_eq!(back, rows);
    }

    #[test]
    fn no_bytes_make_it_panic_and_pieces_make_no_difference(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 1_usize..20) {
        let file = [b"email,name\n".as_slice(), &bytes].concat();
        let whole = read(&file).map(|(_, rows)| rows);
        let pieces = read_in(&file, cut).map(|(_, rows)| rows);
        prop_assert_eq!(whole.is_ok(), pieces.is_ok());
        prop_assert_eq!(whole.ok(), pieces.ok());
    }
}
