//! GetMemberActions: what may be done with a selection, and that the calls agree.

use crate::support::calls::{Outcome, in_language};
use crate::support::{Person, World, each_engine, refused, with};
use ms::ActionKind as Kind;
use roster::pb::roster::membership::v1 as ms;
use std::collections::BTreeMap;
use tonic::Code;

async fn ask(world: &World, by: &Person, members: &[&str]) -> Outcome<ms::GetMemberActionsResponse> {
    let request = ms::GetMemberActionsRequest {
        member_ids: members.iter().map(ToString::to_string).collect(),
        ..Default::default()
    };
    world.membership().get_member_actions(with(&by.token, request)).await
}

/// Each action with the reasons against it.
async fn told(world: &World, by: &Person, members: &[&str]) -> BTreeMap<Kind, Vec<(String, Vec<String>)>> {
    let answer = ask(world, by, members).await.unwrap().into_inner();
    let mut all = BTreeMap::new();
    for action in answer.actions {
        assert_eq!(action.possible, action.obstacles.is_empty(), "{action:?}");
        assert!(action.obstacles.iter().all(|o| !o.message.is_empty()));
        let reasons = action
            .obstacles
            .iter()
            .map(|o| (o.reason.clone(), o.member_ids.clone()))
            .collect();
        assert_eq!(all.insert(action.action(), reasons), None, "one for each action");
    }
    assert_eq!(all.len(), 12);
    all
}

fn possible(all: &BTreeMap<Kind, Vec<(String, Vec<String>)>>) -> Vec<Kind> {
    all.iter()
        .filter(|(_, obstacles)| obstacles.is_empty())
        .map(|(kind, _)| *kind)
        .collect()
}

each_engine! {
    async fn w3_what_is_possible_depends_on_who_is_selected(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let added = world.put(&ana, "added@example.org", "Added", &[]).await.id;
        let invited = world.add(&ana, "invited@example.org", "member").await.id;
        world.add(&ana, "declined@example.org", "member").await;
        world.decline(&world.code("declined@example.org").await).await.unwrap();
        let declined = world.list(&ana, ms::ListMembersRequest { query: "declined".into(), ..Default::default() }).await.members.remove(0).id;

        let nobody = told(&world, &ana, &[]).await;
        assert_eq!(possible(&nobody), [Kind::Add, Kind::Import, Kind::Export]);
        assert_eq!(nobody[&Kind::Remove], [("REASON_INPUT_INVALID".to_owned(), vec![])]);

        let of = async |by: &Person, member: &str| possible(&told(&world, by, &[member]).await);
        let always = [Kind::Add, Kind::Import, Kind::Export];
        let plus = |more: &[Kind]| [&always, more].concat();
        assert_eq!(of(&ana, &added).await, plus(&[Kind::Edit, Kind::Invite, Kind::Remove]));
        assert_eq!(of(&ana, &invited).await, plus(&[Kind::Edit, Kind::Resend, Kind::Cancel, Kind::Revoke, Kind::Remove]));
        assert_eq!(of(&ana, &declined).await, plus(&[Kind::Edit, Kind::Invite, Kind::Remove]));
        assert_eq!(of(&ana, &carla.member).await, plus(&[Kind::Edit, Kind::Revoke, Kind::Suspend, Kind::Remove]));
        assert_eq!(of(&ana, &bob.member).await, plus(&[Kind::TransferOwnership, Kind::Edit, Kind::Revoke, Kind::Suspend, Kind::Remove]));
        assert_eq!(of(&bob, &bob.member).await, plus(&[Kind::Edit]), "oneself one can edit, and nothing more");
        assert_eq!(of(&ana, &ana.member).await, always, "the owner");
        assert_eq!(of(&carla, &bob.member).await, [], "a member may look");
    }
}

