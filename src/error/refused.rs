//! What a rule or the state forbids, with the reason and the facts of each.

/// Why it can't be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "the fields are what the names say; roster.error.v1.Reason documents each"
)]
pub enum Refused {
    NoOrganization,
    StateForbids {
        member: String,
        state: &'static str,
        event: &'static str,
    },
    OwnerProtected {
        member: String,
        /// The ownership was to go to them, who have it; else they are the last owner.
        already: bool,
    },
    ApiUserProtected {
        member: String,
    },
    RoleInUse {
        role: String,
        holders: Vec<String>,
        groups: Vec<String>,
        /// Newcomers get it; then the organisation is its first holder.
        by_default: bool,
    },
    SystemRole {
        role: String,
    },
    ModuleTaken {
        module: String,
        owner: String,
    },
    OwnerRoleMovesByTransfer,
    ActingOnYourself,
    SignUpClosed,
    EmailUnverified,
    PasswordWrong,
    TemporaryPasswordExpired,
    TemporaryPasswordNotAllowed,
    OnboardingNotAllowed {
        onboarding: &'static str,
        allowed: String,
    },
    NotGrantable {
        permission: String,
    },
    InvitationEnded {
        state: &'static str,
    },
    InviterLostRights,
    SignInToAccept,
    CodeInvalid {
        attempts_left: i32,
    },
    UserDisabled,
    NotAnAdministrator {
        member: String,
    },
    TransferEnded {
        state: &'static str,
    },
    OrganizationNotDeleted,
    SecondFactorsUnavailable,
}

impl Refused {
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Refused::NoOrganization => "REASON_NO_ORGANIZATION",
            Refused::StateForbids { .. } => "REASON_STATE_FORBIDS",
            Refused::OwnerProtected { .. } => "REASON_OWNER_PROTECTED",
            Refused::ApiUserProtected { .. } => "REASON_API_USER_PROTECTED",
            Refused::RoleInUse { .. } => "REASON_ROLE_IN_USE",
            Refused::SystemRole { .. } => "REASON_SYSTEM_ROLE",
            Refused::ModuleTaken { .. } => "REASON_MODULE_TAKEN",
            Refused::OwnerRoleMovesByTransfer => "REASON_OWNER_ROLE_MOVES_BY_TRANSFER",
            Refused::ActingOnYourself => "REASON_ACTING_ON_YOURSELF",
            Refused::SignUpClosed => "REASON_SIGN_UP_CLOSED",
            Refused::EmailUnverified => "REASON_EMAIL_UNVERIFIED",
            Refused::PasswordWrong => "REASON_PASSWORD_WRONG",
            Refused::TemporaryPasswordExpired => "REASON_TEMPORARY_PASSWORD_EXPIRED",
            Refused::TemporaryPasswordNotAllowed => "REASON_TEMPORARY_PASSWORD_NOT_ALLOWED",
            Refused::OnboardingNotAllowed { .. } => "REASON_ONBOARDING_NOT_ALLOWED",
            Refused::NotGrantable { .. } => "REASON_PERMISSION_NOT_GRANTABLE",
            Refused::InvitationEnded { .. } => "REASON_INVITATION_ENDED",
            Refused::InviterLostRights => "REASON_INVITER_LOST_RIGHTS",
            Refused::SignInToAccept => "REASON_SIGN_IN_TO_ACCEPT",
            Refused::CodeInvalid { .. } => "REASON_CODE_INVALID",
            Refused::UserDisabled => "REASON_USER_DISABLED",
            Refused::NotAnAdministrator { .. } => "REASON_NOT_AN_ADMINISTRATOR",
            Refused::TransferEnded { .. } => "REASON_TRANSFER_ENDED",
            Refused::OrganizationNotDeleted => "REASON_ORGANIZATION_NOT_DELETED",
            Refused::SecondFactorsUnavailable => "REASON_SECOND_FACTORS_UNAVAILABLE",
        }
    }

    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Refused::StateForbids { member, state, event } => {
                vec![
                    ("member", member.clone()),
                    ("state", (*state).to_owned()),
                    ("event", (*event).to_owned()),
                ]
            }
            Refused::OwnerProtected { member, already } => vec![
                ("member", member.clone()),
                ("owner", if *already { "already" } else { "last" }.to_owned()),
            ],
            Refused::ApiUserProtected { member } | Refused::NotAnAdministrator { member } => {
                vec![("member", member.clone())]
            }
            Refused::NotGrantable { permission } => vec![("permission", permission.clone())],
            Refused::OnboardingNotAllowed { onboarding, allowed } => {
                vec![("onboarding", (*onboarding).to_owned()), ("allowed", allowed.clone())]
            }
            Refused::InvitationEnded { state } | Refused::TransferEnded { state } => {
                vec![("state", (*state).to_owned())]
            }
            Refused::RoleInUse {
                role,
                holders,
                groups,
                by_default,
            } => vec![
                ("role", role.clone()),
                ("holders", holders.join(", ")),
                ("groups", groups.join(", ")),
                ("use", if *by_default { "default_role" } else { "given" }.to_owned()),
            ],
            Refused::SystemRole { role } => vec![("role", role.clone())],
            Refused::ModuleTaken { module, owner } => vec![("module", module.clone()), ("owner", owner.clone())],
            Refused::CodeInvalid { attempts_left } => vec![("attempts_left", attempts_left.to_string())],
            _ => vec![],
        }
    }

    /// What it is about, for `PreconditionFailure.subject`.
    pub fn subject(&self) -> &str {
        match self {
            Refused::StateForbids { member, .. }
            | Refused::OwnerProtected { member, .. }
            | Refused::ApiUserProtected { member }
            | Refused::NotAnAdministrator { member } => member,
            Refused::NotGrantable { permission } => permission,
            Refused::OnboardingNotAllowed { onboarding, .. } => onboarding,
            Refused::RoleInUse { role, .. } | Refused::SystemRole { role } => role,
            Refused::ModuleTaken { module, .. } => module,
            _ => "",
        }
    }
}
