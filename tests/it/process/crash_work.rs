//! The client of the crash test: it writes from several tasks at once and keeps a log of what was acknowledged.

use super::{Server, sign_up, signed_up};
use crate::support::with;
use roster::pb::roster::identity::v1::identity_service_client::IdentityServiceClient;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::membership::v1::membership_service_client::MembershipServiceClient;
use roster::random::{Random, SystemRandom};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tonic::{Code, Status};

/// A change that was asked for, with what it takes to ask again.
#[derive(Clone, Debug)]
pub struct Act {
    request_id: String,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    SignUp {
        name: String,
    },
    Add {
        email: String,
        with_password: bool,
    },
    Update {
        email: String,
        member: String,
        role: String,
    },
    Remove {
        email: String,
        member: String,
    },
}

/// What a task got done, in order, with the member's id where there is one; and what was on its way at the end.
type Log = (Vec<(Act, String)>, Vec<Act>);

/// The client.
pub struct Work {
    token: String,
    pub acknowledged: Vec<(Act, String)>,
    written: Arc<AtomicUsize>,
}

/// One connection to each service.
#[derive(Clone)]
struct Clients {
    identity: IdentityServiceClient<Channel>,
    membership: MembershipServiceClient<Channel>,
    token: String,
    written: Arc<AtomicUsize>,
}

impl Work {
    /// Signs up the owner in whose organisation everything happens.
    pub async fn begin(server: &Server) -> Work {
        let tokens = signed_up(&mut server.identity().await, "owner").await;
        Work {
            token: tokens.access_token,
            acknowledged: vec![],
            written: Arc::default(),
        }
    }

    async fn clients(&self, server: &Server) -> Clients {
        let channel = server.channel().await;
        Clients {
            identity: IdentityServiceClient::new(channel.clone()),
            membership: MembershipServiceClient::new(channel),
            token: self.token.clone(),
            written: self.written.clone(),
        }
    }

    /// How many changes were acknowledged to the tasks of this round so far.
    pub fn written(&self) -> usize {
        self.written.load(Relaxed)
    }

    /// Four tasks that write until the server is gone.
    pub async fn run(&self, server: &Server, round: u32) -> Vec<JoinHandle<Log>> {
        self.written.store(0, Relaxed);
        let clients = self.clients(server).await;
        (0..4)
            .map(|task| tokio::spawn(clients.clone().write(round, task)))
            .collect()
    }

    /// Sends again what was on its way, twice each: with the same request id it acts once. Counts what succeeded.
    pub async fn again(&mut self, server: &Server, begun: Vec<Act>) -> usize {
        let mut clients = self.clients(server).await;
        let mut count = 0;
        for act in begun {
            let first = clients
                .send(&act)
                .await
                .unwrap_or_else(|e| panic!("{act:?} again: {e:?}"));
            let second = clients
                .send(&act)
                .await
                .unwrap_or_else(|e| panic!("{act:?} a third time: {e:?}"));
            assert_eq!(first, second, "{act:?}");
            self.acknowledged.push((act, first));
            count += 1;
        }
        count
    }

    /// What the log says of each member that is still listed: id and role, by address.
    pub fn members(&self) -> BTreeMap<&str, (&str, &str)> {
        let mut members = BTreeMap::new();
        for (act, id) in &self.acknowledged {
            match &act.what {
                What::SignUp { .. } => {}
                What::Add { email, .. } => {
                    members.insert(email.as_str(), (id.as_str(), "member"));
                }
                What::Update { email, member, role } => {
                    members.insert(email, (member, role));
                }
                What::Remove { email, .. } => {
                    members.remove(email.as_str());
                }
            }
        }
        members
    }

    pub fn count(&self, which: impl Fn(&What) -> bool) -> usize {
        self.acknowledged.iter().filter(|(act, _)| which(&act.what)).count()
    }

