//! What the presets that come with Roster let be done differently: how people get in, and how many own.

use crate::support::selections::{Act, Selected, refused_member};
use crate::support::{Person, World, each_engine, invariants, refused, with};
use roster::config::{Config, Sources};
use roster::mail::message::MailTemplate;
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::membership::v1::add_member_request::Onboarding;
use roster::random::SystemRandom;
use roster::server;
use roster::store::Store;
use std::sync::Arc;
use tonic::Code;

/// Somebody with all that a preset may ask for, and a role that each of them has.
fn adding(email: &str, onboarding: Option<Onboarding>) -> ms::AddMemberRequest {
    ms::AddMemberRequest {
        email: email.into(),
        display_name: "Somebody".into(),
        role_ids: vec!["member".into()],
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

/// Adds somebody with these roles, who is Active at once.
async fn active(world: &World, by: &Person, email: &str, roles: &[&str]) -> ms::Member {
    let request = ms::AddMemberRequest {
        role_ids: roles.iter().map(ToString::to_string).collect(),
        ..adding(email, None)
    };
    world.try_add(by, request).await.unwrap().into_inner().member.unwrap()
}

each_engine! {
    async fn an_owner_makes_others_up_to_the_presets_number(world: World) {
        let world = world.with_preset("operations").await;
        let ana = world.sign_up("ana@example.org").await;
        let admin = world.unverified(&ana, "admin@example.org").await;
        world.set_roles(&ana, &admin.member, &["admin"]).await.unwrap();
        let admin = world.log_in("admin@example.org").await;
        // The fifth is invited only, and counts all the same.
        for email in ["b@example.org", "c@example.org"] {
            active(&world, &ana, email, &["owner"]).await;
        }
        let dora = active(&world, &ana, "d@example.org", &["member"]).await;
        let other = active(&world, &ana, "e@example.org", &["member"]).await;
        let owner = |email: &str| ms::AddMemberRequest { role_ids: vec!["owner".into()], ..adding(email, invitation(false)) };
        let by_admin = world.unchanged(world.try_add(&admin, owner("f@example.org"))).await;
        refused(by_admin, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
        let by_admin = world.set_roles(&admin, &dora.id, &["owner"]).await;
        refused(by_admin, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
        world.set_roles(&ana, &dora.id, &["owner", "member"]).await.unwrap();
        world.try_add(&ana, owner("f@example.org")).await.unwrap();
        invariants::check(&world).await;
        let sixth = world.unchanged(world.try_add(&ana, owner("g@example.org"))).await;
        let refusal = refused(sixth, Code::ResourceExhausted, "REASON_LIMIT_REACHED");
        assert_eq!((refusal.metadata["kind"].as_str(), refusal.metadata["limit"].as_str()), ("owner", "5"));
        let sixth = world.unchanged(world.set_roles(&ana, &other.id, &["owner"])).await;
        refused(sixth, Code::ResourceExhausted, "REASON_LIMIT_REACHED");
        // Once one is an owner no longer, there is room for another.
        world.set_roles(&ana, &dora.id, &["member"]).await.unwrap();
        world.set_roles(&ana, &other.id, &["owner"]).await.unwrap();
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn no_group_binding_or_one_owner_preset_gives_the_owner_role(world: World) {
        let several = world.with_preset("operations").await;
        let ana = several.sign_up("ana@example.org").await;
        let bob = active(&several, &ana, "bob@example.org", &["member"]).await;
        let moves = "REASON_OWNER_ROLE_MOVES_BY_TRANSFER";
        refused(several.try_bind(&ana, &bob.id, "owner", 5).await, Code::FailedPrecondition, moves);
        refused(several.try_group(&ana, "Owners", &["owner"]).await, Code::FailedPrecondition, moves);
        for preset in ["standard", "credits", "workspace"] {
            let world = world.with_preset(preset).await;
            let ana = world.sign_up("ana@example.org").await;
            let bob = world.add(&ana, "bob@example.org", "member").await;
            refused(world.set_roles(&ana, &bob.id, &["owner"]).await, Code::FailedPrecondition, moves);
            let request = ms::AddMemberRequest { role_ids: vec!["owner".into()], ..adding("c@example.org", invitation(false)) };
            refused(world.try_add(&ana, request).await, Code::FailedPrecondition, moves);
        }
    }
}

each_engine! {
    async fn an_owner_may_go_while_another_who_can_act_remains(world: World) {
        let world = world.with_preset("operations").await;
        let ana = world.sign_up("ana@example.org").await;
        let bob = active(&world, &ana, "bob@example.org", &["owner"]).await;
        let protected = "REASON_OWNER_PROTECTED";
        // Two who can act: either may be selected, not both.
        let asked = ms::GetMemberActionsRequest { member_ids: vec![bob.id.clone(), ana.member.clone()], ..Default::default() };
        let told = world.membership().get_member_actions(with(&ana.token, asked)).await.unwrap().into_inner();
        let suspend = told.actions.iter().find(|action| action.action() == ms::ActionKind::Suspend).unwrap();
        let last: Vec<_> = suspend.obstacles.iter().filter(|o| o.reason == protected).flat_map(|o| o.member_ids.clone()).collect();
        assert_eq!(last, std::slice::from_ref(&ana.member), "the second of the two");
        let both = world.try_act(&ana, Act::Suspend, Selected::of(&[&bob.id, &ana.member]).rehearsed()).await.unwrap();
        let both = both.into_inner();
        assert!(both[0].error.is_none(), "{both:?}");
        assert_eq!(refused_member(&both[1]).reason, protected, "the call says what the buttons said");
        // The suspended one is no owner who can act: now Ana is the last, and he may go.
        world.done(&ana, Act::Suspend, &bob.id).await;
        invariants::check(&world).await;
        let demoted = world.unchanged(world.set_roles(&ana, &ana.member, &["member"])).await;
        refused(demoted, Code::FailedPrecondition, protected);
        let leave = || ms::LeaveOrganizationRequest { confirm: "ana@example.org".into(), ..Default::default() };
        let left = world.unchanged(world.membership().leave_organization(with(&ana.token, leave()))).await;
        refused(left, Code::FailedPrecondition, protected);
        let preview = ms::PreviewOffboardingRequest {
            member_ids: vec![ana.member.clone(), bob.id.clone()],
            ..Default::default()
        };
        let told = world.membership().preview_offboarding(with(&ana.token, preview)).await.unwrap().into_inner();
        let obstacles: Vec<_> = told.previews.iter().map(|p| p.obstacles.first().map(|o| o.reason.as_str())).collect();
        assert_eq!(obstacles, [Some(protected), None]);
        world.done(&ana, Act::Reactivate, &bob.id).await;
        world.membership().leave_organization(with(&ana.token, leave())).await.unwrap();
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn i1_a_preset_that_changes_who_owns_is_refused_at_the_start(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.join(&ana, "bob@example.org", "admin").await;
        let folder = tempfile::tempdir().unwrap();
        let standard = include_str!("../../../presets/standard.toml");
        let file = |name: &str, text: String| {
            let path = folder.path().join(format!("{name}.toml"));
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        // Before a start remembered anything, the rows alone tell.
        let documents = refusal(&world, "documents").await;
        assert!(documents.contains("documents doesn't fit") && documents.contains("a role that it lacks"), "{documents}");
        let lacking = file("lacking", standard.replace("\"admin\"", "\"boss\""));
        assert!(refusal(&world, &lacking).await.contains("a role that it lacks"));
        server::preset_fits(&world.app).await.expect("the one that it was made with");
        // Ana has the role, and nobody lacks theirs; but bob would own.
        let swapped = standard.replace("\"owner\"", "\"?\"").replace("\"admin\"", "\"owner\"").replace("\"?\"", "\"admin\"");
        let swapped = file("swapped", swapped);
        assert!(refusal(&world, &swapped).await.contains("were made with standard"));
        assert!(refusal(&world, "documents").await.contains("were made with standard"));
        // Where the owners are the same and no role is lost, one may change one's mind, and back.
        for preset in ["credits", "workspace", "standard"] {
            fits(&world, preset).await.expect(preset);
        }
        // The rows tell too where there are more owners than it allows, or none.
        world.sql("UPDATE members SET state = 5 WHERE email_key = 'ana@example.org'").await;
        assert!(refusal(&world, "workspace").await.contains("nobody active holds"));
    }
}

/// Whether a process with this preset would start over the world's database.
async fn fits(world: &World, preset: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::load(Sources::development(folder.path())).unwrap();
    config.organizations.preset = preset.to_owned();
    let store = Store::open(&world.database.settings).await.unwrap();
    let (clock, random) = (Arc::new(world.clock.clone()), Arc::new(SystemRandom));
    let app = server::assemble(&config, store, clock, random).unwrap();
    server::preset_fits(&app).await.map_err(|e| e.to_string())
}

async fn refusal(world: &World, preset: &str) -> String {
    fits(world, preset).await.expect_err(preset)
}
