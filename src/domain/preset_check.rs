//! Reading and checking a preset's file: [`Preset::parse`]. What may be wrong stands in [`PresetCause`].

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::Spanned;

use super::permission::{Permission, PermissionSet, is_word};
use super::preset::{
    Module, OnboardingKind, OnboardingRules, PermissionInfo, Preset, PresetCause, PresetError, RequiredField, Role,
    Titles,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Spanned<String>,
    default_role: Spanned<String>,
    #[serde(default)]
    owners: Option<Spanned<u32>>,
    former_owner_role: Spanned<String>,
    #[serde(default)]
    suspension_keeps_seat: bool,
    #[serde(default)]
    typed_temporary_password: Option<Spanned<bool>>,
    #[serde(default)]
    onboarding: FileOnboarding,
    modules: Vec<FileModule>,
    roles: Vec<FileRole>,
}

/// Without a word about it, every kind is allowed, people are invited, and the address is all that has to be said.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileOnboarding {
    allowed: Option<Spanned<Vec<Spanned<OnboardingKind>>>>,
    default: Option<Spanned<OnboardingKind>>,
    #[serde(default)]
    required: Vec<Spanned<RequiredField>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileModule {
    name: Spanned<String>,
    title: Titles,
    permissions: Vec<FilePermission>,
}

/// The titles stand beside the verb, so that a permission is one line; `flatten` would lose the lines of errors.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePermission {
    #[serde(default)]
    resource: Option<Spanned<String>>,
    verb: Spanned<String>,
    en: String,
    #[serde(rename = "pt-BR")]
    pt_br: String,
    es: String,
    #[serde(default = "yes")]
    grantable: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRole {
    name: Spanned<String>,
    #[serde(default)]
    owner: bool,
    title: Titles,
    description: Titles,
    permissions: Vec<Spanned<String>>,
    #[serde(default)]
    except: Vec<Spanned<String>>,
}

const fn yes() -> bool {
    true
}

/// A cause and the octet where it stands.
type At = (usize, PresetCause);

/// Each permission of the file and the octet where it stands.
type Places = Vec<(Permission, usize)>;

impl Preset {
    /// Reads a preset from TOML.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line: see [`PresetCause`].
    pub fn parse(text: &str) -> Result<Preset, PresetError> {
        let located = |(octet, cause): At| {
            let before = text.as_bytes().iter().take(octet);
            PresetError {
                line: 1 + before.filter(|byte| **byte == b'\n').count(),
                cause,
            }
        };
        let form = |error: toml::de::Error| {
            let octet = error.span().map_or(0, |span| span.start);
            located((octet, PresetCause::Form(error.message().to_owned())))
        };
        check(toml::from_str(text).map_err(form)?).map_err(located)
    }
}

fn check(file: File) -> Result<Preset, At> {
    if !is_word(file.name.get_ref()) {
        return Err(at(&file.name, PresetCause::Name));
    }
    let (modules, places) = modules(file.modules)?;
    let known: PermissionSet = modules
        .iter()
        .flat_map(|module| &module.permissions)
        .map(|info| info.name.clone())
        .collect();
    let (roles, owner_at) = roles(file.roles, &known)?;
    for (permission, octet) in &places {
        if !roles.iter().any(|role| role.permissions.contains(permission)) {
            return Err((*octet, PresetCause::NotGranted(permission.clone())));
        }
        if !roles[owner_at].permissions.contains(permission) {
            return Err((*octet, PresetCause::OwnerLacks(permission.clone())));
        }
    }
    let place = |name: &Spanned<String>| roles.iter().position(|role| role.name == *name.get_ref());
    let default_at = place(&file.default_role).ok_or_else(|| at(&file.default_role, PresetCause::UnknownDefault))?;
    if default_at == owner_at {
        return Err(at(&file.default_role, PresetCause::DefaultIsOwner));
    }
    let former_at =
        place(&file.former_owner_role).ok_or_else(|| at(&file.former_owner_role, PresetCause::UnknownFormerOwner))?;
    if former_at == owner_at {
        return Err(at(&file.former_owner_role, PresetCause::FormerOwnerIsOwner));
    }
    let owners = match &file.owners {
        Some(owners) if *owners.get_ref() == 0 => return Err((owners.span().start, PresetCause::NoOwners)),
        Some(owners) => *owners.get_ref(),
        None => 1,
    };
    let onboarding = onboarding(file.onboarding)?;
    let typed_temporary_password = match &file.typed_temporary_password {
        Some(typed) if *typed.get_ref() && !onboarding.allowed.contains(&OnboardingKind::TemporaryPassword) => {
            return Err((typed.span().start, PresetCause::TypedWithoutTemporaryPassword));
        }
        typed => typed.as_ref().is_some_and(|typed| *typed.get_ref()),
    };
    let (default_role, former_owner_role) = (roles[default_at].id, roles[former_at].id);
    Ok(Preset {
        name: file.name.into_inner(),
        modules,
        roles,
        default_role,
        owners,
        former_owner_role,
        suspension_keeps_seat: file.suspension_keeps_seat,
        typed_temporary_password,
        onboarding,
        owner_at,
        default_at,
    })
}

