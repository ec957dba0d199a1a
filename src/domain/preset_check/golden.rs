//! What the roles of each preset hold and what its rules are, written by hand: whoever changes a preset changes this too.

#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;

/// Permissions, each with the letters of the roles that hold it: o owner, a admin, m member, g guest.
const STANDARD: &str = "
    organization.read oamg      organization.update o       organization.delete o       organization.transfer o
    members.read oamg           members.add oa              members.update oa           members.invite oa
    members.revoke oa           members.suspend oa          members.remove oa           members.import oa
    members.export oa           roles.read oa               roles.manage oa             groups.read oam
    groups.manage oa            tags.read oam               tags.manage oa              seats.read oa
    seats.manage oa             billing.read oa             billing.manage oa           credits.read oa
    credits.add oa              credits.spend oam           usage.read oa               usage.read_own oam
    resources.read oamg         resources.use oam           resources.manage oa         documents.read oamg
    documents.download oam      documents.manage oa         folders.manage oa           contacts.read oam
    contacts.manage oa          sent_emails.read oa         backups.manage oa           tools.use oam
    tools.manage oa             security.manage oa          api_keys.manage oa          service_accounts.manage oa
    integrations.read oa        integrations.manage oa      notifications.manage oa     activities.join oam
    rotations.manage o          audit.read oa               reviews.manage oa";

/// The same letters.
const CREDITS: &str = "
    organization.read oamg      organization.update oa      organization.delete o       organization.transfer o
    members.read oamg           members.add oa              members.update oa           members.invite oa
    members.revoke oa           members.suspend oa          members.remove oa           members.import oa
    members.export oa           roles.read oa               roles.manage oa             groups.read oam
    groups.manage oa            tags.read oam               tags.manage oa              seats.read oa
    seats.manage oa             billing.read oa             billing.manage oa           credits.read oam
    credits.add oa              credits.spend oam           usage.read oa               usage.read_own oam
    resources.read oamg         resources.use oam           resources.manage oam        integrations.read oa
    integrations.manage oa      api_keys.manage oa          service_accounts.manage oa  audit.read oa
    reviews.manage oa";

/// The same letters.
const OPERATIONS: &str = "
    organization.read oam       organization.update o       organization.delete o       organization.transfer o
    members.read oam            members.add oa              members.update oa           members.invite oa
    members.revoke oa           members.suspend oa          members.remove oa           members.import oa
    members.export oa           roles.read oa               roles.manage oa             groups.read oam
    groups.manage oa            tags.read oam               tags.manage oa              seats.read oa
    seats.manage o              activities.join oam         notifications.manage oa     integrations.read oa
    integrations.manage oa      rotations.manage o          api_keys.manage oa          service_accounts.manage oa
    audit.read oa               reviews.manage oa";

/// The same letters.
const WORKSPACE: &str = "
    organization.read oam       organization.update oa      organization.delete o       organization.transfer o
    members.read oa             members.add oa              members.update oa           members.invite oa
    members.revoke oa           members.suspend oa          members.remove oa           members.import oa
    members.export oa           roles.read oa               roles.manage oa             groups.read oa
    groups.manage oa            tags.read oa                tags.manage oa              seats.read oa
    seats.manage o              billing.read o              billing.manage o            integrations.read oa
    integrations.manage oa      tools.use oam               tools.manage oa             security.manage oa
    api_keys.manage oa          service_accounts.manage oa  audit.read oa               reviews.manage oa";

/// a admin, who owns; m member; d observer who may download; v observer who may only view.
const DOCUMENTS: &str = "
    organization.read amdv      organization.update a       organization.delete a       organization.transfer a
    members.read a              members.add a               members.update a            members.invite a
    members.revoke a            members.suspend a           members.remove a            members.import a
    members.export a            roles.read a                roles.manage a              groups.read am
    groups.manage a             tags.read a                 tags.manage a               seats.read a
    seats.manage a              billing.read a              billing.manage a            documents.read amdv
    documents.download amd      documents.manage am         folders.manage a            contacts.read amdv
    contacts.manage am          sent_emails.read a          backups.manage a            integrations.read a
    integrations.manage a       api_keys.manage a           service_accounts.manage a   audit.read am
    reviews.manage a";

