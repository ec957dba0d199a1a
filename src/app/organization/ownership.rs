//! Who owns an organisation: the one way in which the owner's role moves.
//!
//! [`Cx::move_ownership`] alone writes it, in one transaction and under the organisation's lock, so that nobody ever sees an
//! organisation with no owner or with one too many.

use crate::app::action::{candidate, refusal};
use crate::app::audit::named;
use crate::app::{Cx, View};
use crate::clock::Time;
use crate::domain::action::{Action, obstacle};
use crate::domain::event::Event;
use crate::domain::member::Member;
use crate::domain::organization::{Organization, OwnershipTransfer, TRANSFER_LIFETIME};
use crate::domain::user::User;
use crate::domain::{MemberId, MemberState, OrganizationId, RoleId, Roles, UserId};
use crate::error::{Denied, Error, Refused};
use crate::mail::message::MailTemplate;
use crate::store::right::Affected;

/// A transfer of the caller's ownership.
#[derive(Debug)]
pub struct Transfer {
    /// To whom.
    pub member: MemberId,
    /// Move nothing until they accept.
    pub require_acceptance: bool,
}

/// What a transfer comes to: an offer, or none if the ownership has moved.
pub type Offered = Option<OwnershipTransfer>;

/// Hands the organisation over, or offers to.
pub async fn transfer(cx: &mut Cx<'_>, input: &Transfer) -> Result<Offered, Error> {
    cx.on(input.member);
    let place = cx.place()?;
    let organization = cx.home()?;
    let owner = cx.tx.members().get(organization.id, place.member).await?;
    if !cx.owns(&owner) {
        return Err(Denied::OwnerOnly.into());
    }
    let chosen = cx.tx.members().get(organization.id, input.member).await?;
    let seen = candidate(&cx.roles, &chosen, place.member, cx.now);
    if let Some(reason) = obstacle(&cx.rights, Action::TransferOwnership, &seen) {
        return Err(refusal(&cx.roles, Some(&chosen), reason));
    }
    let people = cx.people(&owner, &chosen).await?.ok_or(Refused::UserDisabled)?;
    cx.replace_offer(organization.id, "replaced").await?;
    if !input.require_acceptance {
        cx.move_ownership(&organization, owner, chosen, &people).await?;
        return Ok(None);
    }
    let offer = OwnershipTransfer {
        organization: organization.id,
        from: owner.id,
        to: chosen.id,
        to_rights_version: chosen.rights_version,
        created_at: cx.now,
        expires_at: cx.now + TRANSFER_LIFETIME,
    };
    cx.tx.ownership_transfers().insert(&offer).await?;
    cx.emit(Event::OwnershipOffered {
        from: offer.from,
        to: offer.to,
        expires_at: offer.expires_at,
    });
    let template = MailTemplate::OwnershipAsked {
        organization: organization.display_name.as_str().to_owned(),
        owner: people.owner.display_name.as_str().to_owned(),
        days: u32::try_from(TRANSFER_LIFETIME.num_days()).unwrap_or(u32::MAX),
    };
    let to = &people.chosen;
    cx.mail(&to.email, to.display_name.as_str(), to.locale, &template)?;
    Ok(Some(offer))
}

/// Takes the organisation over that was offered to the caller. Everything that the offer rested on is looked at again, under
/// the organisation's lock. Returns the former owner.
pub async fn accept(cx: &mut Cx<'_>, _: &()) -> Result<MemberId, Error> {
    cx.lock_caller().await?;
    let (organization, offer) = cx.offered_to_caller().await?;
    let ended = |state| Error::from(Refused::TransferEnded { state });
    let members = cx
        .tx
        .members()
        .list_by_id(organization.id, &[offer.from, offer.to])
        .await?;
    let (owner, chosen) = standing(&cx.roles, &offer, members, cx.now).map_err(ended)?;
    let people = cx.people(&owner, &chosen).await?.ok_or_else(|| ended("withdrawn"))?;
    cx.tx.ownership_transfers().delete(organization.id).await?;
    cx.move_ownership(&organization, owner, chosen, &people).await?;
    Ok(offer.from)
}

/// Says no to an organisation that was offered to the caller.
pub async fn decline(cx: &mut Cx<'_>, _: &()) -> Result<(), Error> {
    let (organization, offer) = cx.offered_to_caller().await?;
    if cx.now >= offer.expires_at {
        return Err(Error::missing("ownership_transfer", organization.id));
    }
    cx.end_offer(organization.id, &offer, "declined").await
}

