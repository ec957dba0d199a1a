//! Groups.

use super::member::MOST_ROLES;
use super::naming::count;
use super::selection::results;
use super::{Fields, etag, timestamp};
use crate::app::RoleRef;
use crate::app::group::{Create, Delete, Get, List, Listed, Membership, Shown, Update};
use crate::app::member::Done;
use crate::domain::GroupId;
use crate::domain::naming::Description;
use crate::error::Error;
use crate::pb::roster::membership::v1 as pb;
use crate::rpc::fields::Mask;

impl From<Shown> for pb::Group {
    fn from(shown: Shown) -> pb::Group {
        let Shown { group, roles, members } = shown;
        pb::Group {
            id: group.id.to_string(),
            name: group.name.as_str().to_owned(),
            description: group.description.as_str().to_owned(),
            roles: roles
                .into_iter()
                .map(|(id, name)| pb::GroupRole {
                    role_id: id.to_string(),
                    name,
                })
                .collect(),
            member_count: members.map(count),
            etag: etag(group.version),
            create_time: Some(timestamp(group.created_at)),
            update_time: Some(timestamp(group.updated_at)),
        }
    }
}

impl TryFrom<pb::CreateGroupRequest> for Create {
    type Error = Error;
    fn try_from(r: pb::CreateGroupRequest) -> Result<Create, Error> {
        let mut f = Fields::default();
        let name = f.name::<GroupId>("name", &r.name);
        let description = f.parse::<Description>("description", &r.description);
        let roles = f.each::<RoleRef>("role_ids", &r.role_ids, MOST_ROLES);
        f.build(|| {
            Some(Create {
                name: name?,
                description: description?,
                roles: roles?,
            })
        })
    }
}

impl TryFrom<pb::GetGroupRequest> for Get {
    type Error = Error;
    fn try_from(r: pb::GetGroupRequest) -> Result<Get, Error> {
        let mut f = Fields::default();
        let group = f.parse("group_id", &r.group_id);
        f.build(|| {
            Some(Get {
                group: group?,
                count: r.include_member_count,
            })
        })
    }
}

impl TryFrom<pb::ListGroupsRequest> for List {
    type Error = Error;
    fn try_from(r: pb::ListGroupsRequest) -> Result<List, Error> {
        let mut f = Fields::default();
        let query = f.query(r.query);
        let page = f.page(r.page_size, r.page_token);
        f.build(|| {
            Some(List {
                query: query?,
                counts: r.include_member_counts,
                total: r.include_total_size,
                page: page?,
            })
        })
    }
}

impl From<Listed> for pb::ListGroupsResponse {
    fn from(listed: Listed) -> Self {
        Self {
            groups: listed.page.items.into_iter().map(Into::into).collect(),
            next_page_token: listed.page.next,
            total_size: listed.total.map(count),
        }
    }
}

impl TryFrom<pb::UpdateGroupRequest> for Update {
    type Error = Error;
    fn try_from(r: pb::UpdateGroupRequest) -> Result<Update, Error> {
        let mut f = Fields::default();
        let group = f.parse("group_id", &r.group_id);
        let mask = Mask::new(r.update_mask.as_ref(), &["name", "description", "role_ids"], &mut f);
        let name = match mask.means("name", !r.name.is_empty()) {
            true => f.name::<GroupId>("name", &r.name).map(Some),
            false => Some(None),
        };
        let description = mask.parse::<Description>(&mut f, "description", &r.description);
        let roles = mask.each::<RoleRef>(&mut f, "role_ids", &r.role_ids, MOST_ROLES);
        let etag = f.etag(&r.etag);
        f.build(|| {
            Some(Update {
                group: group?,
                name: name?,
                description: description?,
                roles: roles?,
                etag: etag?,
            })
        })
    }
}

impl TryFrom<pb::DeleteGroupRequest> for Delete {
    type Error = Error;
    fn try_from(r: pb::DeleteGroupRequest) -> Result<Delete, Error> {
        let mut f = Fields::default();
        let group = f.parse("group_id", &r.group_id);
        let etag = f.etag(&r.etag);
        f.build(|| {
            Some(Delete {
                group: group?,
                confirm: r.confirm,
                etag: etag?,
            })
        })
    }
}

impl From<u64> for pb::DeleteGroupResponse {
    fn from(members: u64) -> Self {
        Self {
            member_count: count(members),
        }
    }
}

fn membership(group: &str, members: &[String], atomic: bool) -> Result<Membership, Error> {
    let mut f = Fields::default();
    let group = f.parse("group_id", group);
    let members = f.selection("member_ids", members);
    f.build(|| {
        Some(Membership {
            group: group?,
            members: members?,
            atomic,
        })
    })
}

impl TryFrom<pb::AddGroupMembersRequest> for Membership {
    type Error = Error;
    fn try_from(r: pb::AddGroupMembersRequest) -> Result<Membership, Error> {
        membership(&r.group_id, &r.member_ids, r.atomic)
    }
}

impl TryFrom<pb::RemoveGroupMembersRequest> for Membership {
    type Error = Error;
    fn try_from(r: pb::RemoveGroupMembersRequest) -> Result<Membership, Error> {
        membership(&r.group_id, &r.member_ids, r.atomic)
    }
}

macro_rules! answers {
    (one: $($one:ty),+; batch: $($batch:ty),+ $(;)?) => {
        $(impl From<Shown> for $one {
            fn from(shown: Shown) -> Self {
                Self { group: Some(shown.into()) }
            }
        })+
        $(impl From<Done> for $batch {
            fn from(done: Done) -> Self {
                Self { results: results(done) }
            }
        })+
    };
}

answers! {
    one: pb::CreateGroupResponse, pb::GetGroupResponse, pb::UpdateGroupResponse;
    batch: pb::AddGroupMembersResponse, pb::RemoveGroupMembersResponse;
}
