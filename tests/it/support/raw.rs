//! Calls without the generated clients: any method with any bytes, and HTTP/2 frames written by hand for what no client
//! would send.

use prost::bytes::{Buf, BufMut};
use prost_reflect::DescriptorPool;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Channel;
use tonic::{Request, Response, Status};

/// Everything that the server describes.
pub fn descriptors() -> DescriptorPool {
    DescriptorPool::decode(roster::pb::DESCRIPTORS).unwrap()
}

/// Messages as the bytes that they are.
#[derive(Clone, Copy, Default)]
pub struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Bytes;
    type Decoder = Bytes;

    fn encoder(&mut self) -> Bytes {
        Bytes
    }

    fn decoder(&mut self) -> Bytes {
        Bytes
    }
}

impl Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let length = from.remaining();
        Ok(Some(from.copy_to_bytes(length).to_vec()))
    }
}

/// Calls a path with bytes.
pub async fn call(channel: &Channel, path: &str, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Status> {
    let mut client = tonic::client::Grpc::new(channel.clone());
    client.ready().await.unwrap();
    client.unary(request, path.parse().unwrap(), Bytes).await
}

/// What a server did with a call that was written by hand.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It sent a message.
    Served,
    /// It ended the call, the stream or the connection without one.
    Refused,
}

/// Sends an empty gRPC message to a `:path` exactly as given, whatever it looks like.
pub async fn frames(address: &str, path: &str, token: Option<&str>) -> Outcome {
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
    let mut fields = vec![
        (":method", "POST"),
        (":scheme", "http"),
        (":path", path),
        (":authority", "localhost"),
    ];
    fields.extend([("content-type", "application/grpc"), ("te", "trailers")]);
    let bearer = token.map(|token| format!("Bearer {token}"));
    fields.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    let block: Vec<u8> = fields
        .into_iter()
        .flat_map(|(name, value)| literal(name, value))
        .collect();
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(4, 0, 0, &[]));
    bytes.extend(frame(1, 4, 1, &block));
    bytes.extend(frame(0, 1, 1, &[0; 5]));
    stream.write_all(&bytes).await.unwrap();
    let answered = tokio::time::timeout(Duration::from_secs(10), outcome(&mut stream));
    answered.await.unwrap_or_else(|_| panic!("no answer to {path:?}"))
}

async fn outcome(stream: &mut TcpStream) -> Outcome {
    let mut head = [0; 9];
    loop {
        if stream.read_exact(&mut head).await.is_err() {
            return Outcome::Refused;
        }
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let (kind, flags) = (head[3], head[4]);
        let stream_id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let mut body = vec![0; length];
        if stream.read_exact(&mut body).await.is_err() {
            return Outcome::Refused;
        }
        match kind {
            0 if length > 0 => return Outcome::Served,
            // The end of the stream, its reset, or the end of the connection.
            0 | 1 if flags & 1 == 1 && stream_id == 1 => return Outcome::Refused,
            3 | 7 => return Outcome::Refused,
            _ => {}
        }
    }
}

/// A frame (RFC 9113, section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend(stream.to_be_bytes());
    bytes.extend(body);
    bytes
}

/// A field that enters no table, without compression (RFC 7541, section 6.2.2).
fn literal(name: &str, value: &str) -> Vec<u8> {
    let mut bytes = vec![0];
    for text in [name, value] {
        let mut length = text.len();
        if length < 127 {
            bytes.push(u8::try_from(length).unwrap());
        } else {
            bytes.push(127);
            length -= 127;
            while length >= 128 {
                bytes.push(u8::try_from(length % 128).unwrap() | 128);
                length /= 128;
            }
            bytes.push(u8::try_from(length).unwrap());
        }
        bytes.extend(text.bytes());
    }
    bytes
}
