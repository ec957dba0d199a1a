//! The tests of `email`.

#![allow(clippy::unwrap_used, reason = "tests")]
use proptest::prelude::*;

use super::*;

fn email(text: &str) -> Result<Email, EmailError> {
    text.parse()
}

#[test]
fn ordinary_addresses_keep_their_local_part_and_have_one_key() {
    for (text, address, key) in [
        ("ana@example.org", "ana@example.org", "ana@example.org"),
        (
            "Ana.Silva+Roster@Example.ORG",
            "Ana.Silva+Roster@example.org",
            "ana.silva+roster@example.org",
        ),
        ("o'neil@a-b.co.uk", "o'neil@a-b.co.uk", "o'neil@a-b.co.uk"),
        ("josé@", "", ""),
        (
            "info@Bücher.example",
            "info@xn--bcher-kva.example",
            "info@xn--bcher-kva.example",
        ),
        (
            "info@bu\u{308}cher.example",
            "info@xn--bcher-kva.example",
            "info@xn--bcher-kva.example",
        ),
        (
            "info@xn--bcher-kva.example",
            "info@xn--bcher-kva.example",
            "info@xn--bcher-kva.example",
        ),
        ("a@straße.example", "a@xn--strae-oqa.example", "a@xn--strae-oqa.example"),
    ] {
        if address.is_empty() {
            assert!(email(text).is_err(), "{text}");
            continue;
        }
        let email = email(text).unwrap();
        assert_eq!((email.as_str(), email.key()), (address, key));
    }
}

#[test]
fn what_is_refused_and_why() {
    for (text, error) in [
        ("", EmailError::Empty),
        ("   ", EmailError::Empty),
        ("ana", EmailError::NoAt),
        ("ana.example.org", EmailError::NoAt),
        ("@example.org", EmailError::Local),
        (".ana@example.org", EmailError::Local),
        ("ana.@example.org", EmailError::Local),
        ("a..b@example.org", EmailError::Local),
        ("\"ana\"@example.org", EmailError::Local),
        ("ana(x)@example.org", EmailError::Local),
        ("<ana@example.org>", EmailError::Local),
        ("ana\t@example.org", EmailError::Local),
        ("ana@", EmailError::Domain),
        ("ana@localhost", EmailError::Domain),
        ("ana@example.org.", EmailError::Domain),
        ("ana@.org", EmailError::Domain),
        ("ana@-x.org", EmailError::Domain),
        ("ana@a_b.org", EmailError::Domain),
        ("ana@[127.0.0.1]", EmailError::Domain),
        ("ana@127.0.0.1", EmailError::Domain),
        ("ana@example.org>", EmailError::Domain),
        ("ana@xn--zzzzzzzzzz99999.org", EmailError::Domain),
        ("ana@exam\u{ad}ple.org", EmailError::LookAlike),
    ] {
        assert_eq!(email(text), Err(error), "{text:?}");
    }
}

#[test]
fn lengths_are_held_at_their_limits() {
    let local = |n: usize| format!("{}@example.org", "a".repeat(n));
    assert!(email(&local(64)).is_ok());
    assert_eq!(email(&local(65)), Err(EmailError::TooLong));
    let whole = |n: usize| {
        let labels = format!("{0}.{0}.{0}.", "b".repeat(60));
        format!("{}@{labels}org", "a".repeat(n - labels.len() - 4))
    };
    assert_eq!(whole(247).len(), 247);
    assert!(email(&whole(247)).is_ok());
    let domain = format!("{0}.{0}.{0}.{1}", "b".repeat(61), "c".repeat(3));
    let rest = 254 - domain.len() - 1;
    assert!(email(&format!("{}@{domain}", "a".repeat(rest))).is_ok());
    let domain = format!("d{domain}");
    assert_eq!(
        email(&format!("{}@{domain}", "a".repeat(rest))),
        Err(EmailError::TooLong)
    );
    assert_eq!(
        email(&format!("a@{}.org", "b".repeat(10_000))),
        Err(EmailError::TooLong)
    );
    assert_eq!(email(&format!("a@{}.org", "b".repeat(64))), Err(EmailError::Domain));
}

#[test]
fn d01_no_letter_folds_into_the_address_of_another() {
    let mike = email("mike@example.org").unwrap();
    assert_eq!(email("MIKE@example.org").unwrap(), mike);
    assert_eq!(email("m\u{131}ke@example.org"), Err(EmailError::Local));
    assert_eq!(email("mi\u{212a}e@example.org"), Err(EmailError::Local));
    assert_eq!(email("M\u{130}KE@example.org"), Err(EmailError::Local));
    assert_eq!(email("mike@\u{212a}elvin.org"), Err(EmailError::LookAlike));
    assert_ne!(email("mike@m\u{131}ke.org").unwrap(), email("mike@mike.org").unwrap());
}

