//! The server under load: a process, configured as in production, with its log in a file.
//!
//! It has a deployment's settings but for those that protect it from just this: how often one address may fail to log in,
//! and how many hashes may wait. No mail server is configured, so mails stay where they are written.

use crate::database::Database;
use crate::usage::{Meter, most_resident_mib, resident_mib};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// 32 random bytes.
pub const MASTER_KEY: &str = "q0Vn0mJ8sYt3n1sXbQF6y5m7cE1uP2wK9d4hRzLxTgA=";
/// The issuer of its tokens.
pub const PUBLIC_URL: &str = "https://roster.example.org";
/// Longer than any start takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that runs. It is killed when dropped.
pub struct Server {
    child: Child,
    log: PathBuf,
    _folder: TempDir,
    /// Address and port of gRPC.
    pub grpc: String,
    http: String,
    /// From the start of the process until it said that it is ready.
    pub start: Duration,
}

fn command(binary: &Path, words: &[&str], url: &str) -> Command {
    let mut command = Command::new(binary);
    command
        .args(words)
        .env_clear()
        .env("ROSTER_SERVER__GRPC_LISTEN", "127.0.0.1:0")
        .env("ROSTER_SERVER__HTTP_LISTEN", "127.0.0.1:0")
        .env("ROSTER_SERVER__PUBLIC_URL", PUBLIC_URL)
        .env("ROSTER_DATABASE__URL", url)
        .env("ROSTER_SECRETS__MASTER_KEY", MASTER_KEY)
        .env("ROSTER_SIGN_UP__MODE", "immediate")
        .env("ROSTER_MAIL__TRANSPORT", "none")
        .env("ROSTER_TELEMETRY__LOG_FORMAT", "json")
        .env("ROSTER_TELEMETRY__LOG_FILTER", "info,sea_orm_migration=warn")
        .env("ROSTER_LOG_IN__ATTEMPTS_PER_ADDRESS", "1000000")
        .env("ROSTER_LOG_IN__ATTEMPTS_PER_ACCOUNT", "1000")
        .env("ROSTER_PASSWORDS__HASH_QUEUE", "1000")
        .stdin(Stdio::null());
    command
}

/// Brings a database's schema up to date.
pub fn migrate(binary: &Path, database: &Database) {
    let done = command(binary, &["migrate", "up"], &database.url)
        .output()
        .expect("the server binary can be run");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

impl Server {
    /// Starts one on a database and waits until it is ready.
    pub async fn start(binary: &Path, url: &str) -> Server {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let log = folder.path().join("server.log");
        let file = std::fs::File::options()
            .create(true)
            .append(true)
            .open(&log)
            .expect("a file can be made in it");
        let begun = Instant::now();
        let child = command(binary, &["serve"], url)
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .expect("the server binary can be run");
        let mut server = Server {
            child,
            log,
            _folder: folder,
            grpc: String::new(),
            http: String::new(),
            start: Duration::ZERO,
        };
        server.listening(begun).await;
        while !server.get("/readyz").await.starts_with("HTTP/1.1 200") {
            assert!(begun.elapsed() < PATIENCE, "it is never ready: {}", server.log());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.start = begun.elapsed();
        server
    }

    /// Waits for the log line that tells the ports.
    async fn listening(&mut self, begun: Instant) {
        loop {
            let log = self.log();
            let lines = log
                .lines()
                .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
            if let Some(line) = lines.into_iter().find(|line| line["message"] == "listening") {
                self.grpc = line["grpc"].as_str().unwrap_or_default().to_owned();
                self.http = line["http"].as_str().unwrap_or_default().to_owned();
                return;
            }
            let ended = self.child.try_wait().expect("a child can be asked");
            assert!(ended.is_none() && begun.elapsed() < PATIENCE, "it doesn't start: {log}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Forgets the log: one line for each call fills a disk.
    pub fn empty_log(&self) {
        let file = std::fs::File::options().write(true).open(&self.log);
        let _ = file.and_then(|file| file.set_len(0));
    }

    async fn get(&self, path: &str) -> String {
        let mut text = String::new();
        if let Ok(mut stream) = tokio::net::TcpStream::connect(&self.http).await {
            let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
            let _ = stream.write_all(request.as_bytes()).await;
            let _ = stream.read_to_string(&mut text).await;
        }
        text
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Reads what it and its database use.
    pub fn meter(&self, database: &Database) -> Meter {
        Meter {
            server: Some(self.process()),
            postmaster: database.postmaster,
        }
    }

    /// What it holds now, in MiB.
    pub fn resident_mib(&self) -> f64 {
        resident_mib(self.process()).unwrap_or_default()
    }

    /// The most that it ever held, in MiB.
    pub fn most_resident_mib(&self) -> f64 {
        most_resident_mib(self.process()).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
