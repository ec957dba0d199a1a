//! The tests of `name`.

#![allow(clippy::unwrap_used, reason = "tests")]
use proptest::prelude::*;

use super::*;

fn name(text: &str) -> Result<String, NameError> {
    text.parse::<DisplayName>().map(|name| name.to_string())
}

#[test]
fn names_of_the_world_are_kept_trimmed_and_in_nfc() {
    for text in [
        "Ana",
        "José da Silva",
        "O’Neil, Jr.",
        "李小龍",
        "محمد",
        "می\u{200c}خواهم",
        "👩\u{200d}🚀",
        "=1+1",
        "<b>",
        "X",
    ] {
        assert_eq!(name(text).unwrap(), text);
    }
    assert_eq!(name("  Ana \u{a0}").unwrap(), "Ana");
    assert_eq!(name("Jose\u{301}").unwrap(), "José");
}

#[test]
fn lengths_count_code_points_after_trimming() {
    assert!(name(&"é".repeat(200)).is_ok());
    assert!(name(&"e\u{301}".repeat(200)).is_ok());
    assert!(name(&format!("   {}   ", "👩".repeat(200))).is_ok());
    assert_eq!(name(&"a".repeat(201)), Err(NameError::TooLong));
    assert_eq!(name(&"a".repeat(10 * 1024)), Err(NameError::TooLong));
    for text in [
        "",
        " ",
        "\u{a0}\u{2003}",
        "\u{200d}",
        "\u{3164}",
        "\u{301}",
        "\u{2800} \u{fe0f}",
    ] {
        assert_eq!(name(text), Err(NameError::Empty), "{text:?}");
    }
}

#[test]
fn o04_no_name_carries_a_line_break_or_a_hidden_character() {
    for bad in [
        "\r",
        "\n",
        "\r\n",
        "\r\n.\r\n",
        "\0",
        "\u{2028}",
        "\u{2029}",
        "\u{85}",
        "\t",
        "\u{b}",
        "\u{7f}",
        "\u{1b}[31m",
        "\u{202e}",
        "\u{202a}",
        "\u{2066}",
        "\u{2069}",
        "\u{200e}",
        "\u{200f}",
        "\u{61c}",
        "\u{200b}",
        "\u{feff}",
        "\u{ad}",
        "\u{e0041}",
        "\u{ffff}",
    ] {
        for text in [format!("An{bad}a"), format!("{bad}Ana"), format!("Ana{bad}")] {
            assert_eq!(name(&text), Err(NameError::NotPlain), "{text:?}");
        }
    }
}

#[test]
fn slugs_have_one_form() {
    for text in ["abc", "a-b", "acme-2", "123", &"a".repeat(63)] {
        assert_eq!(text.parse::<Slug>().unwrap().as_str(), text);
    }
    for text in [
        "",
        "ab",
        "-abc",
        "abc-",
        "a--b",
        "Abc",
        "a_b",
        "a b",
        "açaí",
        "abc\n",
        "a.b",
        &"a".repeat(64),
    ] {
        assert_eq!(text.parse::<Slug>(), Err(NameError::Slug), "{text:?}");
    }
}

#[test]
fn suggested_slugs_resemble_the_name() {
    for (text, slug) in [
        ("Açaí & Cia. Ltda", "acai-cia-ltda"),
        ("  Straße 9 ", "strasse-9"),
        ("O’Neil's", "oneils"),
        ("X", "org-x"),
        ("北京", "organization"),
        ("--", "organization"),
        ("a-b", "a-b"),
    ] {
        assert_eq!(Slug::suggest(&text.parse().unwrap()).as_str(), slug);
    }
    let long = format!("{} b", "a".repeat(62));
    assert_eq!(Slug::suggest(&long.parse().unwrap()).as_str(), "a".repeat(62));
}

#[test]
fn locales_go_by_language() {
    for (text, locale) in [
        ("en", Locale::En),
        ("EN-gb", Locale::En),
        ("pt", Locale::PtBr),
        ("pt_BR", Locale::PtBr),
        ("pt-PT", Locale::PtBr),
        ("es-419", Locale::Es),
    ] {
        assert_eq!(text.parse(), Ok(locale));
    }
    for text in ["", "de", "english", "-en", "e", "*"] {
        assert_eq!(text.parse::<Locale>(), Err(NameError::Locale), "{text:?}");
    }
    assert!(Locale::ALL.iter().all(|locale| locale.as_str().parse() == Ok(*locale)));
    assert_eq!(Locale::default(), Locale::ALL[0]);
}

#[test]
fn time_zones_have_the_shape_of_iana() {
    for text in [
        "UTC",
        "America/Sao_Paulo",
        "Etc/GMT+3",
        "America/Argentina/Buenos_Aires",
        "Asia/Ust-Nera",
    ] {
        assert_eq!(text.parse::<TimeZone>().unwrap().as_str(), text);
    }
    for text in [
        "",
        "utc",
        "GMT+3",
        "../etc/passwd",
        "/UTC",
        "A//B",
        "America/",
        "America/São_Paulo",
        "A/B/C/D",
        "A/ B",
        "Asia/Tokyo\n",
        "Area/Fifteen_letters",
    ] {
        assert_eq!(text.parse::<TimeZone>(), Err(NameError::TimeZone), "{text:?}");
    }
}

proptest! {
    #[test]
    fn a_name_read_again_is_itself(text in "\\PC{0,80}|.{0,80}") {
        if let Ok(name) = text.parse::<DisplayName>() {
            prop_assert_eq!(name.as_str().parse::<DisplayName>(), Ok(name.clone()));
            prop_assert!(name.as_str().parse::<DisplayName>().is_ok());
            let slug = Slug::suggest(&name);
            prop_assert_eq!(slug.as_str().parse::<Slug>(), Ok(slug.clone()));
        }
    }
}
