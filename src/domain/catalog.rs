//! What an organisation's own services add to the catalogue of permissions, and what differs between two of their
//! declarations. Modules belong to the service that declared them; the preset's belong to the preset.

use super::permission::{Permission, PermissionSet};
use super::preset::{Module, PermissionInfo};
use std::collections::BTreeMap;

/// Permissions that an organisation's services may declare together.
pub const MOST: usize = 1_000;

/// What happened to a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Its titles, its module's titles, or whether it is grantable changed.
    Changed,
}

impl Change {
    /// The word for the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// The difference between two declarations of one service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// What happened, sorted by permission.
    pub changes: Vec<(Permission, Change)>,
    /// What own roles and grants may not carry any more: it is gone, or grantable no longer.
    pub withdrawn: PermissionSet,
}

/// What differs.
#[must_use]
pub fn difference(before: &[Module], after: &[Module]) -> Difference {
    let (was, is) = (by_name(before), by_name(after));
    let mut found = Difference::default();
    for (name, (module, info)) in &was {
        let kept = is.get(name);
        if kept.is_none_or(|(_, now)| info.grantable && !now.grantable) {
            found.withdrawn.insert((*name).clone());
        }
        match kept {
            None => found.changes.push(((*name).clone(), Change::Removed)),
            Some((now_in, now)) if module.titles != now_in.titles || info != now => {
                found.changes.push(((*name).clone(), Change::Changed));
            }
            Some(_) => {}
        }
    }
    let new = is.keys().filter(|name| !was.contains_key(*name));
    found.changes.extend(new.map(|name| ((*name).clone(), Change::Added)));
    found.changes.sort_by(|(one, _), (other, _)| one.cmp(other));
    found
}

fn by_name(modules: &[Module]) -> BTreeMap<&Permission, (&Module, &PermissionInfo)> {
    let all = modules
        .iter()
        .flat_map(|module| module.permissions.iter().map(move |info| (&info.name, (module, info))));
    all.collect()
}

#[cfg(test)]
mod tests {
    use super::super::preset::Titles;
    use super::*;

    fn titles(text: &str) -> Titles {
        Titles {
            en: text.to_owned(),
            pt_br: text.to_owned(),
            es: text.to_owned(),
        }
    }

    fn module(name: &str, title: &str, permissions: &[(&'static str, bool)]) -> Module {
        Module {
            name: name.to_owned(),
            titles: titles(title),
            permissions: permissions
                .iter()
                .map(|(name, grantable)| PermissionInfo {
                    name: Permission::known(name),
                    titles: titles(name),
                    grantable: *grantable,
                })
                .collect(),
        }
    }

    #[test]
    fn what_is_gone_or_no_longer_grantable_is_withdrawn() {
        let before = [
            module(
                "a",
                "A",
                &[
                    ("a.gone", true),
                    ("a.kept", true),
                    ("a.tight", true),
                    ("a.loose", false),
                ],
            ),
            module("b", "B", &[("b.moved", false)]),
            module("c", "C", &[("c.titled", true)]),
        ];
        let after = [
            module(
                "a",
                "A",
                &[("a.loose", true), ("a.tight", false), ("a.new", true), ("a.kept", true)],
            ),
            module("c", "See", &[("c.titled", true)]),
        ];
        let found = difference(&before, &after);
        let changes: Vec<_> = found
            .changes
            .iter()
            .map(|(name, change)| (name.as_str(), *change))
            .collect();
        assert_eq!(
            changes,
            [
                ("a.gone", Change::Removed),
                ("a.loose", Change::Changed),
                ("a.new", Change::Added),
                ("a.tight", Change::Changed),
                ("b.moved", Change::Removed),
                ("c.titled", Change::Changed),
            ]
        );
        let withdrawn: Vec<_> = found.withdrawn.iter().map(Permission::as_str).collect();
        assert_eq!(withdrawn, ["a.gone", "a.tight", "b.moved"]);
        assert_eq!(difference(&after, &after), Difference::default());
    }
}
