//! The transport of a deployment: SMTP to one relay (RFC 5321), plain, with STARTTLS or with TLS from the start.
//!
//! One connection is kept for the next mail. It is put back only after a mail went through it as a whole: a call that
//! was cancelled or ran out of time drops the connection, since its next answer would belong to the wrong question.
//! Must not put a server's words into an error. Start at [`Smtp::send`](super::transport::Transport::send).

use std::net::IpAddr;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::transport::{Outgoing, SendError, Transport};
use crate::secret::Secret;

/// How long a kept connection may lie idle: well below the five minutes that servers grant (RFC 5321, 4.5.3.2.7).
const IDLE: Duration = Duration::from_secs(60);

/// How the connection to the relay is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// Not at all: for a relay on this machine, and for tests.
    None,
    /// Upgraded by STARTTLS, which the relay must offer.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

/// Where the relay is and how to speak to it.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// The relay's host name; with TLS, its certificate must be for this name.
    pub host: String,
    /// The relay's port: 587 as a rule with STARTTLS, 465 with TLS.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// The user to log in as; without one nobody logs in.
    pub username: Option<String>,
    /// The user's password.
    pub password: Option<Secret>,
    /// The time that connecting may take, and again the sending of one mail.
    pub timeout: Duration,
}

/// The settings contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SmtpSettingsError {
    /// One of user and password is missing.
    #[error("the mail user and its password go together: set both or neither")]
    HalfCredentials,
    /// The password would cross the network unprotected.
    #[error("a mail password would be sent unprotected: use the security starttls or tls, or a relay on this machine")]
    OpenPassword,
}

/// Sends by SMTP.
#[derive(Debug)]
pub struct Smtp {
    settings: SmtpSettings,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    connection: AsyncSmtpConnection,
    since: Instant,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept")
            .field("since", &self.since)
            .finish_non_exhaustive()
    }
}

impl Smtp {
    /// Takes the settings; connects when the first mail is sent.
    ///
    /// # Errors
    /// The settings contradict each other.
    pub fn new(settings: SmtpSettings) -> Result<Smtp, SmtpSettingsError> {
        if settings.username.is_some() != settings.password.is_some() {
            return Err(SmtpSettingsError::HalfCredentials);
        }
        if settings.username.is_some() && settings.security == Security::None && !is_local(&settings.host) {
            return Err(SmtpSettingsError::OpenPassword);
        }
        Ok(Smtp {
            settings,
            kept: Mutex::new(None),
        })
    }

    /// The kept connection if it still answers, else a new one. `hello` is the name we give for ourselves.
    async fn connection(&self, hello: ClientId) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
        let kept = self.kept.lock().await.take();
        if let Some(mut kept) = kept
            && kept.since.elapsed() < IDLE
            && kept.connection.test_connected().await
        {
            return Ok(kept.connection);
        }
        let Self { settings, .. } = self;
        let tls = || TlsParameters::new(settings.host.clone());
        let at_once = (settings.security == Security::Tls).then(tls).transpose()?;
        let place = (settings.host.as_str(), settings.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(place, Some(settings.timeout), &hello, at_once, None).await?;
        if settings.security == Security::StartTls {
            connection.starttls(tls()?, &hello).await?;
        }
        if let (Some(user), Some(password)) = (&settings.username, &settings.password) {
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
        }
        Ok(connection)
    }
}

#[async_trait]
impl Transport for Smtp {
    async fn send(&self, outgoing: &Outgoing) -> Result<(), SendError> {
        let message = outgoing.message()?;
        let late = |_| SendError::Transient("the mail server took too long".to_owned());
        let hello = ClientId::Domain(outgoing.from.address.domain().to_owned());
        // Whatever goes wrong before the mail is offered says nothing about the mail: a wrong password of ours, say.
        let mut connection = timeout(self.settings.timeout, self.connection(hello))
            .await
            .map_err(late)?
            .map_err(|error| SendError::Transient(format!("no connection to the mail server: {}", told(&error))))?;
        timeout(
            self.settings.timeout,
            connection.send(message.envelope(), &message.formatted()),
        )
        .await
        .map_err(late)?
        .map_err(|error| judged(&error))?;
        if !connection.has_broken() {
            *self.kept.lock().await = Some(Kept {
                connection,
                since: Instant::now(),
            });
        }
        Ok(())
    }

