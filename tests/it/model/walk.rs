//! Each step, done with the model and with the server.

use super::rules::{Answer, Model, Rights, Row, State};
use super::steps::OWN_RIGHTS;
use crate::support::dump::Sql;
use crate::support::{Refusal, World, invariants, with};
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use tonic::{Request, Status};

/// How many people there are.
pub(super) const PEOPLE: usize = 9;
/// The organisation's own role.
pub(super) const OWN: &str = "Helper";

#[derive(Debug, Default, Clone)]
pub(super) struct Human {
    pub(super) account: bool,
    /// What they call with, while the model says that it is good.
    pub(super) token: Option<String>,
}

/// One world, walked through.
pub struct Walk {
    pub(super) world: World,
    sql: Sql,
    seed: u64,
    dice: u64,
    pub(super) model: Model,
    pub(super) people: Vec<Human>,
    pub(super) own: String,
    pub(super) group: String,
    last: VecDeque<String>,
    taken: u64,
    pub done: u64,
    pub refused: u64,
}

/// Whatever fails, wherever: the seed and the last steps are told.
impl Drop for Walk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.story());
        }
    }
}

pub(super) fn email(person: usize) -> String {
    format!("p{person}@example.org")
}

pub(super) fn reason(status: &Status) -> String {
    Refusal::of(status).reason
}

pub(super) fn told(answer: Answer) -> Result<(), String> {
    answer.map_err(str::to_owned)
}

pub(super) fn heard<T>(answer: Result<T, Status>) -> Result<T, String> {
    answer.map_err(|status| reason(&status))
}

