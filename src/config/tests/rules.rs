//! What is refused, what deserves a second look, and how values are read and shown.

use super::*;

#[test]
fn contradictions_and_excesses_are_refused() {
    for (variables, expected) in [
        (
            &[("ROSTER_SERVER__HTTP_LISTEN", "127.0.0.1:50051")][..],
            "server.http_listen (from ROSTER_SERVER__HTTP_LISTEN) is the same address",
        ),
        (
            &[("ROSTER_SERVER__PUBLIC_URL", "https://user@example.org")],
            "isn't the beginning of a link",
        ),
        (
            &[("ROSTER_SERVER__PUBLIC_URL", "javascript:alert(1)")],
            "isn't the beginning of a link",
        ),
        (
            &[("ROSTER_SERVER__PUBLIC_URL", "https://example.org/?next=")],
            "isn't the beginning of a link",
        ),
        (
            &[("ROSTER_SERVER__TLS_CERTIFICATE", "/dev/null")],
            "is set without server.tls_private_key",
        ),
        (
            &[
                ("ROSTER_SERVER__TLS_CERTIFICATE", "/dev/null"),
                ("ROSTER_SERVER__TLS_PRIVATE_KEY", "/nowhere"),
            ],
            "names /nowhere, which can't be read",
        ),
        (&[("ROSTER_SERVER__MAX_CONNECTIONS", "0")], "server.max_connections"),
        (
            &[("ROSTER_DATABASE__URL", "mysql://db")],
            "neither an SQLite nor a PostgreSQL",
        ),
        (
            &[("ROSTER_DATABASE__ACQUIRE_TIMEOUT", "40s")],
            "isn't shorter than server.deadline",
        ),
        (
            &[
                ("ROSTER_TOKENS__LIFETIME", "2h"),
                ("ROSTER_TOKENS__PUBLISH_AHEAD", "3h"),
            ],
            "1m to 1h",
        ),
        (
            &[("ROSTER_TOKENS__PUBLISH_AHEAD", "1m")],
            "is shorter than tokens.lifetime",
        ),
        (&[("ROSTER_SESSIONS__IDLE", "31d")], "is longer than sessions.lifetime"),
        (&[("ROSTER_SESSIONS__REFRESH_GRACE", "5m")], "0s to 1m"),
        (&[("ROSTER_PASSWORDS__MIN_LENGTH", "7")], "8 to 128"),
        (&[("ROSTER_PASSWORDS__MEMORY_KIB", "64")], "7168 to"),
        (&[("ROSTER_PASSWORDS__TEMPORARY_LIFETIME", "8d")], "1m to 7d"),
        (&[("ROSTER_ORGANIZATIONS__DEFAULT_SEAT_LIMIT", "0")], "leaves no seat"),
        (&[("ROSTER_ORGANIZATIONS__DEFAULT_TIME_ZONE", "now")], ""),
        (
            &[("ROSTER_ORGANIZATIONS__DEFAULT_LOCALE", "e n")],
            "isn't a language tag",
        ),
        (&[("ROSTER_MAIL__FROM", "nobody")], "isn't a sender"),
        (&[("ROSTER_MAIL__SMTP_USERNAME", "x")], "belong together"),
        (&[("ROSTER_MAIL__SMTP_HOST", "")], ""),
        (
            &[
                ("ROSTER_MAIL__SMTP_USERNAME", "x"),
                ("ROSTER_MAIL__SMTP_PASSWORD", "y"),
                ("ROSTER_MAIL__SMTP_SECURITY", "none"),
            ],
            "in plain text",
        ),
        (&[("ROSTER_TELEMETRY__LOG_FILTER", "a=b=c")], "can't be understood"),
        (
            &[("ROSTER_TELEMETRY__OTLP_ENDPOINT", "collector:4317")],
            "isn't an address",
        ),
        (
            &[("ROSTER_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, here")],
            "has \"here\", a network",
        ),
    ] {
        if expected.is_empty() {
            with(variables).unwrap();
        } else {
            let text = fault(with(variables));
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }
    let without_host = Config::load(Sources {
        environment: needed()
            .into_iter()
            .filter(|(name, _)| !name.contains("SMTP"))
            .collect(),
        ..Sources::default()
    });
    assert!(fault(without_host).contains("mail.smtp_host is missing"));
}

#[test]
fn values_are_read_and_shown_alike() {
    let config = with(&[
        ("ROSTER_SERVER__TRUSTED_PROXIES", "[\"10.0.0.0/8\", 192.168.1.1]"),
        ("ROSTER_SERVER__MAX_MESSAGE", "512KiB"),
        ("ROSTER_DATABASE__ACQUIRE_TIMEOUT", "1500ms"),
    ])
    .unwrap();
    assert_eq!(
        config
            .server
            .trusted_proxies
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["10.0.0.0/8", "192.168.1.1/32"]
    );
    assert_eq!(config.server.max_message.bytes(), 512 * 1024);
    let report = report(&config);
    for text in [
        "trusted_proxies = [\"10.0.0.0/8\", \"192.168.1.1/32\"]",
        "max_message = 512KiB",
        "acquire_timeout = 1500ms",
        "key_rotation = 90d",
        "lifetime = 10m",
    ] {
        assert!(report.contains(text), "{text} in {report}");
    }
    assert_eq!(config.mail.port(), 587);
}

#[test]
fn what_deserves_a_second_look_is_said() {
    let quiet = with(&[("ROSTER_SERVER__REFLECTION", "false")]).unwrap();
    assert_eq!(hints(&quiet), Vec::<String>::new());
    let config = with(&[
        ("ROSTER_SERVER__GRPC_LISTEN", "0.0.0.0:50051"),
        ("ROSTER_SERVER__PUBLIC_URL", "http://example.org"),
        ("ROSTER_PASSWORDS__MIN_LENGTH", "8"),
    ])
    .unwrap();
    let text = hints(&config).join("\n");
    for key in [
        "server.grpc_listen",
        "server.reflection",
        "server.public_url",
        "passwords.min_length",
    ] {
        assert!(text.contains(key), "{key} in {text}");
    }
}
