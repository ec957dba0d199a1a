//! The scenarios, in the order in which they run: those that only read come first, and the largest change comes last.

mod add;
mod check;
mod import;
mod log_in;
mod mixed;
mod read;
mod revoke;
mod start;

use crate::bench::{Bench, Done};
use crate::options::{Engine, Options};
use crate::report::Row;
use std::pin::Pin;

type Run = for<'a, 'o> fn(&'a mut Bench<'o>) -> Pin<Box<dyn Future<Output = Done> + 'a>>;

/// A function of an async function, as [`ALL`] holds it.
macro_rules! boxed {
    ($run:path) => {
        |bench| Box::pin($run(bench))
    };
}

/// Name, what it is, and how it is run.
pub const ALL: &[(&str, &str, Run)] = &[
    (
        "check-seen",
        "P1: CheckAccess with a token seen before",
        boxed!(check::seen),
    ),
    (
        "check-fresh",
        "CheckAccess with a token never seen before",
        boxed!(check::fresh),
    ),
    ("get-member", "P2: GetMember", boxed!(read::one)),
    (
        "list-first",
        "P3: the first 50 of the large organisation",
        boxed!(read::first),
    ),
    ("list-last", "P3: the last 50 of it", boxed!(read::last)),
    ("list-small", "P3: the first 50 of 1,000", boxed!(read::small)),
    (
        "start",
        "P8: from the start of the process until it is ready",
        boxed!(start::run),
    ),
    ("search", "P7: ListMembers by a part of the name", boxed!(read::search)),
    ("log-in", "P5: LogIn", boxed!(log_in::log_in)),
    ("storm", "P5: CheckAccess while people log in", boxed!(log_in::storm)),
    ("refresh-session", "RefreshSession", boxed!(log_in::refresh)),
    ("mixed", "90 % checks, 9 % reads, 1 % new members", boxed!(mixed::run)),
    (
        "revoke",
        "how long a removed member's token is accepted",
        boxed!(revoke::run),
    ),
    ("add-listed", "P4: AddMember, to the list alone", boxed!(add::listed)),
    (
        "invite-one-org",
        "AddMember by invitation, in one organisation",
        boxed!(add::invited_to_one),
    ),
    (
        "invite-many-orgs",
        "AddMember by invitation, in many",
        boxed!(add::invited_to_many),
    ),
    ("import", "P6: ImportMembers, 100,000 rows", boxed!(import::run)),
];

/// Runs those that were asked for on one engine.
pub async fn run(options: &Options, engine: Engine) -> Vec<Row> {
    let wanted: Vec<_> = ALL.iter().filter(|(name, _, _)| options.wants(name)).collect();
    if wanted.is_empty() {
        return vec![];
    }
    let mut bench = Bench::begin(options, engine).await;
    for (name, _, run) in wanted {
        if let Err(why) = run(&mut bench).await {
            eprintln!("{} {name}: {why}", engine.name());
            bench.rows.push(Row {
                scenario: (*name).to_owned(),
                engine: engine.name(),
                failed: 1,
                failure: Some(why),
                ..Row::default()
            });
        }
    }
    bench.rows
}
