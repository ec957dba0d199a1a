//! The messages and services that `build.rs` makes from `proto/`. Nothing but the wire knows them.
#![allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    reason = "generated; the documentation is in the protos"
)]

include!(concat!(env!("OUT_DIR"), "/mod.rs"));

/// The descriptors of everything above, for server reflection and for tests.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
