//! Turns the `(roster.access.v1.access)` options into Rust: the table that the interceptor enforces, and for each request
//! type the traits that decide which adapter may serve it, for each response type where it has refusals. Every fault is collected, so one build names them all.
//!
//! The tests include this file too, and feed it small faulty protos: that is why it takes a pool and returns text.

use prost_reflect::{DescriptorPool, ExtensionDescriptor, FieldDescriptor, Kind, MethodDescriptor, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The permissions that exist in a preset, and those that at least one of its roles grants.
#[derive(Default)]
pub struct Catalog {
    /// The preset, for the faults.
    pub name: String,
    /// Every permission of the preset's modules.
    pub known: BTreeSet<String>,
    /// Those that at least one role grants.
    pub granted: BTreeSet<String>,
}

impl Catalog {
    /// Reads the names out of a preset file; the file's other rules are checked where it is loaded.
    pub fn of_preset(name: &str, text: &str) -> Result<Catalog, String> {
        let table: toml::Table = text
            .parse()
            .map_err(|e| format!("the preset {name} can't be read: {e}"))?;
        let list = |table: &toml::Table, key: &str| -> Vec<toml::Value> {
            table
                .get(key)
                .and_then(toml::Value::as_array)
                .cloned()
                .unwrap_or_default()
        };
        let text = |table: &toml::Table, key: &str| {
            table
                .get(key)
                .and_then(toml::Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let mut catalog = Catalog {
            name: name.to_owned(),
            ..Catalog::default()
        };
        for module in list(&table, "modules").iter().filter_map(toml::Value::as_table) {
            let name = text(module, "name");
            let verbs = list(module, "permissions");
            let verbs = verbs.iter().filter_map(toml::Value::as_table);
            catalog.known.extend(verbs.map(|permission| {
                // A permission may be about another resource than its module's name says.
                let resource = Some(text(permission, "resource")).filter(|resource| !resource.is_empty());
                format!("{}.{}", resource.as_ref().unwrap_or(&name), text(permission, "verb"))
            }));
        }
        for role in list(&table, "roles").iter().filter_map(toml::Value::as_table) {
            let names = |key| -> Vec<String> {
                list(role, key)
                    .iter()
                    .filter_map(toml::Value::as_str)
                    .map(str::to_owned)
                    .collect()
            };
            let (given, except) = (names("permissions"), names("except"));
            let matches = |permission: &str, pattern: &String| {
                pattern == "*"
                    || pattern == permission
                    || pattern.strip_suffix('*').is_some_and(|p| permission.starts_with(p))
            };
            let granted = catalog.known.iter().filter(|permission| {
                given.iter().any(|p| matches(permission, p)) && !except.iter().any(|p| matches(permission, p))
            });
            let granted: Vec<String> = granted.cloned().collect();
            catalog.granted.extend(granted);
        }
        Ok(catalog)
    }
}

/// The Rust text for all services of the `roster.` packages, or every fault found. Each preset must have each permission
/// that a rule names: whichever a deployment chooses, no method may be out of everybody's reach.
pub fn generate(pool: &DescriptorPool, catalogs: &[Catalog]) -> Result<String, Vec<String>> {
    let Some(option) = pool.get_extension_by_name("roster.access.v1.access") else {
        return Err(vec!["the extension roster.access.v1.access is missing".into()]);
    };
    let mut out = Generated::default();
    for service in pool
        .services()
        .filter(|s| s.parent_file().package_name().starts_with("roster."))
    {
        for method in service.methods() {
            out.method(&method, &option, catalogs);
        }
    }
    if out.faults.is_empty() {
        Ok(out.text())
    } else {
        Err(out.faults)
    }
}

#[derive(Default)]
struct Generated {
    rules: String,
    table: String,
    impls: String,
    inputs: BTreeMap<String, String>,
    outputs: BTreeSet<String>,
    faults: Vec<String>,
}

impl Generated {
    fn method(&mut self, method: &MethodDescriptor, option: &ExtensionDescriptor, catalogs: &[Catalog]) {
        let name = method.full_name().to_owned();
        let options = method.options();
        if !options.has_extension(option) {
            self.faults.push(format!("{name}: no (roster.access.v1.access)"));
            return;
        }
        let value = options.get_extension(option);
        let Some(access) = value.as_message() else { return };
        let text = |field: &str| {
            access
                .get_field_by_name(field)
                .and_then(|v| v.as_str().map(str::to_owned))
                .unwrap_or_default()
        };
        let flag = |field: &str| {
            access
                .get_field_by_name(field)
                .as_deref()
                .and_then(Value::as_bool)
                .unwrap_or(false)
        };
        let who = match (flag("public"), flag("signed_in"), text("permission")) {
            (true, _, _) => "Who::Public".to_owned(),
            (_, true, _) => "Who::SignedIn".to_owned(),
            (_, _, permission) if !permission.is_empty() => {
                for preset in catalogs {
                    let Catalog {
                        name: of,
                        known,
                        granted,
                    } = preset;
                    if !known.contains(&permission) {
                        self.faults.push(format!(
                            "{name}: the permission {permission:?} is not in the preset {of}"
                        ));
                    } else if !granted.contains(&permission) {
                        self.faults.push(format!(
                            "{name}: no role of the preset {of} grants the permission {permission:?}"
                        ));
                    }
                }
                format!("Who::Holding({permission:?})")
            }
            _ => {
                self.faults.push(format!(
                    "{name}: the rule says neither public, signed_in nor a permission"
                ));
                String::new()
            }
        };
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        let constant = constant_name(&name);
        let _ = writeln!(
            self.rules,
            "pub(crate) static {constant}: Rule = Rule {{ path: {path:?}, who: {who}, scope: {:?}, fresh_login: {}, mutates: {}, streams: {} }};",
            text("scope"),
            flag("fresh_login"),
            flag("mutates"),
            method.is_client_streaming(),
        );
        let _ = writeln!(self.table, "        {path:?} => &{constant},");
        self.response(method);
        self.request(method, &constant, &text("organization_field"), flag("mutates"));
    }

    /// The traits of the request type. A rule is a constant of its request, so no two methods may share one.
    fn request(&mut self, method: &MethodDescriptor, constant: &str, organization: &str, mutates: bool) {
        let request = method.input();
        let name = method.full_name();
        if let Some(other) = self.inputs.insert(request.full_name().to_owned(), name.to_owned()) {
            self.faults
                .push(format!("{name}: shares its request message with {other}"));
            return;
        }
        let ty = rust_type(request.package_name(), request.name());
        let _ = writeln!(
            self.impls,
            "impl Ruled for {ty} {{ fn rule() -> &'static Rule {{ &crate::auth::rules::{constant} }} }}"
        );
        let named = if organization.is_empty() {
            "\"\"".to_owned()
        } else {
            self.has(method, organization, Kind::String);
            format!("&self.{organization}")
        };
        let _ = writeln!(
            self.impls,
            "impl Scoped for {ty} {{ fn organization(&self) -> &str {{ {named} }} }}"
        );
        if !mutates {
            let _ = writeln!(self.impls, "impl Query for {ty} {{}}");
        } else if self.has(method, "request_id", Kind::String) & self.has(method, "validate_only", Kind::Bool) {
            let _ = writeln!(
                self.impls,
                "impl Mutation for {ty} {{ fn request_id(&self) -> &str {{ &self.request_id }} \
                 fn validate_only(&self) -> bool {{ self.validate_only }} }}"
            );
        }
    }

    /// Where a response has refusals of single items, so that they are worded in the language of the call like any other.
    fn response(&mut self, method: &MethodDescriptor) {
        let response = method.output();
        if !self.outputs.insert(response.full_name().to_owned()) {
            return;
        }
        let mut body = String::new();
        for field in response.fields() {
            let Kind::Message(item) = field.kind() else { continue };
            for error in item.fields().filter(is_status) {
                if field.is_list() && !error.is_list() && !method.is_server_streaming() {
                    let (items, error) = (field.name(), error.name());
                    let _ = write!(
                        body,
                        "self.{items}.iter_mut().filter_map(|item| item.{error}.as_mut()).for_each(word); "
                    );
                } else {
                    let name = method.full_name();
                    self.faults.push(format!(
                        "{name}: the status in {} would stay unworded",
                        item.full_name()
                    ));
                }
            }
        }
        let word = if body.is_empty() { "_" } else { "word" };
        let ty = rust_type(response.package_name(), response.name());
        let _ = writeln!(
            self.impls,
            "impl Worded for {ty} {{ fn each_error(&mut self, {word}: &dyn Fn(&mut ::tonic_types::Status)) {{ {body}}} }}"
        );
    }

    fn has(&mut self, method: &MethodDescriptor, field: &str, kind: Kind) -> bool {
        let fits = |f: FieldDescriptor| f.kind() == kind && !f.is_list() && !f.supports_presence();
        let found = method.input().get_field_by_name(field).is_some_and(fits);
        if !found {
            let (name, request) = (method.full_name().to_owned(), method.input());
            self.faults.push(format!(
                "{name}: {} has no {kind:?} field {field:?}",
                request.full_name()
            ));
        }
        found
    }

    fn text(&self) -> String {
        let Generated {
            rules, table, impls, ..
        } = self;
        format!(
            "{rules}\n/// The rule of a path, or none: then the call is refused.\n\
             pub fn rule_for(path: &str) -> Option<&'static Rule> {{\n    Some(match path {{\n{table}        \
             _ => return None,\n    }})\n}}\n\n/// All rules.\npub fn all_rules() -> Vec<&'static Rule> {{\n    vec![{}]\n}}\n",
            rules
                .lines()
                .filter_map(|line| line
                    .strip_prefix("pub(crate) static ")?
                    .split(':')
                    .next()
                    .map(|c| format!("&{c}")))
                .collect::<Vec<_>>()
                .join(", ")
        ) + "\n//---- requests\n"
            + impls
    }
}

fn is_status(field: &FieldDescriptor) -> bool {
    matches!(field.kind(), Kind::Message(message) if message.full_name() == "google.rpc.Status")
}

fn constant_name(method: &str) -> String {
    method.to_uppercase().replace('.', "_")
}

fn rust_type(package: &str, message: &str) -> String {
    format!("crate::pb::{}::{message}", package.replace('.', "::"))
}
