//! L01: where several own, they all turn on each other at once. One who can act always remains.

use super::{CONTENDERS, line};
use crate::support::calls::{Outcome, refused_item};
use crate::support::selections::{Act, Selected, outcomes};
use crate::support::{Person, Refusal, World, each_engine, invariants, with};
use roster::pb::roster::membership::v1 as ms;
use std::collections::BTreeMap;
use std::sync::Arc;
use tonic::Code;

/// Rounds on each engine; `ROSTER_OWNER_ROUNDS` asks for more.
const ROUNDS: usize = 200;

/// What may become of an attempt: done; the last one is protected; whoever tried is an owner no longer; or it was done before.
const EXPECTED: [&str; 7] = [
    "OK",
    "REASON_OWNER_PROTECTED",
    "REASON_CREDENTIAL_INVALID",
    "REASON_PERMISSION_MISSING",
    "REASON_TARGET_OUTRANKS_YOU",
    "REASON_NOT_FOUND",
    "REASON_STATE_FORBIDS",
];

#[allow(clippy::disallowed_methods, reason = "a setting of the tests")]
fn rounds() -> usize {
    std::env::var("ROSTER_OWNER_ROUNDS").map_or(ROUNDS, |text| text.parse().unwrap())
}

/// `OK`, or the reason.
fn became<T>(outcome: Outcome<T>, inside: impl FnOnce(T) -> String) -> String {
    match outcome {
        Ok(answer) => inside(answer.into_inner()),
        Err(status) => {
            assert!(!matches!(status.code(), Code::Internal | Code::Unknown), "{status:?}");
            Refusal::of(&status).reason
        }
    }
}

fn done<T>(_: T) -> String {
    "OK".to_owned()
}

/// One owner ends the ownership of another, or their own, in one of the ways there are.
async fn attempt(world: &World, way: usize, by: &Person, on: &Person) -> String {
    match way % 5 {
        0 => became(world.set_roles(by, &on.member, &["member"]).await, done),
        1 => {
            let asked = Selected::of(&[&on.member]);
            became(world.try_act(by, Act::Suspend, asked).await, |results| {
                outcomes(&results).remove(0)
            })
        }
        2 => {
            let asked = Selected::of(&[&on.member]);
            became(world.try_act(by, Act::Revoke, asked).await, |results| {
                outcomes(&results).remove(0)
            })
        }
        3 => became(
            world.try_remove(by, &[(&on.member, &on.email)]).await,
            |answer| match &answer.results[0].error {
                None => "OK".to_owned(),
                Some(_) => Refusal::of(&refused_item(&answer.results[0])).reason,
            },
        ),
        _ => {
            let request = ms::LeaveOrganizationRequest {
                confirm: by.email.clone(),
                ..Default::default()
            };
            became(
                world.membership().leave_organization(with(&by.token, request)).await,
                done,
            )
        }
    }
}

/// Somebody who owns too, and can act.
async fn another(world: &World, by: &Person, email: &str) -> Person {
    let person = world.unverified(by, email).await;
    world.set_roles(by, &person.member, &["owner"]).await.unwrap();
    // Rights that grew need a token made from them.
    world.log_in(email).await
}

each_engine! {
    async fn l01_owners_who_end_each_other_at_once_leave_one(world: World) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("eight.toml").display().to_string();
        let eight = crate::sources::read("presets/operations.toml").replacen("owners = 5", "owners = 8", 1);
        std::fs::write(&file, eight).unwrap();
        let world = Arc::new(World::configured(world.engine, |config| config.organizations.preset = file).await);
        let mut seed = world.sign_up("ana@example.org").await;
        let (mut counts, mut fought, mut most) = (BTreeMap::<String, usize>::new(), 0, 0);
        let began = std::time::Instant::now();
        let rounds = rounds();
        for round in 0..rounds {
            let many = 2 + round % 7;
            let mut owners = vec![seed.clone()];
            for i in 1..many {
                owners.push(another(&world, &seed, &format!("o{i}@r{round}.example")).await);
            }
            // Where there are eight, each tries in eight ways at once now and then: 64 contenders.
            let all = if many == 8 && round % 4 == 2 { CONTENDERS } else { many };
            let barrier = line(all);
            let running: Vec<_> = (0..all)
                .map(|i| {
                    let (world, barrier, owners) = (world.clone(), barrier.clone(), owners.clone());
                    // In every third round all do the same; else each does something else.
                    let way = if round % 3 == 0 { round / 3 } else { round + i + i / many };
                    tokio::spawn(async move {
                        barrier.wait().await;
                        attempt(&world, way, &owners[i % many], &owners[(i + 1) % many]).await
                    })
                })
                .collect();
            let mut done = 0;
            for one in running {
                let became = one.await.unwrap();
                assert!(EXPECTED.contains(&became.as_str()), "{became} in round {round}");
                done += usize::from(became == "OK");
                *counts.entry(became).or_default() += 1;
            }
            fought += all;
            most = most.max(all);
            assert!(done > 0, "the first of them meets nobody who was quicker");
            // Whoever remains: one of them goes on, the others go.
            let mut left = None;
            for owner in &owners {
                let list = ms::ListMembersRequest { states: vec![ms::MemberState::Active.into()], ..Default::default() };
                if let Ok(answer) = world.membership().list_members(with(&owner.token, list)).await {
                    let members = answer.into_inner().members;
                    let owns = |m: &&ms::Member| m.roles.iter().any(|role| role.name == "owner");
                    let able: Vec<String> = members.iter().filter(owns).map(|m| m.id.clone()).collect();
                    assert!(!able.is_empty(), "I1: nobody owns after round {round}");
                    if able.contains(&owner.member) {
                        left = Some(owner.clone());
                        break;
                    }
                }
            }
            seed = left.unwrap_or_else(|| panic!("I1: no owner can act after round {round}"));
            if round % 20 == 19 || round + 1 == rounds {
                invariants::check(&world).await;
            }
            world.clear(&seed).await;
        }
        assert_eq!(most, CONTENDERS);
        println!(
            "owners against each other on {:?}: {rounds} rounds of 2 to {most} contenders, {fought} together, in {:.1} s: {counts:?}",
            world.engine, began.elapsed().as_secs_f64()
        );
    }
}
