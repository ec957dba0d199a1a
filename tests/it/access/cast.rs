//! The callers of the access matrix: one of each kind, with the credential that they have.

use crate::support::selections::Act;
use crate::support::world::PASSWORD;
use crate::support::{Person, World};
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;

/// The kinds of callers, with the credential of each.
pub struct Cast {
    pub owner: Person,
    pub handle: String,
    /// Somebody who holds less than any of those who may act on others.
    pub target: String,
    pub tokens: Vec<(&'static str, Option<String>)>,
}

pub async fn cast(world: &World) -> Cast {
    let ana = world.sign_up("ana@example.org").await;
    let expired = ana.token;
    world.clock.advance(chrono::TimeDelta::minutes(30));
    let owner = world.log_in("ana@example.org").await;
    let logged_out = world.log_in("ana@example.org").await.token;
    let log_out = crate::support::with(&logged_out, id::LogOutRequest::default());
    world.identity().log_out(log_out).await.unwrap();
    let admin = world.join(&owner, "admin@example.org", "admin").await;
    let member = world.join(&owner, "member@example.org", "member").await;
    let guest = world.join(&owner, "guest@example.org", "guest").await;
    let removed = world.join(&owner, "removed@example.org", "admin").await;
    let removal = ms::Removal {
        member_id: removed.member,
        confirm: removed.email.clone(),
        ..Default::default()
    };
    let removal = ms::RemoveMembersRequest {
        removals: vec![removal],
        ..Default::default()
    };
    let gone = world
        .membership()
        .remove_members(crate::support::with(&owner.token, removal))
        .await
        .unwrap();
    assert_eq!(gone.into_inner().results[0].error, None);
    let suspended = world.join(&owner, "suspended@example.org", "admin").await;
    world.done(&owner, Act::Suspend, &suspended.member).await;
    let revoked = world.join(&owner, "revoked@example.org", "admin").await;
    world.done(&owner, Act::Revoke, &revoked.member).await;
    let homeless = world.log_in(&removed.email).await;
    assert_eq!(homeless.organization, "");
    let stranger = world.sign_up("stranger@example.org").await;
    let invited = world.sign_up("invited@example.org").await;
    world.add(&owner, "invited@example.org", "admin").await;
    let handle = handle(world, &owner).await;
    let tokens = vec![
        ("none", None),
        ("garbage", Some("garbage".to_owned())),
        ("expired", Some(expired)),
        ("logged_out", Some(logged_out)),
        ("handle", Some(handle.clone())),
        ("refresh", Some(owner.refresh.clone())),
        ("removed", Some(removed.token)),
        ("suspended", Some(suspended.token)),
        ("revoked", Some(revoked.token)),
        ("homeless", Some(homeless.token)),
        ("stranger", Some(stranger.token)),
        ("invited", Some(invited.token)),
        ("guest", Some(guest.token.clone())),
        ("member", Some(member.token)),
        ("admin", Some(admin.token)),
        ("owner", Some(owner.token.clone())),
    ];
    Cast {
        owner,
        handle,
        target: guest.member,
        tokens,
    }
}

/// What somebody holds who has shown a temporary password and has yet to change it.
async fn handle(world: &World, owner: &Person) -> String {
    let request = ms::AddMemberRequest {
        email: "half@example.org".into(),
        display_name: "Half Way".into(),
        onboarding: Some(ms::add_member_request::Onboarding::TemporaryPassword(Default::default())),
        ..Default::default()
    };
    world
        .membership()
        .add_member(crate::support::with(&owner.token, request))
        .await
        .unwrap();
    let Some(roster::mail::message::MailTemplate::TemporaryPassword { password, .. }) =
        world.mails("half@example.org").await.pop()
    else {
        panic!("no temporary password");
    };
    assert_ne!(password.expose(), PASSWORD);
    let request = id::LogInRequest {
        email: "half@example.org".into(),
        password: password.expose().into(),
        ..Default::default()
    };
    match world
        .identity()
        .log_in(request)
        .await
        .unwrap()
        .into_inner()
        .outcome
        .unwrap()
    {
        id::log_in_response::Outcome::NextStep(step) => step.handle,
        other => panic!("{other:?}"),
    }
}
