//! What each mail says: a template's values become a subject, a plain text and an HTML page.
//!
//! Links start with the configured base URL and nothing else, and carry a code only in their fragment, so that opening
//! one tells no server log the code and uses nothing up. The plain text is complete on its own. Start at [`compose`].

use std::fmt;

use minijinja::{Environment, Value};

use super::shown::shown;
pub use super::template::MailTemplate;
use crate::domain::name::Locale;
use crate::secret::Secret;
use crate::words::Words;

const LAYOUT: &str = include_str!("layout.html");

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

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
