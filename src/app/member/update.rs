//! Changing what a member was given: roles, tags, groups, grants.

use super::Shown;
use crate::app::action::{candidate, refusal};
use crate::app::rights::resolve;
use crate::app::user::fresh;
use crate::app::{Cx, RoleRef};
use crate::domain::action::{Candidate, Reason, obstacle};
use crate::domain::member::Member;
use crate::domain::naming::{GroupRef, TagRef};
use crate::domain::{Action, GroupId, LifeRefusal, MemberId, Permission, PermissionSet, RoleId};
use crate::error::{Error, Refused};

/// Other things for a member. What is none stays.
#[derive(Debug)]
pub struct Update {
    /// Whose.
    pub member: MemberId,
    /// All of their roles from now on.
    pub roles: Option<Vec<RoleRef>>,
    /// All of their tags from now on.
    pub tags: Option<Vec<TagRef>>,
    /// All of their groups from now on.
    pub groups: Option<Vec<GroupRef>>,
    /// All of their permissions beyond the roles from now on.
    pub grants: Option<Vec<Permission>>,
    /// The version that must still be.
    pub etag: Option<i64>,
}

/// Changes what a member was given. What shrinks is gone at once: older tokens are refused, and open invitations that gave
/// more than the member may now give are withdrawn.
pub async fn update(cx: &mut Cx<'_>, input: &Update) -> Result<Shown, Error> {
    cx.on(input.member);
    let place = cx.place()?;
    let was = cx.tx.members().get(place.organization, input.member).await?;
    let owners = cx.owners_among(place.organization, std::iter::once(&was)).await?;
    let candidate = candidate(&cx.roles, &was, place.member, cx.now).among(owners);
    let touched = Touched {
        rights: input.roles.is_some() || input.grants.is_some(),
        groups: input.groups.is_some(),
        tags: input.tags.is_some(),
    };
    may_edit(cx, &was, touched, &candidate)?;
    fresh(input.etag, was.version)?;
    let next = cx.wanted(&was, input).await?;
    if next == was {
        return cx.show_one(was).await;
    }
    cx.write_given(&was, &next).await?;
    let id = was.id;
    cx.edited(place.organization, &[(was, next)]).await?;
    let now = cx.tx.members().get(place.organization, id).await?;
    cx.show_one(now).await
}

/// What an edit is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Touched {
    /// Roles or grants.
    pub(super) rights: bool,
    /// Groups.
    pub(super) groups: bool,
    /// Tags.
    pub(super) tags: bool,
}

/// Nobody edits those who hold more, and nobody the last owner's roles and grants. Tags give nothing, so anybody may bear
/// them; and the owner may be in groups, where they get nothing that they don't hold.
pub(super) fn may_edit(cx: &Cx<'_>, member: &Member, touched: Touched, candidate: &Candidate) -> Result<(), Error> {
    let tags_alone = !touched.rights && !touched.groups && touched.tags;
    match obstacle(&cx.rights, Action::Edit, candidate) {
        None => Ok(()),
        Some(_) if tags_alone => Ok(()),
        Some(Reason::Life(LifeRefusal::OwnerProtected)) if !touched.rights && touched.groups => Ok(()),
        Some(reason) => Err(refusal(&cx.roles, Some(member), reason)),
    }
}

impl Cx<'_> {
    /// The member as they are to be, if the caller may give all that is new.
    async fn wanted(&self, was: &Member, input: &Update) -> Result<Member, Error> {
        let mut next = was.clone();
        if let Some(roles) = &input.roles {
            next.roles = resolve(&self.roles, roles)?;
        }
        if let Some(groups) = &input.groups {
            next.given.groups = self.groups_meant(was.organization, groups).await?;
        }
        if let Some(tags) = &input.tags {
            next.given.tags = self.tags_meant(was.organization, tags).await?;
        }
        if let Some(grants) = &input.grants {
            next.given.grants = grants.iter().cloned().collect();
        }
        let new_roles: Vec<RoleId> = missing(&next.roles, &was.roles);
        let new_groups = missing(&next.given.groups, &was.given.groups);
        let new_grants = next.given.grants.missing_from(&was.given.grants);
        self.may_give_all(&new_roles, &new_groups, &new_grants).await?;
        Ok(next)
    }

    /// Refuses to hand out roles, places in groups and grants that the caller may not, as one set.
    pub(super) async fn may_give_all(
        &self,
        roles: &[RoleId],
        groups: &[GroupId],
        grants: &[Permission],
    ) -> Result<(), Error> {
        self.may_give_together(roles, groups, grants)?;
        self.may_give_member(roles).await
    }

    /// The same but for who may own: that is for the caller to ask.
    pub(super) fn may_give_together(
        &self,
        roles: &[RoleId],
        groups: &[GroupId],
        grants: &[Permission],
    ) -> Result<(), Error> {
        for grant in grants {
            match self.roles.permission(grant) {
                Some(known) if known.grantable => {}
                Some(_) => {
                    let permission = grant.to_string();
                    return Err(Refused::NotGrantable { permission }.into());
                }
                None => return Err(Error::missing("permission", grant)),
            }
        }
        let by_groups = groups.iter().flat_map(|group| self.roles.of_group(*group));
        let all: Vec<RoleId> = roles.iter().chain(by_groups).copied().collect();
        let granted: PermissionSet = grants.iter().cloned().collect();
        self.may_give(&self.roles.permissions_of(&all).union(&granted))
    }

    /// Writes what differs between a member as they were and as they are to be.
    pub(super) async fn write_given(&mut self, was: &Member, next: &Member) -> Result<(), Error> {
        let (organization, id) = (next.organization, next.id);
        if next.roles != was.roles {
            self.tx.members().set_roles(organization, id, &next.roles).await?;
        }
        let (old, new) = (&was.given, &next.given);
        let left = missing(&old.groups, &new.groups);
        if !left.is_empty() {
            self.tx.groups().take_out(organization, &left, &[id]).await?;
        }
        let joined: Vec<_> = missing(&new.groups, &old.groups)
            .into_iter()
            .map(|group| (group, id))
            .collect();
        self.tx.groups().put_in(organization, &joined).await?;
        let taken = missing(&old.tags, &new.tags);
        if !taken.is_empty() {
            self.tx.tags().take(organization, &[id], &taken).await?;
        }
        let borne: Vec<_> = missing(&new.tags, &old.tags).into_iter().map(|tag| (id, tag)).collect();
        self.tx.tags().give(organization, &borne).await?;
        let lost = old.grants.missing_from(&new.grants);
        if !lost.is_empty() {
            self.tx.members().ungrant(organization, id, &lost).await?;
        }
        let granted = new.grants.missing_from(&old.grants);
        self.tx.members().grant(organization, id, &granted).await
    }
}

/// What is in the one and not in the other.
fn missing<T: PartialEq + Copy>(from: &[T], other: &[T]) -> Vec<T> {
    from.iter().filter(|one| !other.contains(one)).copied().collect()
}
