//! Invitations whose invited come to hold more than the inviter does: on whose rights they rest then.

use crate::support::selections::Act;
use crate::support::{Person, World, each_engine, invariants, refused};
use roster::pb::roster::membership::v1 as ms;
use tonic::Code;

/// Somebody whom a clerk invited, with the code that was mailed.
async fn invited_by(world: &World, clerk: &Person, email: &str) -> (ms::Member, String) {
    let member = world.add(clerk, email, "clerk").await;
    (member, world.code(email).await)
}

async fn rests_on(world: &World, by: &Person, member: &str) -> Option<String> {
    let invitation = world.get(by, member).await.invitation;
    invitation.map(|invitation| invitation.invited_by_user_id)
}

async fn clerks(world: World) -> (World, Person, Person) {
    let world = world.with_clerks().await;
    let ana = world.sign_up("ana@example.org").await;
    let clerk = world.join(&ana, "clerk@example.org", "clerk").await;
    (world, ana, clerk)
}

each_engine! {
    async fn an_invitation_rests_on_whoever_raised_it_above_its_inviter(world: World) {
        let (world, ana, clerk) = clerks(world).await;
        let (bob, code) = invited_by(&world, &clerk, "bob@example.org").await;
        let tag = world.tag(&ana, "Night").await;
        // What gives nothing more leaves it with the clerk.
        world.try_tag_members(&ana, &[&bob.id], &[&tag.id], &[]).await.unwrap();
        world.set_roles(&ana, &bob.id, &["mute"]).await.unwrap();
        assert_eq!(rests_on(&world, &ana, &bob.id).await.as_deref(), Some(clerk.user.as_str()));
        assert_eq!(invariants::logged(&world, "invitation_taken_on").await, 0);
        let raised = world.set_roles(&ana, &bob.id, &["admin"]).await.unwrap().into_inner().member.unwrap();
        assert_eq!((raised.state(), raised.invitation.unwrap().invited_by_user_id), (ms::MemberState::Invited, ana.user.clone()));
        assert_eq!(rests_on(&world, &ana, &bob.id).await.as_deref(), Some(ana.user.as_str()));
        let told = world.picture("SELECT data FROM changes WHERE kind = 'invitation_taken_on'").await;
        assert!(told.len() == 1 && told[0].contains(&clerk.member) && told[0].contains(&ana.member), "{told:?}");
        // It doesn't go with the clerk any more.
        world.done(&ana, Act::Suspend, &clerk.member).await;
        world.accept_new(&code).await.unwrap();
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn it_stays_open_by_whatever_way_the_invited_gains(world: World) {
        let (world, ana, clerk) = clerks(world).await;
        let role = world.role(&ana, "Reader", &["members.read"]).await;
        let group = world.group(&ana, "Readers", &["clerk"]).await;
        let mut codes = vec![];
        for way in ["role", "group", "carried", "bound"] {
            let (member, code) = invited_by(&world, &clerk, &format!("{way}@example.org")).await;
            match way {
                "role" => {
                    world.set_roles(&ana, &member.id, &["clerk", &role.id]).await.unwrap();
                    assert_eq!(rests_on(&world, &ana, &member.id).await.as_deref(), Some(clerk.user.as_str()));
                    world.permit(&ana, &role.id, &["members.read", "roles.read"]).await.unwrap();
                }
                "group" => {
                    let admins = world.group(&ana, "Admins", &["admin"]).await;
                    world.put_in(&ana, &admins.id, &[&member.id]).await;
                }
                "carried" => {
                    world.put_in(&ana, &group.id, &[&member.id]).await;
                    world.carry(&ana, &group.id, &["admin"]).await.unwrap();
                }
                _ => drop(world.bind(&ana, &member.id, "admin", 60).await),
            }
            assert_eq!(rests_on(&world, &ana, &member.id).await.as_deref(), Some(ana.user.as_str()), "{way}");
            codes.push(code);
        }
        assert_eq!(invariants::logged(&world, "invitation_taken_on").await, 4);
        for code in codes {
            world.accept_new(&code).await.unwrap();
        }
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn who_may_not_invite_takes_no_invitation_on_and_the_list_says_so(world: World) {
        let (world, ana, clerk) = clerks(world).await;
        world.set_seats(&ana, Some(4)).await.unwrap();
        // Holds something that no clerk does, and nothing that lets people in.
        let reader = world.role(&ana, "Reader", &["members.read", "roles.read"]).await;
        let editor = world.role(&ana, "Editor", &["members.read", "members.update", "roles.read"]).await;
        let editor = world.join(&ana, "editor@example.org", &editor.id).await;
        let plain = world.role(&ana, "Plain", &["members.read"]).await;
        let bob = world.put(&ana, "bob@example.org", "Bob", &[&plain.id]).await;
        world.done(&clerk, Act::Invite, &bob.id).await;
        let code = world.code("bob@example.org").await;
        let raised = world.set_roles(&editor, &bob.id, &[&reader.id]).await.unwrap().into_inner().member.unwrap();
        assert_eq!((raised.state(), raised.guide(), raised.has_seat), (ms::MemberState::Added, ms::Guide::Invite, false));
        assert_eq!(raised.invitation, None);
        let told = world.picture("SELECT data FROM changes WHERE kind = 'invitation_withdrawn'").await;
        assert!(told.len() == 1 && told[0].contains("beyond_inviter"), "{told:?}");
        let ended = refused(world.accept_new(&code).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        assert_eq!(ended.metadata["state"], "withdrawn");
        // Who may invites again, and their invitation holds.
        world.done(&ana, Act::Invite, &bob.id).await;
        world.accept_new(&world.code("bob@example.org").await).await.unwrap();
        invariants::check(&world).await;
    }
}
