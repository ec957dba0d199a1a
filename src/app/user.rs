//! The caller's own account. Nobody else's is ever within reach here.

use super::{Cx, View};
use crate::domain::event::Event;
use crate::domain::member::Member;
use crate::domain::organization::Organization;
use crate::domain::user::User;
use crate::domain::{DisplayName, Locale, SessionId, TimeZone};
use crate::error::Error;
use serde_json::json;
use std::collections::HashMap;

/// The caller, all round.
#[derive(Debug)]
pub struct Me {
    /// The account.
    pub user: User,
    /// Where they are an active member.
    pub memberships: Vec<OwnMembership>,
    /// By which log-in.
    pub session: SessionId,
}

/// What the caller may do in one organisation.
#[derive(Debug)]
pub struct OwnMembership {
    /// The membership.
    pub member: Member,
    /// Where.
    pub organization: Organization,
    /// Names of the roles.
    pub roles: Vec<String>,
    /// What they permit.
    pub permissions: Vec<String>,
    /// Whether the call is made with it.
    pub current: bool,
}

/// The caller: the account, and what they may do where.
pub async fn me(view: &View<'_>, _: &()) -> Result<Me, Error> {
    let caller = view.call.caller()?;
    let user = view
        .rows
        .users()
        .find(caller.user)
        .await?
        .ok_or(Error::Unauthenticated)?;
    let members = view.rows.members().list_of_user(caller.user).await?;
    let organizations = view
        .rows
        .organizations()
        .list(members.iter().map(|m| m.organization))
        .await?;
    let mut by_id: HashMap<_, _> = organizations.into_iter().map(|o| (o.id, o)).collect();
    let known = view.roles_for(&members).await?;
    let mut memberships: Vec<OwnMembership> = members
        .into_iter()
        .filter_map(|member| {
            let organization = by_id.remove(&member.organization)?;
            let known = known.get(&member.organization)?;
            let roles = known.names(&known.held(&member.roles, &member.given, view.now));
            let permissions = known
                .rights_of(&member, view.now)
                .iter()
                .map(ToString::to_string)
                .collect();
            let current = caller.place().is_some_and(|place| place.member == member.id);
            Some(OwnMembership {
                member,
                organization,
                roles,
                permissions,
                current,
            })
        })
        .collect();
    memberships.sort_by(|a, b| {
        a.organization
            .display_name
            .as_str()
            .cmp(b.organization.display_name.as_str())
    });
    Ok(Me {
        user,
        memberships,
        session: caller.session,
    })
}

/// A change of the caller's own profile: only what is set changes.
#[derive(Debug)]
pub struct UpdateMe {
    /// What to be called.
    pub display_name: Option<DisplayName>,
    /// In which language to be written to.
    pub locale: Option<Locale>,
    /// Where their clock is.
    pub time_zone: Option<TimeZone>,
    /// The version that must still be.
    pub etag: Option<i64>,
}

/// Changes the caller's own profile, and its copies in their memberships.
pub async fn update(cx: &mut Cx<'_>, input: &UpdateMe) -> Result<User, Error> {
    let was = cx.lock_caller().await?;
    fresh(input.etag, was.version)?;
    let user = User {
        display_name: input.display_name.clone().unwrap_or_else(|| was.display_name.clone()),
        locale: input.locale.unwrap_or(was.locale),
        time_zone: input.time_zone.clone().unwrap_or_else(|| was.time_zone.clone()),
        updated_at: cx.now,
        ..was.clone()
    };
    let user = cx.tx.users().update(&user).await?;
    if user.display_name != was.display_name {
        cx.tx.members().update_person(&user, cx.now).await?;
    }
    cx.emit(Event::UserUpdated {
        user: user.id,
        before: shown(&was),
        after: shown(&user),
    });
    Ok(user)
}

fn shown(user: &User) -> serde_json::Value {
    json!({
        "display_name": user.display_name.as_str(),
        "locale": user.locale.as_str(),
        "time_zone": user.time_zone.as_str(),
    })
}

/// Refuses a change whose caller read an older version.
pub(super) fn fresh(etag: Option<i64>, version: i64) -> Result<(), Error> {
    match etag {
        Some(etag) if etag != version => Err(Error::Stale),
        _ => Ok(()),
    }
}
