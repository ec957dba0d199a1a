//! Roster: people, the organisations they belong to, and what each may do there, over gRPC.
//!
//! Each module imports only from those below it; a test reads the sources and holds them to it.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`cli`] | the `roster` command, one file per subcommand |
//! | [`server`] | puts the parts together: layers, listeners, workers |
//! | [`rpc`] | the wire: one line per method, conversions, errors as gRPC statuses, the layers and the JWT interceptor |
//! | [`worker`] | what runs beside the calls: mail, revocation feed, keys, clean-up |
//! | [`http`] | the HTTP port: public keys, health, metrics |
//! | [`app`] | what Roster does: one function per RPC; the only begin and commit |
//! | [`auth`] | who calls, and may they: rules, tokens, keys, passwords, revocations |
//! | [`store`] | the database, the only place that knows SeaORM |
//! | [`mail`], [`words`] | what people read |
//! | [`domain`] | pure types and rules: no I/O, no async |
//! | [`pb`] | the messages and services, generated; only the wire, the server and the commands that are clients know them |
//! | [`config`], [`telemetry`], [`lifecycle`], [`listen`] | running as a process |
//! | [`error`], [`clock`], [`random`], [`secret`], [`seal`] | what everything stands on |

#![allow(
    rustdoc::private_intra_doc_links,
    reason = "the documentation is for those who work on this, and is built with private items"
)]

pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod error;
pub mod http;
pub mod lifecycle;
pub mod listen;
pub mod mail;
pub mod pb;
pub mod random;
pub mod rpc;
pub mod seal;
pub mod secret;
pub mod server;
pub mod store;
pub mod telemetry;
pub mod words;
pub mod worker;
