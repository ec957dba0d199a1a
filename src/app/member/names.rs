//! What the groups and tags of members are called, for showing them. It is read with the members; only what they were
//! given since has to be looked up.

use crate::app::Cx;
use crate::domain::member::Member;
use crate::domain::naming::likeness;
use crate::domain::roles::{Given, Labels};
use crate::domain::tag::TagLabel;
use crate::domain::{GroupId, OrganizationId, TagId};
use crate::error::Error;

/// Takes the groups and tags that a member has now, in the order of their names.
pub(super) fn take_labels(given: &mut Given) -> Labels {
    let Labels { mut groups, mut tags } = std::mem::take(&mut given.labels);
    groups.retain(|(id, _)| given.groups.contains(id));
    groups.sort_by_cached_key(|(_, name)| likeness(name.as_str()));
    tags.retain(|tag| given.tags.contains(&tag.id));
    tags.sort_by_cached_key(|tag| likeness(tag.name.as_str()));
    Labels { groups, tags }
}

fn unnamed_groups(given: &Given) -> impl Iterator<Item = GroupId> {
    let named = |id: &GroupId| given.labels.groups.iter().any(|(known, _)| known == id);
    given.groups.iter().filter(move |id| !named(id)).copied()
}

fn unnamed_tags(given: &Given) -> impl Iterator<Item = TagId> {
    let named = |id: &TagId| given.labels.tags.iter().any(|known| known.id == *id);
    given.tags.iter().filter(move |id| !named(id)).copied()
}

fn each_once<T: Ord>(ids: impl Iterator<Item = T>) -> Vec<T> {
    let mut ids: Vec<T> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

impl Cx<'_> {
    /// Finds out what that is called which these members were given since they were read: a statement for the groups of all
    /// of them, and one for the tags; none where there are none.
    pub(super) async fn label(&self, organization: OrganizationId, members: &mut [Member]) -> Result<(), Error> {
        let groups = each_once(members.iter().flat_map(|member| unnamed_groups(&member.given)));
        let tags = each_once(members.iter().flat_map(|member| unnamed_tags(&member.given)));
        let groups = self.tx.groups().list_names(organization, &groups).await?;
        let tags = self.tx.tags().list_by_id(organization, &tags).await?;
        let tags: Vec<TagLabel> = tags.into_iter().map(TagLabel::from).collect();
        for given in members.iter_mut().map(|member| &mut member.given) {
            let Labels {
                groups: mut named,
                tags: mut painted,
            } = std::mem::take(&mut given.labels);
            named.retain(|(id, _)| !groups.iter().any(|(other, _)| other == id));
            named.extend(groups.iter().filter(|(id, _)| given.groups.contains(id)).cloned());
            painted.retain(|tag| !tags.iter().any(|other| other.id == tag.id));
            painted.extend(tags.iter().filter(|tag| given.tags.contains(&tag.id)).cloned());
            given.labels = Labels {
                groups: named,
                tags: painted,
            };
        }
        Ok(())
    }
}
