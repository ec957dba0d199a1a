//! Permissions (`module.verb`) and sets of them. Every comparison of power in Roster is a comparison of these sets,
//! never of the names or ranks of roles. What the sets allow stands in `authority`; which exist, in `preset`.

use std::borrow::Borrow;
use std::collections::{BTreeSet, btree_set};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text isn't a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no permission: use module.verb, each of at most 31 of a-z, 0-9 and _, such as members.remove")]
pub struct PermissionError;

/// One permission, such as `members.remove`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission(Arc<str>);

impl Permission {
    /// The permission of a name that is written in the source of this crate. A test compares each with the preset.
    pub(crate) fn known(name: &'static str) -> Self {
        Self(Arc::from(name))
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the dot: the name of the module that declares it, unless a preset says otherwise.
    #[must_use]
    pub fn resource(&self) -> &str {
        self.0.split_once('.').map_or("", |(resource, _)| resource)
    }

    /// What stands after the dot.
    #[must_use]
    pub fn verb(&self) -> &str {
        self.0.split_once('.').map_or("", |(_, verb)| verb)
    }
}

/// Whether a text can stand before or after the dot: `[a-z][a-z0-9_]{0,30}`.
pub(crate) fn is_word(word: &str) -> bool {
    word.len() <= 31
        && word.starts_with(|first: char| first.is_ascii_lowercase())
        && word
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

impl FromStr for Permission {
    type Err = PermissionError;

    fn from_str(text: &str) -> Result<Self, PermissionError> {
        match text.split_once('.') {
            Some((module, verb)) if is_word(module) && is_word(verb) => Ok(Self(Arc::from(text))),
            _ => Err(PermissionError),
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for Permission {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// A set of permissions, in alphabetical order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PermissionSet(BTreeSet<Permission>);

impl PermissionSet {
    /// The empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeSet::new())
    }

    /// Whether the permission is in the set.
    #[must_use]
    pub fn contains(&self, permission: &Permission) -> bool {
        self.0.contains(permission)
    }

    /// Whether the permission of this name is in the set.
    #[must_use]
    pub fn contains_named(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Whether everything in `other` is here too.
    #[must_use]
    pub fn is_superset(&self, other: &Self) -> bool {
        self.0.is_superset(&other.0)
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.0.union(&other.0).cloned().collect()
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.0.intersection(&other.0).cloned().collect()
    }

    /// What is here and isn't in `other`: `given.missing_from(&actor)` is what the actor lacks. In alphabetical order.
    #[must_use]
    pub fn missing_from(&self, other: &Self) -> Vec<Permission> {
        self.0.difference(&other.0).cloned().collect()
    }

    /// Adds one permission; false if it was there.
    pub fn insert(&mut self, permission: Permission) -> bool {
        self.0.insert(permission)
    }

    /// Takes one permission out; false if it wasn't there.
    pub fn remove(&mut self, permission: &Permission) -> bool {
        self.0.remove(permission)
    }

    /// The permissions in alphabetical order.
    pub fn iter(&self) -> btree_set::Iter<'_, Permission> {
        self.0.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().collect())
    }
}

impl Extend<Permission> for PermissionSet {
    fn extend<I: IntoIterator<Item = Permission>>(&mut self, permissions: I) {
        self.0.extend(permissions);
    }
}

impl<'a> IntoIterator for &'a PermissionSet {
    type Item = &'a Permission;
    type IntoIter = btree_set::Iter<'a, Permission>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl IntoIterator for PermissionSet {
    type Item = Permission;
    type IntoIter = btree_set::IntoIter<Permission>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// For the tests of the modules beside this one: sets over a few names, so that they overlap.
#[cfg(test)]
pub(crate) mod testing {
    use proptest::prelude::*;

    use super::*;

    /// The set of these names.
    pub(crate) fn set(names: &[&'static str]) -> PermissionSet {
        names.iter().map(|name| Permission::known(name)).collect()
    }

    /// Any set over eight names.
    pub(crate) fn any_set() -> impl Strategy<Value = PermissionSet> {
        any::<u8>().prop_map(|bits| {
            let names = ["a.a", "a.b", "a.c", "b.a", "b.b", "c.a", "c.b", "c.c"];
            (0..8)
                .filter(|bit| bits >> bit & 1 == 1)
                .map(|bit| Permission::known(names[bit]))
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::testing::{any_set, set};
    use super::*;

    #[test]
    fn a_permission_is_module_dot_verb() {
        let permission: Permission = "usage.read_own".parse().unwrap();
        assert_eq!((permission.resource(), permission.verb()), ("usage", "read_own"));
        assert_eq!(format!("{permission} {permission:?}"), "usage.read_own usage.read_own");
        let longest = "a".repeat(31);
        assert!(format!("{longest}.{longest}").parse::<Permission>().is_ok());
        for text in [
            "",
            ".",
            "a",
            "a.",
            ".a",
            "a.b.c",
            "A.b",
            "a.B",
            "1a.b",
            "a._b",
            "a.b ",
            "a.*",
            "*",
            "á.b",
            "members.re\u{430}d",
            &format!("{longest}x.a"),
        ] {
            assert_eq!(text.parse::<Permission>(), Err(PermissionError), "{text:?}");
        }
    }

    #[test]
    fn sets_compare_and_tell_what_is_missing() {
        let (small, large) = (set(&["a.b"]), set(&["c.d", "a.b", "b.c"]));
        assert!(large.is_superset(&small) && !small.is_superset(&large));
        assert!(large.contains(&"c.d".parse().unwrap()) && large.contains_named("a.b") && !small.contains_named("c.d"));
        assert_eq!(
            large.missing_from(&small),
            ["b.c".parse().unwrap(), "c.d".parse().unwrap()]
        );
        assert_eq!(small.missing_from(&large), []);
        assert_eq!(serde_json::to_string(&large).unwrap(), r#"["a.b","b.c","c.d"]"#);
        assert!(serde_json::from_str::<PermissionSet>(r#"["a.b","nonsense"]"#).is_err());
    }

    proptest! {
        #[test]
        fn the_algebra_holds(a in any_set(), b in any_set()) {
            let (union, both) = (a.union(&b), a.intersection(&b));
            prop_assert!(union.is_superset(&a) && union.is_superset(&b));
            prop_assert!(a.is_superset(&both) && b.is_superset(&both));
            prop_assert_eq!(union.len() + both.len(), a.len() + b.len());
            prop_assert_eq!(a.missing_from(&b).is_empty(), b.is_superset(&a));
            let missing: PermissionSet = a.missing_from(&b).into_iter().collect();
            prop_assert_eq!(b.union(&missing), union);
        }
    }
}
