//! The generator of the rules names every fault of a proto: what it lets pass, the server enforces.
//!
//! `build/rules.rs` is included as it is, and fed small protos on top of the real options.

#[path = "../../build/rules.rs"]
#[allow(dead_code, reason = "the build uses all of it")]
mod rules;

use prost_reflect::DescriptorPool;
use roster::domain::Preset;
use rules::{Catalog, generate};
use std::collections::BTreeSet;
use std::fs;

const ASK: &str = "message Ask { string organization_id = 1; }";
const CHANGE: &str = "message Change { string request_id = 1; bool validate_only = 2; }";

fn catalogs() -> [Catalog; 2] {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let barn = Catalog {
        name: "barn".to_owned(),
        known: set(&["cows.milk", "cows.sell", "cows.feed"]),
        granted: set(&["cows.milk", "cows.sell", "cows.feed"]),
    };
    let field = Catalog {
        name: "field".to_owned(),
        known: set(&["cows.milk", "cows.sell"]),
        granted: set(&["cows.milk"]),
    };
    [barn, field]
}

/// What the generator says about a service of these RPCs (each `Name(Request) { rule }`) and these messages.
fn generated(rpcs: &[&str], messages: &[&str]) -> Result<String, Vec<String>> {
    let rpcs: Vec<String> = rpcs
        .iter()
        .map(|rpc| {
            let (signature, rule) = rpc.split_once(' ').unwrap_or((rpc, ""));
            let option = if rule.is_empty() {
                String::new()
            } else {
                format!("option (roster.access.v1.access) = {rule};")
            };
            format!("rpc {signature} returns (Answer) {{ {option} }}")
        })
        .collect();
    let proto = format!(
        "syntax = \"proto3\"; package roster.farm.v1; import \"roster/access/v1/options.proto\";\n\
         service Farm {{ {} }}\nmessage Answer {{}}\n{}",
        rpcs.join("\n"),
        messages.join("\n")
    );
    generate(&pool(&proto), &catalogs())
}

fn pool(proto: &str) -> DescriptorPool {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("farm.proto"), proto).unwrap();
    let real = crate::sources::root().join("proto");
    let mut compiler = protox::Compiler::new([folder.path(), real.as_path()]).unwrap();
    compiler.include_imports(true);
    compiler
        .open_file("farm.proto")
        .unwrap_or_else(|e| panic!("{e:?}\n{proto}"));
    compiler.descriptor_pool()
}

#[track_caller]
fn refused(rpcs: &[&str], messages: &[&str], faults: &[&str]) {
    let named = generated(rpcs, messages).expect_err("the generator let it pass");
    assert_eq!(named, faults);
}

#[test]
fn a_sound_service_passes_and_its_rules_say_what_the_proto_says() {
    let text = generated(
        &[
            r#"Look(Ask) {permission: "cows.milk" organization_field: "organization_id" scope: "roster.cows"}"#,
            r#"Sell(Change) {signed_in: true mutates: true fresh_login: true}"#,
            r#"Moo(Noise) {public: true}"#,
        ],
        &[ASK, CHANGE, "message Noise {}"],
    )
    .unwrap();
    for line in [
        r#"Rule { path: "/roster.farm.v1.Farm/Look", who: Who::Holding("cows.milk"), scope: "roster.cows", fresh_login: false, mutates: false, streams: false };"#,
        r#"Rule { path: "/roster.farm.v1.Farm/Sell", who: Who::SignedIn, scope: "", fresh_login: true, mutates: true, streams: false };"#,
        r#"Rule { path: "/roster.farm.v1.Farm/Moo", who: Who::Public, scope: "", fresh_login: false, mutates: false, streams: false };"#,
        "impl Query for crate::pb::roster::farm::v1::Ask {}",
        "impl Mutation for crate::pb::roster::farm::v1::Change {",
        r#"impl Scoped for crate::pb::roster::farm::v1::Ask { fn organization(&self) -> &str { &self.organization_id } }"#,
        r#"impl Scoped for crate::pb::roster::farm::v1::Change { fn organization(&self) -> &str { "" } }"#,
    ] {
        assert!(text.contains(line), "{line}\nis not in\n{text}");
    }
    assert!(!text.contains("impl Mutation for crate::pb::roster::farm::v1::Ask"));
    assert!(!text.contains("impl Query for crate::pb::roster::farm::v1::Change"));
}

