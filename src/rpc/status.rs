//! The only place that turns an error into a gRPC status: code, message, and details in `grpc-status-details-bin`.
//!
//! Every status has `ErrorInfo` with a reason of `roster.error.v1.Reason` and every variable part of the message as
//! metadata. The message is English, for developers; `LocalizedMessage` is for people.

use super::faults::Faults;
use crate::domain::Locale;
use crate::error::{Error, Exhausted, Exists, FileFault};
use crate::words::{Words, id_of};
use prost::Message;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt, pb};

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
    let args: Vec<(&str, &str)> = facts.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let message = message(error, words, &args);
    let mut details = details(error, &facts, &message, correlation);
    if let Some(said) = words.say(locale, &id_of(error.reason()), &args) {
        details.set_localized_message(locale.as_str(), said);
    }
    Status::with_error_details(code(error), message, details)
}

/// Everything but the words for people. The message stands in the details too, where these say what would mend it.
fn details(error: &Error, facts: &[(&str, String)], message: &str, correlation: &str) -> ErrorDetails {
    let metadata: HashMap<String, String> = facts.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
    let mut details = ErrorDetails::with_error_info(error.reason(), DOMAIN, metadata);
    describe(error, message, correlation, &mut details);
    details
}

/// The message for a developer.
fn message(error: &Error, words: &Words, args: &[(&str, &str)]) -> String {
    let english = words
        .say(Locale::En, &id_of(error.reason()), args)
        .unwrap_or_else(|| error.reason().to_owned());
    match error {
        // What is wrong stands in the details; a developer who sees only the message should see it too.
        Error::Invalid(violations) => format!("{english} {}", Faults::of(violations).listed()),
        _ => english,
    }
}

/// The words for items, whose messages are made where no call is at hand. They are read once.
static ITEM_WORDS: LazyLock<Option<Words>> = LazyLock::new(|| Words::load().ok());

/// The outcome of one item of a batch, as it stands in an answer. Answers are kept, so the words for people are not among
/// its details yet: see [`word`].
pub fn item(error: &Error) -> tonic_types::Status {
    let facts = error.facts();
    let args: Vec<(&str, &str)> = facts.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let said = ITEM_WORDS
        .as_ref()
        .map_or_else(|| error.to_string(), |words| message(error, words, &args));
    let details = details(error, &facts, &said, "");
    let status = Status::with_error_details(code(error), said.clone(), details);
    let mut item = tonic_types::Status::decode(status.details()).unwrap_or_else(|_| tonic_types::Status {
        code: code(error).into(),
        message: said,
        details: vec![],
    });
    for any in item
        .details
        .iter_mut()
        .filter(|any| any.type_url.ends_with("/google.rpc.ErrorInfo"))
    {
        if let Ok(info) = OrderedInfo::decode(&any.value[..]) {
            any.value = info.encode_to_vec();
        }
    }
    item
}

/// `google.rpc.ErrorInfo` with its metadata in order: the same outcome is the same octets, however often it is told.
#[derive(Clone, PartialEq, Message)]
struct OrderedInfo {
    #[prost(string, tag = "1")]
    reason: String,
    #[prost(string, tag = "2")]
    domain: String,
    #[prost(btree_map = "string, string", tag = "3")]
    metadata: BTreeMap<String, String>,
}

/// Gives an item of an answer that is sent the words for people. Its reason and facts stand in it, which is all they need.
pub fn word(item: &mut tonic_types::Status, words: &Words, locale: Locale) {
    let info = item
        .details
        .iter()
        .find(|any| any.type_url.ends_with("/google.rpc.ErrorInfo"));
    let Some(Ok(info)) = info.map(|any| pb::ErrorInfo::decode(&any.value[..])) else {
        return;
    };
    let args: Vec<(&str, &str)> = info.metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    if let Some(message) = words.say(locale, &id_of(&info.reason), &args) {
        let said = pb::LocalizedMessage {
            locale: locale.as_str().to_owned(),
            message,
        };
        item.details.push(prost_types::Any {
            type_url: "type.googleapis.com/google.rpc.LocalizedMessage".to_owned(),
            value: said.encode_to_vec(),
        });
    }
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

fn describe(error: &Error, message: &str, correlation: &str, details: &mut ErrorDetails) {
    match error {
        Error::NotFound { kind, id } => {
            details.set_resource_info(*kind, id, "", "there is none that the caller may see");
        }
        Error::Invalid(violations) => {
            for violation in Faults::of(violations).told() {
                details.add_bad_request_violation(&violation.field, &violation.reason);
            }
        }
        Error::Refused(refused) => {
            let subject = refused.subject();
            details.add_precondition_failure_violation(error.reason(), subject, message);
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
            details.add_quota_failure_violation(subject, message);
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
        Error::File(fault) => describe_file(fault, message, details),
        Error::Unauthenticated | Error::Denied(_) | Error::UnknownMethod { .. } => {}
    }
}

fn describe_file(fault: &FileFault, message: &str, details: &mut ErrorDetails) {
    match fault {
        FileFault::Unreadable { .. } | FileFault::Cell { .. } => {
            details.add_bad_request_violation("data", message);
        }
        FileFault::TooLarge { .. } => {
            details.add_quota_failure_violation("file size", message);
        }
        FileFault::Unknown { kind, name, .. } => {
            details.set_resource_info(*kind, name, "", "there is none of that name");
        }
        FileFault::Repeated { line } => {
            details.set_resource_info("row", line.to_string(), "", "it is already there");
        }
    }
}
