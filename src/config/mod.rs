//! The configuration: what may be set (`sections.rs`, `config.default.toml`), where it comes from (`layers.rs`, `load.rs`), what is
//! refused (`check.rs`) and how it is shown (`report.rs`). Start at [`Config::load`].
//!
//! This is the only module that reads the environment. It binds nothing and connects to nothing: a configuration that loads
//! is one the server can start with, as far as files and numbers can tell.

mod check;
mod fault;
mod layers;
mod load;
mod origin;
mod reader;
mod report;
mod secret_file;
mod sections;
mod sources;
#[cfg(test)]
mod tests;
mod value;

pub use fault::{ConfigError, Fault};
pub use report::{hints, report};
pub use sections::{
    Algorithm, Data, Database, Invitations, LogFormat, LogIn, Mail, MailTransport, Organizations, Passwords, Secrets,
    Sections, Server, Sessions, SignUp, SignUpMode, SmtpSecurity, Telemetry, Tokens,
};
pub use sources::Sources;
pub use value::{Choice, MasterKey, Setting, Size};

/// The commented default file.
pub const DEFAULT: &str = include_str!("config.default.toml");

/// A configuration that was checked. Its sections are reached directly: `config.server.deadline`.
#[derive(Debug, Clone)]
pub struct Config {
    /// Whether this is `--dev`: for trying it out on one machine, never for people's data.
    pub dev: bool,
    sections: Sections,
    entries: Vec<Entry>,
}

impl std::ops::Deref for Config {
    type Target = Sections;
    fn deref(&self) -> &Sections {
        &self.sections
    }
}

impl std::ops::DerefMut for Config {
    fn deref_mut(&mut self) -> &mut Sections {
        &mut self.sections
    }
}

/// A line of the report: a key, its value for people, and where that came from.
#[derive(Debug, Clone)]
struct Entry {
    section: &'static str,
    key: &'static str,
    shown: String,
    source: String,
}

impl Entry {
    /// Whether this is the line of `section.key`.
    fn is(&self, key: &str) -> bool {
        key.split_once('.') == Some((self.section, self.key))
    }
}
