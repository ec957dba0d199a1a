//! The ownership, fought over: transfers against whatever ends or changes the standing of either side, and against each
//! other. 64 contenders start together, four in each of sixteen organisations; each organisation counts as a round.
//! Meanwhile a reader looks all the time, and must never see an organisation with no owner or with two.

use crate::support::calls::{Outcome, refused_item};
use crate::support::dump::Sql;
use crate::support::selections::{Act, Selected, refused_member};
use crate::support::{Person, Refusal, World, each_engine, invariants, with};
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tonic::{Code, Status};

const ORGANIZATIONS: usize = 16;
const CONTENDERS: usize = 64;
const ROUNDS: usize = 208;

/// An owner, and two administrators.
#[derive(Clone, Debug)]
struct Trio {
    owner: Person,
    chosen: Person,
    other: Person,
}

/// A contender: what it tries, and what comes of it, `OK` or the reason.
type Contender = Pin<Box<dyn Future<Output = (&'static str, String)> + Send>>;

fn contender<T: Debug>(
    kind: &'static str,
    call: impl Future<Output = Result<T, Status>> + Send + 'static,
) -> Contender {
    Box::pin(async move {
        match call.await {
            Ok(_) => (kind, "OK".to_owned()),
            Err(status) => {
                assert!(!matches!(status.code(), Code::Internal | Code::Unknown), "{status:?}");
                (kind, Refusal::of(&status).reason)
            }
        }
    })
}

/// What came of one round.
struct Round(Vec<(&'static str, String)>);

impl Round {
    fn done(&self, kind: &str) -> usize {
        self.0
            .iter()
            .filter(|(what, came)| *what == kind && came == "OK")
            .count()
    }

    fn only(&self, kind: &str, allowed: &[&str]) {
        for (what, came) in &self.0 {
            assert!(
                *what != kind || allowed.contains(&came.as_str()),
                "{kind}: {came} in {:?}",
                self.0
            );
        }
    }
}

const OWNERS: &str = "SELECT count(*) FROM organizations o WHERE (SELECT count(*) FROM members m JOIN member_roles r ON \
     r.organization_id = m.organization_id AND r.member_id = m.id WHERE m.organization_id = o.id AND m.state = 4 \
     AND r.role_id = $1) <> 1";

/// Looks until it is told to stop. Returns how often it looked.
async fn read(world: Arc<World>, stop: Arc<AtomicBool>) -> usize {
    let sql = Sql::open(&world).await;
    let owner = world.app.preset.owner_role().id.uuid();
    let mut looks = 0;
    while !stop.load(Ordering::Relaxed) {
        let wrong = sql.number(OWNERS, [owner.into()]).await;
        assert_eq!(wrong, 0, "an organisation without exactly one owner");
        looks += 1;
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    sql.close().await;
    looks
}

async fn trio(world: &World, number: usize) -> Trio {
    let owner = world.sign_up(&format!("owner@{number}.example")).await;
    let chosen = world.join(&owner, &format!("chosen@{number}.example"), "admin").await;
    let other = world.join(&owner, &format!("other@{number}.example"), "admin").await;
    Trio { owner, chosen, other }
}

/// The same three as before a round: one owns, the others are administrators, all with new tokens.
async fn again(world: Arc<World>, was: Trio) -> Trio {
    let organization = was.owner.organization.clone();
    let mut owner = None;
    let mut rest = vec![];
    for person in [was.owner, was.chosen, was.other] {
        let person = world.log_in(&person.email).await;
        let roles = match person.organization.as_str() {
            "" => vec![],
            _ => world.get(&person, &person.member).await.roles,
        };
        if roles.iter().any(|role| role.name == "owner") {
            owner = Some(person);
        } else {
            rest.push(person);
        }
    }
    let owner = owner.expect("somebody owns it");
    assert_eq!(owner.organization, organization);
    let mut people = vec![];
    for person in rest {
        let person = match person.organization.as_str() {
            "" => back_in(&world, &owner, person).await,
            _ => person,
        };
        let demoted = world.get(&owner, &person.member).await.roles[0].name != "admin";
        if demoted {
            world.set_roles(&owner, &person.member, &["admin"]).await.unwrap();
        }
        people.push(if demoted {
            world.log_in(&person.email).await
        } else {
            person
        });
    }
    let other = people.pop().unwrap();
    let chosen = people.pop().unwrap();
    Trio { owner, chosen, other }
}

/// Lets somebody in again who was suspended, removed or left.
async fn back_in(world: &World, owner: &Person, person: Person) -> Person {
    let request = ms::LookupMemberRequest {
        email: person.email.clone(),
        ..Default::default()
    };
    match world.membership().lookup_member(with(&owner.token, request)).await {
        Ok(found) => {
            let member = found.into_inner().member.unwrap();
            world.done(owner, Act::Reactivate, &member.id).await;
        }
        Err(_) => {
            // Or the mails of one moment have no order, and the code might not be in the last of them.
            world.clock.advance(chrono::Duration::milliseconds(1));
            world.add(owner, &person.email, "admin").await;
            let code = world.code(&person.email).await;
            world.accept_as(&person, &code).await.unwrap();
        }
    }
    world.log_in(&person.email).await
}

/// Runs the rounds: what each three contend about, and what must be true of what came of it.
async fn fight(
    name: &str,
    world: World,
    contenders: impl Fn(Arc<World>, &Trio) -> Vec<Contender>,
    judge: impl Fn(&Round),
) {
    let world = Arc::new(world);
    let began = std::time::Instant::now();
    let mut trios = vec![];
    for number in 0..ORGANIZATIONS {
        trios.push(trio(&world, number).await);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn(read(world.clone(), stop.clone()));
    let mut came: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
    for _ in 0..ROUNDS / ORGANIZATIONS {
        let running: Vec<Vec<_>> = trios
            .iter()
            .map(|trio| contenders(world.clone(), trio).into_iter().map(tokio::spawn).collect())
            .collect();
        assert_eq!(running.iter().map(Vec::len).sum::<usize>(), CONTENDERS);
        for round in running {
            let mut outcomes = vec![];
            for one in round {
                outcomes.push(one.await.unwrap());
            }
            for outcome in &outcomes {
                *came.entry(outcome.clone()).or_default() += 1;
            }
            judge(&Round(outcomes));
        }
        let next: Vec<_> = trios
            .into_iter()
            .map(|trio| tokio::spawn(again(world.clone(), trio)))
            .collect();
        trios = vec![];
        for trio in next {
            trios.push(trio.await.unwrap());
        }
        invariants::check(&world).await;
    }
    stop.store(true, Ordering::Relaxed);
    let looks = reader.await.unwrap();
    assert!(looks > ROUNDS / ORGANIZATIONS, "the reader hardly looked");
    println!(
        "{name} on {:?}: {CONTENDERS} contenders, {ROUNDS} rounds, {looks} looks, {:?}: {came:?}",
        world.engine,
        began.elapsed()
    );
}

async fn hand_over(world: Arc<World>, by: Person, to: Person) -> Result<(), Status> {
    world.try_transfer(&by, &to.member, false).await.map(drop)
}

async fn remove(world: Arc<World>, by: Person, whom: Person) -> Result<(), Status> {
    let done = world
        .try_remove(&by, &[(&whom.member, &whom.email)])
        .await?
        .into_inner();
    match &done.results[0] {
        result if result.error.is_none() => Ok(()),
        result => Err(refused_item(result)),
    }
}

async fn suspend(world: Arc<World>, by: Person, whom: Person) -> Result<(), Status> {
    let done = world
        .try_act(&by, Act::Suspend, Selected::of(&[&whom.member]))
        .await?
        .into_inner();
    match &done[0] {
        result if result.error.is_none() => Ok(()),
        result => {
            let refusal = refused_member(result);
            Err(tonic_status(&refusal, result))
        }
    }
}

fn tonic_status(refusal: &Refusal, result: &ms::MemberResult) -> Status {
    let error = result.error.as_ref().unwrap();
    let details = prost::Message::encode_to_vec(error);
    Status::with_details(refusal.code, error.message.clone(), details.into())
}

async fn leave(world: Arc<World>, who: Person) -> Outcome<ms::LeaveOrganizationResponse> {
    let request = ms::LeaveOrganizationRequest {
        confirm: who.email.clone(),
        ..Default::default()
    };
    world.membership().leave_organization(with(&who.token, request)).await
}

/// What a transfer may come to when somebody else acts on the chosen, or took the ownership first.
const LOST: &[&str] = &[
    "OK",
    "REASON_NOT_FOUND",
    "REASON_STATE_FORBIDS",
    "REASON_CREDENTIAL_INVALID",
    "REASON_PERMISSION_MISSING",
];
/// What acting on somebody may come to who owns the organisation by then.
const SPARED: &[&str] = &[
    "OK",
    "REASON_TARGET_OUTRANKS_YOU",
    "REASON_OWNER_PROTECTED",
    "REASON_NOT_FOUND",
    "REASON_STATE_FORBIDS",
    "REASON_CREDENTIAL_INVALID",
];

/// Whoever acts on the chosen wins, or the transfer does.
fn one_of(round: &Round, kind: &str) {
    round.only("transfer", LOST);
    round.only(kind, SPARED);
    assert_eq!(round.done("transfer") + round.done(kind), 1, "{:?}", round.0);
}

each_engine! {
    async fn i1_transfer_against_removal(world: World) {
        fight("transfer against removal", world, |world, trio| {
            let Trio { owner, chosen, other } = trio.clone();
            vec![
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen.clone())),
                contender("removal", remove(world.clone(), other.clone(), chosen.clone())),
                contender("transfer", hand_over(world.clone(), owner, chosen.clone())),
                contender("removal", remove(world, other, chosen)),
            ]
        }, |round| one_of(round, "removal")).await;
    }
}

each_engine! {
    async fn i1_transfer_against_suspension(world: World) {
        fight("transfer against suspension", world, |world, trio| {
            let Trio { owner, chosen, other } = trio.clone();
            vec![
                contender("suspension", suspend(world.clone(), other.clone(), chosen.clone())),
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen.clone())),
                contender("suspension", suspend(world.clone(), other, chosen.clone())),
                contender("transfer", hand_over(world, owner, chosen)),
            ]
        }, |round| one_of(round, "suspension")).await;
    }
}

each_engine! {
    async fn i1_transfer_against_leaving(world: World) {
        fight("transfer against leaving", world, |world, trio| {
            let Trio { owner, chosen, .. } = trio.clone();
            vec![
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen.clone())),
                contender("leaving", leave(world.clone(), chosen.clone())),
                contender("leaving", leave(world.clone(), chosen.clone())),
                contender("transfer", hand_over(world, owner, chosen)),
            ]
        }, |round| one_of(round, "leaving")).await;
    }
}

