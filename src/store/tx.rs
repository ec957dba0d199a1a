//! A transaction that may change things, and the only way to keep what it changed.

use super::change::Origin;
use super::mail::QueuedMail;
use super::{Conn, from_db};
use crate::clock::Time;
use crate::domain::OrganizationId;
use crate::domain::event::{Event, Revocation};
use crate::error::Error;
use uuid::Uuid;

/// A transaction. Dropped, it rolls back.
pub struct Tx {
    conn: Conn,
}

/// What a transaction leaves behind besides its changes.
pub struct Receipt {
    /// Who did it.
    pub origin: Origin,
    /// When.
    pub at: Time,
    /// What happened, and in which organisation: at least one event if anything changed.
    pub events: Vec<(Option<OrganizationId>, Event)>,
    /// What has to be refused from now on, each with the id of its row.
    pub revocations: Vec<(Uuid, Revocation)>,
    /// Mails to be sent.
    pub mails: Vec<QueuedMail>,
    /// The answer to keep, and for whom.
    pub replay: Option<(Uuid, Replay)>,
}

/// An answer kept for its request id.
#[derive(Clone)]
pub struct Replay {
    /// The request id.
    pub request: Uuid,
    /// SHA-256 of the method's path and the request: the same id with other content is refused.
    pub digest: [u8; 32],
    /// The answer, sealed.
    pub answer: Vec<u8>,
}

impl Tx {
    pub(super) fn new(conn: Conn) -> Tx {
        Tx { conn }
    }

    pub(super) fn conn(&self) -> &Conn {
        &self.conn
    }

    /// The only commit. A transaction that changed rows and names no event is rolled back: there is no way round the
    /// audit log.
    pub async fn commit(self, receipt: Receipt) -> Result<(), Error> {
        if self.conn.changed() && receipt.events.is_empty() {
            self.rollback().await?;
            return Err(Error::Internal("a change without an event".into()));
        }
        if let Err(error) = self.leave(&receipt).await {
            self.rollback().await?;
            return Err(error);
        }
        self.conn.end(true).await.map_err(from_db)
    }

    /// Undoes everything.
    pub async fn rollback(self) -> Result<(), Error> {
        self.conn.end(false).await.map_err(from_db)
    }

    async fn leave(&self, receipt: &Receipt) -> Result<(), Error> {
        if !receipt.events.is_empty() {
            self.changes()
                .insert(&receipt.origin, receipt.at, &receipt.events)
                .await?;
        }
        if !receipt.revocations.is_empty() {
            let (ids, revoked): (Vec<_>, Vec<_>) = receipt.revocations.iter().copied().unzip();
            self.revocations().insert(&ids, &revoked, receipt.at).await?;
        }
        if !receipt.mails.is_empty() {
            self.mails().insert(&receipt.mails, receipt.at).await?;
        }
        if let Some((caller, replay)) = &receipt.replay {
            self.replies().fill(*caller, replay).await?;
        }
        Ok(())
    }
}
