//! `roster serve`: everything that runs, until a signal.

use super::store;
use crate::app::App;
use crate::clock::SystemClock;
use crate::config::{Config, MailTransport, SmtpSecurity};
use crate::http::{self, HttpState};
use crate::lifecycle::Lifecycle;
use crate::listen::{self, TlsReloader};
use crate::mail::transport::{Folder, Security, Sender, Smtp, SmtpSettings, Transport};
use crate::random::SystemRandom;
use crate::server::{self, StartError};
use crate::store::Store;
use crate::telemetry::{self, Telemetry};
use crate::worker;
use std::convert::Infallible;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Runs the server and gives its exit code.
pub(super) fn serve(config: Config) -> ExitCode {
    super::in_runtime(async {
        let telemetry = match telemetry::init(&config.telemetry) {
            Ok(telemetry) => telemetry,
            Err(error) => return super::failed(&error.to_string()),
        };
        let lifecycle = Lifecycle::new(config.server.drain);
        match start(config, &telemetry, &lifecycle).await {
            Ok(store) => {
                let code = lifecycle.run().await;
                store.close().await;
                code
            }
            Err(error) => super::failed(&error.to_string()),
        }
    })
}

/// Starts everything, in an order in which nothing is reachable before it can answer.
async fn start(config: Config, telemetry: &Telemetry, lifecycle: &Lifecycle) -> Result<Store, StartError> {
    let store = open(&config).await?;
    let app = server::assemble(&config, store.clone(), Arc::new(SystemClock), Arc::new(SystemRandom))?;
    server::preset_fits(&app).await?;
    let keys = worker::keys::KeyPolicy::of(&config.tokens);
    worker::keys::ensure(&app, &keys).await.map_err(broken)?;
    worker::feed::catch_up(&app).await.map_err(broken)?;
    let mailer = mailer(&config)?;
    let tls = tls(&config)?;
    let grpc = bind("server.grpc_listen", config.server.grpc_listen).await?;
    let web = bind("server.http_listen", config.server.http_listen).await?;
    announce(&config, &grpc, &web);

    let (stop, metrics) = (lifecycle.soft(), telemetry.metrics.clone());
    lifecycle.spawn("the metrics", endless(telemetry::upkeep(metrics.clone(), stop.clone())));
    lifecycle.spawn("the revocation feed", worker::feed::run(app.clone(), stop.clone()));
    lifecycle.spawn("the signing keys", worker::keys::run(app.clone(), keys, stop.clone()));
    lifecycle.spawn("the clean-up", worker::clean::run(app.clone(), stop.clone()));
    if let Some(mailer) = mailer {
        lifecycle.spawn("the mail", worker::mail::run(app.clone(), mailer, stop.clone()));
    }
    let (ready, readiness) = watch::channel(true);
    lifecycle.spawn(
        "the readiness",
        endless(watch_database(app.clone(), ready, stop.clone())),
    );
    let known = app.clone();
    let jwks = Arc::new(move || known.keyring.load().jwks_at(known.clock.now()));
    let state = HttpState {
        jwks,
        ready: readiness,
        metrics,
    };
    lifecycle.spawn("the HTTP port", http::serve(web, state, stop.clone()));
    lifecycle.spawn("the gRPC port", async move {
        server::serve_grpc(app, &config, grpc, tls, stop).await
    });
    Ok(store)
}

fn broken(error: crate::error::Error) -> StartError {
    match error {
        // Whoever starts it is whoever may read the log, and the cause says more than that it is our fault.
        crate::error::Error::Internal(cause) => StartError::Other(cause),
        error => StartError::Other(error.to_string()),
    }
}

async fn endless(task: impl Future<Output = ()>) -> Result<(), Infallible> {
    task.await;
    Ok(())
}

/// Opens the database. A development database is brought up to date on the way; any other has `roster migrate` for it,
/// so that no start of one process changes the schema under the others.
async fn open(config: &Config) -> Result<Store, StartError> {
    let store = store::open(config).await.map_err(StartError::Other)?;
    if config.dev {
        store.migrate().await.map_err(broken)?;
    }
    store::up_to_date(config, &store).await.map_err(StartError::Other)?;
    Ok(store)
}

async fn bind(setting: &'static str, address: std::net::SocketAddr) -> Result<TcpListener, StartError> {
    listen::bind(setting, address)
        .await
        .map_err(|e| StartError::Other(e.to_string()))
}

