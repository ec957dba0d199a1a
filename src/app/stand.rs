//! How the caller stands: read from the database, whatever the token says, and again behind every lock that a call waited
//! for. What they may do follows from it, or the refusal.

use super::rights::lacking;
use super::{App, Call, Cx};
use crate::auth::rules::Who;
use crate::clock::Time;
use crate::domain::OrganizationId;
use crate::domain::Roles;
use crate::domain::member::{Membership, Standing};
use crate::domain::membership::MemberState;
use crate::domain::organization::Organization;
use crate::domain::permission::PermissionSet;
use crate::domain::session::Place;
use crate::domain::user::User;
use crate::error::Error;
use crate::store::Repository;
use crate::store::right::Rights;
use std::sync::Arc;

/// Reads the caller's rights again, whatever the token says, and refuses if they no longer do.
///
/// What is done with a permission of an organisation is done one at a time there: the lock comes before the look, so that
/// nobody acts on rights that were taken while they waited.
pub(super) async fn stand(cx: &mut Cx<'_>) -> Result<(), Error> {
    if let Some(caller) = cx.call.caller.as_deref() {
        if let (Who::Holding(_), Some(place)) = (cx.call.rule.who, caller.place()) {
            // One that was deleted while the call waited takes the caller's session with it.
            let home = cx.lock_organization(place.organization).await;
            cx.home = Some(home.map_err(|error| match error {
                Error::NotFound { .. } => Error::Unauthenticated,
                error => error,
            })?);
        }
        cx.standing = cx.tx.standings().find(caller.session, caller.place(), cx.now).await?;
        if let Some(membership) = cx.standing.as_ref().and_then(|standing| standing.membership.as_ref()) {
            cx.roles = cx.app.roles_of(cx.tx.rights(), caller.place(), membership).await?;
        }
    }
    cx.rights = cx.app.rights(cx.call, cx.standing.as_ref(), &cx.roles, cx.now)?;
    Ok(())
}

impl Cx<'_> {
    /// Locks who calls, and looks at how they stand anew: the wait may have been long, and the session it began in over.
    ///
    /// The person's row is locked before the organisation's, here as everywhere but in a transfer of the ownership, which
    /// gives way and runs again where it meets another.
    pub(super) async fn lock_caller(&mut self) -> Result<User, Error> {
        let user = self
            .tx
            .users()
            .lock(self.user()?)
            .await?
            .ok_or(Error::Unauthenticated)?;
        self.stand_again().await?;
        Ok(user)
    }

    /// Looks at how the caller stands anew, behind another lock that the call waited for.
    pub(super) async fn stand_again(&mut self) -> Result<(), Error> {
        self.now = self.app.clock.now();
        stand(self).await
    }

    /// Locks an organisation for a caller who needs no permission in it, and looks at how they stand anew.
    pub(super) async fn lock_organization_for_caller(&mut self, id: OrganizationId) -> Result<Organization, Error> {
        let organization = self.lock_organization(id).await?;
        self.stand_again().await?;
        Ok(organization)
    }
}

impl App {
    /// Whether the caller may still do what they call for.
    pub(super) async fn still_may(&self, call: &Call) -> Result<(), Error> {
        let Some(caller) = call.caller.as_deref() else {
            return Ok(());
        };
        let rows = self.store.reads();
        let standing = rows
            .standings()
            .find(caller.session, caller.place(), self.clock.now())
            .await?;
        let roles = match standing.as_ref().and_then(|standing| standing.membership.as_ref()) {
            Some(membership) => self.roles_of(rows.rights(), caller.place(), membership).await?,
            None => self.roles.plain(),
        };
        self.rights(call, standing.as_ref(), &roles, self.clock.now())
            .map(|_| ())
    }

    /// The same between the transactions of a long call; a refusal about rights is recorded.
    pub(super) async fn may_go_on(&self, call: &Call) -> Result<(), Error> {
        let may = self.still_may(call).await;
        if let Some(error) = may.as_ref().err().filter(|error| error.is_about_rights()) {
            self.note_refusal(call, error).await;
        }
        may
    }

    async fn roles_of<M>(
        &self,
        rows: Repository<'_, Rights, M>,
        place: Option<Place>,
        membership: &Membership,
    ) -> Result<Arc<Roles>, Error> {
        let Some(place) = place else {
            return Ok(self.roles.plain());
        };
        let wanted = [(place.organization, membership.given.roles_version)];
        let mut found = self.roles_at(rows, &wanted, true).await?;
        Ok(found.remove(&place.organization).unwrap_or_else(|| self.roles.plain()))
    }

    /// What a caller may do, from how they stand now, or the refusal.
    fn rights(
        &self,
        call: &Call,
        standing: Option<&Standing>,
        roles: &Roles,
        now: Time,
    ) -> Result<PermissionSet, Error> {
        let Some(caller) = call.caller.as_deref() else {
            return match call.rule.who {
                Who::Public => Ok(PermissionSet::default()),
                _ => Err(Error::Unauthenticated),
            };
        };
        let standing = standing
            .filter(|s| s.session_live && s.enabled)
            .ok_or(Error::Unauthenticated)?;
        let rights = match &standing.membership {
            Some(m) if m.state == MemberState::Active => roles.rights(&m.roles, &m.given, now),
            _ if caller.place.is_some() => return Err(Error::Unauthenticated),
            _ => PermissionSet::default(),
        };
        if let Who::Holding(permission) = call.rule.who {
            call.place()?;
            if !rights.contains_named(permission) {
                return Err(lacking(roles, permission));
            }
        }
        Ok(rights)
    }
}
