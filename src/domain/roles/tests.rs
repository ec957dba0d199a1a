//! Where rights come from, and that they only ever add up.
#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::clock::{Clock, SystemClock};
use crate::domain::preset::Titles;
use chrono::Duration;
use proptest::prelude::*;
use uuid::Uuid;

fn same(text: &str) -> Titles {
    Titles {
        en: text.into(),
        pt_br: text.into(),
        es: text.into(),
    }
}

fn own(number: u128, permissions: &[&str]) -> Role {
    Role {
        id: RoleId::new(Uuid::from_u128(number)),
        name: format!("own_{number}"),
        titles: same("Own"),
        descriptions: same(""),
        permissions: permissions.iter().map(|name| name.parse().unwrap()).collect(),
        owner: false,
        everything: false,
    }
}

fn group(number: u128) -> GroupId {
    GroupId::new(Uuid::from_u128(number))
}

fn preset() -> Arc<Preset> {
    Arc::new(Preset::standard().unwrap())
}

fn declared() -> Module {
    Module {
        name: "invoices".into(),
        titles: same("Invoices"),
        permissions: vec![PermissionInfo {
            name: "invoices.pay".parse().unwrap(),
            titles: same("Pay"),
            grantable: true,
        }],
    }
}

#[test]
fn rights_are_the_union_of_all_sources_and_each_is_named() {
    let now = SystemClock.now();
    let (one, two, three) = (
        own(1, &["members.add"]),
        own(2, &["tags.read"]),
        own(3, &["seats.read"]),
    );
    let rights = OwnRights {
        roles: vec![one.clone(), two.clone(), three.clone()],
        groups: [(group(9), vec![two.id])].into(),
        modules: vec![],
    };
    let roles = Roles::new(preset(), rights);
    let binding = Binding {
        id: BindingId::new(Uuid::from_u128(5)),
        role: three.id,
        expires_at: now + Duration::minutes(1),
    };
    let given = Given {
        groups: vec![group(9), group(10)],
        grants: std::iter::once("billing.read".parse().unwrap()).collect(),
        bindings: vec![binding.clone()],
        ..Given::default()
    };
    let held: Vec<String> = roles
        .rights(&[one.id], &given, now)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(held, ["billing.read", "members.add", "seats.read", "tags.read"]);
    let sources = roles.sources(&[one.id], &given, now);
    assert_eq!(
        sources,
        [
            Source::Direct(one.id),
            Source::Group(group(9), two.id),
            Source::Binding(binding.id, three.id, binding.expires_at),
            Source::Grant("billing.read".parse().unwrap()),
        ]
    );
    assert_eq!(first_end(&given, now), Some(binding.expires_at));
    let later = binding.expires_at;
    assert!(!roles.rights(&[one.id], &given, later).contains_named("seats.read"));
    assert_eq!(first_end(&given, later), None);
    assert_eq!(roles.held(&[one.id], &given, now), [one.id, two.id, three.id]);
}

#[test]
fn what_services_declare_belongs_to_the_roles_that_hold_everything() {
    let rights = OwnRights {
        modules: vec![declared()],
        ..OwnRights::default()
    };
    let roles = Roles::new(preset(), rights);
    let holds = |name: &str| roles.named(name).unwrap().permissions.contains_named("invoices.pay");
    assert!(holds("owner") && holds("admin") && !holds("member") && !holds("guest"));
    assert!(roles.permission(&"invoices.pay".parse().unwrap()).is_some());
}

#[test]
fn a_grant_that_no_catalogue_knows_any_more_gives_nothing() {
    let given = Given {
        grants: std::iter::once("invoices.pay".parse().unwrap()).collect(),
        ..Given::default()
    };
    let (without, now) = (Roles::plain(preset()), SystemClock.now());
    assert!(without.rights(&[], &given, now).is_empty());
    let rights = OwnRights {
        modules: vec![declared()],
        ..OwnRights::default()
    };
    assert_eq!(Roles::new(preset(), rights).rights(&[], &given, now).len(), 1);
}

proptest! {
    #[test]
    fn more_sources_never_take_a_right_away(direct in 0..4_u128, grouped in any::<bool>(), granted in any::<bool>()) {
        let now = SystemClock.now();
        let some = [own(1, &["members.add"]), own(2, &["tags.read", "tags.manage"]), own(3, &["members.add", "seats.read"])];
        let rights = OwnRights {
            roles: some.to_vec(),
            groups: [(group(9), vec![some[1].id])].into(),
            modules: vec![],
        };
        let roles = Roles::new(preset(), rights);
        let mine: Vec<RoleId> = some.iter().filter(|role| role.id.uuid().as_u128() <= direct).map(|role| role.id).collect();
        let less = Given::default();
        let more = Given {
            groups: if grouped { vec![group(9)] } else { vec![] },
            grants: if granted { std::iter::once("billing.read".parse().unwrap()).collect() } else { PermissionSet::new() },
            ..Given::default()
        };
        prop_assert!(roles.rights(&mine, &more, now).is_superset(&roles.rights(&mine, &less, now)));
    }
}

#[test]
fn what_no_catalogue_has_counts_for_nothing() {
    let now = SystemClock.now();
    let stale = own(1, &["members.add", "invoices.pay"]);
    let id = stale.id;
    let rights = |modules: Vec<Module>| {
        let own = OwnRights {
            roles: vec![stale.clone()],
            modules,
            ..Default::default()
        };
        Roles::new(preset(), own).rights(&[id], &Given::default(), now)
    };
    assert_eq!(rights(vec![]), ["members.add".parse().unwrap()].into_iter().collect());
    assert_eq!(rights(vec![declared()]), stale.permissions);
}

#[test]
fn what_lasts_is_what_no_clock_takes_before() {
    let now = SystemClock.now();
    let (kept, bound) = (own(1, &["members.add"]), own(2, &["tags.read"]));
    let own = OwnRights {
        roles: vec![kept.clone(), bound.clone()],
        ..Default::default()
    };
    let roles = Roles::new(preset(), own);
    let end = now + Duration::hours(1);
    let given = Given {
        bindings: vec![Binding {
            id: BindingId::new(Uuid::from_u128(1)),
            role: bound.id,
            expires_at: end,
        }],
        ..Default::default()
    };
    let lasting = |until| roles.lasting(&[kept.id], &given, until);
    let all = kept.permissions.union(&bound.permissions);
    assert_eq!(roles.rights(&[kept.id], &given, now), all);
    assert_eq!(lasting(None), kept.permissions);
    assert_eq!(lasting(Some(end)), all);
    assert_eq!(lasting(Some(end + Duration::microseconds(1))), kept.permissions);
}