fn tls(config: &Config) -> Result<Option<TlsReloader>, StartError> {
    let server = &config.server;
    let (Some(certificate), Some(key)) = (&server.tls_certificate, &server.tls_private_key) else {
        return Ok(None);
    };
    TlsReloader::new(certificate, key, server.tls_reload)
        .map(Some)
        .map_err(|e| StartError::Other(e.to_string()))
}

fn mailer(config: &Config) -> Result<Option<worker::mail::Mailer>, StartError> {
    let mail = &config.mail;
    let wrong = |setting, cause: String| StartError::Setting { setting, cause };
    let transport: Arc<dyn Transport> = match mail.transport {
        MailTransport::None => return Ok(None),
        MailTransport::Folder => Arc::new(Folder::new(config.data.folder.join("mail"))),
        MailTransport::Smtp => {
            let settings = SmtpSettings {
                host: mail.smtp_host.clone().unwrap_or_default(),
                port: mail.port(),
                security: match mail.smtp_security {
                    SmtpSecurity::Starttls => Security::StartTls,
                    SmtpSecurity::Tls => Security::Tls,
                    SmtpSecurity::None => Security::None,
                },
                username: mail.smtp_username.clone(),
                password: mail.smtp_password.clone(),
                timeout: mail.timeout,
            };
            Arc::new(Smtp::new(settings).map_err(|e| wrong("mail.smtp_security", e.to_string()))?)
        }
    };
    let from: Sender = mail
        .from
        .parse()
        .map_err(|e: crate::mail::transport::SenderError| wrong("mail.from", e.to_string()))?;
    Ok(Some(worker::mail::Mailer {
        transport,
        from,
        base_url: config.server.public_url.clone(),
    }))
}

/// Readiness follows the database.
async fn watch_database(app: App, ready: watch::Sender<bool>, stop: tokio_util::sync::CancellationToken) {
    let mut every = tokio::time::interval(Duration::from_secs(2));
    while stop.run_until_cancelled(every.tick()).await.is_some() {
        let answers = server::answers(&app).await;
        ready.send_if_modified(|was| std::mem::replace(was, answers) != answers);
    }
    ready.send_replace(false);
}

/// Says where everything is; in development also what to try.
fn announce(config: &Config, grpc: &TcpListener, web: &TcpListener) {
    let at = |listener: &TcpListener| listener.local_addr().map(|a| a.to_string()).unwrap_or_default();
    let (grpc, web) = (at(grpc), at(web));
    tracing::info!(grpc, http = web, "listening");
    if !config.dev {
        return;
    }
    let data = config.data.folder.display();
    println!(
        r#"
Roster, for trying it out. It listens on {grpc} (gRPC) and {web} (HTTP: keys, health, metrics).
Data: {data}; mails: {data}/mail, and printed here.

1. Sign up. The answer has a handle, the mail has a code:

   grpcurl -plaintext -d '{{"email":"ana@example.org","display_name":"Ana Lima","password":"seven green rivers run uphill","organization_name":"Lima Ltda"}}' {grpc} roster.identity.v1.IdentityService/SignUp

   grpcurl -plaintext -d '{{"handle":"…","code":"…"}}' {grpc} roster.identity.v1.IdentityService/VerifyEmail

   TOKEN=…   # the accessToken of the answer

2. Add a member, who has to change the temporary password in the mail:

   grpcurl -plaintext -H "authorization: Bearer $TOKEN" -d '{{"email":"bob@example.org","display_name":"Bob Reis","temporary_password":{{}}}}' {grpc} roster.membership.v1.MembershipService/AddMember

   grpcurl -plaintext -d '{{"email":"bob@example.org","password":"…"}}' {grpc} roster.identity.v1.IdentityService/LogIn

   grpcurl -plaintext -d '{{"handle":"…","new_password":"twelve quiet lamps beside the harbour"}}' {grpc} roster.identity.v1.IdentityService/ContinueLogIn

   Another by invitation, who accepts with the code in the mail:

   grpcurl -plaintext -H "authorization: Bearer $TOKEN" -d '{{"email":"carla@example.org","role_ids":["admin"]}}' {grpc} roster.membership.v1.MembershipService/AddMember

   grpcurl -plaintext -d '{{"code":"…","display_name":"Carla Dias","password":"nine copper kettles on a shelf"}}' {grpc} roster.membership.v1.MembershipService/AcceptInvitation

3. List the members:

   grpcurl -plaintext -H "authorization: Bearer $TOKEN" -d '{{}}' {grpc} roster.membership.v1.MembershipService/ListMembers
"#
    );
}
