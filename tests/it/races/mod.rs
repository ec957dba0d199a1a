//! Many at once: contenders that start together, and after each round a recount of what they left.

mod groups;
mod identity;
mod membership;
mod owners;
mod roles;
mod ownership;
mod sessions;
