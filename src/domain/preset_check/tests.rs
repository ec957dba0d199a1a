//! The tests of `preset_check`.

#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;

/// A small preset, a line for each thing that a test replaces.
const SMALL: &str = r#"name = "small"
default_role = "reader"
owners = 2
[[modules]]
name = "m"
title = { en = "M", pt-BR = "M", es = "M" }
permissions = [
  { verb = "read", en = "r", pt-BR = "r", es = "r" },
  { verb = "write", en = "w", pt-BR = "w", es = "w", grantable = false },
]
[[roles]]
name = "boss"
owner = true
title = { en = "B", pt-BR = "B", es = "B" }
description = { en = "B", pt-BR = "B", es = "B" }
permissions = ["m.*"]
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
    assert_eq!(names("boss"), ["m.read", "m.write"]);
    assert_eq!(names("reader"), ["m.read"]);
    assert!(!preset.permission(&"m.write".parse().unwrap()).unwrap().grantable);
    assert!(preset.permission(&"m.read".parse().unwrap()).unwrap().grantable);
    assert_eq!(Preset::parse(&SMALL.replace("owners = 2\n", "")).unwrap().owners, 1);
}

#[test]
fn whatever_is_wrong_is_refused_with_its_line() {
    let reader = "[[roles]]\nname = \"reader\"";
    for (from, to, line, says) in [
        ("name = \"boss\"", "name = \"Boss\"", 12, "\"Boss\" can't name a role"),
        ("name = \"boss\"", "name = \"b\"", 12, "\"b\" can't name a role"),
        ("name = \"boss\"", "name = \"own\u{435}r\"", 12, "can't name a role"),
        (
            "name = \"boss\"",
            "name = \"b2345678901234567890123456789012\"",
            12,
            "can't name a role",
        ),
        (
            "\"*\"]",
            "\"m.delete\"]",
            21,
            "the role \"reader\" names \"m.delete\", which no module has",
        ),
        ("\"*\"]", "\"n.*\"]", 21, "\"n.*\", which no module has"),
        ("\"m.write\"]", "\"m.wrote\"]", 22, "\"m.wrote\", which no module has"),
        (
            "\"*\"]",
            "\"m.read\", \"m.read\"]",
            21,
            "the permission \"m.read\" is here twice",
        ),
        ("\"write\"", "\"read\"", 9, "the permission \"m.read\" is here twice"),
        ("\"write\"", "\"wri te\"", 9, "\"wri te\" can't be a name"),
        ("name = \"m\"", "name = \"M\"", 5, "\"M\" can't be a name"),
        ("name = \"small\"", "name = \"\"", 1, "\"\" can't be a name"),
        (
            "name = \"reader\"",
            "name = \"boss\"",
            18,
            "the role \"boss\" is here twice",
        ),
        (
            reader,
            "[[modules]]\nname = \"m\"\npermissions = []\ntitle = { en = \"\", pt-BR = \"\", es = \"\" }\n[[roles]]\nname = \"reader\"",
            18,
            "the module \"m\" is here twice",
        ),
        ("[\"m.*\"]", "[\"m.read\"]", 9, "no role grants m.write"),
        ("except = [\"m.write\"]\n", "except = []\n#", 0, ""),
        ("owner = true", "owner = false", 1, "no role is the owner's"),
        (
            "name = \"reader\"",
            "name = \"reader\"\nowner = true",
            18,
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
        ("grantable = false", "granted = false", 9, "unknown field `granted`"),
        ("owner = true", "onwer = true", 13, "unknown field `onwer`"),
        ("es = \"M\" }", "es = \"M\", de = \"M\" }", 6, "unknown field `de`"),
        ("owner = true", "owner = ", 13, ""),
        ("owner = true", "owner = true\nowner = true", 14, "duplicate key"),
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
    let lacks = SMALL
        .replacen("[\"m.*\"]", "[\"m.read\"]", 1)
        .replacen("except", "#", 1);
    assert_eq!(
        Preset::parse(&lacks).unwrap_err(),
        PresetError {
            line: 9,
            cause: PresetCause::OwnerLacks("m.write".parse().unwrap())
        }
    );
    assert_eq!(Preset::parse("").unwrap_err().line, 1);
}

/// Written by hand, from the rules: o owner, a admin, m member, g guest.
const STANDARD: &str = "
    organization.read oamg      organization.update o       organization.delete o       organization.transfer o
    members.read oamg           members.add oa              members.update oa           members.invite oa
    members.revoke oa           members.suspend oa          members.remove oa           members.import oa
    members.export oa           roles.read oa               roles.manage oa             groups.read oam
    groups.manage oa            tags.read oam               tags.manage oa              seats.read oa
    seats.manage oa             billing.read oa             billing.manage oa           credits.read oa
    credits.add oa              credits.spend oam           usage.read oa               usage.read_own oam
    resources.read oamg         resources.use oam           resources.manage oa         documents.read oamg
    documents.download oam      folders.manage oa           sent_emails.read oa         api_keys.manage oa
    service_accounts.manage oa  integrations.read oa        integrations.manage oa      notifications.manage oa
    rotations.manage o          audit.read oa               reviews.manage oa";

#[test]
fn b15_the_standard_roles_hold_exactly_what_the_table_says() {
    let preset = Preset::standard().unwrap();
    let words: Vec<_> = STANDARD.split_whitespace().collect();
    let mut table: Vec<_> = words.chunks(2).map(|pair| format!("{} {}", pair[0], pair[1])).collect();
    table.sort();
    let letters = |permission| {
        preset
            .roles_granting(permission)
            .iter()
            .map(|role| &role.name[..1])
            .collect::<String>()
    };
    let held: Vec<_> = preset
        .permissions()
        .iter()
        .map(|name| format!("{name} {}", letters(name)))
        .collect();
    assert_eq!(held, table);
    assert_eq!(held.len(), 43);
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
