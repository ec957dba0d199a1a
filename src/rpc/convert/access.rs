//! Permissions, roles, decisions.

use super::{Fields, only_a_page};
use crate::app::access::{Cause, Check, Explain, Explained, ModuleShown, RoleShown, Subject};
use crate::app::page::Page;
use crate::error::Error;
use crate::pb::roster::access::v1 as pb;
use crate::secret::Secret;

only_a_page!(pb::ListPermissionsRequest, pb::ListRolesRequest);

impl From<Page<ModuleShown>> for pb::ListPermissionsResponse {
    fn from(page: Page<ModuleShown>) -> Self {
        let modules = page.items.into_iter().map(|module| pb::Module {
            name: module.name,
            title: module.title,
            permissions: module
                .permissions
                .into_iter()
                .map(|(name, title, grantable)| pb::PermissionInfo { name, title, grantable })
                .collect(),
        });
        Self {
            modules: modules.collect(),
            next_page_token: page.next,
        }
    }
}

impl From<Page<RoleShown>> for pb::ListRolesResponse {
    fn from(page: Page<RoleShown>) -> Self {
        let roles = page.items.into_iter().map(|role| pb::Role {
            id: role.id.to_string(),
            name: role.name,
            display_name: role.title,
            description: role.description,
            system: true,
            owner: role.owner,
            permissions: role.permissions,
            ..Default::default()
        });
        Self {
            roles: roles.collect(),
            next_page_token: page.next,
        }
    }
}

impl TryFrom<pb::CheckAccessRequest> for Check {
    type Error = Error;
    fn try_from(r: pb::CheckAccessRequest) -> Result<Check, Error> {
        use pb::check_access_request::Subject as Wire;
        let mut f = Fields::default();
        let permission = f.parse("permission", &r.permission);
        let subject = match r.subject {
            None => Some(Subject::Caller),
            Some(Wire::AccessToken(token)) => Some(Subject::Bearer(Secret::new(token))),
            Some(Wire::MemberId(id)) => f.parse("member_id", &id).map(Subject::Member),
        };
        f.build(|| {
            Some(Check {
                permission: permission?,
                subject: subject?,
            })
        })
    }
}

impl From<bool> for pb::CheckAccessResponse {
    fn from(allowed: bool) -> Self {
        Self { allowed }
    }
}

impl TryFrom<pb::ExplainAccessRequest> for Explain {
    type Error = Error;
    fn try_from(r: pb::ExplainAccessRequest) -> Result<Explain, Error> {
        let mut f = Fields::default();
        let permission = f.parse("permission", &r.permission);
        let member = f.optional("member_id", &r.member_id);
        f.build(|| {
            Some(Explain {
                permission: permission?,
                member: member?,
            })
        })
    }
}

impl From<Explained> for pb::ExplainAccessResponse {
    fn from(explained: Explained) -> Self {
        let cause = match explained.cause {
            Cause::Role => pb::AccessCause::Role,
            Cause::NotGranted => pb::AccessCause::NotGranted,
            Cause::State(_) => pb::AccessCause::State,
            Cause::UnknownPermission => pb::AccessCause::UnknownPermission,
        };
        Self {
            allowed: explained.allowed,
            cause: cause.into(),
            granted_by_roles: explained.granted_by,
            roles_that_grant: explained.roles_that_grant,
            who_could_give: explained.who_could_give.iter().map(ToString::to_string).collect(),
            message: explained.message,
            ..Default::default()
        }
    }
}
