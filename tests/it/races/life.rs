//! A membership's life, fought over: seats by every path that takes one, acceptances, suspensions and log-ins at once.

use super::{Counts, Race, behind, contend, contenders, counted, line, only, rounds, task};
use crate::support::calls::Outcome;
use crate::support::log_ins::log_in;
use crate::support::selections::{Act, Selected, outcomes, refused_member};
use crate::support::world::PASSWORD;
use crate::support::{Person, World, each_engine, with};
use ms::MemberState as State;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use std::sync::Arc;
use tonic::{Response, Status};
use tonic_types::StatusExt;

/// Acts on one member; a refusal of the member is one of the call.
async fn one(world: &World, by: &Person, act: Act, member: &str) -> Outcome<()> {
    let done = world.try_act(by, act, Selected::of(&[member])).await?.into_inner();
    if done[0].error.is_some() {
        let refusal = refused_member(&done[0]);
        return Err(Status::with_error_details(
            refusal.code,
            refusal.message,
            refusal.details,
        ));
    }
    Ok(Response::new(()))
}

/// Accepts by id, as somebody who is logged in.
async fn accept(world: &World, who: &Person, invitation: &str) -> Outcome<()> {
    let request = ms::AcceptInvitationRequest {
        invitation: Some(ms::accept_invitation_request::Invitation::InvitationId(
            invitation.into(),
        )),
        ..Default::default()
    };
    let done = world.membership().accept_invitation(with(&who.token, request)).await?;
    Ok(done.map(|_| ()))
}

async fn add(world: &World, by: &Person, email: String) -> Outcome<()> {
    let request = ms::AddMemberRequest {
        email,
        ..Default::default()
    };
    Ok(world.try_add(by, request).await?.map(|_| ()))
}

/// Whoever is on the list, by state.
async fn listed(world: &World, owner: &Person, state: State) -> Vec<ms::Member> {
    let request = ms::ListMembersRequest {
        states: vec![state.into()],
        page_size: 1000,
        ..Default::default()
    };
    world.list(owner, request).await.members
}

/// Members who have an account and were revoked, each logged in to no organisation.
async fn revoked(world: &World, owner: &Person, many: usize) -> Vec<(Person, String)> {
    let mut people = vec![];
    for i in 0..many {
        let person = world.join(owner, &format!("back{i}@example.org"), "member").await;
        world.done(owner, Act::Revoke, &person.member).await;
        people.push((world.log_in(&person.email).await, person.member));
    }
    people
}

fn sum(counts: &Counts, other: &Counts) -> usize {
    [counts, other].iter().filter_map(|counts| counts.get("OK")).sum()
}

