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

/// Who holds seats, each kind counted by itself.
#[derive(Debug, Clone, Copy)]
pub(in crate::app) struct Holders {
    /// Members who are in.
    pub(in crate::app) active: u64,
    /// Members who are switched off; none where they don't keep their seats.
    pub(in crate::app) suspended: Option<u64>,
    /// People who may still accept an invitation; none where nobody asks for them.
    pub(in crate::app) invited: u64,
}

impl Holders {
    /// The seats that are held, of so many.
    pub(in crate::app) fn of(self, limit: Option<u64>) -> Seats {
        Seats {
            limit,
            used: self.active + self.suspended.unwrap_or(0) + self.invited,
        }
    }
}

/// The holders of seats, through either kind of hands. The one place that counts them.
macro_rules! counted {
    ($rows:expr, $organization:expr, $now:expr, $keep:expr, $reserved:expr) => {{
        let organization: &Organization = $organization;
        Holders {
            active: organization.active_members,
            suspended: match $keep {
                true => Some($rows.members().count_suspended(organization.id).await?),
                false => None,
            },
            invited: match $reserved {
                true => $rows.invitations().count_open(organization.id, $now).await?,
                false => 0,
            },
        }
    }};
}

impl Cx<'_> {
    /// The seats as they are now. Invitations past their time hold none. Where seats aren't limited nobody counts.
    pub(in crate::app) async fn seats(&self, organization: &Organization) -> Result<Seats, Error> {
        self.seats_but(organization, true).await
    }

    /// The seats as they are to somebody whose invitation reserved one: those that members hold are taken.
    pub(in crate::app) async fn seats_reserved(&self, organization: &Organization) -> Result<Seats, Error> {
        self.seats_but(organization, false).await
    }

    async fn seats_but(&self, organization: &Organization, reserved: bool) -> Result<Seats, Error> {
        if organization.seat_limit.is_none() {
            return Ok(UNLIMITED);
        }
        let keep = self.app.suspension_keeps_seat();
        let holders = counted!(self.tx, organization, self.now, keep, reserved);
        Ok(holders.of(organization.seat_limit))
    }

    /// Takes a seat, or refuses.
    pub(in crate::app) async fn take_seat(&self, organization: &Organization) -> Result<(), Error> {
        taken(self.seats(organization).await?).map(|_| ())
    }
}

impl View<'_> {
    /// The seats as a decision sees them. Without the lock this is a picture, not a promise.
    pub(in crate::app) async fn seat_rule(&self, organization: &Organization) -> Result<SeatRule, Error> {
        let seats = match organization.seat_limit {
            None => UNLIMITED,
            limit => self.seat_holders(organization).await?.of(limit),
        };
        Ok(SeatRule {
            seats,
            suspended_keep: self.app.suspension_keeps_seat(),
            adding_takes: self.app.preset.onboarding.default != OnboardingKind::ListOnly,
        })
    }

    /// Who holds seats, for whoever shows it.
    pub(in crate::app) async fn seat_holders(&self, organization: &Organization) -> Result<Holders, Error> {
        let keep = self.app.suspension_keeps_seat();
        Ok(counted!(self.rows, organization, self.now, keep, true))
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
