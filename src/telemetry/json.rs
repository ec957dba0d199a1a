//! Log lines as JSON objects, one per event: time, level, the event's fields, target, and the innermost span with its fields.
//!
//! A line is written for every call, so it is put together in one buffer of the thread and written once. Characters that act
//! on a terminal are escaped although JSON would let them stand.

use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::io::Write as _;

use chrono::{Datelike, Timelike, Utc};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::acts;

/// The layer that writes them.
pub(super) struct JsonLines<W>(pub(super) W);

/// The fields of a span as they stand in a line: `"id":"…","method":"…"`.
struct Fields(String);

thread_local! {
    static LINE: Cell<String> = const { Cell::new(String::new()) };
}

impl<S, W> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'l> LookupSpan<'l>,
    W: for<'w> MakeWriter<'w> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = String::with_capacity(128);
        attributes.record(&mut Members(&mut fields));
        span.extensions_mut().insert(Fields(fields));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(Fields(fields)) = span.extensions_mut().get_mut() {
            values.record(&mut Members(fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = LINE.take();
        line.clear();
        // Writing to a string doesn't fail.
        let _ = begin(&mut line, event);
        if let Some(span) = context.event_span(event) {
            line.push_str(",\"span\":{");
            let mut nothing = true;
            if let Some(Fields(fields)) = span.extensions().get() {
                line.push_str(fields);
                nothing = fields.is_empty();
            }
            line.push_str(if nothing { "\"name\":" } else { ",\"name\":" });
            quoted(&mut line, span.name());
            line.push('}');
        }
        line.push_str("}\n");
        // There is nowhere to say that nothing can be said.
        let _ = self.0.make_writer_for(event.metadata()).write_all(line.as_bytes());
        LINE.set(line);
    }
}

fn begin(line: &mut String, event: &Event<'_>) -> fmt::Result {
    let (now, metadata) = (Utc::now(), event.metadata());
    write!(
        line,
        "{{\"timestamp\":\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z\",\"level\":\"{}\"",
        now.year(),
        now.month(),
        now.day(),
        now.hour(),
        now.minute(),
        now.second(),
        now.nanosecond() / 1_000 % 1_000_000,
        metadata.level()
    )?;
    event.record(&mut Members(line));
    line.push_str(",\"target\":");
    let mut origin = Origin(None);
    if metadata.target() == "log" {
        event.record(&mut origin);
    }
    quoted(line, origin.0.as_deref().unwrap_or(metadata.target()));
    Ok(())
}

/// Where a record of the `log` crate comes from: it stands in a field, and with it where in the source, which nobody needs.
struct Origin(Option<String>);

impl Visit for Origin {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "log.target" {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// Adds members to an object: a comma before each but the first of an empty text.
struct Members<'l>(&'l mut String);

impl Members<'_> {
    fn name(&mut self, field: &Field) {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        quoted(self.0, field.name());
        self.0.push(':');
    }

    fn plain(&mut self, field: &Field, value: impl fmt::Display) {
        self.name(field);
        let _ = write!(self.0, "{value}");
    }
}

impl Visit for Members<'_> {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if !field.name().starts_with("log.") {
            self.plain(field, value);
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no other numbers.
        match value.is_finite() {
            true => self.plain(field, value),
            false => self.plain(field, "null"),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if !field.name().starts_with("log.") {
            self.name(field);
            quoted(self.0, value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.name(field);
        self.0.push('"');
        let _ = write!(Escaping(self.0), "{value:?}");
        self.0.push('"');
    }
}

fn quoted(line: &mut String, text: &str) {
    line.push('"');
    escape(line, text);
    line.push('"');
}

/// Escapes what is written through it.
struct Escaping<'l>(&'l mut String);

impl fmt::Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape(self.0, text);
        Ok(())
    }
}

fn escape(line: &mut String, text: &str) {
    // Nearly every text: printable ASCII without quotes.
    if text
        .bytes()
        .all(|octet| matches!(octet, b' '..=b'~') && octet != b'"' && octet != b'\\')
    {
        line.push_str(text);
        return;
    }
    for c in text.chars() {
        match c {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            // All of these are within the basic plane.
            c if acts(c) => {
                let _ = write!(line, "\\u{:04x}", c as u32);
            }
            c => line.push(c),
        }
    }
}