each_engine! {
    async fn l03_l04_seats_are_never_oversold_by_any_mixture_of_paths(world: World) {
        let world = Arc::new(world.with_seats(12).await);
        let ana = world.sign_up("ana@example.org").await;
        let back = revoked(&world, &ana, 4).await;
        let (mut off, mut on_list) = (vec![], vec![]);
        for i in 0..4 {
            let person = world.join(&ana, &format!("off{i}@example.org"), "member").await;
            world.done(&ana, Act::Suspend, &person.member).await;
            off.push(person.member);
        }
        for i in 0..8 {
            on_list.push(world.put(&ana, &format!("listed{i}@example.org"), "Listed", &[]).await.id);
        }
        let members = |ids: &[String]| Selected { members: ids.to_vec(), ..Selected::default() };
        let back_ids: Vec<String> = back.iter().map(|(_, member)| member.clone()).collect();
        let mut race = Race::begin("every path for the last seats", &world).await;
        for round in 0..rounds() {
            let many = contenders(round).max(16);
            // One seat is the owner's, four are reserved: seven are left to fight for.
            let invited = world.try_act(&ana, Act::Invite, members(&back_ids)).await.unwrap().into_inner();
            let invited: Vec<String> = invited.into_iter().map(|r| r.member.unwrap().invitation.unwrap().id).collect();
            let line = line(many);
            let accepts = behind(&line, (0..many / 4).map(|i| {
                let (who, invitation) = (back[i % 4].0.clone(), invited[i % 4].clone());
                task!(world, who, invitation => accept(&world, &who, &invitation).await)
            }));
            let reactivations = behind(&line, (0..many / 4).map(|i| {
                let member = off[i % 4].clone();
                task!(world, ana, member => one(&world, &ana, Act::Reactivate, &member).await)
            }));
            let rest = behind(&line, (0..many / 2).map(|i| {
                let member = on_list[i % 8].clone();
                task!(world, ana, member => if i % 2 == 0 {
                    one(&world, &ana, Act::Invite, &member).await
                } else {
                    add(&world, &ana, format!("m{i}@r{round}.example")).await
                })
            }));
            let (accepted, reactivated, rest) = tokio::join!(accepts, reactivations, rest);
            assert_eq!(accepted["OK"], 4, "l04: whoever holds a reserved seat gets in: {accepted:?}");
            assert_eq!(sum(&reactivated, &rest), 7, "{reactivated:?} {rest:?}");
            only(&accepted, &["OK", "REASON_INVITATION_ENDED", "REASON_ALREADY_MEMBER"]);
            for counts in [&reactivated, &rest] {
                only(counts, &["OK", "REASON_SEATS_EXHAUSTED", "REASON_STATE_FORBIDS"]);
            }
            race.fought(&world, &[&accepted, &reactivated, &rest]).await;
            let list = world.list(&ana, ms::ListMembersRequest { page_size: 1000, ..Default::default() }).await.members;
            assert_eq!(list.iter().filter(|m| m.has_seat).count(), 12);
            // Back to where the round began.
            let new: Vec<(&str, &str)> = list.iter().filter(|m| m.email.ends_with(".example")).map(|m| (m.id.as_str(), m.email.as_str())).collect();
            if !new.is_empty() {
                world.try_remove(&ana, &new).await.unwrap();
            }
            world.try_act(&ana, Act::Revoke, members(&back_ids).atomic()).await.unwrap();
            world.try_act(&ana, Act::Suspend, members(&off)).await.unwrap();
            world.try_act(&ana, Act::Cancel, members(&on_list)).await.unwrap();
        }
        race.end(&world).await;
    }
}

each_engine! {
    async fn l05_one_invitation_accepted_64_times_by_a_member_who_comes_back_admits_once(world: World) {
        let world = Arc::new(world);
        let ana = world.sign_up("ana@example.org").await;
        let (bob, member) = revoked(&world, &ana, 1).await.remove(0);
        let mut race = Race::begin("acceptances by one who comes back", &world).await;
        for round in 0..rounds() {
            let many = contenders(round);
            let invitation = world.act(&ana, Act::Invite, &[&member]).await.remove(0).member.unwrap().invitation.unwrap().id;
            let came = contend((0..many).map(|_| task!(world, bob, invitation => accept(&world, &bob, &invitation).await))).await;
            assert_eq!(came, counted(&[("OK", 1), ("REASON_INVITATION_ENDED", many - 1)]));
            race.fought(&world, &[&came]).await;
            world.done(&ana, Act::Revoke, &member).await;
        }
        race.end(&world).await;
    }
}

