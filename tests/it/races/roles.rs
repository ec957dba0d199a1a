//! Own roles edited while their holders are removed, changed and given more: nobody keeps what the role lost, nobody comes
//! back, and no right is left over.

use crate::support::calls::Outcome;
use crate::support::{Person, Refusal, World, each_engine, invariants};
use std::collections::BTreeMap;
use tonic::{Code, Status};

const ROUNDS: usize = 200;

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
        let ana = world.sign_up("ana@example.org").await;
        let small = ["members.read"];
        let large = ["members.read", "members.invite"];
        let role = world.role(&ana, "Contested", &large).await.id;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let mut counts: BTreeMap<(&str, String), usize> = BTreeMap::new();
        for round in 0..ROUNDS {
            let holder = world.put(&ana, &format!("m{round}@example.org"), "M", &[&role]).await;
            let email = holder.email.clone();
            let both = ["member", role.as_str()];
            // Four at once: the role shrinks, its holder gets it anew and for a while, another is removed.
            let (shrunk, changed, bound, removed) = tokio::join!(
                world.permit(&ana, &role, if round % 2 == 0 { &small } else { &large }),
                world.set_roles(&bob, &holder.id, &both),
                world.try_bind(&bob, &holder.id, &role, 5),
                remove_if(&world, &ana, &holder.id, &email, round % 3 == 0),
            );
            for (what, outcome) in [("edit", became(&shrunk)), ("roles", became(&changed)), ("binding", became(&bound)), ("removal", removed)] {
                *counts.entry((what, outcome)).or_default() += 1;
            }
            let permits = world.get_role(&ana, &role).await.unwrap().into_inner().role.unwrap();
            let invites = permits.permissions.iter().any(|p| p == "members.invite");
            assert_eq!(invites, round % 2 == 1, "edits aren't lost");
            if round % 3 == 0 {
                assert_eq!(world.try_get(&ana, &holder.id).await.unwrap_err().code(), Code::NotFound, "who was removed stays away");
            } else {
                let why = world.explain(&ana, &holder.id, "members.invite").await;
                assert_eq!(!why.sources.is_empty(), invites, "{why:?}");
            }
            if round % 50 == 49 {
                invariants::check(&world).await;
            }
        }
        println!("{ROUNDS} rounds on {:?}: {counts:?}", world.engine);
        assert_eq!(counts[&("edit", "OK".to_owned())], ROUNDS);
        let odd: Vec<_> = counts.keys().filter(|(_, outcome)| !["OK", "REASON_NOT_FOUND", "left alone"].contains(&outcome.as_str())).collect();
        assert!(odd.is_empty(), "{odd:?}");
        invariants::check(&world).await;
    }
}

async fn remove_if(world: &World, by: &Person, member: &str, email: &str, really: bool) -> String {
    if !really {
        return "left alone".into();
    }
    let done = world.try_remove(by, &[(member, email)]).await.unwrap().into_inner();
    assert_eq!(done.results[0].error, None);
    "OK".into()
}

each_engine! {
    async fn a_holder_who_acts_while_their_role_shrinks_acts_before_or_not_at_all(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let able = ["members.read", "members.add"];
        let role = world.role(&ana, "Recruiter", &able).await.id;
        world.join(&ana, "bob@example.org", &role).await;
        let (mut before, mut after) = (0, 0);
        for round in 0..ROUNDS {
            world.permit(&ana, &role, &able).await.unwrap();
            let bob = world.log_in("bob@example.org").await;
            let add = roster::pb::roster::membership::v1::AddMemberRequest {
                email: format!("n{round}@example.org"),
                role_ids: vec![role.clone()],
                onboarding: Some(roster::pb::roster::membership::v1::add_member_request::Onboarding::ListOnly(Default::default())),
                ..Default::default()
            };
            let (shrunk, added) = tokio::join!(world.permit(&ana, &role, &["members.read"]), world.try_add(&bob, add));
            shrunk.unwrap();
            match became(&added).as_str() {
                "OK" => before += 1,
                "REASON_CREDENTIAL_INVALID" | "REASON_PERMISSION_MISSING" => after += 1,
                other => panic!("{other}"),
            }
            // Whatever was first, from now on nothing can be done with the old token.
            let late = world.add_with(&bob, &format!("late{round}@example.org")).await;
            assert_eq!(became(&late), "REASON_CREDENTIAL_INVALID");
        }
        println!("{ROUNDS} rounds on {:?}: {before} acted before, {after} not at all", world.engine);
        invariants::check(&world).await;
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
