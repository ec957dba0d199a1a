//! A client of a running server: the channel, the token, and refusals as people read them.

use super::{FilterArgs, ServerArgs, State};
use crate::pb::roster::membership::v1::MemberState;
use crate::pb::roster::membership::v1::membership_service_client::MembershipServiceClient;
use std::time::Duration;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Status};
use tonic_types::StatusExt;

/// Puts the token before calls.
#[derive(Clone)]
pub(super) struct Token {
    authorization: MetadataValue<Ascii>,
    language: Option<MetadataValue<Ascii>>,
}

impl tonic::service::Interceptor for Token {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let metadata = request.metadata_mut();
        metadata.insert("authorization", self.authorization.clone());
        if let Some(language) = &self.language {
            metadata.insert("accept-language", language.clone());
        }
        Ok(request)
    }
}

pub(super) type Client = MembershipServiceClient<InterceptedService<Channel, Token>>;

impl ServerArgs {
    /// Connects.
    pub(super) async fn connect(&self) -> Result<Client, String> {
        let token = self.token()?;
        let mut authorization: MetadataValue<Ascii> = format!("Bearer {token}")
            .parse()
            .map_err(|_| "the access token has characters that no token has")?;
        authorization.set_sensitive(true);
        let language = match self.language.as_str() {
            "" => None,
            tag => Some(tag.parse().map_err(|_| format!("{tag} is no language"))?),
        };
        let channel = self.endpoint()?.connect().await.map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            let server = &self.server;
            format!(
                "{server} can't be reached: {}",
                cause.unwrap_or_else(|| error.to_string())
            )
        })?;
        Ok(MembershipServiceClient::with_interceptor(
            channel,
            Token {
                authorization,
                language,
            },
        ))
    }

    fn endpoint(&self) -> Result<Endpoint, String> {
        let server = &self.server;
        let uri: http::Uri = server.parse().map_err(|error| format!("{server} is no URL: {error}"))?;
        let endpoint = Endpoint::from(uri.clone()).connect_timeout(Duration::from_secs(10));
        match uri.scheme_str() {
            Some("http") => Ok(endpoint),
            Some("https") => {
                let tls = match &self.ca {
                    Some(file) => {
                        let pem = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
                        ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem))
                    }
                    None => ClientTlsConfig::new().with_enabled_roots(),
                };
                endpoint.tls_config(tls).map_err(|error| format!("TLS: {error}"))
            }
            _ => Err(format!("{server} begins with neither http:// nor https://")),
        }
    }

    fn token(&self) -> Result<String, String> {
        let token = match (&self.token_file, &self.token) {
            (Some(file), _) => std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?,
            (None, Some(token)) => token.clone(),
            (None, None) => {
                return Err(
                    "no access token: put it into the environment as ROSTER_TOKEN, or name its file with --token-file"
                        .into(),
                );
            }
        };
        Ok(token.trim().to_owned())
    }
}

impl FilterArgs {
    pub(super) fn states(&self) -> Vec<i32> {
        let wire = |state: &State| match state {
            State::Added => MemberState::Added,
            State::Invited => MemberState::Invited,
            State::Expired => MemberState::Expired,
            State::Declined => MemberState::Declined,
            State::Active => MemberState::Active,
            State::Suspended => MemberState::Suspended,
            State::Revoked => MemberState::Revoked,
        };
        self.state.iter().map(|state| wire(state).into()).collect()
    }
}

/// A refusal as people read it: in their language, with everything that is wrong.
pub(super) fn refusal(status: &Status) -> String {
    let details = status.get_error_details();
    let said = details.localized_message().map(|said| said.message.clone());
    let mut text = said.unwrap_or_else(|| match status.message() {
        "" => format!("the server answered {:?}", status.code()),
        message => message.to_owned(),
    });
    for violation in details.bad_request().into_iter().flat_map(|bad| &bad.field_violations) {
        if violation.field != "data" {
            text.push_str(&format!("\n  {} {}", violation.field, violation.description));
        }
    }
    text
}
