//! Who holds what: members by the roles that they have directly, by a group, or for a while, and by what was granted to
//! them alone. A binding past its time gives nothing, whether or not its row is still there.

use super::entity::{binding, grant, group_member, group_role, member, member_role};
use super::member::{Members, is_active, listed};
use super::{ReadWrite, Repository, from_db};
use crate::clock::Time;
use crate::domain::{MemberId, OrganizationId, Permission, PermissionSet, RoleId};
use crate::error::Error;
use sea_orm::sea_query::Condition;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Statement,
};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// The members holding any of these roles, however they came by them.
pub(super) fn holding(organization: OrganizationId, roles: &[RoleId], now: Time) -> Condition {
    let roles: Vec<Uuid> = roles.iter().map(|role| role.uuid()).collect();
    let direct = member_role::Entity::find()
        .select_only()
        .column(member_role::Column::MemberId)
        .filter(member_role::Column::OrganizationId.eq(organization.uuid()))
        .filter(member_role::Column::RoleId.is_in(roles.clone()));
    let groups = group_role::Entity::find()
        .select_only()
        .column(group_role::Column::GroupId)
        .filter(group_role::Column::OrganizationId.eq(organization.uuid()))
        .filter(group_role::Column::RoleId.is_in(roles.clone()));
    let grouped = group_member::Entity::find()
        .select_only()
        .column(group_member::Column::MemberId)
        .filter(group_member::Column::OrganizationId.eq(organization.uuid()))
        .filter(group_member::Column::GroupId.in_subquery(groups.into_query()));
    let bound = binding::Entity::find()
        .select_only()
        .column(binding::Column::MemberId)
        .filter(binding::Column::OrganizationId.eq(organization.uuid()))
        .filter(binding::Column::RoleId.is_in(roles))
        .filter(binding::Column::ExpiresAt.gt(now));
    Condition::any()
        .add(member::Column::Id.in_subquery(direct.into_query()))
        .add(member::Column::Id.in_subquery(grouped.into_query()))
        .add(member::Column::Id.in_subquery(bound.into_query()))
}

/// The members to whom any of these was granted alone.
pub(super) fn granted(organization: OrganizationId, permissions: &[Permission]) -> Condition {
    let granted = grant::Entity::find()
        .select_only()
        .column(grant::Column::MemberId)
        .filter(grant::Column::OrganizationId.eq(organization.uuid()))
        .filter(grant::Column::Permission.is_in(permissions.iter().map(|permission| permission.as_str())));
    Condition::all().add(member::Column::Id.in_subquery(granted.into_query()))
}

/// What makes somebody hold a permission: one of the roles that carry it, or a grant of it.
#[derive(Debug)]
pub struct Way {
    /// Roles that carry it.
    pub roles: Vec<RoleId>,
    /// Which it is.
    pub permission: Permission,
}

const COUNTS: &str = "SELECT h.role_id, COUNT(DISTINCT h.member_id) FROM (\
     SELECT role_id, member_id FROM member_roles WHERE organization_id = $1 \
     UNION ALL SELECT r.role_id, m.member_id FROM group_roles r JOIN group_members m \
     ON m.organization_id = r.organization_id AND m.group_id = r.group_id WHERE r.organization_id = $1 \
     UNION ALL SELECT role_id, member_id FROM bindings WHERE organization_id = $1 AND expires_at > $2) h \
     JOIN members m ON m.organization_id = $1 AND m.id = h.member_id AND m.state <> 7 GROUP BY h.role_id";

impl<M> Repository<'_, Members, M> {
    /// Those who hold any of these roles, by id, after the one given.
    pub async fn list_holders(
        &self,
        organization: OrganizationId,
        roles: &[RoleId],
        now: Time,
        after: Option<MemberId>,
        limit: u64,
    ) -> Result<Vec<MemberId>, Error> {
        let mut query = listed(organization).filter(holding(organization, roles, now));
        if let Some(after) = after {
            query = query.filter(member::Column::Id.gt(after.uuid()));
        }
        let query = query
            .order_by_asc(member::Column::Id)
            .limit(limit)
            .select_only()
            .column(member::Column::Id);
        let ids: Vec<Uuid> = query.into_tuple().all(self.conn).await.map_err(from_db)?;
        Ok(ids.into_iter().map(MemberId::new).collect())
    }

    /// How many hold a role.
    pub async fn count_holders(&self, organization: OrganizationId, role: RoleId, now: Time) -> Result<u64, Error> {
        let query = listed(organization).filter(holding(organization, &[role], now));
        query.count(self.conn).await.map_err(from_db)
    }

    /// How many hold each role that anybody holds.
    pub async fn count_holders_of_each(
        &self,
        organization: OrganizationId,
        now: Time,
    ) -> Result<HashMap<RoleId, u64>, Error> {
        let values = [organization.uuid().into(), now.into()];
        let statement = Statement::from_sql_and_values(self.conn.get_database_backend(), COUNTS, values);
        let rows = self.conn.query_all_raw(statement).await.map_err(from_db)?;
        let mut counts = HashMap::with_capacity(rows.len());
        for row in rows {
            let role: Uuid = row.try_get_by_index(0).map_err(from_db)?;
            let count: i64 = row.try_get_by_index(1).map_err(from_db)?;
            counts.insert(RoleId::new(role), u64::try_from(count).unwrap_or(0));
        }
        Ok(counts)
    }

    /// Those to whom any of these was granted alone, and which.
    pub async fn list_granted(
        &self,
        organization: OrganizationId,
        permissions: &PermissionSet,
    ) -> Result<BTreeMap<MemberId, PermissionSet>, Error> {
        let query = grant::Entity::find()
            .filter(grant::Column::OrganizationId.eq(organization.uuid()))
            .filter(grant::Column::Permission.is_in(permissions.iter().map(Permission::as_str)));
        let mut found: BTreeMap<MemberId, PermissionSet> = BTreeMap::new();
        for row in query.all(self.conn).await.map_err(from_db)? {
            let granted = found.entry(MemberId::new(row.member_id)).or_default();
            granted.extend(row.permission.parse().ok());
        }
        Ok(found)
    }

    /// Active members who hold all of these, the longest-standing first.
    pub async fn list_able(
        &self,
        organization: OrganizationId,
        ways: &[Way],
        now: Time,
        limit: u64,
    ) -> Result<Vec<MemberId>, Error> {
        let mut query = listed(organization).filter(is_active());
        for way in ways {
            let any = holding(organization, &way.roles, now)
                .add(granted(organization, std::slice::from_ref(&way.permission)));
            query = query.filter(any);
        }
        let query = query
            .order_by_asc(member::Column::CreatedAt)
            .order_by_asc(member::Column::Id)
            .limit(limit)
            .select_only()
            .column(member::Column::Id);
        let ids: Vec<Uuid> = query.into_tuple().all(self.conn).await.map_err(from_db)?;
        Ok(ids.into_iter().map(MemberId::new).collect())
    }
}

impl Repository<'_, Members, ReadWrite> {
    /// Takes these permissions from all to whom they were granted alone.
    pub async fn withdraw_grants(
        &self,
        organization: OrganizationId,
        permissions: &PermissionSet,
    ) -> Result<(), Error> {
        let query = grant::Entity::delete_many()
            .filter(grant::Column::OrganizationId.eq(organization.uuid()))
            .filter(grant::Column::Permission.is_in(permissions.iter().map(Permission::as_str)));
        query.exec(self.conn).await.map_err(from_db)?;
        Ok(())
    }
}