#[track_caller]
fn holds(preset: &str, letters: &[(&str, char)], table: &str) {
    let preset = Preset::shipped(preset).unwrap().unwrap();
    let names: Vec<_> = preset.roles.iter().map(|role| role.name.as_str()).collect();
    assert_eq!(names, letters.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    let words: Vec<_> = table.split_whitespace().collect();
    let mut table: Vec<_> = words.chunks(2).map(|pair| format!("{} {}", pair[0], pair[1])).collect();
    table.sort();
    let held = |permission| {
        let granting = preset.roles_granting(permission);
        let letter = |role: &&Role| letters.iter().find(|(name, _)| *name == role.name).unwrap().1;
        granting.iter().map(letter).collect::<String>()
    };
    let held: Vec<_> = preset
        .permissions()
        .iter()
        .map(|name| format!("{name} {}", held(name)))
        .collect();
    assert_eq!(held, table, "{}", preset.name);
}

const THREE: [(&str, char); 3] = [("owner", 'o'), ("admin", 'a'), ("member", 'm')];
const FOUR: [(&str, char); 4] = [("owner", 'o'), ("admin", 'a'), ("member", 'm'), ("guest", 'g')];

#[test]
fn b15_the_built_in_roles_hold_exactly_what_the_tables_say() {
    holds("standard", &FOUR, STANDARD);
    holds("credits", &FOUR, CREDITS);
    holds("operations", &THREE, OPERATIONS);
    holds("workspace", &THREE, WORKSPACE);
    let documents = [
        ("admin", 'a'),
        ("member", 'm'),
        ("observer_with_download", 'd'),
        ("observer", 'v'),
    ];
    holds("documents", &documents, DOCUMENTS);
}

/// The preset; owners, the owner role, the former owner's and the default role; whether suspension keeps the seat and a
/// password may be typed; the kinds of onboarding, the default first; what nobody is added without.
type Rules = (
    &'static str,
    u32,
    [&'static str; 3],
    [bool; 2],
    &'static [&'static str],
    &'static [&'static str],
);

const RULES: [Rules; 5] = [
    (
        "standard",
        1,
        ["owner", "admin", "member"],
        [false, true],
        &["invitation", "temporary_password", "list_only"],
        &[],
    ),
    (
        "credits",
        1,
        ["owner", "admin", "member"],
        [false, true],
        &["temporary_password", "invitation"],
        &[],
    ),
    (
        "operations",
        5,
        ["owner", "admin", "member"],
        [true, false],
        &["temporary_password", "invitation"],
        &["display_name", "role"],
    ),
    (
        "workspace",
        1,
        ["owner", "admin", "member"],
        [false, false],
        &["list_only", "invitation"],
        &[],
    ),
    (
        "documents",
        100,
        ["admin", "member", "observer"],
        [false, false],
        &["invitation"],
        &["role"],
    ),
];

#[test]
fn b15_the_rules_of_each_preset_are_what_the_table_says() {
    assert_eq!(
        RULES.map(|rules| rules.0).to_vec(),
        Preset::shipped_names().collect::<Vec<_>>()
    );
    for (name, owners, roles, [keeps, typed], kinds, required) in RULES {
        let preset = Preset::shipped(name).unwrap().unwrap();
        let former = preset.role(preset.former_owner_role).unwrap();
        let named = [&preset.owner_role().name, &former.name, &preset.default_role().name];
        assert_eq!(named, roles, "{name}");
        assert_eq!(preset.owners, owners, "{name}");
        assert_eq!(
            [preset.suspension_keeps_seat, preset.typed_temporary_password],
            [keeps, typed],
            "{name}"
        );
        assert_eq!(preset.onboarding.default.as_str(), kinds[0], "{name}");
        let allowed: BTreeSet<_> = preset.onboarding.allowed.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(allowed, kinds.iter().copied().collect(), "{name}");
        let asked: Vec<_> = preset.onboarding.required.iter().map(|field| field.as_str()).collect();
        assert_eq!(asked, required, "{name}");
    }
}

#[test]
fn the_standard_preset_is_the_union_of_the_others() {
    let standard = Preset::standard().unwrap().permissions();
    for name in Preset::shipped_names() {
        let others = Preset::shipped(name).unwrap().unwrap().permissions();
        assert_eq!(others.missing_from(&standard), [], "{name}");
    }
}

/// An administrator who lacks what the default role holds could add nobody: nobody gives what they don't hold.
#[test]
fn whoever_adds_members_holds_what_the_default_role_gives() {
    for name in Preset::shipped_names() {
        let preset = Preset::shipped(name).unwrap().unwrap();
        for role in preset
            .roles
            .iter()
            .filter(|role| role.permissions.contains_named("members.add"))
        {
            let lacking = preset.default_role().permissions.missing_from(&role.permissions);
            assert_eq!(lacking, [], "{} of {name}", role.name);
        }
    }
}
