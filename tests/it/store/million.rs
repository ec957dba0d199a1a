//! Lists of a large organisation among others: what a page costs, first and last, by every filter and by search, and that
//! it is the right one. `ROSTER_MEMBERS=1000000` says how large; the figures are printed.
//!
//!     ROSTER_MEMBERS=1000000 scripts/with-postgres cargo test --test it million -- --nocapture --test-threads 1

use super::fill::{self, Filled};
use super::{Shelf, each_store, now, receipt, uuid};
use crate::support::Engine;
use roster::clock::Time;

use roster::domain::fold::{fold, sort_key};
use roster::domain::member::{Member, MemberFilter, MemberOrder};
use roster::domain::membership::MemberState;
use roster::domain::page::Direction;
use roster::domain::{Given, MemberId};
use roster::store::Store;
use roster::store::member::{After, Paging};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The size of the large organisation. Enough that a walk along the order doesn't see all of it.
#[allow(clippy::disallowed_methods, reason = "a setting of the tests")]
fn members() -> i64 {
    std::env::var("ROSTER_MEMBERS").map_or(20_000, |n| n.parse().expect("ROSTER_MEMBERS is a number"))
}

/// The last question. Where a search is one of several filters, PostgreSQL may begin to read the members themselves to
/// learn whether it's common: it stops at a few thousand.
const COMMON_TWICE: &str = "search silva, suspended, wide tag";

fn searching(text: &str) -> MemberFilter {
    MemberFilter {
        search: fold(text),
        ..MemberFilter::default()
    }
}

fn in_state(state: MemberState) -> MemberFilter {
    MemberFilter {
        states: vec![state],
        ..MemberFilter::default()
    }
}

/// What is asked, by what it's called.
fn questions(filled: &Filled) -> Vec<(&'static str, MemberFilter)> {
    let tag = |tag| MemberFilter {
        tags: vec![tag],
        ..MemberFilter::default()
    };
    let role = |role| MemberFilter {
        roles: vec![role],
        ..MemberFilter::default()
    };
    let group = |group| MemberFilter {
        groups: vec![group],
        ..MemberFilter::default()
    };
    vec![
        ("all", MemberFilter::default()),
        ("active", in_state(MemberState::Active)),
        ("suspended (1%)", in_state(MemberState::Suspended)),
        ("invited (the last 2%)", in_state(MemberState::Invited)),
        ("expired (2%)", in_state(MemberState::Expired)),
        (
            "guide re-invite",
            MemberFilter {
                states: vec![MemberState::Expired, MemberState::Declined],
                ..MemberFilter::default()
            },
        ),
        ("role of all", role(filled.wide_role)),
        ("role of few", role(filled.narrow_role)),
        ("role by group", role(filled.group_role)),
        ("role for a while", role(filled.bound_role)),
        ("tag of 20%", tag(filled.wide_tag)),
        ("tag of few", tag(filled.narrow_tag)),
        ("group of 25%", group(filled.wide_group)),
        ("group of few", group(filled.narrow_group)),
        (
            "wide tag and few's tag's group",
            MemberFilter {
                tags: vec![filled.wide_tag],
                groups: vec![filled.narrow_group],
                ..MemberFilter::default()
            },
        ),
        (
            "suspended of the wide tag",
            MemberFilter {
                states: vec![MemberState::Suspended],
                tags: vec![filled.wide_tag],
                ..MemberFilter::default()
            },
        ),
        ("search silva (common)", searching("silva")),
        ("search Maria (common, first name)", searching("Maria")),
        ("search zilda (first name, at the end)", searching("zilda")),
        ("search zilda zan (rare)", searching("zilda zan")),
        ("search one address", searching(&filled.address)),
        ("search qwzx (absent)", searching("qwzx")),
        ("search r.s (punctuation)", searching("r.s")),
        ("search va (two letters)", searching("va")),
        ("search wz (two, absent)", searching("wz")),
        ("search j (one letter)", searching("j")),
        ("search % (one, absent)", searching("%")),
        (
            COMMON_TWICE,
            MemberFilter {
                states: vec![MemberState::Suspended],
                tags: vec![filled.wide_tag],
                ..searching("silva")
            },
        ),
    ]
}

fn first(order: MemberOrder) -> Paging {
    Paging {
        order,
        direction: Direction::Ascending,
        after: None,
        limit: 51,
    }
}

fn key(member: &Member, order: MemberOrder) -> After {
    match order {
        MemberOrder::Name => After::Text(sort_key(member.display_name.as_str())),
        MemberOrder::Email => After::Text(member.email.key().to_owned()),
        MemberOrder::Added => After::Time(member.created_at),
    }
}

