//! Reads every key from the merged sources (`layers.rs`), collecting all faults. Start at
//! [`Config::load`](super::Config::load).

use std::path::PathBuf;

use figment::Figment;
use figment::value::Value;

use super::fault::{ConfigError, Fault};
use super::layers::{DEFAULTS, DEV, PREFIX, derived, described, merged, rank, toml_layer, unknown_keys, variable};
use super::sections::Sections;
use super::value::Setting;
use super::{Config, DEFAULT, Entry, check, secret_file};
use crate::random::SystemRandom;
use crate::seal::MasterKey;

const MISSING: &str = "is missing";

/// Where a configuration comes from, besides the default file.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Whether `--dev` was given; nothing else can set it.
    pub dev: bool,
    /// The configuration file, if any.
    pub file: Option<PathBuf>,
    /// The environment, as name and value; only `ROSTER_…` is looked at.
    pub environment: Vec<(String, String)>,
    /// What flags set: `{ "server": { "grpc_listen": "…" } }`. Null and absent are the same.
    pub flags: serde_json::Value,
    /// Whether the folder and key of `--dev` may be made if missing. Only a command that starts something says yes.
    pub may_create: bool,
}

impl Sources {
    /// The sources of a command: its flags, the file named by `--config` or else `ROSTER_CONFIG`, and the environment.
    #[must_use]
    pub fn of_process(dev: bool, file: Option<PathBuf>, flags: serde_json::Value) -> Self {
        #[allow(
            clippy::disallowed_methods,
            reason = "this is the one place that reads the environment"
        )]
        // A variable that isn't Unicode can't be one of ours, and must not end the program as `vars` would.
        let environment: Vec<_> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let named = || {
            environment
                .iter()
                .find(|(name, value)| name == "ROSTER_CONFIG" && !value.is_empty())
                .map(|(_, value)| PathBuf::from(value))
        };
        Self {
            dev,
            file: file.or_else(named),
            environment,
            flags,
            may_create: false,
        }
    }

    /// `--dev` in this folder, with nothing from the environment: what tests start from. Makes the folder and key.
    #[must_use]
    pub fn development(folder: &std::path::Path) -> Self {
        Self {
            dev: true,
            flags: serde_json::json!({ "data": { "folder": folder } }),
            may_create: true,
            ..Self::default()
        }
    }
}

impl Config {
    /// Loads and checks a configuration.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once.
    pub fn load(sources: Sources) -> Result<Self, ConfigError> {
        let mut faults = Vec::new();
        let defaults = Figment::from(toml_layer(DEFAULTS, None, DEFAULT, "config.default.toml", &mut faults));
        let figment = derived(merged(defaults.clone(), &sources, &mut faults), sources.dev);
        unknown_keys(&figment, &mut faults);
        let mut reader = Reader {
            figment: &figment,
            defaults,
            sources: &sources,
            entries: Vec::new(),
            faults,
        };
        let sections = Sections::read(&mut reader);
        let Reader {
            mut entries,
            mut faults,
            ..
        } = reader;
        // It follows from the public URL, whose own absence is noted already.
        faults.retain(|fault| fault.key != "tokens.issuer" || fault.what != MISSING);
        let Some(mut sections) = sections else {
            return Err(ConfigError { faults });
        };
        check::normalize(&mut sections, &mut entries);
        let found = faults.len();
        let source = |key: &str| {
            entries
                .iter()
                .find(|entry| entry.is(key))
                .map(|entry| entry.source.clone())
        };
        check::check(&sections, sources.dev, source, &mut faults);
        // Of a key that can't be read, the placeholder is nobody's fault.
        let (unread, ruled) = faults.split_at(found);
        let ruled: Vec<_> = ruled
            .iter()
            .filter(|fault| !unread.iter().any(|one| one.key == fault.key))
            .cloned()
            .collect();
        faults.truncate(found);
        faults.extend(ruled);
        if faults.is_empty() {
            Ok(Self {
                dev: sources.dev,
                sections,
                entries,
            })
        } else {
            Err(ConfigError { faults })
        }
    }
}

