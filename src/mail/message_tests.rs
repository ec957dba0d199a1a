//! Every mail in every language, and names that try to be more than names.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::super::shown::{LONGEST_NAME, steers};
use super::*;

const BASE: &str = "https://people.example.org/app/";
const CANARY: &str = "CANARY-7f3a";

fn secret() -> Secret {
    Secret::from(CANARY.to_owned())
}

fn invitation(organization: &str, inviter: &str) -> MailTemplate {
    MailTemplate::Invitation {
        organization: organization.into(),
        inviter: inviter.into(),
        code: secret(),
        days: 7,
        has_account: false,
    }
}

fn all() -> Vec<MailTemplate> {
    vec![
        MailTemplate::SignUpCode {
            name: "Ana".into(),
            code: secret(),
            minutes: 15,
        },
        MailTemplate::SignUpKnown {},
        MailTemplate::VerifyEmail {
            code: secret(),
            minutes: 1,
        },
        MailTemplate::TemporaryPassword {
            organization: "Acme".into(),
            inviter: "Bia".into(),
            password: secret(),
            days: 1,
        },
        invitation("Acme", "Bia"),
        MailTemplate::PasswordReset {
            code: secret(),
            minutes: 15,
        },
        MailTemplate::PasswordChanged {},
        MailTemplate::InvitationReminder {
            organization: "Acme".into(),
            inviter: "Bia".into(),
            code: secret(),
            days: 7,
            has_account: true,
        },
        MailTemplate::RolesChanged {
            organization: "Acme".into(),
            roles: "admin, guest".into(),
        },
        MailTemplate::MemberSuspended {
            organization: "Acme".into(),
        },
        MailTemplate::MemberReactivated {
            organization: "Acme".into(),
        },
        MailTemplate::MemberRevoked {
            organization: "Acme".into(),
        },
        MailTemplate::MemberRemoved {
            organization: "Acme".into(),
        },
        MailTemplate::OwnershipAsked {
            organization: "Acme".into(),
            owner: "Bia".into(),
            days: 7,
        },
        MailTemplate::OwnershipReceived {
            organization: "Acme".into(),
            owner: "Bia".into(),
        },
        MailTemplate::OwnershipGiven {
            organization: "Acme".into(),
            owner: "Bia".into(),
        },
        MailTemplate::OrganizationDeleted {
            organization: "Acme".into(),
            slug: "acme".into(),
            days: 30,
        },
    ]
}

fn composed(locale: Locale, name: &str, template: &MailTemplate) -> Composed {
    compose(&Words::load().unwrap(), locale, BASE, name, template).unwrap()
}

#[test]
fn every_mail_is_complete_in_every_language() {
    for locale in [Locale::En, Locale::PtBr, Locale::Es] {
        for template in all() {
            let mail = composed(locale, "João Ñandú", &template);
            let link = link(BASE, &template);
            assert!(link.starts_with("https://people.example.org/app/"), "{link}");
            for part in [&mail.text, &mail.html] {
                assert!(part.contains("João Ñandú"), "{part}");
                assert!(!part.contains("{$"), "a value is missing: {part}");
            }
            assert!(mail.text.contains(&link), "{}", mail.text);
            assert!(mail.html.contains(&format!("lang=\"{}\"", locale.as_str())));
            let secret = template.link_code().is_some() || template.name() == "temporary-password";
            assert_eq!(mail.text.contains(CANARY), secret, "{}", mail.text);
            assert_eq!(mail.html.contains(CANARY), secret, "{}", mail.html);
            assert!(
                !mail.subject.contains(CANARY) && !mail.subject.contains('\n'),
                "{}",
                mail.subject
            );
        }
    }
}

#[test]
fn o06_links_come_from_the_base_url_and_hide_the_code_in_the_fragment() {
    let code = |code: &str| MailTemplate::VerifyEmail {
        code: Secret::from(code.to_owned()),
        minutes: 1,
    };
    assert_eq!(
        link("https://x.example", &code("12-34")),
        "https://x.example/verify-email#code=12-34"
    );
    assert_eq!(
        link("https://x.example/", &code("a&b#c é")),
        "https://x.example/verify-email#code=a%26b%23c%20%C3%A9"
    );
    for template in all() {
        let before_fragment = link(BASE, &template).split('#').next().unwrap().to_owned();
        assert!(
            !before_fragment.contains(CANARY) && !before_fragment.contains('?'),
            "{before_fragment}"
        );
    }
    let password = composed(Locale::En, "", &all()[3]);
    assert_eq!(
        password.text.matches(CANARY).count(),
        1,
        "a password is no part of a link: {}",
        password.text
    );
}