each_engine! {
    async fn suspension_against_acceptance_leaves_no_access(world: World) {
        let world = Arc::new(world);
        let ana = world.sign_up("ana@example.org").await;
        let (bob, member) = revoked(&world, &ana, 1).await.remove(0);
        let mut race = Race::begin("suspension against acceptance", &world).await;
        for round in 0..rounds() {
            let half = contenders(round) / 2;
            let line = line(2 * half);
            let invitation = world.act(&ana, Act::Invite, &[&member]).await.remove(0).member.unwrap().invitation.unwrap().id;
            let accepts = behind(&line, (0..half).map(|_| task!(world, bob, invitation => accept(&world, &bob, &invitation).await)));
            // In every other round access is also withdrawn, which ends it from wherever it stands.
            let offs = behind(&line, (0..half).map(|i| {
                let act = if round % 2 == 1 && i % 2 == 1 { Act::Revoke } else { Act::Suspend };
                task!(world, ana, member => one(&world, &ana, act, &member).await)
            }));
            let (accepted, switched) = tokio::join!(accepts, offs);
            let yes = accepted.get("OK").copied().unwrap_or_default();
            only(&accepted, &["OK", "REASON_INVITATION_ENDED"]);
            only(&switched, &["OK", "REASON_STATE_FORBIDS"]);
            let state = world.get(&ana, &member).await.state();
            if round % 2 == 1 {
                assert_eq!(state, State::Revoked, "{accepted:?} {switched:?}");
                assert!(yes <= 1);
            } else {
                assert_eq!(yes, 1, "{accepted:?}");
                let off = switched.get("OK").copied().unwrap_or_default();
                assert_eq!((state, off <= 1), (if off == 1 { State::Suspended } else { State::Active }, true));
            }
            race.fought(&world, &[&accepted, &switched]).await;
            let _ = world.act(&ana, Act::Revoke, &[&member]).await;
        }
        race.end(&world).await;
    }
}

/// A log-in of somebody who has several organisations.
async fn log_in_to(world: &World, email: &str, organization: &str) -> Person {
    let request = id::LogInRequest {
        organization: organization.into(),
        ..log_in(email, PASSWORD)
    };
    let answer = world.identity().log_in(request).await.unwrap().into_inner();
    match answer.outcome.unwrap() {
        id::log_in_response::Outcome::Tokens(tokens) => Person::of(email, tokens),
        other => panic!("{other:?}"),
    }
}

/// One of the ways to a token.
async fn enter(world: &World, own: &Person, organization: &str, i: usize) -> Outcome<id::Tokens> {
    let tokens = |outcome| match outcome {
        Some(id::log_in_response::Outcome::Tokens(tokens)) => tokens,
        other => panic!("{other:?}"),
    };
    if i.is_multiple_of(2) {
        let request = id::LogInRequest {
            organization: organization.into(),
            ..log_in(&own.email, PASSWORD)
        };
        let answer = world.identity().log_in(request).await?;
        return Ok(answer.map(|answer| tokens(answer.outcome)));
    }
    let request = id::RefreshSessionRequest {
        refresh_token: own.refresh.clone(),
        ..Default::default()
    };
    let answer = world.identity().refresh_session(request).await?;
    Ok(answer.map(|answer| answer.tokens.unwrap()))
}

each_engine! {
    async fn i9_log_ins_against_suspension_leave_no_session(world: World) {
        let world = Arc::new(world);
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let mut race = Race::begin("log-ins against suspension", &world).await;
        for round in 0..rounds() {
            let many = contenders(round);
            // A person keeps a hundred sessions: it must be plain which is the oldest.
            world.clock.advance(chrono::Duration::milliseconds(1));
            let here = world.log_in("bob@example.org").await;
            assert_eq!(here.member, bob.member);
            let line = line(many);
            let switches = behind(&line, (0..many / 8).map(|i| {
                let act = if i % 4 == 1 { Act::Reactivate } else { Act::Suspend };
                task!(world, ana, bob => one(&world, &ana, act, &bob.member).await)
            }));
            let entering: Vec<_> = (0..many - many / 8)
                .map(|i| tokio::spawn(task!(world, here, ana, line => {
                    line.wait().await;
                    enter(&world, &here, &ana.organization, i).await
                })))
                .collect();
            let switched = switches.await;
            only(&switched, &["OK", "REASON_STATE_FORBIDS"]);
            let mut entered: Vec<Result<Response<id::Tokens>, Status>> = vec![];
            for one in entering {
                entered.push(one.await.unwrap());
            }
            // Whatever came of it: the last suspension ends all of them.
            let _ = world.act(&ana, Act::Suspend, &[&bob.member]).await;
            let came = |entered: &Vec<Result<Response<id::Tokens>, Status>>| {
                let in_time = entered.iter().filter(|one| one.is_ok()).count();
                counted(&[("in", in_time), ("kept out", entered.len() - in_time)])
            };
            race.fought(&world, &[&switched, &came(&entered)]).await;
            for tokens in entered.into_iter().flatten() {
                let person = Person::of("bob@example.org", tokens.into_inner());
                assert!(world.try_get(&person, &bob.member).await.is_err(), "a token outlived the access");
            }
            world.done(&ana, Act::Reactivate, &bob.member).await;
        }
        race.end(&world).await;
    }
}

