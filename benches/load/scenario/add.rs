//! Adding members: to the list alone, and by invitation.

use crate::bench::{Against, Bench, Done};
use crate::ceiling::replay::Fresh;
use crate::drive::Worker;
use crate::people::{LARGE, ORGANIZATIONS, owner};
use crate::wire::{Call, Token, Wire};
use prost::Message;
use roster::domain::preset::Role;
use roster::pb::roster::membership::v1::{
    AddMemberRequest, AddMemberResponse, InvitationOnboarding, ListOnly, add_member_request::Onboarding,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// Tells the addresses of one run apart.
static ADDRESSES: AtomicU64 = AtomicU64::new(0);

/// What an address begins with.
fn fresh_name() -> String {
    format!("newcomer-{}", ADDRESSES.fetch_add(1, Ordering::Relaxed))
}

/// AddMember of somebody new, with a request id as a client sends one.
pub fn call(token: &Token, name: &str, invite: bool) -> Call {
    let onboarding = if invite {
        Onboarding::Invitation(InvitationOnboarding::default())
    } else {
        Onboarding::ListOnly(ListOnly::default())
    };
    let request = AddMemberRequest {
        request_id: Uuid::now_v7().to_string(),
        email: format!("{name}@example.com"),
        display_name: "Nova Pessoa".to_owned(),
        onboarding: Some(onboarding),
        ..AddMemberRequest::default()
    };
    Call::new(
        "/roster.membership.v1.MembershipService/AddMember",
        Some(token),
        &request,
    )
}

/// Somebody new each time, in one organisation after another.
pub struct Adding {
    pub wire: Wire,
    pub owners: Arc<[Token]>,
    pub turn: usize,
    pub invite: bool,
}

impl Worker for Adding {
    async fn once(&mut self) -> Result<(), String> {
        self.turn += 1;
        let token = &self.owners[self.turn % self.owners.len()];
        self.wire.send(&call(token, &fresh_name(), self.invite)).await.map(drop)
    }
}

/// P4.
pub async fn listed(bench: &mut Bench<'_>) -> Done {
    run(bench, "add-listed", 1, false).await
}

/// By invitation, all in one organisation.
pub async fn invited_to_one(bench: &mut Bench<'_>) -> Done {
    run(bench, "invite-one-org", 1, true).await
}

/// By invitation, in many organisations.
pub async fn invited_to_many(bench: &mut Bench<'_>) -> Done {
    run(bench, "invite-many-orgs", ORGANIZATIONS as usize - 2, true).await
}

async fn run(bench: &mut Bench<'_>, scenario: &str, organizations: usize, invite: bool) -> Done {
    // The large one alone, or all but the two that have many members.
    let first = if organizations == 1 { LARGE } else { 2 };
    let owners: Arc<[Token]> = (first..)
        .take(organizations)
        .map(|organization| bench.minter.token(owner(organization)))
        .collect();
    let answer: AddMemberResponse = bench.ask(&call(&owners[0], &fresh_name(), invite)).await?;
    assert!(answer.member.is_some(), "{scenario}: there is a new member");
    let (sent, bytes) = (call(&owners[0], &fresh_name(), invite), answer.encoded_len());
    let mut name = String::new();
    let heard = bench
        .overhear(|turn| {
            name = format!("overheard-{scenario}-{turn}x");
            call(&owners[0], &name, invite)
        })
        .await?;
    // Where each worker has an organisation of its own, the bare statements would have to have one, too.
    let against = match organizations {
        1 => Against::Sql(Fresh::Rows {
            known: known(),
            text: format!("overheard-{scenario}-"),
        }),
        _ => Against::Nothing,
    };
    for in_flight in bench.options.in_flight.clone() {
        let wires = bench.wires(in_flight).await;
        let workers = (0..in_flight).map(|n| Adding {
            wire: wires[n % wires.len()].clone(),
            owners: owners.clone(),
            turn: n * organizations / in_flight,
            invite,
        });
        let measured = bench.drive(workers.collect()).await;
        let row = bench.row(scenario, in_flight, &measured, heard.as_ref());
        let ceiling = bench.ceiling(&against, &sent, bytes, heard.as_ref(), in_flight).await?;
        bench.add(row, ceiling);
    }
    Ok(())
}

/// What stays the same however often a member is added.
fn known() -> Vec<Uuid> {
    vec![
        owner(LARGE).uuid(),
        owner(LARGE).organization_id().uuid(),
        Role::id_of("member").uuid(),
        Role::id_of("owner").uuid(),
    ]
}
