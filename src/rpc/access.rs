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
}
