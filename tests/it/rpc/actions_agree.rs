//! GetMemberActions and the calls agree, whoever asks about whom: what it calls possible is done, what it doesn't is
//! refused for one of the reasons that it gave.

use crate::support::selections::{Act, Selected};
use crate::support::{Engine, Person, Refusal, World, each_engine, invariants, with};
use ms::ActionKind as Kind;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use std::collections::BTreeMap;
use tonic::Status;

const SELECTIONS: usize = 150;

/// Steps of a generator whose whole run follows from its seed (Knuth's MMIX constants).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn some<'a>(&mut self, of: &'a [(String, String)]) -> Vec<&'a (String, String)> {
        let mut rest: Vec<&(String, String)> = of.iter().collect();
        let many = [1, 1, 2, 3][self.below(4)];
        (0..many).map(|_| rest.remove(self.below(rest.len()))).collect()
    }
}

async fn told(world: &World, by: &Person, members: &[&str]) -> BTreeMap<Kind, Vec<String>> {
    let request = ms::GetMemberActionsRequest {
        member_ids: members.iter().map(ToString::to_string).collect(),
        ..Default::default()
    };
    let answer = world
        .membership()
        .get_member_actions(with(&by.token, request))
        .await
        .unwrap();
    let actions = answer.into_inner().actions.into_iter();
    actions
        .map(|a| (a.action(), a.obstacles.into_iter().map(|o| o.reason).collect()))
        .collect()
}

/// A call came to what was told about it.
fn agree<T>(told: &[String], became: Result<T, Status>, what: &str) {
    match became {
        Ok(_) => assert!(told.is_empty(), "{what}: done, against {told:?}"),
        Err(status) => {
            let reason = Refusal::of(&status).reason;
            assert!(told.contains(&reason), "{what}: {reason}, but told was {told:?}");
        }
    }
}

/// The presets, and roles of several ranks in each.
const PRESETS: [(&str, &str, [&str; 4]); 5] = [
    (
        "standard",
        include_str!("../../../presets/standard.toml"),
        ["member", "admin", "clerk", "guest"],
    ),
    (
        "credits",
        include_str!("../../../presets/credits.toml"),
        ["member", "admin", "clerk", "guest"],
    ),
    (
        "documents",
        include_str!("../../../presets/documents.toml"),
        ["member", "admin", "clerk", "observer"],
    ),
    (
        "operations",
        include_str!("../../../presets/operations.toml"),
        ["member", "admin", "clerk", "mute"],
    ),
    (
        "workspace",
        include_str!("../../../presets/workspace.toml"),
        ["member", "admin", "clerk", "deputy"],
    ),
];

/// Somebody who holds the permission to hand the organisation over, and doesn't own it.
const DEPUTY: &str = r#"
[[roles]]
name = "deputy"
title = { en = "Deputy", pt-BR = "Vice", es = "Suplente" }
description = { en = "Stands in.", pt-BR = "Substitui.", es = "Sustituye." }
permissions = ["members.*", "organization.*"]
"#;

/// People in every state and of several ranks. Names them by member and address.
async fn people(world: &World, ana: &Person, roles: &[&str; 4]) -> Vec<(String, String)> {
    let mut people = vec![];
    for (i, role) in roles.iter().cycle().take(20).enumerate() {
        let email = format!("p{i}@example.org");
        let member = match i / 4 {
            0 => {
                // Not every preset puts people on the list alone.
                let member = world.add(ana, &email, role).await.id;
                world.done(ana, Act::Cancel, &member).await;
                member
            }
            1 => world.add(ana, &email, role).await.id,
            2 => {
                let member = world.add(ana, &email, role).await.id;
                world.decline(&world.code(&email).await).await.unwrap();
                member
            }
            n => {
                let member = world.join(ana, &email, role).await.member;
                world
                    .done(ana, if n == 3 { Act::Suspend } else { Act::Revoke }, &member)
                    .await;
                member
            }
        };
        people.push((member, email));
    }
    people
}

/// Compares everything that can be done to one selection by one actor. Says what was possible.
async fn compare(world: &World, by: &Person, selected: &[&(String, String)]) -> Vec<Kind> {
    let ids: Vec<&str> = selected.iter().map(|(member, _)| member.as_str()).collect();
    let told = told(world, by, &ids).await;
    for act in Act::ALL {
        let what = format!("{act:?} of {selected:?} by {}", by.email);
        let asked = Selected::of(&ids).atomic().rehearsed();
        agree(&told[&act.kind()], world.try_act(by, act, asked).await, &what);
    }
    let removal = |(member, confirm): &&(String, String)| ms::Removal {
        member_id: member.clone(),
        confirm: confirm.clone(),
        ..Default::default()
    };
    let remove = ms::RemoveMembersRequest {
        removals: selected.iter().map(removal).collect(),
        validate_only: true,
        atomic: true,
        ..Default::default()
    };
    let removed = world.membership().remove_members(with(&by.token, remove)).await;
    agree(
        &told[&Kind::Remove],
        removed,
        &format!("Remove {selected:?} by {}", by.email),
    );
    if let [member] = ids[..] {
        let edit = ms::UpdateMemberRequest {
            member_id: member.into(),
            validate_only: true,
            ..Default::default()
        };
        let edited = world.membership().update_member(with(&by.token, edit)).await;
        agree(
            &told[&Kind::Edit],
            edited,
            &format!("Edit {selected:?} by {}", by.email),
        );
        let hand_over = og::TransferOwnershipRequest {
            member_id: member.into(),
            validate_only: true,
            ..Default::default()
        };
        let handed_over = world
            .organization()
            .transfer_ownership(with(&by.token, hand_over))
            .await;
        let what = format!("Transfer to {selected:?} by {}", by.email);
        agree(&told[&Kind::TransferOwnership], handed_over, &what);
    }
    let possible = told.iter().filter(|(_, obstacles)| obstacles.is_empty());
    possible.map(|(kind, _)| *kind).collect()
}

