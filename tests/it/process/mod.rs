//! The built program as an operator meets it: a process with arguments, an environment, ports, signals and an exit code.
//!
//! Start at [`Roster`], which names one way to start it; [`Server`] is one that runs. Nothing here looks inside.

mod cli;
mod crash;
mod crash_work;
mod lifecycle;
mod members;
mod presets;
mod secrets;
mod start;
mod tls;

use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::identity::v1::identity_service_client::IdentityServiceClient;
use roster::pb::roster::membership::v1::membership_service_client::MembershipServiceClient;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tonic::transport::Channel;

/// 32 random bytes, as `openssl rand -base64 32` writes them.
pub const MASTER_KEY: &str = "q0Vn0mJ8sYt3n1sXbQF6y5m7cE1uP2wK9d4hRzLxTgA=";
/// Longer than any step takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// One way to start the program: nothing comes from the environment of the tests.
#[derive(Clone, Default)]
pub struct Roster {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

/// What a process that ended left behind.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
    pub took: Duration,
}

impl Roster {
    pub fn new(arguments: &[&str]) -> Roster {
        Roster {
            arguments: arguments.iter().map(|a| (*a).to_owned()).collect(),
            environment: vec![],
        }
    }

    /// `serve --dev` with its data in a folder.
    pub fn dev(folder: &TempDir) -> Roster {
        Roster::new(&["serve", "--dev"])
            .on_free_ports()
            .with("ROSTER_DATA__FOLDER", &path(folder, "data"))
    }

    /// `serve` as in production, on a database, with sign-up in one step.
    pub fn production(url: &str) -> Roster {
        Roster::new(&["serve"]).on_free_ports().deployed(url)
    }

    /// The settings that production needs.
    pub fn deployed(self, url: &str) -> Roster {
        self.with("ROSTER_DATABASE__URL", url)
            .with("ROSTER_SECRETS__MASTER_KEY", MASTER_KEY)
            .with("ROSTER_SERVER__PUBLIC_URL", "https://roster.example.org")
            .with("ROSTER_SIGN_UP__MODE", "immediate")
            .with("ROSTER_MAIL__TRANSPORT", "none")
            .with("ROSTER_LOG_IN__ATTEMPTS_PER_ADDRESS", "1000000")
            .with("ROSTER_PASSWORDS__MEMORY_KIB", "7168")
            .with("ROSTER_PASSWORDS__ITERATIONS", "1")
            .with("ROSTER_PASSWORDS__HASH_QUEUE", "1000")
    }

    pub fn on_free_ports(self) -> Roster {
        self.with("ROSTER_SERVER__GRPC_LISTEN", "127.0.0.1:0")
            .with("ROSTER_SERVER__HTTP_LISTEN", "127.0.0.1:0")
    }

    pub fn with(mut self, name: &str, value: &str) -> Roster {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Roster {
        self.environment.retain(|(known, _)| known != name);
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_roster"));
        command
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs it to its end.
    pub async fn run(&self) -> Ended {
        let begun = Instant::now();
        let output = tokio::time::timeout(PATIENCE, self.command().output()).await;
        let output = output.expect("the program ends by itself").unwrap();
        Ended {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            took: begun.elapsed(),
        }
    }

    /// Starts it and waits until it is ready.
    pub async fn start(&self) -> Server {
        let mut child = self.command().spawn().unwrap();
        let out = Captured::from(child.stdout.take().unwrap());
        let err = Captured::from(child.stderr.take().unwrap());
        let mut server = Server {
            child,
            out,
            err,
            grpc: String::new(),
            http: String::new(),
        };
        let listening = until("the server listens", || {
            let ended = server.child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended with {ended:?}: {}", server.err.text());
            server
                .err
                .text()
                .lines()
                .filter_map(json)
                .find(|line| line["message"] == "listening")
        })
        .await;
        server.grpc = listening["grpc"].as_str().unwrap().to_owned();
        server.http = listening["http"].as_str().unwrap().to_owned();
        server.readiness(200).await;
        server
    }
}

/// A server that runs. It is killed when dropped.
pub struct Server {
    pub child: Child,
    pub out: Captured,
    pub err: Captured,
    /// Address and port.
    pub grpc: String,
    pub http: String,
}

/// An answer of the HTTP port.
#[derive(Debug)]
pub struct Page {
    pub code: u16,
    pub head: String,
    pub body: String,
}

impl Server {
    pub async fn channel(&self) -> Channel {
        Channel::from_shared(format!("http://{}", self.grpc))
            .unwrap()
            .connect()
            .await
            .unwrap()
    }

    pub async fn identity(&self) -> IdentityServiceClient<Channel> {
        IdentityServiceClient::new(self.channel().await)
    }

    pub async fn membership(&self) -> MembershipServiceClient<Channel> {
        MembershipServiceClient::new(self.channel().await)
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().expect("it runs").to_string();
        let sent = std::process::Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits for the end; the exit code, or none if a signal ended it.
    pub async fn ended(&mut self) -> Option<i32> {
        tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .expect("it ends")
            .unwrap()
            .code()
    }

    pub async fn get(&self, path: &str) -> Page {
        let mut stream = tokio::net::TcpStream::connect(&self.http).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let code = head.split(' ').nth(1).unwrap().parse().unwrap();
        Page {
            code,
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }

    /// Waits until /readyz answers so.
    pub async fn readiness(&self, code: u16) {
        let deadline = Instant::now() + PATIENCE;
        while self.get("/readyz").await.code != code {
            assert!(
                Instant::now() < deadline,
                "/readyz never answered {code}: {}",
                self.err.text()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// What a process has written so far.
#[derive(Clone, Default)]
pub struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    fn from(mut stream: impl AsyncRead + Unpin + Send + 'static) -> Captured {
        let captured = Captured::default();
        let all = captured.0.clone();
        tokio::spawn(async move {
            let mut some = vec![0; 64 * 1024];
            while let Ok(n @ 1..) = stream.read(&mut some).await {
                all.lock().unwrap().extend_from_slice(&some[..n]);
            }
        });
        captured
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// One line of the log.
pub fn json(line: &str) -> Option<serde_json::Value> {
    serde_json::from_str(line).ok()
}

/// Waits for a condition.
pub async fn until<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

pub fn sign_up(name: &str) -> id::SignUpRequest {
    id::SignUpRequest {
        email: format!("{name}@example.org"),
        display_name: name.to_owned(),
        password: crate::support::world::PASSWORD.to_owned(),
        organization_name: format!("{name} and friends"),
        ..Default::default()
    }
}

/// Signs somebody up where no code is asked for.
pub async fn signed_up(client: &mut IdentityServiceClient<Channel>, name: &str) -> id::Tokens {
    match client
        .sign_up(sign_up(name))
        .await
        .unwrap()
        .into_inner()
        .outcome
        .unwrap()
    {
        id::sign_up_response::Outcome::Tokens(tokens) => tokens,
        other => panic!("{other:?}"),
    }
}
