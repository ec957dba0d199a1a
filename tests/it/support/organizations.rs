//! Short forms of the calls that tests of whole organisations make.

use super::calls::Outcome;
use super::world::{Person, World, with};
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::organization::v1 as og;

impl World {
    pub async fn organization_of(&self, by: &Person) -> og::Organization {
        let request = og::GetOrganizationRequest::default();
        let got = self.organization().get_organization(with(&by.token, request)).await;
        got.unwrap().into_inner().organization.unwrap()
    }

    pub async fn try_configure(
        &self,
        by: &Person,
        request: og::UpdateOrganizationRequest,
    ) -> Outcome<og::UpdateOrganizationResponse> {
        self.organization().update_organization(with(&by.token, request)).await
    }

    pub async fn configure(&self, by: &Person, request: og::UpdateOrganizationRequest) -> og::Organization {
        let done = self.try_configure(by, request).await.unwrap().into_inner();
        done.organization.unwrap()
    }

    pub async fn try_transfer(&self, by: &Person, to: &str, accept: bool) -> Outcome<og::TransferOwnershipResponse> {
        let request = og::TransferOwnershipRequest {
            member_id: to.into(),
            require_acceptance: accept,
            ..Default::default()
        };
        self.organization().transfer_ownership(with(&by.token, request)).await
    }

    pub async fn try_take_over(&self, by: &Person) -> Outcome<og::AcceptOwnershipTransferResponse> {
        let request = og::AcceptOwnershipTransferRequest::default();
        self.organization()
            .accept_ownership_transfer(with(&by.token, request))
            .await
    }

    pub async fn try_turn_down(&self, by: &Person) -> Outcome<og::DeclineOwnershipTransferResponse> {
        let request = og::DeclineOwnershipTransferRequest::default();
        self.organization()
            .decline_ownership_transfer(with(&by.token, request))
            .await
    }

    pub async fn try_take_back(&self, by: &Person) -> Outcome<og::CancelOwnershipTransferResponse> {
        let request = og::CancelOwnershipTransferRequest::default();
        self.organization()
            .cancel_ownership_transfer(with(&by.token, request))
            .await
    }

    pub async fn offered(&self, by: &Person) -> Outcome<og::GetOwnershipTransferResponse> {
        let request = og::GetOwnershipTransferRequest::default();
        self.organization()
            .get_ownership_transfer(with(&by.token, request))
            .await
    }

    pub async fn try_delete(&self, by: &Person, confirm: &str) -> Outcome<og::DeleteOrganizationResponse> {
        let request = og::DeleteOrganizationRequest {
            confirm: confirm.into(),
            ..Default::default()
        };
        self.organization().delete_organization(with(&by.token, request)).await
    }

    pub async fn try_restore(&self, by: &Person, which: &str) -> Outcome<og::RestoreOrganizationResponse> {
        let request = og::RestoreOrganizationRequest {
            organization: which.into(),
            ..Default::default()
        };
        self.organization().restore_organization(with(&by.token, request)).await
    }

    pub async fn mine(&self, by: &Person, deleted: bool) -> Vec<og::Organization> {
        let request = og::ListMyOrganizationsRequest {
            show_deleted: deleted,
            ..Default::default()
        };
        let listed = self
            .organization()
            .list_my_organizations(with(&by.token, request))
            .await;
        listed.unwrap().into_inner().organizations
    }

    pub async fn set_seats(&self, by: &Person, seats: Option<i64>) -> Outcome<og::SetSeatLimitResponse> {
        use og::set_seat_limit_request::Limit;
        let request = og::SetSeatLimitRequest {
            limit: Some(seats.map_or(Limit::Unlimited(true), Limit::Seats)),
            ..Default::default()
        };
        self.organization().set_seat_limit(with(&by.token, request)).await
    }

    pub async fn set_api_user(&self, by: &Person, member: &str) -> Outcome<og::SetApiUserResponse> {
        let request = og::SetApiUserRequest {
            member_id: member.into(),
            ..Default::default()
        };
        self.organization().set_api_user(with(&by.token, request)).await
    }

    pub async fn try_renew(&self, who: &Person) -> Outcome<id::RefreshSessionResponse> {
        let request = id::RefreshSessionRequest {
            refresh_token: who.refresh.clone(),
            ..Default::default()
        };
        self.identity().refresh_session(request).await
    }
}
