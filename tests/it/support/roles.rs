//! Short forms of the calls about roles, bindings and decisions.

use super::calls::Outcome;
use super::world::{Person, World, with};
use roster::clock::{Clock, Time};
use roster::pb::roster::access::v1 as ac;

/// A moment as the wire has it.
pub fn wire(time: Time) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: time.timestamp(),
        nanos: time.timestamp_subsec_nanos() as i32,
    }
}

pub fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

impl World {
    pub async fn try_role(&self, by: &Person, name: &str, permissions: &[&str]) -> Outcome<ac::CreateRoleResponse> {
        let request = ac::CreateRoleRequest {
            name: name.into(),
            permissions: texts(permissions),
            ..Default::default()
        };
        self.access().create_role(with(&by.token, request)).await
    }

    /// Makes an own role.
    pub async fn role(&self, by: &Person, name: &str, permissions: &[&str]) -> ac::Role {
        let made = self.try_role(by, name, permissions).await.unwrap();
        made.into_inner().role.unwrap()
    }

    /// Lets a role permit something else.
    pub async fn permit(&self, by: &Person, role: &str, permissions: &[&str]) -> Outcome<ac::UpdateRoleResponse> {
        let request = ac::UpdateRoleRequest {
            role_id: role.into(),
            permissions: texts(permissions),
            ..Default::default()
        };
        self.access().update_role(with(&by.token, request)).await
    }

    pub async fn get_role(&self, by: &Person, role: &str) -> Outcome<ac::GetRoleResponse> {
        let request = ac::GetRoleRequest {
            role_id: role.into(),
            include_holder_count: true,
            ..Default::default()
        };
        self.access().get_role(with(&by.token, request)).await
    }

    pub async fn delete_role(&self, by: &Person, role: &str) -> Outcome<ac::DeleteRoleResponse> {
        let request = ac::DeleteRoleRequest {
            role_id: role.into(),
            ..Default::default()
        };
        self.access().delete_role(with(&by.token, request)).await
    }

    /// Gives a role for so many minutes.
    pub async fn try_bind(
        &self,
        by: &Person,
        member: &str,
        role: &str,
        minutes: i64,
    ) -> Outcome<ac::CreateBindingResponse> {
        let request = ac::CreateBindingRequest {
            member_id: member.into(),
            role_id: role.into(),
            expire_time: Some(wire(self.clock.now() + chrono::TimeDelta::minutes(minutes))),
            ..Default::default()
        };
        self.access().create_binding(with(&by.token, request)).await
    }

    /// Gives a role for so many minutes, which must work.
    pub async fn bind(&self, by: &Person, member: &str, role: &str, minutes: i64) -> ac::Binding {
        let made = self.try_bind(by, member, role, minutes).await.unwrap();
        made.into_inner().binding.unwrap()
    }

    pub async fn unbind(&self, by: &Person, binding: &str) -> Outcome<ac::DeleteBindingResponse> {
        let request = ac::DeleteBindingRequest {
            binding_id: binding.into(),
            ..Default::default()
        };
        self.access().delete_binding(with(&by.token, request)).await
    }

    pub async fn bindings(&self, by: &Person, request: ac::ListBindingsRequest) -> Outcome<ac::ListBindingsResponse> {
        self.access().list_bindings(with(&by.token, request)).await
    }

    /// Whether a member may, as the database has it now.
    pub async fn may(&self, by: &Person, member: &str, permission: &str) -> bool {
        let request = ac::CheckAccessRequest {
            permission: permission.into(),
            subject: Some(ac::check_access_request::Subject::MemberId(member.into())),
            ..Default::default()
        };
        let answer = self.access().check_access(with(&by.token, request)).await;
        answer.unwrap().into_inner().allowed
    }

    /// Whether the bearer of a token may: what another service asks.
    pub async fn bears(&self, by: &Person, token: &str, permission: &str) -> bool {
        let request = ac::CheckAccessRequest {
            permission: permission.into(),
            subject: Some(ac::check_access_request::Subject::AccessToken(token.into())),
            ..Default::default()
        };
        let answer = self.access().check_access(with(&by.token, request)).await;
        answer.unwrap().into_inner().allowed
    }

    pub async fn explain(&self, by: &Person, member: &str, permission: &str) -> ac::ExplainAccessResponse {
        let request = ac::ExplainAccessRequest {
            permission: permission.into(),
            member_id: member.into(),
            ..Default::default()
        };
        let answer = self.access().explain_access(with(&by.token, request)).await;
        answer.unwrap().into_inner()
    }
}
