//! InviteMembers, ResendInvitations, CancelInvitations: who is invited, by which code, and on whose rights.

use crate::support::calls::request_id;
use crate::support::selections::{Act, Selected, outcomes, refused_member};
use crate::support::{Person, World, each_engine, invariants, refused};
use chrono::TimeDelta;
use ms::{Guide, MemberState as State};
use roster::pb::roster::membership::v1 as ms;
use tonic::Code;

const GHOST: &str = "mbr_01h455vb4pex5vsknk084sn02q";
const FORBIDS: &str = "REASON_STATE_FORBIDS";

/// Lets invitations run out, and the owner come back.
async fn weeks_later(world: &World, who: &Person) -> Person {
    world.clock.advance(TimeDelta::days(30));
    world.log_in(&who.email).await
}

fn invited(member: &ms::Member, by: &Person) {
    assert_eq!(
        (member.state(), member.guide(), member.has_seat),
        (State::Invited, Guide::Wait, true)
    );
    assert_eq!(member.invitation.as_ref().unwrap().invited_by_user_id, by.user);
}

each_engine! {
    async fn w4_whoever_is_listed_without_access_is_invited(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let added = world.put(&ana, "added@example.org", "Added", &["guest"]).await;
        let late = world.add(&ana, "late@example.org", "member").await;
        let no = world.add(&ana, "no@example.org", "member").await;
        world.decline(&world.code("no@example.org").await).await.unwrap();
        let ana = weeks_later(&world, &ana).await;
        assert_eq!(world.get(&ana, &late.id).await.state(), State::Expired);
        assert_eq!(world.get(&ana, &no.id).await.state(), State::Declined);
        for member in [&added, &late, &no] {
            let old = world.mails(&member.email).await.len();
            let told = world.done(&ana, Act::Invite, &member.id).await;
            invited(&told, &ana);
            assert_ne!(told.etag, member.etag);
            assert_eq!(world.mails(&member.email).await.len(), old + 1);
            assert_eq!(*world.mail_kinds(&member.email).await.last().unwrap(), "invitation");
            let accepted = world.accept_new(&world.code(&member.email).await).await.unwrap().into_inner();
            assert_eq!(accepted.member_id, member.id, "the place on the list is theirs");
            invariants::check(&world).await;
        }
        assert_eq!(world.get(&ana, &added.id).await.roles[0].name, "guest");
    }
}

each_engine! {
    async fn whoever_has_an_account_is_greeted_as_they_call_themselves(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.sign_up("bob@example.org").await;
        for email in ["bob@example.org", "new@example.org"] {
            let member = world.put(&ana, email, "Dear customer", &["guest"]).await;
            world.done(&ana, Act::Invite, &member.id).await;
        }
        let greeted = world.picture("SELECT recipient_name FROM mails WHERE kind = 'invitation'").await;
        let of = |name: &str| greeted.iter().filter(|row| row.contains(name)).count();
        assert_eq!((of("bob"), of("Dear customer")), (1, 1), "{greeted:?}");
    }
}

