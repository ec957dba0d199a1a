//! Own roles edited while their holders are removed, changed and given more: nobody keeps what the role lost, nobody comes
//! back, and no right is left over.

use super::{Counts, Race, contenders, counted, line, rounds};
use crate::support::calls::{Outcome, refused_item};
use crate::support::{Person, Refusal, World, each_engine};
use std::collections::BTreeMap;
use std::sync::Arc;
use tonic::{Code, Status};

/// `OK`, or the reason; our own fault is none of them.
fn became<T>(outcome: &Outcome<T>) -> String {
    match outcome {
        Ok(_) => "OK".to_owned(),
        Err(status) => reason(status),
    }
}

fn reason(status: &Status) -> String {
    assert!(!matches!(status.code(), Code::Internal | Code::Unknown), "{status:?}");
    Refusal::of(status).reason
}

each_engine! {
    async fn a_role_edited_while_its_holders_change_leaves_nobody_more_than_it_permits(world: World) {
        let world = Arc::new(world);
        let ana = world.sign_up("ana@example.org").await;
        let small = ["members.read"];
        let large = ["members.read", "members.invite"];
        let role = world.role(&ana, "Contested", &large).await.id;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let mut race = Race::begin("role edits against removals", &world).await;
        for round in 0..rounds() {
            let many = contenders(round);
            let line = line(many);
            let holder = world.put(&ana, &format!("m{round}@example.org"), "M", &[&role]).await;
            // Four kinds at once: the role shrinks, its holder gets it anew, and for a while, and is removed in every third round.
            let running: Vec<_> = (0..many)
                .map(|i| {
                    let (world, ana, bob, line) = (world.clone(), ana.clone(), bob.clone(), line.clone());
                    let (role, holder) = (role.clone(), holder.clone());
                    tokio::spawn(async move {
                        line.wait().await;
                        match i % 4 {
                            0 => ("edit", became(&world.permit(&ana, &role, if round % 2 == 0 { &small } else { &large }).await)),
                            1 => ("roles", became(&world.set_roles(&bob, &holder.id, &["member", &role]).await)),
                            2 if i < 12 => ("binding", became(&world.try_bind(&bob, &holder.id, &role, 5).await)),
                            3 if round % 3 == 0 => ("removal", remove(&world, &ana, &holder.id, &holder.email).await),
                            _ => ("roles", became(&world.set_roles(&ana, &holder.id, &[&role]).await)),
                        }
                    })
                })
                .collect();
            let mut counts: BTreeMap<(&str, String), usize> = BTreeMap::new();
            for one in running {
                *counts.entry(one.await.unwrap()).or_default() += 1;
            }
            assert_eq!(counts[&("edit", "OK".to_owned())], many / 4, "{counts:?}");
            let odd: Vec<_> = counts.keys().filter(|(_, outcome)| !["OK", "REASON_NOT_FOUND"].contains(&outcome.as_str())).collect();
            assert!(odd.is_empty(), "{odd:?}");
            let removals = counts.get(&("removal", "OK".to_owned())).copied().unwrap_or(0);
            assert_eq!(removals, usize::from(round % 3 == 0), "{counts:?}");
            let came: Counts = counts.iter().map(|((what, outcome), times)| (format!("{what} {outcome}"), *times)).collect();
            race.fought(&world, &[&came]).await;
            let permits = world.get_role(&ana, &role).await.unwrap().into_inner().role.unwrap();
            let invites = permits.permissions.iter().any(|p| p == "members.invite");
            assert_eq!(invites, round % 2 == 1, "edits aren't lost");
            if round % 3 == 0 {
                assert_eq!(world.try_get(&ana, &holder.id).await.unwrap_err().code(), Code::NotFound, "who was removed stays away");
            } else {
                let why = world.explain(&ana, &holder.id, "members.invite").await;
                assert_eq!(!why.sources.is_empty(), invites, "{why:?}");
            }
        }
        race.end(&world).await;
    }
}

async fn remove(world: &World, by: &Person, member: &str, email: &str) -> String {
    let done = world.try_remove(by, &[(member, email)]).await.unwrap().into_inner();
    match &done.results[0].error {
        None => "OK".into(),
        Some(_) => reason(&refused_item(&done.results[0])),
    }
}

each_engine! {
    async fn a_holder_who_acts_while_their_role_shrinks_acts_before_or_not_at_all(world: World) {
        let world = Arc::new(world);
        let ana = world.sign_up("ana@example.org").await;
        let able = ["members.read", "members.add"];
        let role = world.role(&ana, "Recruiter", &able).await.id;
        world.join(&ana, "bob@example.org", &role).await;
        let mut race = Race::begin("rights of a role, used and taken", &world).await;
        for round in 0..rounds() {
            let many = contenders(round);
            let line = line(many);
            let (mut before, mut after) = (0, 0);
            // A person keeps a hundred sessions: it must be plain which is the oldest.
            world.clock.advance(chrono::Duration::milliseconds(1));
            world.permit(&ana, &role, &able).await.unwrap();
            let bob = world.log_in("bob@example.org").await;
            let adding: Vec<_> = (1..many)
                .map(|i| {
                    let add = roster::pb::roster::membership::v1::AddMemberRequest {
                        email: format!("n{i}@r{round}.example"),
                        role_ids: vec![role.clone()],
                        onboarding: Some(roster::pb::roster::membership::v1::add_member_request::Onboarding::ListOnly(Default::default())),
                        ..Default::default()
                    };
                    let (world, bob, line) = (world.clone(), bob.clone(), line.clone());
                    tokio::spawn(async move {
                        line.wait().await;
                        became(&world.try_add(&bob, add).await)
                    })
                })
                .collect();
            line.wait().await;
            world.permit(&ana, &role, &["members.read"]).await.unwrap();
            for one in adding {
                match one.await.unwrap().as_str() {
                    "OK" => before += 1,
                    "REASON_CREDENTIAL_INVALID" | "REASON_PERMISSION_MISSING" => after += 1,
                    other => panic!("{other}"),
                }
            }
            race.fought(&world, &[&counted(&[("taken", 1), ("used in time", before), ("too late", after)])]).await;
            // Whatever was first, from now on nothing can be done with the old token.
            let late = world.add_with(&bob, &format!("late{round}@example.org")).await;
            assert_eq!(became(&late), "REASON_CREDENTIAL_INVALID");
        }
        race.end(&world).await;
    }
}

impl World {
    async fn add_with(
        &self,
        by: &Person,
        email: &str,
    ) -> Outcome<roster::pb::roster::membership::v1::AddMemberResponse> {
        let request = roster::pb::roster::membership::v1::AddMemberRequest {
            email: email.into(),
            ..Default::default()
        };
        self.try_add(by, request).await
    }
}
