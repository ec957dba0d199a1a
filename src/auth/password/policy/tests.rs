//! Good and bad passwords, in disguise and by the thousand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
use proptest::prelude::*;

use super::*;
use crate::random::SystemRandom;

const CONTEXT: [&str; 3] = [
    "Joana Figueiredo",
    "joana.figueiredo@florescer.example",
    "Clínica Florescer",
];

fn faults(text: &str) -> Vec<PasswordFault> {
    PasswordPolicy::default()
        .check(&Password::new(text).unwrap(), &CONTEXT)
        .faults
}

#[test]
fn length_is_counted_in_code_points() {
    let min = PasswordPolicy::default().min_length;
    let ascii = "vq7-xmw2 tz.hkr4fd";
    let emoji = "🦊🚲🎹🌋🧵🪁🥝🧭🛶🎲🪴🔭🧊🪗🦉🍄🎏🧲";
    let marks = "q\u{301}x\u{302}w\u{303}z\u{324}k\u{325}v\u{330}j\u{331}f\u{32d}p\u{304}";
    for text in [ascii, emoji, marks] {
        for length in [min - 1, min, min + 1] {
            let cut: String = text.chars().take(length).collect();
            let password = Password::new(&cut).unwrap();
            assert_eq!(password.length(), length, "{text}");
            let expected = if length < min {
                vec![PasswordFault::TooShort { min }]
            } else {
                vec![]
            };
            assert_eq!(
                PasswordPolicy::default().check(&password, &CONTEXT).faults,
                expected,
                "{cut}"
            );
        }
    }
}

#[test]
fn expected_passwords_are_found_in_disguise() {
    for text in [
        "password1234567",
        "P@ssw0rdP@ssw0rd",
        "p.a.s.s.w.o.r.d.2026",
        "QWERTYUIOP-asdfghjkl",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "Admin-Admin-Admin-1",
        "W3lc0me!W3lc0me!",
        "12345612345612345612",
        "changeme-changeme",
    ] {
        assert!(
            faults(text).contains(&PasswordFault::TooCommon),
            "{text}: {:?}",
            faults(text)
        );
    }
    // Longer than what zxcvbn is given.
    assert!(faults(&"password".repeat(100)).contains(&PasswordFault::TooCommon));
}

#[test]
fn own_words_are_found_in_disguise() {
    for text in [
        "joana.figueiredo@florescer.example",
        "JoanaFigueiredo1",
        "F1gue1redo-Florescer",
        "florescer florescer",
        "j0ana-f1gueired0-123",
    ] {
        assert!(
            faults(text).contains(&PasswordFault::ContainsContext),
            "{text}: {:?}",
            faults(text)
        );
    }
    // One's own name within a long phrase is no harm.
    assert_eq!(faults("joana counts eleven purple umbrellas"), vec![]);
}

#[test]
fn the_rest_is_judged_by_guesses() {
    for text in ["1qaz2wsx3edc4rfv", "mnbvcxzlkjhgfdsa"] {
        assert_eq!(faults(text), vec![PasswordFault::TooGuessable], "{text}");
    }
    assert_eq!(faults("correct horse battery staple"), vec![]);
}

#[test]
fn the_report_tells_score_and_strength() {
    let policy = PasswordPolicy::default();
    let weak = policy.check(&Password::new("password").unwrap(), &[]);
    assert_eq!(
        (weak.score, weak.strength, weak.accepted()),
        (0, Strength::VeryWeak, false)
    );
    let good = policy.check(&Password::new("vq7-xmw2 tz.hkr4fd").unwrap(), &[]);
    assert_eq!(
        (good.score, good.strength, good.accepted()),
        (4, Strength::Strong, true)
    );
    assert!(good.guesses_log10 > 10.0);
}

#[test]
fn generated_passwords_pass_and_differ() {
    let mut seen = std::collections::HashSet::new();
    for policy in [
        PasswordPolicy::default(),
        PasswordPolicy {
            min_length: 60,
            min_score: 4,
        },
    ] {
        for _ in 0..200 {
            let secret = policy.generate(&SystemRandom);
            let password = Password::new(secret.expose()).unwrap();
            assert!(policy.check(&password, &CONTEXT).accepted());
            assert!(password.expose().split('-').all(|group| group.len() == GROUP));
            assert!(seen.insert(secret.expose().to_owned()));
        }
    }
    assert!(candidate(0, &SystemRandom).len() == GROUPS * (GROUP + 1) - 1);
    assert!(candidate(64, &SystemRandom).len() >= 64);
}

#[test]
fn the_alphabet_has_no_letter_twice() {
    let letters: std::collections::HashSet<_> = ALPHABET.iter().collect();
    assert_eq!(letters.len(), ALPHABET.len());
}

#[test]
fn the_cost_is_bounded_whatever_the_length() {
    for unit in ["a", "1", "aA1!", "2026", "qwerty", "q1w2", "a!i@", "🦊"] {
        let text: String = unit.chars().cycle().take(super::super::MAX_LENGTH).collect();
        let started = std::time::Instant::now();
        faults(&text);
        assert!(started.elapsed().as_secs() < 5, "{unit}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn random_legal_text_is_accepted(text in "[a-z0-9 ]{24,60}|[ -~]{16,40}|[一-鿋]{15,40}") {
        let found = faults(&text);
        prop_assert!(found.is_empty(), "{text}: {found:?}");
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{1,60}|[aiAI14!@ ]{1,60}|([qaz][wsx]){1,30}", context in "\\PC{0,60}") {
        if let Ok(password) = Password::new(&text) {
            let report = PasswordPolicy::default().check(&password, &[&context]);
            prop_assert!(report.score <= 4);
            prop_assert!(report.guesses_log10.is_finite());
        }
    }
}
