//! Roles: those of the preset and an organisation's own.

use crate::app::access::{CreateRole, DeleteRole, GetRole, ListRoles, RoleShown, UpdateRole};
use crate::app::page::Page;
use crate::domain::{DisplayName, Permission, PermissionSet};
use crate::error::Error;
use crate::pb::roster::access::v1 as pb;
use crate::rpc::convert::{etag, timestamp};
use crate::rpc::fields::{Fields, Mask};

/// Permissions that a role may have.
pub(super) const MOST_PERMISSIONS: usize = 200;

impl From<RoleShown> for pb::Role {
    fn from(role: RoleShown) -> pb::Role {
        pb::Role {
            id: role.id.to_string(),
            name: role.name,
            display_name: role.title,
            description: role.description,
            system: role.own.is_none(),
            owner: role.owner,
            default_role: role.default_role,
            permissions: role.permissions,
            etag: role.own.map(|own| etag(own.version)).unwrap_or_default(),
            create_time: role.own.map(|own| timestamp(own.created_at)),
            update_time: role.own.map(|own| timestamp(own.updated_at)),
            holder_count: role.holders.map(|count| i64::try_from(count).unwrap_or(i64::MAX)),
        }
    }
}

impl TryFrom<pb::ListRolesRequest> for ListRoles {
    type Error = Error;
    fn try_from(r: pb::ListRolesRequest) -> Result<ListRoles, Error> {
        let mut f = Fields::default();
        let page = f.page(r.page_size, r.page_token);
        f.build(|| {
            Some(ListRoles {
                page: page?,
                count: r.include_holder_counts,
            })
        })
    }
}

impl From<Page<RoleShown>> for pb::ListRolesResponse {
    fn from(page: Page<RoleShown>) -> Self {
        Self {
            roles: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next,
        }
    }
}

impl TryFrom<pb::GetRoleRequest> for GetRole {
    type Error = Error;
    fn try_from(r: pb::GetRoleRequest) -> Result<GetRole, Error> {
        let mut f = Fields::default();
        let role = f.parse("role_id", &r.role_id);
        f.build(|| {
            Some(GetRole {
                role: role?,
                count: r.include_holder_count,
            })
        })
    }
}

impl TryFrom<pb::CreateRoleRequest> for CreateRole {
    type Error = Error;
    fn try_from(r: pb::CreateRoleRequest) -> Result<CreateRole, Error> {
        let mut f = Fields::default();
        let name = name(&mut f, &r.name);
        let description = f.parse("description", &r.description);
        let permissions = permissions(&mut f, "permissions", &r.permissions, 1);
        f.build(|| {
            Some(CreateRole {
                name: name?,
                description: description?,
                permissions: permissions?,
            })
        })
    }
}

impl TryFrom<pb::UpdateRoleRequest> for UpdateRole {
    type Error = Error;
    fn try_from(r: pb::UpdateRoleRequest) -> Result<UpdateRole, Error> {
        let mut f = Fields::default();
        let role = f.parse("role_id", &r.role_id);
        let mask = Mask::new(r.update_mask.as_ref(), &["name", "description", "permissions"], &mut f);
        let name = match mask.means("name", !r.name.is_empty()) {
            true => name(&mut f, &r.name).map(Some),
            false => Some(None),
        };
        let description = match mask.means("description", !r.description.is_empty()) {
            true => f.parse("description", &r.description).map(Some),
            false => Some(None),
        };
        let permissions = match mask.means("permissions", !r.permissions.is_empty()) {
            true => permissions(&mut f, "permissions", &r.permissions, 1).map(Some),
            false => Some(None),
        };
        let etag = f.etag(&r.etag);
        f.build(|| {
            Some(UpdateRole {
                role: role?,
                name: name?,
                description: description?,
                permissions: permissions?,
                etag: etag?,
            })
        })
    }
}

impl TryFrom<pb::DeleteRoleRequest> for DeleteRole {
    type Error = Error;
    fn try_from(r: pb::DeleteRoleRequest) -> Result<DeleteRole, Error> {
        let mut f = Fields::default();
        let role = f.parse("role_id", &r.role_id);
        let etag = f.etag(&r.etag);
        f.build(|| {
            Some(DeleteRole {
                role: role?,
                etag: etag?,
            })
        })
    }
}

/// An answer that is one role.
macro_rules! one_role {
    ($($response:ty),+) => {
        $(impl From<RoleShown> for $response {
            fn from(role: RoleShown) -> Self {
                Self { role: Some(role.into()) }
            }
        })+
    };
}
one_role!(pb::GetRoleResponse, pb::CreateRoleResponse, pb::UpdateRoleResponse);

fn name(f: &mut Fields, text: &str) -> Option<DisplayName> {
    let name: DisplayName = f.parse("name", text)?;
    if name.as_str().starts_with("rol_") {
        f.refuse("name", "begins with rol_, as ids do; choose another");
        return None;
    }
    Some(name)
}

/// A set of permissions. Which of them exist, only the organisation's catalogue knows.
pub(super) fn permissions(f: &mut Fields, field: &str, names: &[String], least: usize) -> Option<PermissionSet> {
    if names.len() < least {
        f.refuse(field, "is empty; a role permits something");
        return None;
    }
    let permissions: Vec<Permission> = f.each(field, names, MOST_PERMISSIONS)?;
    Some(permissions.into_iter().collect())
}
