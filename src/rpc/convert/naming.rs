//! What groups and tags share on the wire: their names, and searching them.

use super::Fields;
use crate::domain::DisplayName;
use crate::domain::naming::NamedId;

const LONGEST_QUERY: usize = 200;

impl Fields {
    /// A name for a thing of this kind of id. It can't begin as the ids do, or it could never be used in their place.
    pub(super) fn name<Id: NamedId>(&mut self, field: &str, value: &str) -> Option<DisplayName> {
        if value.trim_start().starts_with(Id::BEGINNING) {
            self.refuse(field, format!("begins with {}, as only ids do", Id::BEGINNING));
            return None;
        }
        self.parse(field, value)
    }

    /// Part of a name.
    pub(super) fn query(&mut self, value: String) -> Option<String> {
        if value.chars().count() > LONGEST_QUERY {
            self.refuse("query", "is longer than 200 characters");
            return None;
        }
        if value.chars().any(char::is_control) {
            self.refuse("query", "has control characters, which no name has");
            return None;
        }
        Some(value)
    }
}

pub(super) fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
