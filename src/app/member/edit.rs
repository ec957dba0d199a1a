//! Editing what members were given, for every path that does: the groups and tags that are meant, the note that is taken
//! of each member who changed, and how those of a selection are shown afterwards.

use super::{Done, Shown, show};
use crate::app::Cx;
use crate::app::audit::named;
use crate::domain::event::Event;
use crate::domain::group::Group;
use crate::domain::invitation::Invitation;
use crate::domain::member::Member;
use crate::domain::naming::{GroupRef, NamedId, Ref, TagRef, likeness};
use crate::domain::tag::Tag;
use crate::domain::{Action, DisplayName, GroupId, MemberId, OrganizationId, RoleId, TagId};
use crate::error::Error;
use crate::mail::message::MailTemplate;
use crate::store::right::Affected;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

impl Cx<'_> {
    /// The groups that are meant, each once, in the order of their ids.
    pub(in crate::app) async fn groups_meant(
        &self,
        organization: OrganizationId,
        meant: &[GroupRef],
    ) -> Result<Vec<GroupId>, Error> {
        let found = self.tx.groups().list_meant(organization, meant).await?;
        all_meant("group", meant, &found, |group: &Group| (group.id, &group.name))
    }

    /// The tags that are meant, each once, in the order of their ids.
    pub(in crate::app) async fn tags_meant(
        &self,
        organization: OrganizationId,
        meant: &[TagRef],
    ) -> Result<Vec<TagId>, Error> {
        let found = self.tx.tags().list_meant(organization, meant).await?;
        all_meant("tag", meant, &found, |tag: &Tag| (tag.id, &tag.name))
    }

    /// Takes note of members who were edited, as they were and as they are, after it was written: their etags, the log, and
    /// their rights. Where nobody is, nothing happens.
    pub(in crate::app) async fn edited(
        &mut self,
        organization: OrganizationId,
        edits: &[(Member, Member)],
    ) -> Result<(), Error> {
        if edits.is_empty() {
            return Ok(());
        }
        let ids: Vec<MemberId> = edits.iter().map(|(was, _)| was.id).collect();
        self.tx.members().touch(organization, &ids, self.now).await?;
        let (mut shrank, mut grew, mut grew_below) = (vec![], vec![], vec![]);
        for (was, next) in edits {
            let (before, after) = (self.told(was), self.told(next));
            let member = next.id;
            self.emit(Event::MemberUpdated { member, before, after });
            let (had, has) = (
                self.roles.rights_of(was, self.now),
                self.roles.rights_of(next, self.now),
            );
            // Whoever owns no more lost something, even if they have each of its permissions otherwise.
            if !has.is_superset(&had) || (self.owns(was) && !self.owns(next)) {
                shrank.push(member);
            } else if has != had || self.held(was) != self.held(next) {
                match had.contains(&Action::Edit.permission()) {
                    true => grew.push(member),
                    false => grew_below.push(member),
                }
            }
        }
        if !grew_below.is_empty() {
            self.rights_grew_below(grew_below).await?;
        }
        for (members, shrank) in [(grew, false), (shrank, true)] {
            if !members.is_empty() {
                self.rights_changed(&Affected::Members(members), shrank).await?;
            }
        }
        self.tell_roles(edits).await
    }

    /// Writes to those whose roles are others now, unless they did it themselves. People with the same roles get the same
    /// mail, so they are looked up together.
    async fn tell_roles(&mut self, edits: &[(Member, Member)]) -> Result<(), Error> {
        let (actor, organization) = (self.place()?.member, self.home()?.display_name);
        let mut told: BTreeMap<String, Vec<&Member>> = BTreeMap::new();
        for (was, next) in edits.iter().filter(|(was, _)| was.id != actor) {
            let held = self.held(next);
            if held != self.held(was) {
                told.entry(self.roles.names(&held).join(", ")).or_default().push(next);
            }
        }
        for (roles, members) in told {
            let organization = organization.as_str().to_owned();
            let template = MailTemplate::RolesChanged { organization, roles };
            self.tell(&members, &template).await?;
        }
        Ok(())
    }

    fn held(&self, member: &Member) -> Vec<RoleId> {
        self.roles.held(&member.roles, &member.given, self.now)
    }

    /// What a member was given, as the log tells it.
    pub(in crate::app) fn told(&self, member: &Member) -> serde_json::Value {
        let bindings = member.given.bindings.iter().map(|binding| {
            let (id, role, expires_at) = (binding.id, binding.role, binding.expires_at);
            json!({"id": id, "role": role, "expires_at": expires_at})
        });
        json!({
            "roles": named(&self.roles, &member.roles),
            "groups": member.given.groups,
            "tags": member.given.tags,
            "grants": member.given.grants,
            "bindings": bindings.collect::<Vec<_>>(),
        })
    }

    /// What became of a selection: those who were done, as they are now.
    pub(in crate::app) async fn show_outcome(
        &self,
        organization: OrganizationId,
        outcome: Vec<(MemberId, Result<(), Error>)>,
    ) -> Result<Done, Error> {
        let done: Vec<MemberId> = outcome
            .iter()
            .filter(|(_, done)| done.is_ok())
            .map(|(id, _)| *id)
            .collect();
        let mut shown: HashMap<MemberId, Shown> = HashMap::with_capacity(done.len());
        if !done.is_empty() {
            let members = self.tx.members().list_by_id(organization, &done).await?;
            let invitations = self.tx.invitations().list_of(organization, &done).await?;
            let mut invitations: HashMap<MemberId, Invitation> = invitations
                .into_iter()
                .map(|invitation| (invitation.member, invitation))
                .collect();
            for member in members {
                let invitation = invitations.remove(&member.id);
                let one = show(&self.roles, member, invitation, self.now);
                shown.insert(one.member.id, one);
            }
        }
        let each = outcome.into_iter().map(|(id, done)| {
            let became = done.and_then(|()| shown.remove(&id).ok_or_else(|| Error::missing("member", id)));
            (id, became)
        });
        Ok(each.collect())
    }
}

/// The ids of all that are meant, or the error that one of them isn't there.
fn all_meant<T, Id: NamedId + Ord>(
    kind: &'static str,
    meant: &[Ref<Id>],
    found: &[T],
    tell: impl Fn(&T) -> (Id, &DisplayName),
) -> Result<Vec<Id>, Error> {
    let found: Vec<(Id, String)> = found
        .iter()
        .map(|one| {
            let (id, name) = tell(one);
            (id, likeness(name.as_str()))
        })
        .collect();
    let mut ids = Vec::with_capacity(meant.len());
    for one in meant {
        let hit = match one {
            Ref::Id(id) => found.iter().find(|(other, _)| other == id),
            Ref::Name(name) => {
                let key = likeness(name.as_str());
                found.iter().find(|(_, other)| *other == key)
            }
        };
        ids.push(hit.ok_or_else(|| Error::missing(kind, one))?.0);
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}
