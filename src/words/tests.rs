//! The languages agree with one another and with the contract's reasons.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// Every reason of an error with its variables: the contract's own list, written out by hand.
const REASONS: &[(&str, &[&str])] = &[
    ("credential-invalid", &[]),
    ("permission-missing", &["permission", "roles"]),
    ("rights-exceed-yours", &["permissions"]),
    ("target-outranks-you", &["permissions"]),
    ("no-organization", &[]),
    ("fresh-login-required", &[]),
    ("invitation-for-another-address", &[]),
    ("not-found", &["kind", "id"]),
    ("input-invalid", &["fields"]),
    ("already-member", &["email"]),
    ("slug-taken", &["slug"]),
    ("name-taken", &["kind", "name"]),
    ("email-taken", &["email"]),
    ("request-id-reused", &["request_id"]),
    ("etag-mismatch", &[]),
    ("contention", &[]),
    ("state-forbids", &["state", "event"]),
    ("owner-protected", &[]),
    ("api-user-protected", &[]),
    ("role-in-use", &["role", "holders", "groups"]),
    ("system-role", &["role"]),
    ("module-taken", &["module", "owner"]),
    ("owner-role-moves-by-transfer", &[]),
    ("owner-only", &[]),
    ("not-an-administrator", &[]),
    ("transfer-ended", &["state"]),
    ("organization-not-deleted", &[]),
    ("second-factors-unavailable", &[]),
    ("acting-on-yourself", &[]),
    ("seats-exhausted", &["limit", "used"]),
    ("limit-reached", &["kind", "limit"]),
    ("too-many-attempts", &["seconds"]),
    ("too-busy", &["seconds"]),
    ("message-too-large", &["limit"]),
    ("file-unreadable", &["line", "problem", "detail"]),
    ("file-too-large", &["line", "what", "limit"]),
    ("cell-invalid", &["problem"]),
    ("name-unknown", &["kind", "name", "known"]),
    ("row-repeated", &["line"]),
    ("sign-up-closed", &[]),
    ("email-unverified", &[]),
    ("password-wrong", &[]),
    ("temporary-password-expired", &[]),
    ("temporary-password-not-allowed", &[]),
    ("onboarding-not-allowed", &["onboarding", "allowed"]),
    ("permission-not-grantable", &["permission"]),
    ("invitation-ended", &["state"]),
    ("inviter-lost-rights", &[]),
    ("sign-in-to-accept", &[]),
    ("code-invalid", &["attempts_left"]),
    ("user-disabled", &[]),
    ("deadline-exceeded", &[]),
    ("unavailable", &["seconds"]),
    ("internal", &["request_id"]),
    ("method-unknown", &["method"]),
];

const LOCALES: [Locale; 3] = [Locale::En, Locale::PtBr, Locale::Es];

/// Each id of a file with the names of its variables, read from the text itself.
fn variables(source: &Source) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut id = String::new();
    for line in source.errors.lines().chain(source.mail.lines()) {
        if line.starts_with(|c: char| c.is_ascii_lowercase()) {
            id = line.split_once(" =").expect("an id and its text").0.to_owned();
            found.entry(id.clone()).or_default();
        }
        if line.starts_with('#') {
            continue;
        }
        for piece in line.split('$').skip(1) {
            let name = piece
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            found.get_mut(&id).expect("a variable belongs to an id").insert(name);
        }
    }
    found
}

#[test]
fn the_languages_have_the_same_ids_with_the_same_variables() {
    let english = variables(&ENGLISH);
    assert!(english.len() > REASONS.len());
    assert_eq!(english, variables(&PORTUGUESE));
    assert_eq!(english, variables(&SPANISH));
}

