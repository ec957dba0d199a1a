//! Secrets that lie in files: those named by `<key>_file`, and the master key that `--dev` makes for itself.
//!
//! The content goes into a [`Secret`] and into no message.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::random::SystemRandom;
use crate::seal::MasterKey;
use crate::secret::Secret;

/// What is wrong with a file, and what to do.
type Refusal = (String, String);

/// More than any secret; a wrong path (a log, a device) is noticed and not read in.
const MOST: u64 = 64 * 1024;

/// Reads a secret from a file and trims it. Outside development a file that everyone may read is refused.
pub(super) fn read(path: &Path, dev: bool) -> Result<Secret, Refusal> {
    let shown = path.display();
    let about = fs::metadata(path).map_err(|error| {
        (
            format!("names {shown}, which can't be read: {error}"),
            "name a file that this user may read".to_owned(),
        )
    })?;
    if !about.is_file() || about.len() > MOST {
        return Err((
            format!("names {shown}, which isn't a file with a secret"),
            "name a file that holds nothing but the secret".to_owned(),
        ));
    }
    if !dev && about.permissions().mode() & 0o004 != 0 {
        return Err((
            format!("names {shown}, which every user of this machine may read"),
            format!("chmod 600 {shown} (in Kubernetes: defaultMode: 0400 of the secret's volume)"),
        ));
    }
    let content = fs::read_to_string(path).map_err(|error| {
        (
            format!("names {shown}, which can't be read: {error}"),
            "name a text file that this user may read".to_owned(),
        )
    })?;
    Ok(Secret::new(content.trim().to_owned()))
}

/// The master key of a development folder, made there if it may be, for its owner's eyes only. Where it may not be made, the
/// key is a passing one. Also says where the key is from.
pub(super) fn development_key(folder: &Path, may_create: bool) -> Result<(String, Secret), String> {
    let path = folder.join("master.key");
    let shown = path.display().to_string();
    match fs::read_to_string(&path) {
        Ok(key) => return Ok((shown, Secret::new(key.trim().to_owned()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(format!("can't be read from {shown}: {error}")),
    }
    let key = MasterKey::generate(&SystemRandom).to_base64();
    if !may_create {
        return Ok((format!("{shown}, made on the first start"), key));
    }
    let write = || {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // create_new: of two processes that start at once, one makes the key and the other stops, rather than both going
        // on with different keys.
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        file.write_all(key.expose().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    };
    write().map_err(|error: io::Error| format!("can't be made at {shown}: {error}"))?;
    Ok((shown, key))
}
