//! What is counted of calls: how many came to what, and how long they took. Each series is looked up once and then kept, so
//! that counting costs an addition.

use crate::auth::rules::{Rule, all_rules};
use metrics::{Counter, Histogram};
use std::collections::HashMap;
use std::sync::OnceLock;
use tonic::Code;

/// The codes there are (0 to 16).
const CODES: usize = 17;

/// The series of all methods. Make it when the recorder is there: series that were made before go nowhere.
#[derive(Default)]
pub(super) struct Meters {
    methods: HashMap<&'static str, Series>,
    other: Series,
}

#[derive(Default)]
struct Series {
    calls: [OnceLock<Counter>; CODES],
    seconds: OnceLock<Histogram>,
}

impl Meters {
    pub(super) fn new() -> Meters {
        Meters {
            methods: all_rules().iter().map(|rule| (rule.path, Series::default())).collect(),
            other: Series::default(),
        }
    }

    /// Counts a call. Only methods that exist become labels: strangers must not be able to fill the memory with made-up
    /// ones.
    pub(super) fn count(&self, rule: Option<&'static Rule>, code: Code, seconds: f64) {
        let method = rule.map_or("other", |rule| rule.path);
        let series = self.methods.get(method).unwrap_or(&self.other);
        if let Some(calls) = series.calls.get(code as usize) {
            let made = || metrics::counter!("roster_calls_total", "method" => method, "code" => format!("{code:?}"));
            calls.get_or_init(made).increment(1);
        }
        let made = || metrics::histogram!("roster_call_seconds", "method" => method);
        series.seconds.get_or_init(made).record(seconds);
    }
}
