//! Reads every key from the merged sources (`layers.rs`), collecting all faults. Start at
//! [`Config::load`](super::Config::load).

use figment::Figment;

use super::fault::ConfigError;
use super::layers::{derived, merged, toml_layer, unknown_keys};
use super::origin::DEFAULTS;
use super::reader::{MISSING, Reader};
use super::sections::Sections;
use super::sources::Sources;
use super::{Config, DEFAULT, check};

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
