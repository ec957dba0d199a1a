//! Ids of another organisation in every field that names something of one: they are as good as none (A04).

use crate::support::calls::Outcome;
use crate::support::naming::texts;
use crate::support::roles::wire;
use crate::support::{Person, Refusal, World, each_engine, with};
use chrono::TimeDelta;
use roster::clock::Clock;
use roster::domain::{BindingId, GroupId, MemberId, RoleId, TagId};
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use tonic::{Code, Status};
use uuid::Uuid;

fn err<T: std::fmt::Debug>(outcome: Outcome<T>) -> Status {
    outcome.expect_err("was answered")
}

/// Ids of one organisation: a role, a group, a tag, a member, a binding.
struct Ids {
    role: String,
    group: String,
    tag: String,
    member: String,
    binding: String,
}

impl Ids {
    fn made_up() -> Ids {
        Ids {
            role: RoleId::new(Uuid::now_v7()).to_string(),
            group: GroupId::new(Uuid::now_v7()).to_string(),
            tag: TagId::new(Uuid::now_v7()).to_string(),
            member: MemberId::new(Uuid::now_v7()).to_string(),
            binding: BindingId::new(Uuid::now_v7()).to_string(),
        }
    }

    /// A text without any of them.
    fn blot(&self, text: &str) -> String {
        let all = [&self.role, &self.group, &self.tag, &self.member, &self.binding];
        all.into_iter().fold(text.to_owned(), |text, id| text.replace(id, "#"))
    }
}

