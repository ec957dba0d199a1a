//! Messages to domain types and back, one file per resource. Parsing collects every violation; nothing here decides a rule.

mod access;
mod group;
mod invitation;
mod log_in;
mod member;
mod member_file;
mod member_find;
mod naming;
mod organization;
mod ownership;
mod password;
mod seat;
mod selection;
mod session;
mod tag;
mod token;
mod user;

use super::fields::Fields;
use crate::app::page::PageRequest;
use crate::auth::opaque::{OpaqueSecret, SecretKind};
use crate::auth::password::Password;
use crate::clock::Time;
use crate::domain::PageSize;
use prost_types::Timestamp;

fn timestamp(time: Time) -> Timestamp {
    Timestamp {
        seconds: time.timestamp(),
        nanos: i32::try_from(time.timestamp_subsec_nanos()).unwrap_or(0),
    }
}

/// What a version is called on the wire. Quoted as HTTP quotes it, so that nobody takes it for a number to reckon with.
fn etag(version: i64) -> String {
    format!("v{version}")
}

impl Fields {
    fn etag(&mut self, value: &str) -> Option<Option<i64>> {
        self.etag_of("etag", value)
    }

    fn etag_of(&mut self, field: &str, value: &str) -> Option<Option<i64>> {
        if value.is_empty() {
            return Some(None);
        }
        let version = value.strip_prefix('v').and_then(|v| v.parse().ok());
        self.take(field, version.ok_or("is not an etag that this server gave"))
            .map(Some)
    }

    fn page(&mut self, size: i32, token: String) -> Option<PageRequest> {
        let size = self.take("page_size", PageSize::try_from(size))?;
        Some(PageRequest { size, token })
    }

    fn password(&mut self, field: &str, value: &str) -> Option<Password> {
        self.take(field, Password::new(value))
    }

    fn secret(&mut self, field: &str, kind: SecretKind, value: &str) -> Option<OpaqueSecret> {
        self.take(field, OpaqueSecret::parse(kind, value))
    }
}

/// A request without fields of its own.
macro_rules! nothing_to_parse {
    ($($request:ty),+ $(,)?) => {
        $(impl TryFrom<$request> for () {
            type Error = crate::error::Error;
            fn try_from(_: $request) -> Result<(), Self::Error> {
                Ok(())
            }
        })+
    };
}

/// An answer without fields.
macro_rules! nothing_to_say {
    ($($response:ty),+ $(,)?) => {
        $(impl From<()> for $response {
            fn from((): ()) -> $response {
                Default::default()
            }
        })+
    };
}

/// A list that takes nothing but a page.
macro_rules! only_a_page {
    ($($request:ty),+ $(,)?) => {
        $(impl TryFrom<$request> for crate::app::page::PageRequest {
            type Error = crate::error::Error;
            fn try_from(r: $request) -> Result<Self, Self::Error> {
                let mut f = crate::rpc::fields::Fields::default();
                let page = f.page(r.page_size, r.page_token);
                f.build(|| page)
            }
        })+
    };
}

use {nothing_to_parse, nothing_to_say, only_a_page};
