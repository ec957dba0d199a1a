//! What the scenarios do over and over: the calls in their short forms. Nothing here knows a preset or a page.

use crate::support::calls::Outcome;
use crate::support::world::{OTHER_PASSWORD, PASSWORD};
use crate::support::{Person, Refusal, World, with};

use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use std::collections::BTreeSet;
use tonic_types::Status;

pub use ms::ActionKind as Kind;
pub use ms::add_member_request::Onboarding;

/// Somebody to be added, in the preset's own way.
pub fn newcomer(email: &str, name: &str, roles: &[&str]) -> ms::AddMemberRequest {
    ms::AddMemberRequest {
        email: email.into(),
        display_name: name.into(),
        role_ids: roles.iter().map(ToString::to_string).collect(),
        ..Default::default()
    }
}

pub fn member(added: ms::AddMemberResponse) -> ms::Member {
    added.member.unwrap()
}

pub async fn add(world: &World, by: &Person, request: ms::AddMemberRequest) -> ms::AddMemberResponse {
    world.try_add(by, request).await.unwrap().into_inner()
}

/// Accepts the last invitation to an address with a new account.
pub async fn accept(world: &World, email: &str) -> Person {
    let code = world.code(email).await;
    let accepted = world.accept_new(&code).await.unwrap().into_inner();
    Person::of(email, accepted.tokens.unwrap())
}

/// Invites somebody, whatever the preset's own way is, who accepts with a new account.
pub async fn join(world: &World, by: &Person, email: &str, name: &str, roles: &[&str]) -> Person {
    let onboarding = Some(Onboarding::Invitation(ms::InvitationOnboarding::default()));
    let request = ms::AddMemberRequest {
        onboarding,
        ..newcomer(email, name, roles)
    };
    add(world, by, request).await;
    accept(world, email).await
}

pub async fn try_log_in(world: &World, email: &str, password: &str) -> Outcome<id::LogInResponse> {
    let request = id::LogInRequest {
        email: email.into(),
        password: password.into(),
        ..Default::default()
    };
    world.identity().log_in(request).await
}

/// Logs in with a temporary password, which must be changed before there is anything else, to the usual one.
pub async fn first_log_in(world: &World, email: &str, password: &str) -> Person {
    let answer = try_log_in(world, email, password).await.unwrap().into_inner();
    let Some(id::log_in_response::Outcome::NextStep(step)) = answer.outcome else {
        panic!("{answer:?}")
    };
    assert_eq!(step.kind(), id::next_step::Kind::ChangePassword);
    let request = id::ContinueLogInRequest {
        handle: step.handle,
        step: Some(id::continue_log_in_request::Step::NewPassword(PASSWORD.into())),
        ..Default::default()
    };
    let answer = world.identity().continue_log_in(request).await.unwrap().into_inner();
    let Some(id::continue_log_in_response::Outcome::Tokens(tokens)) = answer.outcome else {
        panic!("{answer:?}")
    };
    Person::of(email, tokens)
}

/// The temporary password in the last mail to an address.
pub async fn mailed_password(world: &World, email: &str) -> String {
    use roster::mail::message::MailTemplate;
    let last = world.mails(email).await.pop();
    let Some(MailTemplate::TemporaryPassword { password, .. }) = last else {
        panic!("no temporary password in {last:?}")
    };
    password.expose().to_owned()
}

/// What the mails to an address are called, in order.
pub async fn mails(world: &World, to: &str) -> Vec<&'static str> {
    let mails = world.mails(to).await;
    mails.iter().map(roster::mail::message::MailTemplate::name).collect()
}

/// Whether all that somebody has is worth nothing: neither of their tokens is taken any more.
pub async fn is_out(world: &World, who: &Person) -> bool {
    let request = id::RefreshSessionRequest {
        refresh_token: who.refresh.clone(),
        ..Default::default()
    };
    let asked = world.identity().get_me(with(&who.token, Default::default())).await;
    let renewed = world.identity().refresh_session(request).await;
    let refused = |reason: String| reason == "REASON_CREDENTIAL_INVALID";
    asked.is_err_and(|e| refused(Refusal::of(&e).reason)) && renewed.is_err_and(|e| refused(Refusal::of(&e).reason))
}

/// Which of these permissions somebody holds here and now.
pub async fn allowed<'a>(world: &World, who: &Person, permissions: &[&'a str]) -> Vec<&'a str> {
    let questions = permissions.iter().map(|permission| ac::AccessQuestion {
        permission: permission.to_string(),
        ..Default::default()
    });
    let request = ac::BatchCheckAccessRequest {
        questions: questions.collect(),
        ..Default::default()
    };
    let answer = world.access().batch_check_access(with(&who.token, request)).await;
    let answers = answer.unwrap().into_inner().answers;
    assert_eq!(answers.len(), permissions.len());
    let both = permissions.iter().zip(&answers);
    both.filter(|(_, answer)| answer.allowed).map(|(p, _)| *p).collect()
}

