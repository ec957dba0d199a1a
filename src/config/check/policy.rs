//! The rules of what isn't about ports and the database: tokens, passwords, limits, mail, telemetry.

use std::time::Duration;

use super::super::sections::{MailTransport, Sections, SmtpSecurity};
use super::{DAY, HOUR, MINUTE, Rules, is_base_url};

pub(super) fn tokens(s: &Sections, rules: &mut Rules<'_>) {
    rules.between(
        "tokens.lifetime",
        s.tokens.lifetime,
        MINUTE,
        HOUR,
        "1m to 1h: a token can't be taken back where it is verified offline",
    );
    rules.require(
        s.tokens.publish_ahead >= s.tokens.lifetime,
        "tokens.publish_ahead",
        "is shorter than tokens.lifetime",
        "make it at least as long",
    );
    rules.require(
        s.tokens.publish_ahead < s.tokens.key_rotation,
        "tokens.key_rotation",
        "isn't longer than tokens.publish_ahead",
        "rotate less often, every 90d for instance",
    );
    rules.require(
        s.sessions.lifetime >= s.tokens.lifetime,
        "sessions.lifetime",
        "is shorter than tokens.lifetime",
        "let a session outlive its tokens",
    );
    rules.require(
        s.sessions.idle <= s.sessions.lifetime,
        "sessions.idle",
        "is longer than sessions.lifetime",
        "make it shorter",
    );
    rules.require(
        s.sessions.idle >= s.tokens.lifetime,
        "sessions.idle",
        "is shorter than tokens.lifetime",
        "make it longer: a session is seen only when it renews its token",
    );
    rules.between(
        "sessions.refresh_grace",
        s.sessions.refresh_grace,
        Duration::ZERO,
        MINUTE,
        "0s to 1m: within it a stolen refresh token isn't noticed",
    );
}

pub(super) fn passwords(s: &Sections, dev: bool, rules: &mut Rules<'_>) {
    let p = &s.passwords;
    rules.between(
        "passwords.min_length",
        p.min_length,
        8,
        128,
        "8 to 128 (NIST SP 800-63B: 15 where there is no second factor)",
    );
    // The least cost that the OWASP password storage cheat sheet names.
    rules.between(
        "passwords.memory_kib",
        p.memory_kib,
        if dev { 64 } else { 7168 },
        4 * 1024 * 1024,
        "7168 to 4194304",
    );
    rules.between("passwords.iterations", p.iterations, 1, 100, "1 to 100");
    rules.between("passwords.parallelism", p.parallelism, 1, 16, "1 to 16");
    rules.between("passwords.hash_threads", p.hash_threads, 0, 64, "0 to 64");
    rules.between("passwords.hash_queue", p.hash_queue, 1, 100_000, "1 to 100000");
    rules.between(
        "passwords.temporary_lifetime",
        p.temporary_lifetime,
        MINUTE,
        7 * DAY,
        "1m to 7d",
    );
    rules.between("passwords.reset_lifetime", p.reset_lifetime, MINUTE, DAY, "1m to 1d");
}

pub(super) fn limits(s: &Sections, rules: &mut Rules<'_>) {
    rules.between(
        "sign_up.code_lifetime",
        s.sign_up.code_lifetime,
        MINUTE,
        7 * DAY,
        "1m to 7d",
    );
    rules.between(
        "invitations.lifetime",
        s.invitations.lifetime,
        MINUTE,
        365 * DAY,
        "1m to 365d",
    );
    rules.require(
        s.organizations.default_seat_limit != Some(0),
        "organizations.default_seat_limit",
        "leaves no seat for the owner",
        "give at least 1, or leave it out for no limit",
    );
    let zone = &s.organizations.default_time_zone;
    let is_zone = zone.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b))
        && zone.starts_with(|c: char| c.is_ascii_alphabetic());
    rules.require(
        is_zone,
        "organizations.default_time_zone",
        "isn't an IANA time zone",
        "write one such as Etc/UTC or Europe/Madrid",
    );
    let locale = &s.organizations.default_locale;
    rules.require(
        locale.parse::<unic_langid::LanguageIdentifier>().is_ok(),
        "organizations.default_locale",
        "isn't a language tag",
        "write one such as en or pt-BR",
    );
}

pub(super) fn log_in(s: &Sections, rules: &mut Rules<'_>) {
    rules.between(
        "log_in.attempts_per_account",
        s.log_in.attempts_per_account,
        1,
        1000,
        "1 to 1000",
    );
    rules.between(
        "log_in.account_window",
        s.log_in.account_window,
        MINUTE,
        DAY,
        "1m to 1d",
    );
    rules.between(
        "log_in.attempts_per_address",
        s.log_in.attempts_per_address,
        1,
        1_000_000,
        "1 to 1000000",
    );
    rules.between(
        "log_in.address_window",
        s.log_in.address_window,
        MINUTE,
        DAY,
        "1m to 1d",
    );
    rules.between(
        "log_in.challenge_lifetime",
        s.log_in.challenge_lifetime,
        MINUTE,
        HOUR,
        "1m to 1h",
    );
}

/// Whether mails can be sent from it. A name without a dot is no domain that mail servers accept, and the server would
/// refuse it when it starts.
fn is_sender(text: &str) -> bool {
    let mailbox = text.parse::<lettre::message::Mailbox>();
    mailbox.is_ok_and(|mailbox| mailbox.email.domain().contains('.'))
}

pub(super) fn mail(s: &Sections, dev: bool, rules: &mut Rules<'_>) {
    let mail = &s.mail;
    rules.require(
        is_sender(&mail.from),
        "mail.from",
        "isn't a sender",
        "write Name <address@host>",
    );
    rules.between(
        "mail.timeout",
        mail.timeout,
        Duration::from_secs(1),
        10 * MINUTE,
        "1s to 10m",
    );
    rules.require(
        mail.smtp_username.is_some() == mail.smtp_password.is_some(),
        "mail.smtp_username",
        "and mail.smtp_password belong together",
        "set both, or none",
    );
    if mail.transport == MailTransport::Smtp {
        rules.require(
            mail.smtp_host.is_some(),
            "mail.smtp_host",
            "is missing",
            "set it, or mail.transport = \"folder\" or \"none\"",
        );
        let exposed = mail.smtp_security == SmtpSecurity::None && mail.smtp_password.is_some() && !dev;
        rules.require(
            !exposed,
            "mail.smtp_security",
            "would send the password in plain text",
            "choose \"starttls\" or \"tls\"",
        );
    }
}

pub(super) fn telemetry(s: &Sections, rules: &mut Rules<'_>) {
    let filter = tracing_subscriber::EnvFilter::try_new(&s.telemetry.log_filter);
    rules.require(
        filter.is_ok(),
        "telemetry.log_filter",
        "can't be understood",
        "write a level such as \"info\", or \"info,roster::store=debug\"",
    );
    if let Some(endpoint) = &s.telemetry.otlp_endpoint {
        rules.require(
            is_base_url(endpoint),
            "telemetry.otlp_endpoint",
            "isn't an address",
            "write http://host:4317",
        );
    }
}
