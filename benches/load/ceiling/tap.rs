//! Listens in on what the server says to PostgreSQL: which statements a call takes, with their values, and how often it
//! waits. A proxy stands between them while this is asked, and never while anything is measured.
//!
//! Protocol 3.0: <https://www.postgresql.org/docs/15/protocol-message-formats.html>.

use prost::bytes::{Buf, Bytes};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Something that was said on one of the connections.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub connection: usize,
    pub what: What,
}

/// What was said.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A statement without values: begin, commit.
    Plain(Arc<str>),
    /// A prepared statement, with the type and the value (binary) of each parameter.
    Prepared(Arc<str>, Vec<(u32, Option<Bytes>)>),
    /// Now the server waits for the answer.
    Wait,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Plain(text) | What::Prepared(text, _) => write!(f, "{:3}  {text}", self.connection),
            What::Wait => write!(f, "{:3}  -- waits", self.connection),
        }
    }
}

/// The proxy.
pub struct Tap {
    said: Arc<Mutex<Vec<Said>>>,
    /// The URL of the same database, through the proxy.
    pub url: String,
    accepting: tokio::task::JoinHandle<()>,
}

impl Tap {
    /// Before the server of this URL.
    pub async fn before(url: &str) -> Tap {
        let (scheme, rest) = url.split_once("://").expect("a URL has a scheme");
        let (authority, path) = rest.split_once('/').expect("the URL names a database");
        let (user, host) = authority.rsplit_once('@').unwrap_or(("postgres", authority));
        let upstream = if host.contains(':') {
            host.to_owned()
        } else {
            format!("{host}:5432")
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let said = Arc::new(Mutex::new(vec![]));
        let name = path.split('?').next().unwrap_or(path);
        Tap {
            url: format!("{scheme}://{user}@{address}/{name}?sslmode=disable"),
            accepting: tokio::spawn(accept(listener, upstream, said.clone())),
            said,
        }
    }

    /// What was said since this was asked last.
    pub fn take(&self) -> Vec<Said> {
        std::mem::take(&mut *self.said.lock().expect("nobody panics with it"))
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, upstream: String, said: Arc<Mutex<Vec<Said>>>) {
    let mut connection = 0;
    while let Ok((client, _)) = listener.accept().await {
        connection += 1;
        let server = TcpStream::connect(&upstream)
            .await
            .expect("PostgreSQL accepts connections");
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (mut answers, mut asked) = server.into_split();
        let (mut client, mut back) = client.into_split();
        tokio::spawn(async move { tokio::io::copy(&mut answers, &mut back).await });
        let said = said.clone();
        tokio::spawn(async move {
            let mut ear = Ear::default();
            let mut some = vec![0; 64 * 1024];
            while let Ok(read @ 1..) = client.read(&mut some).await {
                let heard = ear.hears(&some[..read]);
                let heard = heard.into_iter().map(|what| Said { connection, what });
                said.lock().expect("nobody panics with it").extend(heard);
                if asked.write_all(&some[..read]).await.is_err() {
                    return;
                }
            }
        });
    }
}

/// What one connection has said so far.
#[derive(Default)]
struct Ear {
    begun: bool,
    rest: Vec<u8>,
    /// The text and the parameters' types, by name.
    statements: HashMap<Bytes, (Arc<str>, Vec<u32>)>,
    bound: Option<What>,
}

impl Ear {
    fn hears(&mut self, bytes: &[u8]) -> Vec<What> {
        self.rest.extend_from_slice(bytes);
        let mut heard = vec![];
        loop {
            // The first message has no letter.
            let letter = usize::from(self.begun);
            let Some(length) = self.rest.get(letter..letter + 4) else {
                return heard;
            };
            let length = i32::from_be_bytes([length[0], length[1], length[2], length[3]]);
            let end = letter + usize::try_from(length).unwrap_or_default().max(4);
            if self.rest.len() < end {
                return heard;
            }
            let message: Vec<u8> = self.rest.drain(..end).collect();
            if self.begun {
                heard.extend(self.message(message[0], Bytes::copy_from_slice(&message[5..])));
            }
            self.begun = true;
        }
    }

    fn message(&mut self, letter: u8, mut body: Bytes) -> Option<What> {
        match letter {
            b'P' => {
                let name = word(&mut body);
                let text = text(&word(&mut body));
                let types = (0..body.get_u16()).map(|_| body.get_u32()).collect();
                self.statements.insert(name, (text, types));
                None
            }
            b'B' => {
                self.bound = self.bind(body);
                None
            }
            b'E' => self.bound.take(),
            b'Q' => Some(What::Plain(text(&word(&mut body)))),
            b'S' => Some(What::Wait),
            _ => None,
        }
    }

    fn bind(&self, mut body: Bytes) -> Option<What> {
        word(&mut body);
        let (statement, types) = self.statements.get(&word(&mut body))?;
        for _ in 0..body.get_u16() {
            assert_eq!(body.get_u16(), 1, "sqlx sends values in binary");
        }
        let values = (0..body.get_u16()).map(|_| {
            let length = body.get_i32();
            usize::try_from(length).ok().map(|length| body.split_to(length))
        });
        Some(What::Prepared(
            statement.clone(),
            types.iter().copied().zip(values).collect(),
        ))
    }
}

/// What stands before the next zero.
fn word(body: &mut Bytes) -> Bytes {
    let end = body.iter().position(|byte| *byte == 0).unwrap_or(body.len());
    let word = body.split_to(end);
    if body.has_remaining() {
        body.advance(1);
    }
    word
}

fn text(bytes: &Bytes) -> Arc<str> {
    String::from_utf8_lossy(bytes).into()
}
