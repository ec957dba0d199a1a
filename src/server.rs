//! Puts the parts together: the app over its store, the services behind their layers, health and reflection.
//!
//! Start at [`assemble`], then [`serve_grpc`]. Nothing here decides anything about people or organisations.

use crate::app::policy::{Limit, SignUpMode};
use crate::app::{ATOMIC_IMPORTS, App, Parts, Policy, Refusals, RolesCache};
use crate::auth::keyring::{Keyring, KeyringHandle};
use crate::auth::password::{HashParams, Hasher, PasswordPolicy};
use crate::auth::revocation::Revocations;
use crate::auth::token::{TokenIssuer, VerifiedTokens};
use crate::clock::Clock;
use crate::config::{Config, SignUpMode as ConfigMode};
use crate::domain::Preset;
use crate::listen::{self, TlsReloader};
use crate::pb;
use crate::random::Random;
use crate::rpc::{CallLayer, JwtLayer, Rpc};
use crate::seal::Sealer;
use crate::store::Store;
use crate::words::Words;
use chrono::Duration;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;

/// Why the server doesn't start, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting that only shows its fault now.
    #[error("{setting}: {cause}")]
    Setting {
        /// Which.
        setting: &'static str,
        /// What is wrong, and what to do.
        cause: String,
    },
    /// Something else.
    #[error("{0}")]
    Other(String),
}

fn setting(setting: &'static str, cause: impl ToString) -> StartError {
    StartError::Setting {
        setting,
        cause: cause.to_string(),
    }
}

