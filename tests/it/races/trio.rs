//! The cast of the fights over the ownership: an owner, one who is chosen, and another, in each of sixteen organisations.
//!
//! All contenders set out from one line. First they are spread over the organisations, four in each; then they all fight over
//! one. Meanwhile a reader looks all the time, and must never see an organisation with no owner or with two.

use super::{CONTENDERS, line};
use crate::support::dump::Sql;
use crate::support::selections::Act;
use crate::support::{Person, Refusal, World, invariants, with};
use roster::pb::roster::membership::v1 as ms;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tonic::{Code, Status};

/// Organisations that are fought over at the same time.
const ORGANIZATIONS: usize = 16;
/// Barrages of as many fights, each with its share of the contenders: 192 fights.
const BARRAGES: usize = 12;
/// Fights of all contenders over one organisation, after those.
const FULL: usize = 12;

/// An owner, and two administrators.
#[derive(Clone, Debug)]
pub struct Trio {
    pub owner: Person,
    pub chosen: Person,
    pub other: Person,
}

/// A contender: what it tries, and what comes of it, `OK` or the reason.
pub type Contender = Pin<Box<dyn Future<Output = (&'static str, String)> + Send>>;

pub fn contender<T: Debug>(
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
pub struct Round(pub Vec<(&'static str, String)>);

impl Round {
    pub fn done(&self, kind: &str) -> usize {
        self.0
            .iter()
            .filter(|(what, came)| *what == kind && came == "OK")
            .count()
    }

    pub fn only(&self, kind: &str, allowed: &[&str]) {
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

/// Accounts as they were: switched on, and with the usual password.
async fn mend(world: &World, sql: &Sql) {
    let usual = sql
        .texts("SELECT password_hash FROM users WHERE email = 'keeper@elsewhere.example'")
        .await
        .remove(0);
    world
        .sql(&format!(
            "UPDATE users SET disabled_at = NULL, password_hash = '{usual}' \
             WHERE disabled_at IS NOT NULL OR password_hash <> '{usual}'"
        ))
        .await;
}

/// Runs the rounds: what each three contend about, and what must be true of what came of it. Before each, the owner may have
/// offered the ownership to the chosen. Says what came of all of them.
pub async fn fight(
    name: &str,
    world: World,
    offered: bool,
    contenders: impl Fn(Arc<World>, &Trio) -> Vec<Contender>,
    judge: impl Fn(&Round),
) -> BTreeMap<(&'static str, String), usize> {
    let world = Arc::new(world);
    let began = std::time::Instant::now();
    world.sign_up("keeper@elsewhere.example").await;
    let mut trios = vec![];
    for number in 0..ORGANIZATIONS {
        trios.push(trio(&world, number).await);
    }
    let (sql, stop) = (Sql::open(&world).await, Arc::new(AtomicBool::new(false)));
    let reader = tokio::spawn(read(world.clone(), stop.clone()));
    let mut came: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
    for round in 0..BARRAGES + FULL {
        // A person keeps a hundred sessions: it must be plain which is the oldest.
        world.clock.advance(chrono::Duration::milliseconds(1));
        let idle = trios.split_off(if round < BARRAGES { ORGANIZATIONS } else { 1 });
        let (line, share) = (line(CONTENDERS), CONTENDERS / trios.len());
        let mut fights = vec![];
        for trio in &trios {
            if offered {
                world
                    .try_transfer(&trio.owner, &trio.chosen.member, true)
                    .await
                    .unwrap();
            }
            let mut all = vec![];
            while all.len() < share {
                all.extend(contenders(world.clone(), trio));
            }
            assert_eq!(all.len(), share);
            fights.push(all);
        }
        let running: Vec<Vec<_>> = fights
            .into_iter()
            .map(|all| {
                let set_out = |one: Contender| {
                    let line = line.clone();
                    tokio::spawn(async move {
                        line.wait().await;
                        one.await
                    })
                };
                all.into_iter().map(set_out).collect()
            })
            .collect();
        for one in running {
            let mut outcomes = vec![];
            for contender in one {
                outcomes.push(contender.await.unwrap());
            }
            for outcome in &outcomes {
                *came.entry(outcome.clone()).or_default() += 1;
            }
            judge(&Round(outcomes));
        }
        mend(&world, &sql).await;
        let next: Vec<_> = trios
            .into_iter()
            .map(|trio| tokio::spawn(again(world.clone(), trio)))
            .collect();
        trios = vec![];
        for trio in next {
            trios.push(trio.await.unwrap());
        }
        trios.extend(idle);
        invariants::check_over(&world, &sql).await;
    }
    stop.store(true, Ordering::Relaxed);
    let looks = reader.await.unwrap();
    sql.close().await;
    assert!(looks > BARRAGES + FULL, "the reader hardly looked");
    println!(
        "{name} on {:?}: {} rounds of {} contenders, {ORGANIZATIONS} at a time, and {FULL} of {CONTENDERS} over one \
         organisation in {:.1} s, {looks} looks: {came:?}",
        world.engine,
        BARRAGES * ORGANIZATIONS,
        CONTENDERS / ORGANIZATIONS,
        began.elapsed().as_secs_f64()
    );
    came
}
