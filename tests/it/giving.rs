//! Every path that hands out rights, and what it says to somebody who lacks what they would give.
//!
//! The table classes every method of the contract that changes something; a new one fails the test until it is classed. The caller holds all there is to manage members, roles, groups and tags, and the organisation's
//! settings; what they lack is one permission. By no path do they come to give it.

mod writers;

use crate::contract::Contract;
use crate::support::calls::Outcome;
use crate::support::files::how;
use crate::support::roles::texts;
use crate::support::selections::Act;
use crate::support::{Person, Refusal, World, each_engine, invariants, with};
use roster::auth::rules::rule_for;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use std::collections::BTreeSet;
use tonic::Status;

/// What a method may give.
#[derive(Clone, Copy, Debug)]
enum Gives {
    /// Rights; whoever lacks them hears one of these reasons.
    Rights(&'static [&'static str]),
    /// None, and why.
    Nothing(&'static str),
}

use Gives::{Nothing, Rights};

const BEYOND: &[&str] = &["REASON_RIGHTS_EXCEED_YOURS"];
const ABOVE: &[&str] = &["REASON_TARGET_OUTRANKS_YOU", "REASON_RIGHTS_EXCEED_YOURS"];
const OWNERS: &[&str] = &["REASON_PERMISSION_MISSING", "REASON_OWNER_ONLY", "REASON_NOT_FOUND"];

/// Every method that changes something.
const PATHS: &[(&str, Gives)] = &[
    (
        "AccessService/ApplyCatalog",
        Nothing("a new permission is no one's but theirs who hold everything; rpc::catalog shows it"),
    ),
    ("AccessService/CreateBinding", Rights(BEYOND)),
    ("AccessService/CreateRole", Rights(BEYOND)),
    ("AccessService/DeleteBinding", Nothing("it takes")),
    ("AccessService/DeleteRole", Nothing("nobody holds what is deleted")),
    ("AccessService/UpdateRole", Rights(BEYOND)),
    (
        "IdentityService/ChangePassword",
        Nothing("it proves who calls and gives no right"),
    ),
    (
        "IdentityService/ContinueLogIn",
        Nothing("its token carries what its bearer holds; tokens of cases and races show it"),
    ),
    (
        "IdentityService/LogIn",
        Nothing("its token carries what its bearer holds"),
    ),
    ("IdentityService/LogOut", Nothing("it takes")),
    (
        "IdentityService/RefreshSession",
        Nothing("its token carries what its bearer holds by then"),
    ),
    (
        "IdentityService/RequestPasswordReset",
        Nothing("it mails a code to the address on file"),
    ),
    (
        "IdentityService/ResendVerification",
        Nothing("it mails a code to the address on file"),
    ),
    (
        "IdentityService/ResetPassword",
        Nothing("the account's own owner gets in, with what they hold"),
    ),
    ("IdentityService/RevokeSession", Nothing("it takes")),
    (
        "IdentityService/SignUp",
        Nothing("it founds another organisation, whose owner the caller is"),
    ),
    (
        "IdentityService/SwitchOrganization",
        Nothing("its token carries what its bearer holds there"),
    ),
    (
        "IdentityService/UpdateMe",
        Nothing("a name, a language and a time zone are no rights"),
    ),
    (
        "IdentityService/VerifyEmail",
        Nothing("it founds another organisation, whose owner the caller is"),
    ),
    (
        "MembershipService/AcceptInvitation",
        Rights(&["REASON_INVITER_LOST_RIGHTS", "REASON_INVITATION_ENDED"]),
    ),
    (
        "MembershipService/AddGroupMembers",
        Rights(&["REASON_RIGHTS_EXCEED_YOURS"]),
    ),
    ("MembershipService/AddMember", Rights(BEYOND)),
    ("MembershipService/CancelInvitations", Nothing("it takes")),
    ("MembershipService/CreateGroup", Rights(BEYOND)),
    ("MembershipService/CreateTag", Nothing("tags give no rights")),
    ("MembershipService/DeclineInvitation", Nothing("it takes")),
    ("MembershipService/DeleteGroup", Nothing("it takes")),
    ("MembershipService/DeleteTag", Nothing("tags give no rights")),
    ("MembershipService/ImportMembers", Rights(BEYOND)),
    ("MembershipService/InviteMembers", Rights(ABOVE)),
    ("MembershipService/LeaveOrganization", Nothing("it takes")),
    ("MembershipService/ReactivateMembers", Rights(ABOVE)),
    ("MembershipService/RemoveGroupMembers", Nothing("it takes")),
    ("MembershipService/RemoveMembers", Nothing("it takes")),
    ("MembershipService/ResendInvitations", Rights(ABOVE)),
    ("MembershipService/RevokeMembers", Nothing("it takes")),
    ("MembershipService/SuspendMembers", Nothing("it takes")),
    ("MembershipService/TagMembers", Nothing("tags give no rights")),
    ("MembershipService/UpdateGroup", Rights(BEYOND)),
    ("MembershipService/UpdateMember", Rights(BEYOND)),
    ("MembershipService/UpdateTag", Nothing("tags give no rights")),
    ("OrganizationService/AcceptOwnershipTransfer", Rights(OWNERS)),
    ("OrganizationService/CancelOwnershipTransfer", Nothing("it takes")),
    (
        "OrganizationService/CreateOrganization",
        Nothing("it founds another organisation, whose owner the caller is"),
    ),
    ("OrganizationService/DeclineOwnershipTransfer", Nothing("it takes")),
    ("OrganizationService/DeleteOrganization", Nothing("it takes")),
    (
        "OrganizationService/RestoreOrganization",
        Nothing("it puts back what everybody had"),
    ),
    (
        "OrganizationService/SetApiUser",
        Nothing("it protects a member and gives no permission"),
    ),
    ("OrganizationService/SetSeatLimit", Nothing("seats are no rights")),
    ("OrganizationService/TransferOwnership", Rights(OWNERS)),
    ("OrganizationService/UpdateOrganization", Rights(BEYOND)),
];

