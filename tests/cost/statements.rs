//! Counts statements by the spans that SeaORM opens for each, `BEGIN` and `COMMIT` included. It counts what a call sends and
//! nothing else: only within the span that the server opens for the call, and only on a thread that asked for it, so that
//! calls can also be made without.

use roster::store::SQL;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

thread_local! {
    static HEEDED: Cell<bool> = const { Cell::new(false) };
    static HEARD: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
    static TEXTS: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// Listens from now on, wherever it is wanted.
pub fn listen() {
    tracing::subscriber::set_global_default(Registry::default().with(Ear)).unwrap();
}

/// Whether to count what this thread sends from now on.
pub fn heed(on: bool) {
    HEEDED.set(on);
}

/// What this thread sent since it was last asked. A transaction that nobody ended was rolled back when it was dropped, which
/// is a statement too.
pub fn heard() -> Vec<&'static str> {
    let mut heard = HEARD.take();
    let times = |what: &str| heard.iter().filter(|heard| **heard == what).count();
    let dropped = times("begin").saturating_sub(times("commit") + times("rollback"));
    heard.extend(std::iter::repeat_n("rollback", dropped));
    heard
}

/// The texts of all that this thread ever sent while it was heeded, each once.
pub fn texts() -> BTreeSet<String> {
    TEXTS.take()
}

struct Text(String);

impl Visit for Text {
    fn record_str(&mut self, _: &Field, value: &str) {
        value.clone_into(&mut self.0);
    }
    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

struct Ear;

/// The name of the statement that a span is about.
fn statement(of: &Metadata<'_>) -> Option<&'static str> {
    let transaction = match of.target() {
        "sea_orm::database::transaction" => true,
        "sea_orm::database::db_connection" => false,
        _ => return None,
    };
    match of.name() {
        "execute_raw" | "execute_unprepared" => Some("execute"),
        "query_one_raw" => Some("query one"),
        "query_all_raw" | "stream_raw" => Some("query all"),
        // A connection's own begin opens the transaction's, which is the one that sends.
        "begin" if transaction => Some("begin"),
        "commit" if transaction => Some("commit"),
        "rollback" if transaction => Some("rollback"),
        _ => None,
    }
}

fn call(span: &Metadata<'_>) -> bool {
    span.name() == "call" && span.target().starts_with("roster::")
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Ear {
    fn register_callsite(&self, span: &'static Metadata<'static>) -> Interest {
        let wanted = call(span) || statement(span).is_some();
        if (span.is_span() && wanted) || span.target() == SQL {
            Interest::sometimes()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, _: &Metadata<'_>, _: Context<'_, S>) -> bool {
        HEEDED.get()
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == SQL {
            let mut text = Text(String::new());
            event.record(&mut text);
            TEXTS.with_borrow_mut(|texts| texts.insert(text.0));
        }
    }

    fn on_new_span(&self, span: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let within = |mut scope: tracing_subscriber::registry::Scope<'_, S>| scope.any(|span| call(span.metadata()));
        if let Some(statement) = statement(span.metadata())
            && context.span_scope(id).is_some_and(within)
        {
            HEARD.with_borrow_mut(|heard| heard.push(statement));
        }
    }
}
