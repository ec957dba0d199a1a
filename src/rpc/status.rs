//! The only place that turns an error into a gRPC status: code, message, and details in `grpc-status-details-bin`.
//!
//! Every status has `ErrorInfo` with a reason of `roster.error.v1.Reason` and every variable part of the message as
//! metadata. The message is English, for developers; `LocalizedMessage` is for people.

use crate::domain::Locale;
use crate::error::{Error, Exhausted, Exists, FileFault};
use crate::words::{Words, id_of};
use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// The domain of all reasons.
pub const DOMAIN: &str = "roster";

/// The status for an error.
pub fn of(error: &Error, words: &Words, locale: Locale, correlation: &str) -> Status {
    if let Error::Internal(cause) = error {
        tracing::error!(%cause, correlation, "internal error");
    }
    let mut facts = error.facts();
    if matches!(error, Error::Internal(_)) {
        facts.push(("request_id", correlation.to_owned()));
    }
    let metadata: HashMap<String, String> = facts.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
    let mut details = ErrorDetails::with_error_info(error.reason(), DOMAIN, metadata);
    describe(error, correlation, &mut details);
    let args: Vec<(&str, &str)> = facts.iter().map(|(k, v)| (*k, v.as_str())).collect();
    if let Some(said) = words.say(locale, &id_of(error.reason()), &args) {
        details.set_localized_message(locale.as_str(), said);
    }
    Status::with_error_details(code(error), message(error, words, &args), details)
}

/// The message for a developer.
fn message(error: &Error, words: &Words, args: &[(&str, &str)]) -> String {
    let english = words
        .say(Locale::En, &id_of(error.reason()), args)
        .unwrap_or_else(|| error.reason().to_owned());
    match error {
        // What is wrong stands in the details; a developer who sees only the message should see it too.
        Error::Invalid(violations) => {
            let listed: Vec<_> = violations.iter().map(|v| format!("{} {}", v.field, v.reason)).collect();
            format!("{english} {}", listed.join("; "))
        }
        _ => english,
    }
}

/// The words for items, whose messages are made where no call is at hand. They are read once.
static ITEM_WORDS: LazyLock<Option<Words>> = LazyLock::new(|| Words::load().ok());

/// The outcome of one item of a batch, as it stands in an answer. Answers are kept, so it is in English.
pub fn item(error: &Error) -> tonic_types::Status {
    let facts = error.facts();
    let args: Vec<(&str, &str)> = facts.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let said = ITEM_WORDS
        .as_ref()
        .map_or_else(|| error.to_string(), |words| message(error, words, &args));
    let metadata: HashMap<String, String> = facts.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
    let mut details = ErrorDetails::with_error_info(error.reason(), DOMAIN, metadata);
    describe(error, "", &mut details);
    let status = Status::with_error_details(code(error), said.clone(), details);
    <tonic_types::Status as prost::Message>::decode(status.details()).unwrap_or_else(|_| tonic_types::Status {
        code: code(error).into(),
        message: said,
        details: vec![],
    })
}

/// The code of an error.
pub fn code(error: &Error) -> Code {
    match error {
        Error::Unauthenticated => Code::Unauthenticated,
        Error::Denied(_) => Code::PermissionDenied,
        Error::NotFound { .. } => Code::NotFound,
        Error::Invalid(_) => Code::InvalidArgument,
        Error::Refused(_) => Code::FailedPrecondition,
        Error::Exists(_) => Code::AlreadyExists,
        Error::Exhausted(_) | Error::File(FileFault::TooLarge { .. }) => Code::ResourceExhausted,
        Error::File(FileFault::Unreadable { .. } | FileFault::Cell { .. }) => Code::InvalidArgument,
        Error::File(FileFault::Unknown { .. }) => Code::NotFound,
        Error::File(FileFault::Repeated { .. }) => Code::AlreadyExists,
        Error::Stale | Error::Conflict => Code::Aborted,
        Error::UnknownMethod { .. } => Code::Unimplemented,
        Error::Deadline => Code::DeadlineExceeded,
        Error::Unavailable => Code::Unavailable,
        Error::Internal(_) => Code::Internal,
    }
}

fn describe(error: &Error, correlation: &str, details: &mut ErrorDetails) {
    match error {
        Error::NotFound { kind, id } => {
            details.set_resource_info(*kind, id, "", "there is none that the caller may see");
        }
        Error::Invalid(violations) => {
            for violation in violations {
                details.add_bad_request_violation(&violation.field, &violation.reason);
            }
        }
        Error::Refused(refused) => {
            let subject = refused.subject();
            details.add_precondition_failure_violation(error.reason(), subject, error.to_string());
        }
        Error::Exists(exists) => {
            let (kind, name) = match exists {
                Exists::Member { email } => ("member", email),
                Exists::Slug { slug } => ("organization", slug),
                Exists::Name { kind, name } => (*kind, name),
                Exists::Email { email } => ("user", email),
                Exists::RequestId { request_id } => ("request", request_id),
            };
            details.set_resource_info(kind, name, "", "it is already there");
        }
        Error::Exhausted(exhausted) => {
            let (subject, retry) = match exhausted {
                Exhausted::Seats { .. } => ("seats", None),
                Exhausted::Limit { kind, .. } => (*kind, None),
                Exhausted::Attempts { retry } => ("attempts", Some(*retry)),
                Exhausted::Busy { retry } => ("password hashing", Some(*retry)),
                Exhausted::TooLarge { .. } => ("message size", None),
            };
            details.add_quota_failure_violation(subject, error.to_string());
            if let Some(retry) = retry {
                details.set_retry_info(Some(retry));
            }
        }
        Error::Stale | Error::Conflict | Error::Unavailable | Error::Deadline => {
            details.set_retry_info(Some(Duration::from_secs(1)));
        }
        Error::Internal(_) => {
            details.set_request_info(correlation, "");
        }
        Error::File(fault) => describe_file(fault, error, details),
        Error::Unauthenticated | Error::Denied(_) | Error::UnknownMethod { .. } => {}
    }
}

fn describe_file(fault: &FileFault, error: &Error, details: &mut ErrorDetails) {
    match fault {
        FileFault::Unreadable { .. } | FileFault::Cell { .. } => {
            details.add_bad_request_violation("data", error.to_string());
        }
        FileFault::TooLarge { .. } => {
            details.add_quota_failure_violation("file size", error.to_string());
        }
        FileFault::Unknown { kind, name, .. } => {
            details.set_resource_info(*kind, name, "", "there is none of that name");
        }
        FileFault::Repeated { line } => {
            details.set_resource_info("row", line.to_string(), "", "it is already there");
        }
    }
}