each_engine! {
    async fn obstacles_name_the_reason_and_the_members_in_the_way(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let all = told(&world, &bob, &[&ana.member, &bob.member, &carla.member]).await;
        assert_eq!(all[&Kind::Remove], [
            ("REASON_TARGET_OUTRANKS_YOU".to_owned(), vec![ana.member.clone()]),
            ("REASON_ACTING_ON_YOURSELF".to_owned(), vec![bob.member.clone()]),
        ]);
        assert_eq!(all[&Kind::Edit], [("REASON_TARGET_OUTRANKS_YOU".to_owned(), vec![ana.member.clone()])]);
        assert_eq!(all[&Kind::Reactivate], [
            ("REASON_TARGET_OUTRANKS_YOU".to_owned(), vec![ana.member.clone()]),
            ("REASON_STATE_FORBIDS".to_owned(), vec![bob.member.clone(), carla.member.clone()]),
        ]);
        assert_eq!(all[&Kind::TransferOwnership][0], ("REASON_PERMISSION_MISSING".to_owned(), vec![]));
        let all = told(&world, &carla, &[&bob.member]).await;
        assert!(all.values().all(|obstacles| obstacles[0] == ("REASON_PERMISSION_MISSING".to_owned(), vec![])), "{all:?}");
        // The same member twice is the same member.
        let twice = told(&world, &bob, &[&ana.member, &ana.member]).await;
        assert_eq!(twice[&Kind::Edit][0].1, std::slice::from_ref(&ana.member));
    }
}

each_engine! {
    async fn what_it_says_is_what_the_calls_do(world: World) {
        let world = world.with_clerks().await;
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let clerk = world.join(&ana, "clerk@example.org", "clerk").await;
        let added = world.put(&ana, "added@example.org", "Added", &["clerk"]).await;
        let people: Vec<(String, String)> = [&ana, &bob, &carla, &clerk]
            .iter()
            .map(|p| (p.member.clone(), p.email.clone()))
            .chain([(added.id, added.email)])
            .collect();
        for by in [&ana, &bob, &carla, &clerk] {
            for (member, email) in &people {
                let all = told(&world, by, &[member]).await;
                let edit = ms::UpdateMemberRequest { member_id: member.clone(), validate_only: true, ..Default::default() };
                let edited = world.membership().update_member(with(&by.token, edit)).await;
                assert_eq!(all[&Kind::Edit].is_empty(), edited.is_ok(), "edit {email} by {}: {edited:?}", by.email);
                let removal = ms::Removal { member_id: member.clone(), confirm: email.clone(), ..Default::default() };
                let remove = ms::RemoveMembersRequest { removals: vec![removal], validate_only: true, atomic: true, ..Default::default() };
                let removed = world.membership().remove_members(with(&by.token, remove)).await;
                assert_eq!(all[&Kind::Remove].is_empty(), removed.is_ok(), "remove {email} by {}: {removed:?}", by.email);
                if let Err(status) = removed {
                    let reason = crate::support::Refusal::of(&status).reason;
                    assert_eq!(all[&Kind::Remove][0].0, reason, "remove {email} by {}", by.email);
                }
            }
        }
    }
}

each_engine! {
    async fn a_selection_is_checked_like_everything_else(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        refused(ask(&world, &ana, &[&ana.member, "mbr_01h455vb4pex5vsknk084sn02q"]).await, Code::NotFound, "REASON_NOT_FOUND");
        let refusal = refused(ask(&world, &ana, &["x", &ana.member, &ana.user]).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        assert_eq!(refusal.fields(), ["member_ids[0]", "member_ids[2]"]);
        let many = vec![ana.member.as_str(); 1001];
        assert_eq!(refused(ask(&world, &ana, &many).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["member_ids"]);
        ask(&world, &ana, &many[..1000]).await.unwrap();
    }
}

each_engine! {
    async fn obstacles_are_told_in_the_language_of_the_call(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        for (language, owner, state) in [
            ("en", "owner", "active"),
            ("pt-BR", "proprietário", "ativo"),
            ("es", "propietari", "activ"),
        ] {
            let request = ms::GetMemberActionsRequest { member_ids: vec![ana.member.clone()], ..Default::default() };
            let call = in_language(with(&ana.token, request), language);
            let answer = world.membership().get_member_actions(call).await.unwrap().into_inner();
            let about = |kind| answer.actions.iter().find(|a| a.action() == kind).unwrap().obstacles[0].message.to_lowercase();
            assert!(about(Kind::Remove).contains(owner), "{language}: {}", about(Kind::Remove));
            assert!(about(Kind::Reactivate).contains(state), "{language}: {}", about(Kind::Reactivate));
        }
    }
}
