//! What groups and tags share: whether a name is free, lists by name, and the confirmation of a deletion.

use super::page::{Page, PageRequest, Pager};
use super::{Cx, View};
use crate::domain::DisplayName;
use crate::domain::naming::{likeness, passes_for};
use crate::error::{Error, Exists};
use crate::store::naming::NamedPage;
use serde::Serialize;

/// What has the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Group,
    Tag,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Kind::Group => "group",
            Kind::Tag => "tag",
        }
    }

    /// Whoever deletes what members rest on types its name again. A wrong name is refused in any case.
    pub(super) fn confirmed(self, confirm: &str, name: &DisplayName, members: u64) -> Result<(), Error> {
        let typed = confirm.trim();
        if typed == name.as_str() || (typed.is_empty() && members == 0) {
            return Ok(());
        }
        let kind = self.as_str();
        let why = format!("is not the name of this {kind}; type it to confirm the deletion");
        Err(Error::field("confirm", why))
    }
}

/// The form of a name by which it is unique and lists are ordered.
pub(super) fn name_key(name: &DisplayName) -> String {
    likeness(name.as_str())
}

impl Cx<'_> {
    /// Refuses a name that another has, or that people would take for a role of the preset.
    pub(super) fn free_name(&self, kind: Kind, name: &DisplayName, taken: bool) -> Result<(), Error> {
        let kind = match taken {
            true => kind.as_str(),
            false => {
                let roles = &self.app.preset.roles;
                let Some(_) = roles.iter().find(|role| passes_for(name.as_str(), &role.name)) else {
                    return Ok(());
                };
                "role"
            }
        };
        let name = name.as_str().to_owned();
        Err(Exists::Name { kind, name }.into())
    }
}

/// A list by name that is under way.
pub(super) struct NamedList<'a> {
    pager: Pager<'a>,
    search: String,
    after: String,
    request: &'a PageRequest,
}

impl<'a> NamedList<'a> {
    pub(super) fn new(view: &'a View<'_>, query: &str, request: &'a PageRequest) -> Result<NamedList<'a>, Error> {
        let search = likeness(query);
        let pager = Pager::new(&view.app.sealer, view.call, &search)?;
        let after: Option<String> = pager.after(&request.token)?;
        Ok(NamedList {
            pager,
            search,
            after: after.unwrap_or_default(),
            request,
        })
    }

    /// What is looked for, in the form in which names are kept.
    pub(super) fn search(&self) -> &str {
        &self.search
    }

    /// What to ask the store for.
    pub(super) fn page(&self) -> NamedPage<'_> {
        NamedPage {
            search: &self.search,
            after: &self.after,
            limit: self.request.size.get() + 1,
        }
    }

    /// The page of what was found.
    pub(super) fn end<T, K: Serialize>(&self, found: Vec<T>, key: impl Fn(&T) -> K) -> Result<Page<T>, Error> {
        self.pager.page(found, self.request.size, key)
    }
}
