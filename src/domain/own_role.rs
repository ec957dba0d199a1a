//! An organisation's own role, as it is kept, and what it may be called.

use super::naming::{Description, likeness, passes_for};
use super::preset::Preset;
use crate::clock::Time;
use crate::domain::{DisplayName, Locale, OrganizationId, PermissionSet, RoleId};

/// How many own roles an organisation may have.
pub const MOST: usize = 100;

/// A role that an organisation made.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnRole {
    /// Which.
    pub id: RoleId,
    /// Where.
    pub organization: OrganizationId,
    /// As people named it.
    pub name: DisplayName,
    /// What it is for; may be empty.
    pub description: Description,
    /// What it permits.
    pub permissions: PermissionSet,
    /// Counts changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

impl OwnRole {
    /// What its name is unique by.
    #[must_use]
    pub fn key(&self) -> String {
        likeness(self.name.as_str())
    }
}

/// Whether a name can't be given to a role: it is another's, or looks like that of a role that other services know (B12).
/// `but` is the role itself, when it is renamed.
#[must_use]
pub fn is_taken(name: &DisplayName, preset: &Preset, own: &[OwnRole], but: Option<RoleId>) -> bool {
    let key = likeness(name.as_str());
    let mut others = own.iter().filter(|role| Some(role.id) != but);
    let system = preset.roles.iter().any(|role| {
        let titled = |locale| passes_for(name.as_str(), role.titles.get(locale));
        passes_for(name.as_str(), &role.name) || Locale::ALL.into_iter().any(titled)
    });
    system || others.any(|role| role.key() == key)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use uuid::Uuid;

    use super::*;
    use crate::clock::Clock;

    fn own(number: u128, name: &str) -> OwnRole {
        let now = crate::clock::SystemClock.now();
        OwnRole {
            id: RoleId::new(Uuid::from_u128(number)),
            organization: OrganizationId::new(Uuid::from_u128(1)),
            name: name.parse().unwrap(),
            description: Description::default(),
            permissions: PermissionSet::new(),
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    #[test]
    fn b12_no_role_is_called_like_another_or_like_one_of_the_preset() {
        let preset = Preset::standard().unwrap();
        let own = [own(1, "Shift lead"), own(2, "Café")];
        let taken = |name: &str, but: Option<u128>| {
            let but = but.map(|number| RoleId::new(Uuid::from_u128(number)));
            is_taken(&name.parse().unwrap(), &preset, &own, but)
        };
        for name in [
            "owner",
            "OWNER",
            "оwner",
            "Administrator",
            "administrador",
            "Proprietário",
            "proprietario",
            "GUEST",
            "Membro",
            "shift  LEAD",
            "cafe",
            "CAFÉ",
            "саfé",
        ] {
            assert!(taken(name, None), "{name}");
        }
        for name in ["Shift leads", "Co-owner", "Bakery", "所有者"] {
            assert!(!taken(name, None), "{name}");
        }
        assert!(
            !taken("SHIFT LEAD", Some(1)) && taken("Cafe", Some(1)),
            "its own name is free to it"
        );
    }
}
