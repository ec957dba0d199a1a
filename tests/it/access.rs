//! Who may call what: every method of the contract, by every kind of caller, against a table written by hand.
//!
//! A method that the table doesn't know fails the test: think about who may call it, then add its line. The whole grid is
//! kept in `snapshots/access_matrix.txt`, so that a change of it is seen in review.

mod cast;
mod paths;

use crate::support::raw::{self, descriptors};
use crate::support::world::OTHER_PASSWORD;
use crate::support::{World, each_engine};
use cast::{Cast, cast};
use prost::Message;
use prost_reflect::{DynamicMessage, MethodDescriptor, Value};
use std::collections::BTreeMap;
use std::fmt::Write;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

/// Who may.
#[derive(Clone, Copy, Debug)]
enum May {
    /// Anybody, with any credential or none.
    Anybody,
    /// Any user, about themselves.
    Users,
    /// Any member, about the organisation that the token speaks for.
    Members,
    /// Members of these roles.
    Roles(&'static [&'static str]),
}

use May::{Anybody, Members, Roles, Users};

const ALL: &[&str] = &["guest", "member", "admin", "owner"];
const ABOVE_GUESTS: &[&str] = &["member", "admin", "owner"];
const MANAGERS: &[&str] = &["admin", "owner"];
const OWNER: &[&str] = &["owner"];

/// The policy of the standard preset, as people agreed on it. It is not derived from the contract's options, on purpose.
const POLICY: &[(&str, May)] = &[
    ("AccessService/ApplyCatalog", Roles(MANAGERS)),
    ("AccessService/BatchCheckAccess", Members),
    ("AccessService/CheckAccess", Members),
    ("AccessService/CreateBinding", Roles(MANAGERS)),
    ("AccessService/CreateRole", Roles(MANAGERS)),
    ("AccessService/DeleteBinding", Roles(MANAGERS)),
    ("AccessService/DeleteRole", Roles(MANAGERS)),
    ("AccessService/ExplainAccess", Members),
    ("AccessService/GetRole", Roles(MANAGERS)),
    ("AccessService/ListBindings", Roles(ALL)),
    ("AccessService/ListPermissions", Roles(MANAGERS)),
    ("AccessService/ListRoles", Roles(MANAGERS)),
    ("AccessService/PreviewRoleChange", Roles(MANAGERS)),
    ("AccessService/UpdateRole", Roles(MANAGERS)),
    ("IdentityService/ChangePassword", Users),
    ("IdentityService/CheckPassword", Anybody),
    ("IdentityService/ContinueLogIn", Anybody),
    ("IdentityService/GeneratePassword", Anybody),
    ("IdentityService/GetMe", Users),
    ("IdentityService/GetSigningKeys", Anybody),
    ("IdentityService/Introspect", Anybody),
    ("IdentityService/ListSessions", Users),
    ("IdentityService/LogIn", Anybody),
    ("IdentityService/LogOut", Users),
    ("IdentityService/RefreshSession", Anybody),
    ("IdentityService/RequestPasswordReset", Anybody),
    ("IdentityService/ResendVerification", Anybody),
    ("IdentityService/ResetPassword", Anybody),
    ("IdentityService/RevokeSession", Users),
    ("IdentityService/SignUp", Anybody),
    ("IdentityService/SwitchOrganization", Users),
    ("IdentityService/UpdateMe", Users),
    ("IdentityService/VerifyEmail", Anybody),
    ("MembershipService/AcceptInvitation", Anybody),
    ("MembershipService/AddGroupMembers", Roles(MANAGERS)),
    ("MembershipService/AddMember", Roles(MANAGERS)),
    ("MembershipService/BatchGetMembers", Roles(ALL)),
    ("MembershipService/CancelInvitations", Roles(MANAGERS)),
    ("MembershipService/CreateGroup", Roles(MANAGERS)),
    ("MembershipService/CreateTag", Roles(MANAGERS)),
    ("MembershipService/DeclineInvitation", Anybody),
    ("MembershipService/DeleteGroup", Roles(MANAGERS)),
    ("MembershipService/DeleteTag", Roles(MANAGERS)),
    ("MembershipService/GetGroup", Roles(ABOVE_GUESTS)),
    ("MembershipService/ExportMembers", Roles(MANAGERS)),
    ("MembershipService/GetMember", Roles(ALL)),
    ("MembershipService/GetMemberActions", Roles(ALL)),
    ("MembershipService/InviteMembers", Roles(MANAGERS)),
    ("MembershipService/LeaveOrganization", Members),
    ("MembershipService/GetTag", Roles(ABOVE_GUESTS)),
    ("MembershipService/ListGroups", Roles(ABOVE_GUESTS)),
    ("MembershipService/ImportMembers", Roles(MANAGERS)),
    ("MembershipService/ListMembers", Roles(ALL)),
    ("MembershipService/ListMyInvitations", Users),
    ("MembershipService/ListTags", Roles(ABOVE_GUESTS)),
    ("MembershipService/LookupMember", Roles(ALL)),
    ("MembershipService/PreviewInvitation", Anybody),
    ("MembershipService/PreviewOffboarding", Roles(MANAGERS)),
    ("MembershipService/ReactivateMembers", Roles(MANAGERS)),
    ("MembershipService/RemoveGroupMembers", Roles(MANAGERS)),
    ("MembershipService/RemoveMembers", Roles(MANAGERS)),
    ("MembershipService/ResendInvitations", Roles(MANAGERS)),
    ("MembershipService/RevokeMembers", Roles(MANAGERS)),
    ("MembershipService/SuspendMembers", Roles(MANAGERS)),
    ("MembershipService/TagMembers", Roles(MANAGERS)),
    ("MembershipService/UpdateGroup", Roles(MANAGERS)),
    ("MembershipService/UpdateMember", Roles(MANAGERS)),
    ("MembershipService/UpdateTag", Roles(MANAGERS)),
    ("OrganizationService/AcceptOwnershipTransfer", Members),
    ("OrganizationService/CancelOwnershipTransfer", Roles(OWNER)),
    ("OrganizationService/CreateOrganization", Users),
    ("OrganizationService/DeclineOwnershipTransfer", Members),
    ("OrganizationService/DeleteOrganization", Roles(OWNER)),
    ("OrganizationService/GetOrganization", Roles(ALL)),
    ("OrganizationService/GetOwnershipTransfer", Roles(ALL)),
    ("OrganizationService/GetSeatUsage", Roles(MANAGERS)),
    ("OrganizationService/ListMyOrganizations", Users),
    ("OrganizationService/RestoreOrganization", Users),
    ("OrganizationService/SetApiUser", Roles(MANAGERS)),
    ("OrganizationService/SetSeatLimit", Roles(MANAGERS)),
    ("OrganizationService/TransferOwnership", Roles(OWNER)),
    ("OrganizationService/UpdateOrganization", Roles(OWNER)),
];

