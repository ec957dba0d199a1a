//! Who may give what, and act on whom. Power is compared as sets of permissions, never by the names or ranks of roles.
//!
//! Every path that hands rights out (adding, inviting, resending, accepting, importing, editing roles, groups, grants,
//! API keys, the default role) asks [`may_give`]; every path that touches another member asks [`may_act_on`].
//! The sets are the effective ones: roles, groups and grants together.

use std::fmt;

use super::permission::{Permission, PermissionSet};

/// The permissions that the actor would have needed, in alphabetical order; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lacks {
    /// What is missing.
    pub permissions: Vec<Permission>,
}

impl fmt::Display for Lacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("needs, and you don't hold: ")?;
        for (place, permission) in self.permissions.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{permission}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Lacks {}

/// Nobody gives what they don't hold.
///
/// # Errors
/// What is given and the actor lacks.
pub fn may_give(actor: &PermissionSet, given: &PermissionSet) -> Result<(), Lacks> {
    covers(actor, given)
}

/// Nobody acts on someone who holds more than they do. Equals may act on each other.
///
/// # Errors
/// What the target holds and the actor lacks.
pub fn may_act_on(actor: &PermissionSet, target: &PermissionSet) -> Result<(), Lacks> {
    covers(actor, target)
}

fn covers(actor: &PermissionSet, other: &PermissionSet) -> Result<(), Lacks> {
    let permissions = other.missing_from(actor);
    if permissions.is_empty() {
        Ok(())
    } else {
        Err(Lacks { permissions })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::super::permission::testing::{any_set, set};
    use super::super::preset::Preset;
    use super::*;

    #[test]
    fn an_equal_may_and_a_lesser_one_hears_what_is_missing() {
        let (admin, owner) = (set(&["a.a", "a.b"]), set(&["a.a", "a.b", "z.b", "z.a"]));
        assert_eq!(may_act_on(&admin, &admin), Ok(()));
        assert_eq!(may_give(&owner, &admin), Ok(()));
        let lacks = may_give(&admin, &owner).unwrap_err();
        assert_eq!(lacks.to_string(), "needs, and you don't hold: z.a, z.b");
        assert_eq!(may_act_on(&admin, &owner), Err(lacks));
        assert_eq!(may_give(&set(&[]), &set(&[])), Ok(()));
    }

    #[test]
    fn b01_b08_an_admin_neither_makes_an_owner_nor_touches_one() {
        let preset = Preset::standard().unwrap();
        let of = |name: &str| &preset.role_named(name).unwrap().permissions;
        assert!(may_give(of("admin"), of("owner")).is_err());
        assert!(may_act_on(of("admin"), of("owner")).is_err());
        for lesser in ["admin", "member", "guest"] {
            assert_eq!(may_give(of("admin"), of(lesser)), Ok(()));
            assert_eq!(may_act_on(of("owner"), of(lesser)), Ok(()));
        }
    }

    #[test]
    fn b03_a_role_that_manages_members_makes_nobody_greater_than_itself() {
        let preset = Preset::standard().unwrap();
        let manager: PermissionSet = preset
            .permissions()
            .into_iter()
            .filter(|name| name.resource() == "members")
            .collect();
        for role in &preset.roles {
            assert!(may_give(&manager, &role.permissions).is_err(), "{}", role.name);
        }
    }

    proptest! {
        #[test]
        fn who_holds_more_may_more(a in any_set(), more in any_set(), given in any_set()) {
            let given = given.intersection(&a);
            prop_assert!(may_give(&a.union(&more), &given).is_ok());
            prop_assert!(may_give(&a, &given.intersection(&more)).is_ok());
        }

        #[test]
        fn what_one_may_give_is_all_that_can_be_given_on(a in any_set(), b in any_set(), c in any_set()) {
            let b = b.intersection(&a);
            let c = c.intersection(&b);
            prop_assert!(may_give(&a, &b).is_ok() && may_give(&b, &c).is_ok() && may_give(&a, &c).is_ok());
        }

        #[test]
        fn giving_two_sets_is_giving_their_union(a in any_set(), b in any_set(), c in any_set()) {
            let each = may_give(&a, &b).is_ok() && may_give(&a, &c).is_ok();
            prop_assert_eq!(may_give(&a, &b.union(&c)).is_ok(), each);
        }

        #[test]
        fn nobody_who_was_given_rights_holds_more_than_all_givers(a in any_set(), b in any_set(), given in any_set()) {
            let given = if may_give(&a, &given).is_ok() { given } else { given.intersection(&a) };
            prop_assert!(a.union(&b).is_superset(&b.union(&given)));
        }

        #[test]
        fn what_is_lacking_is_exactly_what_would_mend_it(a in any_set(), target in any_set()) {
            if let Err(lacks) = may_act_on(&a, &target) {
                prop_assert!(!lacks.permissions.is_empty());
                prop_assert!(lacks.permissions.iter().all(|name| target.contains(name) && !a.contains(name)));
                prop_assert!(may_act_on(&a.union(&lacks.permissions.into_iter().collect()), &target).is_ok());
            }
        }
    }
}
