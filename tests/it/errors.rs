//! What refusals look like on the wire. `google.rpc.Status` is decoded here by hand, from the bytes in
//! `grpc-status-details-bin`, so that nothing that a library adds or drops on the way goes unseen.

mod items;
mod kinds;
mod limits;
mod said;
mod trouble;

use prost::Message;
use std::collections::BTreeMap;
use tonic::Status;
use tonic_types::pb;

/// A refusal as its bytes say.
#[derive(Debug)]
struct Wire {
    code: i32,
    message: String,
    reason: String,
    metadata: BTreeMap<String, String>,
    /// By the name after the slash of the type's URL: `google.rpc.BadRequest`. No type stands there twice.
    details: BTreeMap<String, Vec<u8>>,
}

impl Wire {
    #[track_caller]
    fn of(status: &Status) -> Wire {
        let told = pb::Status::decode(status.details()).unwrap();
        assert_eq!(told.code, i32::from(status.code()), "the two codes agree");
        assert_eq!(told.message, status.message(), "the two messages agree");
        let mut details = BTreeMap::new();
        for any in told.details {
            let name = any
                .type_url
                .strip_prefix("type.googleapis.com/")
                .unwrap_or_else(|| panic!("{}", any.type_url));
            assert!(
                details.insert(name.to_owned(), any.value).is_none(),
                "{name} stands there twice"
            );
        }
        assert!(
            !told.message.contains(['{', '}', '$']),
            "a variable has no value: {}",
            told.message
        );
        let info = pb::ErrorInfo::decode(&details["google.rpc.ErrorInfo"][..]).unwrap();
        assert_eq!(info.domain, "roster");
        Wire {
            code: told.code,
            message: told.message,
            reason: info.reason,
            metadata: info.metadata.into_iter().collect(),
            details,
        }
    }

    #[track_caller]
    fn detail<M: Message + Default>(&self, name: &str) -> M {
        let bytes = self
            .details
            .get(&format!("google.rpc.{name}"))
            .unwrap_or_else(|| panic!("no {name} in {self:?}"));
        M::decode(&bytes[..]).unwrap()
    }

    /// The details' names without the two that every refusal has, `ErrorInfo` and `LocalizedMessage`.
    fn kinds(&self) -> Vec<&str> {
        let names = self.details.keys().filter_map(|name| name.strip_prefix("google.rpc."));
        names
            .filter(|name| !["ErrorInfo", "LocalizedMessage"].contains(name))
            .collect()
    }

    /// Every variable part of the message is in the metadata: what it quotes stands there too.
    #[track_caller]
    fn metadata_is(&self, wanted: &[(&str, &str)]) {
        let told: Vec<_> = self
            .metadata
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        assert_eq!(told, wanted, "{}", self.message);
    }
}

/// The refusal of a call that must have been refused with this code and reason.
#[track_caller]
fn wire<T: std::fmt::Debug>(answer: Result<T, Status>, code: tonic::Code, reason: &str) -> Wire {
    let status = match answer {
        Ok(answer) => panic!("expected {reason}, was answered {answer:?}"),
        Err(status) => status,
    };
    assert_eq!(status.code(), code, "{status:?}");
    let wire = Wire::of(&status);
    assert_eq!((wire.code, wire.reason.as_str()), (i32::from(code), reason));
    wire
}