/// Takes an offer back that hasn't run out. Its standing isn't asked: one that nobody could accept just now, since the account
/// of one of the two is switched off, could be accepted again later.
pub async fn cancel(cx: &mut Cx<'_>, _: &()) -> Result<(), Error> {
    let organization = cx.home()?;
    let missing = || Error::missing("ownership_transfer", organization.id);
    let offer = cx.tx.ownership_transfers().find(organization.id).await?;
    let offer = offer.filter(|offer| cx.now < offer.expires_at).ok_or_else(missing)?;
    cx.end_offer(organization.id, &offer, "cancelled").await
}

/// The offer that can still be accepted.
pub async fn offered(view: &View<'_>, _: &()) -> Result<OwnershipTransfer, Error> {
    let organization = view.call.organization()?;
    let missing = || Error::missing("ownership_transfer", organization);
    let offer = view.rows.ownership_transfers().find(organization).await?;
    let offer = offer.ok_or_else(missing)?;
    let members = view
        .rows
        .members()
        .list_by_id(organization, &[offer.from, offer.to])
        .await?;
    let roles = view.roles(organization).await?;
    let (owner, chosen) = standing(&roles, &offer, members, view.now).map_err(|_| missing())?;
    // Both accounts, as whoever accepts has them looked at.
    let both: Vec<UserId> = [owner.user, chosen.user].into_iter().flatten().collect();
    let users = view.rows.users().list(both).await?;
    match users.iter().filter(|user| user.disabled_at.is_none()).count() {
        2 => Ok(offer),
        _ => Err(missing()),
    }
}

/// The owner and the chosen of an offer that can be accepted, or in a word why it can't be. It ends by the clock, and with
/// the standing of either: whoever was suspended, or had anything taken from them meanwhile, isn't who was chosen, even if
/// they have it again. The version of their rights tells; where they only gained, [`Cx::offer_follows`] lets it keep up.
/// The clock takes without counting: who was only qualified for a while, and is again, can accept again.
fn standing(
    roles: &Roles,
    offer: &OwnershipTransfer,
    members: Vec<Member>,
    now: Time,
) -> Result<(Member, Member), &'static str> {
    if now >= offer.expires_at {
        return Err("expired");
    }
    let (mut owner, mut chosen) = (None, None);
    for member in members {
        if member.id == offer.from {
            owner = Some(member);
        } else if member.id == offer.to {
            chosen = Some(member);
        }
    }
    let owner = owner.filter(|m| m.state_at(now) == MemberState::Active);
    let chosen = chosen.filter(|m| m.rights_version == offer.to_rights_version);
    let (owner, chosen) = owner.zip(chosen).ok_or("withdrawn")?;
    let rights = roles.rights_of(&owner, now);
    let seen = candidate(roles, &chosen, owner.id, now);
    let owns = owner.roles.contains(&roles.owner());
    match owns && obstacle(&rights, Action::TransferOwnership, &seen).is_none() {
        true => Ok((owner, chosen)),
        false => Err("withdrawn"),
    }
}

/// The accounts of the two.
struct People {
    owner: User,
    chosen: User,
}

