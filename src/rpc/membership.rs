//! MembershipService: one line per method.

use super::Rpc;
use crate::app::{action, group, invitation, member, tag};
use crate::pb::roster::membership::v1 as pb;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
#[rustfmt::skip]
impl pb::membership_service_server::MembershipService for Rpc {
    async fn add_member(&self, request: Request<pb::AddMemberRequest>) -> Result<Response<pb::AddMemberResponse>, Status> {
        self.prepared(request, member::prepare_add, member::add).await
    }
    async fn get_member(&self, request: Request<pb::GetMemberRequest>) -> Result<Response<pb::GetMemberResponse>, Status> {
        self.read(request, member::get).await
    }
    async fn lookup_member(&self, request: Request<pb::LookupMemberRequest>) -> Result<Response<pb::LookupMemberResponse>, Status> {
        self.read(request, member::get).await
    }
    async fn batch_get_members(&self, request: Request<pb::BatchGetMembersRequest>) -> Result<Response<pb::BatchGetMembersResponse>, Status> {
        self.read(request, member::get_batch).await
    }
    async fn list_members(&self, request: Request<pb::ListMembersRequest>) -> Result<Response<pb::ListMembersResponse>, Status> {
        self.read(request, member::list).await
    }
    async fn update_member(&self, request: Request<pb::UpdateMemberRequest>) -> Result<Response<pb::UpdateMemberResponse>, Status> {
        self.write(request, member::update).await
    }
    async fn tag_members(&self, request: Request<pb::TagMembersRequest>) -> Result<Response<pb::TagMembersResponse>, Status> {
        self.write(request, tag::tag_members).await
    }
    async fn create_group(&self, request: Request<pb::CreateGroupRequest>) -> Result<Response<pb::CreateGroupResponse>, Status> {
        self.write(request, group::create).await
    }
    async fn get_group(&self, request: Request<pb::GetGroupRequest>) -> Result<Response<pb::GetGroupResponse>, Status> {
        self.read(request, group::get).await
    }
    async fn list_groups(&self, request: Request<pb::ListGroupsRequest>) -> Result<Response<pb::ListGroupsResponse>, Status> {
        self.read(request, group::list).await
    }
    async fn update_group(&self, request: Request<pb::UpdateGroupRequest>) -> Result<Response<pb::UpdateGroupResponse>, Status> {
        self.write(request, group::update).await
    }
    async fn delete_group(&self, request: Request<pb::DeleteGroupRequest>) -> Result<Response<pb::DeleteGroupResponse>, Status> {
        self.write(request, group::delete).await
    }
    async fn add_group_members(&self, request: Request<pb::AddGroupMembersRequest>) -> Result<Response<pb::AddGroupMembersResponse>, Status> {
        self.write(request, group::add_members).await
    }
    async fn remove_group_members(&self, request: Request<pb::RemoveGroupMembersRequest>) -> Result<Response<pb::RemoveGroupMembersResponse>, Status> {
        self.write(request, group::remove_members).await
    }
    async fn create_tag(&self, request: Request<pb::CreateTagRequest>) -> Result<Response<pb::CreateTagResponse>, Status> {
        self.write(request, tag::create).await
    }
    async fn get_tag(&self, request: Request<pb::GetTagRequest>) -> Result<Response<pb::GetTagResponse>, Status> {
        self.read(request, tag::get).await
    }
    async fn list_tags(&self, request: Request<pb::ListTagsRequest>) -> Result<Response<pb::ListTagsResponse>, Status> {
        self.read(request, tag::list).await
    }
    async fn update_tag(&self, request: Request<pb::UpdateTagRequest>) -> Result<Response<pb::UpdateTagResponse>, Status> {
        self.write(request, tag::update).await
    }
    async fn delete_tag(&self, request: Request<pb::DeleteTagRequest>) -> Result<Response<pb::DeleteTagResponse>, Status> {
        self.write(request, tag::delete).await
    }
    async fn remove_members(&self, request: Request<pb::RemoveMembersRequest>) -> Result<Response<pb::RemoveMembersResponse>, Status> {
        self.write(request, member::remove).await
    }
    async fn invite_members(&self, request: Request<pb::InviteMembersRequest>) -> Result<Response<pb::InviteMembersResponse>, Status> {
        self.write(request, member::invite).await
    }
    async fn resend_invitations(&self, request: Request<pb::ResendInvitationsRequest>) -> Result<Response<pb::ResendInvitationsResponse>, Status> {
        self.write(request, member::resend).await
    }
    async fn cancel_invitations(&self, request: Request<pb::CancelInvitationsRequest>) -> Result<Response<pb::CancelInvitationsResponse>, Status> {
        self.write(request, member::cancel).await
    }
    async fn revoke_members(&self, request: Request<pb::RevokeMembersRequest>) -> Result<Response<pb::RevokeMembersResponse>, Status> {
        self.write(request, member::revoke).await
    }
    async fn suspend_members(&self, request: Request<pb::SuspendMembersRequest>) -> Result<Response<pb::SuspendMembersResponse>, Status> {
        self.write(request, member::suspend).await
    }
    async fn reactivate_members(&self, request: Request<pb::ReactivateMembersRequest>) -> Result<Response<pb::ReactivateMembersResponse>, Status> {
        self.write(request, member::reactivate).await
    }
    async fn leave_organization(&self, request: Request<pb::LeaveOrganizationRequest>) -> Result<Response<pb::LeaveOrganizationResponse>, Status> {
        self.write(request, member::leave).await
    }
    async fn preview_offboarding(&self, request: Request<pb::PreviewOffboardingRequest>) -> Result<Response<pb::PreviewOffboardingResponse>, Status> {
        self.read(request, member::offboarding).await
    }
    type ImportMembersStream = super::Answers<pb::ImportMembersResponse>;
    async fn import_members(&self, request: Request<tonic::Streaming<pb::ImportMembersRequest>>) -> Result<Response<Self::ImportMembersStream>, Status> {
        self.exchange(request, member::import).await
    }
    type ExportMembersStream = super::Answers<pb::ExportMembersResponse>;
    async fn export_members(&self, request: Request<pb::ExportMembersRequest>) -> Result<Response<Self::ExportMembersStream>, Status> {
        self.download(request, member::export).await
    }
    async fn preview_invitation(&self, request: Request<pb::PreviewInvitationRequest>) -> Result<Response<pb::PreviewInvitationResponse>, Status> {
        self.read(request, invitation::preview).await
    }
    async fn accept_invitation(&self, request: Request<pb::AcceptInvitationRequest>) -> Result<Response<pb::AcceptInvitationResponse>, Status> {
        self.prepared(request, invitation::prepare_accept, invitation::accept).await
    }
    async fn decline_invitation(&self, request: Request<pb::DeclineInvitationRequest>) -> Result<Response<pb::DeclineInvitationResponse>, Status> {
        self.write(request, invitation::decline).await
    }
    async fn list_my_invitations(&self, request: Request<pb::ListMyInvitationsRequest>) -> Result<Response<pb::ListMyInvitationsResponse>, Status> {
        self.read(request, invitation::list_mine).await
    }
    async fn get_member_actions(&self, request: Request<pb::GetMemberActionsRequest>) -> Result<Response<pb::GetMemberActionsResponse>, Status> {
        self.read(request, action::list).await
    }
}