#[test]
fn every_reason_is_said_in_every_language_with_its_variables() {
    let words = Words::load().unwrap();
    for locale in LOCALES {
        for (id, names) in REASONS {
            let args: Vec<(&str, &str)> = names.iter().map(|name| (*name, "ZEBRA")).collect();
            let said = words
                .say(locale, id, &args)
                .unwrap_or_else(|| panic!("{id} is missing in {locale:?}"));
            assert!(
                !said.contains("{"),
                "{id} in {locale:?} wants a variable that is not given: {said}"
            );
            assert!(said.ends_with(['.', '!']), "{id} in {locale:?} is no sentence: {said}");
            // A number of attempts is spelled out, so it is the one variable that may show as a word.
            let shown = said.to_lowercase().matches("zebra").count();
            assert!(shown >= names.len(), "{id} in {locale:?} leaves a value out: {said}");
        }
    }
}

#[test]
fn an_unknown_id_is_none_and_a_missing_variable_shows_its_name() {
    let words = Words::load().unwrap();
    assert_eq!(words.say(Locale::En, "no-such-thing", &[]), None);
    assert!(words.say(Locale::En, "slug-taken", &[]).unwrap().contains("{$slug}"));
}

#[test]
fn counts_choose_their_plural_and_everything_else_stays_as_it_came() {
    let words = Words::load().unwrap();
    let say = |locale, id, name, value| words.say(locale, id, &[(name, value)]).unwrap();
    assert!(say(Locale::En, "too-busy", "seconds", "1").contains("one second "));
    assert!(say(Locale::En, "too-busy", "seconds", "30").contains("30 seconds"));
    assert!(say(Locale::Es, "too-busy", "seconds", "1").contains("un segundo "));
    assert!(say(Locale::PtBr, "too-busy", "seconds", "2").contains("2 segundos"));
    assert!(say(Locale::En, "code-invalid", "attempts_left", "0").ends_with("expired. Ask for a new one."));
    for kept in [
        "007",
        "123456789",
        "1234567890123456789012",
        "1e3",
        "+5",
        "-1",
        "1.50",
        "",
    ] {
        assert!(
            say(Locale::En, "slug-taken", "slug", kept).contains(&format!("name {kept} belongs")),
            "{kept}"
        );
    }
}

#[test]
fn no_marks_of_direction_surround_a_value() {
    let words = Words::load().unwrap();
    let said = words.say(Locale::En, "slug-taken", &[("slug", "x")]).unwrap();
    assert!(!said.contains(['\u{2068}', '\u{2069}']), "{said:?}");
}

#[test]
fn known_values_are_translated_and_unknown_ones_shown() {
    let words = Words::load().unwrap();
    let say = |kind| {
        words
            .say(Locale::Es, "not-found", &[("kind", kind), ("id", "key_1")])
            .unwrap()
    };
    assert!(say("api_key").contains("clave de API key_1"));
    assert!(say("webhook").contains("webhook key_1"));
}

#[test]
fn negotiation_takes_the_best_language_there_is() {
    for (asked, expected) in [
        ("", Locale::En),
        ("*", Locale::En),
        ("de-DE, fr;q=0.8", Locale::En),
        ("pt", Locale::PtBr),
        ("pt-PT", Locale::PtBr),
        ("PT_br", Locale::PtBr),
        ("es-419,en;q=0.5", Locale::Es),
        ("en;q=0.5, es;q=0.8", Locale::Es),
        ("fr, pt-BR;q=0.7, es;q=0.7", Locale::PtBr),
        ("es;q=0, en;q=0.1", Locale::En),
        ("es;q=0", Locale::En),
        ("es;q=7, pt;q=0.2", Locale::PtBr),
        ("es;q=NaN, pt;q=0.2", Locale::PtBr),
        ("es ; q=0.001", Locale::Es),
        (";;,,q=1,\u{0}", Locale::En),
    ] {
        assert_eq!(Words::negotiate(asked), expected, "{asked:?}");
    }
}

#[test]
fn a_broken_file_is_an_error_that_names_it() {
    let broken = Source {
        tag: "en",
        errors: "this is no text",
        mail: "",
    };
    assert!(bundle(&broken).err().unwrap().to_string().contains("en/errors.ftl"));
    let twice = Source {
        tag: "en",
        errors: "a = 1\n",
        mail: "a = 2\n",
    };
    assert!(bundle(&twice).err().unwrap().to_string().contains("en/mail.ftl"));
}