each_engine! {
    async fn l01_one_transfer_against_another(world: World) {
        fight("transfer against transfer", world, |world, trio| {
            let Trio { owner, chosen, other } = trio.clone();
            vec![
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen.clone())),
                contender("transfer", hand_over(world.clone(), owner.clone(), other.clone())),
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen)),
                contender("transfer", hand_over(world, owner, other)),
            ]
        }, |round| {
            round.only("transfer", &["OK", "REASON_CREDENTIAL_INVALID", "REASON_PERMISSION_MISSING"]);
            assert_eq!(round.done("transfer"), 1, "{:?}", round.0);
        }).await;
    }
}

each_engine! {
    async fn l01_demotions_of_each_other_and_a_transfer_leave_one_owner(world: World) {
        fight("transfer against demotions", world, |world, trio| {
            let Trio { owner, chosen, other } = trio.clone();
            let demote = |by: &Person, whom: &Person| {
                let (world, by, whom) = (world.clone(), by.clone(), whom.member.clone());
                async move { world.set_roles(&by, &whom, &["member"]).await }
            };
            vec![
                contender("demotion", demote(&other, &chosen)),
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen.clone())),
                contender("demotion", demote(&chosen, &owner)),
                contender("promotion", {
                    let (world, by, whom) = (world.clone(), owner.clone(), chosen.member.clone());
                    async move { world.set_roles(&by, &whom, &["admin"]).await }
                }),
            ]
        }, |round| {
            round.only("transfer", &["OK", "REASON_NOT_AN_ADMINISTRATOR"]);
            round.only("demotion", &["OK", "REASON_TARGET_OUTRANKS_YOU", "REASON_CREDENTIAL_INVALID", "REASON_OWNER_PROTECTED", "REASON_PERMISSION_MISSING"]);
        }).await;
    }
}

