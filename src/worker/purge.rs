//! Purging: what is left of deleted organisations once their time to be restored is over.

use crate::app::App;
use crate::clock::Time;
use crate::domain::event::Event;
use crate::domain::organization::{Purged, RESTORABLE};
use crate::error::Error;
use crate::store::Receipt;
use crate::store::change::Origin;

/// Members that one transaction of a purge forgets.
const AT_ONCE: u64 = 1_000;

/// Forgets some of the organisations whose time to be restored is over; the change log stays. Each transaction leaves a
/// receipt of what it forgot. Returns how many members went, and whether there may be more to do.
///
/// # Errors
/// The database's.
pub async fn some(app: &App, now: Time) -> Result<(u64, bool), Error> {
    let due = app
        .store
        .reads()
        .organizations()
        .list_deleted(now - RESTORABLE, 1)
        .await?;
    let Some(organization) = due.first() else {
        return Ok((0, false));
    };
    let tx = app.store.begin().await?;
    // Another process may have been here.
    let locked = tx.organizations().lock_deleted(organization.id).await?;
    let Some(organization) = locked.filter(|o| o.purge_at().is_some_and(|at| at <= now)) else {
        tx.rollback().await?;
        return Ok((0, true));
    };
    let rows: Purged = tx.organizations().purge(organization.id, AT_ONCE).await?;
    let event = Event::OrganizationPurged {
        organization: organization.id,
        slug: organization.slug.as_str().to_owned(),
        rows,
    };
    tx.commit(Receipt {
        origin: Origin {
            method: "clean-up".to_owned(),
            ..Origin::default()
        },
        at: now,
        events: vec![(Some(organization.id), event)],
        revocations: vec![],
        mails: vec![],
        replay: None,
    })
    .await?;
    Ok((rows.members, true))
}