/// What the caller lacks.
const LACKED: &str = "billing.manage";

/// What the caller holds: all that any of the paths asks for.
const HELD: &[&str] = &[
    "organization.read",
    "organization.update",
    "members.read",
    "members.add",
    "members.update",
    "members.invite",
    "members.revoke",
    "members.suspend",
    "members.remove",
    "members.import",
    "members.export",
    "roles.read",
    "roles.manage",
    "groups.read",
    "groups.manage",
    "tags.read",
    "tags.manage",
    "seats.read",
    "resources.read",
];

#[test]
fn every_method_that_changes_something_is_classed() {
    let methods: BTreeSet<String> = Contract::load()
        .methods()
        .iter()
        .filter(|method| {
            let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
            rule_for(&path).is_some_and(|rule| rule.mutates)
        })
        .map(|method| format!("{}/{}", method.parent_service().name(), method.name()))
        .collect();
    let classed: BTreeSet<String> = PATHS.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(classed.len(), PATHS.len(), "a method stands there twice");
    let missing: Vec<_> = methods.difference(&classed).collect();
    assert_eq!(
        missing,
        Vec::<&String>::new(),
        "does it give rights? Add a line to PATHS, and to `attempt` if it does"
    );
    let stale: Vec<_> = classed.difference(&methods).collect();
    assert_eq!(stale, Vec::<&String>::new(), "there are no such methods any more");
    for (name, gives) in PATHS {
        if let Nothing(why) = gives {
            assert!(why.len() > 5, "{name}");
        }
    }
}

/// Those whom the paths are tried on.
struct Cast {
    keeper: Person,
    /// A role that permits what the keeper lacks, and one that permits nothing they lack.
    beyond: String,
    within: String,
    /// A group that carries the former.
    group: String,
    /// A group that carries nothing.
    empty: String,
    /// Somebody who holds nothing that the keeper lacks.
    plain: String,
    /// Members with the role beyond: merely listed, invited, suspended.
    listed: String,
    invited: String,
    suspended: String,
    /// An invitation of the keeper's, whose role grew since.
    code: String,
}

