//! Decisions where rights come from more than roles: a thousand questions at once, the why, and what a change would do.

use crate::support::calls::in_language;
use crate::support::roles::texts;
use crate::support::selections::Act;
use crate::support::{Person, Refusal, World, each_engine, refused, with};
use chrono::TimeDelta;
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::membership::v1 as ms;
use tonic::{Code, Status};

const INVALID: (Code, &str) = (Code::InvalidArgument, "REASON_INPUT_INVALID");
const NOBODY: &str = "mbr_01h455vb4pex5vsknk084sn02q";

fn question(permission: &str, member: &str) -> ac::AccessQuestion {
    ac::AccessQuestion {
        permission: permission.into(),
        member_id: member.into(),
    }
}

fn batch(questions: Vec<ac::AccessQuestion>) -> ac::BatchCheckAccessRequest {
    ac::BatchCheckAccessRequest {
        questions,
        ..Default::default()
    }
}

/// Gives a member the same roles, in a group, by a grant.
async fn grant(world: &World, by: &Person, member: &str, grants: &[&str]) {
    let request = ms::UpdateMemberRequest {
        member_id: member.into(),
        grants: texts(grants),
        ..Default::default()
    };
    world
        .membership()
        .update_member(with(&by.token, request))
        .await
        .unwrap();
}

async fn group(world: &World, by: &Person, name: &str, role: &str, members: &[&str]) -> String {
    let request = ms::CreateGroupRequest {
        name: name.into(),
        role_ids: texts(&[role]),
        ..Default::default()
    };
    let made = world.membership().create_group(with(&by.token, request)).await.unwrap();
    let id = made.into_inner().group.unwrap().id;
    let request = ms::AddGroupMembersRequest {
        group_id: id.clone(),
        member_ids: texts(members),
        ..Default::default()
    };
    let put = world
        .membership()
        .add_group_members(with(&by.token, request))
        .await
        .unwrap();
    assert!(put.into_inner().results.iter().all(|result| result.error.is_none()));
    id
}

