//! AddMember: the three ways in, and every reason not to.

use crate::support::calls::request_id;
use crate::support::{World, each_engine, invariants, refused, with};
use roster::mail::message::MailTemplate;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::membership::v1::add_member_request::Onboarding;
use tonic::Code;

fn adding(email: &str) -> ms::AddMemberRequest {
    ms::AddMemberRequest {
        email: email.into(),
        ..Default::default()
    }
}

fn password(typed: &str, give_back: bool) -> Option<Onboarding> {
    let wanted = ms::TemporaryPasswordOnboarding {
        password: typed.into(),
        return_password: give_back,
    };
    Some(Onboarding::TemporaryPassword(wanted))
}

each_engine! {
    async fn an_invitation_is_the_usual_way_and_is_mailed_at_once(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let answer = world.try_add(&ana, adding(" Bob.Reis@EXAMPLE.org ")).await.unwrap().into_inner();
        assert_eq!((answer.onboarding(), answer.temporary_password.as_str()), (ms::OnboardingKind::Invitation, ""));
        let member = answer.member.unwrap();
        assert_eq!((member.email.as_str(), member.display_name.as_str()), ("Bob.Reis@example.org", "Bob.Reis@example.org"));
        assert_eq!((member.state(), member.guide(), member.has_seat), (ms::MemberState::Invited, ms::Guide::Wait, true));
        assert_eq!((member.user_id.as_str(), member.organization_id.as_str()), ("", ana.organization.as_str()));
        assert_eq!((member.added_by_user_id.as_str(), member.last_sign_in_time), (ana.user.as_str(), None));
        assert_eq!(member.roles.len(), 1, "the default role");
        assert_eq!((member.roles[0].name.as_str(), member.roles[0].source()), ("member", ms::RoleSource::Direct));
        let open = member.invitation.clone().unwrap();
        assert_eq!(open.invited_by_user_id, ana.user);
        let life = open.expire_time.unwrap().seconds - member.create_time.unwrap().seconds;
        assert!((3_600..=7 * 86_400).contains(&life), "c08: a week at most, not {life}");
        assert_eq!(world.get(&ana, &member.id).await, member, "it is on the list at once, and in full");
        let mails = world.mails("Bob.Reis@example.org").await;
        let [MailTemplate::Invitation { organization, inviter, has_account, .. }] = mails.as_slice() else { panic!("{mails:?}") };
        assert_eq!((organization.as_str(), inviter.as_str(), has_account), ("ana at example.org and friends", "ana", &false));
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn roles_are_named_by_id_or_by_name_each_once(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let admin = world.put(&ana, "a@example.org", "A", &["admin"]).await.roles[0].role_id.clone();
        assert!(admin.starts_with("rol_"), "{admin}");
        let both = world.put(&ana, "b@example.org", "B", &[&admin, "guest", "admin", "guest"]).await;
        let mut names: Vec<_> = both.roles.iter().map(|role| role.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["admin", "guest"]);
    }
}

each_engine! {
    async fn list_only_and_send_later_mail_nothing_and_hold_no_seat(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let later = ms::InvitationOnboarding { send_later: true };
        for (email, way) in [
            ("a@example.org", Onboarding::ListOnly(ms::ListOnly {})),
            ("b@example.org", Onboarding::Invitation(later)),
        ] {
            let request = ms::AddMemberRequest { onboarding: Some(way), ..adding(email) };
            let answer = world.try_add(&ana, request).await.unwrap().into_inner();
            assert_eq!(answer.onboarding(), ms::OnboardingKind::ListOnly);
            let member = answer.member.unwrap();
            assert_eq!((member.state(), member.guide(), member.has_seat), (ms::MemberState::Added, ms::Guide::Invite, false));
            assert_eq!(member.invitation, None);
            assert_eq!(world.mails(email).await.len(), 0);
        }
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn a_temporary_password_lets_a_newcomer_in_at_once(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let request = ms::AddMemberRequest { onboarding: password("", true), ..adding("bob@example.org") };
        let answer = world.try_add(&ana, request).await.unwrap().into_inner();
        assert_eq!(answer.onboarding(), ms::OnboardingKind::TemporaryPassword);
        assert!(answer.temporary_password.chars().count() >= 15);
        let member = answer.member.unwrap();
        assert_eq!((member.state(), member.has_seat), (ms::MemberState::Active, true));
        assert!(member.user_id.starts_with("usr_"));
        assert_eq!(world.mails("bob@example.org").await.len(), 0, "who asked for the password hands it over");
        // Typed, where that is allowed; it must still be a good one.
        let typed = "lanterns over nine cold bridges";
        let request = ms::AddMemberRequest { onboarding: password(typed, true), ..adding("carla@example.org") };
        assert_eq!(world.try_add(&ana, request).await.unwrap().into_inner().temporary_password, typed);
        world.unchanged(async {
            for weak in ["short", "dora@example.org", "passwordpassword", "aaaaaaaaaaaaaaaaaaaa"] {
                let request = ms::AddMemberRequest { onboarding: password(weak, true), ..adding("dora@example.org") };
                let refusal = refused(world.try_add(&ana, request).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
                assert_eq!(refusal.fields(), ["temporary_password.password"], "{weak}");
            }
        })
        .await;
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn r8_an_address_with_an_account_is_invited_whatever_was_asked_for(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.sign_up("bob@example.org").await;
        let request = ms::AddMemberRequest { onboarding: password("", true), ..adding("BOB@example.org") };
        let answer = world.try_add(&ana, request).await.unwrap().into_inner();
        assert_eq!((answer.onboarding(), answer.temporary_password.as_str()), (ms::OnboardingKind::Invitation, ""));
        let member = answer.member.unwrap();
        assert_eq!((member.state(), member.user_id.as_str()), (ms::MemberState::Invited, ""));
        let Some(MailTemplate::Invitation { has_account: true, .. }) = world.mails("bob@example.org").await.pop() else {
            panic!("no invitation to the address as the account says it");
        };
        // Bob's account is as it was.
        assert_eq!(world.log_in("bob@example.org").await.organization, bob.organization);
    }
}

each_engine! {
    async fn typed_passwords_are_refused_where_the_deployment_makes_them(world: World) {
        let world = World::configured(world.engine, |config| config.passwords.allow_typed_temporary = false).await;
        let ana = world.sign_up("ana@example.org").await;
        let request = |typed| ms::AddMemberRequest { onboarding: password(typed, true), ..adding("bob@example.org") };
        let typed = world.unchanged(world.try_add(&ana, request("lanterns over nine cold bridges"))).await;
        let refusal = refused(typed, Code::FailedPrecondition, "REASON_TEMPORARY_PASSWORD_NOT_ALLOWED");
        assert!(!refusal.message.contains("account"), "it is about this deployment, not about the address: {}", refusal.message);
        world.try_add(&ana, request("")).await.unwrap();
    }
}

each_engine! {
    async fn b01_nobody_gives_more_than_they_hold(world: World) {
        let world = world.with_clerks().await;
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let clerk = world.join(&ana, "clerk@example.org", "clerk").await;
        let with_role = |role: &str| ms::AddMemberRequest { role_ids: vec![role.into()], ..adding("new@example.org") };
        world.unchanged(async {
            let refusal = refused(world.try_add(&bob, with_role("owner")).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
            let beyond = "organization.delete, organization.transfer, organization.update, rotations.manage";
            assert_eq!(refusal.metadata["permissions"], beyond);
            refused(world.try_add(&ana, with_role("owner")).await, Code::FailedPrecondition, "REASON_OWNER_ROLE_MOVES_BY_TRANSFER");
            // The default role is given like any other: a clerk can't hand out what the role `member` holds.
            refused(world.try_add(&clerk, adding("new@example.org")).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
            refused(world.try_add(&clerk, with_role("guest")).await, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
            let refusal = refused(world.try_add(&carla, with_role("guest")).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
            assert_eq!((refusal.metadata["permission"].as_str(), refusal.metadata["roles"].as_str()), ("members.add", "owner, admin, clerk"));
        })
        .await;
        world.try_add(&clerk, with_role("clerk")).await.unwrap();
        let refusals = invariants::logged(&world, "call_refused").await;
        assert_eq!(refusals, 5, "each refusal of a privileged call is written down");
    }
}

each_engine! {
    async fn whoever_is_listed_is_not_added_again(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.put(&ana, "listed@example.org", "Listed", &[]).await;
        world.join(&ana, "active@example.org", "member").await;
        world.add(&ana, "invited@example.org", "member").await;
        world.unchanged(async {
            for email in ["listed@example.org", "ACTIVE@example.org", "Invited@Example.ORG", "ana@example.org"] {
                let refusal = refused(world.try_add(&ana, adding(email)).await, Code::AlreadyExists, "REASON_ALREADY_MEMBER");
                assert_eq!(refusal.details.resource_info().unwrap().resource_type, "member");
                assert!(refusal.metadata["email"].eq_ignore_ascii_case(email));
            }
        })
        .await;
        let gone = world.list(&ana, ms::ListMembersRequest { query: "listed@".into(), ..Default::default() }).await.members.remove(0);
        world.remove(&ana, &gone.id, &gone.email).await;
        let again = world.put(&ana, "listed@example.org", "Listed", &[]).await;
        assert_ne!(again.id, gone.id, "somebody removed may be added anew, as a new member");
    }
}

each_engine! {
    async fn all_that_is_wrong_with_the_input_is_told_at_once(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let send = |request: ms::AddMemberRequest| world.try_add(&ana, request);
        world.unchanged(async {
            let request = ms::AddMemberRequest {
                request_id: "no uuid".into(),
                email: "nobody".into(),
                display_name: "two\nlines".into(),
                role_ids: vec!["member".into(), "no\nrole".into()],
                ..Default::default()
            };
            let mut fields = refused(send(request).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields();
            fields.sort();
            assert_eq!(fields, ["display_name", "email", "request_id", "role_ids[1]"]);
            let roles = |count| ms::AddMemberRequest { role_ids: vec!["guest".into(); count], ..adding("new@example.org") };
            assert_eq!(refused(send(roles(21)).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["role_ids"]);
            let unknown = ms::AddMemberRequest { role_ids: vec!["emperor".into()], ..adding("new@example.org") };
            let refusal = refused(send(unknown).await, Code::NotFound, "REASON_NOT_FOUND");
            assert_eq!(refusal.metadata["kind"], "role");
            let long = ms::AddMemberRequest { display_name: "n".repeat(201), ..adding("new@example.org") };
            assert_eq!(refused(send(long).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["display_name"]);
            let far = ms::AddMemberRequest { organization_id: ana.member.clone(), ..adding("new@example.org") };
            let refusal = refused(send(far).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
            assert_eq!(refusal.fields(), ["organization_id"]);
            assert!(refusal.message.contains("mbr_") && refusal.message.contains("org_"), "{}", refusal.message);
        })
        .await;
        let most = ms::AddMemberRequest { role_ids: vec!["guest".into(); 20], ..adding("new@example.org") };
        send(most).await.unwrap();
    }
}

each_engine! {
    async fn an_address_longer_than_a_name_may_be_can_be_added_without_a_name(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let label = "d".repeat(45);
        let email = format!("{}@{label}.{label}.{label}.{label}.example", "x".repeat(60));
        assert!(email.chars().count() > 200);
        let name = world.try_add(&ana, adding(&email)).await.unwrap().into_inner().member.unwrap().display_name;
        assert!(name.chars().count() <= 200 && !name.is_empty() && email.starts_with(&name), "{name}");
    }
}

each_engine! {
    async fn validate_only_answers_as_if_and_changes_nothing(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        for way in [None, password("", true), Some(Onboarding::ListOnly(ms::ListOnly {}))] {
            let request = ms::AddMemberRequest { validate_only: true, request_id: request_id(), onboarding: way, ..adding("bob@example.org") };
            let would = world.unchanged(world.try_add(&ana, request)).await.unwrap().into_inner();
            assert_eq!(would.member.unwrap().email, "bob@example.org");
        }
        let request = ms::AddMemberRequest { validate_only: true, ..adding("ana@example.org") };
        refused(world.unchanged(world.try_add(&ana, request)).await, Code::AlreadyExists, "REASON_ALREADY_MEMBER");
    }
}

each_engine! {
    async fn a_repeated_request_id_adds_once_and_a_failure_is_not_kept(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let request = ms::AddMemberRequest { request_id: request_id(), onboarding: password("", true), ..adding("bob@example.org") };
        let first = world.try_add(&ana, request.clone()).await.unwrap().into_inner();
        world.unchanged(async {
            let again = world.try_add(&ana, request.clone()).await.unwrap().into_inner();
            assert_eq!(again, first, "the password too: whoever lost the answer gets it again");
            let other = ms::AddMemberRequest { email: "carla@example.org".into(), ..request.clone() };
            refused(world.try_add(&ana, other).await, Code::AlreadyExists, "REASON_REQUEST_ID_REUSED");
        })
        .await;
        let failing = ms::AddMemberRequest { request_id: request_id(), ..adding("dora@example.org") };
        let dora = world.put(&ana, "dora@example.org", "Dora", &[]).await;
        refused(world.try_add(&ana, failing.clone()).await, Code::AlreadyExists, "REASON_ALREADY_MEMBER");
        world.remove(&ana, &dora.id, &dora.email).await;
        world.try_add(&ana, failing).await.unwrap();
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn q04_a_request_id_means_nothing_in_another_organisation(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let request = ms::AddMemberRequest { request_id: request_id(), ..adding("bob@example.org") };
        let first = world.try_add(&ana, request.clone()).await.unwrap().into_inner().member.unwrap();
        let there = world.found(&ana, "Second").await;
        let second = world.try_add(&there, request).await.unwrap().into_inner().member.unwrap();
        assert_eq!((first.organization_id, second.organization_id), (ana.organization, there.organization));
        assert_ne!(first.id, second.id);
    }
}

each_engine! {
    async fn seats_run_out_with_the_count_in_the_refusal(world: World) {
        let world = world.with_seats(2).await;
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.add(&ana, "bob@example.org", "member").await;
        world.unchanged(async {
            for way in [None, password("", true)] {
                let request = ms::AddMemberRequest { onboarding: way, ..adding("carla@example.org") };
                let refusal = refused(world.try_add(&ana, request).await, Code::ResourceExhausted, "REASON_SEATS_EXHAUSTED");
                assert_eq!((refusal.metadata["limit"].as_str(), refusal.metadata["used"].as_str()), ("2", "2"));
                assert!(refusal.details.quota_failure().is_some() && refusal.details.retry_info().is_none());
            }
        })
        .await;
        world.put(&ana, "listed@example.org", "L", &[]).await;
        // Expiry frees the seat by the clock alone; so does removal.
        let life = bob.invitation.unwrap().expire_time.unwrap().seconds - bob.create_time.unwrap().seconds;
        world.clock.advance(std::time::Duration::from_secs(life as u64));
        let ana = world.log_in("ana@example.org").await;
        world.try_add(&ana, adding("carla@example.org")).await.unwrap();
        let refusal = world.membership().add_member(with(&ana.token, adding("dora@example.org"))).await;
        refused(refusal, Code::ResourceExhausted, "REASON_SEATS_EXHAUSTED");
        invariants::check(&world).await;
    }
}