/// Adding somebody, as the preset does if nothing is said, and what was told of it.
async fn compare_adding(world: &World, by: &Person) {
    let add = ms::AddMemberRequest {
        email: "new@example.org".into(),
        display_name: "New".into(),
        role_ids: vec!["clerk".into()],
        validate_only: true,
        ..Default::default()
    };
    let told = told(world, by, &[]).await;
    agree(
        &told[&Kind::Add],
        world.try_add(by, add).await,
        &format!("Add by {}", by.email),
    );
}

/// A world of a preset with the roles of the clerks besides, and what its people are.
async fn of_preset(engine: Engine, preset: &str, actors: usize) -> (World, [&'static str; 4]) {
    let (_, text, roles) = PRESETS.into_iter().find(|(name, ..)| *name == preset).unwrap();
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    std::fs::write(file.path(), format!("{text}{}{DEPUTY}", crate::support::calls::CLERKS)).unwrap();
    let path = file.path().display().to_string();
    // The owner, the actors, four who are invited and perhaps four who are suspended; and three seats are left.
    let suspended = if preset == "operations" { 4 } else { 0 };
    let seats = u32::try_from(1 + actors + 4 + suspended + 3).unwrap();
    let world = World::configured(engine, |config| {
        config.organizations.preset = path;
        config.organizations.default_seat_limit = Some(seats);
    })
    .await;
    (world, roles)
}

async fn agrees(engine: Engine, preset: &str, actors: &[&str]) {
    let (world, roles) = of_preset(engine, preset, actors.len()).await;
    let ana = world.sign_up("ana@example.org").await;
    let late = world.add(&ana, "late@example.org", "member").await;
    world.clock.advance(chrono::TimeDelta::days(30));
    let ana = world.log_in("ana@example.org").await;
    let mut by = vec![ana.clone()];
    for role in actors {
        by.push(world.join(&ana, &format!("{role}@example.org"), role).await);
    }
    let mut all = people(&world, &ana, &roles).await;
    all.push((late.id, late.email));
    all.extend(by.iter().map(|actor| (actor.member.clone(), actor.email.clone())));
    let (mut dice, mut possible) = (Dice(0x5eed), BTreeMap::new());
    for _ in 0..SELECTIONS {
        let (selected, actor) = (dice.some(&all), &by[dice.below(by.len())]);
        for kind in compare(&world, actor, &selected).await {
            *possible.entry(kind).or_insert(0) += 1;
        }
        compare_adding(&world, actor).await;
    }
    // Each to each, alone: who may hand over to whom is rarely met by chance.
    for actor in &by {
        for member in &all[all.len() - by.len()..] {
            for kind in compare(&world, actor, &[member]).await {
                *possible.entry(kind).or_insert(0) += 1;
            }
        }
    }
    println!("{preset}: {SELECTIONS} selections on {engine:?}; possible: {possible:?}");
    for act in Act::ALL {
        assert!(
            possible.contains_key(&act.kind()),
            "{act:?} was never possible: {possible:?}"
        );
    }
    assert!(possible.contains_key(&Kind::TransferOwnership), "{possible:?}");
    // The seats fill up, and both say so.
    let ids: Vec<&str> = all[..4].iter().map(|(member, _)| member.as_str()).collect();
    let filling = told(&world, &ana, &ids).await;
    assert_eq!(filling[&Kind::Invite], ["REASON_SEATS_EXHAUSTED"]);
    let done = world.act(&ana, Act::Invite, &ids).await;
    let got_in = done.iter().filter(|result| result.error.is_none()).count();
    assert!((1..4).contains(&got_in), "{done:?}");
    let seats = world
        .organization()
        .get_seat_usage(with(&ana.token, Default::default()))
        .await;
    println!("{preset} on {engine:?}: {:?}", seats.unwrap().into_inner());
    compare_adding(&world, &ana).await;
    invariants::check(&world).await;
}

each_engine! {
    async fn w3_what_it_tells_of_any_selection_is_what_the_calls_do(world: World) {
        agrees(world.engine, "standard", &["admin", "clerk", "member"]).await;
    }
}

each_engine! {
    async fn w3_in_the_credits_preset(world: World) {
        agrees(world.engine, "credits", &["admin", "clerk", "member"]).await;
    }
}

each_engine! {
    async fn w3_in_the_documents_preset(world: World) {
        agrees(world.engine, "documents", &["admin", "clerk"]).await;
    }
}

each_engine! {
    async fn w3_in_the_operations_preset(world: World) {
        agrees(world.engine, "operations", &["admin", "clerk", "member"]).await;
    }
}

each_engine! {
    async fn w3_in_the_workspace_preset(world: World) {
        agrees(world.engine, "workspace", &["admin", "clerk"]).await;
    }
}

each_engine! {
    async fn w3_of_one_who_may_hand_over_and_does_not_own(world: World) {
        agrees(world.engine, "standard", &["admin", "deputy"]).await;
    }
}
