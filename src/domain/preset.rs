//! A preset: the modules, permissions and roles of a deployment, as data.
//!
//! `presets/standard.toml` shows the form, with comments. What is wrong in a preset is found when it is read, with its
//! line: a deployment must not start on roles that nobody can hold or permissions that don't exist.
//! Start at [`Preset::parse`]; the checks themselves are in `preset_check`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Builder;

use super::id::RoleId;
use super::name::Locale;
use super::permission::{Permission, PermissionSet};

const STANDARD: &str = include_str!("../../presets/standard.toml");

/// What comes with Roster, by name.
const SHIPPED: [(&str, &str); 5] = [
    ("standard", STANDARD),
    ("credits", include_str!("../../presets/credits.toml")),
    ("operations", include_str!("../../presets/operations.toml")),
    ("workspace", include_str!("../../presets/workspace.toml")),
    ("documents", include_str!("../../presets/documents.toml")),
];

/// A text in each language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Titles {
    /// In English.
    pub en: String,
    /// In Brazilian Portuguese.
    #[serde(rename = "pt-BR")]
    pub pt_br: String,
    /// In Spanish.
    pub es: String,
}

impl Titles {
    /// The text in this language.
    #[must_use]
    pub fn get(&self, locale: Locale) -> &str {
        match locale {
            Locale::En => &self.en,
            Locale::PtBr => &self.pt_br,
            Locale::Es => &self.es,
        }
    }
}

/// Permissions that belong together under one title. Before the dot they mostly have the module's name; a preset may put
/// those of another resource into it too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Such as `members`.
    pub name: String,
    /// For people.
    pub titles: Titles,
    /// In the order of the file.
    pub permissions: Vec<PermissionInfo>,
}

/// A permission as the catalogue shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionInfo {
    /// Such as `members.remove`.
    pub name: Permission,
    /// For people.
    pub titles: Titles,
    /// Whether a custom role or a grant may carry it. The preset's own roles always may.
    pub grantable: bool,
}

/// A named set of permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Derived from the name, so that it is the same in every deployment: see [`Role::id_of`].
    pub id: RoleId,
    /// `[a-z][a-z0-9_]{1,30}`, such as `admin`.
    pub name: String,
    /// For people.
    pub titles: Titles,
    /// What the role is for, in a sentence.
    pub descriptions: Titles,
    /// What it lets its holders do.
    pub permissions: PermissionSet,
    /// Whether its holder owns the organisation. Exactly one role of a preset does; it holds every permission.
    pub owner: bool,
    /// Whether its list says `*`: then what an organisation's own services declare is in it too.
    pub everything: bool,
}

impl Role {
    /// The id of a preset's role of this name: the UUIDv8 (RFC 9562, section 5.8) of SHA-256("roster role " + name).
    #[must_use]
    pub fn id_of(name: &str) -> RoleId {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, format!("roster role {name}").as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest.as_ref()[..16]);
        RoleId::new(Builder::from_custom_bytes(bytes).into_uuid())
    }
}

/// How a new member gets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnboardingKind {
    /// They get a mail, and are in once they accept.
    Invitation,
    /// They are in at once, and must change the password.
    TemporaryPassword,
    /// They are on the list and nothing more.
    ListOnly,
}

impl OnboardingKind {
    /// The word of the preset's file and of error metadata: `temporary_password`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::TemporaryPassword => "temporary_password",
            Self::ListOnly => "list_only",
        }
    }
}

/// What has to be said of a new member besides the address, where the preset asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequiredField {
    /// What to call them.
    DisplayName,
    /// At least one role. The default role is then only what a form proposes.
    Role,
}

impl RequiredField {
    /// The word of the preset's file: `display_name`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DisplayName => "display_name",
            Self::Role => "role",
        }
    }
}

/// How new members get in here. Whatever is allowed, an address that has an account already is invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnboardingRules {
    /// The kinds that may be asked for; at least one.
    pub allowed: BTreeSet<OnboardingKind>,
    /// The one where none is asked for; it is among the allowed.
    pub default: OnboardingKind,
    /// What nobody is added without, whichever way they get in.
    pub required: BTreeSet<RequiredField>,
}

impl OnboardingRules {
    /// What is required of somebody who is given a name or none, and a role or none, and isn't there.
    #[must_use]
    pub fn missing(&self, named: bool, with_role: bool) -> BTreeSet<RequiredField> {
        let is_missing = |field: &RequiredField| match field {
            RequiredField::DisplayName => !named,
            RequiredField::Role => !with_role,
        };
        self.required.iter().copied().filter(is_missing).collect()
    }
}

/// The modules, permissions, roles and rules of a deployment. Made by [`Preset::parse`] alone, so it is always sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// Such as `standard`.
    pub name: String,
    /// In the order of the file.
    pub modules: Vec<Module>,
    /// In the order of the file.
    pub roles: Vec<Role>,
    /// What a new member gets when no role is named. Never the owner role.
    pub default_role: RoleId,
    /// How many owners an organisation may have; at least one.
    pub owners: u32,
    /// What an owner becomes who hands the ownership over. Never the owner role.
    pub former_owner_role: RoleId,
    /// Whether a suspended member keeps the seat, so that there is one to come back to.
    pub suspension_keeps_seat: bool,
    /// Whether an administrator may type a temporary password; else Roster makes it.
    pub typed_temporary_password: bool,
    /// How new members get in.
    pub onboarding: OnboardingRules,
    /// The place of the owner role in `roles`.
    pub(super) owner_at: usize,
    /// The place of the default role in `roles`.
    pub(super) default_at: usize,
}