/// How new members get in, and that it can happen.
fn onboarding(file: FileOnboarding) -> Result<OnboardingRules, At> {
    use OnboardingKind::{Invitation, ListOnly, TemporaryPassword};
    let allowed = match file.allowed {
        None => BTreeSet::from([Invitation, TemporaryPassword, ListOnly]),
        Some(kinds) => {
            if kinds.get_ref().is_empty() {
                return Err((kinds.span().start, PresetCause::NoOnboarding));
            }
            each_once(kinds.into_inner(), "onboarding", OnboardingKind::as_str)?
        }
    };
    let (default, octet) = match &file.default {
        Some(kind) => (*kind.get_ref(), kind.span().start),
        None => (Invitation, 0),
    };
    if !allowed.contains(&default) {
        return Err((octet, PresetCause::DefaultOnboardingNotAllowed(default.as_str())));
    }
    let required = each_once(file.required, "required field", RequiredField::as_str)?;
    Ok(OnboardingRules {
        allowed,
        default,
        required,
    })
}

/// The words of a list, none of which may stand there twice.
fn each_once<T: Ord + Copy>(
    words: Vec<Spanned<T>>,
    kind: &'static str,
    as_str: impl Fn(T) -> &'static str,
) -> Result<BTreeSet<T>, At> {
    let mut set = BTreeSet::new();
    for word in words {
        if !set.insert(*word.get_ref()) {
            let name = as_str(*word.get_ref()).to_owned();
            return Err((word.span().start, PresetCause::Duplicate { kind, name }));
        }
    }
    Ok(set)
}

/// The modules, and where each permission stands in the file.
fn modules(files: Vec<FileModule>) -> Result<(Vec<Module>, Places), At> {
    let (mut modules, mut places) = (Vec::new(), Vec::new());
    let (mut names, mut seen) = (BTreeSet::new(), PermissionSet::new());
    for file in files {
        if !is_word(file.name.get_ref()) {
            return Err(at(&file.name, PresetCause::Name));
        }
        if !names.insert(file.name.get_ref().clone()) {
            return Err(at(&file.name, |name| PresetCause::Duplicate { kind: "module", name }));
        }
        let mut permissions = Vec::new();
        for entry in file.permissions {
            let octet = entry.verb.span().start;
            let name = permission_name(&file.name, &entry)?;
            if !seen.insert(name.clone()) {
                return Err((
                    octet,
                    PresetCause::Duplicate {
                        kind: "permission",
                        name: name.to_string(),
                    },
                ));
            }
            places.push((name.clone(), octet));
            let titles = Titles {
                en: entry.en,
                pt_br: entry.pt_br,
                es: entry.es,
            };
            permissions.push(PermissionInfo {
                name,
                titles,
                grantable: entry.grantable,
            });
        }
        modules.push(Module {
            name: file.name.into_inner(),
            titles: file.title,
            permissions,
        });
    }
    Ok((modules, places))
}

/// What a permission is called: its resource, which is the module unless it says another, and its verb.
fn permission_name(module: &Spanned<String>, entry: &FilePermission) -> Result<Permission, At> {
    let resource = entry.resource.as_ref().unwrap_or(module);
    if !is_word(resource.get_ref()) {
        return Err(at(resource, PresetCause::Name));
    }
    format!("{}.{}", resource.get_ref(), entry.verb.get_ref())
        .parse()
        .map_err(|_| at(&entry.verb, PresetCause::Name))
}

/// The roles, and the place of the owner's among them.
fn roles(files: Vec<FileRole>, known: &PermissionSet) -> Result<(Vec<Role>, usize), At> {
    let mut roles: Vec<Role> = Vec::new();
    let mut owner_at = None;
    for file in files {
        let name = file.name.get_ref();
        if name.len() < 2 || !is_word(name) {
            return Err(at(&file.name, PresetCause::RoleName));
        }
        if roles.iter().any(|role| role.name == *name) {
            return Err(at(&file.name, |name| PresetCause::Duplicate { kind: "role", name }));
        }
        match owner_at {
            Some(first) if file.owner => {
                let first: &Role = &roles[first];
                let first = first.name.clone();
                return Err(at(&file.name, |second| PresetCause::SeveralOwners { first, second }));
            }
            None if file.owner => owner_at = Some(roles.len()),
            _ => {}
        }
        let mut permissions = named(name, &file.permissions, known)?;
        for taken in &named(name, &file.except, known)? {
            permissions.remove(taken);
        }
        // The owner's holds what services declare later too: or whoever has it would outrank them.
        let everything = file.owner || file.permissions.iter().any(|entry| entry.get_ref() == "*");
        roles.push(Role {
            id: Role::id_of(name),
            name: file.name.into_inner(),
            titles: file.title,
            descriptions: file.description,
            permissions,
            owner: file.owner,
            everything,
        });
    }
    // There is no line to point to where something is missing: the first it is.
    owner_at
        .map(|owner_at| (roles, owner_at))
        .ok_or((0, PresetCause::NoOwner))
}

/// What a role's list means: names, `resource.*`, `*`.
fn named(role: &str, list: &[Spanned<String>], known: &PermissionSet) -> Result<PermissionSet, At> {
    let mut set = PermissionSet::new();
    for entry in list {
        let pattern = entry.get_ref().as_str();
        let before = set.len();
        let meant = known.iter().filter(|permission| match pattern.strip_suffix(".*") {
            Some(resource) => permission.resource() == resource,
            None => pattern == "*" || permission.as_str() == pattern,
        });
        let meant: PermissionSet = meant.cloned().collect();
        if meant.is_empty() {
            return Err(at(entry, |permission| PresetCause::UnknownPermission {
                role: role.to_owned(),
                permission,
            }));
        }
        set.extend(meant);
        if set.len() == before {
            return Err(at(entry, |name| PresetCause::Duplicate {
                kind: "permission",
                name,
            }));
        }
    }
    Ok(set)
}

fn at(place: &Spanned<String>, cause: impl FnOnce(String) -> PresetCause) -> At {
    (place.span().start, cause(place.get_ref().clone()))
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;