each_engine! {
    async fn i1_transfer_against_changes_of_the_accounts(world: World) {
        fight("transfer against account changes", world, |world, trio| {
            let Trio { owner, chosen, .. } = trio.clone();
            let rename = |who: &Person| {
                let (mut client, token) = (world.identity(), who.token.clone());
                let request = id::UpdateMeRequest { display_name: format!("N{}", uuid::Uuid::now_v7().simple()), ..Default::default() };
                async move { client.update_me(with(&token, request)).await }
            };
            vec![
                contender("rename", rename(&owner)),
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen.clone())),
                contender("rename", rename(&chosen)),
                contender("rename", rename(&owner)),
            ]
        }, |round| {
            round.only("transfer", &["OK"]);
            round.only("rename", &["OK", "REASON_CREDENTIAL_INVALID"]);
            assert_eq!(round.done("transfer"), 1);
        }).await;
    }
}

each_engine! {
    async fn i1_transfer_against_deletion(world: World) {
        fight("transfer against deletion", world, |world, trio| {
            let Trio { owner, chosen, .. } = trio.clone();
            let delete = |by: &Person| {
                let (world, by) = (world.clone(), by.clone());
                async move {
                    let asked = og::GetOrganizationRequest::default();
                    let home = world.organization().get_organization(with(&by.token, asked)).await?.into_inner();
                    let slug = home.organization.unwrap().slug;
                    world.try_delete(&by, &slug).await?;
                    let by = world.log_in(&by.email).await;
                    world.try_restore(&by, &slug).await
                }
            };
            vec![
                contender("deletion", delete(&owner)),
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen.clone())),
                contender("deletion", delete(&owner)),
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen)),
            ]
        }, |round| {
            let gone = ["OK", "REASON_CREDENTIAL_INVALID", "REASON_PERMISSION_MISSING", "REASON_NOT_FOUND"];
            round.only("transfer", &gone);
            round.only("deletion", &gone);
            assert_eq!(round.done("transfer") + round.done("deletion"), 1, "{:?}", round.0);
        }).await;
    }
}