each_engine! {
    async fn a_thousand_questions_are_answered_in_order_by_as_many_statements_as_one(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let invited = world.add(&ana, "invited@example.org", "admin").await.id;
        let ask = async |by: &Person, request| world.access().batch_check_access(with(&by.token, request)).await;
        let questions = vec![
            question("members.add", ""),
            question("members.add", &bob.member),
            question("members.read", &bob.member),
            question("members.add", &ana.member),
            question("members.read", &invited),
            question("members.fly", &ana.member),
            question("members.read", NOBODY),
            question("members.read", &bob.member),
        ];
        let answers = ask(&ana, batch(questions.clone())).await.unwrap().into_inner().answers;
        let allowed: Vec<bool> = answers.iter().map(|a| a.allowed).collect();
        assert_eq!(allowed, [true, false, true, true, false, false, false, true]);
        let error = answers[6].error.clone().unwrap();
        let status = Status::with_details(error.code.into(), error.message.clone(), prost::Message::encode_to_vec(&error).into());
        assert_eq!((Refusal::of(&status).code, Refusal::of(&status).reason.as_str()), (Code::NotFound, "REASON_NOT_FOUND"));
        assert!(answers.iter().enumerate().all(|(i, a)| i == 6 || a.error.is_none()));
        // Each agrees with the single call.
        for (question, answer) in questions.iter().zip(&answers).filter(|(q, _)| !q.member_id.is_empty() && q.member_id != NOBODY) {
            assert_eq!(world.may(&ana, &question.member_id, &question.permission).await, answer.allowed);
        }
        let about = ac::BatchCheckAccessRequest { access_token: bob.token.clone(), ..batch(vec![question("members.add", ""), question("members.read", ""), question("members.add", &ana.member)]) };
        let answers = ask(&ana, about.clone()).await.unwrap().into_inner().answers;
        assert_eq!(answers.iter().map(|a| a.allowed).collect::<Vec<_>>(), [false, true, true], "what names nobody is about the bearer");
        let garbage = ac::BatchCheckAccessRequest { access_token: "garbage".into(), ..about };
        assert_eq!(ask(&ana, garbage).await.unwrap().into_inner().answers.iter().map(|a| a.allowed).collect::<Vec<_>>(), [false, false, true]);
        // However many are asked, the statements are those of one.
        let mut ids = vec![];
        for i in 0..20 {
            ids.push(world.put(&ana, &format!("m{i}@example.org"), "M", &[]).await.id);
        }
        let many: Vec<_> = (0..1000).map(|i| question("members.read", &ids[i % ids.len()])).collect();
        // Other tests of this process send theirs meanwhile, so the least of several counts is compared, and generously.
        let (mut one, mut thousand) = (u64::MAX, u64::MAX);
        for _ in 0..8 {
            for (count, least) in [(1, &mut one), (1000, &mut thousand)] {
                let before = roster::store::statements();
                let answers = ask(&ana, batch(many[..count].to_vec())).await.unwrap().into_inner().answers;
                *least = (*least).min(roster::store::statements() - before);
                assert!(answers.len() == count && answers.iter().all(|a| !a.allowed && a.error.is_none()), "they are only listed");
            }
        }
        assert!(thousand < one + 100, "{one} statements for one question, {thousand} for a thousand");
        world.unchanged(async {
            for wrong in [vec![], vec![question("members.read", ""); 1001]] {
                assert_eq!(refused(ask(&ana, batch(wrong)).await, INVALID.0, INVALID.1).fields(), ["questions"]);
            }
            let bad = batch(vec![question("members.read", "usr_1"), question("?", "")]);
            assert_eq!(refused(ask(&ana, bad).await, INVALID.0, INVALID.1).fields(), ["questions[0].member_id", "questions[1].permission"]);
        })
        .await;
        let mute = world.role(&ana, "Mute", &["organization.read"]).await;
        let mute = world.join(&ana, "mute@example.org", &mute.id).await;
        assert!(ask(&mute, batch(vec![question("organization.read", &mute.member)])).await.unwrap().into_inner().answers[0].allowed);
        for whom in [&ana.member, NOBODY] {
            let refusal = refused(ask(&mute, batch(vec![question("organization.read", whom)])).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
            assert_eq!(refusal.metadata["permission"], "members.read");
        }
        let eva = world.sign_up("eva@elsewhere.example").await;
        let answers = ask(&eva, batch(vec![question("members.read", &bob.member)])).await.unwrap().into_inner().answers;
        assert!(answers[0].error.is_some() && !answers[0].allowed);
    }
}

each_engine! {
    async fn the_why_names_each_source_and_the_binding_that_ran_out(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let inviter = world.role(&ana, "Inviter", &["members.invite"]).await;
        let why = async |permission: &str| world.explain(&ana, &bob.member, permission).await;
        assert_eq!(why("members.invite").await.cause(), ac::AccessCause::NotGranted);

        let binding = world.bind(&ana, &bob.member, &inviter.id, 10).await;
        let told = why("members.invite").await;
        assert_eq!((told.allowed, told.cause(), told.expire_time), (true, ac::AccessCause::Binding, binding.expire_time));
        let source = ac::AccessSource { cause: ac::AccessCause::Binding.into(), role_id: inviter.id.clone(), role_name: "Inviter".into(), binding_id: binding.id.clone(), expire_time: binding.expire_time, ..Default::default() };
        assert_eq!(told.sources, std::slice::from_ref(&source));
        assert_eq!((told.granted_by_roles, told.roles_that_grant), (texts(&["Inviter"]), texts(&["owner", "admin", "Inviter"])));

        grant(&world, &ana, &bob.member, &["members.invite"]).await;
        let told = why("members.invite").await;
        assert_eq!((told.cause(), told.expire_time), (ac::AccessCause::Grant, None), "what stays, outweighs what ends");
        let group = group(&world, &ana, "Night shift", &inviter.id, &[&bob.member]).await;
        let told = why("members.invite").await;
        assert_eq!(told.cause(), ac::AccessCause::Group);
        let causes: Vec<_> = told.sources.iter().map(|s| s.cause()).collect();
        assert_eq!(causes, [ac::AccessCause::Group, ac::AccessCause::Grant, ac::AccessCause::Binding]);
        assert_eq!((told.sources[0].group_id.as_str(), told.sources[0].group_name.as_str(), told.sources[0].role_name.as_str()), (group.as_str(), "Night shift", "Inviter"));
        assert_eq!(told.sources[2], source);
        world.set_roles(&ana, &bob.member, &["member", &inviter.id]).await.unwrap();
        assert_eq!(why("members.invite").await.cause(), ac::AccessCause::Role);

        let carla = world.join(&ana, "carla@example.org", "member").await;
        let last = world.bind(&ana, &carla.member, &inviter.id, 5).await;
        world.bind(&ana, &carla.member, &inviter.id, 3).await;
        world.clock.advance(TimeDelta::minutes(6));
        let told = world.explain(&ana, &carla.member, "members.invite").await;
        assert_eq!((told.allowed, told.cause(), told.expire_time), (false, ac::AccessCause::BindingEnded, last.expire_time));
        assert_eq!((told.sources.len(), told.who_could_give.as_slice()), (0, std::slice::from_ref(&ana.member)));
        let mut said = std::collections::BTreeSet::new();
        for language in ["en", "pt-BR", "es"] {
            for (member, permission) in [(&carla.member, "members.invite"), (&bob.member, "members.invite")] {
                let request = ac::ExplainAccessRequest { permission: permission.into(), member_id: member.clone(), ..Default::default() };
                said.insert(world.access().explain_access(in_language(with(&ana.token, request), language)).await.unwrap().into_inner().message);
            }
        }
        assert_eq!(said.len(), 6, "{said:?}");
        assert!(said.iter().all(|text| !text.contains("{$") && text.contains("Inviter")), "{said:?}");
    }
}

each_engine! {
    async fn the_why_tells_what_stands_in_the_way_of_what_is_allowed(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let told = world.explain(&ana, &ana.member, "organization.transfer").await;
        assert_eq!((told.allowed, told.caveats), (true, vec![]), "she has just logged in");
        world.clock.advance(TimeDelta::minutes(11));
        let (ana, bob) = (world.renewed(&ana).await, world.renewed(&bob).await);
        let fresh = ac::AccessCaveat::FreshLogin as i32;
        for asking in [&ana, &bob] {
            let told = world.explain(asking, &ana.member, "organization.transfer").await;
            assert_eq!((told.allowed, told.caveats), (true, vec![fresh]));
            assert!(told.message.ends_with("log in again before you use it."), "{}", told.message);
        }
        assert_eq!(world.explain(&ana, &ana.member, "members.add").await.caveats, Vec::<i32>::new());
        // What comes with the owner's role alone, nobody can give.
        let told = world.explain(&ana, &bob.member, "organization.transfer").await;
        assert_eq!((told.allowed, told.caveats, told.who_could_give), (false, vec![], Vec::<String>::new()));
        assert_eq!(told.roles_that_grant, ["owner"]);
        // Seats: of who takes one, and of who would need one to come back.
        let carla = world.join(&ana, "carla@example.org", "member").await;
        world.done(&ana, Act::Suspend, &carla.member).await;
        let none = Vec::<i32>::new();
        assert_eq!(world.explain(&ana, &carla.member, "members.read").await.caveats, none);
        world.set_seats(&ana, Some(2)).await.unwrap();
        let taken = vec![ac::AccessCaveat::NoSeat as i32];
        for permission in ["members.add", "members.invite", "members.suspend"] {
            let told = world.explain(&ana, &bob.member, permission).await;
            assert_eq!((told.allowed, told.caveats), (true, taken.clone()), "{permission}");
        }
        assert_eq!(world.explain(&ana, &bob.member, "members.update").await.caveats, none);
        let told = world.explain(&ana, &carla.member, "members.read").await;
        assert_eq!((told.cause(), told.caveats), (ac::AccessCause::State, taken));
        world.set_seats(&ana, Some(3)).await.unwrap();
        assert_eq!(world.explain(&ana, &bob.member, "members.add").await.caveats, none);
    }
}

each_engine! {
    async fn who_could_give_holds_it_by_whatever_way(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let editor = world.role(&ana, "Editor", &["members.read", "members.update"]).await;
        let inviter = world.role(&ana, "Inviter", &["members.invite"]).await;
        let mut people = vec![];
        for name in ["bob", "carla", "dora", "eva", "fay"] {
            world.clock.advance(TimeDelta::milliseconds(5));
            people.push(world.join(&ana, &format!("{name}@example.org"), &editor.id).await);
        }
        let [bob, carla, dora, eva, fay] = [0, 1, 2, 3, 4].map(|i| people[i].clone());
        grant(&world, &ana, &bob.member, &["members.invite"]).await;
        group(&world, &ana, "Inviters", &inviter.id, &[&carla.member]).await;
        world.bind(&ana, &dora.member, &inviter.id, 5).await;
        world.bind(&ana, &eva.member, &inviter.id, 1).await;
        world.clock.advance(TimeDelta::minutes(2));
        let could = world.explain(&ana, &fay.member, "members.invite").await.who_could_give;
        assert_eq!(could, [ana.member.clone(), bob.member, carla.member, dora.member], "not Eva, whose role ran out, nor Fay, who lacks it");
    }
}

each_engine! {
    async fn a_preview_of_a_role_says_who_gains_and_loses_and_is_right(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let role = world.role(&ana, "Some", &["members.read", "members.invite"]).await;
        let bob = world.join(&ana, "bob@example.org", &role.id).await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        world.bind(&ana, &carla.member, &role.id, 60).await;
        let dora = world.join(&ana, "dora@example.org", "admin").await;
        group(&world, &ana, "Group", &role.id, &[&dora.member]).await;
        let stranger = world.join(&ana, "eva@example.org", "member").await;
        let ask = |permissions: &[&str]| ac::PreviewRoleChangeRequest {
            change: Some(ac::preview_role_change_request::Change::Role(ac::RolePermissionsChange { role_id: role.id.clone(), permissions: texts(permissions) })),
            ..Default::default()
        };
        let call = async |request| world.access().preview_role_change(with(&ana.token, request)).await;
        let would = world.unchanged(call(ask(&["members.invite", "groups.manage"]))).await.unwrap().into_inner();
        let mut told: Vec<_> = would.changes.iter().map(|c| (c.member_id.as_str(), c.gains.clone(), c.loses.clone())).collect();
        told.sort();
        let mut expected = vec![
            (bob.member.as_str(), texts(&["groups.manage"]), texts(&["members.read"])),
            (carla.member.as_str(), texts(&["groups.manage"]), vec![]),
        ];
        expected.sort();
        assert_eq!(told, expected, "the administrator has it all anyway");
        assert_eq!((would.member_count, would.gaining_count, would.losing_count), (3, Some(2), Some(1)));
        let (mut seen, mut token, mut pages) = (vec![], String::new(), 0);
        loop {
            let page = call(ac::PreviewRoleChangeRequest { page_size: 1, page_token: token, ..ask(&["members.invite", "groups.manage"]) }).await.unwrap().into_inner();
            seen.extend(page.changes);
            (token, pages) = (page.next_page_token, pages + 1);
            if token.is_empty() {
                break;
            }
        }
        assert_eq!((seen, pages), (would.changes, 3));
        world.permit(&ana, &role.id, &["members.invite", "groups.manage"]).await.unwrap();
        for (member, gained, lost) in [(&bob, true, true), (&carla, true, false)] {
            assert_eq!(world.may(&ana, &member.member, "groups.manage").await, gained);
            assert_eq!(!world.may(&ana, &member.member, "members.read").await, lost);
        }
        let none = call(ask(&[])).await.unwrap().into_inner();
        assert_eq!((none.member_count, none.gaining_count, none.losing_count), (3, Some(0), Some(2)));
        world.unchanged(async {
            assert_eq!(refused(call(ask(&["members.fly"])).await, INVALID.0, INVALID.1).fields(), ["permissions"]);
            assert_eq!(refused(call(Default::default()).await, INVALID.0, INVALID.1).fields(), ["change"]);
            let of = |id: &str| ac::PreviewRoleChangeRequest { change: Some(ac::preview_role_change_request::Change::Role(ac::RolePermissionsChange { role_id: id.into(), ..Default::default() })), ..Default::default() };
            refused(call(of("rol_01h455vb4pex5vsknk084sn02q")).await, Code::NotFound, "REASON_NOT_FOUND");
            let admin = world.get_role(&ana, "admin").await.unwrap().into_inner().role.unwrap().id;
            refused(call(of(&admin)).await, Code::FailedPrecondition, "REASON_SYSTEM_ROLE");
            refused(world.access().preview_role_change(with(&stranger.token, ask(&[]))).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        })
        .await;
        let blind = world.role(&ana, "Blind", &["roles.read"]).await;
        let blind = world.join(&ana, "blind@example.org", &blind.id).await;
        let refusal = refused(world.access().preview_role_change(with(&blind.token, ask(&[]))).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        assert_eq!(refusal.metadata["permission"], "members.read");
    }
}

each_engine! {
    async fn a_preview_of_members_roles_leaves_out_what_they_have_besides(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let carla = world.join(&ana, "carla@example.org", "guest").await;
        grant(&world, &ana, &bob.member, &["members.invite"]).await;
        let ask = |members: &[&str], roles: &[&str]| ac::PreviewRoleChangeRequest {
            change: Some(ac::preview_role_change_request::Change::Members(ac::MemberRolesChange { member_ids: texts(members), role_ids: texts(roles) })),
            ..Default::default()
        };
        let call = async |request| world.access().preview_role_change(with(&ana.token, request)).await;
        let would = world.unchanged(call(ask(&[&bob.member, &carla.member], &["guest"]))).await.unwrap().into_inner();
        assert_eq!((would.member_count, would.gaining_count, would.losing_count), (2, Some(0), Some(1)));
        let [bobs] = would.changes.as_slice() else { panic!("{would:?}") };
        assert_eq!((bobs.member_id.as_str(), bobs.email.as_str(), bobs.gains.len()), (bob.member.as_str(), "bob@example.org", 0));
        assert!(bobs.loses.contains(&"resources.use".to_owned()) && !bobs.loses.contains(&"members.invite".to_owned()));
        let up = call(ask(&[&bob.member, &carla.member], &["member", "admin"])).await.unwrap().into_inner();
        assert_eq!((up.gaining_count, up.losing_count), (Some(2), Some(0)));
        assert!(up.changes.iter().all(|c| c.gains.is_sorted() && c.gains.contains(&"members.remove".to_owned())));
        refused(call(ask(&[&bob.member, NOBODY], &["guest"])).await, Code::NotFound, "REASON_NOT_FOUND");
        refused(call(ask(&[&bob.member], &["nobody"])).await, Code::NotFound, "REASON_NOT_FOUND");
        assert_eq!(refused(call(ask(&[], &[])).await, INVALID.0, INVALID.1).fields(), ["members.member_ids", "members.role_ids"]);
        assert_eq!(refused(call(ask(&[&bob.member, &bob.member], &["guest"])).await, INVALID.0, INVALID.1).fields(), ["members.member_ids[1]"]);
    }
}
