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
    async fn get_role(&self, request: Request<pb::GetRoleRequest>) -> Result<Response<pb::GetRoleResponse>, Status> {
        self.read(request, access::get_role).await
    }
    async fn create_role(&self, request: Request<pb::CreateRoleRequest>) -> Result<Response<pb::CreateRoleResponse>, Status> {
        self.write(request, access::create_role).await
    }
    async fn update_role(&self, request: Request<pb::UpdateRoleRequest>) -> Result<Response<pb::UpdateRoleResponse>, Status> {
        self.write(request, access::update_role).await
    }
    async fn delete_role(&self, request: Request<pb::DeleteRoleRequest>) -> Result<Response<pb::DeleteRoleResponse>, Status> {
        self.write(request, access::delete_role).await
    }
    async fn preview_role_change(&self, request: Request<pb::PreviewRoleChangeRequest>) -> Result<Response<pb::PreviewRoleChangeResponse>, Status> {
        self.read(request, access::preview).await
    }
    async fn create_binding(&self, request: Request<pb::CreateBindingRequest>) -> Result<Response<pb::CreateBindingResponse>, Status> {
        self.write(request, access::create_binding).await
    }
    async fn list_bindings(&self, request: Request<pb::ListBindingsRequest>) -> Result<Response<pb::ListBindingsResponse>, Status> {
        self.read(request, access::list_bindings).await
    }
    async fn delete_binding(&self, request: Request<pb::DeleteBindingRequest>) -> Result<Response<pb::DeleteBindingResponse>, Status> {
        self.write(request, access::delete_binding).await
    }
    async fn apply_catalog(&self, request: Request<pb::ApplyCatalogRequest>) -> Result<Response<pb::ApplyCatalogResponse>, Status> {
        self.write(request, access::apply).await
    }
    async fn batch_check_access(&self, request: Request<pb::BatchCheckAccessRequest>) -> Result<Response<pb::BatchCheckAccessResponse>, Status> {
        self.read(request, access::batch).await
    }
}
