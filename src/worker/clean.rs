//! Forgets what nobody needs any more: dead codes, ended sessions, kept answers, counted attempts, old revocations, mails
//! that are done, keys that were removed, roles for a while that ended.
//!
//! Organisations that were deleted and not restored in time go too, with all that is theirs.
//!
//! Each table has its own term. Rows go in small transactions, so that no caller waits for long. The change log is never
//! touched. Start at [`run`].

use super::{Trouble, pause, purge};
use crate::app::App;
use crate::clock::Time;
use crate::error::Error;
use chrono::TimeDelta;
use std::convert::Infallible;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often.
const EVERY: Duration = Duration::from_secs(300);
/// Rows of one transaction.
const AT_ONCE: u64 = 500;
/// Transactions per table and sweep; the rest waits for the next sweep.
const MOST: u32 = 200;

/// What is swept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    Challenges,
    Sessions,
    Replies,
    Throttles,
    Revocations,
    Mails,
    SigningKeys,
    Bindings,
}

impl Table {
    const ALL: [Table; 8] = [
        Table::Challenges,
        Table::Sessions,
        Table::Replies,
        Table::Throttles,
        Table::Revocations,
        Table::Mails,
        Table::SigningKeys,
        Table::Bindings,
    ];

    /// How long rows stay once they are done with; those of revocations count from when they were made.
    fn term(self, token: TimeDelta) -> TimeDelta {
        match self {
            Table::Challenges | Table::Throttles => TimeDelta::zero(),
            // A session or a role for a while that ended is still shown to those who ask what happened.
            Table::Sessions | Table::Mails | Table::Bindings => TimeDelta::days(30),
            Table::Replies => TimeDelta::hours(24),
            // The feed reads back a little further than a token lives.
            Table::Revocations => token + TimeDelta::hours(1),
            // `roster keys list` still tells of it.
            Table::SigningKeys => TimeDelta::days(1),
        }
    }
}

/// Sweeps every few minutes until `stop`.
///
/// # Errors
/// None: a database that is away is waited for.
pub async fn run(app: App, stop: CancellationToken) -> Result<(), Infallible> {
    let mut troubles = Table::ALL.map(|_| Trouble::new("clean-up"));
    let mut purges = Trouble::new("purge");
    // Processes that started together don't sweep together.
    let first = Duration::from_millis(app.random.below(60_000));
    let mut more = pause(first, &stop).await;
    while more {
        for (table, trouble) in Table::ALL.into_iter().zip(&mut troubles) {
            trouble.note(forget(&app, table, &stop).await);
        }
        purges.note(purge_all(&app, &stop).await);
        more = pause(EVERY, &stop).await;
    }
    Ok(())
}

/// Sweeps every table once.
///
/// # Errors
/// The database's.
pub async fn sweep(app: &App) -> Result<(), Error> {
    let never = CancellationToken::new();
    for table in Table::ALL {
        forget(app, table, &never).await?;
    }
    purge_all(app, &never).await
}

/// Forgets deleted organisations whose time to be restored is over. A big one takes several transactions, each with a
/// receipt in the change log. One that can't be purged keeps none of the others: it is left until the next sweep.
async fn purge_all(app: &App, stop: &CancellationToken) -> Result<(), Error> {
    let (mut stuck, mut failed) = (vec![], Ok(()));
    for _ in 0..MOST {
        let Some(organization) = purge::next(app, app.clock.now(), &stuck).await? else {
            break;
        };
        match purge::some(app, app.clock.now(), organization).await {
            Ok(members) => tracing::debug!(members, "a deleted organization was purged, or a part of it"),
            Err(error) => {
                tracing::warn!(%organization, %error, "a deleted organization can't be purged");
                stuck.push(organization);
                failed = failed.and(Err(error));
            }
        }
        if stop.is_cancelled() {
            break;
        }
    }
    failed
}

async fn forget(app: &App, table: Table, stop: &CancellationToken) -> Result<(), Error> {
    let token = TimeDelta::from_std(app.issuer.lifetime).unwrap_or(TimeDelta::MAX / 2);
    let before = app.clock.now() - table.term(token);
    let mut gone = 0;
    for _ in 0..MOST {
        let some = delete(app, table, before).await?;
        gone += some;
        if some < AT_ONCE || stop.is_cancelled() {
            break;
        }
    }
    if gone > 0 {
        tracing::debug!(?table, gone, "forgotten");
    }
    Ok(())
}

async fn delete(app: &App, table: Table, before: Time) -> Result<u64, Error> {
    let upkeep = app.store.upkeep().await?;
    let gone = match table {
        Table::Challenges => upkeep.challenges().delete_expired(before, AT_ONCE).await?,
        Table::Sessions => upkeep.sessions().delete_ended(before, AT_ONCE).await?,
        Table::Replies => upkeep.replies().delete_before(before, AT_ONCE).await?,
        Table::Throttles => upkeep.throttles().delete_ended(before, AT_ONCE).await?,
        Table::Revocations => upkeep.revocations().delete_before(before, AT_ONCE).await?,
        Table::Mails => upkeep.mails().delete_done(before, AT_ONCE).await?,
        Table::Bindings => upkeep.bindings().delete_ended(before, AT_ONCE).await?,
        Table::SigningKeys => upkeep.signing_keys().delete_removed(before, AT_ONCE).await?,
    };
    upkeep.commit().await?;
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revocation_outlives_every_token_that_it_refuses() {
        for minutes in [1, 10, 60] {
            let token = TimeDelta::minutes(minutes);
            assert!(Table::Revocations.term(token) > token + crate::auth::token::LEEWAY + TimeDelta::minutes(1));
        }
    }

    #[test]
    fn answers_are_kept_for_a_day_and_ended_sessions_for_thirty() {
        let token = TimeDelta::minutes(10);
        assert_eq!(Table::Replies.term(token), TimeDelta::days(1));
        assert_eq!(Table::Sessions.term(token), TimeDelta::days(30));
        assert_eq!(Table::Challenges.term(token), TimeDelta::zero());
    }
}