/// Callers whose credential is none, whatever it once was.
const NOBODY: [&str; 9] = [
    "none",
    "garbage",
    "expired",
    "logged_out",
    "handle",
    "refresh",
    "removed",
    "suspended",
    "revoked",
];

/// What a caller must meet, by the table. The stranger and the invited own an organisation each; they name this one.
fn expected(may: May, caller: &str) -> &'static str {
    match (may, caller) {
        (Anybody, _) => "served",
        (_, caller) if NOBODY.contains(&caller) => "unauthenticated",
        (Users, _) => "served",
        (Members | Roles(_), "stranger" | "invited") | (Members, "homeless") => "hidden",
        (Roles(_), "homeless") => "homeless",
        (Members, _) => "served",
        (Roles(roles), caller) if roles.contains(&caller) => "served",
        (Roles(_), _) => "denied",
    }
}

/// Which refusal it was, or that the call got past all of them.
fn class(outcome: &Result<(), Status>) -> &'static str {
    let Err(status) = outcome else { return "served" };
    let details = status.get_error_details();
    let reason = details.error_info().map_or("", |info| info.reason.as_str());
    let about = details.resource_info().map_or("", |info| info.resource_type.as_str());
    match (status.code(), reason, about) {
        (Code::Unauthenticated, ..) => "unauthenticated",
        (Code::PermissionDenied, ..) => "denied",
        (Code::Unimplemented, ..) => "unimplemented",
        (Code::NotFound, _, "organization") => "hidden",
        (Code::FailedPrecondition, "REASON_NO_ORGANIZATION", _) => "homeless",
        (Code::Internal | Code::Unknown | Code::Unavailable, ..) => panic!("{status:?}"),
        _ => "served",
    }
}

