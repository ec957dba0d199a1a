//! Reading members: one, a page, and what a search finds.

use crate::bench::{Against, Bench, Done};
use crate::ceiling::replay::Fresh;
use crate::drive::Worker;
use crate::people::{LARGE, Person, SMALL, owner};
use crate::wire::{Call, Token, Wire};
use prost::Message;
use roster::pb::roster::membership::v1::{
    GetMemberRequest, GetMemberResponse, ListMembersRequest, ListMembersResponse,
};
use std::sync::Arc;

const LIST: &str = "/roster.membership.v1.MembershipService/ListMembers";
/// Members of a page.
const PAGE: i32 = 50;
/// Members of the pages by which the last one is reached.
const STRIDE: i32 = 1_000;

/// GetMember of somebody in the caller's organisation.
pub fn get(token: &Token, person: Person) -> Call {
    let request = GetMemberRequest {
        member_id: person.member().to_string(),
        ..GetMemberRequest::default()
    };
    Call::new(
        "/roster.membership.v1.MembershipService/GetMember",
        Some(token),
        &request,
    )
}

/// P2.
pub async fn one(bench: &mut Bench<'_>) -> Done {
    let person = Person {
        organization: LARGE,
        number: 501,
    };
    let call = get(&bench.minter.token(owner(LARGE)), person);
    let answer: GetMemberResponse = bench.ask(&call).await?;
    let found = answer.member.map(|member| member.id);
    assert_eq!(found, Some(person.member().to_string()), "it is the member asked for");
    bench.same("get-member", &call, Against::Sql(Fresh::Nothing)).await
}

fn page(token: &Token, size: i32, after: &str, query: &str) -> Call {
    let request = ListMembersRequest {
        page_size: size,
        page_token: after.to_owned(),
        query: query.to_owned(),
        ..ListMembersRequest::default()
    };
    Call::new(LIST, Some(token), &request)
}

/// P3, the first page.
pub async fn first(bench: &mut Bench<'_>) -> Done {
    let call = page(&bench.minter.token(owner(LARGE)), PAGE, "", "");
    measure(bench, "list-first", &call, false).await
}

/// P3, of 1,000.
pub async fn small(bench: &mut Bench<'_>) -> Done {
    let call = page(&bench.minter.token(owner(SMALL)), PAGE, "", "");
    measure(bench, "list-small", &call, false).await
}

/// P3, the last page.
pub async fn last(bench: &mut Bench<'_>) -> Done {
    let token = bench.minter.token(owner(LARGE));
    let mut wire = bench.wires(1).await.remove(0);
    let members = i32::try_from(bench.options.large()).unwrap_or(i32::MAX);
    let (mut seen, mut after) = (0, String::new());
    while seen < members - PAGE {
        let size = STRIDE.min(members - PAGE - seen);
        let read: ListMembersResponse = wire.ask(&page(&token, size, &after, "")).await?;
        after = read.next_page_token;
        seen += size;
    }
    measure(bench, "list-last", &page(&token, PAGE, &after, ""), true).await
}

async fn measure(bench: &mut Bench<'_>, scenario: &str, call: &Call, last: bool) -> Done {
    let answer: ListMembersResponse = bench.ask(call).await?;
    assert_eq!(answer.members.len(), 50, "{scenario}: a whole page");
    assert_eq!(answer.next_page_token.is_empty(), last, "{scenario}: where it is");
    bench.same(scenario, call, Against::Sql(Fresh::Nothing)).await
}

/// Parts of names: what many have, what few have, what nobody has, and both in one.
const QUERIES: [&str; 8] = [
    "silva",
    "maria",
    "zanetti",
    "ubirajara",
    "ana silva",
    "zilda xavier",
    "qwertz",
    "oliv",
];

/// One query after another.
struct Searching {
    wire: Wire,
    calls: Arc<[Call]>,
    turn: usize,
}

impl Worker for Searching {
    async fn once(&mut self) -> Result<(), String> {
        self.turn += 1;
        self.wire
            .send(&self.calls[self.turn % self.calls.len()])
            .await
            .map(drop)
    }
}

/// P7.
pub async fn search(bench: &mut Bench<'_>) -> Done {
    let token = bench.minter.token(owner(LARGE));
    let calls: Arc<[Call]> = QUERIES.iter().map(|query| page(&token, PAGE, "", query)).collect();
    let answer: ListMembersResponse = bench.ask(&calls[0]).await?;
    assert_eq!(answer.members.len(), 50, "many have that name");
    let heard = bench.overhear(|_| calls[0].clone()).await?;
    for in_flight in bench.options.in_flight.clone() {
        let wires = bench.wires(in_flight).await;
        let workers = (0..in_flight).map(|n| Searching {
            wire: wires[n % wires.len()].clone(),
            calls: calls.clone(),
            turn: n,
        });
        let measured = bench.drive(workers.collect()).await;
        let row = bench.row("search", in_flight, &measured, heard.as_ref());
        bench.add(row, None);
    }
    // What each of them takes by itself.
    let mut each = vec![];
    for (query, call) in QUERIES.iter().zip(calls.iter()) {
        let mut wire = bench.wires(1).await.remove(0);
        let mut took = vec![];
        for _ in 0..20 {
            let begun = std::time::Instant::now();
            let answer = wire.send(call).await?;
            took.push(begun.elapsed());
            assert!(ListMembersResponse::decode(answer).is_ok(), "a page");
        }
        took.sort_unstable();
        each.push(format!("{query} {:.1} ms", took[10].as_secs_f64() * 1e3));
    }
    if let Some(row) = bench.rows.last_mut() {
        row.note = format!("alone, the median of each: {}", each.join(", "));
    }
    Ok(())
}
