//! What an operation holds in its hands.

use super::audit::Noted;
use super::throttle::Forgiven;
use super::{App, Call};
use crate::clock::Time;
use crate::domain::event::{Event, Revocation};
use crate::domain::member::Standing;
use crate::domain::organization::Organization;
use crate::domain::permission::PermissionSet;
use crate::domain::session::Place;
use crate::domain::{Email, Locale, OrganizationId, Roles, UserId};
use crate::error::{Error, Refused};
use crate::mail::message::MailTemplate;
use crate::seal::Purpose;
use crate::secret::Secret;
use crate::store::mail::QueuedMail;
use crate::store::{Reads, Tx};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// A running change: the transaction and what it will leave behind.
pub struct Cx<'a> {
    /// The rows.
    pub tx: Tx,
    /// The circumstances.
    pub call: &'a Call,
    /// Everything else.
    pub app: &'a App,
    /// The time of the whole operation.
    pub now: Time,
    /// How the caller stands, read in this transaction; none for public methods.
    pub standing: Option<Standing>,
    /// What the caller may do in the organisation, read in this transaction.
    pub rights: PermissionSet,
    /// The roles of the organisation that a permission of the caller's is used in; elsewhere the preset's alone.
    pub roles: Arc<Roles>,
    pub(super) roles_touched: bool,
    pub(super) home: Option<Organization>,
    pub(super) about: Option<OrganizationId>,
    pub(super) events: Vec<(Option<OrganizationId>, Event)>,
    pub(super) revocations: Vec<(Uuid, Revocation)>,
    pub(super) mails: Vec<QueuedMail>,
    pub(super) keep_on_error: bool,
    pub(super) undone: bool,
    pub(super) forgiven: Forgiven,
    pub(super) noted: Noted,
}

impl Cx<'_> {
    /// Notes what happened. Without it, a change doesn't commit.
    pub fn emit(&mut self, event: Event) {
        self.events.push((self.about, event));
    }

    /// Says what has to be refused from the commit on, here and in every other process.
    pub fn revoke(&mut self, revocation: Revocation) {
        let id = self.uuid();
        self.revocations.push((id, revocation));
    }

    /// Says which organisation the events from here on are about, where that isn't the caller's.
    pub fn about(&mut self, organization: Option<OrganizationId>) {
        self.about = organization;
    }

    /// A secret as the answer shows it. Where nothing was changed nothing is given: a dry run hands out no credential.
    pub fn reveal(&self, secret: &str) -> Secret {
        if self.call.validate_only {
            Secret::default()
        } else {
            Secret::new(secret)
        }
    }

    /// Locks an organisation until the end, and reads the clock anew: the wait may have been long.
    pub async fn lock_organization(&mut self, id: OrganizationId) -> Result<Organization, Error> {
        let organization = self.tx.organizations().lock(id).await?;
        self.now = self.app.clock.now();
        Ok(organization)
    }

    /// The organisation that a permission of the caller's is used in; it was locked before the caller's rights were read.
    pub fn home(&self) -> Result<Organization, Error> {
        self.home.clone().ok_or_else(|| Refused::NoOrganization.into())
    }

    /// Keeps the changes even if the operation is refused from here on: a counted wrong code, a session ended because
    /// its token came twice.
    pub fn keep(&mut self) {
        self.keep_on_error = true;
    }

    /// Undoes everything at the end, and answers all the same: for what is done as a whole or not at all, and tells of each
    /// part why. The answer isn't kept, so the request may be sent again.
    pub fn undo(&mut self) {
        self.undone = true;
    }

    /// Queues a mail. It is sent once this transaction is committed.
    pub fn mail(&mut self, to: &Email, name: &str, locale: Locale, template: &MailTemplate) -> Result<(), Error> {
        let id = self.uuid();
        let plain = serde_json::to_vec(template).map_err(|e| Error::Internal(e.to_string()))?;
        self.mails.push(QueuedMail {
            id,
            recipient: to.as_str().to_owned(),
            recipient_name: name.to_owned(),
            locale: locale.as_str().to_owned(),
            kind: template.name().to_owned(),
            content: self.app.sealer.seal(Purpose::Mail, id.as_bytes(), &plain),
            attempts: 0,
            created_at: self.now,
            rank: template.rank(),
        });
        Ok(())
    }

    /// A new id.
    pub fn uuid(&self) -> Uuid {
        self.app.random.uuid(self.now)
    }

    /// Who calls.
    pub fn user(&self) -> Result<UserId, Error> {
        Ok(self.call.caller()?.user)
    }

    /// The membership that the call is made with.
    pub fn place(&self) -> Result<Place, Error> {
        self.call.place()
    }
}

/// A running look: it can read and nothing else.
pub struct View<'a> {
    /// The rows.
    pub rows: Reads,
    /// The circumstances.
    pub call: &'a Call,
    /// Everything else.
    pub app: &'a App,
    /// The time of the whole operation.
    pub now: Time,
    /// Attempts that turned out good, which are taken back at the end of the call.
    pub(super) forgiven: Mutex<Forgiven>,
}
