//! Which mails there are, and the values that each shows.

use serde::{Deserialize, Serialize, Serializer};

use super::shown::shown;
use crate::secret::Secret;

/// Which mail, with the values it shows. It is serialised with its secrets: keep it sealed wherever it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "template", rename_all = "kebab-case")]
pub enum MailTemplate {
    /// The code that proves the address of somebody who signs up.
    SignUpCode {
        /// The name given at sign-up.
        name: String,
        /// The one-time code.
        #[serde(serialize_with = "reveal")]
        code: Secret,
        /// How long it works.
        minutes: u32,
    },
    /// Somebody tried to sign up with an address that has an account.
    SignUpKnown {},
    /// The code that proves an address.
    VerifyEmail {
        /// The one-time code.
        #[serde(serialize_with = "reveal")]
        code: Secret,
        /// How long it works.
        minutes: u32,
    },
    /// An administrator added the person with a temporary password.
    TemporaryPassword {
        /// The organisation's name.
        organization: String,
        /// The administrator's name.
        inviter: String,
        /// The temporary password.
        #[serde(serialize_with = "reveal")]
        password: Secret,
        /// How long it works.
        days: u32,
    },
    /// An invitation to become a member.
    Invitation {
        /// The organisation's name.
        organization: String,
        /// The inviting person's name.
        inviter: String,
        /// The opaque secret of the invitation.
        #[serde(serialize_with = "reveal")]
        code: Secret,
        /// How long it is open.
        days: u32,
        /// Whether the address has an account already.
        has_account: bool,
    },
    /// The same invitation once more, with a new code.
    InvitationReminder {
        /// The organisation's name.
        organization: String,
        /// The inviting person's name.
        inviter: String,
        /// The opaque secret of the invitation.
        #[serde(serialize_with = "reveal")]
        code: Secret,
        /// How long it is open.
        days: u32,
        /// Whether the address has an account already.
        has_account: bool,
    },
    /// The member may do other things from now on.
    RolesChanged {
        /// The organisation's name.
        organization: String,
        /// The names of the roles that the member has now.
        roles: String,
    },
    /// The member's access was switched off for now.
    MemberSuspended {
        /// The organisation's name.
        organization: String,
    },
    /// The member's access was switched on again.
    MemberReactivated {
        /// The organisation's name.
        organization: String,
    },
    /// The member's access was withdrawn.
    MemberRevoked {
        /// The organisation's name.
        organization: String,
    },
    /// The member was taken off the list.
    MemberRemoved {
        /// The organisation's name.
        organization: String,
    },
    /// The code to choose a new password with.
    PasswordReset {
        /// The one-time code.
        #[serde(serialize_with = "reveal")]
        code: Secret,
        /// How long it works.
        minutes: u32,
    },
    /// The password was changed: told to the person in case it was somebody else.
    PasswordChanged {},
    /// The owner offers the organisation.
    OwnershipAsked {
        /// The organisation's name.
        organization: String,
        /// The owner's name.
        owner: String,
        /// How long the offer stands.
        days: u32,
    },
    /// The person owns the organisation now.
    OwnershipReceived {
        /// The organisation's name.
        organization: String,
        /// The former owner's name.
        owner: String,
    },
    /// The person no longer owns the organisation.
    OwnershipGiven {
        /// The organisation's name.
        organization: String,
        /// The next owner's name.
        owner: String,
    },
    /// The person's organisation was deleted.
    OrganizationDeleted {
        /// The organisation's name.
        organization: String,
        /// Its slug, to restore it by.
        slug: String,
        /// How long it may be restored.
        days: u32,
    },
}

/// Writes the secret itself: what is serialised here is sealed before it is stored.
fn reveal<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

