//! Who calls, and may they: tokens, keys, passwords and one-time secrets.
//!
//! Nothing here knows the store: rows come in and go out as plain values.

mod algorithm;
pub mod caller;
mod claims;
pub mod keyring;
pub mod opaque;
pub mod password;
pub mod revocation;
pub mod rotation;
pub mod rules;
pub mod token;
mod verified;
