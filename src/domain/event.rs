//! What happened, in the past tense. Every change of the database leaves one of these in the change log, in the same
//! transaction: it is the audit log, and what other processes learn from. No secret ever stands in one.

use crate::clock::Time;
use crate::domain::organization::Purged;
use crate::domain::session::Place;
use crate::domain::{
    BindingId, GroupId, InvitationId, MemberId, OrganizationId, Permission, PermissionSet, RoleId, SessionId, TagId,
    UserId,
};
use serde::Serialize;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are what the names say")]
pub enum Event {
    SignUpStarted {
        email: String,
    },
    UserCreated {
        user: UserId,
        email: String,
    },
    UserUpdated {
        user: UserId,
        before: serde_json::Value,
        after: serde_json::Value,
    },
    EmailVerified {
        user: UserId,
    },
    VerificationSent {
        user: Option<UserId>,
    },
    PasswordChanged {
        user: UserId,
        by: PasswordChange,
    },
    PasswordResetRequested {
        user: UserId,
    },
    LogInStarted {
        user: UserId,
        step: &'static str,
    },
    SessionStarted {
        session: SessionId,
        user: UserId,
        organization: Option<OrganizationId>,
    },
    SessionRenewed {
        session: SessionId,
    },
    SessionEnded {
        session: SessionId,
        user: UserId,
        why: SessionEnd,
    },
    OrganizationCreated {
        organization: OrganizationId,
        slug: String,
        owner: UserId,
    },
    OrganizationUpdated {
        organization: OrganizationId,
        before: serde_json::Value,
        after: serde_json::Value,
    },
    OrganizationDeleted {
        organization: OrganizationId,
        slug: String,
        purge_at: Time,
        sessions: usize,
        invitations: u64,
    },
    OrganizationRestored {
        organization: OrganizationId,
    },
    OrganizationPurged {
        organization: OrganizationId,
        slug: String,
        rows: Purged,
    },
    OwnershipOffered {
        from: MemberId,
        to: MemberId,
        expires_at: Time,
    },
    OwnershipOfferEnded {
        from: MemberId,
        to: MemberId,
        why: &'static str,
    },
    OwnershipTransferred {
        from: MemberId,
        to: MemberId,
        before: [Vec<NamedRole>; 2],
        after: [Vec<NamedRole>; 2],
    },
    SeatLimitChanged {
        organization: OrganizationId,
        before: Option<u64>,
        after: Option<u64>,
    },
    ApiUserChanged {
        organization: OrganizationId,
        before: Option<MemberId>,
        after: Option<MemberId>,
    },
    MemberAdded {
        member: MemberId,
        email: String,
        state: &'static str,
        roles: Vec<NamedRole>,
        groups: Vec<GroupId>,
        tags: Vec<TagId>,
        grants: PermissionSet,
    },
    MemberJoined {
        member: MemberId,
        user: UserId,
    },
    MemberUpdated {
        member: MemberId,
        before: serde_json::Value,
        after: serde_json::Value,
    },
    MemberRemoved {
        member: MemberId,
        user: Option<UserId>,
        email: String,
        state: &'static str,
        before: serde_json::Value,
    },
    MemberSuspended {
        member: MemberId,
        before: &'static str,
    },
    MemberReactivated {
        member: MemberId,
        before: &'static str,
    },
    MemberRevoked {
        member: MemberId,
        before: &'static str,
    },
    MemberLeft {
        member: MemberId,
        user: Option<UserId>,
        email: String,
        before: serde_json::Value,
    },
    RoleCreated {
        role: RoleId,
        name: String,
        permissions: PermissionSet,
    },
    RoleUpdated {
        role: RoleId,
        before: serde_json::Value,
        after: serde_json::Value,
    },
    RoleDeleted {
        role: RoleId,
        before: serde_json::Value,
    },
    BindingCreated {
        binding: BindingId,
        member: MemberId,
        role: RoleId,
        expires_at: Time,
    },
    BindingDeleted {
        binding: BindingId,
        member: MemberId,
        role: RoleId,
        expires_at: Time,
    },
    CatalogApplied {
        service: String,
        changes: Vec<(Permission, &'static str)>,
        before: serde_json::Value,
        after: serde_json::Value,
    },
    GrantsWithdrawn {
        member: MemberId,
        permissions: PermissionSet,
    },
    GroupCreated {
        group: GroupId,
        after: serde_json::Value,
    },
    GroupUpdated {
        group: GroupId,
        before: serde_json::Value,
        after: serde_json::Value,
    },
    GroupLost {
        group: GroupId,
        members: Vec<MemberId>,
    },
    GroupDeleted {
        group: GroupId,
        before: serde_json::Value,
        member_count: u64,
    },
    TagCreated {
        tag: TagId,
        after: serde_json::Value,
    },
    TagUpdated {
        tag: TagId,
        before: serde_json::Value,
        after: serde_json::Value,
    },
    TagLost {
        tag: TagId,
        members: Vec<MemberId>,
    },
    TagDeleted {
        tag: TagId,
        before: serde_json::Value,
        member_count: u64,
    },
    InvitationSent {
        invitation: InvitationId,
        member: MemberId,
        email: String,
    },
    InvitationAccepted {
        invitation: InvitationId,
        member: MemberId,
    },
    InvitationDeclined {
        invitation: InvitationId,
        member: MemberId,
    },
    InvitationWithdrawn {
        invitation: InvitationId,
        member: MemberId,
        why: &'static str,
    },
    /// It rests on somebody else's rights from now on.
    InvitationTakenOn {
        invitation: InvitationId,
        member: MemberId,
        before: MemberId,
        after: MemberId,
    },
    SigningKeyCreated {
        kid: String,
        algorithm: String,
    },
    SigningKeyRetired {
        kid: String,
    },
    CallRefused {
        reason: &'static str,
        on: String,
        facts: Vec<(&'static str, String)>,
    },
    RefusalsOmitted {
        user: UserId,
        until: Time,
    },
}

/// A role as the log tells it: names change and are given again, ids aren't.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedRole {
    /// Its id.
    pub id: RoleId,
    /// What it was called then.
    pub name: String,
}

/// How a password came to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum PasswordChange {
    Change,
    Reset,
    FirstLogIn,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum SessionEnd {
    LogOut,
    Revoked,
    Switched,
    PasswordChanged,
    MemberRemoved,
    MemberSuspended,
    MemberRevoked,
    MemberLeft,
    OrganizationDeleted,
    RefreshTokenReused,
    TooMany,
}

impl Event {
    /// The id of what it is about.
    pub fn subject(&self) -> String {
        match self {
            Event::UserCreated { user, .. }
            | Event::UserUpdated { user, .. }
            | Event::EmailVerified { user }
            | Event::PasswordChanged { user, .. }
            | Event::PasswordResetRequested { user }
            | Event::LogInStarted { user, .. }
            | Event::RefusalsOmitted { user, .. } => user.to_string(),
            Event::SessionStarted { session, .. }
            | Event::SessionRenewed { session }
            | Event::SessionEnded { session, .. } => session.to_string(),
            Event::OrganizationCreated { organization, .. }
            | Event::OrganizationUpdated { organization, .. }
            | Event::OrganizationDeleted { organization, .. }
            | Event::OrganizationRestored { organization }
            | Event::OrganizationPurged { organization, .. }
            | Event::SeatLimitChanged { organization, .. }
            | Event::ApiUserChanged { organization, .. } => organization.to_string(),
            Event::OwnershipOffered { to, .. }
            | Event::OwnershipOfferEnded { to, .. }
            | Event::OwnershipTransferred { to, .. } => to.to_string(),
            Event::MemberAdded { member, .. }
            | Event::MemberJoined { member, .. }
            | Event::MemberUpdated { member, .. }
            | Event::MemberRemoved { member, .. }
            | Event::MemberSuspended { member, .. }
            | Event::MemberReactivated { member, .. }
            | Event::MemberRevoked { member, .. }
            | Event::MemberLeft { member, .. }
            | Event::GrantsWithdrawn { member, .. } => member.to_string(),
            Event::RoleCreated { role, .. } | Event::RoleUpdated { role, .. } | Event::RoleDeleted { role, .. } => {
                role.to_string()
            }
            Event::BindingCreated { binding, .. } | Event::BindingDeleted { binding, .. } => binding.to_string(),
            Event::CatalogApplied { service, .. } => service.clone(),
            Event::GroupCreated { group, .. }
            | Event::GroupUpdated { group, .. }
            | Event::GroupLost { group, .. }
            | Event::GroupDeleted { group, .. } => group.to_string(),
            Event::TagCreated { tag, .. }
            | Event::TagUpdated { tag, .. }
            | Event::TagLost { tag, .. }
            | Event::TagDeleted { tag, .. } => tag.to_string(),
            Event::InvitationSent { invitation, .. }
            | Event::InvitationAccepted { invitation, .. }
            | Event::InvitationDeclined { invitation, .. }
            | Event::InvitationWithdrawn { invitation, .. }
            | Event::InvitationTakenOn { invitation, .. } => invitation.to_string(),
            Event::SigningKeyCreated { kid, .. } | Event::SigningKeyRetired { kid } => kid.clone(),
            Event::VerificationSent { user } => user.map(|u| u.to_string()).unwrap_or_default(),
            Event::CallRefused { on, .. } => on.clone(),
            Event::SignUpStarted { .. } => String::new(),
        }
    }
}

/// What every process has to refuse from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// All tokens of a session.
    Session(SessionId),
    /// Tokens of a membership made from older rights than these.
    Rights {
        /// Whose.
        place: Place,
        /// The lowest `ver` still accepted.
        min_version: i64,
    },
}
