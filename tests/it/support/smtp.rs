//! An SMTP server that keeps the mails it is sent, and refuses them on demand. It speaks just enough of RFC 5321.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// A mail as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The mail with the stuffed dots undone.
    pub data: String,
}

/// What the server has seen and what it shall answer.
#[derive(Debug, Default)]
struct State {
    received: Vec<Received>,
    connections: usize,
    /// The answer to a mail's content; `None`: take it. An empty one: fall silent.
    answer: Option<String>,
    /// The answer to any log-in.
    log_in: Option<String>,
}

/// A running server; it ends with the test's runtime.
#[derive(Debug, Clone)]
pub struct SmtpSink {
    /// Where it listens.
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl SmtpSink {
    /// Starts one on a free port.
    pub async fn start() -> SmtpSink {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = SmtpSink {
            address: listener.local_addr().unwrap(),
            state: Arc::default(),
        };
        let state = sink.state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                state.lock().unwrap().connections += 1;
                let state = state.clone();
                tokio::spawn(async move { serve(stream, &state).await });
            }
        });
        sink
    }

    /// The mails taken so far.
    pub fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    /// From now on answers each mail with this line, such as `451 4.7.1 later`; an empty one: with silence.
    pub fn answer(&self, line: Option<&str>) {
        self.state.lock().unwrap().answer = line.map(str::to_owned);
    }

    /// From now on answers each log-in with this line.
    pub fn answer_log_in(&self, line: &str) {
        self.state.lock().unwrap().log_in = Some(line.to_owned());
    }
}

/// One connection. `None` ends it: the client is gone.
async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, state: &Mutex<State>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut mail = Received {
        from: String::new(),
        to: Vec::new(),
        data: String::new(),
    };
    stream.write_all(b"220 sink.test ESMTP\r\n").await.ok()?;
    loop {
        let line = read(&mut stream).await?;
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let address = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let mut answer = "250 2.0.0 ok".to_owned();
        match verb.as_str() {
            "EHLO" => answer = "250-sink.test\r\n250 AUTH PLAIN LOGIN".to_owned(),
            "AUTH" => {
                answer = state
                    .lock()
                    .unwrap()
                    .log_in
                    .clone()
                    .unwrap_or("235 2.7.0 ok".to_owned())
            }
            "MAIL" => mail.from = address,
            "RCPT" => mail.to.push(address),
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.ok()?;
                mail.data = data(&mut stream).await?;
                let mut state = state.lock().unwrap();
                match state.answer.clone() {
                    Some(refusal) => answer = refusal,
                    None => state.received.push(mail.clone()),
                }
                mail.to.clear();
            }
            "QUIT" => return stream.write_all(b"221 2.0.0 bye\r\n").await.ok(),
            _ => {}
        }
        if !answer.is_empty() {
            stream.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
        }
    }
}

/// One line without its end.
async fn read(stream: &mut (impl AsyncBufReadExt + Unpin)) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end_matches("\r\n").to_owned())
}

/// The lines up to the single dot, each with one leading dot less (RFC 5321, section 4.5.2).
async fn data(stream: &mut (impl AsyncBufReadExt + Unpin)) -> Option<String> {
    let mut data = String::new();
    loop {
        let line = read(stream).await?;
        if line == "." {
            return Some(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
        data.push_str("\r\n");
    }
}
