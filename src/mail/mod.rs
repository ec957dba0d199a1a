//! The mails Roster sends: what they say ([`message`]), how they leave ([`transport`]), when to try again ([`backoff`]).
//!
//! Nothing here reads or writes the database: the outbox worker takes a sealed [`message::MailTemplate`] from its row,
//! composes it, hands it to a [`transport::Transport`] and writes down what came of it. Start at [`message::compose`].

pub mod backoff;
mod folder;
pub mod message;
mod shown;
mod smtp;
mod template;
pub mod transport;
