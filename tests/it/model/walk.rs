//! Each step, done with the model and with the server.

use super::rules::{Act, Answer, Change, Model, Rights, Row, State};
use crate::support::dump::Sql;
use crate::support::world::PASSWORD;
use crate::support::{Refusal, World, invariants, with};
use prost::Message;
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use tonic::{Request, Status};

/// How many people there are.
const PEOPLE: usize = 9;
/// The organisation's own role, and what it may come to hold.
const OWN: &str = "Helper";
const OWN_RIGHTS: [&[&str]; 3] = [
    &["members.read", "members.invite"],
    &["members.read", "members.add", "members.invite", "members.update"],
    &["members.read", "resources.use"],
];

#[derive(Debug, Default, Clone)]
struct Human {
    account: bool,
    /// What they call with, while the model says that it is good.
    token: Option<String>,
}

/// One world, walked through.
pub struct Walk {
    world: World,
    sql: Sql,
    seed: u64,
    dice: u64,
    model: Model,
    people: Vec<Human>,
    own: String,
    group: String,
    last: VecDeque<String>,
    pub done: u64,
    pub refused: u64,
}

fn email(person: usize) -> String {
    format!("p{person}@example.org")
}

fn reason(status: &Status) -> String {
    Refusal::of(status).reason
}

fn told(answer: Answer) -> Result<(), String> {
    answer.map_err(str::to_owned)
}

