//! The main job, from one end to the other: sign up, add by password and by invitation, log in as each, list.

use crate::support::world::{OTHER_PASSWORD, PASSWORD};
use crate::support::{Person, each_engine, refused, with};
use roster::mail::message::MailTemplate;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use tonic::Code;

each_engine! {
    async fn a_newcomer_gets_from_sign_up_to_a_list_of_members(world: World) {
        let ana = world.sign_up("ana@example.org").await;

        // Bob gets a temporary password, which he must change before he can do anything.
        let request = ms::AddMemberRequest {
            email: "bob@example.org".into(),
            display_name: "Bob Reis".into(),
            onboarding: Some(ms::add_member_request::Onboarding::TemporaryPassword(Default::default())),
            ..Default::default()
        };
        let added = world.membership().add_member(with(&ana.token, request)).await.unwrap().into_inner();
        assert_eq!(added.onboarding(), ms::OnboardingKind::TemporaryPassword);
        assert_eq!(added.temporary_password, "", "it was mailed, so nobody else needs to see it");
        let Some(MailTemplate::TemporaryPassword { password, .. }) = world.mails("bob@example.org").await.pop() else {
            panic!("no mail with a temporary password");
        };
        let request = id::LogInRequest {
            email: "BOB@example.org".into(),
            password: password.expose().into(),
            ..Default::default()
        };
        let answer = world.identity().log_in(request).await.unwrap().into_inner();
        let Some(id::log_in_response::Outcome::NextStep(step)) = answer.outcome else { panic!("{answer:?}") };
        assert_eq!(step.kind(), id::next_step::Kind::ChangePassword);
        refused(
            world.membership().list_members(with(&step.handle, ms::ListMembersRequest::default())).await,
            Code::Unauthenticated,
            "REASON_CREDENTIAL_INVALID",
        );
        let request = id::ContinueLogInRequest {
            handle: step.handle,
            step: Some(id::continue_log_in_request::Step::NewPassword(OTHER_PASSWORD.into())),
            ..Default::default()
        };
        let answer = world.identity().continue_log_in(request).await.unwrap().into_inner();
        let Some(id::continue_log_in_response::Outcome::Tokens(tokens)) = answer.outcome else { panic!("{answer:?}") };
        let bob = Person::of("bob@example.org", tokens);

        // Carla is invited, and makes her own account.
        let carla = world.join(&ana, "carla@example.org", "admin").await;
        assert_eq!(carla.organization, ana.organization);

        // Each of them sees the list, with state, roles and guide.
        world.add(&carla, "dora@example.org", "guest").await;
        for person in [&ana, &bob, &carla] {
            let request = ms::ListMembersRequest { include_total_size: true, ..Default::default() };
            let list = world.membership().list_members(with(&person.token, request)).await.unwrap().into_inner();
            let told: Vec<_> = list
                .members
                .iter()
                .map(|m| (m.email.as_str(), m.state(), m.roles[0].name.as_str(), m.guide()))
                .collect();
            assert_eq!(
                told,
                [
                    ("ana@example.org", ms::MemberState::Active, "owner", ms::Guide::Ok),
                    ("bob@example.org", ms::MemberState::Active, "member", ms::Guide::Ok),
                    ("carla@example.org", ms::MemberState::Active, "admin", ms::Guide::Ok),
                    ("dora@example.org", ms::MemberState::Invited, "guest", ms::Guide::Wait),
                ]
            );
            assert_eq!(list.total_size, Some(4));
        }
        assert_eq!(world.log_in("carla@example.org").await.organization, ana.organization);
        let wrong = id::LogInRequest { email: "bob@example.org".into(), password: PASSWORD.into(), ..Default::default() };
        refused(world.identity().log_in(wrong).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
    }
}
