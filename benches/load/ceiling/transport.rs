//! The RPC that does nothing: the same library, allocator and message sizes, in a process of its own.

use crate::drive::{Measured, Plan, Same, drive};
use crate::report::Ceiling;
use crate::usage::Meter;
use crate::wire::{Call, Raw, Wire};
use http::uri::PathAndQuery;
use prost::bytes::Bytes;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io::{BufRead, BufReader};
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::task::{Context, Poll};
use tonic::body::Body;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tower::Service;

const METHOD: &str = "/roster.ceiling.v1.CeilingService/Nothing";

/// Answers every call with the same bytes.
#[derive(Clone)]
struct Nothing(Bytes);

impl NamedService for Nothing {
    const NAME: &'static str = "roster.ceiling.v1.CeilingService";
}

impl UnaryService<Bytes> for Nothing {
    type Response = Bytes;
    type Future = Ready<Result<Response<Bytes>, Status>>;

    fn call(&mut self, _: Request<Bytes>) -> Self::Future {
        ready(Ok(Response::new(self.0.clone())))
    }
}

impl Service<http::Request<Body>> for NothingServer {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let nothing = self.0.clone();
        Box::pin(async move { Ok(Grpc::new(Raw).unary(nothing, request).await) })
    }
}

/// The service around it.
#[derive(Clone)]
struct NothingServer(Nothing);

impl NamedService for NothingServer {
    const NAME: &'static str = Nothing::NAME;
}

/// Serves it until killed; the first line on standard output is the address.
pub async fn serve(bytes: usize) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port is free");
    println!("{}", listener.local_addr().expect("a listener has an address"));
    let nothing = Nothing(vec![b'x'; bytes].into());
    Server::builder()
        .max_concurrent_streams(256)
        .add_service(NothingServer(nothing))
        // As the server does: or the end of a large answer would wait for the beginning to be acknowledged.
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
        .await
        .expect("the server serves");
}

/// That server, as a process.
struct Running {
    child: Child,
    address: String,
}

impl Running {
    fn start(bytes: usize) -> Running {
        let own = std::env::current_exe().expect("this program has a path");
        let mut child = Command::new(own)
            .args(["--ceiling-server", &bytes.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be run");
        let mut address = String::new();
        let out = child.stdout.take().expect("its output is piped");
        BufReader::new(out)
            .read_line(&mut address)
            .expect("it tells its address");
        Running {
            child,
            address: address.trim().to_owned(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How many connections so many requests in flight are spread over.
pub fn connections(in_flight: usize) -> usize {
    (in_flight / 4).clamp(1, 8)
}

/// Workers that send the same call over several connections.
pub async fn same(address: &str, call: &Call, in_flight: usize) -> Vec<Same> {
    let wires = Wire::open(address, connections(in_flight)).await;
    (0..in_flight)
        .map(|n| Same {
            wire: wires[n % wires.len()].clone(),
            call: call.clone(),
        })
        .collect()
}

/// Measures a call and answer of these sizes, with the same credential.
pub async fn measure(call: &Call, answer: usize, in_flight: usize, plan: Plan) -> Measured {
    let server = Running::start(answer);
    let call = Call {
        path: PathAndQuery::from_static(METHOD),
        ..call.clone()
    };
    let meter = Meter {
        server: Some(server.child.id()),
        postmaster: None,
    };
    drive(same(&server.address, &call, in_flight).await, plan, meter).await
}

/// The same, as a ceiling.
pub async fn ceiling(call: &Call, answer: usize, in_flight: usize, plan: Plan) -> Ceiling {
    let measured = measure(call, answer, in_flight, plan).await;
    Ceiling {
        what: "transport",
        per_second: measured.per_second(),
        server_us: measured.each_us(measured.used.server),
        database_us: None,
    }
}
