//! What is done to selections of members: six methods of one form.

use super::calls::Outcome;
use super::refusal::Refusal;
use super::world::{Person, World, with};
use roster::clock::Clock;
use roster::domain::event::Event;
use roster::domain::member::Member;
use roster::domain::user::User;
use roster::domain::{Email, MemberId, OrganizationId, UserId};
use roster::pb::roster::membership::v1 as ms;
use roster::store::Receipt;
use roster::store::change::Origin;
use tonic::{Code, Response, Status};
use uuid::Uuid;

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Invite,
    Resend,
    Cancel,
    Revoke,
    Suspend,
    Reactivate,
}

impl Act {
    /// The button that stands for it.
    pub fn kind(self) -> ms::ActionKind {
        match self {
            Act::Invite => ms::ActionKind::Invite,
            Act::Resend => ms::ActionKind::Resend,
            Act::Cancel => ms::ActionKind::Cancel,
            Act::Revoke => ms::ActionKind::Revoke,
            Act::Suspend => ms::ActionKind::Suspend,
            Act::Reactivate => ms::ActionKind::Reactivate,
        }
    }

    pub const ALL: [Act; 6] = [
        Act::Invite,
        Act::Resend,
        Act::Cancel,
        Act::Revoke,
        Act::Suspend,
        Act::Reactivate,
    ];

    /// The permission that it takes.
    pub fn permission(self) -> &'static str {
        match self {
            Act::Invite | Act::Resend | Act::Cancel => "members.invite",
            Act::Revoke => "members.revoke",
            Act::Suspend | Act::Reactivate => "members.suspend",
        }
    }
}

/// What each of the six requests has.
#[derive(Clone, Debug, Default)]
pub struct Selected {
    pub members: Vec<String>,
    pub atomic: bool,
    pub validate_only: bool,
    pub request_id: String,
    pub organization: String,
}

impl Selected {
    pub fn of(members: &[&str]) -> Selected {
        Selected {
            members: members.iter().map(ToString::to_string).collect(),
            ..Selected::default()
        }
    }

    pub fn atomic(self) -> Selected {
        Selected { atomic: true, ..self }
    }

    pub fn rehearsed(self) -> Selected {
        Selected {
            validate_only: true,
            ..self
        }
    }
}

/// Why a member was refused, in the form in which a whole call is.
pub fn refused_member(result: &ms::MemberResult) -> Refusal {
    assert_eq!(result.member, None, "{result:?}");
    let error = result.error.as_ref().unwrap_or_else(|| panic!("was done: {result:?}"));
    Refusal::of(&Status::with_details(
        error.code.into(),
        error.message.clone(),
        prost::Message::encode_to_vec(error).into(),
    ))
}

/// `OK`, or the reason of each, in order.
pub fn outcomes(results: &[ms::MemberResult]) -> Vec<String> {
    let word = |result: &ms::MemberResult| match &result.member {
        Some(_) => "OK".to_owned(),
        None => refused_member(result).reason,
    };
    results.iter().map(word).collect()
}

macro_rules! send {
    ($world:expr, $by:expr, $asked:expr, $method:ident, $request:ident) => {{
        let asked = $asked;
        let request = ms::$request {
            request_id: asked.request_id,
            validate_only: asked.validate_only,
            organization_id: asked.organization,
            member_ids: asked.members,
            atomic: asked.atomic,
        };
        let answer = $world.membership().$method(with(&$by.token, request)).await?;
        Ok(Response::new(answer.into_inner().results))
    }};
}

impl World {
    pub async fn try_act(&self, by: &Person, act: Act, asked: Selected) -> Outcome<Vec<ms::MemberResult>> {
        match act {
            Act::Invite => send!(self, by, asked, invite_members, InviteMembersRequest),
            Act::Resend => send!(self, by, asked, resend_invitations, ResendInvitationsRequest),
            Act::Cancel => send!(self, by, asked, cancel_invitations, CancelInvitationsRequest),
            Act::Revoke => send!(self, by, asked, revoke_members, RevokeMembersRequest),
            Act::Suspend => send!(self, by, asked, suspend_members, SuspendMembersRequest),
            Act::Reactivate => send!(self, by, asked, reactivate_members, ReactivateMembersRequest),
        }
    }