    /// The server knows exactly the members of the log, with their ids and roles.
    pub async fn agrees(&self, server: &Server) {
        let mut clients = self.clients(server).await;
        let expected = self.members();
        let mut seen = 0;
        let mut page_token = String::new();
        loop {
            let request = ms::ListMembersRequest {
                page_size: 1000,
                page_token,
                ..Default::default()
            };
            let page = clients
                .membership
                .list_members(with(&self.token, request))
                .await
                .unwrap()
                .into_inner();
            for member in page.members.iter().filter(|m| m.email != "owner@example.org") {
                let (id, role) = expected
                    .get(member.email.as_str())
                    .unwrap_or_else(|| panic!("unknown: {member:?}"));
                let roles: Vec<_> = member.roles.iter().map(|r| r.name.as_str()).collect();
                assert_eq!((member.id.as_str(), roles), (*id, vec![*role]), "{}", member.email);
                seen += 1;
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, expected.len(), "an acknowledged member is missing");
    }
}

impl Clients {
    async fn write(mut self, round: u32, task: u32) -> Log {
        let mut done = vec![];
        for step in 0_u32.. {
            let name = format!("r{round}t{task}s{step}");
            let email = format!("{name}@example.org");
            let first = match task {
                0 => What::SignUp { name },
                _ => What::Add {
                    email: email.clone(),
                    with_password: step % 3 == 0,
                },
            };
            let act = Act::new(first);
            let member = match self.send(&act).await {
                Ok(member) => member,
                Err(status) => return gone(done, act, &status),
            };
            let adds = matches!(act.what, What::Add { .. });
            done.push((act, member.clone()));
            self.written.fetch_add(1, Relaxed);
            let role = ["admin", "guest"][(step / 2 % 2) as usize].to_owned();
            let next = match step % 4 {
                1 | 3 => What::Update { email, member, role },
                2 => What::Remove { email, member },
                _ => continue,
            };
            if adds {
                let act = Act::new(next);
                match self.send(&act).await {
                    Ok(member) => done.push((act, member)),
                    Err(status) => return gone(done, act, &status),
                }
            }
        }
        unreachable!("the server is killed long before")
    }

    /// Asks for a change; the id of the member that it is about.
    async fn send(&mut self, act: &Act) -> Result<String, Status> {
        let request_id = act.request_id.clone();
        match &act.what {
            What::SignUp { name } => {
                let mut request = sign_up(name);
                request.request_id = request_id;
                self.identity.sign_up(request).await?;
                Ok(String::new())
            }
            What::Add { email, with_password } => {
                use ms::add_member_request::Onboarding;
                let password = ms::TemporaryPasswordOnboarding {
                    return_password: true,
                    ..Default::default()
                };
                let onboarding = match with_password {
                    true => Onboarding::TemporaryPassword(password),
                    false => Onboarding::Invitation(ms::InvitationOnboarding::default()),
                };
                let request = ms::AddMemberRequest {
                    request_id,
                    email: email.clone(),
                    onboarding: Some(onboarding),
                    ..Default::default()
                };
                let added = self
                    .membership
                    .add_member(with(&self.token, request))
                    .await?
                    .into_inner();
                assert_eq!(added.temporary_password.is_empty(), !with_password);
                Ok(added.member.unwrap().id)
            }
            What::Update { member, role, .. } => {
                let request = ms::UpdateMemberRequest {
                    request_id,
                    member_id: member.clone(),
                    role_ids: vec![role.clone()],
                    ..Default::default()
                };
                Ok(self
                    .membership
                    .update_member(with(&self.token, request))
                    .await?
                    .into_inner()
                    .member
                    .unwrap()
                    .id)
            }
            What::Remove { email, member } => {
                let removal = ms::Removal {
                    member_id: member.clone(),
                    confirm: email.clone(),
                    ..Default::default()
                };
                let request = ms::RemoveMembersRequest {
                    request_id,
                    removals: vec![removal],
                    ..Default::default()
                };
                let answer = self
                    .membership
                    .remove_members(with(&self.token, request))
                    .await?
                    .into_inner();
                assert_eq!(answer.results[0].error, None);
                Ok(member.clone())
            }
        }
    }
}

impl Act {
    fn new(what: What) -> Act {
        let mut bytes = [0; 16];
        SystemRandom.fill(&mut bytes);
        let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        Act { request_id: hex, what }
    }
}

/// The server is gone, or going: anything else would be a refusal that nobody asked for.
fn gone(done: Vec<(Act, String)>, act: Act, status: &Status) -> Log {
    let cut = matches!(
        status.code(),
        Code::Unavailable | Code::Unknown | Code::Internal | Code::Cancelled
    );
    let ours = status.metadata().contains_key("grpc-status-details-bin");
    assert!(cut && !ours, "{act:?}: {status:?}");
    (done, vec![act])
}
