//! Text in columns.

/// Rows below a head, each column as wide as its widest cell, and no wider than its limit. What a terminal would take for a
/// command is left out.
pub(super) fn table<const N: usize>(head: [&str; N], limits: [usize; N], rows: &[[String; N]]) -> String {
    let rows: Vec<[String; N]> = std::iter::once(head.map(str::to_owned))
        .chain(rows.iter().cloned())
        .map(|row| {
            let mut row = row.into_iter().zip(limits);
            std::array::from_fn(|_| row.next().map(|(cell, limit)| shown(&cell, limit)).unwrap_or_default())
        })
        .collect();
    let widths: [usize; N] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn shown(cell: &str, limit: usize) -> String {
    let plain: String = cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if plain.chars().count() <= limit {
        return plain;
    }
    let mut short: String = plain.chars().take(limit.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_cut_and_harmless() {
        let rows = [
            ["1".to_owned(), "João".to_owned(), "x".to_owned()],
            ["200".to_owned(), "\u{1b}[31mred".to_owned(), "a long text".to_owned()],
        ];
        let text = table(["LINE", "NAME", "WHY"], [9, 9, 6], &rows);
        assert_eq!(text, "LINE  NAME      WHY\n1     João      x\n200    [31mred  a lon…\n");
    }
}
