//! What every scenario works with: a filled database, a server on it, tokens for its people, and the lines so far.

use crate::ceiling::replay::{self, Fresh, Script};
use crate::ceiling::tap::{Said, Tap, What};
use crate::ceiling::transport::{self, connections};
use crate::database::Database;
use crate::drive::{Measured, Worker, drive};
use crate::fill;
use crate::options::{Engine, Options};
use crate::people::Minter;
use crate::report::{Ceiling, Row};
use crate::server::{self, Server};
use crate::wire::{Call, Wire};
use prost::Message;
use std::time::{Duration, Instant};

/// How a scenario ends: with its lines, or with what kept it from being measured, which fails the run.
pub type Done = Result<(), String>;

/// See the module.
pub struct Bench<'o> {
    pub options: &'o Options,
    pub database: Database,
    pub server: Server,
    pub minter: Minter,
    pub rows: Vec<Row>,
}

/// What one call says to PostgreSQL.
pub struct Overheard {
    pub statements: f64,
    pub round_trips: f64,
    pub said: Vec<Said>,
}

/// What a scenario is measured against.
pub enum Against {
    Nothing,
    Transport,
    /// Where nobody can listen in, on SQLite, reads are measured against the transport, and changes, which wait for the
    /// disk, against nothing.
    Sql(Fresh),
}

impl<'o> Bench<'o> {
    /// Fills a database of an engine, and starts a server on it.
    pub async fn begin(options: &'o Options, engine: Engine) -> Bench<'o> {
        let begun = Instant::now();
        let database = Database::make(engine, options.postgres.as_deref()).await;
        server::migrate(&options.server, &database);
        fill::fill(&database, options.large()).await;
        let server = Server::start(&options.server, &database.url).await;
        let minter = Minter::of(&database.url).await;
        eprintln!("{}: filled in {:.1} s", engine.name(), begun.elapsed().as_secs_f64());
        Bench {
            options,
            database,
            server,
            minter,
            rows: vec![],
        }
    }

    /// Connections for so many requests in flight.
    pub async fn wires(&self, in_flight: usize) -> Vec<Wire> {
        Wire::open(&self.server.grpc, connections(in_flight)).await
    }

    /// Asks the server once.
    pub async fn ask<A: Message + Default>(&self, call: &Call) -> Result<A, String> {
        self.wires(1).await.remove(0).ask(call).await
    }

    /// Lets workers work on the server.
    pub async fn drive<W: Worker>(&self, workers: Vec<W>) -> Measured {
        self.server.empty_log();
        drive(workers, self.options.plan(), self.server.meter(&self.database)).await
    }

    /// Measures the same call at each number in flight.
    pub async fn same(&mut self, scenario: &str, call: &Call, against: Against) -> Done {
        let heard = self.overhear(|_| call.clone()).await?;
        let answer = self.wires(1).await.remove(0).send(call).await?;
        for in_flight in self.options.in_flight.clone() {
            let workers = transport::same(&self.server.grpc, call, in_flight).await;
            let measured = self.drive(workers).await;
            let row = self.row(scenario, in_flight, &measured, heard.as_ref());
            let ceiling = self
                .ceiling(&against, call, answer.len(), heard.as_ref(), in_flight)
                .await?;
            self.add(row, ceiling);
        }
        Ok(())
    }

    /// A line of this engine.
    pub fn row(&self, scenario: &str, in_flight: usize, measured: &Measured, heard: Option<&Overheard>) -> Row {
        Row {
            statements: heard.map(|heard| heard.statements),
            round_trips: heard.map(|heard| heard.round_trips),
            ..Row::of(scenario, self.database.engine.name(), in_flight, measured)
        }
    }

    /// Keeps a line.
    pub fn add(&mut self, row: Row, ceiling: Option<Ceiling>) {
        let row = match ceiling {
            Some(ceiling) => row.under(ceiling),
            None => row,
        };
        let rate = row.per_second.unwrap_or_default();
        let in_flight = row.in_flight.unwrap_or_default();
        eprintln!("{} {} × {in_flight}: {rate:.0}/s", row.engine, row.scenario);
        self.rows.push(row);
    }

    /// Measures what a call could reach at best.
    pub async fn ceiling(
        &self,
        against: &Against,
        call: &Call,
        answer: usize,
        heard: Option<&Overheard>,
        in_flight: usize,
    ) -> Result<Option<Ceiling>, String> {
        let ceiling = match (against, heard) {
            (Against::Nothing, _) | (Against::Sql(Fresh::Rows { .. }), None) => return Ok(None),
            (Against::Transport, _) | (Against::Sql(Fresh::Nothing), None) => {
                transport::ceiling(call, answer, in_flight, self.options.plan()).await
            }
            (Against::Sql(fresh), Some(heard)) => {
                let script = Script::of(&heard.said, fresh);
                let meter = self.server.meter(&self.database);
                replay::ceiling(&self.database.url, &script, in_flight, self.options.plan(), meter).await?
            }
        };
        Ok(Some(ceiling))
    }

    /// Sends some calls through a server of its own, and listens to what that says to PostgreSQL. The call is taken that is
    /// in the middle by the number of its statements: the others met the server's own errands.
    pub async fn overhear(&self, mut call: impl FnMut(u32) -> Call) -> Result<Option<Overheard>, String> {
        if self.database.engine != Engine::Postgres {
            return Ok(None);
        }
        let tap = Tap::before(&self.database.url).await;
        let server = Server::start(&self.options.server, &tap.url).await;
        let mut wire = Wire::open(&server.grpc, 1).await.remove(0);
        let mut all = vec![];
        for turn in 0..24 {
            let call = call(turn);
            tap.take();
            wire.send(&call).await?;
            // What is said after the answer belongs to the call too: it wakes the other processes.
            tokio::time::sleep(Duration::from_millis(10)).await;
            let said = tap.take();
            // The first calls fill caches, and prepare the statements on each of the connections.
            if turn >= 9 {
                all.push(said);
            }
        }
        all.sort_by_key(Vec::len);
        let said = all.swap_remove(all.len() / 2);
        let waits = said.iter().filter(|said| said.what == What::Wait).count();
        if self.options.statements {
            said.iter().for_each(|said| eprintln!("{said}"));
        }
        let plain = said.iter().filter(|said| matches!(said.what, What::Plain(_))).count();
        Ok(Some(Overheard {
            statements: (said.len() - waits) as f64,
            // A plain statement is waited for without being asked to.
            round_trips: (waits + plain) as f64,
            said,
        }))
    }
}
