//! What processes use, as Linux tells it: CPU time from `/proc/PID/stat` in steps of 10 ms, memory from `/proc/PID/status`.

use std::path::Path;
use std::time::Duration;

/// One step of the CPU times in `/proc`: USER_HZ is 100 on every Linux that Rust runs on.
const STEP: Duration = Duration::from_millis(10);

/// CPU time used so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Used {
    /// By the server.
    pub server: Duration,
    /// By all processes of the PostgreSQL server; none where there is none, or where it runs on another machine.
    pub database: Option<Duration>,
}

/// Whose CPU time is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Meter {
    /// The server's process.
    pub server: Option<u32>,
    /// The first process of the PostgreSQL server.
    pub postmaster: Option<u32>,
}

impl Meter {
    /// What they have used until now.
    pub fn read(&self) -> Used {
        Used {
            server: self.server.and_then(of_process).unwrap_or_default(),
            database: self.postmaster.map(of_family),
        }
    }
}

/// A line of `/proc/PID/stat`.
struct Stat {
    parent: u32,
    own: Duration,
    /// Of children that have ended and were waited for.
    ended: Duration,
}

fn stat(process: &str) -> Option<Stat> {
    let text = std::fs::read_to_string(Path::new("/proc").join(process).join("stat")).ok()?;
    // The name stands in brackets and may hold anything.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let steps = |at: usize| Some(STEP * fields.get(at)?.parse::<u32>().ok()?);
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: steps(11)? + steps(12)?,
        ended: steps(13)? + steps(14)?,
    })
}

fn of_process(process: u32) -> Option<Duration> {
    stat(&process.to_string()).map(|stat| stat.own)
}

/// The first process, its children, and those of them that ended.
fn of_family(first: u32) -> Duration {
    let head = stat(&first.to_string()).map_or(Duration::ZERO, |stat| stat.own + stat.ended);
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let children = processes.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        name.parse::<u32>().ok()?;
        stat(&name).filter(|stat| stat.parent == first).map(|stat| stat.own)
    });
    head + children.sum::<Duration>()
}

/// The parent of a process of this machine that has this name, if it is one.
pub fn parent_of(process: u32, name: &str) -> Option<u32> {
    let known = std::fs::read_to_string(format!("/proc/{process}/comm")).ok()?;
    if known.trim() != name {
        return None;
    }
    stat(&process.to_string()).map(|stat| stat.parent)
}

/// The memory that a process holds now, in MiB (resident set).
pub fn resident_mib(process: u32) -> Option<f64> {
    memory(process, "VmRSS:")
}

/// The most that it ever held, in MiB.
pub fn most_resident_mib(process: u32) -> Option<f64> {
    memory(process, "VmHWM:")
}

fn memory(process: u32, field: &str) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}
