//! Folding: the one form of a text that searching compares, without case, accents and spacing.
//!
//! It's for finding, never for identity: what must be unique has a canonical form of its own (`Email::key`).
//! The stored column and the query go through the same function, so both engines answer alike. Start at [`fold`].

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Folds a text: compatibility decomposition (NFKD), lower case, no combining marks, no invisible characters, a few
/// letters spelled out that don't decompose (ß, æ, ø, ł, …), and any white space as one space, none at the ends.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    // Lower-casing İ brings a combining dot, so it's decomposed once more afterwards.
    for letter in text.nfkd().flat_map(char::to_lowercase).nfkd() {
        if is_combining_mark(letter) || is_invisible(letter) {
            continue;
        }
        if letter.is_whitespace() {
            if !folded.is_empty() && !folded.ends_with(' ') {
                folded.push(' ');
            }
            continue;
        }
        match spelled_out(letter) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(letter),
        }
    }
    if folded.ends_with(' ') {
        folded.pop();
    }
    folded
}

/// What names are ordered by: folded, and no longer than a name may be. Some letters fold to many (`ﷺ` to 18), and an
/// index has room for so much only.
#[must_use]
pub fn sort_key(name: &str) -> String {
    fold(name).chars().take(200).collect()
}

const fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

const fn spelled_out(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ς' => "σ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_looks_alike_to_a_searcher_folds_alike() {
        for (text, folded) in [
            ("João Ávila", "joao avila"),
            ("JOA\u{303}O  A\u{301}VILA ", "joao avila"),
            ("\u{a0}Ana\t\n Núñez", "ana nunez"),
            ("Straße STRASSE", "strasse strasse"),
            ("Łukasz Øster Đorđe Æsir", "lukasz oster dorde aesir"),
            ("İstanbul ısı", "istanbul isi"),
            ("ﬁnance Ｌｔｄ", "finance ltd"),
            ("ΟΔΟΣ οδος οδοσ", "οδοσ οδοσ οδοσ"),
            ("zero\u{200b}width\u{ad}", "zerowidth"),
            ("北京 東京", "北京 東京"),
            ("", ""),
            (" \u{2003} ", ""),
        ] {
            assert_eq!(fold(text), folded);
        }
    }

    proptest! {
        #[test]
        fn folding_again_changes_nothing(text in "\\PC*|[A-Za-zÀ-ɏ\\sΑ-ώİ]{0,30}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once.clone());
            prop_assert!(!once.starts_with(' ') && !once.ends_with(' ') && !once.contains("  "));
        }

        #[test]
        fn case_makes_no_difference(text in "[A-Za-zÀ-ÖØ-öø-ž ]{0,30}") {
            prop_assert_eq!(fold(&text.to_uppercase()), fold(&text.to_lowercase()));
        }
    }
}
