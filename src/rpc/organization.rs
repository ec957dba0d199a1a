//! OrganizationService: one line per method.

use super::Rpc;
use crate::app::organization;
use crate::pb::roster::organization::v1 as pb;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
#[rustfmt::skip]
impl pb::organization_service_server::OrganizationService for Rpc {
    async fn create_organization(&self, request: Request<pb::CreateOrganizationRequest>) -> Result<Response<pb::CreateOrganizationResponse>, Status> {
        self.write(request, organization::create).await
    }
    async fn get_organization(&self, request: Request<pb::GetOrganizationRequest>) -> Result<Response<pb::GetOrganizationResponse>, Status> {
        self.read(request, organization::get).await
    }
    async fn list_my_organizations(&self, request: Request<pb::ListMyOrganizationsRequest>) -> Result<Response<pb::ListMyOrganizationsResponse>, Status> {
        self.read(request, organization::list_mine).await
    }
    async fn update_organization(&self, request: Request<pb::UpdateOrganizationRequest>) -> Result<Response<pb::UpdateOrganizationResponse>, Status> {
        self.write(request, organization::update).await
    }
}
