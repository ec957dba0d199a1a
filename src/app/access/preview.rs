//! Who would gain or lose what, if a role permitted something else, or members had other roles. The same sums as in
//! earnest, over roles that aren't written.

use super::role::known;
use crate::app::page::{Page, PageRequest, Pager};
use crate::app::rights::resolve;
use crate::app::{RoleRef, View};
use crate::domain::member::Member;
use crate::domain::{DisplayName, Email, MemberId, OrganizationId, Permission, PermissionSet, RoleId};
use crate::error::{Error, Refused};
use serde::Serialize;
use std::collections::HashMap;

/// A change to be thought through.
#[derive(Debug)]
pub struct Preview {
    /// Which.
    pub proposal: Proposal,
    /// Which page of those whom it concerns.
    pub page: PageRequest,
}

/// What would change.
#[derive(Debug, Serialize)]
pub enum Proposal {
    /// What a role permits.
    Role {
        /// Which.
        role: RoleId,
        /// What it would permit.
        permissions: PermissionSet,
    },
    /// Which roles members have themselves.
    Members {
        /// Whose, each once.
        members: Vec<MemberId>,
        /// Which they would have.
        roles: Vec<RoleRef>,
    },
}

/// What would come of it.
#[derive(Debug)]
pub struct Previewed {
    /// Those for whom something would change.
    pub page: Page<RightsChange>,
    /// How many it concerns.
    pub members: u64,
    /// How many would gain and how many would lose something, unless there are too many to look at.
    pub totals: Option<(u64, u64)>,
}

/// What one member would gain and lose.
#[derive(Debug, Clone)]
pub struct RightsChange {
    /// Who.
    pub member: MemberId,
    /// Their address.
    pub email: Email,
    /// Their name.
    pub name: DisplayName,
    /// What they don't hold now.
    pub gains: Vec<Permission>,
    /// What they hold now.
    pub loses: Vec<Permission>,
}

/// How many members are looked at for the totals.
const MOST: u64 = 10_000;
/// How many are read at once.
const AT_ONCE: usize = 1_000;

/// Thinks a change through.
pub async fn preview(view: &View<'_>, input: &Preview) -> Result<Previewed, Error> {
    view.may_see_members().await?;
    let organization = view.call.organization()?;
    let roles = view.roles(organization).await?;
    let pager = Pager::new(&view.app.sealer, view.call, &input.proposal)?;
    match &input.proposal {
        Proposal::Role { role, permissions } => {
            if roles.is_system(*role) {
                return Err(Refused::SystemRole { role: role.to_string() }.into());
            }
            roles.find(*role).ok_or_else(|| Error::missing("role", role))?;
            known(&roles, permissions)?;
            let after = roles.with(*role, permissions.clone());
            let differ = |member: &Member| {
                difference(
                    member,
                    &roles.rights_of(member, view.now),
                    &after.rights_of(member, view.now),
                )
            };
            view.of_role(organization, *role, &pager, &input.page, differ).await
        }
        Proposal::Members { members, roles: named } => {
            let next = resolve(&roles, named)?;
            let differ = |member: &Member| {
                let would = roles.rights(&next, &member.given, view.now);
                difference(member, &roles.rights_of(member, view.now), &would)
            };
            view.of_members(organization, members, &pager, &input.page, differ)
                .await
        }
    }
}

fn difference(member: &Member, now: &PermissionSet, then: &PermissionSet) -> Option<RightsChange> {
    let change = RightsChange {
        member: member.id,
        email: member.email.clone(),
        name: member.display_name.clone(),
        gains: then.missing_from(now),
        loses: now.missing_from(then),
    };
    (!change.gains.is_empty() || !change.loses.is_empty()).then_some(change)
}

fn totals(changes: &[RightsChange]) -> (u64, u64) {
    let count = |is: fn(&RightsChange) -> bool| changes.iter().filter(|change| is(change)).count() as u64;
    (
        count(|change| !change.gains.is_empty()),
        count(|change| !change.loses.is_empty()),
    )
}

impl View<'_> {
    /// Those who hold a role, a page at a time by id.
    async fn of_role(
        &self,
        organization: OrganizationId,
        role: RoleId,
        pager: &Pager<'_>,
        page: &PageRequest,
        differ: impl Fn(&Member) -> Option<RightsChange>,
    ) -> Result<Previewed, Error> {
        let (rows, held) = (self.rows.members(), [role]);
        let after: Option<MemberId> = pager.after(&page.token)?;
        let limit = page.size.get() + 1;
        let holders = rows.list_holders(organization, &held, self.now, after, limit).await?;
        let holders = pager.page(holders, page.size, |id| *id)?;
        let items = self.changes(organization, &holders.items, &differ).await?;
        let members = rows.count_holders(organization, role, self.now).await?;
        let totals = if members > MOST {
            None
        } else {
            let all = rows.list_holders(organization, &held, self.now, None, MOST).await?;
            Some(totals(&self.changes(organization, &all, &differ).await?))
        };
        let page = Page {
            items,
            next: holders.next,
        };
        Ok(Previewed { page, members, totals })
    }

    /// Those who were named.
    async fn of_members(
        &self,
        organization: OrganizationId,
        ids: &[MemberId],
        pager: &Pager<'_>,
        page: &PageRequest,
        differ: impl Fn(&Member) -> Option<RightsChange>,
    ) -> Result<Previewed, Error> {
        let found = self.rows.members().list_by_id(organization, ids).await?;
        let found: HashMap<MemberId, Member> = found.into_iter().map(|member| (member.id, member)).collect();
        let mut changes = vec![];
        for id in ids {
            let member = found.get(id).ok_or_else(|| Error::missing("member", id))?;
            changes.extend(differ(member));
        }
        let totals = Some(totals(&changes));
        let places: HashMap<MemberId, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        let page = pager.slice(changes, page, |change| places.get(&change.member).copied())?;
        let members = ids.len() as u64;
        Ok(Previewed { page, members, totals })
    }

    async fn changes(
        &self,
        organization: OrganizationId,
        ids: &[MemberId],
        differ: &impl Fn(&Member) -> Option<RightsChange>,
    ) -> Result<Vec<RightsChange>, Error> {
        let mut changes = vec![];
        for some in ids.chunks(AT_ONCE) {
            let mut members = self.rows.members().list_by_id(organization, some).await?;
            members.sort_unstable_by_key(|member| member.id);
            changes.extend(members.iter().filter_map(differ));
        }
        Ok(changes)
    }
}
