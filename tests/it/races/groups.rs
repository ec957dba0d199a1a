//! Edits of groups against each other and against the removal of members, and what a right is worth while it is taken.

use super::{Race, contenders, counted, line, rounds};
use crate::support::calls::Outcome;
use crate::support::naming::texts;
use crate::support::{Person, Refusal, World, each_engine, refused, with};
use roster::pb::roster::membership::v1 as ms;
use std::collections::BTreeMap;
use std::sync::Arc;
use tonic::{Code, Status};

/// Rows that point to what is no longer there, or give something to somebody who is gone; and what is left of a group.
const GHOSTS: &str = "SELECT (SELECT count(*) FROM groups) + (SELECT count(*) FROM group_roles) \
     + (SELECT count(*) FROM group_members) + count(*) FROM members m WHERE m.state = 7 AND (\
     EXISTS (SELECT 1 FROM group_members g WHERE g.organization_id = m.organization_id AND g.member_id = m.id) \
     OR EXISTS (SELECT 1 FROM member_tags t WHERE t.organization_id = m.organization_id AND t.member_id = m.id) \
     OR EXISTS (SELECT 1 FROM grants p WHERE p.organization_id = m.organization_id AND p.member_id = m.id))";

/// What became of a call about one member: `OK`, or the reason.
fn became(outcome: Result<Vec<ms::MemberResult>, Status>) -> String {
    let refusal = match outcome {
        Ok(results) => match results.into_iter().find_map(|result| result.error) {
            None => return "OK".into(),
            Some(error) => {
                let details = prost::Message::encode_to_vec(&error).into();
                Status::with_details(error.code.into(), error.message, details)
            }
        },
        Err(status) => status,
    };
    assert!(!matches!(refusal.code(), Code::Internal | Code::Unknown), "{refusal:?}");
    Refusal::of(&refusal).reason
}

fn whole<T>(outcome: Outcome<T>) -> Result<Vec<ms::MemberResult>, Status> {
    outcome.map(|_| vec![])
}

/// One of the things that are done to the group and the member at once.
async fn act(world: &World, ana: &Person, which: usize, group: &str, member: &str, email: &str) -> String {
    let edit = |groups: &[&str]| ms::UpdateMemberRequest {
        member_id: member.into(),
        group_ids: texts(groups),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["group_ids".into()],
        }),
        ..Default::default()
    };
    match which {
        0 => became(
            world
                .try_put_in(ana, group, &[member])
                .await
                .map(|done| done.into_inner().results),
        ),
        1 => became(
            world
                .try_take_out(ana, group, &[member])
                .await
                .map(|done| done.into_inner().results),
        ),
        2 => became(whole(world.carry(ana, group, &["guest", "member"]).await)),
        3 => became(whole(world.carry(ana, group, &[]).await)),
        4 => became(
            world
                .try_tag_members(ana, &[member], &["Night"], &[])
                .await
                .map(|done| done.into_inner().results),
        ),
        5 => became(whole(
            world.membership().update_member(with(&ana.token, edit(&[group]))).await,
        )),
        6 => became(whole(world.try_delete_group(ana, group, "Contended").await)),
        _ => {
            let gone = world.try_remove(ana, &[(member, email)]).await;
            became(gone.map(|done| {
                let results = done.into_inner().results.into_iter();
                results
                    .map(|r| ms::MemberResult {
                        error: r.error,
                        ..Default::default()
                    })
                    .collect()
            }))
        }
    }
}

each_engine! {
    async fn group_edits_against_each_other_and_against_removals(world: World) {
        let world = Arc::new(world);
        let ana = world.sign_up("ana@example.org").await;
        world.tag(&ana, "Night").await;
        let mut race = Race::begin("group edits against removals", &world).await;
        for round in 0..rounds() {
            let many = contenders(round);
            let line = line(many);
            let group = world.group(&ana, "Contended", &["guest"]).await.id;
            let email = format!("m{round}@example.org");
            let member = world.put(&ana, &email, "M", &["guest"]).await.id;
            let running: Vec<_> = (0..many)
                .map(|i| (i + round) % 8)
                .map(|which| {
                    let (world, ana, group, member, email) = (world.clone(), ana.clone(), group.clone(), member.clone(), email.clone());
                    let line = line.clone();
                    tokio::spawn(async move {
                        line.wait().await;
                        (which, act(&world, &ana, which, &group, &member, &email).await)
                    })
                })
                .collect();
            let (mut done, mut refused) = (BTreeMap::<usize, usize>::new(), 0);
            for one in running {
                match one.await.unwrap() {
                    (which, became) if became == "OK" => *done.entry(which).or_default() += 1,
                    (which, became) => {
                        assert_eq!(became, "REASON_NOT_FOUND", "{which}");
                        refused += 1;
                    }
                }
            }
            // Nothing but the group's deletion and the member's removal ends anything, and each of them was done, once.
            assert_eq!((done.get(&6), done.get(&7)), (Some(&1), Some(&1)), "{done:?}");
            race.fought(&world, &[&counted(&[("OK", many - refused), ("REASON_NOT_FOUND", refused)])]).await;
            assert_eq!(race.number(GHOSTS).await, 0, "{done:?}");
        }
        race.end(&world).await;
    }
}

each_engine! {
    async fn c09_what_a_group_gave_is_used_before_it_is_taken_or_not_at_all(world: World) {
        let world = Arc::new(world);
        let ana = world.sign_up("ana@example.org").await;
        let mut bob = world.join(&ana, "bob@example.org", "guest").await;
        let group = world.group(&ana, "Strong", &["admin"]).await.id;
        let mut race = Race::begin("rights of a group, used and taken", &world).await;
        for round in 0..rounds() {
            let many = contenders(round);
            let line = line(many);
            let (mut used, mut late) = (0, 0);
            world.carry(&ana, &group, &["admin"]).await.unwrap();
            world.put_in(&ana, &group, &[&bob.member]).await;
            bob = world.renewed(&bob).await;
            let adding: Vec<_> = (1..many)
                .map(|i| {
                    let (world, bob, line) = (world.clone(), bob.clone(), line.clone());
                    tokio::spawn(async move {
                        let request = ms::AddMemberRequest { email: format!("m{i}@r{round}.example"), ..Default::default() };
                        line.wait().await;
                        world.try_add(&bob, request).await
                    })
                })
                .collect();
            line.wait().await;
            match round % 2 {
                0 => drop(world.take_out(&ana, &group, &[&bob.member]).await),
                _ => drop(world.carry(&ana, &group, &[]).await.unwrap()),
            }
            // From here on nothing of it works, whatever was under way.
            refused(world.try_get(&bob, &bob.member).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
            for one in adding {
                match one.await.unwrap() {
                    Ok(_) => used += 1,
                    Err(status) => {
                        assert!(matches!(status.code(), Code::Unauthenticated | Code::PermissionDenied), "{status:?}");
                        late += 1;
                    }
                }
            }
            // What was invited with it is withdrawn with it.
            assert_eq!(race.number("SELECT count(*) FROM invitations WHERE state = 1").await, 0);
            race.fought(&world, &[&counted(&[("taken", 1), ("used in time", used), ("too late", late)])]).await;
        }
        race.end(&world).await;
    }
}
