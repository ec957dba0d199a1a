//! How a mail leaves: one trait, and what every way of sending shares, which is the message in its wire form.
//!
//! Errors say what the other side answered by number only: a server may quote the mail, and the mail holds codes.
//! Start at [`Transport`]; [`Smtp`] is the real one, [`Folder`] serves development, [`Memory`] the tests.

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use lettre::address::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};

pub use super::folder::Folder;
use super::message::Composed;
pub use super::smtp::{Security, Smtp, SmtpSettings, SmtpSettingsError};
use crate::clock::Time;
use crate::domain::email::Email;

/// Somewhere a mail can be handed to.
#[async_trait]
pub trait Transport: Send + Sync + fmt::Debug {
    /// Hands over one mail. `Ok` means the other side has taken the responsibility for it; after an error or a
    /// cancelled call it may have been delivered all the same, and the next attempt carries the same Message-ID.
    ///
    /// # Errors
    /// [`SendError::Transient`]: try again later; [`SendError::Permanent`]: it will never work.
    async fn send(&self, outgoing: &Outgoing) -> Result<(), SendError>;

    /// Ends what is still open, before the process stops.
    async fn close(&self) {}
}

/// Why a mail wasn't handed over. The text holds nothing of the mail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It may work later.
    #[error("not sent for now: {0}")]
    Transient(String),
    /// It will never work.
    #[error("can't be sent: {0}")]
    Permanent(String),
}

/// One mail with everything its headers say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Who sends it.
    pub from: Sender,
    /// Who gets it: one address, the stored one.
    pub to: Email,
    /// The Message-ID with its brackets, the same at each attempt; see [`message_id`].
    pub message_id: String,
    /// What it says.
    pub composed: Composed,
    /// The time of its `Date` header, to the second.
    pub date: Time,
}

/// The Message-ID of the mail `id` of the outbox: `<id@domain of the sender>` (RFC 5322, section 3.6.4).
pub fn message_id(id: impl fmt::Display, from: &Sender) -> String {
    format!("<{id}@{}>", from.address.domain())
}

/// The sender of the mails: an address, perhaps with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The name shown, such as the product's.
    pub name: Option<String>,
    /// The address.
    pub address: Email,
}

/// A text names no sender.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no sender: write it like `Roster <no-reply@example.org>` or `no-reply@example.org`")]
pub struct SenderError(String);

impl FromStr for Sender {
    type Err = SenderError;

    fn from_str(text: &str) -> Result<Self, SenderError> {
        let refuse = || SenderError(text.to_owned());
        let (name, address) = match text.trim().strip_suffix('>') {
            Some(rest) => rest.split_once('<').ok_or_else(refuse)?,
            None => ("", text),
        };
        let name = name.trim().trim_matches('"').trim();
        if name.contains(|c: char| c.is_control() || matches!(c, '<' | '>' | '"' | '\u{2028}' | '\u{2029}')) {
            return Err(refuse());
        }
        let address = address.trim().parse().map_err(|_| refuse())?;
        Ok(Sender {
            name: (!name.is_empty()).then(|| name.to_owned()),
            address,
        })
    }
}

impl Outgoing {
    /// The mail in its wire form (RFC 5322 and MIME): both texts as alternatives, and these headers alone: Message-ID,
    /// Date, From, To, Subject, Auto-Submitted, MIME-Version, Content-Type. The same mail always gives the same bytes.
    ///
    /// # Errors
    /// [`SendError::Permanent`] if an address or the Message-ID can't be written.
    pub fn message(&self) -> Result<lettre::Message, SendError> {
        let fault = |what: &str| SendError::Permanent(format!("{what} can't be written into a mail"));
        let id = self.message_id.strip_prefix('<').and_then(|id| id.strip_suffix('>'));
        let id = id.filter(|id| id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._@".contains(&b)));
        let id = id.ok_or_else(|| fault("the Message-ID"))?;
        let from = address(&self.from.address).ok_or_else(|| fault("the sender's address"))?;
        let to = address(&self.to).ok_or_else(|| fault("the recipient's address"))?;
        let auto = HeaderName::new_from_ascii_str("Auto-Submitted");
        // A boundary made of the id keeps the bytes the same at each attempt. "=_" can't occur in either encoded part.
        let boundary = format!("=_{}", id.split('@').next().unwrap_or(id));
        lettre::Message::builder()
            .message_id(Some(self.message_id.clone()))
            .date(self.date.into())
            .from(Mailbox::new(self.from.name.clone(), from))
            .to(Mailbox::new(None, to))
            .subject(&self.composed.subject)
            // Tells other programs not to answer (RFC 3834, section 5).
            .raw_header(HeaderValue::new(auto, "auto-generated".to_owned()))
            .multipart(
                MultiPart::alternative()
                    .boundary(boundary)
                    .singlepart(SinglePart::plain(self.composed.text.clone()))
                    .singlepart(SinglePart::html(self.composed.html.clone())),
            )
            .map_err(|_| fault("a header"))
    }
}

fn address(email: &Email) -> Option<Address> {
    email.as_str().parse().ok()
}

/// Keeps the mails in memory, for tests.
#[derive(Debug, Default)]
pub struct Memory {
    sent: Mutex<Vec<Outgoing>>,
    refusal: Mutex<Option<SendError>>,
}

impl Memory {
    /// The mails sent so far, oldest first.
    pub fn sent(&self) -> Vec<Outgoing> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on answers every mail with this error; `None`: takes them again.
    pub fn refuse(&self, refusal: Option<SendError>) {
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = refusal;
    }
}

#[async_trait]
impl Transport for Memory {
    async fn send(&self, outgoing: &Outgoing) -> Result<(), SendError> {
        let refusal = self.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(error) = refusal {
            return Err(error);
        }
        // A mail that could not be written must fail here as it would on the wire.
        outgoing.message()?;
        self.sent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(outgoing.clone());
        Ok(())
    }
}

#[cfg(test)]
#[path = "transport_tests.rs"]
mod tests;
