//! What the invited see of their invitations. Nothing changes by it.

use super::ended;
use crate::app::View;
use crate::app::page::{Page, PageRequest, Pager};
use crate::auth::opaque::OpaqueSecret;
use crate::clock::Time;
use crate::domain::invitation::Invitation;
use crate::domain::{DisplayName, Email, InvitationId, MemberId};
use crate::error::{Error, Refused};
use std::collections::HashMap;

/// A code to be looked at.
#[derive(Debug)]
pub struct Preview {
    /// From the mail.
    pub code: OpaqueSecret,
}

/// What an invitation is about.
#[derive(Debug)]
pub struct Previewed {
    /// Who invites.
    pub organization: DisplayName,
    /// The person who invites.
    pub inviter: String,
    /// Whom, half hidden.
    pub email_masked: String,
    /// Until when.
    pub expires_at: Time,
    /// Whether the address has an account.
    pub has_account: bool,
}

/// What an invitation is about. Nothing changes by it.
pub async fn preview(view: &View<'_>, input: &Preview) -> Result<Previewed, Error> {
    let invitation = view
        .rows
        .invitations()
        .find_by_code(input.code.digest())
        .await?
        .ok_or_else(|| ended("unknown"))?;
    invitation.open_at(view.now).map_err(ended)?;
    let organization = view.rows.organizations().get(invitation.organization).await?;
    let member = view
        .rows
        .members()
        .get(invitation.organization, invitation.member)
        .await?;
    let inviter = view.rows.users().find(invitation.invited_by_user).await?;
    let known = view.rows.users().find_by_email(&invitation.email_key).await?;
    Ok(Previewed {
        organization: organization.display_name,
        inviter: inviter
            .map(|user| user.display_name.as_str().to_owned())
            .unwrap_or_default(),
        email_masked: member.email.masked(),
        expires_at: invitation.expires_at,
        has_account: known.is_some(),
    })
}

/// An invitation as the invited see it.
#[derive(Debug)]
pub struct Received {
    /// The invitation.
    pub invitation: Invitation,
    /// Who invites.
    pub organization: DisplayName,
    /// The person who invites.
    pub inviter: String,
    /// Names of the roles it offers.
    pub roles: Vec<String>,
}

/// The open invitations to the caller's verified address, the newest first.
pub async fn list_mine(view: &View<'_>, input: &PageRequest) -> Result<Page<Received>, Error> {
    let user = view
        .rows
        .users()
        .find(view.call.caller()?.user)
        .await?
        .ok_or(Error::Unauthenticated)?;
    if user.email_verified_at.is_none() {
        return Err(Refused::EmailUnverified.into());
    }
    let pager = Pager::new(&view.app.sealer, view.call, &())?;
    let after = pager.after(&input.token)?;
    let key: &Email = &user.email;
    let found = view
        .rows
        .invitations()
        .list_to(key.key(), view.now, after, input.size.get() + 1)
        .await?;
    let page = pager.page(found, input.size, |invitation| (invitation.created_at, invitation.id))?;
    let organizations = view
        .rows
        .organizations()
        .list(page.items.iter().map(|i| i.organization))
        .await?;
    let names: HashMap<_, _> = organizations.into_iter().map(|o| (o.id, o.display_name)).collect();
    let mut items = Vec::with_capacity(page.items.len());
    let mut roles = view.offered(&page.items).await?;
    let mut inviters = view.inviters(&page.items).await?;
    for invitation in page.items {
        let Some(organization) = names.get(&invitation.organization).cloned() else {
            continue;
        };
        let roles = roles.remove(&invitation.member).unwrap_or_default();
        let inviter = inviters.remove(&invitation.id).unwrap_or_default();
        items.push(Received {
            invitation,
            organization,
            inviter,
            roles,
        });
    }
    Ok(Page { items, next: page.next })
}

impl View<'_> {
    async fn offered(&self, invitations: &[Invitation]) -> Result<HashMap<MemberId, Vec<String>>, Error> {
        let places: Vec<_> = invitations.iter().map(|i| (i.organization, i.member)).collect();
        let members = self.rows.members().list_at(&places).await?;
        let roles = self.roles_for(&members).await?;
        let named = members.iter().filter_map(|member| {
            let roles = roles.get(&member.organization)?;
            let held = roles.held(&member.roles, &member.given, self.now);
            Some((member.id, roles.names(&held)))
        });
        Ok(named.collect())
    }

    async fn inviters(&self, invitations: &[Invitation]) -> Result<HashMap<InvitationId, String>, Error> {
        let users = self
            .rows
            .users()
            .list(invitations.iter().map(|i| i.invited_by_user))
            .await?;
        let names: HashMap<_, _> = users.into_iter().map(|user| (user.id, user.display_name)).collect();
        let named = |i: &Invitation| Some((i.id, names.get(&i.invited_by_user)?.as_str().to_owned()));
        Ok(invitations.iter().filter_map(named).collect())
    }
}
