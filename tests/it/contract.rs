//! The rules of the contract: what every RPC, request, field and comment has to have. It reads the descriptors that the
//! server itself hands out by reflection, so nothing stands between the protos and the guard.

use crate::sources::hold;
use prost_reflect::prost_types::FileDescriptorProto;
use prost_reflect::{DescriptorPool, DynamicMessage, FileDescriptor, Kind, MessageDescriptor, MethodDescriptor};
use roster::auth::rules::{Who, all_rules, rule_for};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Everything of the `roster.` packages.
pub struct Contract {
    /// With the options and the comments.
    pub pool: DescriptorPool,
}

impl Contract {
    /// As it is built in.
    pub fn load() -> Contract {
        Contract {
            pool: DescriptorPool::decode(roster::pb::DESCRIPTORS).unwrap(),
        }
    }

    /// Our files.
    pub fn files(&self) -> Vec<FileDescriptor> {
        self.pool
            .files()
            .filter(|file| file.package_name().starts_with("roster."))
            .collect()
    }

    /// Every RPC.
    pub fn methods(&self) -> Vec<MethodDescriptor> {
        let services = self
            .files()
            .into_iter()
            .flat_map(|file| file.services().collect::<Vec<_>>());
        services
            .flat_map(|service| service.methods().collect::<Vec<_>>())
            .collect()
    }

    fn messages(&self) -> Vec<MessageDescriptor> {
        let ours =
            |message: &MessageDescriptor| message.package_name().starts_with("roster.") && !message.is_map_entry();
        self.pool.all_messages().filter(ours).collect()
    }

    /// The `(roster.access.v1.access)` of a method.
    fn access(&self, method: &MethodDescriptor) -> Option<DynamicMessage> {
        let option = self.pool.get_extension_by_name("roster.access.v1.access").unwrap();
        let options = method.options();
        let found = options
            .has_extension(&option)
            .then(|| options.get_extension(&option).as_message().cloned());
        found.flatten()
    }
}

/// The comment above the thing at this path.
pub fn comment(file: &FileDescriptorProto, path: &[i32]) -> String {
    let info = file.source_code_info.as_ref().expect("built with source info");
    let found = info.location.iter().find(|location| location.path == path);
    found
        .map(|location| location.leading_comments().trim().to_owned())
        .unwrap_or_default()
}

fn comment_of(method: &MethodDescriptor) -> String {
    comment(method.parent_file().file_descriptor_proto(), method.path())
}

fn flag(access: &DynamicMessage, field: &str) -> bool {
    access
        .get_field_by_name(field)
        .and_then(|v| v.as_bool())
        .unwrap_or(false)
}