    async fn close(&self) {
        let kept = self.kept.lock().await.take();
        if let Some(mut kept) = kept {
            let _ = timeout(Duration::from_secs(1), kept.connection.quit()).await;
        }
    }
}

/// Whether the host is this machine, judged by its text alone.
fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether trying again makes sense. Answers that speak of our log-in are ours to mend, so the mail waits for that.
fn judged(error: &lettre::transport::smtp::Error) -> SendError {
    let about_log_in = error
        .status()
        .is_some_and(|code| ["530", "534", "535", "538"].contains(&code.to_string().as_str()));
    if error.is_permanent() && !about_log_in {
        SendError::Permanent(told(error))
    } else {
        SendError::Transient(told(error))
    }
}

/// The error in our own words: the answer's number, with the enhanced status code (RFC 3463) where there is one. The
/// server's words stay out of it, because they may quote the recipient or the mail.
fn told(error: &lettre::transport::smtp::Error) -> String {
    use std::error::Error as _;
    if let Some(code) = error.status() {
        let words = error.source().map(ToString::to_string).unwrap_or_default();
        let enhanced = words
            .split_whitespace()
            .next()
            .filter(|word| is_enhanced(word))
            .unwrap_or_default();
        return format!("the mail server answered {code} {enhanced}")
            .trim_end()
            .to_owned();
    }
    if error.is_tls() {
        "the TLS handshake with the mail server failed: check the security setting and the server's certificate"
    } else if error.is_timeout() {
        "the mail server took too long"
    } else if error.is_response() {
        "the mail server answered something that is not SMTP"
    } else if error.is_client() {
        "the mail server doesn't offer what is needed: check the security setting and the log-in"
    } else {
        "the connection to the mail server failed"
    }
    .to_owned()
}

/// `class.subject.detail` of RFC 3463, section 2.
fn is_enhanced(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts.len() == 3
        && parts
            .iter()
            .all(|p| (1..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use super::*;

    fn settings(host: &str, security: Security, user: bool, password: bool) -> SmtpSettings {
        SmtpSettings {
            host: host.into(),
            port: 25,
            security,
            username: user.then(|| "u".into()),
            password: password.then(|| Secret::from("CANARY".to_owned())),
            timeout: Duration::from_secs(5),
        }
    }

    #[test]
    fn a_password_needs_its_user_and_a_protected_way() {
        use SmtpSettingsError::{HalfCredentials, OpenPassword};
        let refusal = |settings| Smtp::new(settings).err();
        assert_eq!(
            refusal(settings("mail.example", Security::Tls, true, false)),
            Some(HalfCredentials)
        );
        assert_eq!(
            refusal(settings("mail.example", Security::Tls, false, true)),
            Some(HalfCredentials)
        );
        assert_eq!(
            refusal(settings("mail.example", Security::None, true, true)),
            Some(OpenPassword)
        );
        assert_eq!(refusal(settings("127.0.0.1", Security::None, true, true)), None);
        assert_eq!(refusal(settings("mail.example", Security::StartTls, true, true)), None);
        assert_eq!(refusal(settings("mail.example", Security::None, false, false)), None);
    }

    #[test]
    fn its_debug_output_shows_no_password() {
        let smtp = Smtp::new(settings("mail.example", Security::Tls, true, true)).unwrap();
        assert!(!format!("{smtp:?}").contains("CANARY"));
    }

    #[test]
    fn only_real_status_codes_are_repeated() {
        assert!(is_enhanced("5.1.1") && is_enhanced("4.7.26"));
        for word in ["5.1", "5.1.1.1", "a.b.c", "5..1", "5.1.1234", "127.0.0.1", ""] {
            assert!(!is_enhanced(word), "{word}");
        }
    }
}
