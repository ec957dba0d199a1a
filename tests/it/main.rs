//! All integration tests, as one binary: it is linked once, and shares the template databases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod architecture;
mod build_rules;
mod cases;
mod contract;
mod docs;
mod mail;
mod process;
mod races;
mod reasons;
mod rpc;
mod secrecy;
mod sources;
mod support;
mod tokens;
