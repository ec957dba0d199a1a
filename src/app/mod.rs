//! What Roster does: one `pub async fn` per RPC, one file per resource. It knows neither the wire nor the database's
//! language. Start at [`App`]: `write` and `read` are the only callers of begin and commit.
//!
//! An operation is a named function over a [`Cx`] (which can write) or a [`View`] (which can't). It does no I/O but the
//! database, so `write` may run it again after a conflict. Slow work is done before, in a preparation.

pub mod access;
pub mod action;
mod audit;
mod call;
mod cx;
pub mod group;
pub mod invitation;
pub mod log_in;
pub mod member;
mod naming;
pub mod organization;
pub mod page;
pub mod password;
pub mod policy;
mod preset;
mod rights;
mod run;
pub mod session;
pub mod sign_up;
mod stand;
pub mod tag;
pub mod throttle;
pub mod token;
pub mod user;

pub use audit::Refusals;
pub use call::{Call, Request};
pub use cx::{Cx, View};
pub use policy::Policy;
pub use rights::{RoleRef, RolesCache};
pub use run::{Answer, Operation, Preparation, Reading};

/// A file that comes in pieces, of any size, until it ends or breaks off.
pub type Pieces = std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<Vec<u8>, crate::error::Error>> + Send>>;

use crate::auth::keyring::KeyringHandle;
use crate::auth::password::Hasher;
use crate::auth::revocation::Revocations;
use crate::auth::token::{TokenIssuer, VerifiedTokens};
use crate::clock::Clock;
use crate::domain::preset::Preset;
use crate::random::Random;
use crate::seal::Sealer;
use crate::store::Store;
use crate::words::Words;
use std::sync::Arc;
use tokio::sync::{Notify, Semaphore};

/// Imports that are all or nothing, in one process at a time: each holds some 40 MiB at most.
pub const ATOMIC_IMPORTS: usize = 4;

/// Everything an operation stands on. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What an [`App`] is made of.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Roles and permissions.
    pub preset: Arc<Preset>,
    /// Roles of organisations, their own ones included.
    pub roles: RolesCache,
    /// How this deployment wants things.
    pub policy: Policy,
    /// The keys that sign and verify.
    pub keyring: KeyringHandle,
    /// Makes and verifies access tokens.
    pub issuer: TokenIssuer,
    /// Tokens verified lately.
    pub verified: VerifiedTokens<crate::auth::caller::Caller>,
    /// Tokens refused although they verify.
    pub revocations: Revocations,
    /// Refusals recorded lately.
    pub refusals: Refusals,
    /// Hashes passwords, off the request threads.
    pub hasher: Hasher,
    /// Encrypts what must not lie about in the database.
    pub sealer: Sealer,
    /// What people read.
    pub words: Words,
    /// Wakes the mail worker.
    pub mail_due: Notify,
    /// Room for imports that are all or nothing: [`ATOMIC_IMPORTS`].
    pub atomic_imports: Arc<Semaphore>,
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> App {
        App(Arc::new(parts))
    }
}

impl App {
    /// A refusal in somebody's language.
    pub fn say(&self, locale: crate::domain::Locale, error: &crate::error::Error) -> String {
        let facts = error.facts();
        let facts: Vec<(&str, &str)> = facts.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let said = self.words.say(locale, &crate::words::id_of(error.reason()), &facts);
        said.unwrap_or_else(|| error.reason().to_owned())
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
