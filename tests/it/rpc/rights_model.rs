//! Effective rights are the union of their sources, whatever is done in whatever order: random steps, and after each the
//! whole list against a naive model.

use crate::support::naming::texts;
use crate::support::{Person, World, each_engine, invariants, with};
use prost_types::FieldMask;
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::membership::v1 as ms;
use std::collections::{BTreeMap, BTreeSet};

const STEPS: usize = 250;
/// The last two are the organisation's own.
const ROLES: [&str; 5] = ["admin", "member", "guest", "Baker", "Driver"];
const OWN: [&str; 2] = ["Baker", "Driver"];
const GRANTS: [&str; 4] = [
    "rotations.manage",
    "organization.update",
    "folders.manage",
    "members.add",
];
const GROUPS: [&str; 4] = ["North", "South", "East", "West"];

type Set = BTreeSet<String>;

#[derive(Default)]
struct Model {
    roles: BTreeMap<String, Set>,
    /// The ids of the organisation's own.
    own: BTreeMap<String, String>,
    /// Name to roles.
    groups: BTreeMap<String, Set>,
    /// Id to roles, groups, grants.
    members: BTreeMap<String, (Set, Set, Set)>,
    /// Member, role, and when it ends: minutes since the start.
    bindings: Vec<(String, String, u64)>,
    minute: u64,
    /// Those who are in: the others hold rights that they can't use.
    active: Set,
}

impl Model {
    fn rights(&self, member: &str) -> Set {
        let (roles, groups, grants) = &self.members[member];
        let mut rights = grants.clone();
        let bound = self
            .bindings
            .iter()
            .filter(|(who, _, end)| who == member && *end > self.minute);
        for role in roles
            .iter()
            .chain(bound.map(|(_, role, _)| role))
            .chain(groups.iter().flat_map(|group| &self.groups[group]))
        {
            rights.extend(self.roles[role].iter().cloned());
        }
        rights
    }
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn some(&mut self, of: &[&str]) -> Set {
        of.iter()
            .filter(|_| self.below(2) == 0)
            .map(ToString::to_string)
            .collect()
    }

    fn one<'s>(&mut self, of: &'s BTreeMap<String, (Set, Set, Set)>) -> Option<&'s String> {
        let which = self.below(of.len().max(1));
        of.keys().nth(which)
    }
}

fn list(set: &Set) -> Vec<String> {
    set.iter().cloned().collect()
}

async fn edit(world: &World, ana: &Person, member: &str, field: &str, values: &Set) {
    let mut request = ms::UpdateMemberRequest {
        member_id: member.into(),
        update_mask: Some(FieldMask { paths: texts(&[field]) }),
        ..Default::default()
    };
    match field {
        "role_ids" => request.role_ids = list(values),
        "group_ids" => request.group_ids = list(values),
        _ => request.grants = list(values),
    }
    world
        .membership()
        .update_member(with(&ana.token, request))
        .await
        .unwrap();
}