async fn cast(world: &World) -> (Person, Cast) {
    let ana = world.sign_up("ana@example.org").await;
    let beyond = world.role(&ana, "Beyond", &["members.read", LACKED]).await.id;
    let within = world.role(&ana, "Within", &["members.read"]).await.id;
    let grown = world.role(&ana, "Grown", &["members.read"]).await.id;
    let keeper = world.role(&ana, "Keeper", HELD).await.id;
    let group = async |name: &str, roles: &[&str]| {
        let request = ms::CreateGroupRequest {
            name: name.into(),
            role_ids: texts(roles),
            ..Default::default()
        };
        let made = world
            .membership()
            .create_group(with(&ana.token, request))
            .await
            .unwrap();
        made.into_inner().group.unwrap().id
    };
    let (carrying, empty) = (group("Carrying", &[&beyond]).await, group("Empty", &[]).await);
    let keeper = world.join(&ana, "keeper@example.org", &keeper).await;
    let plain = world.put(&ana, "plain@example.org", "Plain", &[&within]).await.id;
    let listed = world.put(&ana, "listed@example.org", "Listed", &[&beyond]).await.id;
    let invited = world.add(&ana, "invited@example.org", &beyond).await.id;
    let suspended = world.join(&ana, "suspended@example.org", &beyond).await.member;
    world.done(&ana, Act::Suspend, &suspended).await;
    world.add(&keeper, "grown@example.org", &grown).await;
    let code = world.code("grown@example.org").await;
    // Whoever raises what the invited would get stands behind it, unless they let nobody in.
    let ruler = world
        .role(&ana, "Ruler", &["roles.manage", "members.read", LACKED])
        .await;
    let ruler = world.join(&ana, "ruler@example.org", &ruler.id).await;
    world.permit(&ruler, &grown, &["members.read", LACKED]).await.unwrap();
    let cast = Cast {
        keeper,
        beyond,
        within,
        group: carrying,
        empty,
        plain,
        listed,
        invited,
        suspended,
        code,
    };
    (ana, cast)
}

/// Nothing but whether it was done.
fn done<T>(outcome: Outcome<T>) -> Result<(), Status> {
    outcome.map(|_| ())
}

/// The refusal of the one item of a batch.
fn item(error: Option<tonic_types::Status>) -> Result<(), Status> {
    let Some(error) = error else { return Ok(()) };
    let details = prost::Message::encode_to_vec(&error);
    Err(Status::with_details(error.code.into(), error.message, details.into()))
}

