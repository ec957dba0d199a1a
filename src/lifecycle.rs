//! From the first signal to the exit code: stop softly, then hard.
//!
//! SIGTERM or SIGINT cancels [`Lifecycle::soft`]: listeners stop accepting and calls in flight go on. When all tasks have
//! ended, or after `drain`, or at a second signal, [`Lifecycle::hard`] is cancelled and what still runs is dropped. A task that
//! ends by itself, with an error or in a panic stops the whole process, because half a server is worse than a restart.

use std::fmt::Display;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long tasks may take to notice that they were cancelled.
const GRACE: Duration = Duration::from_secs(1);

/// The tasks of this process and the signals that end them. Clones share everything.
#[derive(Debug, Clone)]
pub struct Lifecycle {
    soft: CancellationToken,
    hard: CancellationToken,
    tasks: TaskTracker,
    failure: Arc<Mutex<Option<String>>>,
    drain: Duration,
}

impl Lifecycle {
    /// A lifecycle in which calls in flight may go on for `drain` after the first signal.
    #[must_use]
    pub fn new(drain: Duration) -> Self {
        let soft = CancellationToken::new();
        Self {
            soft,
            hard: CancellationToken::new(),
            tasks: TaskTracker::new(),
            failure: Arc::default(),
            drain,
        }
    }

    /// Cancelled when the process shall stop: accept nothing new, finish what was begun.
    #[must_use]
    pub fn soft(&self) -> CancellationToken {
        self.soft.clone()
    }

    /// Cancelled when there is no more time to finish anything.
    #[must_use]
    pub fn hard(&self) -> CancellationToken {
        self.hard.clone()
    }

    /// Runs a task that lasts until `soft` is cancelled. If it ends before that, in whatever way, or ends in an error or a
    /// panic at any time, the process stops and exits with 1.
    pub fn spawn<E: Display>(&self, name: &'static str, task: impl Future<Output = Result<(), E>> + Send + 'static) {
        let this = self.clone();
        self.tasks.spawn(async move {
            let ended = tokio::select! {
                ended = AssertUnwindSafe(task).catch_unwind() => ended.map(|ended| ended.map_err(|error| error.to_string())),
                () = this.hard.cancelled() => return,
            };
            match ended {
                Ok(Ok(())) if this.soft.is_cancelled() => tracing::debug!(task = name, "ended"),
                Ok(Ok(())) => this.fail(format!("{name} ended without having been asked to")),
                Ok(Err(error)) => this.fail(format!("{name} failed: {error}")),
                Err(_) => this.fail(format!("{name} panicked (the log has the place)")),
            }
        });
    }

    /// Stops the process, which then exits with 1.
    pub fn fail(&self, reason: String) {
        tracing::error!(reason, "stopping");
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(reason);
        self.soft.cancel();
    }

    /// Waits for the end: of all tasks, softly or hard. 0 if everything ended by itself in time.
    pub async fn run(self) -> ExitCode {
        let (sender, signals) = mpsc::channel(4);
        match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
            (Ok(mut terminate), Ok(mut interrupt)) => {
                tokio::spawn(async move {
                    loop {
                        let name =
                            tokio::select! { _ = terminate.recv() => "SIGTERM", _ = interrupt.recv() => "SIGINT" };
                        if sender.send(name).await.is_err() {
                            return;
                        }
                    }
                });
            }
            (Err(error), _) | (_, Err(error)) => self.fail(format!("signals can't be received: {error}")),
        }
        if self.run_until(signals).await {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    /// [`run`](Self::run) with given signals; says whether the end was clean.
    async fn run_until(self, mut signals: mpsc::Receiver<&'static str>) -> bool {
        tokio::select! {
            Some(name) = signals.recv() => tracing::info!(signal = name, drain = ?self.drain, "stopping; once more to stop at once"),
            () = self.soft.cancelled() => {}
        }
        self.soft.cancel();
        self.tasks.close();
        let ended = tokio::select! {
            () = self.tasks.wait() => true,
            Some(name) = signals.recv() => { tracing::warn!(signal = name, "stopping at once"); false }
            () = tokio::time::sleep(self.drain) => { tracing::warn!(drain = ?self.drain, "calls are still in flight and are cut off"); false }
        };
        self.hard.cancel();
        let _ = tokio::time::timeout(GRACE, self.tasks.wait()).await;
        let failed = self.failure.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if ended && !failed {
            tracing::info!("stopped");
        }
        ended && !failed
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use super::*;

    const DRAIN: Duration = Duration::from_secs(20);

    fn set_up() -> (Lifecycle, mpsc::Sender<&'static str>, mpsc::Receiver<&'static str>) {
        let (sender, signals) = mpsc::channel(4);
        (Lifecycle::new(DRAIN), sender, signals)
    }

    #[tokio::test(start_paused = true)]
    async fn a_signal_lets_tasks_finish() {
        let (life, sender, signals) = set_up();
        let soft = life.soft();
        let (done, finished) = tokio::sync::oneshot::channel();
        life.spawn("calls", async move {
            soft.cancelled().await;
            tokio::time::sleep(DRAIN / 2).await;
            done.send(()).unwrap();
            Ok::<_, String>(())
        });
        sender.send("SIGTERM").await.unwrap();
        assert!(life.run_until(signals).await);
        finished.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn what_outlasts_the_drain_is_cut_off() {
        let (life, sender, signals) = set_up();
        life.spawn("stuck", std::future::pending::<Result<(), String>>());
        sender.send("SIGTERM").await.unwrap();
        let begun = tokio::time::Instant::now();
        assert!(!life.run_until(signals).await);
        assert_eq!(begun.elapsed(), DRAIN);
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_signal_ends_the_drain() {
        let (life, sender, signals) = set_up();
        life.spawn("stuck", std::future::pending::<Result<(), String>>());
        sender.send("SIGTERM").await.unwrap();
        sender.send("SIGINT").await.unwrap();
        let begun = tokio::time::Instant::now();
        assert!(!life.run_until(signals).await);
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_fails_stops_the_process() {
        let (life, _sender, signals) = set_up();
        let (soft, failure) = (life.soft(), Arc::clone(&life.failure));
        life.spawn("other", async move {
            soft.cancelled().await;
            Ok::<_, String>(())
        });
        life.spawn("worker", async { Err("no disk") });
        assert!(!life.run_until(signals).await);
        assert_eq!(failure.lock().unwrap().as_deref(), Some("worker failed: no disk"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panics_or_just_ends_stops_the_process() {
        let (life, _sender, signals) = set_up();
        life.spawn("worker", async {
            if true {
                panic!("seen in a test")
            } else {
                Ok::<_, String>(())
            }
        });
        assert!(!life.run_until(signals).await);
        let (life, _sender, signals) = set_up();
        life.spawn("worker", async { Ok::<_, String>(()) });
        assert!(!life.run_until(signals).await);
    }
}
