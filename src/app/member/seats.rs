//! Seats, counted under the organisation's lock. Whoever takes one, by whatever path, asks here.

use crate::app::{App, Cx, View};
use crate::domain::Seats;
use crate::domain::action::SeatRule;
use crate::domain::organization::Organization;
use crate::domain::preset::OnboardingKind;
use crate::error::{Error, Exhausted};

impl App {
    /// Whether suspended members keep their seats.
    pub(in crate::app) fn suspension_keeps_seat(&self) -> bool {
        self.preset.suspension_keeps_seat
    }
}

/// The seats of an organisation, through either kind of hands.
macro_rules! counted {
    ($rows:expr, $organization:expr, $now:expr, $keep:expr) => {{
        let organization: &Organization = $organization;
        let suspended = if $keep {
            $rows.members().count_suspended(organization.id).await?
        } else {
            0
        };
        organization.active_members + suspended
    }};
}

impl Cx<'_> {
    /// The seats as they are now. Invitations past their time hold none. Where seats aren't limited nobody counts.
    pub(in crate::app) async fn seats(&self, organization: &Organization) -> Result<Seats, Error> {
        let Some(limit) = organization.seat_limit else {
            return Ok(UNLIMITED);
        };
        let open = self.tx.invitations().count_open(organization.id, self.now).await?;
        Ok(Seats {
            limit: Some(limit),
            used: self.seats_held(organization).await? + open,
        })
    }

    /// The seats that members hold, without those that invitations reserve.
    pub(in crate::app) async fn seats_held(&self, organization: &Organization) -> Result<u64, Error> {
        Ok(counted!(
            self.tx,
            organization,
            self.now,
            self.app.suspension_keeps_seat()
        ))
    }

    /// Takes a seat, or refuses.
    pub(in crate::app) async fn take_seat(&self, organization: &Organization) -> Result<(), Error> {
        taken(self.seats(organization).await?).map(|_| ())
    }
}

impl View<'_> {
    /// The seats as a decision sees them. Without the lock this is a picture, not a promise.
    pub(in crate::app) async fn seat_rule(&self, organization: &Organization) -> Result<SeatRule, Error> {
        let suspended_keep = self.app.suspension_keeps_seat();
        let seats = match organization.seat_limit {
            None => UNLIMITED,
            Some(limit) => Seats {
                limit: Some(limit),
                used: counted!(self.rows, organization, self.now, suspended_keep)
                    + self.rows.invitations().count_open(organization.id, self.now).await?,
            },
        };
        Ok(SeatRule {
            seats,
            suspended_keep,
            adding_takes: self.app.preset.onboarding.default != OnboardingKind::ListOnly,
        })
    }
}

const UNLIMITED: Seats = Seats { limit: None, used: 0 };

/// The seats after one more is taken, or the refusal.
pub(in crate::app) fn taken(seats: Seats) -> Result<Seats, Error> {
    let exhausted = |none: crate::domain::NoSeat| Exhausted::Seats {
        limit: none.limit,
        used: none.used,
    };
    Ok(seats.take(1).map_err(exhausted)?)
}