impl Cx<'_> {
    /// Whether a member has the owner's role.
    pub(in crate::app) fn owns(&self, member: &Member) -> bool {
        member.roles.contains(&self.roles.owner())
    }

    /// The organisation that the caller's token speaks for, locked, and the offer to them.
    async fn offered_to_caller(&mut self) -> Result<(Organization, OwnershipTransfer), Error> {
        let place = self.place()?;
        let organization = self.lock_organization_for_caller(place.organization).await?;
        self.roles = self.roles_at(organization.id, organization.roles_version).await?;
        self.home = Some(organization.clone());
        let offer = self.tx.ownership_transfers().find(organization.id).await?;
        let offer = offer.filter(|offer| offer.to == place.member);
        let offer = offer.ok_or_else(|| Error::missing("ownership_transfer", organization.id))?;
        Ok((organization, offer))
    }

    /// Lets an offer that is open go on for a chosen one who gained rights and lost none. Takes the members whose rights
    /// were counted up, with the new versions.
    pub(in crate::app) async fn offer_follows(
        &mut self,
        organization: OrganizationId,
        gained: &[(MemberId, i64)],
    ) -> Result<(), Error> {
        if gained.is_empty() {
            return Ok(());
        }
        let Some(offer) = self.tx.ownership_transfers().find(organization).await? else {
            return Ok(());
        };
        // Of a member whom a change reached in two ways each step is there, in order.
        let mut follows = offer.to_rights_version;
        for (_, version) in gained.iter().filter(|(member, _)| *member == offer.to) {
            if *version == follows + 1 {
                follows = *version;
            }
        }
        if follows != offer.to_rights_version {
            self.tx.ownership_transfers().follow(organization, follows).await?;
        }
        Ok(())
    }

    /// Ends the offer that is open if its owner, one of these members, owns no more or has no access: for good, even if they
    /// are given it back. (The chosen one's side is pinned by the version of their rights.)
    pub(in crate::app) async fn withdraw_offer_of(
        &mut self,
        organization: OrganizationId,
        changed: &[MemberId],
    ) -> Result<(), Error> {
        // Where one owns, only a transfer makes them cease to, and that ends the offer itself.
        if self.app.preset.owners < 2 {
            return Ok(());
        }
        let offer = self.tx.ownership_transfers().find(organization).await?;
        let offer = offer.filter(|offer| self.now < offer.expires_at && changed.contains(&offer.from));
        let Some(offer) = offer else { return Ok(()) };
        let owner = self.tx.members().find(organization, offer.from).await?;
        match owner {
            Some(owner) if owner.state_at(self.now) == MemberState::Active && self.owns(&owner) => Ok(()),
            _ => self.end_offer(organization, &offer, "withdrawn").await,
        }
    }

    /// Ends the offer that is open, if one is, because of something else that happens to the organisation.
    pub(super) async fn replace_offer(&mut self, organization: OrganizationId, why: &'static str) -> Result<(), Error> {
        match self.tx.ownership_transfers().find(organization).await? {
            Some(offer) if self.now < offer.expires_at => self.end_offer(organization, &offer, why).await,
            // One that ran out ended by itself.
            _ => self.tx.ownership_transfers().delete(organization).await,
        }
    }

    async fn end_offer(
        &mut self,
        organization: OrganizationId,
        offer: &OwnershipTransfer,
        why: &'static str,
    ) -> Result<(), Error> {
        self.tx.ownership_transfers().delete(organization).await?;
        self.emit(Event::OwnershipOfferEnded {
            from: offer.from,
            to: offer.to,
            why,
        });
        Ok(())
    }

    /// The accounts of both, if both are switched on: an organisation is never left to somebody who can't log in. They are
    /// locked, so that none is switched off beside the transfer that it was to prevent. The organisation is locked by
    /// then, and others lock a person first: should two wait for each other, one of them gives way and runs again.
    async fn people(&self, owner: &Member, chosen: &Member) -> Result<Option<People>, Error> {
        let mut ids: Vec<UserId> = [owner.user, chosen.user].into_iter().flatten().collect();
        ids.sort_unstable();
        let mut users = Vec::with_capacity(ids.len());
        for id in ids {
            users.extend(self.tx.users().lock(id).await?);
        }
        let of = |member: &Member| {
            let user = users.iter().find(|user| Some(user.id) == member.user);
            user.filter(|user| user.disabled_at.is_none()).cloned()
        };
        Ok(of(owner)
            .zip(of(chosen))
            .map(|(owner, chosen)| People { owner, chosen }))
    }

    /// Moves the ownership: the roles of both change together, what the former owner loses is gone at once, and both are
    /// told.
    async fn move_ownership(
        &mut self,
        organization: &Organization,
        owner: Member,
        chosen: Member,
        people: &People,
    ) -> Result<(), Error> {
        let (role, former) = (self.roles.owner(), self.app.preset.former_owner_role);
        let names = |cx: &Self, a: &Member, b: &Member| [named(&cx.roles, &a.roles), named(&cx.roles, &b.roles)];
        let before = names(self, &owner, &chosen);
        let next_owner = self.exchange(chosen, former, role).await?;
        let next_former = self.exchange(owner, role, former).await?;
        self.emit(Event::OwnershipTransferred {
            from: next_former.id,
            to: next_owner.id,
            before,
            after: names(self, &next_former, &next_owner),
        });
        let both = Affected::Members(vec![next_former.id, next_owner.id]);
        self.rights_changed(&both, true).await?;
        let organization = organization.display_name.as_str().to_owned();
        let given = MailTemplate::OwnershipGiven {
            organization: organization.clone(),
            owner: people.chosen.display_name.as_str().to_owned(),
        };
        let received = MailTemplate::OwnershipReceived {
            organization,
            owner: people.owner.display_name.as_str().to_owned(),
        };
        for (user, template) in [(&people.owner, given), (&people.chosen, received)] {
            self.mail(&user.email, user.display_name.as_str(), user.locale, &template)?;
        }
        Ok(())
    }

    /// Gives a member one role for another; the rest of their roles stay.
    async fn exchange(&mut self, was: Member, taken: RoleId, given: RoleId) -> Result<Member, Error> {
        let mut roles: Vec<RoleId> = was.roles.iter().copied().filter(|role| *role != taken).collect();
        roles.push(given);
        roles.sort_unstable();
        roles.dedup();
        self.tx.members().set_roles(was.organization, was.id, &roles).await?;
        let next = Member {
            roles,
            updated_at: self.now,
            ..was
        };
        self.tx.members().update(&next).await
    }
}
