//! What can be done in a step: each act, with the model and with the server, and what both say.

use super::rules::{Act, Change, Rights, State};
use super::walk::{Human, OWN, PEOPLE, Walk, email, heard, reason, told};
use crate::support::with;
use crate::support::world::PASSWORD;
use prost::Message;
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use tonic::{Request, Status};

/// What the organisation's own role may come to hold.
pub(super) const OWN_RIGHTS: [&[&str]; 3] = [
    &["members.read", "members.invite"],
    &["members.read", "members.add", "members.invite", "members.update"],
    &["members.read", "resources.use"],
];

/// What was done, what the model foretold, and what the server answered.
pub(super) type Step = (String, Result<(), String>, Result<(), String>);

impl Walk {
    pub(super) async fn add(&mut self) -> Step {
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

    pub(super) async fn act(&mut self) -> Step {
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

    pub(super) async fn batch(
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

    pub(super) async fn update(&mut self) -> Step {
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
    pub(super) async fn answer(&mut self) -> Step {
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

    pub(super) async fn leave(&mut self) -> Step {
        let person = self.actor();
        let request = ms::LeaveOrganizationRequest {
            confirm: email(person),
            ..Default::default()
        };
        let request = self.with(person, request).await;
        let got = heard(self.world.membership().leave_organization(request).await).map(|_| ());
        (format!("{person} leaves"), told(self.model.leave(person)), got)
    }

    pub(super) async fn transfer(&mut self) -> Step {
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

    pub(super) async fn seats(&mut self) -> Step {
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

    pub(super) async fn edit_role(&mut self) -> Step {
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
    pub(super) async fn wait(&mut self) -> Step {
        let seconds = if self.below(12) == 0 { super::rules::WEEK } else { 60 };
        self.world.clock.advance(chrono::Duration::seconds(seconds as i64));
        self.model.now += seconds;
        self.people.iter_mut().for_each(|human| human.token = None);
        (format!("{seconds} s pass"), Ok(()), Ok(()))
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
