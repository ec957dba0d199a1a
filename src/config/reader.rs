//! Reads single keys out of the merged sources (`layers.rs`), noting where each value came from and what is wrong with it.

use std::path::PathBuf;

use figment::Figment;
use figment::value::Value;

use super::fault::Fault;
use super::origin::{DEFAULTS, DEV, PREFIX, described, rank, variable};
use super::sources::Sources;
use super::value::Setting;
use super::{Entry, secret_file};
use crate::random::SystemRandom;
use crate::seal::MasterKey;

/// What is said of a key that nobody set.
pub(super) const MISSING: &str = "is missing";

/// Reads single keys out of the merged sources.
pub(super) struct Reader<'a> {
    pub(super) figment: &'a Figment,
    pub(super) defaults: Figment,
    pub(super) sources: &'a Sources,
    pub(super) entries: Vec<Entry>,
    pub(super) faults: Vec<Fault>,
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
        let made = match (section, key) {
            ("secrets", "master_key") => "make one with `openssl rand -base64 32` and ",
            _ => "",
        };
        Err(Fault {
            key: format!("{section}.{key}"),
            source: None,
            what: MISSING.to_owned(),
            remedy: format!(
                "{made}set it in the configuration file or as {variable}{files}; or try things out with --dev"
            ),
        })
    }
}
