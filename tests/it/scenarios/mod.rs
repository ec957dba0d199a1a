//! Each preset against the page that it comes from: a test walks the whole page, sentence by sentence, over gRPC.
//!
//! `seeds/` has the pages as they are. A scenario quotes what it covers before it does it; a word that nobody quotes
//! fails the test, as does a quote that isn't there or comes out of its order: see [`walk`]. `standard` has no page of
//! its own: it is what all other tests run on.

mod acts;
mod credits;
mod documents;
mod operations;
mod walk;
mod workspace;
