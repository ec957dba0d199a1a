//! What the groups and tags of members are called, for showing them: one statement for the groups of a whole page of
//! members, one for its tags, and none where there are none.

use super::Shown;
use crate::app::{Cx, View};
use crate::domain::member::Member;
use crate::domain::naming::likeness;
use crate::domain::tag::Tag;
use crate::domain::{DisplayName, GroupId, OrganizationId, TagId};
use crate::error::Error;
use crate::store::Repository;
use crate::store::group::Groups;
use crate::store::tag::Tags;
use std::collections::HashMap;

/// Groups and tags by id.
#[derive(Debug, Default)]
pub(super) struct Names {
    groups: HashMap<GroupId, DisplayName>,
    tags: HashMap<TagId, Tag>,
}

impl Names {
    async fn read<M>(
        groups: Repository<'_, Groups, M>,
        tags: Repository<'_, Tags, M>,
        organization: OrganizationId,
        members: &[Member],
    ) -> Result<Names, Error> {
        let in_groups = each_once(members.iter().flat_map(|member| &member.given.groups));
        let borne = each_once(members.iter().flat_map(|member| &member.given.tags));
        let groups = groups.list_names(organization, &in_groups).await?;
        let tags = tags.list_by_id(organization, &borne).await?;
        Ok(Names {
            groups: groups.into_iter().collect(),
            tags: tags.into_iter().map(|tag| (tag.id, tag)).collect(),
        })
    }

    /// Adds the names of the groups and tags of a member who is shown, in the order of the names.
    pub(super) fn name(&self, shown: &mut Shown) {
        let given = &shown.member.given;
        let groups = given.groups.iter();
        let mut groups: Vec<_> = groups
            .filter_map(|id| self.groups.get(id).map(|name| (*id, name.clone())))
            .collect();
        groups.sort_by_cached_key(|(_, name)| likeness(name.as_str()));
        let mut tags: Vec<_> = given.tags.iter().filter_map(|id| self.tags.get(id).cloned()).collect();
        tags.sort_by_cached_key(|tag| likeness(tag.name.as_str()));
        (shown.groups, shown.tags) = (groups, tags);
    }
}

fn each_once<'i, T: Ord + Copy + 'i>(ids: impl Iterator<Item = &'i T>) -> Vec<T> {
    let mut ids: Vec<T> = ids.copied().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

impl View<'_> {
    /// The names that it takes to show these members.
    pub(super) async fn names(&self, organization: OrganizationId, members: &[Member]) -> Result<Names, Error> {
        Names::read(self.rows.groups(), self.rows.tags(), organization, members).await
    }
}

impl Cx<'_> {
    /// The names that it takes to show these members.
    pub(super) async fn names(&self, organization: OrganizationId, members: &[Member]) -> Result<Names, Error> {
        Names::read(self.tx.groups(), self.tx.tags(), organization, members).await
    }
}