/// Whether somebody holds all of these permissions.
pub async fn may(world: &World, who: &Person, permissions: &[&str]) -> bool {
    allowed(world, who, permissions).await == permissions
}

/// Whether somebody holds none of these permissions.
pub async fn may_not(world: &World, who: &Person, permissions: &[&str]) -> bool {
    allowed(world, who, permissions).await.is_empty()
}

/// Why, or why not, a member holds a permission.
pub async fn explain(world: &World, by: &Person, member: &str, permission: &str) -> ac::ExplainAccessResponse {
    let request = ac::ExplainAccessRequest {
        member_id: member.into(),
        permission: permission.into(),
        ..Default::default()
    };
    let answer = world.access().explain_access(with(&by.token, request)).await;
    answer.unwrap().into_inner()
}

/// Every permission of the preset.
pub async fn catalogue(world: &World, by: &Person) -> BTreeSet<String> {
    let modules = modules(world, by, "en").await;
    modules
        .into_iter()
        .flat_map(|m| m.permissions)
        .map(|p| p.name)
        .collect()
}

pub async fn modules(world: &World, by: &Person, language: &str) -> Vec<ac::Module> {
    let request = crate::support::calls::in_language(with(&by.token, Default::default()), language);
    world
        .access()
        .list_permissions(request)
        .await
        .unwrap()
        .into_inner()
        .modules
}

/// The roles there are, titles and descriptions in a language.
pub async fn roles(world: &World, by: &Person, language: &str) -> Vec<ac::Role> {
    let request = crate::support::calls::in_language(with(&by.token, Default::default()), language);
    world.access().list_roles(request).await.unwrap().into_inner().roles
}

/// What a member may do, of whatever source.
pub async fn rights(world: &World, by: &Person, member: &str) -> BTreeSet<String> {
    let request = ms::GetMemberRequest {
        member_id: member.into(),
        include_permissions: true,
        ..Default::default()
    };
    let answer = world.membership().get_member(with(&by.token, request)).await;
    let modules = answer.unwrap().into_inner().member.unwrap().permissions;
    modules.into_iter().flat_map(|m| m.permissions).collect()
}

/// The list of members, as the page shows it.
pub async fn list(world: &World, by: &Person) -> Vec<ms::Member> {
    world.list(by, ms::ListMembersRequest::default()).await.members
}

/// Who is found by this.
pub async fn search(world: &World, by: &Person, query: &str) -> Vec<String> {
    let request = ms::ListMembersRequest {
        query: query.into(),
        ..Default::default()
    };
    let found = world.list(by, request).await.members;
    found.into_iter().map(|m| m.email).collect()
}

pub fn role_names(member: &ms::Member) -> Vec<&str> {
    member.roles.iter().map(|role| role.name.as_str()).collect()
}

/// Each action, possible or not, for a selection.
pub async fn actions(world: &World, by: &Person, members: &[&str]) -> Vec<ms::MemberAction> {
    let request = ms::GetMemberActionsRequest {
        member_ids: members.iter().map(ToString::to_string).collect(),
        ..Default::default()
    };
    let request = crate::support::calls::in_language(with(&by.token, request), "pt-BR");
    world
        .membership()
        .get_member_actions(request)
        .await
        .unwrap()
        .into_inner()
        .actions
}

/// What may be done with a selection.
pub async fn possible(world: &World, by: &Person, members: &[&str]) -> BTreeSet<Kind> {
    let all = actions(world, by, members).await;
    all.iter()
        .filter(|a| a.possible)
        .map(ms::MemberAction::action)
        .collect()
}

/// What stands in the way of an action.
pub async fn obstacles(world: &World, by: &Person, kind: Kind, members: &[&str]) -> Vec<String> {
    let all = actions(world, by, members).await;
    let action = all.into_iter().find(|a| a.action() == kind).unwrap();
    action.obstacles.into_iter().map(|o| o.reason).collect()
}

macro_rules! batch {
    ($($name:ident $Request:ident),*) => { $(
        /// For a selection, with a result for each.
        pub async fn $name(world: &World, by: &Person, members: &[&str]) -> Vec<ms::MemberResult> {
            let member_ids = members.iter().map(ToString::to_string).collect();
            let request = ms::$Request { member_ids, ..Default::default() };
            world.membership().$name(with(&by.token, request)).await.unwrap().into_inner().results
        }
    )* };
}
batch!(
    invite_members InviteMembersRequest, resend_invitations ResendInvitationsRequest,
    cancel_invitations CancelInvitationsRequest, revoke_members RevokeMembersRequest,
    suspend_members SuspendMembersRequest, reactivate_members ReactivateMembersRequest
);

