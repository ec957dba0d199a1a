//! Finding members: one, or a page of many.

use super::Shown;
use crate::app::page::{Page, PageRequest, Pager};
use crate::app::rights::resolve;
use crate::app::{RoleRef, View};
use crate::domain::fold::{fold, sort_key};
use crate::domain::member::{Member, MemberFilter, MemberOrder};
use crate::domain::{Direction, Email, GroupId, Guide, MemberId, MemberState, OrganizationId, TagId};
use crate::error::Error;
use crate::store::member::{After, Paging};
use std::collections::HashMap;

/// A member to be looked at.
#[derive(Debug)]
pub struct Get {
    /// Which.
    pub which: WhichMember,
    /// Also tell what the roles permit.
    pub permissions: bool,
}

/// One member, by id or address.
#[derive(Debug)]
pub enum WhichMember {
    /// By id.
    Id(MemberId),
    /// By address.
    Email(Email),
}

/// One member.
pub async fn get(view: &View<'_>, input: &Get) -> Result<Shown, Error> {
    let organization = view.call.organization()?;
    let member = match &input.which {
        WhichMember::Id(id) => view.rows.members().get(organization, *id).await?,
        WhichMember::Email(email) => {
            let found = view.rows.members().find_by_email(organization, email.key()).await?;
            found.ok_or_else(|| Error::missing("member", email.as_str()))?
        }
    };
    let mut shown = view.show_all(organization, vec![member], input.permissions).await?;
    shown
        .pop()
        .ok_or_else(|| Error::Internal("a member went missing while being shown".into()))
}

/// Members to be looked at, each once.
#[derive(Debug)]
pub struct GetBatch {
    /// Which.
    pub members: Vec<MemberId>,
    /// Also tell what the roles permit.
    pub permissions: bool,
}

/// What became of each, in the order asked.
pub type Batch = Vec<(MemberId, Result<Shown, Error>)>;

/// Several members, with as many statements as for one.
pub async fn get_batch(view: &View<'_>, input: &GetBatch) -> Result<Batch, Error> {
    let organization = view.call.organization()?;
    let members = view.rows.members().list_by_id(organization, &input.members).await?;
    let shown = view.show_all(organization, members, input.permissions).await?;
    let mut found: HashMap<MemberId, Shown> = shown.into_iter().map(|shown| (shown.member.id, shown)).collect();
    let results = input.members.iter().map(|id| {
        let shown = found.remove(id);
        (*id, shown.ok_or_else(|| Error::missing("member", id)))
    });
    Ok(results.collect())
}

/// A list of members.
#[derive(Debug)]
pub struct List {
    /// Which.
    pub filter: Filter,
    /// In which order.
    pub order: MemberOrder,
    /// Which way.
    pub direction: Direction,
    /// Which page.
    pub page: PageRequest,
    /// Also count all that match.
    pub count: bool,
    /// Also tell what the roles permit.
    pub permissions: bool,
}

/// Which members, as people name them.
#[derive(Debug, Default)]
pub struct Filter {
    /// Part of the name or address.
    pub search: String,
    /// Any of these states.
    pub states: Vec<MemberState>,
    /// Any of these guides.
    pub guides: Vec<Guide>,
    /// Any of these roles, from any source.
    pub roles: Vec<RoleRef>,
    /// Any of these tags.
    pub tags: Vec<TagId>,
    /// Any of these groups.
    pub groups: Vec<GroupId>,
}

/// A page of members, and how many there are if it was asked for.
#[derive(Debug)]
pub struct Listed {
    /// The page.
    pub page: Page<Shown>,
    /// How many match.
    pub total: Option<u64>,
}

/// The members, a page at a time.
pub async fn list(view: &View<'_>, input: &List) -> Result<Listed, Error> {
    let organization = view.call.organization()?;
    let Some(filter) = view.filter(organization, &input.filter).await? else {
        let page = Page {
            items: vec![],
            next: String::new(),
        };
        return Ok(Listed {
            page,
            total: input.count.then_some(0),
        });
    };
    let states: Vec<_> = filter.states.iter().map(|state| state.as_str()).collect();
    let order = (input.order as u8, input.direction as u8);
    let pager = Pager::new(
        &view.app.sealer,
        view.call,
        &(
            &filter.search,
            states,
            &filter.roles,
            &filter.tags,
            &filter.groups,
            order,
        ),
    )?;
    let after: Option<(Key, MemberId)> = pager.after(&input.page.token)?;
    let paging = Paging {
        order: input.order,
        direction: input.direction,
        after: after.map(|(key, id)| (key.into(), id)),
        limit: input.page.size.get() + 1,
    };
    let members = view
        .rows
        .members()
        .list(organization, &filter, &paging, view.now)
        .await?;
    let page = pager.page(members, input.page.size, |member| {
        (Key::of(member, input.order), member.id)
    })?;
    let items = view.show_all(organization, page.items, input.permissions).await?;
    let total = match input.count {
        true => Some(view.rows.members().count(organization, &filter, view.now).await?),
        false => None,
    };
    Ok(Listed {
        page: Page { items, next: page.next },
        total,
    })
}

/// What a page token remembers of the last row.
#[derive(serde::Serialize, serde::Deserialize)]
enum Key {
    Text(String),
    Micros(i64),
}

impl Key {
    fn of(member: &Member, order: MemberOrder) -> Key {
        match order {
            MemberOrder::Name => Key::Text(sort_key(member.display_name.as_str())),
            MemberOrder::Email => Key::Text(member.email.key().to_owned()),
            MemberOrder::Added => Key::Micros(member.created_at.timestamp_micros()),
        }
    }
}

impl From<Key> for After {
    fn from(key: Key) -> After {
        match key {
            Key::Text(text) => After::Text(text),
            Key::Micros(micros) => After::Time(crate::clock::Time::from_timestamp_micros(micros).unwrap_or_default()),
        }
    }
}

impl View<'_> {
    /// The filter in the database's terms, or none if nothing can match. Guides are states by another name.
    pub(super) async fn filter(
        &self,
        organization: OrganizationId,
        filter: &Filter,
    ) -> Result<Option<MemberFilter>, Error> {
        let fits = |state: &MemberState| {
            (filter.states.is_empty() || filter.states.contains(state))
                && (filter.guides.is_empty() || filter.guides.contains(&state.guide()))
        };
        let restricted = !filter.states.is_empty() || !filter.guides.is_empty();
        let states: Vec<_> = MemberState::ALL.into_iter().filter(|s| restricted && fits(s)).collect();
        let roles = match filter.roles.as_slice() {
            [] => vec![],
            named => resolve(&*self.roles(organization).await?, named)?,
        };
        if let Some(tag) = self.rows.members().unknown_tag(organization, &filter.tags).await? {
            return Err(Error::missing("tag", tag));
        }
        if let Some(group) = self.rows.members().unknown_group(organization, &filter.groups).await? {
            return Err(Error::missing("group", group));
        }
        if restricted && states.is_empty() {
            return Ok(None);
        }
        let search = fold(&filter.search);
        // A lone accent or a character that isn't seen is in no name: nobody is found, and not everybody.
        if search.is_empty() && !filter.search.trim().is_empty() {
            return Ok(None);
        }
        Ok(Some(MemberFilter {
            search,
            states,
            roles,
            tags: sorted(&filter.tags),
            groups: sorted(&filter.groups),
        }))
    }
}

/// Each once, so that one query has one form: page tokens are bound to it.
fn sorted<T: Ord + Copy>(values: &[T]) -> Vec<T> {
    let mut values = values.to_vec();
    values.sort_unstable();
    values.dedup();
    values
}
