//! The tests of `preset_check`.

#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;

/// A small preset, a line for each thing that a test replaces.
const SMALL: &str = r#"name = "small"
default_role = "reader"
owners = 2
former_owner_role = "reader"
suspension_keeps_seat = true
typed_temporary_password = true
[onboarding]
allowed = ["list_only", "temporary_password"]
default = "list_only"
required = ["role"]
[[modules]]
name = "m"
title = { en = "M", pt-BR = "M", es = "M" }
permissions = [
  { verb = "read", en = "r", pt-BR = "r", es = "r" },
  { verb = "write", en = "w", pt-BR = "w", es = "w", grantable = false },
  { resource = "n", verb = "read", en = "n", pt-BR = "n", es = "n" },
]
[[roles]]
name = "boss"
owner = true
title = { en = "B", pt-BR = "B", es = "B" }
description = { en = "B", pt-BR = "B", es = "B" }
permissions = ["m.*", "n.read"]
[[roles]]
name = "reader"
title = { en = "R", pt-BR = "R", es = "R" }
description = { en = "R", pt-BR = "R", es = "R" }
permissions = ["*"]
except = ["m.write"]
"#;

#[test]
fn a_sound_preset_is_read_whole() {
    let preset = Preset::parse(SMALL).unwrap();
    assert_eq!((preset.name.as_str(), preset.owners), ("small", 2));
    assert_eq!(preset.owner_role().name, "boss");
    assert_eq!(preset.default_role().name, "reader");
    assert_eq!(preset.default_role, Role::id_of("reader"));
    let names = |role: &str| {
        preset
            .role_named(role)
            .unwrap()
            .permissions
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(names("boss"), ["m.read", "m.write", "n.read"]);
    assert_eq!(names("reader"), ["m.read", "n.read"]);
    // A permission of another resource stands in the module all the same, and takes no name but its own.
    assert_eq!((preset.modules.len(), preset.modules[0].permissions.len()), (1, 3));
    assert_eq!(preset.modules[0].permissions[2].name.as_str(), "n.read");
    assert!(["m", "n"].iter().all(|name| preset.claims(name)));
    assert!(!preset.claims("read") && !preset.claims("boss"));
    // The owner's holds what services declare later too, however its list is written.
    assert!(preset.owner_role().everything);
    assert!(!preset.permission(&"m.write".parse().unwrap()).unwrap().grantable);
    assert!(preset.permission(&"m.read".parse().unwrap()).unwrap().grantable);
    assert_eq!(preset.former_owner_role, Role::id_of("reader"));
    assert!(preset.suspension_keeps_seat && preset.typed_temporary_password);
    let rules = &preset.onboarding;
    assert_eq!(rules.default, OnboardingKind::ListOnly);
    assert!(
        rules.allowed.contains(&OnboardingKind::TemporaryPassword)
            && !rules.allowed.contains(&OnboardingKind::Invitation)
    );
    assert_eq!(rules.required, BTreeSet::from([RequiredField::Role]));
}

#[test]
fn what_is_missing_is_what_is_required_and_not_there() {
    use RequiredField::{DisplayName, Role};
    let missing = |required: &str, named, with_role| {
        let text = SMALL.replacen("[\"role\"]", required, 1);
        let missing = Preset::parse(&text).unwrap().onboarding.missing(named, with_role);
        missing.into_iter().collect::<Vec<_>>()
    };
    let both = r#"["role", "display_name"]"#;
    assert_eq!(missing(both, false, false), [DisplayName, Role]);
    assert_eq!(missing(both, true, false), [Role]);
    assert_eq!(missing(both, false, true), [DisplayName]);
    assert_eq!(missing(both, true, true), []);
    assert_eq!(missing(r#"["role"]"#, false, false), [Role]);
    assert_eq!(missing(r#"["display_name"]"#, true, false), []);
    assert_eq!(missing("[]", false, false), []);
}

#[test]
fn what_a_preset_does_not_say_is_the_stricter_or_the_usual() {
    let from = SMALL.find("owners = 2").unwrap();
    let to = SMALL.find("[[modules]]").unwrap();
    let text = format!("{}former_owner_role = \"reader\"\n{}", &SMALL[..from], &SMALL[to..]);
    let preset = Preset::parse(&text).unwrap();
    assert_eq!((preset.owners, preset.suspension_keeps_seat), (1, false));
    assert!(!preset.typed_temporary_password);
    assert_eq!(
        (preset.onboarding.allowed.len(), preset.onboarding.default),
        (3, OnboardingKind::Invitation)
    );
    assert_eq!(preset.onboarding.required, BTreeSet::new());
}

#[test]
fn whatever_is_wrong_is_refused_with_its_line() {
    let reader = "[[roles]]\nname = \"reader\"";
    for (from, to, line, says) in [
        ("name = \"boss\"", "name = \"Boss\"", 20, "\"Boss\" can't name a role"),
        ("name = \"boss\"", "name = \"b\"", 20, "\"b\" can't name a role"),
        ("name = \"boss\"", "name = \"own\u{435}r\"", 20, "can't name a role"),
        (
            "name = \"boss\"",
            "name = \"b2345678901234567890123456789012\"",
            20,
            "can't name a role",
        ),
        (
            "\"*\"]",
            "\"m.delete\"]",
            29,
            "the role \"reader\" names \"m.delete\", which no module has",
        ),
        ("\"*\"]", "\"o.*\"]", 29, "\"o.*\", which no module has"),
        ("\"m.write\"]", "\"m.wrote\"]", 30, "\"m.wrote\", which no module has"),
        (
            "\"*\"]",
            "\"m.read\", \"m.read\"]",
            29,
            "the permission \"m.read\" is here twice",
        ),
        ("\"write\"", "\"read\"", 16, "the permission \"m.read\" is here twice"),
        ("\"write\"", "\"wri te\"", 16, "\"wri te\" can't be a name"),
        ("name = \"m\"", "name = \"M\"", 12, "\"M\" can't be a name"),
        ("name = \"small\"", "name = \"\"", 1, "\"\" can't be a name"),
        (
            "name = \"reader\"",
            "name = \"boss\"",
            26,
            "the role \"boss\" is here twice",
        ),
        (
            reader,
            "[[modules]]\nname = \"m\"\npermissions = []\ntitle = { en = \"\", pt-BR = \"\", es = \"\" }\n[[roles]]\nname = \"reader\"",
            26,
            "the module \"m\" is here twice",
        ),
        ("[\"m.*\"", "[\"m.read\"", 16, "no role grants m.write"),
        ("except = [\"m.write\"]\n", "except = []\n#", 0, ""),
        ("owner = true", "owner = false", 1, "no role is the owner's"),
        (
            "name = \"reader\"",
            "name = \"reader\"\nowner = true",
            26,
            "\"boss\" is the one",
        ),
        (
            "default_role = \"reader\"",
            "default_role = \"nobody\"",
            2,
            "\"nobody\" isn't among the roles",
        ),
        (
            "default_role = \"reader\"",
            "default_role = \"boss\"",
            2,
            "can't be the owner role \"boss\"",
        ),
        ("owners = 2", "owners = 0", 3, "owners must be at least 1"),
        ("owners = 2", "owners = -1", 3, ""),
        ("owners = 2", "ownres = 2", 3, "unknown field `ownres`"),
        ("grantable = false", "granted = false", 16, "unknown field `granted`"),
        ("owner = true", "onwer = true", 21, "unknown field `onwer`"),
        ("es = \"M\" }", "es = \"M\", de = \"M\" }", 13, "unknown field `de`"),
        ("owner = true", "owner = ", 21, ""),
        ("owner = true", "owner = true\nowner = true", 22, "duplicate key"),
        (
            "former_owner_role = \"reader\"\n",
            "",
            1,
            "missing field `former_owner_role`",
        ),
        (
            "former_owner_role = \"reader\"",
            "former_owner_role = \"nobody\"",
            4,
            "the former owner's role \"nobody\" isn't among the roles",
        ),
        (
            "former_owner_role = \"reader\"",
            "former_owner_role = \"boss\"",
            4,
            "can't become \"boss\", the owner role",
        ),
        ("keeps_seat = true", "keeps_seat = \"yes\"", 5, "expected a boolean"),
        ("keeps_seat", "keep_seat", 5, "unknown field `suspension_keep_seat`"),
        (
            ", \"temporary_password\"]",
            "]",
            6,
            "onboarding.allowed lacks \"temporary_password\"",
        ),
        ("typed_temporary_password = true", "typed_temporary_password = 1", 6, ""),
        (
            "\"list_only\", \"temp",
            "\"email\", \"temp",
            8,
            "unknown variant `email`",
        ),
        (
            "[\"list_only\", \"temporary_password\"]",
            "[\"list_only\", \"list_only\"]",
            8,
            "the onboarding \"list_only\" is here twice",
        ),
        (
            "[\"list_only\", \"temporary_password\"]",
            "[]",
            8,
            "onboarding.allowed is empty",
        ),
        (
            "default = \"list_only\"",
            "default = \"invitation\"",
            9,
            "the default onboarding \"invitation\" isn't among the allowed",
        ),
        (
            "default = \"list_only\"",
            "",
            1,
            "\"invitation\" isn't among the allowed",
        ),
        (
            "default = \"list_only\"",
            "kind = \"list_only\"",
            9,
            "unknown field `kind`",
        ),
        (
            "[\"role\"]",
            "[\"role\", \"role\"]",
            10,
            "the required field \"role\" is here twice",
        ),
        ("[\"role\"]", "[\"phone\"]", 10, "unknown variant `phone`"),
        ("[\"role\"]", "\"role\"", 10, "expected a sequence"),
        ("required", "requires", 10, "unknown field `requires`"),
        ("\"n\", verb", "\"N\", verb", 17, "\"N\" can't be a name"),
        ("\"n\", verb", "\"\", verb", 17, "\"\" can't be a name"),
        (
            "\"n\", verb",
            "\"m\", verb",
            17,
            "the permission \"m.read\" is here twice",
        ),
        (
            "\"n.read\"]",
            "\"m.read\"]",
            24,
            "the permission \"m.read\" is here twice",
        ),
        // What stands before the dot counts, not the module that a permission is in.
        ("\"m.*\", \"n.read\"", "\"m.*\"", 17, "the owner role lacks n.read"),
    ] {
        let text = SMALL.replacen(from, to, 1);
        assert_ne!(text, SMALL, "{from}");
        match Preset::parse(&text) {
            Ok(_) => assert_eq!(line, 0, "{to}"),
            Err(error) => {
                assert_eq!(error.line, line, "{to}: {error}");
                assert!(error.to_string().contains(says), "{to}: {error}");
            }
        }
    }
    let lacks = SMALL.replacen("[\"m.*\"", "[\"m.read\"", 1).replacen("except", "#", 1);
    assert_eq!(
        Preset::parse(&lacks).unwrap_err(),
        PresetError {
            line: 16,
            cause: PresetCause::OwnerLacks("m.write".parse().unwrap())
        }
    );
    assert_eq!(Preset::parse("").unwrap_err().line, 1);
}

#[test]
fn the_standard_preset_stands_as_described() {
    let preset = Preset::standard().unwrap();
    assert_eq!(
        preset.roles.iter().map(|role| role.name.as_str()).collect::<Vec<_>>(),
        ["owner", "admin", "member", "guest"]
    );
    assert_eq!(
        (
            preset.owner_role().name.as_str(),
            preset.default_role().name.as_str(),
            preset.owners
        ),
        ("owner", "member", 1)
    );
    let info = preset.modules.iter().flat_map(|module| &module.permissions);
    let locked: Vec<_> = info
        .filter(|info| !info.grantable)
        .map(|info| info.name.as_str())
        .collect();
    assert_eq!(locked, ["organization.delete", "organization.transfer"]);
    let both = preset.permissions_of(&[Role::id_of("guest"), Role::id_of("member"), Role::id_of("unheard_of")]);
    assert_eq!(both, preset.role_named("member").unwrap().permissions);
    let titles = preset.modules.iter().flat_map(|module| {
        module
            .permissions
            .iter()
            .map(|info| &info.titles)
            .chain([&module.titles])
    });
    let titles = titles.chain(preset.roles.iter().flat_map(|role| [&role.titles, &role.descriptions]));
    for titles in titles {
        assert!(
            crate::domain::name::Locale::ALL
                .iter()
                .all(|locale| !titles.get(*locale).is_empty()),
            "{titles:?}"
        );
    }
}

#[test]
fn a_role_id_is_the_same_for_ever() {
    let owner = Role::id_of("owner");
    assert_eq!(owner.uuid().get_version_num(), 8);
    assert_eq!(owner.to_string(), "rol_4vrpmhq2qwhhqb04rvyfc264be");
    assert_ne!(owner, Role::id_of("admin"));
    assert_eq!(
        Preset::standard().unwrap().role(owner).map(|role| role.name.as_str()),
        Some("owner")
    );
}