impl Walk {
    pub async fn start(world: World, seed: u64) -> Walk {
        let owner = world.sign_up(&email(0)).await;
        let roles = world
            .access()
            .list_roles(with(&owner.token, ac::ListRolesRequest::default()))
            .await;
        let mut known: BTreeMap<String, Rights> = BTreeMap::new();
        for role in roles.unwrap().into_inner().roles {
            known.insert(role.name, role.permissions.into_iter().collect());
        }
        let request = ac::CreateRoleRequest {
            name: OWN.into(),
            permissions: OWN_RIGHTS[0].iter().map(ToString::to_string).collect(),
            ..Default::default()
        };
        let own = world
            .access()
            .create_role(with(&owner.token, request))
            .await
            .unwrap()
            .into_inner()
            .role
            .unwrap();
        known.insert(OWN.into(), OWN_RIGHTS[0].iter().map(ToString::to_string).collect());
        let request = ms::CreateGroupRequest {
            name: "Crew".into(),
            role_ids: vec![own.id.clone()],
            ..Default::default()
        };
        let group = world
            .membership()
            .create_group(with(&owner.token, request))
            .await
            .unwrap()
            .into_inner()
            .group
            .unwrap();
        let row = Row {
            id: owner.member.clone(),
            state: State::Active,
            roles: ["owner".to_owned()].into(),
            in_group: false,
            granted: false,
            invitation: None,
        };
        let mut people = vec![Human::default(); PEOPLE];
        people[0] = Human {
            account: true,
            token: Some(owner.token),
        };
        Walk {
            sql: Sql::open(&world).await,
            world,
            seed,
            dice: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15),
            model: Model {
                rows: [(0, row)].into(),
                roles: known,
                group_role: Some(OWN.into()),
                seats: None,
                now: 0,
            },
            people,
            own: own.id,
            group: group.id,
            last: VecDeque::new(),
            taken: 0,
            done: 0,
            refused: 0,
        }
    }

    /// SplitMix64: any source will do, if it is the same for the same seed.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.dice = self.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.dice;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    pub(super) fn role(&mut self) -> String {
        ["admin", "member", "guest", OWN, "owner"][[0, 0, 1, 1, 2, 3, 3, 4][self.below(8)]].to_owned()
    }

    /// Somebody who is active; mostly one who manages.
    pub(super) fn actor(&mut self) -> usize {
        let active: Vec<usize> = (0..PEOPLE).filter(|p| self.model.is_active(*p)).collect();
        let managing: Vec<usize> = active
            .iter()
            .copied()
            .filter(|p| self.model.rights(*p).contains("members.invite"))
            .collect();
        let from = if self.below(4) == 0 { active } else { managing };
        from[self.below(from.len())]
    }

    /// Everything that tells one role from another on the wire is its id; names will do for the preset's.
    pub(super) fn wire(&self, role: &str) -> String {
        if role == OWN { self.own.clone() } else { role.to_owned() }
    }

    pub(super) async fn token(&mut self, person: usize) -> String {
        if self.people[person].token.is_none() {
            self.people[person].token = Some(self.world.log_in(&email(person)).await.token);
        }
        self.people[person].token.clone().unwrap()
    }

    pub(super) async fn with<T>(&mut self, person: usize, message: T) -> Request<T> {
        with(&self.token(person).await, message)
    }

    pub async fn step(&mut self) {
        self.world.clock.advance(chrono::Duration::seconds(1));
        self.model.now += 1;
        let before = self.model.clone();
        let (what, expected, got) = match self.below(24) {
            0..=4 => self.add().await,
            5..=9 => self.act().await,
            10..=12 => self.update().await,
            13..=16 => self.answer().await,
            17 => self.leave().await,
            18 => self.transfer().await,
            19 => self.seats().await,
            20..=21 => self.edit_role().await,
            _ => self.wait().await,
        };
        self.last.push_back(format!("{what} → {got:?}"));
        if self.last.len() > 12 {
            self.last.pop_front();
        }
        assert_eq!(got, expected, "{}", self.story());
        match got {
            Ok(()) => self.done += 1,
            Err(_) => self.refused += 1,
        }
        self.taken += 1;
        self.credentials(&before).await;
        self.compare().await;
        if self.taken.is_multiple_of(50) {
            self.recount().await;
        }
    }

    /// Everything that must be true of the database. Seats that were in use may have been taken away since.
    pub async fn recount(&self) {
        if self.model.seats.is_none_or(|seats| self.model.used() <= seats) {
            invariants::check_over(&self.world, &self.sql).await;
        } else {
            invariants::but_seats(&self.world, &self.sql).await;
        }
    }

    pub(super) fn story(&self) -> String {
        let lines: Vec<&str> = self.last.iter().map(String::as_str).collect();
        format!("seed {}: the last steps were\n{}\n", self.seed, lines.join("\n"))
    }

    /// Whoever lost any right: what they called with is worth nothing from this moment on. Whoever's rights only grew
    /// needs a new token to use them.
    async fn credentials(&mut self, before: &Model) {
        for person in 0..PEOPLE {
            let (was, is) = (before.rights(person), self.model.rights(person));
            if was == is && before.is_active(person) == self.model.is_active(person) {
                continue;
            }
            let Some(old) = self.people[person].token.take() else {
                continue;
            };
            if !before.is_active(person) || was.is_subset(&is) {
                continue;
            }
            let refused = self.world.identity().get_me(with(&old, id::GetMeRequest {})).await;
            assert_eq!(
                heard(refused).map(|_| ()),
                Err("REASON_CREDENTIAL_INVALID".to_owned()),
                "the token of {person}, who lost rights\n{}",
                self.story()
            );
        }
        // An edit of the group's or the own role may end tokens of people who lost nothing by it; they log in again.
        if before.roles != self.model.roles {
            self.people.iter_mut().for_each(|human| human.token = None);
        }
    }

    /// The list is the model's, and the invariants hold.
    async fn compare(&mut self) {
        let owner = self.model.owner();
        let rights = self.taken.is_multiple_of(10);
        let request = self
            .with(
                owner,
                ms::ListMembersRequest {
                    page_size: 1_000,
                    include_permissions: rights,
                    ..Default::default()
                },
            )
            .await;
        let listed = self
            .world
            .membership()
            .list_members(request)
            .await
            .unwrap()
            .into_inner()
            .members;
        let listed: BTreeMap<String, (String, BTreeSet<String>, bool, Rights)> = listed
            .into_iter()
            .map(|member| {
                let state = format!("{:?}", member.state());
                let direct = |role: &&ms::MemberRole| role.source() == ms::RoleSource::Direct;
                let roles = member
                    .roles
                    .iter()
                    .filter(direct)
                    .map(|role| role.name.clone())
                    .collect();
                let permissions = member
                    .permissions
                    .into_iter()
                    .flat_map(|module| module.permissions)
                    .collect();
                (member.email, (state, roles, member.has_seat, permissions))
            })
            .collect();
        let wanted: BTreeMap<_, _> = self
            .model
            .rows
            .iter()
            .map(|(person, row)| {
                let state = self.model.state(*person).unwrap();
                let seat = matches!(state, State::Active | State::Invited);
                let permissions = if rights {
                    self.model.rights_of(row)
                } else {
                    Rights::new()
                };
                (
                    email(*person),
                    (format!("{state:?}"), row.roles.clone(), seat, permissions),
                )
            })
            .collect();
        assert_eq!(listed, wanted, "{}", self.story());
        invariants::each(&self.world, &self.sql).await;
    }
}