#[test]
fn d02_what_would_become_an_at_or_a_dot_or_nothing_is_refused() {
    for text in [
        "ana\u{ff20}example.org",
        "ana\u{fe6b}example.org",
        "ana\u{ff20}evil.org@example.org",
        "ana@evil.org\u{ff20}example.org",
        "ana@evil.org\u{fe6b}example.org",
        "ana@example\u{ff0e}org",
        "ana@example\u{3002}org",
        "ana@example\u{ff61}org",
        "ana@example\u{2024}org",
        "ana@o\u{fb03}ce.org",
        "o\u{fb03}ce@example.org",
        "ana@exam\u{ad}ple.org",
        "an\u{ad}a@example.org",
        "ana@\u{202e}example.org",
        "ana@exa\u{200f}mple.org",
        "\u{200e}ana@example.org",
        "ana@exa\u{200b}mple.org",
        "ana@\u{ff45}xample.org",
        "ana@example.or\u{2102}",
    ] {
        assert!(email(text).is_err(), "{text:?}");
    }
}

#[test]
fn d05_every_way_to_write_an_address_has_one_key_or_none() {
    for text in ["ana@x.org", "ANA@x.org", "aNa@X.oRg", "  ana@x.org ", "Ana@x.ORG  "] {
        assert_eq!(email(text).unwrap().key(), "ana@x.org");
    }
    for text in [
        "\tana@x.org",
        "ana@x.org\u{a0}",
        "\u{2003}ana@x.org",
        "ana @x.org",
        "ａna@x.org",
        "ana@x.org\u{0}",
        "ána@x.org",
    ] {
        assert!(email(text).is_err(), "{text:?}");
    }
}

#[test]
fn d08_a_list_of_addresses_is_refused() {
    for text in [
        "a@x.org, b@y.org",
        "a@x.org,b@y.org",
        "a@x.org;b@y.org",
        "a@x.org\nb@y.org",
        "a@x.org b@y.org",
        "a@x.org@y.org",
        "a,b@x.org",
    ] {
        assert_eq!(email(text), Err(EmailError::Several), "{text:?}");
    }
}

#[test]
fn o04_nothing_that_ends_a_header_gets_through() {
    for bad in [
        "\r",
        "\n",
        "\r\n",
        "\r\n.\r\n",
        "\0",
        "\u{2028}",
        "\u{2029}",
        "\u{85}",
        "\u{b}",
        "\u{7f}",
    ] {
        for text in [
            format!("a{bad}@x.org"),
            format!("a@x{bad}.org"),
            format!("{bad}a@x.org"),
            format!("a@x.org{bad}"),
        ] {
            assert!(email(&text).is_err(), "{text:?}");
        }
    }
}

#[test]
fn masked_and_debug_tell_neither_the_rest_nor_its_length() {
    assert_eq!(email("john@Example.org").unwrap().masked(), "j•••@example.org");
    assert_eq!(email("j@example.org").unwrap().masked(), "j•••@example.org");
    assert_eq!(
        format!("{:?}", email("john@example.org").unwrap()),
        "Email(j•••@example.org)"
    );
}

proptest! {
    #[test]
    fn no_text_breaks_it_and_what_it_accepts_is_plain(text in "\\PC*|[a-z.]{1,9}@\\PC{1,20}|[a-zA-Z0-9.+-]{1,9}@[a-zéßБ一-九.-]{1,20}") {
        if let Ok(email) = text.parse::<Email>() {
            prop_assert!(email.as_str().is_ascii() && email.as_str().len() <= 254);
            prop_assert!(email.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_eq!(email.as_str().matches('@').count(), 1);
            prop_assert_eq!(email.as_str().to_lowercase(), email.key());
            let again: Email = email.as_str().parse().unwrap();
            prop_assert_eq!(again.as_str(), email.as_str());
            let by_key: Email = email.key().parse().unwrap();
            prop_assert_eq!(by_key.key(), email.key());
        }
    }

    #[test]
    fn case_never_makes_another_address(local in "[a-zA-Z0-9]{1,20}", domain in "[a-zA-Z]{1,20}\\.[a-zA-Z]{2,5}") {
        let text = format!("{local}@{domain}");
        prop_assert_eq!(text.parse::<Email>().unwrap(), text.to_uppercase().parse::<Email>().unwrap());
    }
}