async fn page(store: &Store, filled: &Filled, filter: &MemberFilter, paging: &Paging) -> Vec<Member> {
    store
        .reads()
        .members()
        .list(filled.organization, filter, paging, now())
        .await
        .unwrap()
}

/// The page that ends the list: what stands behind the 51st from behind.
async fn last(store: &Store, filled: &Filled, filter: &MemberFilter, order: MemberOrder) -> Paging {
    let backwards = Paging {
        direction: Direction::Descending,
        ..first(order)
    };
    let tail = page(store, filled, filter, &backwards).await;
    let after = tail.last().map(|member| (key(member, order), member.id));
    Paging { after, ..first(order) }
}

/// Half of the calls took no longer than the first, all but one in a hundred no longer than the second.
async fn timed(rounds: usize, call: impl AsyncFn()) -> (Duration, Duration) {
    call().await;
    let mut took = vec![];
    for _ in 0..rounds {
        let start = Instant::now();
        call().await;
        took.push(start.elapsed());
    }
    took.sort();
    (took[rounds / 2], took[(rounds * 99 / 100).min(rounds - 1)])
}

fn told(what: &str, engine: Engine, (half, most): (Duration, Duration), rows: usize) {
    let ms = |d: Duration| d.as_secs_f64() * 1000.0;
    println!("{engine:?} | {what} | {rows} | {:.2} | {:.2}", ms(half), ms(most));
}

each_store! {
    /// Each page against all rows, read once and filtered here: the same on both engines, and the same as without indexes.
    async fn million_pages_are_the_right_ones(shelf: Shelf) {
        if members() > 50_000 {
            return;
        }
        let filled = fill::fill(&shelf, members()).await;
        fill::index_again(&shelf).await;
        let store = &shelf.store;
        let everybody = Paging { limit: 1_000_000, ..first(MemberOrder::Name) };
        let all = page(store, &filled, &MemberFilter::default(), &everybody).await;
        assert_eq!(all.len() as i64, filled.members);
        odd_ones(&shelf, &filled).await;
        let all = page(store, &filled, &MemberFilter::default(), &everybody).await;
        assert!(all.is_sorted_by_key(|m| (sort_key(m.display_name.as_str()), m.id)));
        let mut questions = questions(&filled);
        questions.extend(drawn(&all).into_iter().map(|text| ("drawn", searching(&text))));
        for (what, filter) in questions {
            let wanted: BTreeSet<_> = all.iter().filter(|m| filled.meets(m, &filter, now())).map(|m| m.id).collect();
            for order in [MemberOrder::Name, MemberOrder::Email, MemberOrder::Added] {
                if what == "drawn" && order != MemberOrder::Name {
                    continue;
                }
                for direction in [Direction::Ascending, Direction::Descending] {
                    // The first page has few rows, so that the second begins in the midst of the first stretch.
                    let (mut seen, mut after, mut limit) = (vec![], None, 3);
                    loop {
                        let paging = Paging { order, direction, after: after.take(), limit };
                        let rows = page(store, &filled, &filter, &paging).await;
                        let Some(end) = rows.last().filter(|_| rows.len() as u64 == limit) else {
                            seen.extend(rows);
                            break;
                        };
                        after = Some((key(end, order), end.id));
                        limit = 7_000;
                        seen.extend(rows);
                    }
                    let found: BTreeSet<_> = seen.iter().map(|m| m.id).collect();
                    assert_eq!(found.len(), seen.len(), "{what} {filter:?}, {order:?} {direction:?}: a row came twice");
                    assert_eq!(found, wanted, "{what} {filter:?}, {order:?} {direction:?}");
                    let keys: Vec<_> = seen.iter().map(|m| (key_text(m, order), m.id)).collect();
                    let sorted = match direction {
                        Direction::Ascending => keys.is_sorted(),
                        Direction::Descending => keys.iter().rev().is_sorted(),
                    };
                    assert!(sorted, "{what}, {order:?} {direction:?}: out of order");
                }
            }
            let total = store.reads().members().count(filled.organization, &filter, now()).await.unwrap();
            assert_eq!(total, wanted.len() as u64, "{what}");
            println!("{:?}: {what} {:?}: {total}", shelf.engine, filter.search);
        }
    }
}

