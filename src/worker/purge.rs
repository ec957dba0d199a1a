//! Purging: what is left of deleted organisations once their time to be restored is over.

use crate::app::App;
use crate::clock::Time;
use crate::domain::OrganizationId;
use crate::domain::event::Event;
use crate::domain::organization::{Purged, RESTORABLE};
use crate::error::Error;
use crate::store::Receipt;
use crate::store::change::Origin;

/// Members that one transaction of a purge forgets.
const AT_ONCE: u64 = 1_000;

/// The organisation that was deleted the longest ago of those whose time to be restored is over, but for some.
///
/// # Errors
/// The database's.
pub async fn next(app: &App, now: Time, but: &[OrganizationId]) -> Result<Option<OrganizationId>, Error> {
    let organizations = app.store.reads();
    let due = organizations
        .organizations()
        .list_deleted(now - RESTORABLE, but.len() as u64 + 1)
        .await?;
    Ok(due.iter().map(|one| one.id).find(|id| !but.contains(id)))
}

/// Forgets some of what a deleted organisation had; the change log stays. Each transaction leaves a receipt of what it
/// forgot. Returns how many members went.
///
/// # Errors
/// The database's.
pub async fn some(app: &App, now: Time, organization: OrganizationId) -> Result<u64, Error> {
    let tx = app.store.begin().await?;
    // Another process may have been here.
    let locked = tx.organizations().lock_deleted(organization).await?;
    let Some(organization) = locked.filter(|o| o.purge_at().is_some_and(|at| at <= now)) else {
        tx.rollback().await?;
        return Ok(0);
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
    Ok(rows.members)
}