/// Reads single keys out of the merged sources.
pub(super) struct Reader<'a> {
    figment: &'a Figment,
    defaults: Figment,
    sources: &'a Sources,
    entries: Vec<Entry>,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    /// The value of a key; after a fault was noted, one to go on with.
    pub(super) fn read<T: Setting>(&mut self, section: &'static str, key: &'static str) -> Option<T> {
        let (value, source) = match self.find::<T>(section, key) {
            Ok(found) => found,
            Err(fault) => {
                self.faults.push(fault);
                return self.placeholder(section, key);
            }
        };
        self.entries.push(Entry {
            section,
            key,
            shown: value.show(),
            source,
        });
        Some(value)
    }

    /// A value in place of one that can't be read, so that the rules of `check.rs` still see all the others.
    fn placeholder<T: Setting>(&self, section: &str, key: &str) -> Option<T> {
        let value = match (section, key) {
            ("server", "public_url") => Value::from("https://example.org"),
            ("database", "url") => Value::from("postgres://example.org/roster"),
            ("secrets", "master_key") => Value::from(MasterKey::generate(&SystemRandom).to_base64().expose()),
            ("tokens", "issuer") => Value::from("example"),
            _ => match self.defaults.find_value(&format!("{section}.{key}")) {
                Ok(value) => value,
                Err(_) => return T::absent(),
            },
        };
        T::read(&value).ok()
    }

    fn find<T: Setting>(&mut self, section: &'static str, key: &'static str) -> Result<(T, String), Fault> {
        let direct = self.lookup(section, key);
        let file = if T::SECRET {
            self.lookup(section, &format!("{key}_file"))
        } else {
            None
        };
        let fault = |source: Option<String>, what: String, remedy: String| Fault {
            key: format!("{section}.{key}"),
            source,
            what,
            remedy,
        };
        let (value, source) = match (direct, file) {
            (Some((_, one, a)), Some((_, two, b))) if a == b => {
                return Err(fault(
                    Some(format!("{one} and {two}")),
                    "is given both as a value and as a file".to_owned(),
                    "keep one of the two".to_owned(),
                ));
            }
            (direct, Some((path, source, rank))) if direct.as_ref().is_none_or(|(_, _, direct)| *direct < rank) => {
                let path = PathBuf::read(&path).map_err(|what| fault(Some(source.clone()), what, String::new()))?;
                let content = secret_file::read(&path, self.sources.dev)
                    .map_err(|(what, remedy)| fault(Some(source.clone()), what, remedy))?;
                (Value::from(content.expose()), format!("{source} = {}", path.display()))
            }
            (Some((value, source, _)), _) => (value, source),
            (None, _) => match T::absent() {
                Some(value) => return Ok((value, DEFAULTS.to_owned())),
                None => return self.missing(section, key, T::SECRET),
            },
        };
        let remedy = if source.starts_with(PREFIX) {
            format!("correct {source}")
        } else {
            format!("correct {section}.{key}")
        };
        T::read(&value)
            .map(|value| (value, source.clone()))
            .map_err(|what| fault(Some(source), what, remedy))
    }

    fn lookup(&self, section: &str, key: &str) -> Option<(Value, String, u8)> {
        let value = self.figment.find_value(&format!("{section}.{key}")).ok()?;
        let metadata = self.figment.get_metadata(value.tag())?;
        Some((value, described(metadata, section, key), rank(metadata)))
    }

    fn missing<T: Setting>(&self, section: &str, key: &str, secret: bool) -> Result<(T, String), Fault> {
        if self.sources.dev && section == "secrets" {
            let folder = self
                .lookup("data", "folder")
                .and_then(|(value, ..)| value.into_string())
                .unwrap_or_default();
            let (path, made) =
                secret_file::development_key(folder.as_ref(), self.sources.may_create).map_err(|what| Fault {
                    key: format!("{section}.{key}"),
                    source: Some(DEV.to_owned()),
                    what,
                    remedy: "give a folder that can be written, with --data".to_owned(),
                })?;
            let value = T::read(&Value::from(made.expose())).map_err(|what| Fault {
                key: format!("{section}.{key}"),
                source: Some(path.clone()),
                what,
                remedy: "restore that file; without it the signing keys in the database are lost".to_owned(),
            })?;
            return Ok((value, path));
        }
        let variable = variable(section, key);
        let files = if secret {
            format!(", or name a file that holds it with {key}_file or {variable}_FILE")
        } else {
            String::new()
        };
        Err(Fault {
            key: format!("{section}.{key}"),
            source: None,
            what: MISSING.to_owned(),
            remedy: format!("set it in the configuration file or as {variable}{files}; or try things out with --dev"),
        })
    }
}