/// Members with names that no statement drew, added, renamed and removed as the service does it.
async fn odd_ones(shelf: &Shelf, filled: &Filled) {
    let odd = |n: usize, name: &str| Member {
        id: MemberId::new(uuid()),
        organization: filled.organization,
        user: None,
        email: format!("odd{n}@example.net").parse().unwrap(),
        display_name: name.parse().unwrap(),
        stored_state: MemberState::Added,
        invitation_expires_at: None,
        roles: vec![],
        given: Given::default(),
        added_by: None,
        last_sign_in_at: None,
        rights_version: 1,
        version: 1,
        created_at: now(),
        updated_at: now(),
    };
    let members: Vec<Member> = ODD.iter().enumerate().map(|(n, name)| odd(n, name)).collect();
    let tx = shelf.store.begin().await.unwrap();
    for member in &members {
        tx.members().insert(member).await.unwrap();
    }
    // The first is called otherwise from now on, the second is gone.
    let renamed = Member {
        display_name: "Zzyzx Õttoman".parse().unwrap(),
        ..members[0].clone()
    };
    tx.members().update(&renamed).await.unwrap();
    tx.members()
        .remove(filled.organization, &[members[1].id], now())
        .await
        .unwrap();
    tx.commit(receipt()).await.unwrap();
}

/// Parts of names and addresses, and what is nearly one.
fn drawn(all: &[Member]) -> Vec<String> {
    let texts: Vec<Vec<char>> = all
        .iter()
        .map(|m| {
            fold(&format!("{} {}", m.display_name.as_str(), m.email.as_str()))
                .chars()
                .collect()
        })
        .collect();
    let mut seed = 7_usize;
    let mut draw = |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut queries: Vec<String> = ODD.iter().map(|name| (*name).to_owned()).collect();
    queries.extend(
        [
            "zzyzx", "ZYZX Ö", "renamed", "w%", "_", "東", "京", "ό", "100%", "x@", "'", "\"",
        ]
        .map(str::to_owned),
    );
    for n in 0..120 {
        // The odd ones stand at the ends of the order: every other query is of one of them.
        let text = &texts[if n % 2 == 0 {
            draw(texts.len())
        } else {
            texts.len() - 1 - draw(ODD.len() * 2)
        }];
        let from = draw(text.len());
        let mut part: Vec<char> = text[from..].iter().copied().take(1 + draw(6)).collect();
        if n % 5 == 0 {
            let at = draw(part.len());
            part[at] = texts[draw(texts.len())][0];
        }
        queries.push(part.into_iter().collect());
    }
    queries
}

const ODD: [&str; 14] = [
    "Renamed Rupert",
    "Removed Wxyz",
    "João D'Ávila",
    "100% Mel",
    "Straße_Ünder",
    r"Back\slash",
    "東京 太郎",
    "京東",
    "Ξένος Όμηρος",
    "Łukasz Øster",
    "O\"Brien",
    "wz",
    "İstanbul Işık",
    "\u{1f600} Grin",
];

fn key_text(member: &Member, order: MemberOrder) -> (String, Option<Time>) {
    match key(member, order) {
        After::Text(text) => (text, None),
        After::Time(time) => (String::new(), Some(time)),
    }
}

each_store! {
    async fn million_pages_cost_what_they_show(shelf: Shelf) {
        let start = Instant::now();
        let filled = fill::fill(&shelf, members()).await;
        let (store, engine) = (&shelf.store, shelf.engine);
        println!("{engine:?}: {} members among others, filled in {:.0} s", filled.members, start.elapsed().as_secs_f64());
        println!("engine | what | rows | p50 ms | p99 ms");
        let rounds = if members() > 50_000 { 60 } else { 5 };
        let before = fill::sequential_scans(&shelf).await;
        let mut slow = vec![];
        for (what, filter) in questions(&filled) {
            if what == COMMON_TWICE {
                assert_eq!(fill::sequential_scans(&shelf).await, before, "a page read through all members");
            }
            for order in [MemberOrder::Name, MemberOrder::Email, MemberOrder::Added] {
                if order != MemberOrder::Name && !what.starts_with("all") && !what.contains("invited") && !what.contains("silva") {
                    continue;
                }
                let end = last(store, &filled, &filter, order).await;
                let mut halves = vec![];
                for (place, paging) in [("first", first(order)), ("last", end)] {
                    let rows = page(store, &filled, &filter, &paging).await.len();
                    let took = timed(rounds, async || {
                        page(store, &filled, &filter, &paging).await;
                    }).await;
                    told(&format!("{what}, {order:?}, {place} page"), engine, took, rows);
                    halves.push(took.0);
                }
                // What is found by walking costs the same anywhere; a millisecond is noise.
                if what.starts_with("all") && halves[1] > halves[0] * 3 + Duration::from_millis(1) {
                    slow.push(format!("{what} {order:?}: the last page {:?}, the first {:?}", halves[1], halves[0]));
                }
            }
        }
        assert!(slow.is_empty(), "{slow:?}");
        for (what, filter) in questions(&filled) {
            let count = async || store.reads().members().count(filled.organization, &filter, now()).await.unwrap();
            let rows = count().await;
            let took = timed(rounds / 5, async || {
                count().await;
            }).await;
            told(&format!("{what}, total_size"), engine, took, usize::try_from(rows).unwrap());
        }
    }
}
