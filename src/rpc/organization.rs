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
    async fn delete_organization(&self, _: Request<pb::DeleteOrganizationRequest>) -> Result<Response<pb::DeleteOrganizationResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn restore_organization(&self, _: Request<pb::RestoreOrganizationRequest>) -> Result<Response<pb::RestoreOrganizationResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn transfer_ownership(&self, _: Request<pb::TransferOwnershipRequest>) -> Result<Response<pb::TransferOwnershipResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn get_ownership_transfer(&self, _: Request<pb::GetOwnershipTransferRequest>) -> Result<Response<pb::GetOwnershipTransferResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn accept_ownership_transfer(&self, _: Request<pb::AcceptOwnershipTransferRequest>) -> Result<Response<pb::AcceptOwnershipTransferResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn decline_ownership_transfer(&self, _: Request<pb::DeclineOwnershipTransferRequest>) -> Result<Response<pb::DeclineOwnershipTransferResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn cancel_ownership_transfer(&self, _: Request<pb::CancelOwnershipTransferRequest>) -> Result<Response<pb::CancelOwnershipTransferResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn get_seat_usage(&self, _: Request<pb::GetSeatUsageRequest>) -> Result<Response<pb::GetSeatUsageResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn set_seat_limit(&self, _: Request<pb::SetSeatLimitRequest>) -> Result<Response<pb::SetSeatLimitResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn set_api_user(&self, _: Request<pb::SetApiUserRequest>) -> Result<Response<pb::SetApiUserResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}
