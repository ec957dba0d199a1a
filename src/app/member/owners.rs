//! Several owners, where the preset lets there be some: whether one may go, and whether there may be one more. The last who
//! can act never goes, and there are never more than the preset allows.

use crate::app::{Cx, View};
use crate::domain::member::Member;
use crate::domain::{OrganizationId, Owners, RoleId, Roles};
use crate::error::{Error, Exhausted};
use crate::store::Repository;
use crate::store::member::Members;

/// The owners, if one of these is among them: else it doesn't matter, and nobody counts.
async fn among<'m, M>(
    rows: Repository<'_, Members, M>,
    roles: &Roles,
    organization: OrganizationId,
    mut members: impl Iterator<Item = &'m Member>,
) -> Result<Owners, Error> {
    let owner = roles.owner();
    if roles.most_owners() == 1 || !members.any(|member| member.roles.contains(&owner)) {
        return Ok(Owners::One);
    }
    let active = rows.count_able(organization, owner).await?;
    Ok(Owners::Several { active })
}

impl Cx<'_> {
    /// The owners of an organisation that is locked, if one of these is among them.
    pub(in crate::app) async fn owners_among<'m>(
        &self,
        organization: OrganizationId,
        members: impl Iterator<Item = &'m Member>,
    ) -> Result<Owners, Error> {
        among(self.tx.members(), &self.roles, organization, members).await
    }

    /// Refuses to give a member roles that the caller may not. Where the preset lets several own, an owner makes another,
    /// up to its number; groups, bindings, files and defaults never do.
    pub(super) async fn may_give_member(&self, roles: &[RoleId]) -> Result<(), Error> {
        let (owner, limit) = (self.roles.owner(), u64::from(self.roles.most_owners()));
        if limit == 1 || !roles.contains(&owner) {
            return self.may_give_roles(roles);
        }
        self.may_give(&self.roles.permissions_of(roles))?;
        let organization = self.home()?.id;
        if self.tx.members().count_holding(organization, owner).await? >= limit {
            return Err(Exhausted::Limit { kind: "owner", limit }.into());
        }
        Ok(())
    }
}

impl View<'_> {
    /// The owners of an organisation, if one of these is among them. Without the lock this is a picture, not a promise.
    pub(in crate::app) async fn owners_among<'m>(
        &self,
        roles: &Roles,
        organization: OrganizationId,
        members: impl Iterator<Item = &'m Member>,
    ) -> Result<Owners, Error> {
        among(self.rows.members(), roles, organization, members).await
    }
}