/// A request that changes nothing, names what is there, and leaves out what would make a public method refuse a secret.
fn request(method: &MethodDescriptor, cast: &Cast, name_organization: bool) -> Vec<u8> {
    let owner = &cast.owner;
    let mut message = DynamicMessage::new(method.input());
    for field in method.input().fields() {
        let text = |text: &str| Some(Value::String(text.to_owned()));
        let value = match field.name() {
            "validate_only" => Some(Value::Bool(true)),
            "organization_id" if name_organization => text(&owner.organization),
            "member_id"
                if method.input().name() != "CheckAccessRequest" && method.input().name() != "ExplainAccessRequest" =>
            {
                text(&cast.target)
            }
            "member_ids" => Some(Value::List(vec![Value::String(cast.target.clone())])),
            // The credential of these two stands in the message, whoever sends it.
            "refresh_token" => text(&owner.refresh),
            "handle" if method.name() == "ContinueLogIn" => text(&cast.handle),
            "new_password" if method.name() == "ContinueLogIn" => text(OTHER_PASSWORD),
            "permission" => text("members.read"),
            "email" if method.name() == "LookupMember" => text(&owner.email),
            "email" if method.name() == "AddMember" => text("somebody.new@example.org"),
            _ => None,
        };
        if let Some(value) = value {
            message.set_field(&field, value);
        }
    }
    message.encode_to_vec()
}

async fn meet(world: &World, path: &str, token: Option<&str>, message: Vec<u8>) -> &'static str {
    let mut request = Request::new(message);
    if let Some(token) = token {
        request
            .metadata_mut()
            .insert("authorization", format!("Bearer {token}").parse().unwrap());
    }
    class(&raw::call(&world.channel, path, request).await.map(|_| ()))
}

fn methods() -> BTreeMap<String, MethodDescriptor> {
    let ours = |name: &str| name.starts_with("roster.");
    let services: Vec<_> = descriptors()
        .services()
        .filter(|s| ours(s.parent_file().package_name()))
        .collect();
    let named = |m: MethodDescriptor| (format!("{}/{}", m.parent_service().name(), m.name()), m);
    services
        .iter()
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .map(named)
        .collect()
}

#[test]
fn p02_every_method_has_a_line_in_the_table_and_every_line_a_method() {
    let policy: BTreeMap<_, _> = POLICY.iter().copied().collect();
    assert_eq!(policy.len(), POLICY.len(), "a method stands there twice");
    let methods = methods();
    let missing: Vec<_> = methods
        .keys()
        .filter(|name| !policy.contains_key(name.as_str()))
        .collect();
    assert_eq!(
        missing,
        Vec::<&String>::new(),
        "who may call these? Add a line to POLICY for each."
    );
    let stale: Vec<_> = policy.keys().filter(|name| !methods.contains_key(**name)).collect();
    assert_eq!(stale, Vec::<&&str>::new(), "there are no such methods any more");
}

each_engine! {
    async fn h02_g01_c10_k01_every_method_meets_every_kind_of_caller_as_the_table_says(world: World) {
        let policy: BTreeMap<_, _> = POLICY.iter().copied().collect();
        let cast = cast(&world).await;
        let (mut grid, mut wrong) = (String::new(), vec![]);
        let heads = cast.tokens.iter().fold(String::new(), |line, (caller, _)| format!("{line} {caller:15}"));
        let _ = writeln!(grid, "{:40}{}", "", heads.trim_end());
        for (name, method) in methods() {
            let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
            let mut line = format!("{name:40}");
            for (caller, token) in &cast.tokens {
                let met = meet(&world, &path, token.as_deref(), request(&method, &cast, true)).await;
                let wanted = policy.get(name.as_str()).map_or("a line in POLICY", |may| expected(*may, caller));
                if met != wanted {
                    wrong.push(format!("{name} by {caller}: {met}, not {wanted}"));
                }
                // Members need not name the organisation: their tokens do.
                if ALL.contains(caller) {
                    let unnamed = meet(&world, &path, token.as_deref(), request(&method, &cast, false)).await;
                    assert_eq!(unnamed, met, "{name} by {caller}, without an organization_id");
                }
                let _ = write!(line, " {met:15}");
            }
            let _ = writeln!(grid, "{}", line.trim_end());
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        compare(&grid);
    }
}

/// Shows what differs from the snapshot, and where the new one lies.
fn compare(grid: &str) {
    let kept = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/snapshots/access_matrix.txt");
    let before = std::fs::read_to_string(&kept).unwrap_or_default();
    if before == grid {
        return;
    }
    let new = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("access_matrix.txt");
    std::fs::write(&new, grid).unwrap();
    let gone = before
        .lines()
        .filter(|line| !grid.lines().any(|l| l == *line))
        .map(|line| format!("- {line}"));
    let come = grid
        .lines()
        .filter(|line| !before.lines().any(|l| l == *line))
        .map(|line| format!("+ {line}"));
    let diff: Vec<_> = gone.chain(come).collect();
    panic!(
        "the access matrix changed:\n{}\nIf that is meant: cp {} {}",
        diff.join("\n"),
        new.display(),
        kept.display()
    );
}
