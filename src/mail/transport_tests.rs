//! The wire form of a mail, senders, and the two transports that need no server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;

fn outgoing(subject: &str) -> Outgoing {
    let from: Sender = "Roster <no-reply@example.org>".parse().unwrap();
    Outgoing {
        message_id: message_id("0199", &from),
        from,
        to: "ana+x@example.net".parse().unwrap(),
        composed: Composed {
            template: "invitation",
            subject: subject.into(),
            text: "the text\n".into(),
            html: "<p>the page</p>".into(),
        },
        date: Time::UNIX_EPOCH,
    }
}

fn wire(mail: &Outgoing) -> String {
    String::from_utf8(mail.message().unwrap().formatted()).unwrap()
}

#[test]
fn o04_a_subject_with_line_breaks_stays_one_header() {
    for bad in [
        "a\r\nBcc: evil@example.com",
        "a\nBcc: x@example.com",
        "a\rBcc: x@y",
        "a\0\r\n\r\nbody",
        "a\u{2028}b",
    ] {
        let wire = wire(&outgoing(bad));
        let (head, _) = wire.split_once("\r\n\r\n").unwrap();
        let names: Vec<&str> = head
            .split("\r\n")
            .filter(|line| !line.starts_with(' '))
            .map(|line| line.split(':').next().unwrap())
            .collect();
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
    }
}

#[test]
fn the_same_mail_gives_the_same_bytes() {
    assert_eq!(wire(&outgoing("Olá")), wire(&outgoing("Olá")));
}

#[test]
fn a_message_id_with_anything_odd_is_refused() {
    for id in [
        "",
        "0199@example.org",
        "<a b@x>",
        "<a\r\nBcc: x@y>",
        "<a@x>\r\n",
        "<a>@x>",
    ] {
        let mail = Outgoing {
            message_id: id.into(),
            ..outgoing("x")
        };
        assert!(matches!(mail.message(), Err(SendError::Permanent(_))), "{id:?}");
    }
}

#[test]
fn senders_are_read_with_and_without_a_name() {
    let named: Sender = " Acme Café <no-reply@example.org> ".parse().unwrap();
    assert_eq!(
        (named.name.as_deref(), named.address.as_str()),
        (Some("Acme Café"), "no-reply@example.org")
    );
    let quoted: Sender = "\"Acme, Inc.\" <a@example.org>".parse().unwrap();
    assert_eq!(quoted.name.as_deref(), Some("Acme, Inc."));
    assert_eq!("a@example.org".parse::<Sender>().unwrap().name, None);
    for bad in [
        "",
        "Acme",
        "Acme <>",
        "Acme a@example.org>",
        "A\r\nB <a@example.org>",
        "<x> <a@example.org>",
    ] {
        assert!(bad.parse::<Sender>().is_err(), "{bad:?}");
    }
}

#[tokio::test]
async fn memory_keeps_what_it_takes_and_can_refuse() {
    let memory = Memory::default();
    memory.send(&outgoing("one")).await.unwrap();
    memory.refuse(Some(SendError::Transient("later".into())));
    assert!(memory.send(&outgoing("two")).await.is_err());
    assert_eq!(memory.sent(), [outgoing("one")]);
}

#[tokio::test]
async fn the_folder_holds_one_private_file_for_each_mail() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::quiet(place.path().join("mail"));
    folder.send(&outgoing("one")).await.unwrap();
    // The second attempt of the same mail replaces the first.
    folder.send(&outgoing("one")).await.unwrap();
    let files: Vec<_> = std::fs::read_dir(place.path().join("mail"))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(files.len(), 1);
    assert_eq!(
        files[0].file_name(),
        "19700101T000000.000000Z-invitation-ana+x@example.net.eml"
    );
    assert_eq!(
        std::fs::read_to_string(files[0].path()).unwrap(),
        wire(&outgoing("one"))
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_a_transient_error() {
    let place = tempfile::NamedTempFile::new().unwrap();
    let folder = Folder::quiet(place.path().join("mail"));
    assert!(matches!(
        folder.send(&outgoing("one")).await,
        Err(SendError::Transient(_))
    ));
}
