//! What the presets that come with Roster let be done differently: how people get in, and how many own.

use crate::support::{World, each_engine, invariants, refused, with};
use roster::mail::message::MailTemplate;
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::membership::v1::add_member_request::Onboarding;
use tonic::Code;

fn adding(email: &str, onboarding: Option<Onboarding>) -> ms::AddMemberRequest {
    ms::AddMemberRequest {
        email: email.into(),
        onboarding,
        ..Default::default()
    }
}

fn invitation(send_later: bool) -> Option<Onboarding> {
    Some(Onboarding::Invitation(ms::InvitationOnboarding { send_later }))
}

fn list_only() -> Option<Onboarding> {
    Some(Onboarding::ListOnly(ms::ListOnly {}))
}

fn password(typed: &str) -> Option<Onboarding> {
    Some(Onboarding::TemporaryPassword(ms::TemporaryPasswordOnboarding {
        password: typed.into(),
        return_password: true,
    }))
}

each_engine! {
    async fn each_preset_lets_people_in_as_it_says_and_in_no_other_way(world: World) {
        use ms::OnboardingKind as Kind;
        // The preset; what happens when nothing is said; the ways that it lacks, and those that it has.
        let presets = [
            ("standard", Kind::Invitation, vec![], "invitation, temporary_password, list_only"),
            ("credits", Kind::TemporaryPassword, vec!["list_only"], "invitation, temporary_password"),
            ("operations", Kind::TemporaryPassword, vec!["list_only"], "invitation, temporary_password"),
            ("workspace", Kind::ListOnly, vec!["temporary_password"], "invitation, list_only"),
            ("documents", Kind::Invitation, vec!["list_only", "temporary_password"], "invitation"),
        ];
        for (preset, usual, lacking, has) in presets {
            let world = world.with_preset(preset).await;
            let ana = world.sign_up("ana@example.org").await;
            let answer = world.try_add(&ana, adding("usual@example.org", None)).await.unwrap().into_inner();
            assert_eq!((answer.onboarding(), answer.temporary_password.as_str()), (usual, ""), "{preset}");
            for (way, name, kind) in [
                (invitation(false), "invitation", Kind::Invitation),
                (invitation(true), "list_only", Kind::ListOnly),
                (list_only(), "list_only", Kind::ListOnly),
                (password(""), "temporary_password", Kind::TemporaryPassword),
            ] {
                let email = format!("{name}{}@example.org", u8::from(way == invitation(true)));
                if lacking.contains(&name) {
                    let refusal = world.unchanged(world.try_add(&ana, adding(&email, way))).await;
                    let refusal = refused(refusal, Code::FailedPrecondition, "REASON_ONBOARDING_NOT_ALLOWED");
                    assert_eq!((refusal.metadata["onboarding"].as_str(), refusal.metadata["allowed"].as_str()), (name, has));
                } else {
                    let answer = world.try_add(&ana, adding(&email, way)).await.unwrap().into_inner();
                    assert_eq!(answer.onboarding(), kind, "{preset} {name}");
                }
            }
            invariants::check(&world).await;
        }
    }
}

each_engine! {
    async fn r8_an_address_with_an_account_is_invited_where_passwords_are_the_usual_way(world: World) {
        let world = world.with_preset("operations").await;
        let ana = world.sign_up("ana@example.org").await;
        world.sign_up("bob@example.org").await;
        let answer = world.try_add(&ana, adding("bob@example.org", None)).await.unwrap().into_inner();
        assert_eq!(answer.onboarding(), ms::OnboardingKind::Invitation);
        assert_eq!(answer.member.unwrap().state(), ms::MemberState::Invited);
    }
}

each_engine! {
    async fn o3_whoever_is_created_is_active_at_once(world: World) {
        let world = world.with_preset("operations").await;
        let ana = world.sign_up("ana@example.org").await;
        let request = ms::AddMemberRequest {
            display_name: "Bob Reis".into(),
            role_ids: vec!["admin".into()],
            ..adding("bob@example.org", None)
        };
        let member = world.try_add(&ana, request).await.unwrap().into_inner().member.unwrap();
        assert_eq!((member.state(), member.has_seat), (ms::MemberState::Active, true));
        let Some(MailTemplate::TemporaryPassword { password, .. }) = world.mails("bob@example.org").await.pop() else {
            panic!("the password is mailed");
        };
        let request = id::LogInRequest {
            email: "bob@example.org".into(),
            password: password.expose().to_owned(),
            ..Default::default()
        };
        let answer = world.identity().log_in(request).await.unwrap().into_inner();
        let Some(id::log_in_response::Outcome::NextStep(_)) = answer.outcome else { panic!("{answer:?}") };
    }
}

each_engine! {
    async fn d4_the_invited_have_no_access_before_they_accept(world: World) {
        let world = world.with_preset("documents").await;
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.sign_up("bob@example.org").await;
        let request = ms::AddMemberRequest { role_ids: vec!["observer".into()], ..adding("bob@example.org", None) };
        let member = world.try_add(&ana, request).await.unwrap().into_inner().member.unwrap();
        assert_eq!(member.state(), ms::MemberState::Invited);
        let switch = |organization: &str| id::SwitchOrganizationRequest {
            organization: organization.to_owned(),
            ..Default::default()
        };
        let early = world.identity().switch_organization(with(&bob.token, switch(&ana.organization))).await;
        assert_eq!(early.unwrap_err().code(), Code::NotFound, "as for an organisation that isn't there");
        let may = ac::CheckAccessRequest {
            permission: "documents.read".into(),
            subject: Some(ac::check_access_request::Subject::MemberId(member.id.clone())),
            ..Default::default()
        };
        let before = world.access().check_access(with(&ana.token, may.clone())).await.unwrap().into_inner();
        assert!(!before.allowed, "{before:?}");
        let accept = ms::AcceptInvitationRequest {
            invitation: Some(ms::accept_invitation_request::Invitation::Code(world.code("bob@example.org").await)),
            ..Default::default()
        };
        world.membership().accept_invitation(with(&bob.token, accept)).await.unwrap();
        let after = world.access().check_access(with(&ana.token, may)).await.unwrap().into_inner();
        assert!(after.allowed, "{after:?}");
        world.identity().switch_organization(with(&bob.token, switch(&ana.organization))).await.unwrap();
    }
}

each_engine! {
    async fn a_typed_password_needs_both_the_preset_and_the_setting(world: World) {
        let typed = "lanterns over nine cold bridges";
        for (preset, setting, may) in [
            ("credits", true, true),
            ("credits", false, false),
            ("operations", true, false),
            ("operations", false, false),
        ] {
            let world = World::configured(world.engine, |config| {
                config.organizations.preset = preset.to_owned();
                config.passwords.allow_typed_temporary = setting;
            })
            .await;
            let ana = world.sign_up("ana@example.org").await;
            let answer = world.try_add(&ana, adding("bob@example.org", password(typed))).await;
            if may {
                assert_eq!(answer.unwrap().into_inner().temporary_password, typed);
            } else {
                refused(answer, Code::FailedPrecondition, "REASON_TEMPORARY_PASSWORD_NOT_ALLOWED");
            }
        }
    }
}
