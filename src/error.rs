//! The one error. Everything below the wire speaks it; `rpc/status.rs` alone turns it into a gRPC status.
//!
//! Each refusal has a reason (a value of `roster.error.v1.Reason`) and the facts that its message names, so that words and
//! metadata come from one place. Internal causes are for the log: no caller ever sees one.

mod file_fault;
mod refused;

pub use file_fault::FileFault;
pub use refused::Refused;

use std::time::Duration;

/// Why a call does not do what it was asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// UNAUTHENTICATED: no, bad, expired or wrong-kind credential. Always the same words.
    Unauthenticated,
    /// PERMISSION_DENIED.
    Denied(Denied),
    /// NOT_FOUND: no such object, or not where the caller may look. The two can't be told apart.
    NotFound {
        /// What was looked for, such as `member`.
        kind: &'static str,
        /// As the caller named it.
        id: String,
    },
    /// INVALID_ARGUMENT: what is wrong with the input.
    Invalid(Vec<Violation>),
    /// FAILED_PRECONDITION: a rule or the state forbids it.
    Refused(Refused),
    /// ALREADY_EXISTS.
    Exists(Exists),
    /// RESOURCE_EXHAUSTED.
    Exhausted(Exhausted),
    /// A file that can't be taken, or a row of one: INVALID_ARGUMENT, RESOURCE_EXHAUSTED, NOT_FOUND or ALREADY_EXISTS.
    File(FileFault),
    /// ABORTED: the object changed since its etag was read.
    Stale,
    /// ABORTED, after `App::write` tried again and lost again.
    Conflict,
    /// UNIMPLEMENTED: there is no such method.
    UnknownMethod {
        /// As the caller named it.
        method: String,
    },
    /// DEADLINE_EXCEEDED.
    Deadline,
    /// UNAVAILABLE: the database is away or overloaded.
    Unavailable,
    /// INTERNAL: our fault. The text is for the log only.
    Internal(String),
}

/// A field that can't be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The field's path, such as `role_ids[1]`.
    pub field: String,
    /// What is wrong with it and what is expected.
    pub reason: String,
}

/// Why somebody may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// The permission is missing.
    Permission {
        /// Which.
        permission: String,
        /// The names of the roles here that grant it.
        roles: Vec<String>,
    },
    /// It would give what the caller doesn't hold.
    RightsExceedYours(Vec<String>),
    /// The member acted on holds what the caller doesn't.
    TargetOutranksYou(Vec<String>),
    /// The invitation is for another address.
    AnotherAddress,
    /// The log-in is too old for this.
    FreshLogin,
    /// Only an owner may, whoever else has the permission.
    OwnerOnly,
}

/// What is already there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are what the names say")]
pub enum Exists {
    Member { email: String },
    Slug { slug: String },
    Name { kind: &'static str, name: String },
    Email { email: String },
    RequestId { request_id: String },
}

/// What there is no more of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are what the names say")]
pub enum Exhausted {
    Seats { limit: u64, used: u64 },
    Limit { kind: &'static str, limit: u64 },
    Attempts { retry: Duration },
    Busy { retry: Duration },
    TooLarge { limit: usize },
}

impl Error {
    /// A single field that can't be accepted.
    pub fn field(field: impl Into<String>, reason: impl Into<String>) -> Error {
        Error::Invalid(vec![Violation {
            field: field.into(),
            reason: reason.into(),
        }])
    }

    /// The object isn't there, or not for the caller.
    pub fn missing(kind: &'static str, id: impl ToString) -> Error {
        Error::NotFound {
            kind,
            id: id.to_string(),
        }
    }

    /// Whether somebody tried what they may not: such refusals are recorded.
    pub fn is_about_rights(&self) -> bool {
        let beyond = |refused: &Refused| {
            matches!(
                refused,
                Refused::OwnerProtected { .. }
                    | Refused::OwnerRoleMovesByTransfer
                    | Refused::ActingOnYourself
                    | Refused::NotGrantable { .. }
            )
        };
        match self {
            Error::Denied(_) => true,
            Error::Refused(refused) => beyond(refused),
            _ => false,
        }
    }

    /// The value of `roster.error.v1.Reason`.
    pub fn reason(&self) -> &'static str {
        match self {
            Error::Unauthenticated => "REASON_CREDENTIAL_INVALID",
            Error::Denied(denied) => match denied {
                Denied::Permission { .. } => "REASON_PERMISSION_MISSING",
                Denied::RightsExceedYours(_) => "REASON_RIGHTS_EXCEED_YOURS",
                Denied::TargetOutranksYou(_) => "REASON_TARGET_OUTRANKS_YOU",
                Denied::AnotherAddress => "REASON_INVITATION_FOR_ANOTHER_ADDRESS",
                Denied::FreshLogin => "REASON_FRESH_LOGIN_REQUIRED",
                Denied::OwnerOnly => "REASON_OWNER_ONLY",
            },
            Error::NotFound { .. } => "REASON_NOT_FOUND",
            Error::Invalid(_) => "REASON_INPUT_INVALID",
            Error::Refused(refused) => refused.reason(),
            Error::Exists(exists) => match exists {
                Exists::Member { .. } => "REASON_ALREADY_MEMBER",
                Exists::Slug { .. } => "REASON_SLUG_TAKEN",
                Exists::Name { .. } => "REASON_NAME_TAKEN",
                Exists::Email { .. } => "REASON_EMAIL_TAKEN",
                Exists::RequestId { .. } => "REASON_REQUEST_ID_REUSED",
            },
            Error::Exhausted(exhausted) => match exhausted {
                Exhausted::Seats { .. } => "REASON_SEATS_EXHAUSTED",
                Exhausted::Limit { .. } => "REASON_LIMIT_REACHED",
                Exhausted::Attempts { .. } => "REASON_TOO_MANY_ATTEMPTS",
                Exhausted::Busy { .. } => "REASON_TOO_BUSY",
                Exhausted::TooLarge { .. } => "REASON_MESSAGE_TOO_LARGE",
            },
            Error::File(fault) => match fault {
                FileFault::Unreadable { .. } => "REASON_FILE_UNREADABLE",
                FileFault::TooLarge { .. } => "REASON_FILE_TOO_LARGE",
                FileFault::Cell { .. } => "REASON_CELL_INVALID",
                FileFault::Unknown { .. } => "REASON_NAME_UNKNOWN",
                FileFault::Repeated { .. } => "REASON_ROW_REPEATED",
            },
            Error::Stale => "REASON_ETAG_MISMATCH",
            Error::Conflict => "REASON_CONTENTION",
            Error::UnknownMethod { .. } => "REASON_METHOD_UNKNOWN",
            Error::Deadline => "REASON_DEADLINE_EXCEEDED",
            Error::Unavailable => "REASON_UNAVAILABLE",
            Error::Internal(_) => "REASON_INTERNAL",
        }
    }