/// Every way in which a method gives, each tried by the keeper: a name for it, and what came of it.
async fn attempts(world: &World, cast: &Cast, method: &str) -> Vec<(&'static str, Result<(), Status>)> {
    let (by, beyond) = (&cast.keeper.token, texts(&[&cast.beyond]));
    let (mut members, mut organization) = (world.membership(), world.organization());
    let act = async |act: Act, id: &str| item(world.act(&cast.keeper, act, &[id]).await.remove(0).error);
    match method {
        "AccessService/CreateBinding" => vec![
            (
                "to another",
                done(world.try_bind(&cast.keeper, &cast.plain, &cast.beyond, 5).await),
            ),
            (
                "to oneself",
                done(world.try_bind(&cast.keeper, &cast.keeper.member, &cast.beyond, 5).await),
            ),
        ],
        "AccessService/CreateRole" => vec![(
            "a role",
            done(world.try_role(&cast.keeper, "New", &["members.read", LACKED]).await),
        )],
        "AccessService/UpdateRole" => vec![
            (
                "more for a role",
                done(
                    world
                        .permit(&cast.keeper, &cast.within, &["members.read", LACKED])
                        .await,
                ),
            ),
            ("one's own role", {
                let own = world.get(&cast.keeper, &cast.keeper.member).await.roles[0]
                    .role_id
                    .clone();
                done(world.permit(&cast.keeper, &own, &[HELD, &[LACKED]].concat()).await)
            }),
        ],
        "MembershipService/AcceptInvitation" => vec![(
            "an invitation whose role grew",
            done(world.accept_new(&cast.code).await),
        )],
        "MembershipService/AddGroupMembers" => {
            let mut tried = vec![];
            for (name, member) in [("another", &cast.plain), ("oneself", &cast.keeper.member)] {
                let request = ms::AddGroupMembersRequest {
                    group_id: cast.group.clone(),
                    member_ids: texts(&[member]),
                    ..Default::default()
                };
                tried.push((
                    name,
                    match members.add_group_members(with(by, request)).await {
                        Ok(answer) => item(answer.into_inner().results.remove(0).error),
                        Err(status) => Err(status),
                    },
                ));
            }
            tried
        }
        "MembershipService/AddMember" => {
            let new = |email: &str| ms::AddMemberRequest {
                email: email.into(),
                role_ids: texts(&[&cast.within]),
                ..Default::default()
            };
            let ways = [
                (
                    "a role",
                    ms::AddMemberRequest {
                        role_ids: beyond.clone(),
                        ..new("n1@example.org")
                    },
                ),
                (
                    "a group",
                    ms::AddMemberRequest {
                        group_ids: texts(&[&cast.group]),
                        ..new("n2@example.org")
                    },
                ),
                (
                    "a grant",
                    ms::AddMemberRequest {
                        grants: texts(&[LACKED]),
                        ..new("n3@example.org")
                    },
                ),
                (
                    "the default role",
                    ms::AddMemberRequest {
                        role_ids: vec![],
                        ..new("n4@example.org")
                    },
                ),
                (
                    "on the list alone",
                    ms::AddMemberRequest {
                        role_ids: beyond,
                        onboarding: Some(ms::add_member_request::Onboarding::ListOnly(ms::ListOnly {})),
                        ..new("n5@example.org")
                    },
                ),
                (
                    "with a password",
                    ms::AddMemberRequest {
                        role_ids: texts(&[&cast.beyond]),
                        onboarding: Some(ms::add_member_request::Onboarding::TemporaryPassword(Default::default())),
                        ..new("n6@example.org")
                    },
                ),
            ];
            let mut tried = vec![];
            for (name, request) in ways {
                tried.push((name, done(world.try_add(&cast.keeper, request).await)));
            }
            tried
        }
        "MembershipService/CreateGroup" => {
            let request = ms::CreateGroupRequest {
                name: "New".into(),
                role_ids: beyond,
                ..Default::default()
            };
            vec![("a group", done(members.create_group(with(by, request)).await))]
        }
        "MembershipService/UpdateGroup" => {
            let request = ms::UpdateGroupRequest {
                group_id: cast.empty.clone(),
                role_ids: beyond,
                ..Default::default()
            };
            vec![("a group's roles", done(members.update_group(with(by, request)).await))]
        }
        "MembershipService/UpdateMember" => {
            let mut tried = vec![];
            for member in [&cast.plain, &cast.keeper.member] {
                let change = || ms::UpdateMemberRequest {
                    member_id: member.clone(),
                    ..Default::default()
                };
                let ways = [
                    (
                        "roles",
                        ms::UpdateMemberRequest {
                            role_ids: beyond.clone(),
                            ..change()
                        },
                    ),
                    (
                        "groups",
                        ms::UpdateMemberRequest {
                            group_ids: texts(&[&cast.group]),
                            ..change()
                        },
                    ),
                    (
                        "grants",
                        ms::UpdateMemberRequest {
                            grants: texts(&[LACKED]),
                            ..change()
                        },
                    ),
                ];
                for (name, request) in ways {
                    tried.push((name, done(members.update_member(with(by, request)).await)));
                }
            }
            tried
        }
        "MembershipService/ImportMembers" => {
            let mut tried = vec![];
            let files = [
                ("a role", "email,roles\nn7@example.org,Beyond"),
                // The harmless role is named, or the default role would be what is refused.
                ("a group", "email,roles,groups\nn7@example.org,Within,Carrying"),
                ("the default role", "email\nn7@example.org"),
                ("a role, to a member", "email,roles\nplain@example.org,Beyond"),
                ("a group, to a member", "email,groups\nplain@example.org,Carrying"),
                ("a group, to oneself", "email,groups\nkeeper@example.org,Carrying"),
            ];
            for (name, file) in files {
                for (invite, mode) in [
                    (false, ms::ImportMode::BestEffort),
                    (true, ms::ImportMode::BestEffort),
                    (true, ms::ImportMode::Atomic),
                ] {
                    let header = ms::ImportMembersRequest {
                        invite,
                        ..how(mode, ms::ExistingMembers::Update)
                    };
                    tried.push((name, import(world, &cast.keeper, header, file).await));
                }
            }
            tried
        }
        "MembershipService/InviteMembers" => vec![("a member who holds it", act(Act::Invite, &cast.listed).await)],
        "MembershipService/ResendInvitations" => vec![("an invitation", act(Act::Resend, &cast.invited).await)],
        "MembershipService/ReactivateMembers" => {
            vec![("a member who holds it", act(Act::Reactivate, &cast.suspended).await)]
        }
        "OrganizationService/TransferOwnership" => {
            let request = og::TransferOwnershipRequest {
                member_id: cast.keeper.member.clone(),
                ..Default::default()
            };
            vec![(
                "to oneself",
                done(organization.transfer_ownership(with(by, request)).await),
            )]
        }
        "OrganizationService/AcceptOwnershipTransfer" => {
            vec![(
                "what nobody offered",
                done(
                    organization
                        .accept_ownership_transfer(with(by, og::AcceptOwnershipTransferRequest::default()))
                        .await,
                ),
            )]
        }
        "OrganizationService/UpdateOrganization" => {
            let request = og::UpdateOrganizationRequest {
                default_role_id: cast.beyond.clone(),
                ..Default::default()
            };
            vec![(
                "the default role",
                done(organization.update_organization(with(by, request)).await),
            )]
        }
        other => panic!("{other} gives rights and isn't tried"),
    }
}