each_engine! {
    async fn leaving_against_removal_ends_a_membership_once(world: World) {
        let world = Arc::new(world);
        let ana = world.sign_up("ana@example.org").await;
        let own = world.sign_up("bob@example.org").await;
        let mut race = Race::begin("leaving against removal", &world).await;
        for round in 0..rounds() {
            let half = contenders(round) / 2;
            let line = line(2 * half);
            // A person keeps a hundred sessions: it must be plain which is the oldest.
            world.clock.advance(chrono::Duration::milliseconds(1));
            let added = world.add(&ana, "bob@example.org", "member").await;
            let home = log_in_to(&world, "bob@example.org", &own.organization).await;
            accept(&world, &home, &added.invitation.as_ref().unwrap().id).await.unwrap();
            let bob = log_in_to(&world, "bob@example.org", &ana.organization).await;
            let leaves = behind(&line, (0..half).map(|_| task!(world, bob => {
                let request = ms::LeaveOrganizationRequest { confirm: bob.email.clone(), ..Default::default() };
                world.membership().leave_organization(with(&bob.token, request)).await
            })));
            let removals = behind(&line, (0..half).map(|i| task!(world, ana, bob => match i % 2 {
                0 => {
                    let done = world.try_remove(&ana, &[(&bob.member, &bob.email)]).await?;
                    match &done.get_ref().results[0].error {
                        Some(_) => Err(crate::support::calls::refused_item(&done.get_ref().results[0])),
                        None => Ok(Response::new(())),
                    }
                }
                _ => one(&world, &ana, Act::Suspend, &bob.member).await,
            })));
            let (left, removed) = tokio::join!(leaves, removals);
            only(&left, &["OK", "REASON_CREDENTIAL_INVALID"]);
            only(&removed, &["OK", "REASON_NOT_FOUND", "REASON_STATE_FORBIDS"]);
            assert!(world.try_get(&ana, &bob.member).await.is_err(), "gone, by one of the two");
            race.fought(&world, &[&left, &removed]).await;
        }
        race.end(&world).await;
    }
}

each_engine! {
    async fn i1_whatever_is_done_to_the_owner_there_is_one(world: World) {
        let world = Arc::new(world);
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let mut race = Race::begin("everything against the owner", &world).await;
        for round in 0..rounds() {
            let came = contend((0..contenders(round)).map(|i| {
                let by = if i % 2 == 0 { ana.clone() } else { bob.clone() };
                task!(world, ana, by => match i % 7 {
                    0 => {
                        let request = ms::LeaveOrganizationRequest { confirm: by.email.clone(), validate_only: by.member != ana.member, ..Default::default() };
                        world.membership().leave_organization(with(&by.token, request)).await.map(|_| Response::new(()))
                    }
                    n => one(&world, &by, Act::ALL[n - 1], &ana.member).await,
                })
            }))
            .await;
            only(&came, &["OK", "REASON_OWNER_PROTECTED", "REASON_TARGET_OUTRANKS_YOU", "REASON_STATE_FORBIDS"]);
            race.fought(&world, &[&came]).await;
            assert_eq!(outcomes(&world.act(&ana, Act::Suspend, &[&ana.member]).await), ["REASON_OWNER_PROTECTED"]);
        }
        let active = listed(&world, &ana, State::Active).await;
        assert_eq!(active.len(), 2);
        race.end(&world).await;
    }
}
