//! The catalogue of permissions, and what services declare.

use crate::app::access::{Applied, Apply, ModuleShown};
use crate::app::page::Page;
use crate::domain::DisplayName;
use crate::domain::catalog::{Change, MOST};
use crate::domain::permission::is_word;
use crate::domain::preset::{Module, PermissionInfo, Titles};
use crate::error::Error;
use crate::pb::roster::access::v1 as pb;
use crate::rpc::fields::Fields;
use std::collections::HashSet;

const MOST_MODULES: usize = 50;
const MOST_VERBS: usize = 200;
const NO_WORD: &str = "is no name: use 1 to 31 of a-z, 0-9 and _, a letter first";

impl From<Page<ModuleShown>> for pb::ListPermissionsResponse {
    fn from(page: Page<ModuleShown>) -> Self {
        let modules = page.items.into_iter().map(|module| pb::Module {
            name: module.name,
            title: module.title,
            permissions: module
                .permissions
                .into_iter()
                .map(|(name, title, grantable)| pb::PermissionInfo { name, title, grantable })
                .collect(),
        });
        Self {
            modules: modules.collect(),
            next_page_token: page.next,
        }
    }
}

impl TryFrom<pb::ApplyCatalogRequest> for Apply {
    type Error = Error;
    fn try_from(r: pb::ApplyCatalogRequest) -> Result<Apply, Error> {
        let mut f = Fields::default();
        let service = word(&mut f, "service", &r.service);
        let modules = modules(&mut f, &r.modules);
        f.build(|| {
            Some(Apply {
                service: service?,
                modules: modules?,
            })
        })
    }
}

fn modules(f: &mut Fields, declared: &[pb::CatalogModule]) -> Option<Vec<Module>> {
    if declared.len() > MOST_MODULES {
        f.refuse("modules", "has more than 50 entries");
        return None;
    }
    let permissions: usize = declared.iter().map(|module| module.permissions.len()).sum();
    if permissions > MOST {
        f.refuse("modules", "has more than 1,000 permissions together");
        return None;
    }
    let mut names = HashSet::new();
    let mut modules = Vec::with_capacity(declared.len());
    for (index, module) in declared.iter().enumerate() {
        let field = format!("modules[{index}]");
        if !module.name.is_empty() && !names.insert(module.name.as_str()) {
            f.refuse(format!("{field}.name"), "is here twice");
        }
        modules.extend(self::module(f, &field, module));
    }
    (modules.len() == declared.len()).then_some(modules)
}

fn module(f: &mut Fields, field: &str, declared: &pb::CatalogModule) -> Option<Module> {
    let name = word(f, &format!("{field}.name"), &declared.name);
    let titles = titles(f, &format!("{field}.titles"), declared.titles.as_ref());
    let count = declared.permissions.len();
    if count == 0 || count > MOST_VERBS {
        f.refuse(format!("{field}.permissions"), "has to have 1 to 200 entries");
        return None;
    }
    let mut verbs = HashSet::new();
    let mut permissions = Vec::with_capacity(count);
    for (index, permission) in declared.permissions.iter().enumerate() {
        let field = format!("{field}.permissions[{index}]");
        let verb = word(f, &format!("{field}.verb"), &permission.verb);
        if verb.is_some() && !verbs.insert(permission.verb.as_str()) {
            f.refuse(format!("{field}.verb"), "is here twice");
        }
        let titles = self::titles(f, &format!("{field}.titles"), permission.titles.as_ref());
        // The name is whole only if the module's is.
        let whole = name
            .as_ref()
            .zip(verb)
            .and_then(|(module, verb)| format!("{module}.{verb}").parse().ok());
        if let (Some(name), Some(titles)) = (whole, titles) {
            let grantable = permission.grantable;
            permissions.push(PermissionInfo {
                name,
                titles,
                grantable,
            });
        }
    }
    let (name, titles) = (name?, titles?);
    (permissions.len() == count).then_some(Module {
        name,
        titles,
        permissions,
    })
}

fn word(f: &mut Fields, field: &str, text: &str) -> Option<String> {
    f.take(field, is_word(text).then(|| text.to_owned()).ok_or(NO_WORD))
}

fn titles(f: &mut Fields, field: &str, given: Option<&pb::LocalizedText>) -> Option<Titles> {
    let Some(given) = given else {
        f.refuse(field, "is missing: say it in en, pt_br and es");
        return None;
    };
    let mut text = |language: &str, text: &str| -> Option<String> {
        let title: DisplayName = f.parse(&format!("{field}.{language}"), text)?;
        Some(title.as_str().to_owned())
    };
    let (en, pt_br, es) = (
        text("en", &given.en),
        text("pt_br", &given.pt_br),
        text("es", &given.es),
    );
    Some(Titles {
        en: en?,
        pt_br: pt_br?,
        es: es?,
    })
}

impl From<Applied> for pb::ApplyCatalogResponse {
    fn from(applied: Applied) -> Self {
        let changes = applied
            .changes
            .into_iter()
            .map(|(permission, change)| pb::CatalogChange {
                kind: match change {
                    Change::Added => pb::CatalogChangeKind::Added,
                    Change::Removed => pb::CatalogChangeKind::Removed,
                    Change::Changed => pb::CatalogChangeKind::Changed,
                }
                .into(),
                permission: permission.to_string(),
            });
        let names = |permissions: &crate::domain::PermissionSet| permissions.iter().map(ToString::to_string).collect();
        let role_losses = applied.roles.iter().map(|(role, name, lost)| pb::CatalogRoleLoss {
            role_id: role.to_string(),
            role_name: name.clone(),
            permissions: names(lost),
        });
        let grant_losses = applied.grants.iter().map(|(member, lost)| pb::CatalogGrantLoss {
            member_id: member.to_string(),
            permissions: names(lost),
        });
        Self {
            changes: changes.collect(),
            role_losses: role_losses.collect(),
            grant_losses: grant_losses.collect(),
            grant_loss_count: i64::try_from(applied.grant_count).unwrap_or(i64::MAX),
        }
    }
}
