//! Deleting an organisation, and restoring it within its time. `worker/purge.rs` is what comes after that.

use crate::app::organization::OrganizationRef;
use crate::app::user::fresh;
use crate::app::{Cx, View};
use crate::domain::event::{Event, SessionEnd};
use crate::domain::member::Member;
use crate::domain::organization::{Organization, RESTORABLE};
use crate::domain::{MemberState, OrganizationId, UserId};
use crate::error::{Error, Refused};
use crate::mail::message::MailTemplate;
use crate::store::session::Which;

/// Owners that are told; a preset may allow several.
const MOST_OWNERS: u64 = 100;

/// A deletion of the caller's organisation.
#[derive(Debug)]
pub struct Delete {
    /// The slug, typed again.
    pub confirm: String,
    /// The version that must still be.
    pub etag: Option<i64>,
}

/// What a deletion ended.
#[derive(Debug)]
pub struct Deleted {
    /// As it is now.
    pub organization: Organization,
    /// How many sessions ended.
    pub sessions: usize,
    /// How many invitations were withdrawn.
    pub invitations: u64,
}

/// Deletes the caller's organisation: from the commit on nobody gets in, and every token for it is refused.
pub async fn delete(cx: &mut Cx<'_>, input: &Delete) -> Result<Deleted, Error> {
    let was = cx.home()?;
    if input.confirm != was.slug.as_str() {
        let wrong = "is not this organization's slug; type it to confirm the deletion";
        return Err(Error::field("confirm", wrong));
    }
    fresh(input.etag, was.version)?;
    // A log-in holds the organisation until it is done, so none begins that isn't ended here.
    cx.tx.organizations().lock_whole(was.id).await?;
    let next = Organization {
        deleted_at: Some(cx.now),
        updated_at: cx.now,
        ..was
    };
    let organization = cx.tx.organizations().update(&next).await?;
    let invitations = cx.tx.invitations().withdraw_open(organization.id, cx.now).await?;
    cx.tx.members().uninvite_open(organization.id, cx.now).await?;
    cx.replace_offer(organization.id, "organization_deleted").await?;
    let which = Which::OfOrganization(organization.id);
    let sessions = cx.end_sessions(which, SessionEnd::OrganizationDeleted).await?;
    cx.emit(Event::OrganizationDeleted {
        organization: organization.id,
        slug: organization.slug.as_str().to_owned(),
        purge_at: cx.now + RESTORABLE,
        sessions,
        invitations,
    });
    cx.tell_owners(&organization).await?;
    Ok(Deleted {
        organization,
        sessions,
        invitations,
    })
}

impl Cx<'_> {
    async fn tell_owners(&mut self, organization: &Organization) -> Result<(), Error> {
        let owner = [self.app.preset.owner_role().id];
        let members = self.tx.members();
        let owners = members.list_holding(organization.id, &owner, MOST_OWNERS).await?;
        let owners = members.list_by_id(organization.id, &owners).await?;
        let users = self
            .tx
            .users()
            .list(owners.iter().filter_map(|owner| owner.user))
            .await?;
        let template = MailTemplate::OrganizationDeleted {
            organization: organization.display_name.as_str().to_owned(),
            slug: organization.slug.as_str().to_owned(),
            days: u32::try_from(RESTORABLE.num_days()).unwrap_or(u32::MAX),
        };
        for user in users {
            self.mail(&user.email, user.display_name.as_str(), user.locale, &template)?;
        }
        Ok(())
    }
}

/// A deleted organisation that is to be restored.
#[derive(Debug)]
pub struct Restore {
    /// Which.
    pub organization: OrganizationRef,
}

/// Restores an organisation that the caller owns. To everybody else, and once its time is over, it isn't there.
pub async fn restore(cx: &mut Cx<'_>, input: &Restore) -> Result<Organization, Error> {
    let user = cx.user()?;
    let missing = || Error::missing("organization", &input.organization);
    let id: OrganizationId = match &input.organization {
        OrganizationRef::Id(id) => *id,
        OrganizationRef::Slug(slug) => {
            let holder = cx.tx.organizations().holder_of(slug).await?;
            holder.ok_or_else(missing)?.id
        }
    };
    // First a look, and the lock only for an owner: or strangers could keep an organisation locked that they only name.
    let owner = cx.app.preset.owner_role().id;
    let member = cx.tx.members().find_by_user(id, user).await?;
    member.filter(|member| owns(member, owner)).ok_or_else(missing)?;
    cx.lock_caller().await?;
    let was = cx.tx.organizations().lock_deleted(id).await?.ok_or_else(missing)?;
    cx.stand_again().await?;
    let member = cx.tx.members().find_by_user(id, user).await?;
    member.filter(|member| owns(member, owner)).ok_or_else(missing)?;
    let Some(purge_at) = was.purge_at() else {
        return Err(Refused::OrganizationNotDeleted.into());
    };
    if cx.now >= purge_at {
        return Err(missing());
    }
    let next = Organization {
        deleted_at: None,
        updated_at: cx.now,
        ..was
    };
    let next = cx.tx.organizations().update(&next).await?;
    cx.about(Some(id));
    cx.emit(Event::OrganizationRestored { organization: id });
    Ok(next)
}

fn owns(member: &Member, owner: crate::domain::RoleId) -> bool {
    member.stored_state == MemberState::Active && member.roles.contains(&owner)
}

impl View<'_> {
    /// The deleted organisations that a person may restore.
    pub(super) async fn restorable(&self, user: UserId) -> Result<Vec<Organization>, Error> {
        let owner = self.app.preset.owner_role().id;
        let members = self.rows.members().list_of_user_in_deleted(user).await?;
        let owned = members.iter().filter(|member| owns(member, owner));
        let found = self
            .rows
            .organizations()
            .list_deleted_by_id(owned.map(|member| member.organization))
            .await?;
        let restorable = |o: &Organization| o.purge_at().is_some_and(|purge_at| self.now < purge_at);
        Ok(found.into_iter().filter(restorable).collect())
    }
}
