//! Invitations: sending them, looking at them, answering them, and on whose rights they rest; one file each.

mod answer;
mod look;
mod rest;
mod send;

pub use answer::{Accept, AcceptReady, Accepted, Decline, accept, decline, prepare_accept};
pub use look::{Preview, Previewed, Received, list_mine, preview};

use crate::auth::opaque::OpaqueSecret;
use crate::domain::InvitationId;
use crate::error::{Error, Refused};

/// An invitation, as the invited name it.
#[derive(Debug)]
pub enum WhichInvitation {
    /// By the code from the mail.
    Code(OpaqueSecret),
    /// By id, for somebody who is logged in.
    Id(InvitationId),
}

fn ended(state: &'static str) -> Error {
    Refused::InvitationEnded { state }.into()
}
