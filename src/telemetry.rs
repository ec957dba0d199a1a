//! Logs, traces and metrics: set up once at the start, flushed at the end.
//!
//! Log lines go to standard error: one line per event, coloured on a terminal, JSON otherwise. Whatever stands in a field may
//! have come from a stranger, so control characters are escaped in every value: nobody forges a log line or speaks to the
//! operator's terminal. Start at [`init`]. Nothing here may log the configuration.

use std::fmt;
use std::io::{self, IsTerminal};
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tokio_util::sync::CancellationToken;
use tracing::field::Field;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::{Writer, debug_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::config::{self, LogFormat};
use lines::Lines;

mod json;
mod lines;

/// Bucket bounds of everything measured in seconds: from a cached answer to the default deadline.
const SECONDS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// Spans that no collector took within this time at the end are given up.
const FLUSH: Duration = Duration::from_secs(3);

/// Telemetry that couldn't be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter of log lines isn't one.
    #[error(
        "telemetry.log_filter can't be understood ({0}): write a level such as \"info\", or \"info,roster::store=debug\""
    )]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The exporter of traces refused its settings.
    #[error(
        "telemetry.otlp_endpoint can't be used ({0}): write an address such as http://localhost:4317, or leave it out"
    )]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// Something else of this process already receives logs.
    #[error("logging is already set up: {0}")]
    Logging(#[from] tracing_subscriber::util::TryInitError),
    /// Something else of this process already receives metrics, or the buckets are wrong.
    #[error("metrics can't be set up: {0}")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
}

/// What was set up. Keep it until the end: dropping it flushes the traces that are still waiting.
#[derive(Debug)]
pub struct Telemetry {
    /// Renders all metrics.
    pub metrics: PrometheusHandle,
    provider: Option<SdkTracerProvider>,
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(provider) = self.provider.take()
            && let Err(error) = provider.shutdown_with_timeout(FLUSH)
        {
            tracing::warn!(%error, "not all traces reached the collector");
        }
    }
}

/// Sets up logs, traces and metrics for this process. With an OTLP endpoint it must be called within a tokio runtime.
///
/// # Errors
/// See [`TelemetryError`].
pub fn init(config: &config::Telemetry) -> Result<Telemetry, TelemetryError> {
    let terminal = io::stderr().is_terminal();
    let json = match config.log_format {
        LogFormat::Auto => !terminal,
        LogFormat::Pretty => false,
        LogFormat::Json => true,
    };
    let metrics = prometheus()?.install_recorder()?;
    let provider = config
        .otlp_endpoint
        .as_deref()
        .map(|endpoint| exporter(endpoint, &config.service_name))
        .transpose()?;
    let traces = provider
        .as_ref()
        .map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer("roster")));
    let logs = if json {
        match Lines::to_stderr() {
            Ok(lines) => json_lines(move || lines.clone()),
            Err(_) => json_lines(io::stderr),
        }
    } else {
        plain_lines(io::stderr, terminal)
    };
    let filter = EnvFilter::try_new(&config.log_filter)?;
    tracing_subscriber::registry()
        .with(logs)
        .with(traces)
        .with(filter)
        .try_init()?;
    log_panics();
    Ok(Telemetry { metrics, provider })
}

/// Folds measurements into their buckets now and then, so that they don't pile up when nobody asks for the metrics.
/// Ends with `stop`.
pub async fn upkeep(metrics: PrometheusHandle, stop: CancellationToken) {
    let mut every = tokio::time::interval(Duration::from_secs(5));
    while stop.run_until_cancelled(every.tick()).await.is_some() {
        metrics.run_upkeep();
    }
}

/// The recorder that metrics are kept in; a test builds its own from it.
///
/// # Errors
/// Only if the bucket bounds are empty.
pub fn prometheus() -> Result<PrometheusBuilder, TelemetryError> {
    Ok(PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("seconds".to_owned()), SECONDS)?)
}

fn exporter(endpoint: &str, service: &str) -> Result<SdkTracerProvider, TelemetryError> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(Duration::from_secs(5))
        .build()?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        // The caller decides whether a trace is taken; where nobody did, all are.
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        .with_resource(Resource::builder().with_service_name(service.to_owned()).build())
        .build();
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    Ok(provider)
}

/// A panic becomes a log line like any other. The default hook would write its message, unescaped, past the log.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        let payload = panic.payload();
        let message = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        tracing::error!(location, message, "panicked");
    }));
}

type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// One line per event, for people.
fn plain_lines(writer: impl for<'w> MakeWriter<'w> + Send + Sync + 'static, ansi: bool) -> BoxedLayer {
    let fields = debug_fn(|writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug| {
        // A literal message is `fmt::Arguments`; everything else quotes itself or is quoted by whoever logs it.
        let value = escaped(&format!("{value:?}"));
        if field.name() == "message" {
            write!(writer, "{value}")
        } else {
            write!(writer, "{field}={value}")
        }
    })
    .delimited(" ");
    tracing_subscriber::fmt::layer()
        .with_ansi(ansi)
        .fmt_fields(fields)
        .with_writer(writer)
        .boxed()
}

