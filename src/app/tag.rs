//! Tags: making, finding, changing and deleting them. Giving them to members is in [`tagging`].
//!
//! A tag gives no permission, so nothing here asks what somebody holds beyond the call's own permission.

mod tagging;

pub use tagging::{Tagging, tag_members};

use super::audit::TOLD;
use super::naming::{Kind, NamedList, name_key};
use super::page::{Page, PageRequest};
use super::user::fresh;
use super::{Cx, View};
use crate::domain::event::Event;
use crate::domain::naming::{Color, Description, TagRef};
use crate::domain::tag::{MOST_TAGS, Tag};
use crate::domain::{DisplayName, TagId};
use crate::error::{Error, Exhausted};
use serde_json::json;

/// A tag to be made.
#[derive(Debug)]
pub struct Create {
    /// What it is called.
    pub name: DisplayName,
    /// How it is shown.
    pub color: Color,
    /// What it is for.
    pub description: Description,
}

/// A tag to be looked at.
#[derive(Debug)]
pub struct Get {
    /// Which.
    pub tag: TagRef,
    /// Also count those who bear it.
    pub count: bool,
}

/// A list of tags.
#[derive(Debug)]
pub struct List {
    /// Part of the name.
    pub query: String,
    /// Also count those who bear each.
    pub counts: bool,
    /// Also count all that match.
    pub total: bool,
    /// Which page.
    pub page: PageRequest,
}

/// A change: only what is set changes.
#[derive(Debug)]
pub struct Update {
    /// Which.
    pub tag: TagRef,
    /// What it is called.
    pub name: Option<DisplayName>,
    /// How it is shown.
    pub color: Option<Color>,
    /// What it is for.
    pub description: Option<Description>,
    /// The version that must still be.
    pub etag: Option<i64>,
}

/// A tag to be deleted.
#[derive(Debug)]
pub struct Delete {
    /// Which.
    pub tag: TagRef,
    /// Its name, typed again.
    pub confirm: String,
    /// The version that must still be.
    pub etag: Option<i64>,
}

/// A tag as it is shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The tag.
    pub tag: Tag,
    /// How many bear it, if asked for.
    pub members: Option<u64>,
}

/// A page of tags, and how many there are if it was asked for.
#[derive(Debug)]
pub struct Listed {
    /// The page.
    pub page: Page<Shown>,
    /// How many match.
    pub total: Option<u64>,
}

/// Makes a tag.
pub async fn create(cx: &mut Cx<'_>, input: &Create) -> Result<Shown, Error> {
    let organization = cx.home()?.id;
    let tag = Tag {
        id: TagId::new(cx.uuid()),
        organization,
        name: input.name.clone(),
        description: input.description.clone(),
        color: input.color.clone(),
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    cx.free_tag_name(&tag).await?;
    if cx.tx.tags().count(organization, "").await? >= MOST_TAGS {
        let (kind, limit) = ("tag", MOST_TAGS);
        return Err(Exhausted::Limit { kind, limit }.into());
    }
    cx.tx.tags().insert(&tag).await?;
    cx.emit(Event::TagCreated {
        tag: tag.id,
        after: told(&tag),
    });
    Ok(Shown { tag, members: None })
}

/// One tag.
pub async fn get(view: &View<'_>, input: &Get) -> Result<Shown, Error> {
    let organization = view.call.organization()?;
    let tag = view.rows.tags().get(organization, &input.tag).await?;
    let members = match input.count {
        true => {
            let counted = view.rows.tags().count_members(organization, &[tag.id]).await?;
            Some(counted.get(&tag.id).copied().unwrap_or(0))
        }
        false => None,
    };
    Ok(Shown { tag, members })
}

/// The tags, a page at a time.
pub async fn list(view: &View<'_>, input: &List) -> Result<Listed, Error> {
    let organization = view.call.organization()?;
    let list = NamedList::new(view, &input.query, &input.page)?;
    let found = view.rows.tags().list(organization, &list.page()).await?;
    let page = list.end(found, |tag: &Tag| name_key(&tag.name))?;
    let ids: Vec<TagId> = page.items.iter().map(|tag| tag.id).collect();
    let counted = match input.counts {
        true => Some(view.rows.tags().count_members(organization, &ids).await?),
        false => None,
    };
    let items = page.items.into_iter().map(|tag| Shown {
        members: counted
            .as_ref()
            .map(|counted| counted.get(&tag.id).copied().unwrap_or(0)),
        tag,
    });
    let total = match input.total {
        true => Some(view.rows.tags().count(organization, list.search()).await?),
        false => None,
    };
    Ok(Listed {
        page: Page {
            items: items.collect(),
            next: page.next,
        },
        total,
    })
}

/// Changes a tag.
pub async fn update(cx: &mut Cx<'_>, input: &Update) -> Result<Shown, Error> {
    let was = cx.tx.tags().get(cx.home()?.id, &input.tag).await?;
    fresh(input.etag, was.version)?;
    let next = Tag {
        name: input.name.clone().unwrap_or_else(|| was.name.clone()),
        color: input.color.clone().unwrap_or_else(|| was.color.clone()),
        description: input.description.clone().unwrap_or_else(|| was.description.clone()),
        ..was.clone()
    };
    if next == was {
        return Ok(Shown {
            tag: was,
            members: None,
        });
    }
    if next.name != was.name {
        cx.free_tag_name(&next).await?;
    }
    let next = Tag {
        updated_at: cx.now,
        ..next
    };
    let next = cx.tx.tags().update(&next).await?;
    cx.emit(Event::TagUpdated {
        tag: next.id,
        before: told(&was),
        after: told(&next),
    });
    Ok(Shown {
        tag: next,
        members: None,
    })
}

/// Deletes a tag, and takes it from all who bear it.
pub async fn delete(cx: &mut Cx<'_>, input: &Delete) -> Result<u64, Error> {
    let organization = cx.home()?.id;
    let tag = cx.tx.tags().get(organization, &input.tag).await?;
    fresh(input.etag, tag.version)?;
    let counted = cx.tx.tags().count_members(organization, &[tag.id]).await?;
    let members = counted.get(&tag.id).copied().unwrap_or(0);
    Kind::Tag.confirmed(&input.confirm, &tag.name, members)?;
    let losing = cx.tx.members().touch_bearing(organization, tag.id, cx.now).await?;
    for members in losing.chunks(TOLD) {
        let (tag, members) = (tag.id, members.to_vec());
        cx.emit(Event::TagLost { tag, members });
    }
    cx.tx.tags().delete(organization, tag.id).await?;
    cx.emit(Event::TagDeleted {
        tag: tag.id,
        before: told(&tag),
        member_count: members,
    });
    Ok(members)
}

impl Cx<'_> {
    async fn free_tag_name(&self, tag: &Tag) -> Result<(), Error> {
        let taken = self
            .tx
            .tags()
            .is_named(tag.organization, &name_key(&tag.name), tag.id)
            .await?;
        self.free_name(Kind::Tag, &tag.name, taken)
    }
}

fn told(tag: &Tag) -> serde_json::Value {
    json!({
        "name": tag.name.as_str(),
        "color": tag.color.as_str(),
        "description": tag.description.as_str(),
    })
}
