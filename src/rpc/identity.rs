//! IdentityService: one line per method.

use super::Rpc;
use crate::app::{log_in, password, session, sign_up, token, user};
use crate::pb::roster::identity::v1 as pb;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
#[rustfmt::skip]
impl pb::identity_service_server::IdentityService for Rpc {
    async fn sign_up(&self, request: Request<pb::SignUpRequest>) -> Result<Response<pb::SignUpResponse>, Status> {
        self.prepared(request, sign_up::prepare, sign_up::sign_up).await
    }
    async fn verify_email(&self, request: Request<pb::VerifyEmailRequest>) -> Result<Response<pb::VerifyEmailResponse>, Status> {
        self.prepared(request, sign_up::prepare_verify, sign_up::verify_email).await
    }
    async fn resend_verification(&self, request: Request<pb::ResendVerificationRequest>) -> Result<Response<pb::ResendVerificationResponse>, Status> {
        self.prepared(request, sign_up::prepare_resend, sign_up::resend).await
    }
    async fn log_in(&self, request: Request<pb::LogInRequest>) -> Result<Response<pb::LogInResponse>, Status> {
        self.proved(request, log_in::prove, log_in::log_in).await
    }
    async fn continue_log_in(&self, request: Request<pb::ContinueLogInRequest>) -> Result<Response<pb::ContinueLogInResponse>, Status> {
        self.prepared(request, log_in::prepare_continue, log_in::continue_log_in).await
    }
    async fn refresh_session(&self, request: Request<pb::RefreshSessionRequest>) -> Result<Response<pb::RefreshSessionResponse>, Status> {
        self.write(request, session::refresh).await
    }
    async fn switch_organization(&self, request: Request<pb::SwitchOrganizationRequest>) -> Result<Response<pb::SwitchOrganizationResponse>, Status> {
        self.write(request, session::switch).await
    }
    async fn log_out(&self, request: Request<pb::LogOutRequest>) -> Result<Response<pb::LogOutResponse>, Status> {
        self.write(request, session::log_out).await
    }
    async fn list_sessions(&self, request: Request<pb::ListSessionsRequest>) -> Result<Response<pb::ListSessionsResponse>, Status> {
        self.read(request, session::list).await
    }
    async fn revoke_session(&self, request: Request<pb::RevokeSessionRequest>) -> Result<Response<pb::RevokeSessionResponse>, Status> {
        self.write(request, session::revoke).await
    }
    async fn get_me(&self, request: Request<pb::GetMeRequest>) -> Result<Response<pb::GetMeResponse>, Status> {
        self.read(request, user::me).await
    }
    async fn update_me(&self, request: Request<pb::UpdateMeRequest>) -> Result<Response<pb::UpdateMeResponse>, Status> {
        self.write(request, user::update).await
    }
    async fn change_password(&self, request: Request<pb::ChangePasswordRequest>) -> Result<Response<pb::ChangePasswordResponse>, Status> {
        self.prepared(request, password::prepare_change, password::change).await
    }
    async fn request_password_reset(&self, request: Request<pb::RequestPasswordResetRequest>) -> Result<Response<pb::RequestPasswordResetResponse>, Status> {
        self.prepared(request, password::prepare_request, password::request_reset).await
    }
    async fn reset_password(&self, request: Request<pb::ResetPasswordRequest>) -> Result<Response<pb::ResetPasswordResponse>, Status> {
        self.prepared(request, password::prepare_reset, password::reset).await
    }
    async fn generate_password(&self, request: Request<pb::GeneratePasswordRequest>) -> Result<Response<pb::GeneratePasswordResponse>, Status> {
        self.read(request, password::generate).await
    }
    async fn check_password(&self, request: Request<pb::CheckPasswordRequest>) -> Result<Response<pb::CheckPasswordResponse>, Status> {
        self.read(request, password::check).await
    }
    async fn get_signing_keys(&self, request: Request<pb::GetSigningKeysRequest>) -> Result<Response<pb::GetSigningKeysResponse>, Status> {
        self.read(request, token::signing_keys).await
    }
    async fn introspect(&self, request: Request<pb::IntrospectRequest>) -> Result<Response<pb::IntrospectResponse>, Status> {
        self.read(request, token::introspect).await
    }
}