impl MailTemplate {
    /// The template's name, as in metrics, file names and the ids of its texts.
    pub fn name(&self) -> &'static str {
        match self {
            MailTemplate::SignUpCode { .. } => "sign-up-code",
            MailTemplate::SignUpKnown {} => "sign-up-known",
            MailTemplate::VerifyEmail { .. } => "verify-email",
            MailTemplate::TemporaryPassword { .. } => "temporary-password",
            MailTemplate::Invitation { .. } => "invitation",
            MailTemplate::InvitationReminder { .. } => "invitation-reminder",
            MailTemplate::RolesChanged { .. } => "roles-changed",
            MailTemplate::MemberSuspended { .. } => "member-suspended",
            MailTemplate::MemberReactivated { .. } => "member-reactivated",
            MailTemplate::MemberRevoked { .. } => "member-revoked",
            MailTemplate::MemberRemoved { .. } => "member-removed",
            MailTemplate::PasswordReset { .. } => "password-reset",
            MailTemplate::PasswordChanged {} => "password-changed",
            MailTemplate::OwnershipAsked { .. } => "ownership-asked",
            MailTemplate::OwnershipReceived { .. } => "ownership-received",
            MailTemplate::OwnershipGiven { .. } => "ownership-given",
            MailTemplate::OrganizationDeleted { .. } => "organization-deleted",
        }
    }

    /// How soon it is sent: what somebody waits for at their screen goes before what is news to them, and that before what
    /// one caller may send to thousands.
    pub fn rank(&self) -> i16 {
        match self {
            MailTemplate::SignUpCode { .. }
            // It comes as soon as a code would: or the time told who has an account.
            | MailTemplate::SignUpKnown {}
            | MailTemplate::VerifyEmail { .. }
            | MailTemplate::PasswordReset { .. }
            | MailTemplate::PasswordChanged {} => 0,
            MailTemplate::Invitation { .. } | MailTemplate::InvitationReminder { .. } => 2,
            _ => 1,
        }
    }

    /// Where the mail's link leads, below the base URL.
    pub(super) fn path(&self) -> &'static str {
        match self {
            MailTemplate::SignUpCode { .. } | MailTemplate::VerifyEmail { .. } => "verify-email",
            MailTemplate::SignUpKnown {}
            | MailTemplate::TemporaryPassword { .. }
            | MailTemplate::RolesChanged { .. }
            | MailTemplate::MemberSuspended { .. }
            | MailTemplate::MemberReactivated { .. }
            | MailTemplate::MemberRevoked { .. }
            | MailTemplate::MemberRemoved { .. } => "log-in",
            MailTemplate::Invitation { .. } | MailTemplate::InvitationReminder { .. } => "invitations",
            MailTemplate::OwnershipAsked { .. } => "ownership",
            MailTemplate::OwnershipReceived { .. } | MailTemplate::OwnershipGiven { .. } => "organization",
            MailTemplate::OrganizationDeleted { .. } => "organizations",
            MailTemplate::PasswordReset { .. } | MailTemplate::PasswordChanged {} => "password-reset",
        }
    }

    /// The code that the link carries too; a password is never part of a link.
    pub(super) fn link_code(&self) -> Option<&Secret> {
        match self {
            MailTemplate::SignUpCode { code, .. }
            | MailTemplate::VerifyEmail { code, .. }
            | MailTemplate::Invitation { code, .. }
            | MailTemplate::InvitationReminder { code, .. }
            | MailTemplate::PasswordReset { code, .. } => Some(code),
            MailTemplate::SignUpKnown {}
            | MailTemplate::TemporaryPassword { .. }
            | MailTemplate::RolesChanged { .. }
            | MailTemplate::MemberSuspended { .. }
            | MailTemplate::MemberReactivated { .. }
            | MailTemplate::MemberRevoked { .. }
            | MailTemplate::MemberRemoved { .. }
            | MailTemplate::PasswordChanged {}
            | MailTemplate::OwnershipAsked { .. }
            | MailTemplate::OwnershipReceived { .. }
            | MailTemplate::OwnershipGiven { .. }
            | MailTemplate::OrganizationDeleted { .. } => None,
        }
    }

    /// The values of the template's texts, made safe to show.
    pub(super) fn values(&self) -> Vec<(&'static str, String)> {
        match self {
            MailTemplate::SignUpCode { minutes, .. }
            | MailTemplate::VerifyEmail { minutes, .. }
            | MailTemplate::PasswordReset { minutes, .. } => vec![("minutes", minutes.to_string())],
            MailTemplate::TemporaryPassword {
                organization,
                inviter,
                days,
                ..
            }
            | MailTemplate::Invitation {
                organization,
                inviter,
                days,
                ..
            }
            | MailTemplate::InvitationReminder {
                organization,
                inviter,
                days,
                ..
            } => vec![
                ("organization", shown(organization)),
                ("inviter", shown(inviter)),
                ("days", days.to_string()),
            ],
            MailTemplate::RolesChanged { organization, roles } => {
                vec![("organization", shown(organization)), ("roles", shown(roles))]
            }
            MailTemplate::MemberSuspended { organization }
            | MailTemplate::MemberReactivated { organization }
            | MailTemplate::MemberRevoked { organization }
            | MailTemplate::MemberRemoved { organization } => vec![("organization", shown(organization))],
            MailTemplate::OwnershipAsked {
                organization,
                owner,
                days,
            } => vec![
                ("organization", shown(organization)),
                ("owner", shown(owner)),
                ("days", days.to_string()),
            ],
            MailTemplate::OwnershipReceived { organization, owner }
            | MailTemplate::OwnershipGiven { organization, owner } => {
                vec![("organization", shown(organization)), ("owner", shown(owner))]
            }
            MailTemplate::OrganizationDeleted {
                organization,
                slug,
                days,
            } => vec![
                ("organization", shown(organization)),
                ("slug", shown(slug)),
                ("days", days.to_string()),
            ],
            MailTemplate::SignUpKnown {} | MailTemplate::PasswordChanged {} => Vec::new(),
        }
    }
}