/// An app over an open store. Its keyring is empty yet; `worker::keys` fills it.
pub fn assemble(
    config: &Config,
    store: Store,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<App, StartError> {
    let sealer = Sealer::new(&config.secrets.master_key);
    let params = HashParams {
        m: config.passwords.memory_kib,
        t: config.passwords.iterations,
        p: config.passwords.parallelism,
    };
    let (threads, queue) = (config.passwords.threads(), config.passwords.hash_queue as usize);
    let preset = Arc::new(preset(&config.organizations.preset)?);
    Ok(App::new(Parts {
        store,
        clock,
        random,
        policy: policy(config, &preset)?,
        roles: RolesCache::new(preset.clone()),
        preset,
        keyring: KeyringHandle::new(Keyring::load(vec![], &sealer).map_err(|e| StartError::Other(e.to_string()))?),
        issuer: TokenIssuer {
            issuer: config.tokens.issuer.clone(),
            audience: config.tokens.audience.clone(),
            lifetime: config.tokens.lifetime,
        },
        verified: VerifiedTokens::new(100_000),
        revocations: Revocations::new(),
        refusals: Refusals::new(),
        hasher: Hasher::new(params, threads, queue).map_err(|e| setting("passwords", e))?,
        sealer,
        words: Words::load().map_err(|e| StartError::Other(e.to_string()))?,
        mail_due: Notify::new(),
        atomic_imports: Arc::new(Semaphore::new(ATOMIC_IMPORTS)),
    }))
}

/// The preset of this name, or of the file at this path.
///
/// # Errors
/// There is none, or its file is faulty: the message has line and cause.
pub fn preset(named: &str) -> Result<Preset, StartError> {
    let refused = |cause: String| setting("organizations.preset", cause);
    if let Some(shipped) = Preset::shipped(named) {
        return shipped.map_err(|e| refused(format!("{named}: {e}")));
    }
    let text = std::fs::read_to_string(named).map_err(|e| {
        let names: Vec<_> = Preset::shipped_names().collect();
        let names = names.join(", ");
        refused(format!(
            "{named} is neither a preset's name nor a readable file: {e}; the presets are {names}"
        ))
    })?;
    Preset::parse(&text).map_err(|e| refused(format!("{named}: {e}")))
}

/// Refuses a preset that doesn't fit the organisations that there are: somebody else would own them, or nobody, or members
/// would hold roles that mean nothing.
///
/// # Errors
/// It is so, or the database can't tell.
pub async fn preset_fits(app: &App) -> Result<(), StartError> {
    let fits = app.adopt_preset().await;
    fits.map_err(|e| StartError::Other(e.to_string()))?.map_err(|why| {
        let name = &app.preset.name;
        let cause = format!(
            "{name} doesn't fit this database: {why}; use the preset that its organisations were made with, or a file that \
             has all of its roles, with the same one as owner"
        );
        setting("organizations.preset", cause)
    })
}

fn policy(config: &Config, preset: &Preset) -> Result<Policy, StartError> {
    let span = |duration: std::time::Duration| Duration::from_std(duration).unwrap_or(Duration::MAX);
    let limit = |attempts: u32, window| Limit {
        attempts: i32::try_from(attempts).unwrap_or(i32::MAX),
        window: span(window),
    };
    let organizations = &config.organizations;
    Ok(Policy {
        sign_up: match config.sign_up.mode {
            ConfigMode::Verified => SignUpMode::Verified,
            ConfigMode::Immediate => SignUpMode::Immediate,
            ConfigMode::Closed => SignUpMode::Closed,
        },
        code_lifetime: span(config.sign_up.code_lifetime),
        session_lifetime: span(config.sessions.lifetime),
        session_idle: span(config.sessions.idle),
        refresh_grace: span(config.sessions.refresh_grace),
        password: PasswordPolicy {
            min_length: config.passwords.min_length as usize,
            ..PasswordPolicy::default()
        },
        temporary_lifetime: span(config.passwords.temporary_lifetime),
        typed_temporary: preset.typed_temporary_password && config.passwords.allow_typed_temporary,
        reset_lifetime: span(config.passwords.reset_lifetime),
        invitation_lifetime: span(config.invitations.lifetime),
        seat_limit: organizations.default_seat_limit.map(u64::from),
        locale: organizations
            .default_locale
            .parse()
            .map_err(|e| setting("organizations.default_locale", e))?,
        time_zone: organizations
            .default_time_zone
            .parse()
            .map_err(|e| setting("organizations.default_time_zone", e))?,
        challenge_lifetime: span(config.log_in.challenge_lifetime),
        account_attempts: limit(config.log_in.attempts_per_account, config.log_in.account_window),
        address_attempts: limit(config.log_in.attempts_per_address, config.log_in.address_window),
    })
}

/// Serves gRPC until `stop`, then until the calls in flight are answered.
pub async fn serve_grpc(
    app: App,
    config: &Config,
    listener: TcpListener,
    tls: Option<TlsReloader>,
    stop: CancellationToken,
) -> Result<(), StartError> {
    let server = &config.server;
    let largest = server.max_message.bytes();
    let rpc = Rpc::new(app.clone());
    let (reporter, health) = tonic_health::server::health_reporter();
    tokio::spawn(report_health(app.clone(), reporter, stop.clone()));
    // With the error details among them, clients such as grpcurl can show what a refusal carries.
    let sets = [
        pb::DESCRIPTORS,
        tonic_health::pb::FILE_DESCRIPTOR_SET,
        tonic_types::pb::FILE_DESCRIPTOR_SET,
    ];
    let builder = || {
        sets.iter()
            .fold(tonic_reflection::server::Builder::configure(), |builder, set| {
                builder.register_encoded_file_descriptor_set(set)
            })
    };
    let broken = |e: tonic_reflection::server::Error| StartError::Other(format!("the descriptors: {e}"));
    let (v1, v1alpha) = if server.reflection {
        (
            Some(builder().build_v1().map_err(broken)?),
            Some(builder().build_v1alpha().map_err(broken)?),
        )
    } else {
        (None, None)
    };
    let incoming = listen::incoming(listener, tls, server.max_connections, stop.clone());
    let layers = CallLayer::new(app.clone(), server.deadline, largest, server.trusted_proxies.clone());
    let header_limit = u32::try_from(server.max_metadata.bytes()).unwrap_or(u32::MAX);
    /// The generated servers are types of their own; each takes the same limits.
    macro_rules! limited {
        ($server:path) => {{
            use $server as Server;
            Server::new(rpc.clone()).max_decoding_message_size(largest)
        }};
    }
    Server::builder()
        .layer(layers)
        .layer(JwtLayer::new(app))
        .max_concurrent_streams(server.max_streams_per_connection)
        .http2_max_header_list_size(header_limit)
        .http2_keepalive_interval(Some(std::time::Duration::from_secs(60)))
        .http2_keepalive_timeout(Some(std::time::Duration::from_secs(20)))
        .add_service(limited!(
            pb::roster::identity::v1::identity_service_server::IdentityServiceServer
        ))
        .add_service(limited!(
            pb::roster::organization::v1::organization_service_server::OrganizationServiceServer
        ))
        .add_service(limited!(
            pb::roster::membership::v1::membership_service_server::MembershipServiceServer
        ))
        .add_service(limited!(
            pb::roster::access::v1::access_service_server::AccessServiceServer
        ))
        .add_service(health)
        .add_optional_service(v1)
        .add_optional_service(v1alpha)
        .serve_with_incoming_shutdown(incoming, stop.cancelled_owned())
        .await
        .map_err(|e| StartError::Other(format!("the gRPC server: {e}")))
}

/// Health follows the database.
async fn report_health(app: App, reporter: tonic_health::server::HealthReporter, stop: CancellationToken) {
    use tonic_health::ServingStatus::{NotServing, Serving};
    let mut every = tokio::time::interval(std::time::Duration::from_secs(2));
    while stop.run_until_cancelled(every.tick()).await.is_some() {
        let answers = answers(&app).await;
        reporter
            .set_service_status("", if answers { Serving } else { NotServing })
            .await;
    }
    reporter.set_service_status("", NotServing).await;
}

/// Whether the database answers, soon enough to be of use.
pub async fn answers(app: &App) -> bool {
    let ping = tokio::time::timeout(std::time::Duration::from_secs(2), app.store.ping());
    matches!(ping.await, Ok(Ok(())))
}