/// The members of a batch, all of which must have been done.
#[track_caller]
pub fn done(results: Vec<ms::MemberResult>) -> Vec<ms::Member> {
    let one = |result: ms::MemberResult| match result {
        ms::MemberResult {
            error: None,
            member: Some(member),
            ..
        } => member,
        other => panic!("{other:?}"),
    };
    results.into_iter().map(one).collect()
}

/// Why one item of a batch was refused.
#[track_caller]
pub fn why(error: Option<&Status>) -> Refusal {
    let error = error.expect("it was done");
    let details = prost::Message::encode_to_vec(error).into();
    Refusal::of(&tonic::Status::with_details(
        error.code.into(),
        error.message.clone(),
        details,
    ))
}

/// Tries to remove one member, and says why not.
pub async fn refused_removal(world: &World, by: &Person, member: &str, email: &str) -> Refusal {
    match world.try_remove(by, &[(member, email)]).await {
        Ok(answer) => why(answer.into_inner().results[0].error.as_ref()),
        Err(status) => Refusal::of(&status),
    }
}

/// Sends a file in two pieces, and gives what came of it: the bad rows and the summary.
pub async fn import(
    world: &World,
    by: &Person,
    first: ms::ImportMembersRequest,
    file: &str,
) -> (Vec<ms::ImportRowError>, ms::ImportSummary) {
    let (head, tail) = file.as_bytes().split_at(file.len() / 2);
    let pieces = vec![
        ms::ImportMembersRequest {
            data: head.to_vec(),
            ..first
        },
        ms::ImportMembersRequest {
            data: tail.to_vec(),
            ..Default::default()
        },
    ];
    let mut told = world
        .membership()
        .import_members(with(&by.token, tokio_stream::iter(pieces)))
        .await
        .unwrap()
        .into_inner();
    let (mut bad, mut summary) = (vec![], None);
    while let Some(answer) = told.message().await.unwrap() {
        match answer.event.unwrap() {
            ms::import_members_response::Event::Progress(_) => {}
            ms::import_members_response::Event::RowError(row) => bad.push(row),
            ms::import_members_response::Event::Summary(end) => summary = Some(end),
        }
    }
    (bad, summary.unwrap())
}

/// Changes members with a mask, as a client would that names its fields.
pub async fn edit(
    world: &World,
    by: &Person,
    paths: &[&str],
    to: ms::UpdateMemberRequest,
) -> Outcome<ms::UpdateMemberResponse> {
    let request = ms::UpdateMemberRequest {
        update_mask: Some(prost_types::FieldMask {
            paths: paths.iter().map(ToString::to_string).collect(),
        }),
        ..to
    };
    world.membership().update_member(with(&by.token, request)).await
}

/// Changes the organisation's name.
pub async fn rename(world: &World, by: &Person, name: &str) -> Outcome<og::UpdateOrganizationResponse> {
    let request = og::UpdateOrganizationRequest {
        display_name: name.into(),
        ..Default::default()
    };
    world.organization().update_organization(with(&by.token, request)).await
}

pub async fn slug(world: &World, by: &Person) -> String {
    let answer = world
        .organization()
        .get_organization(with(&by.token, Default::default()))
        .await;
    answer.unwrap().into_inner().organization.unwrap().slug
}

pub async fn delete_organization(world: &World, by: &Person, confirm: &str) -> Outcome<og::DeleteOrganizationResponse> {
    let request = og::DeleteOrganizationRequest {
        confirm: confirm.into(),
        ..Default::default()
    };
    world.organization().delete_organization(with(&by.token, request)).await
}

pub async fn transfer(world: &World, by: &Person, to: &str) -> Outcome<og::TransferOwnershipResponse> {
    let request = og::TransferOwnershipRequest {
        member_id: to.into(),
        ..Default::default()
    };
    world.organization().transfer_ownership(with(&by.token, request)).await
}

/// The person changes their own password to the other one.
pub async fn change_password(world: &World, who: &Person, to: &str) -> Outcome<id::ChangePasswordResponse> {
    let request = id::ChangePasswordRequest {
        current_password: PASSWORD.into(),
        new_password: to.into(),
        ..Default::default()
    };
    world.identity().change_password(with(&who.token, request)).await
}

/// Another password than the usual one.
pub const ANOTHER: &str = OTHER_PASSWORD;
