//! Every section and key of the configuration, with its type.
//!
//! The macro makes of each section a struct, the code that reads it (all keys, so that all faults are found at once) and its
//! rows in [`KNOWN`]. To add a key: one line here, one commented line in `config.default.toml`, and a rule in `check.rs` if
//! its value can be wrong. Nothing here may read files or the environment.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use super::reader::Reader;
use super::value::{Choice, MasterKey, Setting, Size, choice};
use crate::secret::Secret;

/// A key that may be set.
#[derive(Debug)]
pub(super) struct Known {
    /// The name within its section.
    pub key: &'static str,
    /// Whether its value must never be shown, and `<key>_file` is understood.
    pub secret: bool,
}

macro_rules! sections {
    ($( $(#[$doc:meta])* $name:ident = $section:ident { $( $(#[$about:meta])* $key:ident : $kind:ty ),* $(,)? } )*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone)]
            pub struct $name { $( $(#[$about])* pub $key: $kind ),* }

            impl $name {
                fn read(reader: &mut Reader<'_>) -> Option<Self> {
                    // Every key is read before the first `?`, so that no fault hides another.
                    $( let $key = reader.read::<$kind>(stringify!($section), stringify!($key)); )*
                    Some(Self { $( $key: $key? ),* })
                }
            }
        )*

        /// All sections, in the order of the default file.
        #[derive(Debug, Clone)]
        pub struct Sections { $( $(#[$doc])* pub $section: $name ),* }

        impl Sections {
            pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
                $( let $section = $name::read(reader); )*
                Some(Self { $( $section: $section? ),* })
            }
        }

        /// All keys by section, in the order of the default file.
        pub(super) const KNOWN: &[(&str, &[Known])] = &[
            $( (stringify!($section), &[ $( Known { key: stringify!($key), secret: <$kind as Setting>::SECRET } ),* ]) ),*
        ];
    };
}

sections! {
    /// Where it listens, and the limits of calls.
    Server = server {
        /// The address of the gRPC port.
        grpc_listen: SocketAddr,
        /// The address of the HTTP port (public keys, health, metrics).
        http_listen: SocketAddr,
        /// What links in mails begin with; no slash at its end.
        public_url: String,
        /// The PEM file of the certificate chain.
        tls_certificate: Option<PathBuf>,
        /// The PEM file of the certificate's key.
        tls_private_key: Option<PathBuf>,
        /// How often the two files are looked at.
        tls_reload: Duration,
        /// Connections at once.
        max_connections: u32,
        /// Calls at once on one connection.
        max_streams_per_connection: u32,
        /// The largest request message.
        max_message: Size,
        /// The largest set of headers.
        max_metadata: Size,
        /// The longest a call may take.
        deadline: Duration,
        /// How long calls in flight may go on when stopping.
        drain: Duration,
        /// Proxies whose `x-forwarded-for` is believed.
        trusted_proxies: Vec<IpNet>,
        /// Whether server reflection is on.
        reflection: bool,
    }
    /// The database.
    Database = database {
        /// `sqlite://…` or `postgres://…`; may hold a password.
        url: Secret,
        /// Connections that only read.
        read_connections: u32,
        /// Connections that write; always 1 on SQLite.
        write_connections: u32,
        /// How long a call waits for a connection.
        acquire_timeout: Duration,
        /// How long one statement may run.
        statement_timeout: Duration,
    }
    /// What lies on the local disk.
    Data = data {
        /// The folder of the embedded database, development keys and mail files.
        folder: PathBuf,
    }
    /// Keys that are not in the database.
    Secrets = secrets {
        /// Seals the signing keys and the outbox.
        master_key: MasterKey,
    }
    /// Access tokens.
    Tokens = tokens {
        /// The `iss` claim.
        issuer: String,
        /// The `aud` claim.
        audience: String,
        /// How tokens are signed.
        algorithm: Algorithm,
        /// How long an access token is good.
        lifetime: Duration,
        /// How often a new signing key is made.
        key_rotation: Duration,
        /// How long a new key is published before it signs.
        publish_ahead: Duration,
    }
    /// Log-in sessions.
    Sessions = sessions {
        /// The longest a session lives.
        lifetime: Duration,
        /// How long it may lie unused.
        idle: Duration,
        /// How long the refresh token just used may be sent again.
        refresh_grace: Duration,
    }
    /// Who may create an account.
    SignUp = sign_up {
        /// Whether and how people sign up.
        mode: SignUpMode,
        /// How long the code in the mail works.
        code_lifetime: Duration,
    }
    /// Passwords and what a hash costs.
    Passwords = passwords {
        /// The least length, in code points.
        min_length: u32,
        /// Memory of one hash, in KiB.
        memory_kib: u32,
        /// Passes over that memory.
        iterations: u32,
        /// Lanes of one hash.
        parallelism: u32,
        /// Hashes at once; 0: as [`Passwords::threads`] finds right.
        hash_threads: u32,
        /// How many more may wait.
        hash_queue: u32,
        /// How long a temporary password works.
        temporary_lifetime: Duration,
        /// How long a link to set a new password works.
        reset_lifetime: Duration,
        /// Whether an administrator may type a temporary password.
        allow_typed_temporary: bool,
    }
    /// Invitations.
    Invitations = invitations {
        /// How long one may be accepted.
        lifetime: Duration,
    }
    /// What a new organisation begins with.
    Organizations = organizations {
        /// The name of a preset, or the path of a `.toml` file.
        preset: String,
        /// Seats; `None` is unlimited.
        default_seat_limit: Option<u32>,
        /// A BCP 47 language tag.
        default_locale: String,
        /// An IANA time zone.
        default_time_zone: String,
    }
    /// How often a log-in may fail.
    LogIn = log_in {
        /// Failed attempts for one account within `account_window`.
        attempts_per_account: u32,
        /// The time in which they are counted.
        account_window: Duration,
        /// Failed attempts from one address within `address_window`.
        attempts_per_address: u32,
        /// The time in which they are counted.
        address_window: Duration,
        /// How long a log-in of several steps may take.
        challenge_lifetime: Duration,
    }
    /// Outgoing mail.
    Mail = mail {
        /// How mail leaves.
        transport: MailTransport,
        /// The sender, as in a `From` header.
        from: String,
        /// The mail server.
        smtp_host: Option<String>,
        /// Its port; see [`Mail::port`].
        smtp_port: Option<u16>,
        /// How the connection is protected.
        smtp_security: SmtpSecurity,
        /// The name to log in with.
        smtp_username: Option<String>,
        /// The password to log in with.
        smtp_password: Option<Secret>,
        /// How long one delivery may take.
        timeout: Duration,
    }
    /// Logs and traces.
    Telemetry = telemetry {
        /// For whom log lines are written.
        log_format: LogFormat,
        /// Which log lines are written, as `EnvFilter` reads it.
        log_filter: String,
        /// The OTLP collector.
        otlp_endpoint: Option<String>,
        /// The name of this service in traces.
        service_name: String,
    }
}

impl Passwords {
    /// How many hashes are made at once.
    #[must_use]
    pub fn threads(&self) -> usize {
        match self.hash_threads {
            0 => std::thread::available_parallelism().map_or(1, |cores| (cores.get() - 1).clamp(1, 16)),
            threads => threads as usize,
        }
    }
}

impl Mail {
    /// The port of the mail server: the one given, or the usual one of the chosen protection (RFC 6409, RFC 8314).
    #[must_use]
    pub fn port(&self) -> u16 {
        self.smtp_port.unwrap_or(match self.smtp_security {
            SmtpSecurity::Starttls => 587,
            SmtpSecurity::Tls => 465,
            SmtpSecurity::None => 25,
        })
    }
}

choice! {
    /// How access tokens are signed (RFC 8037, RFC 7518).
    Algorithm { EdDsa = "EdDSA", Es256 = "ES256", Rs256 = "RS256" }
}
choice! {
    /// Whether and how people sign up.
    SignUpMode { Verified = "verified", Immediate = "immediate", Closed = "closed" }
}
choice! {
    /// How mail leaves.
    MailTransport { Smtp = "smtp", Folder = "folder", None = "none" }
}
choice! {
    /// How the connection to the mail server is protected.
    SmtpSecurity { Starttls = "starttls", Tls = "tls", None = "none" }
}
choice! {
    /// For whom log lines are written.
    LogFormat { Auto = "auto", Pretty = "pretty", Json = "json" }
}
