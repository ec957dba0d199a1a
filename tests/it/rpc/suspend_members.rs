//! SuspendMembers, ReactivateMembers, RevokeMembers: access taken and given back, and what rested on it.

use crate::support::calls::request_id;
use crate::support::selections::{Act, Selected, many_like, outcomes};
use crate::support::world::PASSWORD;
use crate::support::{Person, World, each_engine, invariants, refused, with};
use ms::{Guide, MemberState as State};
use roster::mail::message::MailTemplate;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use tonic::Code;

const FORBIDS: &str = "REASON_STATE_FORBIDS";
const NOBODY: &str = "REASON_CREDENTIAL_INVALID";

async fn refresh(world: &World, who: &Person) -> Result<tonic::Response<id::RefreshSessionResponse>, tonic::Status> {
    let request = id::RefreshSessionRequest {
        refresh_token: who.refresh.clone(),
        ..Default::default()
    };
    world.identity().refresh_session(request).await
}

/// No door of the organisation is open to who has this token and this password.
async fn shut_out(world: &World, who: &Person) {
    refused(world.try_get(who, &who.member).await, Code::Unauthenticated, NOBODY);
    refused(refresh(world, who).await, Code::Unauthenticated, NOBODY);
    let told = id::IntrospectRequest {
        token: who.token.clone(),
    };
    let told = world.identity().introspect(told).await.unwrap().into_inner();
    assert_eq!(told, id::IntrospectResponse::default());
    let again = world.log_in(&who.email).await;
    assert_eq!(again.organization, "", "the account is theirs, the organisation isn't");
    refused(
        world.try_switch(&again, &who.organization).await,
        Code::NotFound,
        "REASON_NOT_FOUND",
    );
    let named = id::LogInRequest {
        email: who.email.clone(),
        password: PASSWORD.into(),
        organization: who.organization.clone(),
        ..Default::default()
    };
    refused(world.identity().log_in(named).await, Code::NotFound, "REASON_NOT_FOUND");
}

