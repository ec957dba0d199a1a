//! Organisations: founding, finding and listing here; settings, deletion, ownership, seats and the API user in a file each.

mod api_user;
mod delete;
mod named;
mod ownership;
mod seats;
mod settings;

pub use api_user::{SetApiUser, set_api_user};
pub use delete::{Delete, Deleted, Restore, delete, restore};
pub use named::OrganizationRef;
pub use ownership::{Offered, Transfer, accept, cancel, decline, offered, transfer};
pub use seats::{Guidance, GuidanceFor, SetSeats, Usage, seat_usage, set_seat_limit};
pub use settings::{Update, update};

use super::page::{Page, PageRequest, Pager};
use super::run::verified;
use super::{Cx, View};
use crate::domain::event::Event;
use crate::domain::fold::fold;
use crate::domain::member::Member;
use crate::domain::membership::MemberState;
use crate::domain::organization::Organization;
use crate::domain::user::User;
use crate::domain::{DisplayName, Given, Locale, MemberId, OrganizationId, Slug, TimeZone};
use crate::error::{Error, Exists};

/// An organisation to be founded.
pub(super) struct Founding {
    pub display_name: DisplayName,
    pub slug: Option<Slug>,
    pub locale: Locale,
    pub time_zone: TimeZone,
    pub slug_may_differ: bool,
}

impl Cx<'_> {
    /// Makes an organisation and its owner's membership. The one way to make either.
    pub(super) async fn found(&mut self, owner: &User, new: Founding) -> Result<(Organization, Member), Error> {
        let slug = self.free_slug(&new).await?;
        let policy = &self.app.policy;
        let organization = Organization {
            id: OrganizationId::new(self.uuid()),
            slug,
            display_name: new.display_name,
            locale: new.locale,
            time_zone: new.time_zone,
            invitation_lifetime: policy.invitation_lifetime,
            seat_limit: policy.seat_limit,
            active_members: 1,
            roles_version: 1,
            password_min_length: None,
            session_lifetime: None,
            default_role: None,
            api_user: None,
            deleted_at: None,
            version: 1,
            created_at: self.now,
            updated_at: self.now,
        };
        self.tx.organizations().insert(&organization).await?;
        let member = Member {
            id: MemberId::new(self.uuid()),
            organization: organization.id,
            user: Some(owner.id),
            email: owner.email.clone(),
            display_name: owner.display_name.clone(),
            stored_state: MemberState::Active,
            invitation_expires_at: None,
            roles: vec![self.app.preset.owner_role().id],
            given: Given {
                roles_version: 1,
                ..Given::default()
            },
            added_by: None,
            last_sign_in_at: None,
            rights_version: 1,
            version: 1,
            created_at: self.now,
            updated_at: self.now,
        };
        self.tx.members().insert(&member).await?;
        self.about(Some(organization.id));
        let slug = organization.slug.as_str().to_owned();
        self.emit(Event::OrganizationCreated {
            organization: organization.id,
            slug,
            owner: owner.id,
        });
        self.emit(Event::MemberJoined {
            member: member.id,
            user: owner.id,
        });
        Ok((organization, member))
    }

    async fn free_slug(&self, new: &Founding) -> Result<Slug, Error> {
        let wanted = new.slug.clone().unwrap_or_else(|| Slug::suggest(&new.display_name));
        if self.tx.organizations().holder_of(&wanted).await?.is_none() {
            return Ok(wanted);
        }
        if new.slug.is_some() && !new.slug_may_differ {
            return Err(Exists::Slug {
                slug: wanted.as_str().to_owned(),
            }
            .into());
        }
        // A number out of a million; should it be taken too, the constraint says so and the operation runs again.
        Ok(wanted.with_suffix(self.app.random.below(1_000_000)))
    }
}

/// An organisation to be made by somebody who has an account.
#[derive(Debug)]
pub struct Create {
    /// Its name.
    pub display_name: DisplayName,
    /// Its slug, if they care.
    pub slug: Option<Slug>,
    /// Its language.
    pub locale: Option<Locale>,
    /// Its time zone.
    pub time_zone: Option<TimeZone>,
}

/// Makes an organisation whose owner the caller becomes.
pub async fn create(cx: &mut Cx<'_>, input: &Create) -> Result<(Organization, Member), Error> {
    verified(cx.standing.as_ref())?;
    let user = cx.lock_caller().await?;
    let new = Founding {
        display_name: input.display_name.clone(),
        slug: input.slug.clone(),
        locale: input.locale.unwrap_or(user.locale),
        time_zone: input.time_zone.clone().unwrap_or_else(|| user.time_zone.clone()),
        slug_may_differ: false,
    };
    cx.found(&user, new).await
}

/// The caller's organisation.
pub async fn get(view: &View<'_>, _: &()) -> Result<Organization, Error> {
    view.rows.organizations().get(view.call.organization()?).await
}

/// Which organisations of the caller's.
#[derive(Debug)]
pub struct ListMine {
    /// Those that they may restore, instead of those that they are in.
    pub deleted: bool,
    /// Which page.
    pub page: PageRequest,
}

/// Where the caller is an active member, by name. A person has few, so the page is cut in memory; but it begins behind the
/// last one shown, so that an organisation that came or went meanwhile shifts nothing.
pub async fn list_mine(view: &View<'_>, input: &ListMine) -> Result<Page<Organization>, Error> {
    let pager = Pager::new(&view.app.sealer, view.call, &input.deleted)?;
    let user = view.call.caller()?.user;
    let found = if input.deleted {
        view.restorable(user).await?
    } else {
        let members = view.rows.members().list_of_user(user).await?;
        let organizations = members.iter().map(|m| m.organization);
        view.rows.organizations().list(organizations).await?
    };
    pager.slice(found, &input.page, |o: &Organization| {
        (fold(o.display_name.as_str()), o.id)
    })
}
