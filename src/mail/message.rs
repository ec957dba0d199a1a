//! What each mail says: a template's values become a subject, a plain text and an HTML page.
//!
//! Links start with the configured base URL and nothing else, and carry a code only in their fragment, so that opening
//! one tells no server log the code and uses nothing up. The plain text is complete on its own. Start at [`compose`].

use std::fmt;

use minijinja::{Environment, Value};
use serde::{Deserialize, Serialize, Serializer};

use crate::domain::name::Locale;
use crate::secret::Secret;
use crate::words::Words;

const LAYOUT: &str = include_str!("layout.html");

/// The longest name shown, in code points: a sender doesn't get to write a letter of their own into ours.
const LONGEST_NAME: usize = 80;

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

    /// Where the mail's link leads, below the base URL.
    fn path(&self) -> &'static str {
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
    fn link_code(&self) -> Option<&Secret> {
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
    fn values(&self) -> Vec<(&'static str, String)> {
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

/// A mail ready to be sent. It may hold a code, so its Debug shows the subject alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Composed {
    /// The name of the template it came from.
    pub template: &'static str,
    /// The subject, one line.
    pub subject: String,
    /// The whole mail as plain text, lines ended by `\n`.
    pub text: String,
    /// The same as an HTML page.
    pub html: String,
}

impl fmt::Debug for Composed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Composed")
            .field("template", &self.template)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

/// A mail can't be composed: a fault of the program, not of the values. It tells no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// The texts lack an id.
    #[error("the mail text {0} is missing: add it to every language")]
    Text(String),
    /// The layout can't be rendered.
    #[error("the mail layout can't be rendered: {0}")]
    Layout(String),
}

/// Composes a mail in the recipient's language. `base_url` is the configured address of the product's pages;
/// `recipient_name` may be empty when it isn't known.
///
/// # Errors
/// A text or the layout is broken; tests keep both from happening.
pub fn compose(
    words: &Words,
    locale: Locale,
    base_url: &str,
    recipient_name: &str,
    template: &MailTemplate,
) -> Result<Composed, ComposeError> {
    let values = template.values();
    let mut args: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let name = shown(match template {
        MailTemplate::SignUpCode { name, .. } if recipient_name.is_empty() => name,
        _ => recipient_name,
    });
    args.push(("name", &name));
    let say = |id: &str| {
        words
            .say(locale, id, &args)
            .ok_or_else(|| ComposeError::Text(id.to_owned()))
    };
    let own = |part: &str| say(&format!("{}-{part}", template.name()));

    let (code, code_label) = match template {
        MailTemplate::TemporaryPassword { password, .. } => (Some(password), "mail-password-label"),
        _ => (template.link_code(), "mail-code-label"),
    };
    let parts = Parts {
        lang: locale.as_str(),
        subject: own("subject")?,
        greeting: say(if name.is_empty() {
            "mail-greeting-plain"
        } else {
            "mail-greeting"
        })?,
        intro: own(match template {
            MailTemplate::Invitation { has_account: true, .. }
            | MailTemplate::InvitationReminder { has_account: true, .. } => "intro-known",
            MailTemplate::Invitation { .. } | MailTemplate::InvitationReminder { .. } => "intro-new",
            _ => "intro",
        })?,
        code: code.map(Secret::expose),
        code_label: say(code_label)?,
        action: own("action")?,
        link: link(base_url, template),
        link_label: say("mail-link-label")?,
        note: own("note")?,
        footer: say("mail-footer")?,
    };
    Ok(Composed {
        template: template.name(),
        text: parts.text(),
        html: parts.html()?,
        subject: parts.subject,
    })
}

/// The pieces of a mail, in the order in which they are read; its fields are the layout's variables.
struct Parts<'a> {
    lang: &'static str,
    subject: String,
    greeting: String,
    intro: String,
    code: Option<&'a str>,
    code_label: String,
    action: String,
    link: String,
    link_label: String,
    note: String,
    footer: String,
}

impl Parts<'_> {
    fn text(&self) -> String {
        let Parts {
            greeting,
            intro,
            action,
            link,
            note,
            footer,
            code_label,
            ..
        } = self;
        let code = self
            .code
            .map(|code| format!("{code_label}\n\n    {code}\n\n"))
            .unwrap_or_default();
        // The line of two dashes and a space begins the signature, which mail programs show apart.
        format!("{greeting}\n\n{intro}\n\n{code}{action}:\n{link}\n\n{note}\n\n-- \n{footer}\n")
    }

    fn values(&self) -> Value {
        let code = self.code.unwrap_or_default();
        Value::from_pairs([
            ("lang", self.lang),
            ("subject", &self.subject),
            ("greeting", &self.greeting),
            ("intro", &self.intro),
            ("code", code),
            ("code_label", &self.code_label),
            ("action", &self.action),
            ("link", &self.link),
            ("link_label", &self.link_label),
            ("note", &self.note),
            ("footer", &self.footer),
        ])
    }

    fn html(&self) -> Result<String, ComposeError> {
        // The name's ending switches the escaping on.
        Environment::new()
            .render_named_str("mail.html", LAYOUT, self.values())
            .map_err(|error| ComposeError::Layout(format!("{:?}, line {:?}", error.kind(), error.line())))
    }
}

/// The link of a mail. The code's bytes outside the unreserved ones of RFC 3986 are percent-encoded.
fn link(base_url: &str, template: &MailTemplate) -> String {
    let mut link = format!("{}/{}", base_url.trim_end_matches('/'), template.path());
    if let Some(code) = template.link_code() {
        link.push_str("#code=");
        for byte in code.expose().bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => link.push(char::from(byte)),
                _ => link.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    link
}

/// A person's or organisation's name as a mail may show it: one line, of bounded length, without characters that
/// steer the display, and without the start of an address that mail programs would turn into a link. Names are
/// checked when they are taken in; this guards the mail whatever happened there.
fn shown(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !steers(*c))
        .collect();
    let plain = plain.replace("://", ": ");
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    match plain.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", plain[..end].trim_end()),
        None => plain,
    }
}

/// Controls, and the invisible characters that change direction, break lines or hide (Unicode TR36, section 2.5).
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