async fn step(world: &World, ana: &Person, model: &mut Model, dice: &mut Dice, number: usize) {
    let known: Vec<&str> = GROUPS
        .iter()
        .filter(|name| model.groups.contains_key(**name))
        .copied()
        .collect();
    let group = GROUPS[dice.below(GROUPS.len())].to_owned();
    let somebody = dice.one(&model.members).cloned();
    match (dice.below(14), somebody) {
        (10 | 11, Some(member)) => {
            let (role, minutes) = (ROLES[dice.below(ROLES.len())].to_owned(), 1 + dice.below(5) as u64);
            world.bind(ana, &member, &role, minutes as i64).await;
            model.bindings.push((member, role, model.minute + minutes));
        }
        (12, _) => {
            let role = OWN[dice.below(OWN.len())].to_owned();
            let mut permissions = dice.some(&GRANTS);
            permissions.insert("members.read".into());
            let named: Vec<&str> = permissions.iter().map(String::as_str).collect();
            world.permit(ana, &model.own[&role], &named).await.unwrap();
            model.roles.insert(role, permissions);
        }
        (13, _) => {
            world.clock.advance(chrono::TimeDelta::minutes(1));
            model.minute += 1;
        }
        (0 | 1, _) | (_, None) if model.members.len() < 9 => {
            let mut roles = dice.some(&ROLES);
            roles.insert("guest".into());
            let (groups, grants) = (dice.some(&known), dice.some(&GRANTS));
            let request = ms::AddMemberRequest {
                email: format!("m{number}@example.org"),
                role_ids: list(&roles),
                group_ids: list(&groups),
                grants: list(&grants),
                ..Default::default()
            };
            let added = world.try_add(ana, request).await.unwrap().into_inner().member.unwrap();
            model.members.insert(added.id, (roles, groups, grants));
        }
        (2, Some(member)) => {
            let mut roles = dice.some(&ROLES);
            roles.insert("guest".into());
            edit(world, ana, &member, "role_ids", &roles).await;
            model.members.get_mut(&member).unwrap().0 = roles;
        }
        (3, Some(member)) => {
            let groups = dice.some(&known);
            edit(world, ana, &member, "group_ids", &groups).await;
            model.members.get_mut(&member).unwrap().1 = groups;
        }
        (4, Some(member)) => {
            let grants = dice.some(&GRANTS);
            edit(world, ana, &member, "grants", &grants).await;
            model.members.get_mut(&member).unwrap().2 = grants;
        }
        (5, Some(member)) if model.groups.contains_key(&group) => {
            world.put_in(ana, &group, &[&member]).await;
            model.members.get_mut(&member).unwrap().1.insert(group);
        }
        (6, Some(member)) if model.groups.contains_key(&group) => {
            world.take_out(ana, &group, &[&member]).await;
            model.members.get_mut(&member).unwrap().1.remove(&group);
        }
        (7, _) if model.groups.contains_key(&group) => {
            world.try_delete_group(ana, &group, &group).await.unwrap();
            model.groups.remove(&group);
            for (_, groups, _) in model.members.values_mut() {
                groups.remove(&group);
            }
        }
        (8, Some(member)) if model.members.len() > 4 && !model.active.contains(&member) => {
            let email = world.get(ana, &member).await.email;
            world.remove(ana, &member, &email).await;
            model.members.remove(&member);
            model.bindings.retain(|(who, _, _)| *who != member);
        }
        _ => {
            let roles = dice.some(&ROLES);
            let named: Vec<&str> = roles.iter().map(String::as_str).collect();
            if model.groups.contains_key(&group) {
                world.carry(ana, &group, &named).await.unwrap();
            } else {
                world.group(ana, &group, &named).await;
            }
            model.groups.insert(group, roles);
        }
    }
}

each_engine! {
    async fn effective_rights_are_the_union_of_their_sources(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let mut own = BTreeMap::new();
        for name in OWN {
            own.insert(name.to_owned(), world.role(&ana, name, &["members.read"]).await.id);
        }
        let roles = world.access().list_roles(with(&ana.token, ac::ListRolesRequest::default())).await.unwrap().into_inner().roles;
        let mut model = Model {
            roles: roles.into_iter().map(|role| (role.name, role.permissions.into_iter().collect())).collect(),
            own,
            ..Default::default()
        };
        for i in 0..3 {
            let member = world.join(&ana, &format!("in{i}@example.org"), "guest").await.member;
            model.members.insert(member.clone(), (["guest".to_owned()].into(), Set::new(), Set::new()));
            model.active.insert(member);
        }
        let (mut dice, mut compared, mut allowed) = (Dice(20_261_121), 0, [0, 0]);
        let mut ana = ana;
        for number in 0..STEPS {
            // Whoever asks lives no longer than a token.
            ana = if number % 5 == 4 { world.renewed(&ana).await } else { ana };
            step(&world, &ana, &mut model, &mut dice, number).await;
            let request = ms::ListMembersRequest { include_permissions: true, page_size: 1000, ..Default::default() };
            let members = world.list(&ana, request).await.members;
            assert_eq!(members.len(), model.members.len() + 1, "step {number}");
            for member in members.iter().filter(|member| member.id != ana.member) {
                let rights: Set = member.permissions.iter().flat_map(|module| module.permissions.iter().cloned()).collect();
                assert_eq!(rights, model.rights(&member.id), "step {number}: {member:?}");
                compared += 1;
            }
            // What one may be asked for singly is the same.
            if let Some(member) = dice.one(&model.members) {
                let permission = GRANTS[dice.below(GRANTS.len())];
                let request = ac::ExplainAccessRequest { permission: permission.into(), member_id: member.clone(), ..Default::default() };
                let told = world.access().explain_access(with(&ana.token, request)).await.unwrap().into_inner();
                let holds = model.rights(member).contains(permission);
                assert_eq!(!told.sources.is_empty(), holds, "step {number}: {permission} of {member}: {told:?}");
                assert_eq!(told.allowed, holds && model.active.contains(member), "step {number}: {permission} of {member}: {told:?}");
                assert_eq!(world.may(&ana, member, permission).await, told.allowed);
                allowed[usize::from(told.allowed)] += 1;
            }
        }
        invariants::check(&world).await;
        assert!(allowed.iter().all(|times| *times > 10), "{allowed:?}");
        println!("rights on {:?}: {STEPS} steps, {compared} members compared, {allowed:?} denied and allowed", world.engine);
    }
}
