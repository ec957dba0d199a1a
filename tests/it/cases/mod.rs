//! Published failures of systems like this one, each as a case for this one. A test's name begins with the case's id.

mod credentials;
mod foreign_ids;
mod identity;
mod invitations;
mod lists;
mod membership;
mod rights;
mod secrets;
mod sessions;
mod tenants;
mod transport;
