//! Files that can't be read to their end, and cells that cost more than they are long.

use super::*;

#[test]
fn o02_values_of_a_cell_cost_what_the_cell_is_long() {
    let different: Vec<String> = (0..MAX_ROW / 5).map(|i| format!("{i:04x}")).collect();
    assert_eq!(split_values(&different.join(";"), 20), different[..21]);
    // Each of these took seconds when every value, or every quote, looked at all that was before it.
    let begun = std::time::Instant::now();
    let all = different.join(";");
    let blanks = format!("x;{}y{}", " ".repeat(MAX_ROW / 2), "\"".repeat(MAX_ROW / 2));
    for _ in 0..20 {
        assert_eq!(split_values(&all, usize::MAX).len(), different.len());
        assert_eq!(split_values(&blanks, 20).len(), 2);
    }
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}

#[test]
fn lines_of_what_is_unreadable_are_counted_whatever_ends_them() {
    for end in ["\n", "\r", "\r\n"] {
        let text = ["email,name", "a@b.example,x", "c@d.example,y", "\0"].join(end);
        for size in [1, 2, 16 * 1024] {
            match read_in(text.as_bytes(), size) {
                Err(CsvError::Unreadable { line, problem, .. }) => {
                    assert_eq!((line, problem), (4, "nul"), "{end:?} {size}")
                }
                other => panic!("{other:?}"),
            }
        }
    }
    // A line break of one kind in a cell, and then one of the other.
    let (_, rows) = read(b"email,name\na,\"one\rtwo\nthree\"\nb,x\n").unwrap();
    assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 5]);
}

#[test]
fn rows_before_the_place_that_is_unreadable_are_read() {
    let whole = "email,name\n\na@b.example,x\nc@d.example,y\n";
    for (rest, problem) in [("e@f.example,\0\n", "nul"), ("e@f.example,\"z\n", "unclosed_quote")] {
        let (mut reader, mut rows) = (Reader::new(None), vec![]);
        let fed = reader.feed(format!("{whole}{rest}").as_bytes(), &mut rows);
        let error = fed.and_then(|()| reader.end(&mut rows)).unwrap_err();
        assert!(error.to_string().contains(problem), "{error}");
        assert_eq!(cells(&rows), [["a@b.example", "x"], ["c@d.example", "y"]], "{problem}");
    }
    let (mut reader, mut rows) = (Reader::new(None), vec![]);
    let wide = format!("{whole}e{}\n", ",".repeat(MAX_CELLS));
    assert!(matches!(
        reader.feed(wide.as_bytes(), &mut rows),
        Err(CsvError::TooLarge { .. })
    ));
    assert_eq!(rows.len(), 2);
}
