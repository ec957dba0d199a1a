//! The transport of `--dev`: mails become files that any mail program opens, and show up on the terminal.
//!
//! It prints codes and passwords on purpose, so it must never serve a real deployment. Start at [`Folder`].

use std::io::Write;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use tokio::io::AsyncWriteExt;

use super::transport::{Outgoing, SendError, Transport};

/// Writes each mail to a folder as `<time>-<template>-<recipient>.eml`.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    prints: bool,
}

impl Folder {
    /// Writes to the folder `path`, made when first needed, and prints each mail to the standard output.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Folder {
            path: path.into(),
            prints: true,
        }
    }

    /// The same without printing.
    pub fn quiet(path: impl Into<PathBuf>) -> Self {
        Folder {
            path: path.into(),
            prints: false,
        }
    }
}

#[async_trait]
impl Transport for Folder {
    async fn send(&self, outgoing: &Outgoing) -> Result<(), SendError> {
        let bytes = outgoing.message()?.formatted();
        write(&self.path, &file_name(outgoing), &bytes)
            .await
            .map_err(|error| SendError::Transient(format!("{}: {error}", self.path.display())))?;
        if self.prints {
            // A closed terminal must not stop the mails.
            let _ = std::io::stdout().lock().write_all(block(outgoing).as_bytes());
        }
        Ok(())
    }
}

/// The name begins with the time, so that a listing is in order, and has no character that a shell or path minds.
fn file_name(outgoing: &Outgoing) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || "@.+-_".contains(c) {
            c
        } else {
            '_'
        }
    };
    let to: String = outgoing.to.as_str().chars().map(safe).take(100).collect();
    format!(
        "{}-{}-{to}.eml",
        outgoing.date.format("%Y%m%dT%H%M%S%.6fZ"),
        outgoing.composed.template
    )
}

/// Writes beside the target and renames, so that nobody ever reads half a mail. Only the owner may read it.
async fn write(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    tokio::fs::create_dir_all(folder).await?;
    let draft = folder.join(format!(".{name}.draft"));
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.open(&draft).await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    tokio::fs::rename(&draft, folder.join(name)).await
}

/// The mail as a person reads it on a terminal.
fn block(outgoing: &Outgoing) -> String {
    let text = outgoing.composed.text.trim_end().replace('\n', "\n│ ");
    let subject = &outgoing.composed.subject;
    format!("\n┌─ mail to {}\n│ {subject}\n├─\n│ {text}\n└─\n", outgoing.to.as_str())
}
