//! Short forms of the calls about groups and tags.

use super::calls::Outcome;
use super::refusal::Refusal;
use super::world::{Person, World, with};
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use tonic::{Code, Status};

/// The standard preset with a role that keeps groups, tags and members, and holds nothing that other roles hold besides.
pub const KEEPERS: &str = r#"
[[roles]]
name = "keeper"
title = { en = "Keeper", pt-BR = "Zelador", es = "Cuidador" }
description = { en = "Keeps groups.", pt-BR = "Cuida dos grupos.", es = "Cuida de los grupos." }
permissions = ["members.*", "groups.*", "tags.*", "organization.read"]
"#;

/// Code and reason of a member's result that must be a refusal.
pub fn why(result: &ms::MemberResult) -> (Code, String) {
    assert_eq!(result.member, None, "{result:?}");
    let error = result.error.as_ref().unwrap_or_else(|| panic!("was done: {result:?}"));
    let details = prost::Message::encode_to_vec(error).into();
    let refusal = Refusal::of(&Status::with_details(error.code.into(), error.message.clone(), details));
    (refusal.code, refusal.reason)
}

/// The members of results that must all be done.
#[track_caller]
pub fn done(results: Vec<ms::MemberResult>) -> Vec<ms::Member> {
    let done = |result: ms::MemberResult| {
        assert_eq!(result.error, None);
        result.member.unwrap()
    };
    results.into_iter().map(done).collect()
}

pub fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

/// The groups' names of a member.
pub fn groups_of(member: &ms::Member) -> Vec<&str> {
    member.groups.iter().map(|group| group.name.as_str()).collect()
}

/// The tags' names of a member.
pub fn tags_of(member: &ms::Member) -> Vec<&str> {
    member.tags.iter().map(|tag| tag.name.as_str()).collect()
}

/// The roles of a member with their sources, sorted.
pub fn sources_of(member: &ms::Member) -> Vec<(&str, ms::RoleSource, &str)> {
    let mut all: Vec<_> = member
        .roles
        .iter()
        .map(|role| (role.name.as_str(), role.source(), role.group_id.as_str()))
        .collect();
    all.sort_by_key(|(name, source, group)| (*name, *source as i32, *group));
    all
}

impl World {
    /// Another world, whose preset has the role of [`KEEPERS`] too.
    pub async fn with_keepers(&self) -> World {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keepers.toml");
        let standard = include_str!("../../../presets/standard.toml");
        std::fs::write(&file, format!("{standard}{KEEPERS}")).unwrap();
        let path = file.display().to_string();
        World::configured(self.engine, |config| config.organizations.preset = path).await
    }

    pub async fn try_group(&self, by: &Person, name: &str, roles: &[&str]) -> Outcome<ms::CreateGroupResponse> {
        let request = ms::CreateGroupRequest {
            name: name.into(),
            role_ids: texts(roles),
            ..Default::default()
        };
        self.membership().create_group(with(&by.token, request)).await
    }

    pub async fn group(&self, by: &Person, name: &str, roles: &[&str]) -> ms::Group {
        self.try_group(by, name, roles)
            .await
            .unwrap()
            .into_inner()
            .group
            .unwrap()
    }

    pub async fn try_get_group(&self, by: &Person, group: &str) -> Outcome<ms::GetGroupResponse> {
        let request = ms::GetGroupRequest {
            group_id: group.into(),
            include_member_count: true,
            ..Default::default()
        };
        self.membership().get_group(with(&by.token, request)).await
    }

    pub async fn try_update_group(
        &self,
        by: &Person,
        request: ms::UpdateGroupRequest,
    ) -> Outcome<ms::UpdateGroupResponse> {
        self.membership().update_group(with(&by.token, request)).await
    }

    /// Other roles for a group.
    pub async fn carry(&self, by: &Person, group: &str, roles: &[&str]) -> Outcome<ms::UpdateGroupResponse> {
        let request = ms::UpdateGroupRequest {
            group_id: group.into(),
            role_ids: texts(roles),
            update_mask: Some(prost_types::FieldMask {
                paths: vec!["role_ids".into()],
            }),
            ..Default::default()
        };
        self.try_update_group(by, request).await
    }

    pub async fn try_delete_group(&self, by: &Person, group: &str, confirm: &str) -> Outcome<ms::DeleteGroupResponse> {
        let request = ms::DeleteGroupRequest {
            group_id: group.into(),
            confirm: confirm.into(),
            ..Default::default()
        };
        self.membership().delete_group(with(&by.token, request)).await
    }

    pub async fn try_put_in(&self, by: &Person, group: &str, members: &[&str]) -> Outcome<ms::AddGroupMembersResponse> {
        let request = ms::AddGroupMembersRequest {
            group_id: group.into(),
            member_ids: texts(members),
            ..Default::default()
        };
        self.membership().add_group_members(with(&by.token, request)).await
    }

    /// Puts members into a group, all of whom must go.
    pub async fn put_in(&self, by: &Person, group: &str, members: &[&str]) -> Vec<ms::Member> {
        done(self.try_put_in(by, group, members).await.unwrap().into_inner().results)
    }

    pub async fn try_take_out(
        &self,
        by: &Person,
        group: &str,
        members: &[&str],
    ) -> Outcome<ms::RemoveGroupMembersResponse> {
        let request = ms::RemoveGroupMembersRequest {
            group_id: group.into(),
            member_ids: texts(members),
            ..Default::default()
        };
        self.membership().remove_group_members(with(&by.token, request)).await
    }

    /// Takes members out of a group, all of whom must go.
    pub async fn take_out(&self, by: &Person, group: &str, members: &[&str]) -> Vec<ms::Member> {
        done(
            self.try_take_out(by, group, members)
                .await
                .unwrap()
                .into_inner()
                .results,
        )
    }

    pub async fn try_tag(&self, by: &Person, name: &str) -> Outcome<ms::CreateTagResponse> {
        let request = ms::CreateTagRequest {
            name: name.into(),
            ..Default::default()
        };
        self.membership().create_tag(with(&by.token, request)).await
    }

    pub async fn tag(&self, by: &Person, name: &str) -> ms::Tag {
        self.try_tag(by, name).await.unwrap().into_inner().tag.unwrap()
    }

    pub async fn try_tag_members(
        &self,
        by: &Person,
        members: &[&str],
        add: &[&str],
        remove: &[&str],
    ) -> Outcome<ms::TagMembersResponse> {
        let request = ms::TagMembersRequest {
            member_ids: texts(members),
            add_tag_ids: texts(add),
            remove_tag_ids: texts(remove),
            ..Default::default()
        };
        self.membership().tag_members(with(&by.token, request)).await
    }

    /// A member with what they may do, by module.
    pub async fn get_with_permissions(&self, by: &Person, member: &str) -> ms::Member {
        let request = ms::GetMemberRequest {
            member_id: member.into(),
            include_permissions: true,
            ..Default::default()
        };
        let answer = self.membership().get_member(with(&by.token, request)).await.unwrap();
        answer.into_inner().member.unwrap()
    }

    /// The same person with new tokens of the same session.
    pub async fn renewed(&self, who: &Person) -> Person {
        let request = id::RefreshSessionRequest {
            refresh_token: who.refresh.clone(),
            ..Default::default()
        };
        let answer = self.identity().refresh_session(request).await.unwrap().into_inner();
        Person::of(&who.email, answer.tokens.unwrap())
    }
}
