//! The calls that are counted, and the people and members that they are about.

use crate::meter::{CALLS, Meter, PREPARED};
use crate::support::naming::texts;
use crate::support::selections::{Act, many_like};
use crate::support::world::PASSWORD;
use crate::support::{Person, World, with};
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use std::cell::RefCell;
use tonic::Request;

/// Who calls, and whom it is about.
pub struct Cast<'w> {
    world: &'w World,
    /// The owner of an organisation.
    ana: Person,
    /// An administrator there.
    bob: Person,
    /// Fifty active members with a role of their own, a group that carries one, and two tags.
    fifty: Vec<String>,
    /// A role of the organisation's own.
    role: String,
}

/// How many members a large selection has.
const MANY: usize = 50;

impl<'w> Cast<'w> {
    pub async fn gather(world: &'w World) -> Cast<'w> {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let role = world.role(&ana, "Reader", &["members.read", "tags.read"]).await.id;
        let first = world.join(&ana, "first@example.org", &role).await;
        let mut fifty = many_like(world, &ana, &first.member, MANY - 1).await;
        fifty.push(first.member);
        let whom: Vec<&str> = fifty.iter().map(String::as_str).collect();
        let group = world.group(&ana, "Readers", &["member"]).await;
        world.put_in(&ana, &group.id, &whom).await;
        let (red, blue) = (world.tag(&ana, "Red").await, world.tag(&ana, "Blue").await);
        world
            .try_tag_members(&ana, &whom, &[&red.id, &blue.id], &[])
            .await
            .unwrap();
        Cast {
            world,
            ana,
            bob,
            fifty,
            role,
        }
    }

    /// A request of the administrator's.
    fn by_bob<T>(&self, message: T) -> Request<T> {
        with(&self.bob.token, message)
    }
}

/// Who may do what.
pub async fn decisions(meter: &mut Meter<'_>, cast: &Cast<'_>) {
    let world = cast.world;
    let asked = |member: Option<&str>| ac::CheckAccessRequest {
        permission: "members.add".into(),
        subject: member.map(|member| ac::check_access_request::Subject::MemberId(member.into())),
        ..Default::default()
    };
    let ask = async |request: Request<ac::CheckAccessRequest>| {
        world.access().check_access(request).await.unwrap();
    };
    meter
        .row("CheckAccess/seen-token", async |_| cast.by_bob(asked(None)), ask)
        .await;
    let eva = RefCell::new(world.join(&cast.ana, "eva@example.org", "admin").await);
    let fresh = async |_| {
        let was = eva.borrow().clone();
        let renewed = world.renewed(&was).await;
        let request = with(&renewed.token, asked(None));
        eva.replace(renewed);
        request
    };
    meter.row("CheckAccess/fresh-token", fresh, ask).await;
    let other = async |_| cast.by_bob(asked(Some(&cast.fifty[0])));
    meter.row("CheckAccess/other-member", other, ask).await;
    meter
        .row(
            "ListRoles",
            async |_| cast.by_bob(ac::ListRolesRequest::default()),
            async |request| {
                world.access().list_roles(request).await.unwrap();
            },
        )
        .await;
    // There is always one only: what it costs grows with how many there are.
    let made: RefCell<Option<String>> = RefCell::default();
    let role = async |n| {
        if let Some(last) = made.take() {
            world.delete_role(&cast.ana, &last).await.unwrap();
        }
        cast.by_bob(ac::CreateRoleRequest {
            name: format!("Helper {n}"),
            permissions: texts(&["members.read", "members.add"]),
            ..Default::default()
        })
    };
    let make = async |request| {
        let answer = world.access().create_role(request).await.unwrap().into_inner();
        made.replace(Some(answer.role.unwrap().id));
    };
    meter.row("CreateRole", role, make).await;
}

/// What is read of one.
pub async fn looks(meter: &mut Meter<'_>, cast: &Cast<'_>) {
    let world = cast.world;
    meter
        .row(
            "GetMe",
            async |_| cast.by_bob(id::GetMeRequest {}),
            async |request| {
                world.identity().get_me(request).await.unwrap();
            },
        )
        .await;
    let member = async |_| {
        cast.by_bob(ms::GetMemberRequest {
            member_id: cast.fifty[0].clone(),
            ..Default::default()
        })
    };
    let get = async |request| {
        world.membership().get_member(request).await.unwrap();
    };
    meter.row("GetMember", member, get).await;
    let actions = async |request| {
        world.membership().get_member_actions(request).await.unwrap();
    };
    for (name, count) in [("GetMemberActions/1", 1), ("GetMemberActions/50", MANY)] {
        let selected = async |_| {
            cast.by_bob(ms::GetMemberActionsRequest {
                member_ids: cast.fifty[..count].to_vec(),
                ..Default::default()
            })
        };
        meter.row(name, selected, actions).await;
    }
    meter
        .row(
            "GetSeatUsage",
            async |_| cast.by_bob(og::GetSeatUsageRequest::default()),
            async |request| {
                world.organization().get_seat_usage(request).await.unwrap();
            },
        )
        .await;
}

/// Pages of members with their roles, groups and tags.
pub async fn lists(meter: &mut Meter<'_>, cast: &Cast<'_>) {
    let list = async |request| {
        let page = cast
            .world
            .membership()
            .list_members(request)
            .await
            .unwrap()
            .into_inner();
        assert_eq!(page.members.len(), MANY);
        assert!(page.members.iter().filter(|member| member.tags.len() == 2).count() >= MANY - 3);
    };
    for (name, query) in [("ListMembers/50", ""), ("ListMembers/50-found", "first")] {
        let page = async |_| {
            cast.by_bob(ms::ListMembersRequest {
                page_size: MANY as i32,
                query: query.into(),
                order_by: "email desc".into(),
                ..Default::default()
            })
        };
        meter.row(name, page, list).await;
    }
}

/// What changes one member.
pub async fn changes(meter: &mut Meter<'_>, cast: &Cast<'_>) {
    use ms::add_member_request::Onboarding;
    let world = cast.world;
    let newcomer = |email: String, request_id: String, onboarding| {
        cast.by_bob(ms::AddMemberRequest {
            email,
            request_id,
            display_name: "Newcomer".into(),
            role_ids: vec![cast.role.clone()],
            onboarding: Some(onboarding),
            ..Default::default()
        })
    };
    let add = async |request| {
        world.membership().add_member(request).await.unwrap();
    };
    let listed = || Onboarding::ListOnly(ms::ListOnly {});
    let ready = async |n| newcomer(format!("listed{n}@example.org"), String::new(), listed());
    meter.row("AddMember/list-only", ready, add).await;
    let ready = async |n| {
        newcomer(
            format!("once{n}@example.org"),
            uuid::Uuid::now_v7().to_string(),
            listed(),
        )
    };
    meter.row("AddMember/list-only-with-request-id", ready, add).await;
    let invited = || Onboarding::Invitation(ms::InvitationOnboarding::default());
    let ready = async |n| newcomer(format!("invited{n}@example.org"), String::new(), invited());
    meter.row("AddMember/invitation", ready, add).await;
    let roles = async |n| {
        let role = if n % 2 == 0 { "member" } else { cast.role.as_str() };
        cast.by_bob(ms::UpdateMemberRequest {
            member_id: cast.fifty[1].clone(),
            role_ids: texts(&[role]),
            ..Default::default()
        })
    };
    let update = async |request| {
        world.membership().update_member(request).await.unwrap();
    };
    meter.row("UpdateMember/roles", roles, update).await;
}

/// What is done to selections of active members.
pub async fn selections(meter: &mut Meter<'_>, cast: &Cast<'_>) {
    let world = cast.world;
    let suspended = async |_| {
        let whom: Vec<&str> = cast.fifty.iter().map(String::as_str).collect();
        world.act(&cast.ana, Act::Reactivate, &whom).await;
        cast.by_bob(ms::SuspendMembersRequest {
            member_ids: cast.fifty.clone(),
            ..Default::default()
        })
    };
    let suspend = async |request| {
        let done = world.membership().suspend_members(request).await.unwrap().into_inner();
        assert!(done.results.iter().all(|result| result.error.is_none()), "{done:?}");
    };
    meter.row("SuspendMembers/50", suspended, suspend).await;
    let gone = world.join(&cast.ana, "gone@example.org", &cast.role).await;
    let all = many_like(world, &cast.ana, &gone.member, PREPARED * (MANY + 1)).await;
    let removals: Vec<ms::Removal> = all
        .into_iter()
        .enumerate()
        .map(|(i, member_id)| ms::Removal {
            member_id,
            confirm: format!("many{i}.gone@example.org"),
            etag: String::new(),
        })
        .collect();
    let remove = async |request| {
        let done = world.membership().remove_members(request).await.unwrap().into_inner();
        assert!(done.results.iter().all(|result| result.error.is_none()), "{done:?}");
    };
    let (single, many) = removals.split_at(PREPARED);
    for (name, whom, count) in [("RemoveMembers/1", single, 1), ("RemoveMembers/50", many, MANY)] {
        let ready = async |n| {
            cast.by_bob(ms::RemoveMembersRequest {
                removals: whom[n * count..(n + 1) * count].to_vec(),
                ..Default::default()
            })
        };
        meter.row(name, ready, remove).await;
    }
}

/// How people come in and stay in.
pub async fn log_ins(meter: &mut Meter<'_>, cast: &Cast<'_>) {
    let world = cast.world;
    let address = |n: usize| format!("guest{n}@example.org");
    let invited = async |n| {
        world.add(&cast.ana, &address(n), "member").await;
        ms::AcceptInvitationRequest {
            invitation: Some(ms::accept_invitation_request::Invitation::Code(
                world.code(&address(n)).await,
            )),
            display_name: "Guest".into(),
            password: PASSWORD.into(),
            ..Default::default()
        }
    };
    let accept = async |request| {
        world.membership().accept_invitation(request).await.unwrap();
    };
    meter.row("AcceptInvitation/new-account", invited, accept).await;
    // Those who have come in by now have each the same number of sessions.
    let account = async |n| id::LogInRequest {
        email: address(n % CALLS),
        password: PASSWORD.into(),
        ..Default::default()
    };
    let log_in = async |request| {
        world.identity().log_in(request).await.unwrap();
    };
    meter.row("LogIn", account, log_in).await;
    let held = RefCell::new(world.join(&cast.ana, "mia@example.org", "member").await);
    let renewal = async |_| id::RefreshSessionRequest {
        refresh_token: held.borrow().refresh.clone(),
        ..Default::default()
    };
    let renew = async |request| {
        let answer = world.identity().refresh_session(request).await.unwrap().into_inner();
        held.replace(Person::of("mia@example.org", answer.tokens.unwrap()));
    };
    meter.row("RefreshSession", renewal, renew).await;
    let here = held.borrow().clone();
    let there = world.found(&here, "Elsewhere").await;
    let places = [here.organization, there.organization.clone()];
    held.replace(there);
    let other = async |n: usize| {
        let token = held.borrow().token.clone();
        let request = id::SwitchOrganizationRequest {
            organization: places[n % 2].clone(),
            ..Default::default()
        };
        with(&token, request)
    };
    let switch = async |request| {
        let answer = world
            .identity()
            .switch_organization(request)
            .await
            .unwrap()
            .into_inner();
        held.replace(Person::of("mia@example.org", answer.tokens.unwrap()));
    };
    meter.row("SwitchOrganization", other, switch).await;
}
