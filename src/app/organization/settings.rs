//! What an organisation sets for itself.

use crate::app::rights::resolve;
use crate::app::user::fresh;
use crate::app::{Cx, RoleRef};
use crate::domain::event::Event;
use crate::domain::organization::Organization;
use crate::domain::session::Place;
use crate::domain::{DisplayName, Locale, OrganizationId, RoleId, Slug, TimeZone};
use crate::error::{Error, Exists, Refused, Violation};
use chrono::Duration;
use serde_json::json;

/// A change: only what is set changes. What is set to none goes back to what the deployment says.
#[derive(Debug)]
pub struct Update {
    /// Its name.
    pub display_name: Option<DisplayName>,
    /// Its slug.
    pub slug: Option<Slug>,
    /// Its language.
    pub locale: Option<Locale>,
    /// Its time zone.
    pub time_zone: Option<TimeZone>,
    /// How long its invitations may be accepted.
    pub invitation_lifetime: Option<Option<Duration>>,
    /// Fewest characters of its members' passwords.
    pub password_min_length: Option<Option<u32>>,
    /// Whether its members are to need a second factor.
    pub mfa_required: bool,
    /// How long its members may stay logged in.
    pub session_lifetime: Option<Option<Duration>>,
    /// What a new member gets when no role is named.
    pub default_role: Option<Option<RoleRef>>,
    /// The version that must still be.
    pub etag: Option<i64>,
}

/// Changes the caller's organisation.
pub async fn update(cx: &mut Cx<'_>, input: &Update) -> Result<Organization, Error> {
    let was = cx.home()?;
    cx.on(was.id);
    cx.within_deployment(input)?;
    fresh(input.etag, was.version)?;
    if input.mfa_required {
        return Err(Refused::SecondFactorsUnavailable.into());
    }
    if let Some(slug) = input.slug.as_ref().filter(|slug| **slug != was.slug)
        && cx.tx.organizations().holder_of(slug).await?.is_some()
    {
        return Err(Exists::Slug {
            slug: slug.as_str().to_owned(),
        }
        .into());
    }
    let default_role = cx.next_default_role(input, &was)?;
    let invitation_lifetime = match input.invitation_lifetime {
        None => was.invitation_lifetime,
        Some(own) => own.unwrap_or(cx.app.policy.invitation_lifetime),
    };
    let next = Organization {
        display_name: input.display_name.clone().unwrap_or_else(|| was.display_name.clone()),
        slug: input.slug.clone().unwrap_or_else(|| was.slug.clone()),
        locale: input.locale.unwrap_or(was.locale),
        time_zone: input.time_zone.clone().unwrap_or_else(|| was.time_zone.clone()),
        invitation_lifetime,
        password_min_length: input.password_min_length.unwrap_or(was.password_min_length),
        session_lifetime: input.session_lifetime.unwrap_or(was.session_lifetime),
        default_role,
        updated_at: cx.now,
        ..was.clone()
    };
    let next = cx.tx.organizations().update(&next).await?;
    cx.emit(Event::OrganizationUpdated {
        organization: next.id,
        before: shown(&was),
        after: shown(&next),
    });
    Ok(next)
}

impl Cx<'_> {
    /// An organisation may ask for more than its deployment does, never for less.
    fn within_deployment(&self, input: &Update) -> Result<(), Error> {
        let mut violations = vec![];
        let mut refuse = |field: &str, reason: String| {
            violations.push(Violation {
                field: field.to_owned(),
                reason,
            });
        };
        let shortest = self.app.policy.password.min_length;
        if let Some(Some(length)) = input.password_min_length
            && (length as usize) < shortest
        {
            let reason = format!("is {length}, and this deployment asks for {shortest} at least");
            refuse("password_policy.min_length", reason);
        }
        let longest = self.app.policy.session_lifetime;
        if let Some(Some(lifetime)) = input.session_lifetime
            && lifetime > longest
        {
            let reason = format!(
                "is {}s, and sessions of this deployment last {}s at most",
                lifetime.num_seconds(),
                longest.num_seconds()
            );
            refuse("session_lifetime", reason);
        }
        if violations.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(violations))
        }
    }

    /// The default role is given to everybody who is added without one, so whoever sets it must be allowed to give it. That
    /// whoever adds somebody may do so too is looked at when they do.
    fn next_default_role(&self, input: &Update, was: &Organization) -> Result<Option<RoleId>, Error> {
        match &input.default_role {
            None => Ok(was.default_role),
            Some(None) => Ok(None),
            Some(Some(named)) => {
                let roles = resolve(&self.roles, std::slice::from_ref(named))?;
                self.may_give_roles(&roles)?;
                Ok(roles.first().copied())
            }
        }
    }

    /// What a new member gets here when no role is named. A role that is there no more gives way to the preset's.
    pub(in crate::app) fn default_role(&self, organization: &Organization) -> RoleId {
        let own = organization.default_role.filter(|id| self.roles.find(*id).is_some());
        own.unwrap_or(self.app.preset.default_role)
    }
}

impl Cx<'_> {
    /// How long a session that begins now may last here at most, if the organisation says. It is held until the end: no
    /// session begins beside the deletion that was to end it.
    pub(in crate::app) async fn hold_for_session(&self, id: OrganizationId) -> Result<Option<Duration>, Error> {
        let held = self.tx.organizations().hold(id).await?;
        Ok(held.ok_or(Error::Conflict)?.session_lifetime)
    }

    /// The same for a session that is renewed.
    pub(in crate::app) async fn session_lifetime(&self, place: Option<Place>) -> Result<Option<Duration>, Error> {
        let Some(place) = place else { return Ok(None) };
        let found = self.tx.organizations().find(place.organization).await?;
        Ok(found.ok_or(Error::Unauthenticated)?.session_lifetime)
    }
}

fn shown(organization: &Organization) -> serde_json::Value {
    json!({
        "display_name": organization.display_name.as_str(),
        "slug": organization.slug.as_str(),
        "locale": organization.locale.as_str(),
        "time_zone": organization.time_zone.as_str(),
        "invitation_seconds": organization.invitation_lifetime.num_seconds(),
        "password_min_length": organization.password_min_length,
        "session_seconds": organization.session_lifetime.map(|lifetime| lifetime.num_seconds()),
        "default_role": organization.default_role.map(|id| id.to_string()),
    })
}
