//! AccessService: one line per method.

use super::Rpc;
use crate::app::access;
use crate::pb::roster::access::v1 as pb;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
#[rustfmt::skip]
impl pb::access_service_server::AccessService for Rpc {
    async fn list_permissions(&self, request: Request<pb::ListPermissionsRequest>) -> Result<Response<pb::ListPermissionsResponse>, Status> {
        self.read(request, access::list_permissions).await
    }
    async fn list_roles(&self, request: Request<pb::ListRolesRequest>) -> Result<Response<pb::ListRolesResponse>, Status> {
        self.read(request, access::list_roles).await
    }
    async fn check_access(&self, request: Request<pb::CheckAccessRequest>) -> Result<Response<pb::CheckAccessResponse>, Status> {
        self.read(request, access::check).await
    }
    async fn explain_access(&self, request: Request<pb::ExplainAccessRequest>) -> Result<Response<pb::ExplainAccessResponse>, Status> {
        self.read(request, access::explain).await
    }
    async fn get_role(&self, _: Request<pb::GetRoleRequest>) -> Result<Response<pb::GetRoleResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn create_role(&self, _: Request<pb::CreateRoleRequest>) -> Result<Response<pb::CreateRoleResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn update_role(&self, _: Request<pb::UpdateRoleRequest>) -> Result<Response<pb::UpdateRoleResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn delete_role(&self, _: Request<pb::DeleteRoleRequest>) -> Result<Response<pb::DeleteRoleResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn preview_role_change(&self, _: Request<pb::PreviewRoleChangeRequest>) -> Result<Response<pb::PreviewRoleChangeResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn create_binding(&self, _: Request<pb::CreateBindingRequest>) -> Result<Response<pb::CreateBindingResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn list_bindings(&self, _: Request<pb::ListBindingsRequest>) -> Result<Response<pb::ListBindingsResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn delete_binding(&self, _: Request<pb::DeleteBindingRequest>) -> Result<Response<pb::DeleteBindingResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn apply_catalog(&self, _: Request<pb::ApplyCatalogRequest>) -> Result<Response<pb::ApplyCatalogResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn batch_check_access(&self, _: Request<pb::BatchCheckAccessRequest>) -> Result<Response<pb::BatchCheckAccessResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}
