//! All integration tests, as one binary: it is linked once, and shares the template databases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod mail;
mod process;
mod rpc;
mod support;
