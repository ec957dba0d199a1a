//! Tags.

use super::naming::count;
use super::selection::results;
use super::{Fields, etag, timestamp};
use crate::app::member::Done;
use crate::app::tag::{Create, Delete, Get, List, Listed, Shown, Tagging, Update};
use crate::domain::TagId;
use crate::domain::naming::{Color, Description, TagRef};
use crate::domain::tag::MOST_TAGS_OF_A_MEMBER;
use crate::error::Error;
use crate::pb::roster::membership::v1 as pb;
use crate::rpc::fields::Mask;

impl From<Shown> for pb::Tag {
    fn from(shown: Shown) -> pb::Tag {
        let Shown { tag, members } = shown;
        pb::Tag {
            id: tag.id.to_string(),
            name: tag.name.as_str().to_owned(),
            color: tag.color.as_str().to_owned(),
            description: tag.description.as_str().to_owned(),
            member_count: members.map(count),
            etag: etag(tag.version),
            create_time: Some(timestamp(tag.created_at)),
            update_time: Some(timestamp(tag.updated_at)),
        }
    }
}

impl TryFrom<pb::CreateTagRequest> for Create {
    type Error = Error;
    fn try_from(r: pb::CreateTagRequest) -> Result<Create, Error> {
        let mut f = Fields::default();
        let name = f.name::<TagId>("name", &r.name);
        let color = f.optional::<Color>("color", &r.color);
        let description = f.parse::<Description>("description", &r.description);
        f.build(|| {
            Some(Create {
                name: name?,
                color: color?.unwrap_or_default(),
                description: description?,
            })
        })
    }
}

impl TryFrom<pb::GetTagRequest> for Get {
    type Error = Error;
    fn try_from(r: pb::GetTagRequest) -> Result<Get, Error> {
        let mut f = Fields::default();
        let tag = f.parse("tag_id", &r.tag_id);
        f.build(|| {
            Some(Get {
                tag: tag?,
                count: r.include_member_count,
            })
        })
    }
}

impl TryFrom<pb::ListTagsRequest> for List {
    type Error = Error;
    fn try_from(r: pb::ListTagsRequest) -> Result<List, Error> {
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

impl From<Listed> for pb::ListTagsResponse {
    fn from(listed: Listed) -> Self {
        Self {
            tags: listed.page.items.into_iter().map(Into::into).collect(),
            next_page_token: listed.page.next,
            total_size: listed.total.map(count),
        }
    }
}

impl TryFrom<pb::UpdateTagRequest> for Update {
    type Error = Error;
    fn try_from(r: pb::UpdateTagRequest) -> Result<Update, Error> {
        let mut f = Fields::default();
        let tag = f.parse("tag_id", &r.tag_id);
        let mask = Mask::new(r.update_mask.as_ref(), &["name", "color", "description"], &mut f);
        let name = match mask.means("name", !r.name.is_empty()) {
            true => f.name::<TagId>("name", &r.name).map(Some),
            false => Some(None),
        };
        let color = mask.parse::<Color>(&mut f, "color", &r.color);
        let description = mask.parse::<Description>(&mut f, "description", &r.description);
        let etag = f.etag(&r.etag);
        f.build(|| {
            Some(Update {
                tag: tag?,
                name: name?,
                color: color?,
                description: description?,
                etag: etag?,
            })
        })
    }
}

impl TryFrom<pb::DeleteTagRequest> for Delete {
    type Error = Error;
    fn try_from(r: pb::DeleteTagRequest) -> Result<Delete, Error> {
        let mut f = Fields::default();
        let tag = f.parse("tag_id", &r.tag_id);
        let etag = f.etag(&r.etag);
        f.build(|| {
            Some(Delete {
                tag: tag?,
                confirm: r.confirm,
                etag: etag?,
            })
        })
    }
}

impl From<u64> for pb::DeleteTagResponse {
    fn from(members: u64) -> Self {
        Self {
            member_count: count(members),
        }
    }
}

impl TryFrom<pb::TagMembersRequest> for Tagging {
    type Error = Error;
    fn try_from(r: pb::TagMembersRequest) -> Result<Tagging, Error> {
        let mut f = Fields::default();
        let members = f.selection("member_ids", &r.member_ids);
        let add = f.each::<TagRef>("add_tag_ids", &r.add_tag_ids, MOST_TAGS_OF_A_MEMBER);
        let remove = f.each::<TagRef>("remove_tag_ids", &r.remove_tag_ids, MOST_TAGS_OF_A_MEMBER);
        if r.add_tag_ids.is_empty() && r.remove_tag_ids.is_empty() {
            f.refuse(
                "add_tag_ids",
                "is empty, and so is remove_tag_ids; name at least one tag",
            );
        }
        f.build(|| {
            Some(Tagging {
                members: members?,
                add: add?,
                remove: remove?,
                atomic: r.atomic,
            })
        })
    }
}

impl From<Done> for pb::TagMembersResponse {
    fn from(done: Done) -> Self {
        Self { results: results(done) }
    }
}

macro_rules! answers {
    ($($one:ty),+) => {
        $(impl From<Shown> for $one {
            fn from(shown: Shown) -> Self {
                Self { tag: Some(shown.into()) }
            }
        })+
    };
}

answers!(pb::CreateTagResponse, pb::GetTagResponse, pb::UpdateTagResponse);
