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
    async fn delete_organization(&self, request: Request<pb::DeleteOrganizationRequest>) -> Result<Response<pb::DeleteOrganizationResponse>, Status> {
        self.write(request, organization::delete).await
    }
    async fn restore_organization(&self, request: Request<pb::RestoreOrganizationRequest>) -> Result<Response<pb::RestoreOrganizationResponse>, Status> {
        self.write(request, organization::restore).await
    }
    async fn transfer_ownership(&self, request: Request<pb::TransferOwnershipRequest>) -> Result<Response<pb::TransferOwnershipResponse>, Status> {
        self.write(request, organization::transfer).await
    }
    async fn get_ownership_transfer(&self, request: Request<pb::GetOwnershipTransferRequest>) -> Result<Response<pb::GetOwnershipTransferResponse>, Status> {
        self.read(request, organization::offered).await
    }
    async fn accept_ownership_transfer(&self, request: Request<pb::AcceptOwnershipTransferRequest>) -> Result<Response<pb::AcceptOwnershipTransferResponse>, Status> {
        self.write(request, organization::accept).await
    }
    async fn decline_ownership_transfer(&self, request: Request<pb::DeclineOwnershipTransferRequest>) -> Result<Response<pb::DeclineOwnershipTransferResponse>, Status> {
        self.write(request, organization::decline).await
    }
    async fn cancel_ownership_transfer(&self, request: Request<pb::CancelOwnershipTransferRequest>) -> Result<Response<pb::CancelOwnershipTransferResponse>, Status> {
        self.write(request, organization::cancel).await
    }
    async fn get_seat_usage(&self, request: Request<pb::GetSeatUsageRequest>) -> Result<Response<pb::GetSeatUsageResponse>, Status> {
        self.read(request, organization::seat_usage).await
    }
    async fn set_seat_limit(&self, request: Request<pb::SetSeatLimitRequest>) -> Result<Response<pb::SetSeatLimitResponse>, Status> {
        self.write(request, organization::set_seat_limit).await
    }
    async fn set_api_user(&self, request: Request<pb::SetApiUserRequest>) -> Result<Response<pb::SetApiUserResponse>, Status> {
        self.write(request, organization::set_api_user).await
    }
}