each_engine! {
    async fn w4_a_revoked_member_comes_back_with_their_account_and_no_other(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let eva = world.join(&ana, "eva@example.org", "member").await;
        world.done(&ana, Act::Revoke, &bob.member).await;
        let told = world.done(&ana, Act::Invite, &bob.member).await;
        invited(&told, &ana);
        assert_eq!(told.user_id, bob.user, "the account stays linked");
        let code = world.code("bob@example.org").await;
        refused(world.try_get(&bob, &bob.member).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        refused(world.accept_new(&code).await, Code::FailedPrecondition, "REASON_SIGN_IN_TO_ACCEPT");
        refused(world.accept_as(&eva, &code).await, Code::PermissionDenied, "REASON_INVITATION_FOR_ANOTHER_ADDRESS");
        let bob = world.log_in("bob@example.org").await;
        assert_eq!(bob.organization, "", "an invitation is no access");
        let accepted = world.accept_as(&bob, &code).await.unwrap().into_inner();
        assert_eq!((accepted.member_id.as_str(), accepted.tokens), (told.id.as_str(), None));
        let back = world.switch(&bob, &ana.organization).await;
        assert_eq!(back.member, told.id);
        let now = world.get(&back, &back.member).await;
        assert_eq!((now.state(), now.roles[0].name.as_str()), (State::Active, "admin"));
        world.set_roles(&back, &eva.member, &["guest"]).await.expect("the rights are back");
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn an_invitation_is_sent_in_these_states_and_no_other(world: World) {
        let world = world.with_clerks().await;
        let ana = world.sign_up("ana@example.org").await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let clerk = world.join(&ana, "clerk@example.org", "clerk").await;
        let added = world.put(&ana, "added@example.org", "Added", &[]).await.id;
        let open = world.add(&ana, "open@example.org", "member").await.id;
        let off = world.join(&ana, "off@example.org", "member").await.member;
        world.done(&ana, Act::Suspend, &off).await;
        let gone = world.join(&ana, "gone@example.org", "member").await.member;
        world.done(&ana, Act::Revoke, &gone).await;
        world.unchanged(async {
            for (act, members) in [
                (Act::Invite, vec![&open, &off, &carla.member, &ana.member]),
                (Act::Resend, vec![&added, &off, &gone, &carla.member, &ana.member]),
                (Act::Cancel, vec![&added, &off, &gone, &carla.member, &ana.member]),
            ] {
                for member in members {
                    let refusal = world.not_done(&ana, act, member, Code::FailedPrecondition, FORBIDS).await;
                    assert_eq!(refusal.metadata["member"], *member);
                    assert_eq!(refusal.metadata["event"].to_lowercase(), format!("{act:?}").to_lowercase());
                }
                world.not_done(&ana, act, GHOST, Code::NotFound, "REASON_NOT_FOUND").await;
            }
            // The clerk may invite, but not people who would hold more than the clerk.
            world.not_done(&clerk, Act::Invite, &added, Code::PermissionDenied, "REASON_TARGET_OUTRANKS_YOU").await;
            world.not_done(&clerk, Act::Resend, &open, Code::PermissionDenied, "REASON_TARGET_OUTRANKS_YOU").await;
            world.not_done(&clerk, Act::Cancel, &open, Code::PermissionDenied, "REASON_TARGET_OUTRANKS_YOU").await;
        })
        .await;
        // What was refused because of rights is in the log, with whom it was about.
        let noted = world.picture("SELECT data, subject FROM changes WHERE kind = 'call_refused'").await;
        assert_eq!(noted.iter().filter(|row| row.contains("TARGET_OUTRANKS_YOU")).count(), 3, "{noted:?}");
        assert!(noted.iter().any(|row| row.contains(&added)) && noted.iter().any(|row| row.contains(&open)));
    }
}

each_engine! {
    async fn a_selection_is_checked_before_anybody_is_looked_at(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let stranger = world.sign_up("stranger@example.org").await;
        world.unchanged(async {
            for act in Act::ALL {
                let denied = refused(world.try_act(&carla, act, Selected::of(&["?"])).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
                assert_eq!(denied.metadata["permission"], act.permission());
                let invalid = async |members: &[&str]| {
                    let outcome = world.try_act(&ana, act, Selected::of(members)).await;
                    refused(outcome, Code::InvalidArgument, "REASON_INPUT_INVALID").fields()
                };
                assert_eq!(invalid(&[]).await, ["member_ids"], "{act:?}");
                assert_eq!(invalid(&vec![carla.member.as_str(); 1001]).await, ["member_ids"]);
                assert_eq!(invalid(&[&carla.member, &carla.user, &carla.member, "x"]).await, ["member_ids[1]", "member_ids[3]"]);
                assert_eq!(invalid(&[&carla.member, &carla.member]).await, ["member_ids[1]"]);
                // a05: another organisation's members are as if they weren't there, and so is the organisation.
                world.not_done(&stranger, act, &carla.member, Code::NotFound, "REASON_NOT_FOUND").await;
                let elsewhere = Selected { organization: ana.organization.clone(), ..Selected::of(&[&carla.member]) };
                refused(world.try_act(&stranger, act, elsewhere).await, Code::NotFound, "REASON_NOT_FOUND");
            }
        })
        .await;
    }
}

each_engine! {
    async fn resending_kills_the_old_code_and_rests_on_who_resends(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let x = world.add(&bob, "x@example.org", "member").await;
        let old = world.code("x@example.org").await;
        world.clock.advance(TimeDelta::minutes(1));
        let told = world.done(&ana, Act::Resend, &x.id).await;
        invited(&told, &ana);
        assert_ne!(told.invitation.as_ref().unwrap().id, x.invitation.as_ref().unwrap().id);
        assert_ne!(told.invitation.unwrap().expire_time, x.invitation.unwrap().expire_time);
        assert_eq!(world.mail_kinds("x@example.org").await, ["invitation", "invitation-reminder"]);
        let ended = refused(world.accept_new(&old).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        assert_eq!(ended.metadata["state"], "replaced");
        // The first inviter goes: the invitation rests on somebody else by now.
        world.remove(&ana, &bob.member, &bob.email).await;
        world.accept_new(&world.code("x@example.org").await).await.unwrap();
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn resending_an_expired_one_opens_it_again(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let x = world.add(&ana, "x@example.org", "member").await;
        let old = world.code("x@example.org").await;
        let ana = weeks_later(&world, &ana).await;
        assert!(!world.get(&ana, &x.id).await.has_seat);
        invited(&world.done(&ana, Act::Resend, &x.id).await, &ana);
        refused(world.accept_new(&old).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        world.accept_new(&world.code("x@example.org").await).await.unwrap();
        world.not_done(&ana, Act::Resend, &x.id, Code::FailedPrecondition, FORBIDS).await;
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn cancelling_leaves_the_member_on_the_list_and_the_code_dead(world: World) {
        let world = world.with_seats(3).await;
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let x = world.add(&ana, "x@example.org", "guest").await;
        world.done(&ana, Act::Revoke, &bob.member).await;
        world.done(&ana, Act::Invite, &bob.member).await;
        let y = world.put(&ana, "y@example.org", "Y", &[]).await;
        world.not_done(&ana, Act::Invite, &y.id, Code::ResourceExhausted, "REASON_SEATS_EXHAUSTED").await;
        let codes = [world.code("x@example.org").await, world.code("bob@example.org").await];
        let done = world.act(&ana, Act::Cancel, &[&x.id, &bob.member]).await;
        for result in done {
            let member = result.member.unwrap();
            assert_eq!((member.state(), member.guide(), member.has_seat), (State::Added, Guide::Invite, false));
            assert_eq!(member.invitation, None);
        }
        for code in codes {
            let ended = refused(world.decline(&code).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
            assert_eq!(ended.metadata["state"], "withdrawn");
        }
        assert_eq!(world.mail_kinds("x@example.org").await, ["invitation"], "nobody is told that there is nothing to answer");
        invariants::check(&world).await;
        let again = world.act(&ana, Act::Invite, &[&x.id, &bob.member]).await;
        assert_eq!(outcomes(&again), ["OK", "OK"], "both seats came free");
        let bob = world.log_in("bob@example.org").await;
        world.accept_as(&bob, &world.code("bob@example.org").await).await.unwrap();
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn w2_the_first_of_a_selection_get_the_seats(world: World) {
        let world = world.with_seats(4).await;
        let ana = world.sign_up("ana@example.org").await;
        let open = world.add(&ana, "open@example.org", "member").await.id;
        let mut listed = vec![];
        for i in 0..4 {
            listed.push(world.put(&ana, &format!("m{i}@example.org"), "M", &[]).await.id);
        }
        let all: Vec<&str> = listed.iter().map(String::as_str).collect();
        world.unchanged(async {
            let refusal = refused(world.try_act(&ana, Act::Invite, Selected::of(&all).atomic()).await, Code::ResourceExhausted, "REASON_SEATS_EXHAUSTED");
            assert_eq!(refusal.metadata["limit"], "4");
        })
        .await;
        let asked = [all[0], &open, all[1], all[2], all[3]];
        let done = world.act(&ana, Act::Invite, &asked).await;
        let none = "REASON_SEATS_EXHAUSTED";
        assert_eq!(outcomes(&done), ["OK", FORBIDS, "OK", none, none]);
        let refusal = refused_member(&done[3]);
        assert_eq!((refusal.metadata["limit"].as_str(), refusal.metadata["used"].as_str()), ("4", "4"));
        assert!(refusal.details.quota_failure().is_some());
        invariants::check(&world).await;
        // l04: what holds a seat already takes no second one.
        let again = world.act(&ana, Act::Resend, &[all[0], &open]).await;
        assert_eq!(outcomes(&again), ["OK", "OK"]);
        // The clock frees them, and no job.
        let ana = weeks_later(&world, &ana).await;
        let done = world.act(&ana, Act::Resend, &[all[0], &open, all[1]]).await;
        assert_eq!(outcomes(&done), ["OK", "OK", "OK"]);
        world.not_done(&ana, Act::Invite, all[2], Code::ResourceExhausted, none).await;
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn atomic_is_all_or_none(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let x = world.put(&ana, "x@example.org", "X", &[]).await.id;
        let y = world.put(&ana, "y@example.org", "Y", &[]).await.id;
        world.unchanged(async {
            let mixed = Selected::of(&[&x, &ana.member, &y]).atomic();
            refused(world.try_act(&ana, Act::Invite, mixed).await, Code::FailedPrecondition, FORBIDS);
            let ghost = Selected::of(&[&x, GHOST, &ana.member]).atomic();
            refused(world.try_act(&ana, Act::Invite, ghost).await, Code::NotFound, "REASON_NOT_FOUND");
        })
        .await;
        let done = world.try_act(&ana, Act::Invite, Selected::of(&[&y, &x]).atomic()).await.unwrap().into_inner();
        assert_eq!(outcomes(&done), ["OK", "OK"]);
        let refusal = world.try_act(&ana, Act::Cancel, Selected::of(&[&x, &y, &ana.member]).atomic()).await;
        refused(refusal, Code::FailedPrecondition, FORBIDS);
        assert_eq!(world.get(&ana, &x).await.state(), State::Invited);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn validate_only_and_request_id(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let x = world.put(&ana, "x@example.org", "X", &[]).await.id;
        for act in [Act::Invite, Act::Resend, Act::Cancel] {
            let asked = Selected { request_id: request_id(), ..Selected::of(&[&x, &ana.member]) };
            let mails = world.mails("x@example.org").await.len();
            let would = world.unchanged(world.try_act(&ana, act, asked.clone().rehearsed())).await.unwrap().into_inner();
            let first = world.try_act(&ana, act, asked.clone()).await.unwrap().into_inner();
            assert_eq!(outcomes(&would), outcomes(&first));
            assert_eq!(outcomes(&first), ["OK", FORBIDS]);
            let sent = world.mails("x@example.org").await.len();
            assert_eq!(sent, if act == Act::Cancel { mails } else { mails + 1 });
            world.unchanged(async {
                assert_eq!(world.try_act(&ana, act, asked.clone()).await.unwrap().into_inner(), first);
                let other = asked.clone().atomic();
                refused(world.try_act(&ana, act, other).await, Code::AlreadyExists, "REASON_REQUEST_ID_REUSED");
            })
            .await;
        }
    }
}

each_engine! {
    async fn a_thousand_are_invited_at_once_and_cancelled(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let template = world.put(&ana, "m@example.org", "M", &[]).await;
        let ids = crate::support::selections::many_like(&world, &ana, &template.id, 1000).await;
        let all: Vec<&str> = ids.iter().map(String::as_str).collect();
        for (act, state) in [(Act::Invite, State::Invited), (Act::Resend, State::Invited), (Act::Cancel, State::Added), (Act::Invite, State::Invited)] {
            let began = std::time::Instant::now();
            let done = world.act(&ana, act, &all).await;
            println!("{act:?} of 1,000 on {:?}: {:?}", world.engine, began.elapsed());
            assert!(done.iter().all(|result| result.member.as_ref().is_some_and(|m| m.state() == state)));
            invariants::check(&world).await;
        }
        assert_eq!(world.count("SELECT count(DISTINCT code_digest) FROM invitations WHERE state = 1").await, 1000);
        assert_eq!(world.count("SELECT count(*) FROM mails WHERE kind = 'invitation'").await, 2000);
    }
}
