//! The client: as little work for each call as the library allows. Requests are encoded once, answers are left as they come.

use http::uri::PathAndQuery;
use prost::Message;
use prost::bytes::{Buf, BufMut, Bytes};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

/// Hands messages over as they are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Raw;
    type Decoder = Raw;

    fn encoder(&mut self) -> Raw {
        Raw
    }

    fn decoder(&mut self) -> Raw {
        Raw
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

/// A credential, ready to be sent.
pub type Token = MetadataValue<Ascii>;

/// An access token as a header has it.
pub fn bearer(token: &str) -> Token {
    format!("Bearer {token}").parse().expect("a token is ASCII")
}

/// A call, ready to be sent again and again.
#[derive(Clone, Debug)]
pub struct Call {
    pub path: PathAndQuery,
    pub token: Option<Token>,
    pub body: Bytes,
}

impl Call {
    /// A call of `package.Service/Method`.
    pub fn new(method: &'static str, token: Option<&Token>, message: &impl Message) -> Call {
        Call {
            path: PathAndQuery::from_static(method),
            token: token.cloned(),
            body: message.encode_to_vec().into(),
        }
    }
}

/// A connection. Clones share it.
#[derive(Clone, Debug)]
pub struct Wire(Grpc<Channel>);

impl Wire {
    /// Opens connections to `host:port`.
    pub async fn open(address: &str, connections: usize) -> Vec<Wire> {
        let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address makes a URL");
        let mut open = vec![];
        for _ in 0..connections {
            let channel = endpoint.connect().await.expect("the server accepts connections");
            open.push(Wire(Grpc::new(channel)));
        }
        open
    }

    /// Sends a call and waits for the answer; anything but OK is an error.
    pub async fn send(&mut self, call: &Call) -> Result<Bytes, String> {
        let mut request = Request::new(call.body.clone());
        if let Some(token) = &call.token {
            request.metadata_mut().insert("authorization", token.clone());
        }
        self.0.ready().await.map_err(|error| error.to_string())?;
        let answer = self.0.unary(request, call.path.clone(), Raw).await;
        answer
            .map(tonic::Response::into_inner)
            .map_err(|status| format!("{}: {:?} {}", call.path, status.code(), status.message()))
    }

    /// The same, with the answer read.
    pub async fn ask<A: Message + Default>(&mut self, call: &Call) -> Result<A, String> {
        let answer = self.send(call).await?;
        A::decode(answer).map_err(|error| format!("{}: {error}", call.path))
    }
}