each_engine! {
    async fn o4_k01_i03_suspension_shuts_every_door_at_once_and_reactivation_opens_them_anew(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let phone = world.log_in("bob@example.org").await;
        let own = world.found(&world.log_in("bob@example.org").await, "Bob's own").await;
        let told = world.done(&ana, Act::Suspend, &bob.member).await;
        assert_eq!((told.state(), told.guide(), told.has_seat), (State::Suspended, Guide::Reactivate, false));
        assert_eq!((told.user_id.as_str(), told.roles[0].name.as_str()), (bob.user.as_str(), "admin"));
        for session in [&bob, &phone] {
            refused(world.try_get(session, &ana.member).await, Code::Unauthenticated, NOBODY);
            refused(refresh(&world, session).await, Code::Unauthenticated, NOBODY);
        }
        world.try_get(&own, &own.member).await.expect("what they have elsewhere is untouched");
        refused(world.try_switch(&own, &ana.organization).await, Code::NotFound, "REASON_NOT_FOUND");
        invariants::check(&world).await;
        let told = world.done(&ana, Act::Reactivate, &bob.member).await;
        assert_eq!((told.state(), told.guide(), told.has_seat), (State::Active, Guide::Ok, true));
        assert_eq!(told.roles[0].name, "admin");
        // k05: what was revoked once stays revoked.
        for session in [&bob, &phone] {
            refused(world.try_get(session, &ana.member).await, Code::Unauthenticated, NOBODY);
            refused(refresh(&world, session).await, Code::Unauthenticated, NOBODY);
        }
        let back = world.switch(&own, &ana.organization).await;
        world.put(&back, "new@example.org", "New", &[]).await;
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn w4_revocation_ends_access_and_keeps_the_member_on_the_list(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let off = world.join(&ana, "off@example.org", "member").await;
        world.done(&ana, Act::Suspend, &off.member).await;
        let open = world.add(&ana, "open@example.org", "member").await;
        let code = world.code("open@example.org").await;
        for member in [&bob.member, &off.member, &open.id] {
            let told = world.done(&ana, Act::Revoke, member).await;
            assert_eq!((told.state(), told.guide(), told.has_seat), (State::Revoked, Guide::Invite, false));
            assert_eq!(told.invitation, None);
            invariants::check(&world).await;
        }
        shut_out(&world, &bob).await;
        shut_out(&world, &off).await;
        let ended = refused(world.accept_new(&code).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        assert_eq!(ended.metadata["state"], "withdrawn");
        assert_eq!(world.list(&ana, ms::ListMembersRequest::default()).await.members.len(), 4, "still listed");
    }
}

each_engine! {
    async fn c08_r6_invitations_that_rested_on_the_suspended_are_withdrawn(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        for (act, name) in [(Act::Suspend, "bob"), (Act::Revoke, "carla")] {
            let admin = world.join(&ana, &format!("{name}@example.org"), "admin").await;
            let (x, y) = (format!("x@{name}.example"), format!("y@{name}.example"));
            world.add(&admin, &x, "member").await;
            let kept = world.add(&ana, &y, "member").await;
            let codes = (world.code(&x).await, world.code(&y).await);
            world.done(&ana, act, &admin.member).await;
            refused(world.accept_new(&codes.0).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
            world.accept_new(&codes.1).await.expect("who else invited stands behind it still");
            let listed = world.list(&ana, ms::ListMembersRequest { query: x.clone(), ..Default::default() }).await.members.remove(0);
            assert_eq!((listed.state(), listed.guide(), listed.has_seat), (State::Added, Guide::Invite, false));
            if act == Act::Suspend {
                world.done(&ana, Act::Reactivate, &admin.member).await;
                refused(world.accept_new(&codes.0).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
            }
            assert_ne!(kept.id, listed.id);
            invariants::check(&world).await;
        }
    }
}

each_engine! {
    async fn a_selection_of_an_inviter_and_the_invited_is_revoked_as_a_whole(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let x = world.add(&bob, "x@example.org", "member").await.id;
        let y = world.add(&bob, "y@example.org", "member").await.id;
        let done = world.act(&ana, Act::Revoke, &[&bob.member, &x]).await;
        assert_eq!(outcomes(&done), ["OK", "OK"]);
        let state = async |member: &str| world.get(&ana, member).await.state();
        assert_eq!((state(&x).await, state(&y).await), (State::Revoked, State::Added));
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn nobody_switches_off_whom_they_may_not(world: World) {
        let world = world.with_clerks().await;
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let eve = world.join(&ana, "eve@example.org", "admin").await;
        let clerk = world.join(&ana, "clerk@example.org", "clerk").await;
        let added = world.put(&ana, "added@example.org", "Added", &[]).await.id;
        let off = world.join(&ana, "off@example.org", "clerk").await.member;
        let gone = world.join(&ana, "gone@example.org", "member").await.member;
        world.done(&ana, Act::Suspend, &off).await;
        world.done(&ana, Act::Revoke, &gone).await;
        let (refusal, denied) = (Code::FailedPrecondition, Code::PermissionDenied);
        world.unchanged(async {
            for act in [Act::Suspend, Act::Revoke] {
                // b08: to an administrator the owner holds more, to the owner it is the role that protects.
                world.not_done(&bob, act, &ana.member, denied, "REASON_TARGET_OUTRANKS_YOU").await;
                world.not_done(&ana, act, &ana.member, refusal, "REASON_OWNER_PROTECTED").await;
                world.not_done(&bob, act, &bob.member, refusal, "REASON_ACTING_ON_YOURSELF").await;
                world.not_done(&clerk, act, &bob.member, denied, "REASON_TARGET_OUTRANKS_YOU").await;
                world.not_done(&ana, act, &added, refusal, FORBIDS).await;
                world.not_done(&ana, act, &gone, refusal, FORBIDS).await;
            }
            world.not_done(&ana, Act::Suspend, &off, refusal, FORBIDS).await;
            for member in [&added, &gone, &bob.member, &ana.member] {
                world.not_done(&ana, Act::Reactivate, member, refusal, FORBIDS).await;
            }
        })
        .await;
        // Equals may act on each other, and what a refused one asked for is written down.
        world.done(&eve, Act::Suspend, &bob.member).await;
        world.not_done(&clerk, Act::Reactivate, &bob.member, denied, "REASON_TARGET_OUTRANKS_YOU").await;
        world.done(&clerk, Act::Reactivate, &off).await;
        let noted = world.picture("SELECT data, subject FROM changes WHERE kind = 'call_refused'").await;
        for reason in ["OWNER_PROTECTED", "ACTING_ON_YOURSELF", "TARGET_OUTRANKS_YOU"] {
            assert!(noted.iter().any(|row| row.contains(reason)), "{reason} in {noted:?}");
        }
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn reactivation_needs_a_seat(world: World) {
        let world = world.with_seats(4).await;
        let ana = world.sign_up("ana@example.org").await;
        let mut off = vec![];
        for i in 0..3 {
            off.push(world.join(&ana, &format!("m{i}@example.org"), "member").await.member);
        }
        let all: Vec<&str> = off.iter().map(String::as_str).collect();
        assert_eq!(outcomes(&world.act(&ana, Act::Suspend, &all).await), ["OK", "OK", "OK"]);
        world.add(&ana, "x@example.org", "member").await;
        invariants::check(&world).await;
        let none = "REASON_SEATS_EXHAUSTED";
        world.unchanged(async {
            let outcome = world.try_act(&ana, Act::Reactivate, Selected::of(&all).atomic()).await;
            refused(outcome, Code::ResourceExhausted, none);
        })
        .await;
        assert_eq!(outcomes(&world.act(&ana, Act::Reactivate, &all).await), ["OK", "OK", none]);
        invariants::check(&world).await;
        world.done(&ana, Act::Revoke, all[0]).await;
        world.done(&ana, Act::Reactivate, all[2]).await;
        invariants::check(&world).await;
    }
}

/// A preset where suspension keeps the seat.
async fn keeping(world: &World, seats: u32) -> World {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keeping.toml");
    let standard = include_str!("../../../presets/standard.toml");
    let keeping = standard.replace("suspension_keeps_seat = false", "suspension_keeps_seat = true");
    assert_ne!(keeping, standard);
    std::fs::write(&file, keeping).unwrap();
    let path = file.display().to_string();
    World::configured(world.engine, |config| {
        config.organizations.preset = path;
        config.organizations.default_seat_limit = Some(seats);
    })
    .await
}

each_engine! {
    async fn where_the_preset_says_so_the_suspended_keep_their_seats(world: World) {
        let world = keeping(&world, 3).await;
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let told = world.done(&ana, Act::Suspend, &bob.member).await;
        assert!(told.has_seat);
        let x = world.put(&ana, "x@example.org", "X", &[]).await.id;
        let y = world.put(&ana, "y@example.org", "Y", &[]).await.id;
        let none = "REASON_SEATS_EXHAUSTED";
        assert_eq!(outcomes(&world.act(&ana, Act::Invite, &[&x, &y]).await), ["OK", none]);
        // l04: the last seat is held by an invitation, which is accepted; and whoever kept theirs needs none to come back.
        world.accept_new(&world.code("x@example.org").await).await.unwrap();
        world.not_done(&ana, Act::Invite, &y, Code::ResourceExhausted, none).await;
        world.done(&ana, Act::Reactivate, &bob.member).await;
        world.done(&ana, Act::Suspend, &bob.member).await;
        world.done(&ana, Act::Revoke, &bob.member).await;
        world.done(&ana, Act::Invite, &y).await;
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn mails_go_to_those_who_were_in_and_to_nobody_else(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let open = world.add(&ana, "open@example.org", "member").await.id;
        let listed = world.put(&ana, "listed@example.org", "Listed", &[]).await;
        world.set_roles(&ana, &bob.member, &["guest", "member"]).await.unwrap();
        world.set_roles(&ana, &listed.id, &["guest"]).await.unwrap();
        world.done(&ana, Act::Suspend, &bob.member).await;
        world.done(&ana, Act::Reactivate, &bob.member).await;
        let _ = world.act(&ana, Act::Revoke, &[&bob.member, &open]).await;
        world.done(&ana, Act::Invite, &bob.member).await;
        world.done(&ana, Act::Cancel, &bob.member).await;
        let told = world.mail_kinds("bob@example.org").await;
        assert_eq!(told, ["invitation", "roles-changed", "member-suspended", "member-reactivated", "member-revoked", "invitation"]);
        let mails = world.mails("bob@example.org").await;
        let Some(MailTemplate::RolesChanged { roles, organization }) = mails.get(1) else { panic!("{mails:?}") };
        assert!(roles.contains("guest") && roles.contains("member") && organization.contains("friends"));
        let carla = world.join(&ana, "carla@example.org", "member").await;
        world.remove(&ana, &carla.member, &carla.email).await;
        world.remove(&ana, &open, "open@example.org").await;
        world.remove(&ana, &listed.id, &listed.email).await;
        assert_eq!(world.mail_kinds("carla@example.org").await, ["invitation", "member-removed"]);
        assert_eq!(world.mail_kinds("open@example.org").await, ["invitation"], "a stranger hears no more than that");
        assert!(world.mail_kinds("listed@example.org").await.is_empty());
        // Nobody is told what they did themselves.
        let dora = world.join(&ana, "dora@example.org", "admin").await;
        world.set_roles(&dora, &dora.member, &["member"]).await.unwrap();
        assert_eq!(world.mail_kinds("dora@example.org").await, ["invitation"]);
    }
}

each_engine! {
    async fn r9_the_log_tells_what_they_were_before(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        for act in [Act::Suspend, Act::Reactivate, Act::Suspend, Act::Revoke] {
            world.done(&ana, act, &bob.member).await;
        }
        for (kind, before, times) in [("member_suspended", "ACTIVE", 2), ("member_reactivated", "SUSPENDED", 1), ("member_revoked", "SUSPENDED", 1)] {
            let rows = world.picture(&format!("SELECT data, subject FROM changes WHERE kind = '{kind}'")).await;
            assert_eq!(rows.len(), times, "{kind}");
            assert!(rows.iter().all(|row| row.contains(before) && row.contains(&bob.member)), "{rows:?}");
        }
        let ended = world.picture("SELECT data FROM changes WHERE kind = 'session_ended'").await;
        assert!(ended.iter().any(|row| row.contains("member_suspended")), "{ended:?}");
    }
}

each_engine! {
    async fn atomic_validate_only_and_request_id(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let eva = world.join(&ana, "eva@example.org", "member").await;
        for (act, state) in [(Act::Suspend, State::Suspended), (Act::Reactivate, State::Active), (Act::Revoke, State::Revoked)] {
            let both = Selected::of(&[&bob.member, &eva.member]).atomic();
            let with_owner = Selected::of(&[&bob.member, &ana.member, &eva.member]);
            world.unchanged(async {
                let reason = if act == Act::Reactivate { FORBIDS } else { "REASON_OWNER_PROTECTED" };
                refused(world.try_act(&ana, act, with_owner.clone().atomic()).await, Code::FailedPrecondition, reason);
            })
            .await;
            let asked = Selected { request_id: request_id(), ..both };
            let would = world.unchanged(world.try_act(&ana, act, asked.clone().rehearsed())).await.unwrap().into_inner();
            let first = world.try_act(&ana, act, asked.clone()).await.unwrap().into_inner();
            assert_eq!(would, first);
            assert!(first.iter().all(|result| result.member.as_ref().is_some_and(|m| m.state() == state)));
            world.unchanged(async {
                assert_eq!(world.try_act(&ana, act, asked.clone()).await.unwrap().into_inner(), first);
                let other = Selected { atomic: false, ..asked };
                refused(world.try_act(&ana, act, other).await, Code::AlreadyExists, "REASON_REQUEST_ID_REUSED");
            })
            .await;
            invariants::check(&world).await;
        }
    }
}

each_engine! {
    async fn a_thousand_are_switched_off_and_on_at_once(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let ids = many_like(&world, &ana, &bob.member, 999).await;
        let mut all: Vec<&str> = ids.iter().map(String::as_str).collect();
        all.push(&bob.member);
        for (act, state) in [(Act::Suspend, State::Suspended), (Act::Reactivate, State::Active), (Act::Revoke, State::Revoked)] {
            let began = std::time::Instant::now();
            let done = world.act(&ana, act, &all).await;
            println!("{act:?} of 1,000 on {:?}: {:?}", world.engine, began.elapsed());
            assert!(done.iter().all(|result| result.member.as_ref().is_some_and(|m| m.state() == state)));
            invariants::check(&world).await;
        }
        refused(world.membership().get_member(with(&bob.token, ms::GetMemberRequest::default())).await, Code::Unauthenticated, NOBODY);
        assert_eq!(world.count("SELECT count(*) FROM mails WHERE kind = 'member-suspended'").await, 1000);
    }
}
