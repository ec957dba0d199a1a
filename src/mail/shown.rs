//! Names of people and organisations, as a mail may show them.

/// The longest name shown, in code points: a sender doesn't get to write a letter of their own into ours.
pub(super) const LONGEST_NAME: usize = 80;

/// A person's or organisation's name as a mail may show it: one line, of bounded length, without characters that
/// steer the display, and without the start of an address that mail programs would turn into a link. Names are
/// checked when they are taken in; this guards the mail whatever happened there.
pub(super) fn shown(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !steers(*c))
        .collect();
    let plain = plain.replace("://", ": ");
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    match plain.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", plain[..end].trim_end()),
        None => plain,
    }
}

/// Controls, and the invisible characters that change direction, break lines or hide (Unicode TR36, section 2.5).
pub(super) fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}
