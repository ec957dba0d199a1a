//! Cells of several values.

use super::*;

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
