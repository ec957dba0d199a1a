//! The sources of values, merged: defaults, what follows from others, file, environment, flags. Of each value it stays known
//! where it came from. Unknown keys are found here too.

use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::fault::Fault;
use super::origin::{DERIVED, DEV, ENVIRONMENT, FILE, FLAG, PREFIX, described, variable};
use super::sections::KNOWN;
use super::sources::Sources;

/// One source of values.
pub(super) struct Layer {
    name: &'static str,
    place: Option<String>,
    values: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        let metadata = Metadata::named(self.name);
        match &self.place {
            Some(place) => metadata.source(place.as_str()),
            None => metadata,
        }
    }
    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

pub(super) fn merged(mut figment: Figment, sources: &Sources, faults: &mut Vec<Fault>) -> Figment {
    if sources.dev {
        let values = dict(&serde_json::json!({ "mail": { "transport": "folder" } }));
        figment = figment.merge(Layer {
            name: DEV,
            place: None,
            values,
        });
    }
    if let Some(path) = &sources.file {
        let shown = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => figment = figment.merge(toml_layer(FILE, Some(shown.clone()), &text, &shown, faults)),
            Err(error) => faults.push(Fault {
                key: shown,
                source: None,
                what: format!("can't be read: {error}"),
                remedy: "give an existing TOML file with --config or ROSTER_CONFIG".to_owned(),
            }),
        }
    }
    let environment = Layer {
        name: ENVIRONMENT,
        place: None,
        values: environment(&sources.environment, faults),
    };
    figment.merge(environment).merge(Layer {
        name: FLAG,
        place: None,
        values: dict(&sources.flags),
    })
}

pub(super) fn toml_layer(
    name: &'static str,
    place: Option<String>,
    text: &str,
    shown: &str,
    faults: &mut Vec<Fault>,
) -> Layer {
    let table = text.parse::<toml::Table>().unwrap_or_else(|error| {
        // The error's own text quotes the line, and with it perhaps a secret: only the place and the reason are taken.
        let line = error
            .span()
            .map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        faults.push(Fault {
            key: shown.to_owned(),
            source: None,
            what: format!("isn't TOML, line {line}: {}", error.message()),
            remedy: "correct that line".to_owned(),
        });
        toml::Table::new()
    });
    Layer {
        name,
        place,
        values: dict(&table),
    }
}

/// Any value that serialises to a map, without its nulls.
fn dict(value: &impl serde::Serialize) -> Dict {
    let Ok(Value::Dict(_, mut dict)) = Value::serialize(value) else {
        return Dict::new();
    };
    for section in dict.values_mut() {
        if let Value::Dict(_, keys) = section {
            keys.retain(|_, value| !matches!(value, Value::Empty(..)));
        }
    }
    dict
}

/// `ROSTER_<SECTION>__<KEY>`. An empty variable counts as not set, as deployment files often pass one. Others with the
/// prefix are left alone (Kubernetes sets `ROSTER_PORT` and such for a service of this name), unless they are a known key
/// written with a single underscore.
fn environment(variables: &[(String, String)], faults: &mut Vec<Fault>) -> Dict {
    let mut sections = Dict::new();
    for (name, value) in variables.iter().filter(|(_, value)| !value.is_empty()) {
        let Some(rest) = name.strip_prefix(PREFIX) else {
            continue;
        };
        let Some((section, key)) = rest.split_once("__") else {
            let meant = KNOWN
                .iter()
                .flat_map(|(section, keys)| keys.iter().map(move |known| (section, known.key)))
                .find(|(section, key)| format!("{section}_{key}").eq_ignore_ascii_case(rest));
            if let Some((section, key)) = meant {
                faults.push(Fault {
                    key: name.clone(),
                    source: None,
                    what: "has a single underscore between section and key".to_owned(),
                    remedy: format!("write {}", variable(section, key)),
                });
            }
            continue;
        };
        let entry = sections
            .entry(section.to_ascii_lowercase())
            .or_insert_with(|| Value::from(Dict::new()));
        if let Value::Dict(_, keys) = entry {
            keys.insert(key.to_ascii_lowercase(), Value::from(value.as_str()));
        }
    }
    sections
}

/// Values that follow from others, below everything that was set.
pub(super) fn derived(figment: Figment, dev: bool) -> Figment {
    let text = |path: &str| figment.find_value(path).ok().and_then(|value| value.into_string());
    let mut values = serde_json::json!({});
    if dev {
        let folder = text("data.folder").unwrap_or_default();
        let port = text("server.http_listen")
            .and_then(|listen| listen.rsplit(':').next().map(str::to_owned))
            .unwrap_or_default();
        values["server"]["public_url"] = format!("http://localhost:{port}").into();
        if text("database.url_file").is_none() {
            values["database"]["url"] = format!("sqlite://{}/roster.db", folder.trim_end_matches('/')).into();
        }
    }
    let issuer = text("server.public_url").or_else(|| values["server"]["public_url"].as_str().map(str::to_owned));
    if let Some(issuer) = issuer {
        values["tokens"]["issuer"] = issuer.trim_end_matches('/').into();
    }
    figment.join(Layer {
        name: DERIVED,
        place: None,
        values: dict(&values),
    })
}

pub(super) fn unknown_keys(figment: &Figment, faults: &mut Vec<Fault>) {
    let Ok(mut profiles) = figment.data() else { return };
    for (section, value) in profiles.remove(&Profile::Default).unwrap_or_default() {
        let Some((_, keys)) = KNOWN.iter().find(|(known, _)| *known == section) else {
            let tag = value
                .as_dict()
                .and_then(|dict| dict.values().next())
                .map_or(value.tag(), Value::tag);
            let source = figment
                .get_metadata(tag)
                .map(|metadata| described(metadata, &section, ""));
            let remedy = closest(&section, KNOWN.iter().map(|(known, _)| (*known).to_owned()));
            let remedy = if section == "dev" {
                "--dev is only a flag: remove it".to_owned()
            } else {
                remedy
            };
            faults.push(Fault {
                key: section,
                source,
                what: "is not a known section".to_owned(),
                remedy,
            });
            continue;
        };
        let Value::Dict(_, values) = value else {
            faults.push(Fault {
                key: section.clone(),
                source: None,
                what: "is not a section".to_owned(),
                remedy: format!("write [{section}] and its keys below"),
            });
            continue;
        };
        let names: Vec<String> = keys
            .iter()
            .flat_map(|known| {
                std::iter::once(known.key.to_owned()).chain(known.secret.then(|| format!("{}_file", known.key)))
            })
            .collect();
        for (key, value) in values.into_iter().filter(|(key, _)| !names.contains(key)) {
            let source = figment
                .get_metadata(value.tag())
                .map(|metadata| described(metadata, &section, &key));
            let remedy = closest(&key, names.iter().cloned());
            faults.push(Fault {
                key: format!("{section}.{key}"),
                source,
                what: "is not a known key".to_owned(),
                remedy,
            });
        }
    }
}

fn closest(given: &str, known: impl Iterator<Item = String>) -> String {
    known
        .min_by_key(|name| distance(given, name))
        .map_or_else(String::new, |name| format!("did you mean {name}?"))
}

/// The edits (insert, delete, replace) that lead from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.bytes().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, to) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
