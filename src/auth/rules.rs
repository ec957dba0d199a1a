//! The rule of each RPC, generated from the protos by `build/rules.rs`. Nothing else says who may call what.

/// The rule of one RPC.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// `/package.Service/Method`.
    pub path: &'static str,
    /// Who may call.
    pub who: Who,
    /// What a service account needs instead; empty if none may call.
    pub scope: &'static str,
    /// Whether the log-in must be recent.
    pub fresh_login: bool,
    /// Whether it changes something.
    pub mutates: bool,
    /// Whether its request is many messages.
    pub streams: bool,
}

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anybody.
    Public,
    /// Any user.
    SignedIn,
    /// Members who hold this permission where the request points.
    Holding(&'static str),
}

/// How long ago a log-in may be for the methods that want a fresh one.
pub const FRESH_LOGIN: chrono::Duration = chrono::Duration::minutes(10);

include!(concat!(env!("OUT_DIR"), "/rules.rs"));
