//! What the documents say is true: the methods, paths and settings that they name exist. A missing document fails.

use crate::contract::Contract;
use crate::sources::{exists, hold, read};
use std::collections::BTreeSet;

const DOCUMENTS: &[&str] = &["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];

/// What stands between backticks, in text and in fenced blocks alike line by line.
fn quoted(text: &str) -> Vec<(usize, String)> {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("```"));
    lines
        .flat_map(|(number, line)| {
            line.split('`')
                .skip(1)
                .step_by(2)
                .map(move |t| (number + 1, t.to_owned()))
        })
        .collect()
}

/// The settings of the default configuration, `section.key`, those without a default too.
fn settings() -> BTreeSet<String> {
    let (mut section, mut found) = (String::new(), BTreeSet::new());
    for line in read("src/config/config.default.toml").lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name.to_owned();
            continue;
        }
        let key = line.trim_start_matches("# ").split(" =").next().unwrap_or_default();
        let word = !key.is_empty()
            && key
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if word && line.contains(" =") && !section.is_empty() {
            found.insert(format!("{section}.{key}"));
        }
    }
    assert!(found.len() > 30, "{found:?}");
    found
}

/// `section.key` of a section that exists, also as a variable of the environment or as the name of a file with a secret.
fn setting_named(word: &str, sections: &BTreeSet<&str>) -> Option<String> {
    let variable = word
        .strip_prefix("ROSTER_")
        .and_then(|rest| rest.split('=').next()?.split_once("__"));
    let (section, key) = match variable {
        Some((section, key)) => (section.to_lowercase(), key.to_lowercase()),
        None => {
            let (section, key) = word.split(['=', ' ']).next()?.split_once('.')?;
            (section.to_owned(), key.to_owned())
        }
    };
    let plain = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    (plain && (sections.contains(section.as_str()) || variable.is_some())).then(|| format!("{section}.{key}"))
}

#[test]
fn the_documents_are_there() {
    let missing = DOCUMENTS
        .iter()
        .filter(|name| !exists(name) || read(name).trim().len() < 200);
    let faults: Vec<String> = missing
        .map(|name| format!("{name} is missing or says nothing"))
        .collect();
    hold("documents", DOCUMENTS.len(), &faults);
}

#[test]
fn every_call_in_the_documents_has_a_method() {
    let methods: BTreeSet<String> = Contract::load()
        .methods()
        .iter()
        .map(|method| format!("{}/{}", method.parent_service().full_name(), method.name()))
        .collect();
    let (mut calls, mut faults) = (0, vec![]);
    for name in DOCUMENTS.iter().chain(&["deploy/README.md"]) {
        let text = read(name);
        // A call may be continued over lines.
        for (number, line) in text.lines().enumerate() {
            for word in line
                .split([' ', '`', '\'', '"', ')', '\\'])
                .filter(|word| word.starts_with("roster.") && word.contains("Service/"))
            {
                calls += 1;
                if !methods.contains(word) {
                    faults.push(format!("{name}:{}: there is no {word}", number + 1));
                }
            }
        }
    }
    hold("calls", calls, &faults);
}

#[test]
fn every_path_in_the_documents_exists() {
    const FOLDERS: &[&str] = &[
        "src", "tests", "proto", "presets", "deploy", "scripts", "build", "benches", ".ci",
    ];
    let (mut paths, mut faults) = (0, vec![]);
    for name in DOCUMENTS {
        for (line, word) in quoted(&read(name)) {
            let path = word.split(['#', ':']).next().unwrap_or_default().trim_end_matches('/');
            let ours = FOLDERS.iter().any(|folder| path.starts_with(&format!("{folder}/")));
            // A pattern such as `src/store/*.rs` or `tests/it/<resource>.rs` names no file.
            if !ours || path.contains(['*', '<', '{', '…', ' ']) {
                continue;
            }
            paths += 1;
            if !exists(path) {
                faults.push(format!("{name}:{line}: there is no {path}"));
            }
        }
    }
    hold("paths", paths, &faults);
}

#[test]
fn every_file_that_architecture_lists_without_a_folder_exists() {
    let sources = [
        "src/",
        "src/app/",
        "src/auth/",
        "src/rpc/",
        "src/store/",
        "src/domain/",
        "src/cli/",
        "src/worker/",
        "tests/it/",
        "build/",
        "src/mail/",
        "src/config/",
        "",
    ];
    let mut faults = vec![];
    let words = quoted(&read("ARCHITECTURE.md"));
    let files = words.iter().filter(|(_, word)| {
        let is_file = [".rs", ".toml", ".proto", ".md"]
            .iter()
            .any(|ending| word.ends_with(ending));
        is_file && !word.contains(['*', '<', '{', '…', ' '])
    });
    for (line, file) in files.clone() {
        if !sources.iter().any(|folder| exists(&format!("{folder}{file}"))) {
            faults.push(format!("ARCHITECTURE.md:{line}: there is no {file}"));
        }
    }
    hold("files", files.count(), &faults);
}

#[test]
fn every_setting_in_the_documents_exists() {
    let settings = settings();
    let sections: BTreeSet<&str> = settings
        .iter()
        .filter_map(|setting| setting.split('.').next())
        .collect();
    let (mut named, mut faults) = (0, vec![]);
    for name in DOCUMENTS.iter().chain(&["deploy/README.md"]) {
        let text = read(name);
        let variables = text
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .filter(|w| w.starts_with("ROSTER_") && w.contains("__"));
        let words = quoted(&text)
            .into_iter()
            .map(|(_, word)| word)
            .chain(variables.map(str::to_owned));
        for setting in words.filter_map(|word| setting_named(&word, &sections)) {
            named += 1;
            let known =
                settings.contains(&setting) || setting.strip_suffix("_file").is_some_and(|s| settings.contains(s));
            // A permission such as `members.add` looks the same; sections and modules of permissions share no name.
            if !known {
                faults.push(format!("{name}: there is no setting {setting}"));
            }
        }
    }
    hold("settings", named, &faults);
}
