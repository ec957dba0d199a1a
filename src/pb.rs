//! The messages and services that `build.rs` makes from `proto/`. Nothing but the wire knows them.
#![allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    reason = "generated; the documentation is in the protos"
)]

include!(concat!(env!("OUT_DIR"), "/mod.rs"));

/// The descriptors of everything above, for server reflection and for tests.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