#[test]
fn a_method_without_the_option_is_named() {
    refused(
        &["Look(Ask)"],
        &[ASK],
        &["roster.farm.v1.Farm.Look: no (roster.access.v1.access)"],
    );
}

#[test]
fn a_rule_that_lets_nobody_in_is_named() {
    let fault = "roster.farm.v1.Farm.Look: the rule says neither public, signed_in nor a permission";
    refused(&[r#"Look(Ask) {scope: "roster.cows"}"#], &[ASK], &[fault]);
    refused(&[r#"Look(Ask) {public: false}"#], &[ASK], &[fault]);
    refused(&[r#"Look(Ask) {permission: ""}"#], &[ASK], &[fault]);
}

#[test]
fn a_permission_that_the_preset_does_not_have_is_named() {
    let faults = [
        r#"roster.farm.v1.Farm.Look: the permission "cows.eat" is not in the preset barn"#,
        r#"roster.farm.v1.Farm.Look: the permission "cows.eat" is not in the preset field"#,
    ];
    refused(&[r#"Look(Ask) {permission: "cows.eat"}"#], &[ASK], &faults);
    let fault = r#"roster.farm.v1.Farm.Look: the permission "cows.feed" is not in the preset field"#;
    refused(&[r#"Look(Ask) {permission: "cows.feed"}"#], &[ASK], &[fault]);
}

#[test]
fn a_permission_that_nobody_can_hold_is_named() {
    let fault = r#"roster.farm.v1.Farm.Look: no role of the preset field grants the permission "cows.sell""#;
    refused(&[r#"Look(Ask) {permission: "cows.sell"}"#], &[ASK], &[fault]);
}

#[test]
fn a_change_without_request_id_or_validate_only_is_named() {
    let rpc = ["Sell(Change) {public: true mutates: true}"];
    let id = r#"roster.farm.v1.Farm.Sell: roster.farm.v1.Change has no string field "request_id""#;
    let only = r#"roster.farm.v1.Farm.Sell: roster.farm.v1.Change has no bool field "validate_only""#;
    refused(&rpc, &["message Change { bool validate_only = 1; }"], &[id]);
    refused(&rpc, &["message Change { string request_id = 1; }"], &[only]);
    refused(&rpc, &["message Change {}"], &[id, only]);
    // Of the wrong type, or that may be absent or many: the generated code could not read it.
    refused(
        &rpc,
        &["message Change { bytes request_id = 1; repeated bool validate_only = 2; }"],
        &[id, only],
    );
    refused(
        &rpc,
        &["message Change { optional string request_id = 1; bool validate_only = 2; }"],
        &[id],
    );
}

#[test]
fn an_organization_field_that_is_not_there_is_named() {
    let fault = r#"roster.farm.v1.Farm.Look: roster.farm.v1.Ask has no string field "org""#;
    refused(
        &[r#"Look(Ask) {signed_in: true organization_field: "org"}"#],
        &[ASK],
        &[fault],
    );
}

#[test]
fn two_methods_of_one_request_are_named() {
    let fault = "roster.farm.v1.Farm.Stare: shares its request message with roster.farm.v1.Farm.Look";
    refused(
        &["Look(Ask) {public: true}", "Stare(Ask) {public: true}"],
        &[ASK],
        &[fault],
    );
}

#[test]
fn all_faults_are_named_at_once() {
    refused(
        &[
            "Bare(Ask)",
            r#"Nobody(A) {scope: "x" organization_field: "org"}"#,
            r#"Eat(B) {permission: "cows.eat"}"#,
            r#"Sell(C) {permission: "cows.sell" mutates: true organization_field: "nowhere"}"#,
            "Look(D) {public: true}",
            "Stare(D) {public: true}",
            "Change(E) {public: true mutates: true}",
        ],
        &[ASK, "message A {} message B {} message C {} message D {} message E {}"],
        &[
            "roster.farm.v1.Farm.Bare: no (roster.access.v1.access)",
            "roster.farm.v1.Farm.Nobody: the rule says neither public, signed_in nor a permission",
            r#"roster.farm.v1.Farm.Nobody: roster.farm.v1.A has no string field "org""#,
            r#"roster.farm.v1.Farm.Eat: the permission "cows.eat" is not in the preset barn"#,
            r#"roster.farm.v1.Farm.Eat: the permission "cows.eat" is not in the preset field"#,
            r#"roster.farm.v1.Farm.Sell: no role of the preset field grants the permission "cows.sell""#,
            r#"roster.farm.v1.Farm.Sell: roster.farm.v1.C has no string field "nowhere""#,
            r#"roster.farm.v1.Farm.Sell: roster.farm.v1.C has no string field "request_id""#,
            r#"roster.farm.v1.Farm.Sell: roster.farm.v1.C has no bool field "validate_only""#,
            "roster.farm.v1.Farm.Stare: shares its request message with roster.farm.v1.Farm.Look",
            r#"roster.farm.v1.Farm.Change: roster.farm.v1.E has no string field "request_id""#,
            r#"roster.farm.v1.Farm.Change: roster.farm.v1.E has no bool field "validate_only""#,
        ],
    );
}

#[test]
fn protos_without_the_extension_are_refused() {
    let bare = "syntax = \"proto3\"; package roster.farm.v1; message A {}";
    let faults = generate(&pool(bare), &catalogs()).unwrap_err();
    assert_eq!(faults, ["the extension roster.access.v1.access is missing"]);
}

#[test]
fn a_foreign_service_needs_no_rule() {
    let text = "syntax = \"proto3\"; package other.v1; import \"roster/access/v1/options.proto\"; message A {}\n\
                service S { rpc F(A) returns (A); }";
    assert!(generate(&pool(text), &catalogs()).is_ok());
}

#[test]
fn the_build_and_the_server_read_the_same_presets() {
    let names = |set: roster::domain::PermissionSet| -> BTreeSet<String> {
        set.iter().map(|p| p.as_str().to_owned()).collect()
    };
    for preset in Preset::shipped_names() {
        let text = crate::sources::read(&format!("presets/{preset}.toml"));
        let catalog = Catalog::of_preset(preset, &text).unwrap();
        let preset = Preset::shipped(preset).unwrap().unwrap();
        let roles: Vec<_> = preset.roles.iter().map(|role| role.id).collect();
        assert!(catalog.known.len() > 5, "{:?}", catalog.known);
        assert_eq!(catalog.known, names(preset.permissions()));
        assert_eq!(catalog.granted, names(preset.permissions_of(&roles)));
        // `*` of the owner's role hides what the other patterns do: without that role, both must still agree.
        let mut table: toml::Table = text.parse().unwrap();
        let roles = table.get_mut("roles").and_then(toml::Value::as_array_mut).unwrap();
        for role in roles.clone() {
            let name = role.get("name").and_then(toml::Value::as_str).unwrap();
            let mut alone = table.clone();
            alone.insert("roles".into(), toml::Value::Array(vec![role.clone()]));
            let granted = Catalog::of_preset("alone", &alone.to_string()).unwrap().granted;
            assert_eq!(
                granted,
                names(preset.role_named(name).unwrap().permissions.clone()),
                "{name}"
            );
        }
    }
}

#[test]
fn every_file_beside_the_presets_is_one_that_ships() {
    let files = fs::read_dir(crate::sources::root().join("presets")).unwrap();
    let mut files: Vec<_> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut shipped: Vec<_> = Preset::shipped_names().map(|name| format!("{name}.toml")).collect();
    files.sort();
    shipped.sort();
    assert_eq!(files, shipped);
    for name in Preset::shipped_names() {
        assert_eq!(
            Preset::shipped(name).unwrap().unwrap().name,
            name,
            "a preset is called as its file is"
        );
    }
}