    /// What became of each of a selection.
    pub async fn act(&self, by: &Person, act: Act, members: &[&str]) -> Vec<ms::MemberResult> {
        let done = self.try_act(by, act, Selected::of(members)).await.unwrap().into_inner();
        let named: Vec<&str> = done.iter().map(|result| result.member_id.as_str()).collect();
        assert_eq!(named, members, "in the order of the request");
        done
    }

    /// Acts on one, who must be done, and who reads the same afterwards.
    pub async fn done(&self, by: &Person, act: Act, member: &str) -> ms::Member {
        let done = self.act(by, act, &[member]).await.remove(0);
        let told = done.member.unwrap_or_else(|| panic!("{act:?}: {:?}", done.error));
        assert_eq!(told, self.get(by, member).await, "the answer is what is then read");
        told
    }

    /// Acts on one, who must be refused, with this code and reason.
    pub async fn not_done(&self, by: &Person, act: Act, member: &str, code: Code, reason: &str) -> Refusal {
        let refusal = refused_member(&self.act(by, act, &[member]).await[0]);
        assert_eq!(
            (refusal.code, refusal.reason.as_str()),
            (code, reason),
            "{act:?} {member}"
        );
        refusal
    }

    /// The kinds of the mails to an address so far.
    pub async fn mail_kinds(&self, to: &str) -> Vec<&'static str> {
        self.mails(to).await.iter().map(|mail| mail.name()).collect()
    }
}

/// Puts many more members there who are as one is: with an account and access if that one has them. Straight into the
/// store, since a thousand calls would only take their time; what the log must tell of them, it tells.
pub async fn many_like(world: &World, owner: &Person, template: &str, many: usize) -> Vec<String> {
    let organization: OrganizationId = owner.organization.parse().unwrap();
    let tx = world.app.store.begin().await.unwrap();
    let was = tx.members().get(organization, template.parse().unwrap()).await.unwrap();
    let account = match was.user {
        Some(user) => tx.users().find(user).await.unwrap(),
        None => None,
    };
    let (mut ids, mut events) = (vec![], vec![]);
    for i in 0..many {
        let email: Email = format!("many{i}.{}", was.email.as_str()).parse().unwrap();
        let user = account.as_ref().map(|_| UserId::new(Uuid::now_v7()));
        if let (Some(id), Some(account)) = (user, &account) {
            let account = User {
                id,
                email: email.clone(),
                ..account.clone()
            };
            tx.users().insert(&account).await.unwrap();
        }
        let member = Member {
            id: MemberId::new(Uuid::now_v7()),
            email: email.clone(),
            user,
            ..was.clone()
        };
        tx.members().insert(&member).await.unwrap();
        events.push(Event::MemberAdded {
            member: member.id,
            email: email.as_str().to_owned(),
            state: "ADDED",
            roles: vec![],
            groups: vec![],
            tags: vec![],
            grants: Default::default(),
        });
        events.extend(user.map(|user| Event::MemberJoined {
            member: member.id,
            user,
        }));
        ids.push(member.id.to_string());
    }
    if account.is_some() {
        let locked = tx.organizations().lock(organization).await.unwrap();
        let active = locked.active_members + many as u64;
        tx.organizations()
            .set_active_members(organization, active)
            .await
            .unwrap();
    }
    let receipt = Receipt {
        origin: Origin::default(),
        at: world.clock.now(),
        events: events.into_iter().map(|event| (Some(organization), event)).collect(),
        revocations: vec![],
        mails: vec![],
        replay: None,
    };
    tx.commit(receipt).await.unwrap();
    ids
}