fn heard<T>(answer: Result<T, Status>) -> Result<T, String> {
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
            done: 0,
            refused: 0,
        }
    }

    /// SplitMix64: any source will do, if it is the same for the same seed.
    fn below(&mut self, bound: usize) -> usize {
        self.dice = self.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.dice;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    fn role(&mut self) -> String {
        ["admin", "member", "guest", OWN, "owner"][[0, 0, 1, 1, 2, 3, 3, 4][self.below(8)]].to_owned()
    }

    /// Somebody who is active; mostly one who manages.
    fn actor(&mut self) -> usize {
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
    fn wire(&self, role: &str) -> String {
        if role == OWN { self.own.clone() } else { role.to_owned() }
    }

    async fn token(&mut self, person: usize) -> String {
        if self.people[person].token.is_none() {
            self.people[person].token = Some(self.world.log_in(&email(person)).await.token);
        }
        self.people[person].token.clone().unwrap()
    }

    async fn with<T>(&mut self, person: usize, message: T) -> Request<T> {
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
        self.credentials(&before).await;
        self.compare().await;
    }

    fn story(&self) -> String {
        let lines: Vec<&str> = self.last.iter().map(String::as_str).collect();
        format!("seed {}: the last steps were\n{}\n", self.seed, lines.join("\n"))
    }

    async fn add(&mut self) -> (String, Result<(), String>, Result<(), String>) {
        let (actor, person, role, invite) = (self.actor(), self.below(PEOPLE), self.role(), self.below(3) > 0);
        let onboarding = if invite {
            ms::add_member_request::Onboarding::Invitation(ms::InvitationOnboarding::default())
        } else {
            ms::add_member_request::Onboarding::ListOnly(ms::ListOnly {})
        };
        let request = ms::AddMemberRequest {
            email: email(person),
            role_ids: vec![self.wire(&role)],
            onboarding: Some(onboarding),
            ..Default::default()
        };
        let request = self.with(actor, request).await;
        let got = heard(self.world.membership().add_member(request).await);
        let expected = told(self.model.add(actor, person, &role, invite));
        if let (Ok(answer), Ok(())) = (&got, &expected) {
            let id = answer.get_ref().member.as_ref().unwrap().id.clone();
            self.model.rows.get_mut(&person).unwrap().id = id;
        }
        (
            format!("{actor} adds {person} as {role}, invited: {invite}"),
            expected,
            got.map(|_| ()),
        )
    }

    async fn act(&mut self) -> (String, Result<(), String>, Result<(), String>) {
        let (actor, act) = (self.actor(), Act::ALL[self.below(7)]);
        let listed: Vec<usize> = self.model.rows.keys().copied().collect();
        let mut some: Vec<usize> = (0..1 + self.below(3))
            .map(|_| listed[self.below(listed.len())])
            .collect();
        some.sort_unstable();
        some.dedup();
        let atomic = self.below(3) == 0;
        let what = format!("{actor} does {act:?} with {some:?}, atomic: {atomic}");
        let got = self.batch(actor, act, &some, atomic).await;
        let mut next = self.model.clone();
        let expected = match self.model.enters(actor, act) {
            Err(reason) => Err(reason.to_owned()),
            Ok(()) => Ok(some
                .iter()
                .map(|person| told(next.act(actor, act, *person)))
                .collect::<Vec<_>>()),
        };
        let first = expected
            .as_ref()
            .ok()
            .and_then(|each| each.iter().find_map(|one| one.clone().err()));
        match (expected, first) {
            (Ok(_), Some(reason)) if atomic => (what, Err(reason), got.map(|_| ())),
            (Ok(each), first) => {
                self.model = next;
                // What was done and what was refused, one by one; for the count, the first refusal stands for all.
                assert_eq!(got.as_ref(), Ok(&each), "{what}\n{}", self.story());
                let outcome = first.map_or(Ok(()), Err);
                (what, outcome.clone(), outcome)
            }
            (Err(reason), _) => (what, Err(reason), got.map(|_| ())),
        }
    }

    async fn batch(
        &mut self,
        actor: usize,
        act: Act,
        some: &[usize],
        atomic: bool,
    ) -> Result<Vec<Result<(), String>>, String> {
        let ids: Vec<String> = some.iter().map(|person| self.model.rows[person].id.clone()).collect();
        let mut client = self.world.membership();
        let token = self.token(actor).await;
        macro_rules! send {
            ($request:ident, $method:ident) => {{
                let request = ms::$request {
                    member_ids: ids,
                    atomic,
                    ..Default::default()
                };
                let answer = heard(client.$method(with(&token, request)).await)?.into_inner();
                Ok(answer
                    .results
                    .into_iter()
                    .map(|result| item(result.error))
                    .collect())
            }};
        }
        match act {
            Act::Invite => send!(InviteMembersRequest, invite_members),
            Act::Resend => send!(ResendInvitationsRequest, resend_invitations),
            Act::Cancel => send!(CancelInvitationsRequest, cancel_invitations),
            Act::Revoke => send!(RevokeMembersRequest, revoke_members),
            Act::Suspend => send!(SuspendMembersRequest, suspend_members),
            Act::Reactivate => send!(ReactivateMembersRequest, reactivate_members),
            Act::Remove => {
                let removal = |(member_id, person): (String, &usize)| ms::Removal {
                    member_id,
                    confirm: email(*person),
                    ..Default::default()
                };
                let removals = ids.into_iter().zip(some).map(removal).collect();
                let request = ms::RemoveMembersRequest {
                    removals,
                    atomic,
                    ..Default::default()
                };
                let answer = heard(client.remove_members(with(&token, request)).await)?.into_inner();
                Ok(answer.results.into_iter().map(|result| item(result.error)).collect())
            }
        }
    }

    async fn update(&mut self) -> (String, Result<(), String>, Result<(), String>) {
        let actor = self.actor();
        let listed: Vec<usize> = self.model.rows.keys().copied().collect();
        let person = listed[self.below(listed.len())];
        let change = match self.below(4) {
            0 => Change::Grant(self.below(2) == 0),
            1 => Change::Group(self.below(2) == 0),
            _ => Change::Roles((0..1 + self.below(2)).map(|_| self.role()).collect()),
        };
        let mut request = ms::UpdateMemberRequest {
            member_id: self.model.rows[&person].id.clone(),
            ..Default::default()
        };
        let path = match &change {
            Change::Roles(roles) => {
                request.role_ids = roles.iter().map(|role| self.wire(role)).collect();
                "role_ids"
            }
            Change::Grant(granted) => {
                request.grants = granted.then(|| super::rules::GRANT.to_owned()).into_iter().collect();
                "grants"
            }
            Change::Group(member_of) => {
                request.group_ids = member_of.then(|| self.group.clone()).into_iter().collect();
                "group_ids"
            }
        };
        request.update_mask = Some(prost_types::FieldMask {
            paths: vec![path.into()],
        });
        let request = self.with(actor, request).await;
        let got = heard(self.world.membership().update_member(request).await).map(|_| ());
        let what = format!("{actor} gives {person} {change:?}");
        let expected = told(self.model.update(actor, person, &change));
        (what, expected, got)
    }

    /// Somebody who was mailed a code says yes, or no.
    async fn answer(&mut self) -> (String, Result<(), String>, Result<(), String>) {
        let waiting: Vec<usize> = (0..PEOPLE)
            .filter(|p| self.model.state(*p) == Some(State::Invited))
            .collect();
        if waiting.is_empty() {
            return self.wait().await;
        }
        let (person, yes) = (waiting[self.below(waiting.len())], self.below(5) > 0);
        let code = self.world.code(&email(person)).await;
        let account = self.people[person].account;
        let what = format!("{person} answers, yes: {yes}, has an account: {account}");
        if !yes {
            let request = ms::DeclineInvitationRequest {
                invitation: Some(ms::decline_invitation_request::Invitation::Code(code)),
                ..Default::default()
            };
            let got = heard(self.world.membership().decline_invitation(request).await).map(|_| ());
            return (what, told(self.model.decline(person)), got);
        }
        let mut request = ms::AcceptInvitationRequest {
            invitation: Some(ms::accept_invitation_request::Invitation::Code(code)),
            ..Default::default()
        };
        let request = if account {
            self.with(person, request).await
        } else {
            (request.display_name, request.password) = (format!("Person {person}"), PASSWORD.into());
            Request::new(request)
        };
        let got = heard(self.world.membership().accept_invitation(request).await).map(|_| ());
        let expected = told(self.model.accept(person));
        if expected.is_ok() {
            // What they called with until now speaks for no organisation.
            self.people[person] = Human {
                account: true,
                token: None,
            };
        }
        (what, expected, got)
    }

    async fn leave(&mut self) -> (String, Result<(), String>, Result<(), String>) {
        let person = self.actor();
        let request = ms::LeaveOrganizationRequest {
            confirm: email(person),
            ..Default::default()
        };
        let request = self.with(person, request).await;
        let got = heard(self.world.membership().leave_organization(request).await).map(|_| ());
        (format!("{person} leaves"), told(self.model.leave(person)), got)
    }

    async fn transfer(&mut self) -> (String, Result<(), String>, Result<(), String>) {
        let admins: Vec<usize> = (0..PEOPLE)
            .filter(|p| self.model.is_active(*p) && self.model.rows[p].roles.contains("admin"))
            .collect();
        if admins.is_empty() {
            return self.wait().await;
        }
        let (actor, person) = (self.actor(), admins[self.below(admins.len())]);
        if self.model.rights(actor).contains("organization.transfer") {
            self.people[actor].token = None;
        }
        let request = og::TransferOwnershipRequest {
            member_id: self.model.rows[&person].id.clone(),
            ..Default::default()
        };
        let request = self.with(actor, request).await;
        let got = heard(self.world.organization().transfer_ownership(request).await).map(|_| ());
        (
            format!("{actor} hands over to {person}"),
            told(self.model.transfer(actor, person)),
            got,
        )
    }

    async fn seats(&mut self) -> (String, Result<(), String>, Result<(), String>) {
        let (owner, seats) = (self.model.owner(), 2 + self.below(PEOPLE) as i64);
        let limit = Some(og::set_seat_limit_request::Limit::Seats(seats));
        let request = self
            .with(
                owner,
                og::SetSeatLimitRequest {
                    limit,
                    ..Default::default()
                },
            )
            .await;
        let got = heard(self.world.organization().set_seat_limit(request).await).map(|_| ());
        self.model.seats = Some(seats as u64);
        (format!("there are {seats} seats"), Ok(()), got)
    }

    async fn edit_role(&mut self) -> (String, Result<(), String>, Result<(), String>) {
        let (actor, rights) = (self.actor(), OWN_RIGHTS[self.below(3)]);
        let rights: Rights = rights.iter().map(ToString::to_string).collect();
        let request = ac::UpdateRoleRequest {
            role_id: self.own.clone(),
            permissions: rights.iter().cloned().collect(),
            update_mask: Some(prost_types::FieldMask {
                paths: vec!["permissions".into()],
            }),
            ..Default::default()
        };
        let request = self.with(actor, request).await;
        let got = heard(self.world.access().update_role(request).await).map(|_| ());
        (
            format!("{actor} lets {OWN} hold {rights:?}"),
            told(self.model.edit_role(actor, OWN, &rights)),
            got,
        )
    }

    /// A minute passes, or, now and then, enough for every invitation and token to run out.
    async fn wait(&mut self) -> (String, Result<(), String>, Result<(), String>) {
        let seconds = if self.below(12) == 0 { super::rules::WEEK } else { 60 };
        self.world.clock.advance(chrono::Duration::seconds(seconds as i64));
        self.model.now += seconds;
        self.people.iter_mut().for_each(|human| human.token = None);
        (format!("{seconds} s pass"), Ok(()), Ok(()))
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
        let request = self
            .with(
                owner,
                ms::ListMembersRequest {
                    page_size: 1_000,
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
        let listed: BTreeMap<String, (String, BTreeSet<String>, bool)> = listed
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
                (member.email, (state, roles, member.has_seat))
            })
            .collect();
        let wanted: BTreeMap<_, _> = self
            .model
            .rows
            .iter()
            .map(|(person, row)| {
                let state = self.model.state(*person).unwrap();
                let seat = matches!(state, State::Active | State::Invited);
                (email(*person), (format!("{state:?}"), row.roles.clone(), seat))
            })
            .collect();
        assert_eq!(listed, wanted, "{}", self.story());
        invariants::each(&self.world, &self.sql).await;
    }
}

fn item(error: Option<tonic_types::Status>) -> Result<(), String> {
    match error {
        None => Ok(()),
        Some(error) => {
            let status = Status::with_details(error.code.into(), error.message.clone(), error.encode_to_vec().into());
            Err(reason(&status))
        }
    }
}
