//! What a change of roles would do.

use super::role::permissions;
use crate::app::RoleRef;
use crate::app::access::{Preview, Previewed, Proposal};
use crate::domain::MemberId;
use crate::error::Error;
use crate::pb::roster::access::v1 as pb;
use crate::rpc::fields::Fields;
use std::collections::HashSet;

const MOST_MEMBERS: usize = 1_000;
const MOST_ROLES: usize = 20;

impl TryFrom<pb::PreviewRoleChangeRequest> for Preview {
    type Error = Error;
    fn try_from(r: pb::PreviewRoleChangeRequest) -> Result<Preview, Error> {
        use pb::preview_role_change_request::Change as Wire;
        let mut f = Fields::default();
        let proposal = match r.change {
            None => {
                f.refuse("change", "is missing: say what would change, role or members");
                None
            }
            Some(Wire::Role(change)) => {
                let role = f.parse("role.role_id", &change.role_id);
                let permissions = permissions(&mut f, "role.permissions", &change.permissions, 0);
                role.zip(permissions)
                    .map(|(role, permissions)| Proposal::Role { role, permissions })
            }
            Some(Wire::Members(change)) => members(&mut f, &change),
        };
        let page = f.page(r.page_size, r.page_token);
        f.build(|| {
            Some(Preview {
                proposal: proposal?,
                page: page?,
            })
        })
    }
}

fn members(f: &mut Fields, change: &pb::MemberRolesChange) -> Option<Proposal> {
    if change.member_ids.is_empty() || change.role_ids.is_empty() {
        for (field, missing) in [
            ("members.member_ids", change.member_ids.is_empty()),
            ("members.role_ids", change.role_ids.is_empty()),
        ] {
            if missing {
                f.refuse(field, "is empty");
            }
        }
        return None;
    }
    let members: Option<Vec<MemberId>> = f.each("members.member_ids", &change.member_ids, MOST_MEMBERS);
    let mut seen = HashSet::new();
    for (index, id) in change.member_ids.iter().enumerate().take(MOST_MEMBERS) {
        if !seen.insert(id) {
            f.refuse(format!("members.member_ids[{index}]"), "is here twice");
        }
    }
    let roles: Option<Vec<RoleRef>> = f.each("members.role_ids", &change.role_ids, MOST_ROLES);
    Some(Proposal::Members {
        members: members?,
        roles: roles?,
    })
}

impl From<Previewed> for pb::PreviewRoleChangeResponse {
    fn from(previewed: Previewed) -> Self {
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let names = |permissions: Vec<crate::domain::Permission>| permissions.iter().map(ToString::to_string).collect();
        let changes = previewed.page.items.into_iter().map(|change| pb::RightsChange {
            member_id: change.member.to_string(),
            email: change.email.as_str().to_owned(),
            display_name: change.name.as_str().to_owned(),
            gains: names(change.gains),
            loses: names(change.loses),
        });
        Self {
            changes: changes.collect(),
            next_page_token: previewed.page.next,
            member_count: count(previewed.members),
            gaining_count: previewed.totals.map(|(gaining, _)| count(gaining)),
            losing_count: previewed.totals.map(|(_, losing)| count(losing)),
        }
    }
}
