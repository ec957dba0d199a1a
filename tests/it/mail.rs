//! Mails on the wire: what a mail server gets to see, and what its refusals become.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::time::Duration;

use roster::clock::Time;
use roster::domain::name::Locale;
use roster::mail::message::{Composed, MailTemplate, compose};
use roster::mail::transport::{Outgoing, Security, SendError, Sender, Smtp, SmtpSettings, Transport, message_id};
use roster::secret::Secret;
use roster::words::Words;

use crate::support::smtp::SmtpSink;

const CANARY: &str = "CANARY-51c2";

fn smtp(sink: &SmtpSink) -> Smtp {
    with_log_in(sink, None)
}

fn with_log_in(sink: &SmtpSink, user: Option<&str>) -> Smtp {
    Smtp::new(SmtpSettings {
        host: sink.address.ip().to_string(),
        port: sink.address.port(),
        security: Security::None,
        username: user.map(str::to_owned),
        password: user.map(|_| Secret::from(CANARY.to_owned())),
        timeout: Duration::from_millis(1500),
    })
    .unwrap()
}

fn invitation(locale: Locale, organization: &str) -> Composed {
    let template = MailTemplate::Invitation {
        organization: organization.to_owned(),
        inviter: "Bia".to_owned(),
        code: Secret::from(CANARY.to_owned()),
        days: 7,
        has_account: false,
    };
    compose(
        &Words::load().unwrap(),
        locale,
        "https://people.example.org",
        "Ana",
        &template,
    )
    .unwrap()
}

fn outgoing(composed: Composed) -> Outgoing {
    let from: Sender = "Róster <no-reply@example.org>".parse().unwrap();
    Outgoing {
        message_id: message_id("0199-ab", &from),
        from,
        to: "ana@example.net".parse().unwrap(),
        composed,
        date: Time::UNIX_EPOCH,
    }
}

fn plain(text: &str) -> Outgoing {
    outgoing(Composed {
        template: "test",
        subject: "s".into(),
        text: text.into(),
        html: format!("<p>{text}</p>"),
    })
}

/// Undoes quoted-printable and base64 as far as this suite's mails use them: the parts' decoded text.
fn decoded(data: &str) -> String {
    let boundary = data.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap();
    let mut all = String::new();
    for part in data.split(&format!("--{boundary}")).skip(1) {
        let Some((head, body)) = part.split_once("\r\n\r\n") else {
            continue;
        };
        let bytes = if head.contains("quoted-printable") {
            quoted_printable(body)
        } else if head.contains("base64") {
            let joined: String = body.split_whitespace().collect();
            data_encoding::BASE64.decode(joined.as_bytes()).unwrap()
        } else {
            body.as_bytes().to_vec()
        };
        all.push_str(&String::from_utf8(bytes).unwrap());
    }
    all
}

fn quoted_printable(body: &str) -> Vec<u8> {
    let body = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = body.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'=' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&tail[..2]).unwrap(), 16).unwrap());
            rest = &tail[2..];
        } else {
            bytes.push(*first);
        }
    }
    bytes
}

#[tokio::test]
async fn o04_the_mail_has_exactly_the_planned_headers() {
    let sink = SmtpSink::start().await;
    let smtp = smtp(&sink);
    for name in [
        "Acme",
        "Ac\r\nBcc: evil@example.com\r\n\r\nme",
        "x\r\n.\r\nMAIL FROM:<a@b>",
        "\0\u{2028}",
        &"n".repeat(10240),
    ] {
        smtp.send(&outgoing(invitation(Locale::En, name))).await.unwrap();
    }
    let received = sink.received();
    assert_eq!(received.len(), 5, "a name ended a mail early or began another");
    for mail in received {
        assert_eq!(
            (mail.from.as_str(), mail.to.as_slice()),
            ("no-reply@example.org", &["ana@example.net".to_owned()][..])
        );
        let head = mail.data.split("\r\n\r\n").next().unwrap();
        let lines: Vec<&str> = head.split("\r\n").filter(|line| !line.starts_with(' ')).collect();
        let names: Vec<&str> = lines.iter().map(|line| line.split(':').next().unwrap()).collect();
        let planned = [
            "Message-ID",
            "Date",
            "From",
            "To",
            "Subject",
            "Auto-Submitted",
            "MIME-Version",
            "Content-Type",
        ];
        assert_eq!(names, planned, "{head}");
        for line in [
            "Message-ID: <0199-ab@example.org>",
            "Date: Thu, 01 Jan 1970 00:00:00 +0000",
            "To: ana@example.net",
            "Auto-Submitted: auto-generated",
        ] {
            assert!(lines.contains(&line), "{head}");
        }
    }
}