impl Preset {
    /// The preset that a deployment has unless it names another, `presets/standard.toml`.
    ///
    /// # Errors
    /// None, unless that file was broken before Roster was built: a test reads it.
    pub fn standard() -> Result<Self, PresetError> {
        Self::parse(STANDARD)
    }

    /// The preset of this name that comes with Roster; none if no such does.
    ///
    /// # Errors
    /// None, unless its file was broken before Roster was built: a test reads them all.
    pub fn shipped(name: &str) -> Option<Result<Self, PresetError>> {
        let (_, text) = SHIPPED.iter().find(|(shipped, _)| *shipped == name)?;
        Some(Self::parse(text))
    }

    /// The names of the presets that come with Roster.
    pub fn shipped_names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// The role of this id; none for custom roles, which live in the store.
    #[must_use]
    pub fn role(&self, id: RoleId) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == id)
    }

    /// The role of this name, to the letter.
    #[must_use]
    pub fn role_named(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == name)
    }

    /// Whether a name before the dot is this preset's: a module's, or that of a permission in one.
    #[must_use]
    pub fn claims(&self, name: &str) -> bool {
        let resource = |info: &PermissionInfo| info.name.resource() == name;
        let claims = |module: &Module| module.name == name || module.permissions.iter().any(resource);
        self.modules.iter().any(claims)
    }

    /// The role that owns.
    #[must_use]
    pub fn owner_role(&self) -> &Role {
        &self.roles[self.owner_at]
    }

    /// The role of new members.
    #[must_use]
    pub fn default_role(&self) -> &Role {
        &self.roles[self.default_at]
    }

    /// What these roles let their holder do together. Ids of other roles add nothing.
    #[must_use]
    pub fn permissions_of(&self, roles: &[RoleId]) -> PermissionSet {
        let held = roles.iter().filter_map(|id| self.role(*id));
        held.flat_map(|role| role.permissions.iter().cloned()).collect()
    }

    /// The roles that carry a permission, in the order of the file.
    #[must_use]
    pub fn roles_granting(&self, permission: &Permission) -> Vec<&Role> {
        self.roles
            .iter()
            .filter(|role| role.permissions.contains(permission))
            .collect()
    }

    /// The catalogue's entry of a permission.
    #[must_use]
    pub fn permission(&self, permission: &Permission) -> Option<&PermissionInfo> {
        self.modules
            .iter()
            .flat_map(|module| &module.permissions)
            .find(|info| info.name == *permission)
    }

    /// Every permission there is.
    #[must_use]
    pub fn permissions(&self) -> PermissionSet {
        self.modules
            .iter()
            .flat_map(|module| &module.permissions)
            .map(|info| info.name.clone())
            .collect()
    }
}

/// What is wrong with a preset, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the preset: {cause}")]
pub struct PresetError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub cause: PresetCause,
}

/// What can be wrong with a preset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PresetCause {
    /// No TOML, an unknown or missing key, a value of the wrong type.
    #[error("{0}")]
    Form(String),
    /// A module's, resource's, verb's or preset's name that isn't `[a-z][a-z0-9_]{0,30}`.
    #[error("{0:?} can't be a name: use a-z, 0-9 and _, a letter first, at most 31")]
    Name(String),
    /// A role's name that isn't `[a-z][a-z0-9_]{1,30}`.
    #[error("{0:?} can't name a role: use 2 to 31 of a-z, 0-9 and _, a letter first")]
    RoleName(String),
    /// The same name twice.
    #[error("the {kind} {name:?} is here twice: take one out")]
    Duplicate {
        /// `module`, `permission`, `role`, `onboarding` or `required field`.
        kind: &'static str,
        /// What it's called.
        name: String,
    },
    /// A role names a permission that no module has.
    #[error("the role {role:?} names {permission:?}, which no module has")]
    UnknownPermission {
        /// The role.
        role: String,
        /// What it names.
        permission: String,
    },
    /// A permission that nobody can ever hold.
    #[error("no role grants {0}: put it into a role or take it out")]
    NotGranted(Permission),
    /// The owner role isn't above all others, so its holder couldn't act on everybody.
    #[error("the owner role lacks {0}: an owner holds every permission")]
    OwnerLacks(Permission),
    /// No role has `owner = true`.
    #[error("no role is the owner's: set owner = true in one")]
    NoOwner,
    /// More than one role has `owner = true`.
    #[error("{second:?} can't be an owner role, {first:?} is the one: take owner = true out of one of them")]
    SeveralOwners {
        /// The first in the file.
        first: String,
        /// The one too many.
        second: String,
    },
    /// The default role isn't in the file.
    #[error("the default role {0:?} isn't among the roles")]
    UnknownDefault(String),
    /// The default role is the owner role.
    #[error("the default role can't be the owner role {0:?}: every new member would own the organisation")]
    DefaultIsOwner(String),
    /// `owners = 0`.
    #[error("owners must be at least 1: an organisation is never without an owner")]
    NoOwners,
    /// What owners become afterwards isn't in the file.
    #[error("the former owner's role {0:?} isn't among the roles")]
    UnknownFormerOwner(String),
    /// Whoever hands the ownership over would keep it.
    #[error("an owner who hands over can't become {0:?}, the owner role: name another")]
    FormerOwnerIsOwner(String),
    /// No way in.
    #[error("onboarding.allowed is empty: nobody could ever be added")]
    NoOnboarding,
    /// What happens when nothing is said would be refused.
    #[error("the default onboarding {0:?} isn't among the allowed")]
    DefaultOnboardingNotAllowed(&'static str),
    /// Something that no way in ever asks for.
    #[error("typed_temporary_password says nothing where onboarding.allowed lacks \"temporary_password\": take it out")]
    TypedWithoutTemporaryPassword,
}
