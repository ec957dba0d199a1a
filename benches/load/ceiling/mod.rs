//! What each scenario could reach at best, measured in the same run.

pub mod hash;
pub mod replay;
pub mod tap;
pub mod transport;