#[tokio::test]
async fn each_language_arrives_whole() {
    let sink = SmtpSink::start().await;
    let smtp = smtp(&sink);
    for (locale, says) in [
        (Locale::En, "invites you to become a member of “Açaí & Söhne”"),
        (Locale::PtBr, "convida você a ser membro de “Açaí & Söhne”"),
        (Locale::Es, "le invita a ser miembro de «Açaí & Söhne»"),
    ] {
        let mail = outgoing(invitation(locale, "Açaí & Söhne"));
        smtp.send(&mail).await.unwrap();
        let data = sink.received().last().unwrap().data.clone();
        assert!(data.is_ascii(), "a relay without 8BITMIME must take it");
        let text = decoded(&data);
        assert!(text.contains(says), "{text}");
        assert!(text.contains("Açaí &amp; Söhne"), "{text}");
        assert!(
            text.contains(&format!("https://people.example.org/invitations#code={CANARY}")),
            "{text}"
        );
    }
    assert_eq!(sink.connections(), 1, "the connection is kept");
}

#[tokio::test]
async fn lines_that_begin_with_dots_come_through() {
    let sink = SmtpSink::start().await;
    let text = "first\r\n.\r\n..\r\n.hidden\r\nQUIT\r\nlast";
    smtp(&sink).send(&plain(text)).await.unwrap();
    let received = sink.received();
    assert_eq!(received.len(), 1);
    assert!(decoded(&received[0].data).contains(text), "{}", received[0].data);
}

#[tokio::test]
async fn the_message_id_is_the_same_at_each_attempt() {
    let sink = SmtpSink::start().await;
    let mail = outgoing(invitation(Locale::Es, "Acme"));
    smtp(&sink).send(&mail).await.unwrap();
    smtp(&sink).send(&mail).await.unwrap();
    let received = sink.received();
    assert_eq!(received[0], received[1]);
}

#[tokio::test]
async fn refusals_are_for_now_or_for_good_and_quote_nothing() {
    let sink = SmtpSink::start().await;
    let smtp = smtp(&sink);
    let mail = outgoing(invitation(Locale::En, "Acme"));
    let echo = format!("451 4.7.1 <ana@example.net> {CANARY} try later");
    sink.answer(Some(&echo));
    let later = smtp.send(&mail).await.unwrap_err();
    assert_eq!(later, SendError::Transient("the mail server answered 451 4.7.1".into()));
    sink.answer(Some(&echo.replace("451 4.7.1", "550 5.1.1")));
    let never = smtp.send(&mail).await.unwrap_err();
    assert_eq!(never, SendError::Permanent("the mail server answered 550 5.1.1".into()));
    sink.answer(Some("550 no"));
    assert_eq!(
        smtp.send(&mail).await,
        Err(SendError::Permanent("the mail server answered 550".into()))
    );
    sink.answer(None);
    smtp.send(&mail).await.unwrap();
    assert_eq!(sink.received().len(), 1);
}

#[tokio::test]
async fn a_refused_log_in_is_ours_to_mend_and_no_fault_of_the_mail() {
    let sink = SmtpSink::start().await;
    let smtp = with_log_in(&sink, Some("roster"));
    sink.answer_log_in("535 5.7.8 wrong");
    let error = smtp.send(&plain("x")).await.unwrap_err();
    assert!(
        matches!(&error, SendError::Transient(text) if text.contains("535 5.7.8")),
        "{error}"
    );
    sink.answer_log_in("235 2.7.0 welcome");
    smtp.send(&plain("x")).await.unwrap();
    sink.answer(Some("530 5.7.0 log in first"));
    assert!(matches!(smtp.send(&plain("x")).await, Err(SendError::Transient(_))));
}

#[tokio::test]
async fn a_silent_server_is_given_up_and_its_connection_never_used_again() {
    let sink = SmtpSink::start().await;
    let smtp = smtp(&sink);
    smtp.send(&plain("one")).await.unwrap();
    sink.answer(Some(""));
    let error = smtp.send(&plain("two")).await.unwrap_err();
    assert_eq!(error, SendError::Transient("the mail server took too long".into()));
    // A caller that loses its patience must not leave a half-used connection behind either.
    assert!(
        tokio::time::timeout(Duration::from_millis(200), smtp.send(&plain("three")))
            .await
            .is_err()
    );
    sink.answer(None);
    smtp.send(&plain("four")).await.unwrap();
    assert_eq!(sink.connections(), 3);
    let texts: Vec<String> = sink.received().iter().map(|mail| decoded(&mail.data)).collect();
    assert!(
        texts.len() == 2 && texts[0].contains("one") && texts[1].contains("four"),
        "{texts:?}"
    );
}

#[tokio::test]
async fn no_server_and_no_tls_are_transient() {
    let sink = SmtpSink::start().await;
    let settings = |port, security| SmtpSettings {
        host: "127.0.0.1".into(),
        port,
        security,
        username: None,
        password: None,
        timeout: Duration::from_secs(2),
    };
    for (port, security) in [
        (1, Security::None),
        (sink.address.port(), Security::StartTls),
        (sink.address.port(), Security::Tls),
    ] {
        let error = Smtp::new(settings(port, security))
            .unwrap()
            .send(&plain("x"))
            .await
            .unwrap_err();
        assert!(matches!(error, SendError::Transient(_)), "{error}");
        assert_eq!(sink.received(), []);
    }
}
