//! All integration tests, as one binary: it is linked once, and shares the template databases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod access;
mod architecture;
mod build_rules;
mod cases;
mod contract;
mod docs;
mod errors;
mod giving;
mod mail;
mod model;
mod process;
mod properties;
mod races;
mod reasons;
mod rpc;
mod scenarios;
mod secrecy;
mod sources;
mod store;
mod support;
mod tokens;
mod worker;
