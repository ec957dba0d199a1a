//! Short forms of the calls that tests of memberships make over and over.

use super::world::{PASSWORD, Person, World, with};
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use tonic::{Request, Response, Status};

/// What a call comes to.
pub type Outcome<T> = Result<Response<T>, Status>;

/// Why one item of a batch was refused, in the form in which a whole call is.
pub fn refused_item(result: &ms::RemovalResult) -> Status {
    let error = result.error.as_ref().unwrap_or_else(|| panic!("was done: {result:?}"));
    Status::with_details(
        error.code.into(),
        error.message.clone(),
        prost::Message::encode_to_vec(error).into(),
    )
}

/// A UUID that nothing has.
pub fn request_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// The standard preset with roles that hold less than it needs to get in each other's way: `clerk` manages members and
/// holds nothing else, `mute` may not even see the members.
pub const CLERKS: &str = r#"
[[roles]]
name = "clerk"
title = { en = "Clerk", pt-BR = "Atendente", es = "Auxiliar" }
description = { en = "Manages members.", pt-BR = "Gerencia membros.", es = "Gestiona miembros." }
permissions = ["members.*", "organization.read"]

[[roles]]
name = "mute"
title = { en = "Mute", pt-BR = "Mudo", es = "Mudo" }
description = { en = "Sees little.", pt-BR = "Vê pouco.", es = "Ve poco." }
permissions = ["organization.read"]
"#;

/// A request in a language.
pub fn in_language<T>(mut request: Request<T>, language: &str) -> Request<T> {
    request
        .metadata_mut()
        .insert("accept-language", language.parse().unwrap());
    request
}

impl World {
    /// Another world, whose preset has the roles of [`CLERKS`] too.
    pub async fn with_clerks(&self) -> World {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("clerks.toml");
        std::fs::write(
            &file,
            format!("{}{CLERKS}", include_str!("../../../presets/standard.toml")),
        )
        .unwrap();
        let path = file.display().to_string();
        World::configured(self.engine, |config| config.organizations.preset = path).await
    }

    /// Another world, of this preset.
    pub async fn with_preset(&self, name: &str) -> World {
        World::configured(self.engine, |config| config.organizations.preset = name.to_owned()).await
    }

    /// Another world, where a new organisation has so many seats.
    pub async fn with_seats(&self, seats: u32) -> World {
        World::configured(self.engine, |config| {
            config.organizations.default_seat_limit = Some(seats)
        })
        .await
    }

    pub async fn try_add(&self, by: &Person, request: ms::AddMemberRequest) -> Outcome<ms::AddMemberResponse> {
        self.membership().add_member(with(&by.token, request)).await
    }

    /// Puts somebody on the list and nothing more.
    pub async fn put(&self, by: &Person, email: &str, name: &str, roles: &[&str]) -> ms::Member {
        let request = ms::AddMemberRequest {
            email: email.into(),
            display_name: name.into(),
            role_ids: roles.iter().map(ToString::to_string).collect(),
            onboarding: Some(ms::add_member_request::Onboarding::ListOnly(ms::ListOnly {})),
            ..Default::default()
        };
        self.try_add(by, request).await.unwrap().into_inner().member.unwrap()
    }

    /// Somebody with an account whose address nobody has proved: they came in by a temporary password.
    pub async fn unverified(&self, by: &Person, email: &str) -> Person {
        let wanted = ms::TemporaryPasswordOnboarding {
            return_password: true,
            ..Default::default()
        };
        let request = ms::AddMemberRequest {
            email: email.into(),
            // Some presets add nobody without a name and a role; these are what they would be.
            display_name: email.into(),
            role_ids: vec!["member".into()],
            onboarding: Some(ms::add_member_request::Onboarding::TemporaryPassword(wanted)),
            ..Default::default()
        };
        let password = self.try_add(by, request).await.unwrap().into_inner().temporary_password;
        let request = id::LogInRequest {
            email: email.into(),
            password,
            ..Default::default()
        };
        let answer = self.identity().log_in(request).await.unwrap().into_inner();
        let Some(id::log_in_response::Outcome::NextStep(step)) = answer.outcome else {
            panic!("{answer:?}")
        };
        let request = id::ContinueLogInRequest {
            handle: step.handle,
            step: Some(id::continue_log_in_request::Step::NewPassword(PASSWORD.into())),
            ..Default::default()
        };
        let answer = self.identity().continue_log_in(request).await.unwrap().into_inner();
        let Some(id::continue_log_in_response::Outcome::Tokens(tokens)) = answer.outcome else {
            panic!("{answer:?}")
        };
        Person::of(email, tokens)
    }