fn text(access: &DynamicMessage, field: &str) -> String {
    access
        .get_field_by_name(field)
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn lacks(message: &MessageDescriptor, field: &str, kind: &Kind) -> Option<String> {
    let fits = message
        .get_field_by_name(field)
        .is_some_and(|f| f.kind() == *kind && !f.is_list());
    (!fits).then(|| format!("{}: no {kind:?} {field}", message.full_name()))
}

/// The words `REASON_…` in a text.
pub fn reasons_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_');
    words
        .filter(|word| word.starts_with("REASON_"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_rpc_has_a_rule_and_the_generated_table_says_the_same() {
    let contract = Contract::load();
    let methods = contract.methods();
    let table: BTreeMap<&str, _> = all_rules().into_iter().map(|rule| (rule.path, rule)).collect();
    let mut faults = vec![];
    for method in &methods {
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        let (Some(access), Some(rule)) = (contract.access(method), table.get(path.as_str())) else {
            faults.push(format!("{path}: no rule in the proto or in the table"));
            continue;
        };
        let permission = text(&access, "permission");
        let who = match (flag(&access, "public"), flag(&access, "signed_in")) {
            (true, false) if permission.is_empty() => "public".to_owned(),
            (false, true) if permission.is_empty() => "signed_in".to_owned(),
            (false, false) => permission,
            _ => "several".to_owned(),
        };
        let ruled = match rule.who {
            Who::Public => "public",
            Who::SignedIn => "signed_in",
            Who::Holding(permission) => permission,
        };
        let said = (
            who.as_str(),
            text(&access, "scope"),
            flag(&access, "fresh_login"),
            flag(&access, "mutates"),
        );
        let kept = (ruled, rule.scope.to_owned(), rule.fresh_login, rule.mutates);
        if said != kept {
            faults.push(format!("{path}: the proto says {said:?}, the table {kept:?}"));
        }
        if rule_for(&path).is_none_or(|found| found.path != path) {
            faults.push(format!("{path}: rule_for doesn't find it"));
        }
    }
    if table.len() != methods.len() || all_rules().len() != methods.len() {
        faults.push(format!("{} rules for {} methods", all_rules().len(), methods.len()));
    }
    assert!(rule_for("/roster.identity.v1.IdentityService/Nothing").is_none() && rule_for("").is_none());
    hold("rules", methods.len(), &faults);
}

#[test]
fn a_rule_that_needs_no_caller_asks_nothing_of_them() {
    let contract = Contract::load();
    let mut faults = vec![];
    for method in contract.methods() {
        let access = contract.access(&method).unwrap();
        let name = method.full_name();
        let (public, scope) = (flag(&access, "public"), text(&access, "scope"));
        if public
            && (flag(&access, "fresh_login") || !scope.is_empty() || !text(&access, "organization_field").is_empty())
        {
            faults.push(format!(
                "{name}: public, yet it asks for a log-in, a scope or an organisation"
            ));
        }
        if !scope.is_empty() && !scope.starts_with("roster.") {
            faults.push(format!("{name}: the scope {scope:?} doesn't begin with roster."));
        }
    }
    hold("public rules", contract.methods().len(), &faults);
}

#[test]
fn requests_have_the_fields_that_their_kind_needs() {
    let contract = Contract::load();
    let mut faults = vec![];
    for method in contract.methods() {
        let (request, response) = (method.input(), method.output());
        let mutates = flag(&contract.access(&method).unwrap(), "mutates");
        if mutates {
            faults.extend(lacks(&request, "request_id", &Kind::String));
            faults.extend(lacks(&request, "validate_only", &Kind::Bool));
        } else if request.get_field_by_name("request_id").is_some() {
            faults.push(format!(
                "{}: has a request_id, but the rule doesn't say mutates",
                request.full_name()
            ));
        }
        if method.name().starts_with("List") {
            faults.extend(lacks(&request, "page_size", &Kind::Int32));
            faults.extend(lacks(&request, "page_token", &Kind::String));
            faults.extend(lacks(&response, "next_page_token", &Kind::String));
        }
        if method.name().starts_with("Update") {
            faults.extend(lacks(&request, "etag", &Kind::String));
            let mask = request.get_field_by_name("update_mask").map(|field| field.kind());
            if !mask.is_some_and(|kind| {
                kind.as_message()
                    .is_some_and(|m| m.full_name() == "google.protobuf.FieldMask")
            }) {
                faults.push(format!(
                    "{}: no google.protobuf.FieldMask update_mask",
                    request.full_name()
                ));
            }
        }
        if !mutates
            && [
                "Get",
                "List",
                "Lookup",
                "Check",
                "BatchCheck",
                "BatchGet",
                "Explain",
                "Preview",
                "Export",
                "Generate",
                "Introspect",
            ]
            .iter()
            .all(|v| !method.name().starts_with(v))
        {
            faults.push(format!(
                "{}: is no look-up by its name, but the rule doesn't say mutates",
                method.full_name()
            ));
        }
    }
    hold("requests", contract.methods().len(), &faults);
}

#[test]
fn each_rpc_has_messages_of_its_own() {
    let contract = Contract::load();
    let (mut seen, mut faults) = (BTreeSet::new(), vec![]);
    for method in contract.methods() {
        for (message, ending) in [(method.input(), "Request"), (method.output(), "Response")] {
            if message.name() != format!("{}{ending}", method.name()) || !seen.insert(message.full_name().to_owned()) {
                faults.push(format!("{}: uses {}", method.full_name(), message.full_name()));
            }
        }
    }
    hold("messages of RPCs", seen.len(), &faults);
}

#[test]
fn each_rpc_says_who_may_what_fails_and_how_to_call_it() {
    let contract = Contract::load();
    let reasons = contract.pool.get_enum_by_name("roster.error.v1.Reason").unwrap();
    let mut faults = vec![];
    for method in contract.methods() {
        let (name, said) = (method.full_name().to_owned(), comment_of(&method));
        for part in ["Who: ", "Fails: "] {
            if !said.lines().any(|line| line.trim().starts_with(part)) {
                faults.push(format!("{name}: no line {part:?}"));
            }
        }
        for reason in reasons_in(&said) {
            if reasons.get_value_by_name(&reason).is_none() {
                faults.push(format!("{name}: {reason} isn't in roster.error.v1.Reason"));
            }
        }
        let calls: Vec<&str> = said
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("grpcurl "))
            .collect();
        let path = format!(" {}/{}", method.parent_service().full_name(), method.name());
        match calls.as_slice() {
            [call] if call.ends_with(&path) => faults.extend(wrong_call(&contract, &method, call)),
            _ => faults.push(format!("{name}: needs one grpcurl line that ends in {path}: {calls:?}")),
        }
        let permission = text(&contract.access(&method).unwrap(), "permission");
        if !permission.is_empty() && !said.contains(&permission) {
            faults.push(format!("{name}: the comment doesn't name {permission}, the rule does"));
        }
    }
    hold("comments of RPCs", contract.methods().len(), &faults);
}

/// What is wrong with the example of a method: it must parse as the request, and carry a token if one is needed.
fn wrong_call(contract: &Contract, method: &MethodDescriptor, call: &str) -> Vec<String> {
    let mut faults = vec![];
    let name = method.full_name();
    let with_token = call.contains("authorization: Bearer");
    if !flag(&contract.access(method).unwrap(), "public") && !with_token {
        faults.push(format!("{name}: the example has no token"));
    }
    let json = call
        .split("-d '")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .unwrap_or("{}");
    match serde_json::from_str(json) {
        Ok(value) => misfits(&method.input(), &value, &mut faults),
        Err(error) => faults.push(format!("{name}: the example isn't JSON: {error}")),
    }
    faults
}

/// Messages that JSON writes as a text.
const WRITTEN_AS_TEXT: [&str; 3] = [
    "google.protobuf.FieldMask",
    "google.protobuf.Timestamp",
    "google.protobuf.Duration",
];

/// What a JSON object has that the message has not.
fn misfits(message: &MessageDescriptor, json: &Value, faults: &mut Vec<String>) {
    let Some(object) = json.as_object() else {
        faults.push(format!("{}: {json} is no object", message.full_name()));
        return;
    };
    for (key, value) in object {
        let field = message
            .get_field_by_name(key)
            .or_else(|| message.get_field_by_json_name(key));
        let Some(field) = field else {
            faults.push(format!("{}: an example names {key}", message.full_name()));
            continue;
        };
        if field.is_list() != value.is_array() {
            faults.push(format!("{}: {value} in an example", field.full_name()));
        }
        for value in value.as_array().unwrap_or(&vec![value.clone()]) {
            let fits = match field.kind() {
                Kind::Message(inner) if WRITTEN_AS_TEXT.contains(&inner.full_name()) => value.is_string(),
                Kind::Message(inner) => {
                    misfits(&inner, value, faults);
                    true
                }
                Kind::Enum(it) => value.as_str().is_some_and(|name| it.get_value_by_name(name).is_some()),
                Kind::String | Kind::Bytes => value.is_string(),
                Kind::Bool => value.is_boolean(),
                _ => value.is_number() || value.as_str().is_some_and(|text| text.parse::<i64>().is_ok()),
            };
            if !fits {
                faults.push(format!("{}: {value} in an example", field.full_name()));
            }
        }
    }
}

#[test]
fn everything_is_commented() {
    let contract = Contract::load();
    let (mut looked, mut faults) = (0, vec![]);
    let mut look = |file: &FileDescriptorProto, path: &[i32], name: &str| {
        looked += 1;
        if comment(file, path).len() < 3 {
            faults.push(name.to_owned());
        }
    };
    for message in contract.messages() {
        let file = message.parent_file_descriptor_proto();
        look(file, message.path(), message.full_name());
        message
            .fields()
            .for_each(|field| look(file, field.path(), field.full_name()));
    }
    for it in contract
        .pool
        .all_enums()
        .filter(|it| it.package_name().starts_with("roster."))
    {
        let file = it.parent_file_descriptor_proto();
        look(file, it.path(), it.full_name());
        it.values()
            .for_each(|value| look(file, value.path(), value.full_name()));
    }
    for file in contract.files() {
        for service in file.services() {
            look(file.file_descriptor_proto(), service.path(), service.full_name());
        }
    }
    hold("comments", looked, &faults);
}

#[test]
fn enums_begin_with_an_unspecified_value_of_their_own_name() {
    let contract = Contract::load();
    let enums: Vec<_> = contract
        .pool
        .all_enums()
        .filter(|it| it.package_name().starts_with("roster."))
        .collect();
    let mut faults = vec![];
    for it in &enums {
        let mut prefix = String::new();
        for c in it.name().chars() {
            if c.is_uppercase() && !prefix.is_empty() {
                prefix.push('_');
            }
            prefix.push(c.to_ascii_uppercase());
        }
        let wrong = it.values().filter(|v| {
            !v.name().starts_with(&format!("{prefix}_"))
                || (v.number() == 0) != (v.name() == format!("{prefix}_UNSPECIFIED"))
        });
        faults.extend(wrong.map(|value| value.full_name().to_owned()));
    }
    hold("enums", enums.len(), &faults);
}
