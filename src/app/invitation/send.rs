//! Sending invitations: the rows and the mails. Whether one may be sent at all is for the callers to have asked.

use crate::app::Cx;
use crate::auth::opaque::{OpaqueSecret, SecretKind};
use crate::clock::Time;
use crate::domain::InvitationId;
use crate::domain::event::Event;
use crate::domain::invitation::{Invitation, InvitationState};
use crate::domain::member::Member;
use crate::domain::organization::Organization;
use crate::domain::user::User;
use crate::error::Error;
use crate::mail::message::MailTemplate;
use crate::secret::Secret;
use std::collections::HashMap;

impl Cx<'_> {
    /// Makes the invitations of members who have none open, and mails each. A code is in its mail and nowhere else. From
    /// here on they rest on the caller's rights. The answer is in the order of the members.
    pub(in crate::app) async fn send_invitations(
        &mut self,
        organization: &Organization,
        members: &[&Member],
        expires_at: Time,
        reminder: bool,
    ) -> Result<Vec<Invitation>, Error> {
        let (by, by_user) = (self.place()?.member, self.user()?);
        let keys = members.iter().map(|member| member.email.key());
        let known = self.tx.users().list_by_email(keys).await?;
        let known: HashMap<&str, &User> = known.iter().map(|user| (user.email.key(), user)).collect();
        let inviter = self.inviter_name().await?;
        let mut made = Vec::with_capacity(members.len());
        for member in members {
            let code = OpaqueSecret::generate(SecretKind::Invitation, &*self.app.random);
            let invitation = Invitation {
                id: InvitationId::new(self.uuid()),
                organization: organization.id,
                member: member.id,
                email_key: member.email.key().to_owned(),
                state: InvitationState::Open,
                expires_at,
                invited_by: by,
                invited_by_user: by_user,
                created_at: self.now,
            };
            self.emit(Event::InvitationSent {
                invitation: invitation.id,
                member: member.id,
                email: member.email.as_str().to_owned(),
            });
            made.push((invitation, code.digest()));
            let user = known.get(member.email.key()).copied();
            let letter = Letter {
                organization,
                inviter: &inviter,
                expires_at,
                reminder,
            };
            self.mail_invitation(&letter, member, user, &code)?;
        }
        self.tx.invitations().insert(&made).await?;
        Ok(made.into_iter().map(|(invitation, _)| invitation).collect())
    }

    fn mail_invitation(
        &mut self,
        letter: &Letter<'_>,
        member: &Member,
        known: Option<&User>,
        code: &OpaqueSecret,
    ) -> Result<(), Error> {
        let organization = letter.organization.display_name.as_str().to_owned();
        let inviter = letter.inviter.to_owned();
        let code = Secret::new(code.expose());
        let days = u32::try_from((letter.expires_at - self.now).num_days().max(1)).unwrap_or(u32::MAX);
        let has_account = known.is_some();
        let template = if letter.reminder {
            MailTemplate::InvitationReminder {
                organization,
                inviter,
                code,
                days,
                has_account,
            }
        } else {
            MailTemplate::Invitation {
                organization,
                inviter,
                code,
                days,
                has_account,
            }
        };
        // Whoever has an account is written to where, and in the language, that the account says.
        // They are greeted as they call themselves, not as whoever invites them does.
        let own = (&member.email, &member.display_name, letter.organization.locale);
        let (to, name, locale) = known.map_or(own, |user| (&user.email, &user.display_name, user.locale));
        self.mail(to, name.as_str(), locale, &template)
    }

    /// What the caller calls themselves, for mails.
    pub(in crate::app) async fn inviter_name(&self) -> Result<String, Error> {
        let user = self
            .tx
            .users()
            .find(self.user()?)
            .await?
            .ok_or(Error::Unauthenticated)?;
        Ok(user.display_name.as_str().to_owned())
    }
}

/// What the mails of one sending have in common.
struct Letter<'a> {
    organization: &'a Organization,
    inviter: &'a str,
    expires_at: Time,
    reminder: bool,
}