    pub async fn try_get(&self, by: &Person, member: &str) -> Outcome<ms::GetMemberResponse> {
        let request = ms::GetMemberRequest {
            member_id: member.into(),
            ..Default::default()
        };
        self.membership().get_member(with(&by.token, request)).await
    }

    pub async fn get(&self, by: &Person, member: &str) -> ms::Member {
        self.try_get(by, member).await.unwrap().into_inner().member.unwrap()
    }

    pub async fn list(&self, by: &Person, request: ms::ListMembersRequest) -> ms::ListMembersResponse {
        self.membership()
            .list_members(with(&by.token, request))
            .await
            .unwrap()
            .into_inner()
    }

    pub async fn set_roles(&self, by: &Person, member: &str, roles: &[&str]) -> Outcome<ms::UpdateMemberResponse> {
        let request = ms::UpdateMemberRequest {
            member_id: member.into(),
            role_ids: roles.iter().map(ToString::to_string).collect(),
            ..Default::default()
        };
        self.membership().update_member(with(&by.token, request)).await
    }

    pub async fn try_remove(&self, by: &Person, whom: &[(&str, &str)]) -> Outcome<ms::RemoveMembersResponse> {
        let removal = |(member, email): &(&str, &str)| ms::Removal {
            member_id: member.to_string(),
            confirm: email.to_string(),
            etag: String::new(),
        };
        let request = ms::RemoveMembersRequest {
            removals: whom.iter().map(removal).collect(),
            ..Default::default()
        };
        self.membership().remove_members(with(&by.token, request)).await
    }

    /// Removes one member, who must go.
    pub async fn remove(&self, by: &Person, member: &str, email: &str) -> ms::RemovalReceipt {
        let results = self
            .try_remove(by, &[(member, email)])
            .await
            .unwrap()
            .into_inner()
            .results;
        assert_eq!(results[0].error, None, "{results:?}");
        results[0].receipt.unwrap()
    }

    /// Removes everybody but the owner.
    pub async fn clear(&self, owner: &Person) {
        let list = self
            .list(
                owner,
                ms::ListMembersRequest {
                    page_size: 1000,
                    ..Default::default()
                },
            )
            .await;
        let others: Vec<_> = list
            .members
            .iter()
            .filter(|m| m.id != owner.member)
            .map(|m| (m.id.as_str(), m.email.as_str()))
            .collect();
        if !others.is_empty() {
            let done = self.try_remove(owner, &others).await.unwrap().into_inner();
            assert!(done.results.iter().all(|r| r.error.is_none()), "{done:?}");
        }
    }

    /// Accepts with a new account.
    pub async fn accept_new(&self, code: &str) -> Outcome<ms::AcceptInvitationResponse> {
        let request = ms::AcceptInvitationRequest {
            invitation: Some(ms::accept_invitation_request::Invitation::Code(code.into())),
            password: PASSWORD.into(),
            ..Default::default()
        };
        self.membership().accept_invitation(request).await
    }

    /// Accepts as somebody who is logged in.
    pub async fn accept_as(&self, who: &Person, code: &str) -> Outcome<ms::AcceptInvitationResponse> {
        let request = ms::AcceptInvitationRequest {
            invitation: Some(ms::accept_invitation_request::Invitation::Code(code.into())),
            ..Default::default()
        };
        self.membership().accept_invitation(with(&who.token, request)).await
    }

    pub async fn decline(&self, code: &str) -> Outcome<ms::DeclineInvitationResponse> {
        let request = ms::DeclineInvitationRequest {
            invitation: Some(ms::decline_invitation_request::Invitation::Code(code.into())),
            ..Default::default()
        };
        self.membership().decline_invitation(request).await
    }

    /// Makes another organisation and moves over to it.
    pub async fn found(&self, who: &Person, name: &str) -> Person {
        let request = og::CreateOrganizationRequest {
            display_name: name.into(),
            ..Default::default()
        };
        let made = self
            .organization()
            .create_organization(with(&who.token, request))
            .await
            .unwrap()
            .into_inner();
        self.switch(who, &made.organization.unwrap().id).await
    }

    pub async fn try_switch(&self, who: &Person, to: &str) -> Outcome<id::SwitchOrganizationResponse> {
        let request = id::SwitchOrganizationRequest {
            organization: to.into(),
            ..Default::default()
        };
        self.identity().switch_organization(with(&who.token, request)).await
    }

    pub async fn switch(&self, who: &Person, to: &str) -> Person {
        let answer = self.try_switch(who, to).await.unwrap().into_inner();
        Person::of(&who.email, answer.tokens.unwrap())
    }
}
