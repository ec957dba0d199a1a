//! Invitations.

use super::{Fields, nothing_to_say, only_a_page, timestamp};
use crate::app::invitation::{Accept, Accepted, Decline, Preview, Previewed, Received, WhichInvitation};
use crate::app::page::Page;
use crate::auth::opaque::SecretKind;
use crate::error::Error;
use crate::pb::roster::membership::v1 as pb;

nothing_to_say!(pb::DeclineInvitationResponse);
only_a_page!(pb::ListMyInvitationsRequest);

impl TryFrom<pb::PreviewInvitationRequest> for Preview {
    type Error = Error;
    fn try_from(r: pb::PreviewInvitationRequest) -> Result<Preview, Error> {
        let mut f = Fields::default();
        let code = f.secret("code", SecretKind::Invitation, &r.code);
        f.build(|| Some(Preview { code: code? }))
    }
}

impl From<Previewed> for pb::PreviewInvitationResponse {
    fn from(p: Previewed) -> Self {
        Self {
            organization_name: p.organization.as_str().to_owned(),
            inviter_name: p.inviter,
            email_masked: p.email_masked,
            expire_time: Some(timestamp(p.expires_at)),
            has_account: p.has_account,
        }
    }
}

/// Two requests name an invitation in the same way.
macro_rules! which {
    ($f:expr, $wire:path, $named:expr) => {{
        use $wire as Wire;
        match &$named {
            Some(Wire::Code(code)) => $f
                .secret("code", SecretKind::Invitation, code)
                .map(WhichInvitation::Code),
            Some(Wire::InvitationId(id)) => $f.parse("invitation_id", id).map(WhichInvitation::Id),
            None => {
                $f.refuse(
                    "invitation",
                    "is missing: give the code from the mail, or an invitation_id",
                );
                None
            }
        }
    }};
}

impl TryFrom<pb::AcceptInvitationRequest> for Accept {
    type Error = Error;
    fn try_from(r: pb::AcceptInvitationRequest) -> Result<Accept, Error> {
        let mut f = Fields::default();
        let which = which!(f, pb::accept_invitation_request::Invitation, r.invitation);
        let display_name = f.optional("display_name", &r.display_name);
        let password = if r.password.is_empty() {
            Some(None)
        } else {
            f.password("password", &r.password).map(Some)
        };
        let locale = f.optional("locale", &r.locale);
        let time_zone = f.optional("time_zone", &r.time_zone);
        f.build(|| {
            Some(Accept {
                which: which?,
                display_name: display_name?,
                password: password?,
                locale: locale?,
                time_zone: time_zone?,
            })
        })
    }
}

impl From<Accepted> for pb::AcceptInvitationResponse {
    fn from(accepted: Accepted) -> Self {
        Self {
            organization_id: accepted.organization.to_string(),
            member_id: accepted.member.to_string(),
            tokens: accepted.tokens.map(Into::into),
        }
    }
}

impl TryFrom<pb::DeclineInvitationRequest> for Decline {
    type Error = Error;
    fn try_from(r: pb::DeclineInvitationRequest) -> Result<Decline, Error> {
        let mut f = Fields::default();
        let which = which!(f, pb::decline_invitation_request::Invitation, r.invitation);
        f.build(|| Some(Decline { which: which? }))
    }
}

impl From<Received> for pb::ReceivedInvitation {
    fn from(received: Received) -> pb::ReceivedInvitation {
        let invitation = received.invitation;
        pb::ReceivedInvitation {
            id: invitation.id.to_string(),
            organization_id: invitation.organization.to_string(),
            organization_name: received.organization.as_str().to_owned(),
            inviter_name: received.inviter,
            roles: received.roles,
            expire_time: Some(timestamp(invitation.expires_at)),
            create_time: Some(timestamp(invitation.created_at)),
        }
    }
}

impl From<Page<Received>> for pb::ListMyInvitationsResponse {
    fn from(page: Page<Received>) -> Self {
        Self {
            invitations: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next,
        }
    }
}