each_engine! {
    async fn i1_acceptance_against_all_that_ends_the_offer(world: World) {
        let world = Arc::new(world);
        let began = std::time::Instant::now();
        let mut trios = vec![];
        for number in 0..ORGANIZATIONS {
            trios.push(trio(&world, number).await);
        }
        let stop = Arc::new(AtomicBool::new(false));
        let reader = tokio::spawn(read(world.clone(), stop.clone()));
        let mut came: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
        for _ in 0..ROUNDS / ORGANIZATIONS {
            for trio in &trios {
                world.try_transfer(&trio.owner, &trio.chosen.member, true).await.unwrap();
            }
            let running: Vec<Vec<_>> = trios.iter().map(|trio| {
                let accept = { let (world, by) = (world.clone(), trio.chosen.clone()); async move { world.try_take_over(&by).await } };
                let cancel = { let (world, by) = (world.clone(), trio.owner.clone()); async move { world.try_take_back(&by).await } };
                let decline = { let (world, by) = (world.clone(), trio.chosen.clone()); async move { world.try_turn_down(&by).await } };
                let all = [
                    contender("cancel", cancel),
                    contender("accept", accept),
                    contender("suspension", suspend(world.clone(), trio.other.clone(), trio.chosen.clone())),
                    contender("decline", decline),
                ];
                all.into_iter().map(tokio::spawn).collect()
            }).collect();
            for round in running {
                let mut outcomes = vec![];
                for one in round {
                    outcomes.push(one.await.unwrap());
                }
                for outcome in &outcomes {
                    *came.entry(outcome.clone()).or_default() += 1;
                }
                let round = Round(outcomes);
                let (accepted, ended) = (round.done("accept"), round.done("cancel") + round.done("decline"));
                assert!(accepted + ended <= 1, "an offer is answered once: {:?}", round.0);
                assert!(accepted == 0 || round.done("suspension") == 0, "the owner was suspended, or the suspended owns: {:?}", round.0);
            }
            let next: Vec<_> = trios.into_iter().map(|trio| tokio::spawn(again(world.clone(), trio))).collect();
            trios = vec![];
            for trio in next {
                trios.push(trio.await.unwrap());
            }
            invariants::check(&world).await;
        }
        stop.store(true, Ordering::Relaxed);
        let looks = reader.await.unwrap();
        println!("acceptance on {:?}: {CONTENDERS} contenders, {ROUNDS} rounds, {looks} looks, {:?}: {came:?}", world.engine, began.elapsed());
    }
}
