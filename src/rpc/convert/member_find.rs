//! Finding members: one, several, a page of many.

use super::Fields;
use super::member::{MOST_ROLES, MOST_SELECTED, wire_guide, wire_state};
use super::selection::results;
use crate::app::RoleRef;
use crate::app::member::{Batch, Filter, Get, GetBatch, List, Listed, Shown, WhichMember};
use crate::domain::member::MemberOrder;
use crate::domain::{GroupId, Guide, MemberId, MemberState, OrderBy, TagId};
use crate::error::Error;
use crate::pb::roster::membership::v1 as pb;
use std::collections::HashSet;

const MOST_TAGS: usize = 20;
const MOST_GROUPS: usize = 20;

impl TryFrom<pb::GetMemberRequest> for Get {
    type Error = Error;
    fn try_from(r: pb::GetMemberRequest) -> Result<Get, Error> {
        let mut f = Fields::default();
        let id = f.parse("member_id", &r.member_id);
        f.build(|| {
            Some(Get {
                which: WhichMember::Id(id?),
                permissions: r.include_permissions,
            })
        })
    }
}

impl TryFrom<pb::LookupMemberRequest> for Get {
    type Error = Error;
    fn try_from(r: pb::LookupMemberRequest) -> Result<Get, Error> {
        let mut f = Fields::default();
        let email = f.parse("email", &r.email);
        f.build(|| {
            Some(Get {
                which: WhichMember::Email(email?),
                permissions: r.include_permissions,
            })
        })
    }
}

impl TryFrom<pb::BatchGetMembersRequest> for GetBatch {
    type Error = Error;
    fn try_from(r: pb::BatchGetMembersRequest) -> Result<GetBatch, Error> {
        let mut f = Fields::default();
        let members = f.selection("member_ids", &r.member_ids);
        f.build(|| {
            Some(GetBatch {
                members: members?,
                permissions: r.include_permissions,
            })
        })
    }
}

impl Fields {
    /// Between one and a thousand members, each once.
    pub(super) fn selection(&mut self, field: &str, ids: &[String]) -> Option<Vec<MemberId>> {
        if ids.is_empty() {
            self.refuse(field, "is empty; name at least one member");
            return None;
        }
        let members = self.each::<MemberId>(field, ids, MOST_SELECTED)?;
        let mut seen = HashSet::new();
        for (i, member) in members.iter().enumerate() {
            if !seen.insert(*member) {
                self.refuse(format!("{field}[{i}]"), "stands in the list twice");
            }
        }
        Some(members)
    }
}

impl From<Batch> for pb::BatchGetMembersResponse {
    fn from(batch: Batch) -> Self {
        Self {
            results: results(batch),
        }
    }
}

impl From<Shown> for pb::GetMemberResponse {
    fn from(shown: Shown) -> Self {
        Self {
            member: Some(shown.into()),
        }
    }
}

impl From<Shown> for pb::LookupMemberResponse {
    fn from(shown: Shown) -> Self {
        Self {
            member: Some(shown.into()),
        }
    }
}

impl TryFrom<pb::ListMembersRequest> for List {
    type Error = Error;
    fn try_from(r: pb::ListMembersRequest) -> Result<List, Error> {
        let mut f = Fields::default();
        let order = f.take(
            "order_by",
            OrderBy::parse(&r.order_by, &["display_name", "email", "create_time"]),
        );
        let states = states(&mut f, &r.states);
        let guides = guides(&mut f, &r.guides);
        let roles = f.each::<RoleRef>("role_ids", &r.role_ids, MOST_ROLES);
        let tags = f.each::<TagId>("tag_ids", &r.tag_ids, MOST_TAGS);
        let groups = f.each::<GroupId>("group_ids", &r.group_ids, MOST_GROUPS);
        if r.query.chars().count() > 200 {
            f.refuse("query", "is longer than 200 characters");
        }
        if r.query.chars().any(char::is_control) {
            f.refuse("query", "has control characters, which no name or address has");
        }
        let page = f.page(r.page_size, r.page_token);
        f.build(|| {
            let order = order?;
            let filter = Filter {
                search: r.query,
                states: states?,
                guides: guides?,
                roles: roles?,
                tags: tags?,
                groups: groups?,
            };
            Some(List {
                filter,
                order: match order.field {
                    "email" => MemberOrder::Email,
                    "create_time" => MemberOrder::Added,
                    _ => MemberOrder::Name,
                },
                direction: order.direction,
                page: page?,
                count: r.include_total_size,
                permissions: r.include_permissions,
            })
        })
    }
}

fn states(f: &mut Fields, wanted: &[i32]) -> Option<Vec<MemberState>> {
    let known = |n: i32| {
        MemberState::ALL
            .into_iter()
            .find(|state| wire_state(*state) as i32 == n)
    };
    all(f, "states", wanted, known)
}

fn guides(f: &mut Fields, wanted: &[i32]) -> Option<Vec<Guide>> {
    let known = |n: i32| Guide::ALL.into_iter().find(|guide| wire_guide(*guide) as i32 == n);
    all(f, "guides", wanted, known)
}

fn all<T>(f: &mut Fields, field: &str, wanted: &[i32], known: impl Fn(i32) -> Option<T>) -> Option<Vec<T>> {
    let unknown = |n: i32| format!("is {n}, which is no value to filter by");
    let found: Vec<T> = wanted
        .iter()
        .enumerate()
        .filter_map(|(i, n)| f.take(format!("{field}[{i}]"), known(*n).ok_or_else(|| unknown(*n))))
        .collect();
    (found.len() == wanted.len()).then_some(found)
}

impl From<Listed> for pb::ListMembersResponse {
    fn from(listed: Listed) -> Self {
        Self {
            members: listed.page.items.into_iter().map(Into::into).collect(),
            next_page_token: listed.page.next,
            total_size: listed.total.map(|total| i64::try_from(total).unwrap_or(i64::MAX)),
        }
    }
}