/// One JSON object per event, for machines.
fn json_lines(writer: impl for<'w> MakeWriter<'w> + Send + Sync + 'static) -> BoxedLayer {
    json::JsonLines(writer).boxed()
}

/// Whether a character does something instead of showing itself: the controls (C0, DEL, C1), line separators, and those
/// that turn the direction of text.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The text with every character that [`acts`] written as an escape.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if acts(c) {
            out.extend(c.escape_default())
        } else {
            out.push(c)
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Sink {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    const EVIL: &str = "a\x1b[31mb\nINFO forged\r\x07\x7f\u{9b}2J\u{202e}\u{2028}z";

    fn logged(layer: impl FnOnce(Sink) -> BoxedLayer) -> String {
        let sink = Sink::default();
        let subscriber = tracing_subscriber::registry().with(layer(sink.clone()));
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("call", peer = %EVIL);
            let _entered = span.enter();
            let error: Box<dyn std::error::Error + 'static> = EVIL.into();
            tracing::info!(name = EVIL, shown = %EVIL, debugged = ?EVIL, error = &*error, "hello {EVIL}");
        });
        sink.text()
    }

    fn assert_harmless(text: &str) {
        assert_eq!(text.matches('\n').count(), 1, "{text:?}");
        assert!(text.ends_with('\n'));
        let bad: Vec<char> = text.trim_end_matches('\n').chars().filter(|c| acts(*c)).collect();
        assert!(bad.is_empty(), "{bad:?} in {text:?}");
    }

    #[test]
    fn plain_lines_escape_what_acts_on_a_terminal() {
        let text = logged(|sink| plain_lines(move || sink.clone(), false));
        assert_harmless(&text);
        assert!(text.contains("shown=a\\u{1b}[31mb\\nINFO forged"), "{text}");
    }

    #[test]
    fn json_lines_escape_what_acts_on_a_terminal_and_stay_json() {
        let text = logged(|sink| json_lines(move || sink.clone()));
        assert_harmless(&text);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["shown"], EVIL);
        assert_eq!(value["span"]["peer"], EVIL);
        assert_eq!((&value["name"], &value["error"]), (&EVIL.into(), &EVIL.into()));
        assert_eq!(
            (&value["span"]["name"], &value["level"]),
            (&"call".into(), &"INFO".into())
        );
        assert_eq!(value["target"], module_path!());
        assert!(
            value["timestamp"]
                .as_str()
                .unwrap()
                .parse::<chrono::DateTime<chrono::Utc>>()
                .is_ok()
        );
    }

    #[test]
    fn json_lines_keep_numbers_and_truth_as_they_are() {
        let sink = Sink::default();
        let writer = sink.clone();
        let subscriber = tracing_subscriber::registry().with(json_lines(move || writer.clone()));
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("empty", later = tracing::field::Empty);
            span.record("later", "said \"it\"\\");
            let _entered = span.enter();
            tracing::warn!(
                small = -1i64,
                large = u64::MAX,
                yes = true,
                ms = 0.25,
                no = f64::NAN,
                "done"
            );
        });
        let value: serde_json::Value = serde_json::from_str(&sink.text()).unwrap();
        let told = (
            &value["small"],
            &value["large"],
            &value["yes"],
            &value["ms"],
            &value["no"],
        );
        assert_eq!(
            told,
            (
                &(-1).into(),
                &u64::MAX.into(),
                &true.into(),
                &0.25.into(),
                &serde_json::Value::Null
            )
        );
        assert_eq!((&value["message"], &value["level"]), (&"done".into(), &"WARN".into()));
        assert_eq!(
            value["span"],
            serde_json::json!({"later": "said \"it\"\\", "name": "empty"})
        );
    }

    #[test]
    fn records_of_the_log_crate_tell_their_own_target() {
        let sink = Sink::default();
        let writer = sink.clone();
        let subscriber = tracing_subscriber::registry().with(json_lines(move || writer.clone()));
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(target: "log", { log.target = "rustls::conn", log.line = 7u64 }, "an alert");
        });
        let value: serde_json::Value = serde_json::from_str(&sink.text()).unwrap();
        assert_eq!(
            (&value["target"], &value["message"]),
            (&"rustls::conn".into(), &"an alert".into())
        );
        assert!(!sink.text().contains("log."), "{}", sink.text());
    }

    #[test]
    fn seconds_are_counted_in_buckets() {
        let recorder = prometheus().unwrap().build_recorder();
        metrics::with_local_recorder(&recorder, || metrics::histogram!("call_seconds").record(0.02));
        let text = recorder.handle().render();
        assert!(text.contains("call_seconds_bucket{le=\"0.025\"} 1"), "{text}");
        assert!(text.contains("call_seconds_bucket{le=\"0.01\"} 0"), "{text}");
    }
}