/// The refusal of a file's one row.
async fn import(world: &World, by: &Person, header: ms::ImportMembersRequest, file: &str) -> Result<(), Status> {
    let told = world.import(by, header, file).await;
    if let Some(status) = told.status {
        return Err(status);
    }
    let Some(fault) = told.faults.into_iter().next() else {
        return Ok(());
    };
    let info = tonic_types::ErrorDetails::with_error_info(
        fault.reason,
        "roster",
        std::collections::HashMap::<String, String>::new(),
    );
    Err(<Status as tonic_types::StatusExt>::with_error_details(
        tonic::Code::PermissionDenied,
        fault.message,
        info,
    ))
}

each_engine! {
    async fn b_nobody_gives_by_any_path_what_they_lack(world: World) {
        let (ana, cast) = cast(&world).await;
        // The default role is beyond the keeper too, so that leaving roles out is a way to give it.
        let request = og::UpdateOrganizationRequest { default_role_id: cast.beyond.clone(), ..Default::default() };
        world.organization().update_organization(with(&ana.token, request)).await.unwrap();
        let mut tried = 0;
        for (method, gives) in PATHS {
            let Rights(reasons) = gives else { continue };
            for (way, outcome) in attempts(&world, &cast, method).await {
                let Err(status) = outcome else { panic!("{method}, {way}: was done") };
                let refusal = Refusal::of(&status);
                assert!(reasons.contains(&refusal.reason.as_str()), "{method}, {way}: {} {}", refusal.reason, refusal.message);
                tried += 1;
            }
        }
        println!("{tried} ways to give, on {:?}", world.engine);
        assert!(tried >= 40, "{tried}");
        // Whoever holds it, held it before.
        let list = world.list(&ana, ms::ListMembersRequest { page_size: 1000, include_permissions: true, ..Default::default() }).await;
        let mut holders: Vec<_> = list
            .members
            .iter()
            .filter(|m| m.permissions.iter().any(|module| module.permissions.iter().any(|p| p == LACKED)))
            .map(|m| m.email.as_str())
            .collect();
        holders.sort();
        // The one whose role grew is only listed, and holds it by the ruler's doing.
        assert_eq!(holders, ["ana@example.org", "grown@example.org", "invited@example.org", "listed@example.org", "ruler@example.org", "suspended@example.org"]);
        assert!(!world.may(&ana, &cast.keeper.member, LACKED).await && !world.may(&ana, &cast.plain, LACKED).await);
        // The same paths are open to give what one holds.
        world.try_role(&cast.keeper, "Fine", &["members.read"]).await.unwrap();
        world.try_bind(&cast.keeper, &cast.plain, &cast.within, 5).await.unwrap();
        world.set_roles(&cast.keeper, &cast.plain, &[&cast.within]).await.unwrap();
        let invite = ms::ImportMembersRequest { invite: true, ..how(ms::ImportMode::BestEffort, ms::ExistingMembers::Update) };
        import(&world, &cast.keeper, invite, "email,roles,groups\nfine@example.org,Within,Empty\nplain@example.org,Within,Empty").await.unwrap();
        invariants::check(&world).await;
    }
}