/// Every field of a request that names something of an organisation, but for members (A01) and the organisation itself.
async fn by_ids(world: &World, by: &Person, own: &Ids, ids: &Ids) -> Vec<(&'static str, Status)> {
    let (mut members, mut access) = (world.membership(), world.access());
    let add = |request: ms::AddMemberRequest| {
        world.try_add(
            by,
            ms::AddMemberRequest {
                email: "new@example.org".into(),
                ..request
            },
        )
    };
    let update = |request: ms::UpdateMemberRequest| {
        let (mut client, member_id) = (world.membership(), own.member.clone());
        async move {
            client
                .update_member(with(&by.token, ms::UpdateMemberRequest { member_id, ..request }))
                .await
        }
    };
    let list = |request: ms::ListMembersRequest| {
        let mut client = world.membership();
        async move { client.list_members(with(&by.token, request)).await }
    };
    let preview = |change: ac::preview_role_change_request::Change| {
        let mut client = world.access();
        async move {
            client
                .preview_role_change(with(
                    &by.token,
                    ac::PreviewRoleChangeRequest {
                        change: Some(change),
                        ..Default::default()
                    },
                ))
                .await
        }
    };
    let bind = |member: &str, role: &str| {
        let (mut client, (member_id, role_id)) = (world.access(), (member.to_owned(), role.to_owned()));
        let expire_time = Some(wire(world.clock.now() + TimeDelta::minutes(5)));
        async move {
            client
                .create_binding(with(
                    &by.token,
                    ac::CreateBindingRequest {
                        member_id,
                        role_id,
                        expire_time,
                        ..Default::default()
                    },
                ))
                .await
        }
    };
    let (role, group, tag) = (texts(&[&ids.role]), texts(&[&ids.group]), texts(&[&ids.tag]));
    use ac::preview_role_change_request::Change;
    vec![
        (
            "AddMember.role_ids",
            err(add(ms::AddMemberRequest {
                role_ids: role.clone(),
                ..Default::default()
            })
            .await),
        ),
        (
            "AddMember.group_ids",
            err(add(ms::AddMemberRequest {
                group_ids: group.clone(),
                ..Default::default()
            })
            .await),
        ),
        (
            "AddMember.tag_ids",
            err(add(ms::AddMemberRequest {
                tag_ids: tag.clone(),
                ..Default::default()
            })
            .await),
        ),
        (
            "UpdateMember.role_ids",
            err(update(ms::UpdateMemberRequest {
                role_ids: role.clone(),
                ..Default::default()
            })
            .await),
        ),
        (
            "UpdateMember.group_ids",
            err(update(ms::UpdateMemberRequest {
                group_ids: group.clone(),
                ..Default::default()
            })
            .await),
        ),
        (
            "UpdateMember.tag_ids",
            err(update(ms::UpdateMemberRequest {
                tag_ids: tag.clone(),
                ..Default::default()
            })
            .await),
        ),
        ("CreateBinding.role_id", err(bind(&own.member, &ids.role).await)),
        ("CreateBinding.member_id", err(bind(&ids.member, &own.role).await)),
        ("DeleteBinding", err(world.unbind(by, &ids.binding).await)),
        (
            "ListBindings.role_id",
            err(world
                .bindings(
                    by,
                    ac::ListBindingsRequest {
                        role_id: ids.role.clone(),
                        ..Default::default()
                    },
                )
                .await),
        ),
        ("GetRole", err(world.get_role(by, &ids.role).await)),
        ("UpdateRole", err(world.permit(by, &ids.role, &["members.read"]).await)),
        ("DeleteRole", err(world.delete_role(by, &ids.role).await)),
        (
            "CreateGroup.role_ids",
            err(world.try_group(by, "New", &[&ids.role]).await),
        ),
        (
            "UpdateGroup.role_ids",
            err(world.carry(by, &own.group, &[&ids.role]).await),
        ),
        ("UpdateGroup", err(world.carry(by, &ids.group, &[]).await)),
        ("GetGroup", err(world.try_get_group(by, &ids.group).await)),
        (
            "DeleteGroup",
            err(world.try_delete_group(by, &ids.group, "Theirs").await),
        ),
        (
            "AddGroupMembers",
            err(world.try_put_in(by, &ids.group, &[&own.member]).await),
        ),
        (
            "RemoveGroupMembers",
            err(world.try_take_out(by, &ids.group, &[&own.member]).await),
        ),
        (
            "TagMembers.add",
            err(world.try_tag_members(by, &[&own.member], &[&ids.tag], &[]).await),
        ),
        (
            "TagMembers.remove",
            err(world.try_tag_members(by, &[&own.member], &[], &[&ids.tag]).await),
        ),
        (
            "GetTag",
            err(members
                .get_tag(with(
                    &by.token,
                    ms::GetTagRequest {
                        tag_id: ids.tag.clone(),
                        ..Default::default()
                    },
                ))
                .await),
        ),
        (
            "UpdateTag",
            err(members
                .update_tag(with(
                    &by.token,
                    ms::UpdateTagRequest {
                        tag_id: ids.tag.clone(),
                        name: "Mine".into(),
                        ..Default::default()
                    },
                ))
                .await),
        ),
        (
            "DeleteTag",
            err(members
                .delete_tag(with(
                    &by.token,
                    ms::DeleteTagRequest {
                        tag_id: ids.tag.clone(),
                        confirm: "Theirs".into(),
                        ..Default::default()
                    },
                ))
                .await),
        ),
        (
            "UpdateOrganization.default_role_id",
            err(world
                .try_configure(
                    by,
                    og::UpdateOrganizationRequest {
                        default_role_id: ids.role.clone(),
                        ..Default::default()
                    },
                )
                .await),
        ),
        (
            "ListMembers.role_ids",
            err(list(ms::ListMembersRequest {
                role_ids: role.clone(),
                ..Default::default()
            })
            .await),
        ),
        (
            "ListMembers.group_ids",
            err(list(ms::ListMembersRequest {
                group_ids: group,
                ..Default::default()
            })
            .await),
        ),
        (
            "ListMembers.tag_ids",
            err(list(ms::ListMembersRequest {
                tag_ids: tag,
                ..Default::default()
            })
            .await),
        ),
        (
            "PreviewRoleChange.role",
            err(preview(Change::Role(ac::RolePermissionsChange {
                role_id: ids.role.clone(),
                permissions: vec![],
            }))
            .await),
        ),
        (
            "PreviewRoleChange.members.role_ids",
            err(preview(Change::Members(ac::MemberRolesChange {
                member_ids: texts(&[&own.member]),
                role_ids: role,
            }))
            .await),
        ),
        (
            "PreviewRoleChange.members",
            err(preview(Change::Members(ac::MemberRolesChange {
                member_ids: texts(&[&ids.member]),
                role_ids: texts(&["guest"]),
            }))
            .await),
        ),
        (
            "TransferOwnership",
            err(world.try_transfer(by, &ids.member, false).await),
        ),
        ("SetApiUser", err(world.set_api_user(by, &ids.member).await)),
        (
            "PreviewOffboarding",
            err(members
                .preview_offboarding(with(
                    &by.token,
                    ms::PreviewOffboardingRequest {
                        member_ids: texts(&[&ids.member]),
                        ..Default::default()
                    },
                ))
                .await),
        ),
        (
            "ListBindings.member_id",
            err(access
                .list_bindings(with(
                    &by.token,
                    ac::ListBindingsRequest {
                        member_id: ids.member.clone(),
                        ..Default::default()
                    },
                ))
                .await),
        ),
    ]
}

async fn ids(world: &World, owner: &Person) -> Ids {
    let role = world.role(owner, "Theirs", &["members.read"]).await.id;
    let member = world.put(owner, "plain@example.org", "Plain", &["guest"]).await.id;
    Ids {
        group: world.group(owner, "Theirs", &[]).await.id,
        tag: world.tag(owner, "Theirs").await.id,
        binding: world.bind(owner, &member, &role, 60).await.id,
        role,
        member,
    }
}

each_engine! {
    async fn a04_another_organisations_ids_are_as_good_as_none_in_every_field(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let eva = world.sign_up("eva@elsewhere.example").await;
        let (own, theirs, none) = (ids(&world, &ana).await, ids(&world, &eva).await, Ids::made_up());
        world.unchanged(async {
            let (real, random) = (by_ids(&world, &ana, &own, &theirs).await, by_ids(&world, &ana, &own, &none).await);
            println!("{} fields on {:?}", real.len(), world.engine);
            for ((field, real), (_, random)) in real.into_iter().zip(random) {
                assert_eq!(real.code(), Code::NotFound, "{field}: {real:?}");
                let face = |status: &Status, ids: &Ids| (status.code(), Refusal::of(status).reason, ids.blot(status.message()));
                assert_eq!(face(&real, &theirs), face(&random, &none), "{field}");
            }
        })
        .await;
    }
}