#[test]
fn o08_names_are_escaped_in_html() {
    let name = "<a href=\"https://evil.example\">Win & smile</a>";
    let mail = composed(
        Locale::En,
        name,
        &invitation(name, "<script>alert(1)</script> **b** {{ 7*7 }}"),
    );
    for tag in [
        "<script",
        "<a href=\"https:&#x2f;&#x2f;evil",
        "<a href=\"https://evil",
        "href=\"https: evil",
    ] {
        assert!(!mail.html.contains(tag), "{}", mail.html);
    }
    assert!(
        mail.html.contains("&lt;script&gt;") && mail.html.contains("&lt;a href=&quot;"),
        "{}",
        mail.html
    );
    assert!(mail.html.contains("{{ 7*7 }}"), "a name is no template: {}", mail.html);
    assert_eq!(mail.html.matches("<a ").count(), 1, "{}", mail.html);
    assert!(!mail.text.contains("https://evil"), "{}", mail.text);
}

#[test]
fn o04_names_with_controls_line_breaks_and_direction_marks_are_flattened() {
    for bad in [
        "\r",
        "\n",
        "\r\n.\r\n",
        "\0",
        "\u{1b}[2J",
        "\u{2028}",
        "\u{2029}",
        "\u{85}",
        "\u{202e}",
        "\u{2066}",
        "\u{200f}",
    ] {
        let name = format!("Ac{bad}me");
        let mail = composed(Locale::En, &name, &invitation(&name, &name));
        for part in [&mail.subject, &mail.text, &mail.html] {
            assert!(!part.contains(&name), "{bad:?} came through: {part}");
        }
        assert!(!mail.subject.chars().any(steers), "{:?}", mail.subject);
        assert!(!mail.text.chars().any(|c| c != '\n' && steers(c)), "{:?}", mail.text);
    }
    let long = composed(
        Locale::En,
        "",
        &invitation(&"ن".repeat(10 * 1024), &"é ".repeat(10 * 1024)),
    );
    assert!(long.subject.chars().count() < 200, "{}", long.subject.len());
}

#[test]
fn ordinary_names_stay_as_they_are() {
    for name in [
        "Łukasz O’Neil-Ng",
        "株式会社ロースター",
        "شركة",
        "R&D: \"Ops\"",
        &"x".repeat(LONGEST_NAME),
    ] {
        assert_eq!(shown(name), *name);
    }
    assert_eq!(shown("  a \u{a0} b\t"), "a b");
}

#[test]
fn the_sign_up_name_greets_when_the_recipient_is_not_known_yet() {
    assert!(composed(Locale::En, "", &all()[0]).text.starts_with("Hello Ana,\n"));
    assert!(composed(Locale::En, "Bo", &all()[0]).text.starts_with("Hello Bo,\n"));
    assert!(composed(Locale::Es, "", &all()[1]).text.starts_with("Hola:\n"));
}

#[test]
fn an_invitation_tells_whether_there_is_an_account() {
    let known = MailTemplate::Invitation {
        organization: "Acme".into(),
        inviter: "Bia".into(),
        code: secret(),
        days: 1,
        has_account: true,
    };
    assert!(
        composed(Locale::En, "", &known)
            .text
            .contains("already have an account")
    );
    assert!(
        !composed(Locale::En, "", &invitation("Acme", "Bia"))
            .text
            .contains("already have an account")
    );
}

#[test]
fn a_template_survives_the_outbox_and_shows_no_secret() {
    for template in all() {
        let kept = serde_json::to_string(&template).unwrap();
        let back: MailTemplate = serde_json::from_str(&kept).unwrap();
        assert!(
            kept.contains(&format!("\"template\":\"{}\"", template.name())),
            "{kept}"
        );
        assert_eq!(composed(Locale::En, "x", &template), composed(Locale::En, "x", &back));
        assert!(!format!("{template:?}").contains(CANARY), "{template:?}");
        assert!(!format!("{:?}", composed(Locale::En, "x", &template)).contains(CANARY));
    }
}
