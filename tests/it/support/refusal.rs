//! Reads a refusal as a client would: from the wire's details, not from the server's types.

use std::collections::HashMap;
use std::fmt::Debug;
use tonic::{Code, Response, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// A refusal, decoded.
#[derive(Debug)]
pub struct Refusal {
    pub code: Code,
    pub message: String,
    pub reason: String,
    pub metadata: HashMap<String, String>,
    pub details: ErrorDetails,
}

impl Refusal {
    pub fn of(status: &Status) -> Refusal {
        let details = status.get_error_details();
        let info = details
            .error_info()
            .unwrap_or_else(|| panic!("no ErrorInfo in {status:?}"));
        assert_eq!(info.domain, "roster", "{status:?}");
        Refusal {
            code: status.code(),
            message: status.message().to_owned(),
            reason: info.reason.clone(),
            metadata: info.metadata.clone(),
            details: details.clone(),
        }
    }

    /// The fields that BadRequest names.
    pub fn fields(&self) -> Vec<String> {
        let bad = self
            .details
            .bad_request()
            .unwrap_or_else(|| panic!("no BadRequest in {self:?}"));
        bad.field_violations.iter().map(|v| v.field.clone()).collect()
    }
}

/// The refusal of a call that must have been refused with this code and reason.
#[track_caller]
pub fn refused<T: Debug>(result: Result<Response<T>, Status>, code: Code, reason: &str) -> Refusal {
    let status = match result {
        Ok(answer) => panic!("expected {reason}, was answered {:?}", answer.get_ref()),
        Err(status) => status,
    };
    let refusal = Refusal::of(&status);
    assert_eq!(
        (refusal.code, refusal.reason.as_str()),
        (code, reason),
        "{}",
        refusal.message
    );
    refusal
}