    /// The facts that the message names, by the names that the message gives them. None is longer than [`LONGEST`]: they
    /// stand in the headers of the answer three times over, of which clients take so much and no more.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = self.all_facts();
        facts.iter_mut().for_each(|(_, fact)| *fact = shortened(fact, LONGEST));
        facts
    }

    fn all_facts(&self) -> Vec<(&'static str, String)> {
        let seconds = |d: &Duration| d.as_secs().max(1).to_string();
        match self {
            Error::Denied(Denied::Permission { permission, roles }) => {
                vec![("permission", permission.clone()), ("roles", roles.join(", "))]
            }
            Error::Denied(Denied::RightsExceedYours(permissions) | Denied::TargetOutranksYou(permissions)) => {
                vec![("permissions", permissions.join(", "))]
            }
            Error::NotFound { kind, id } => vec![("kind", (*kind).to_owned()), ("id", id.clone())],
            Error::Invalid(violations) => {
                let fields: Vec<_> = violations.iter().map(|v| v.field.as_str()).collect();
                vec![("fields", fields.join(", "))]
            }
            Error::Refused(refused) => refused.facts(),
            Error::File(fault) => fault.facts(),
            Error::Exists(Exists::Member { email } | Exists::Email { email }) => vec![("email", email.clone())],
            Error::Exists(Exists::Slug { slug }) => vec![("slug", slug.clone())],
            Error::Exists(Exists::Name { kind, name }) => vec![("kind", (*kind).to_owned()), ("name", name.clone())],
            Error::Exists(Exists::RequestId { request_id }) => vec![("request_id", request_id.clone())],
            Error::Exhausted(Exhausted::Seats { limit, used }) => {
                vec![("limit", limit.to_string()), ("used", used.to_string())]
            }
            Error::Exhausted(Exhausted::Limit { kind, limit }) => {
                vec![("kind", (*kind).to_owned()), ("limit", limit.to_string())]
            }
            Error::Exhausted(Exhausted::Attempts { retry } | Exhausted::Busy { retry }) => {
                vec![("seconds", seconds(retry))]
            }
            Error::Exhausted(Exhausted::TooLarge { limit }) => vec![("limit", limit.to_string())],
            Error::Unavailable => vec![("seconds", "1".into())],
            Error::UnknownMethod { method } => vec![("method", method.clone())],
            _ => vec![],
        }
    }
}

/// Bytes of a fact, at most.
const LONGEST: usize = 600;

/// Cuts a text that is longer than so many octets, between two names of a list if it is one.
pub fn shortened(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(most - '…'.len_utf8());
    let end = text[..end].rfind(", ").map_or(end, |comma| comma + 2);
    format!("{}…", &text[..end])
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Error {
        Error::Denied(denied)
    }
}
impl From<Refused> for Error {
    fn from(refused: Refused) -> Error {
        Error::Refused(refused)
    }
}
impl From<Exists> for Error {
    fn from(exists: Exists) -> Error {
        Error::Exists(exists)
    }
}
impl From<FileFault> for Error {
    fn from(fault: FileFault) -> Error {
        Error::File(fault)
    }
}
impl From<Exhausted> for Error {
    fn from(exhausted: Exhausted) -> Error {
        Error::Exhausted(exhausted)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.reason())?;
        for (name, value) in self.facts() {
            write!(f, " {name}={value}")?;
        }
        if let Error::Internal(cause) = self {
            write!(f, " {cause}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_fit_into_the_headers_of_an_answer() {
        let permissions = |count: usize, letter: &str| (0..count).map(|n| format!("{letter}{n}.read")).collect();
        let facts = |error: Error| error.facts().swap_remove(0).1;
        let few = facts(Denied::RightsExceedYours(permissions(3, "folders")).into());
        assert_eq!(few, "folders0.read, folders1.read, folders2.read");
        let many = facts(Denied::TargetOutranksYou(permissions(1_000, "folders")).into());
        assert!((500..=LONGEST).contains(&many.len()), "{}", many.len());
        assert!(many.ends_with(".read, …"), "{many}");
        let long = facts(Denied::TargetOutranksYou(vec!["東".repeat(400)]).into());
        assert_eq!(long, format!("{}…", "東".repeat(199)));
    }
}
