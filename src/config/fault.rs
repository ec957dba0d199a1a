//! What is wrong with a configuration, said so that it can be put right: which key, where it was set, what to do.

use std::fmt;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `section.key`, or the name of a file or variable.
    pub key: String,
    /// Where the value came from, if there is one.
    pub source: Option<String>,
    /// What is wrong. Never holds a secret.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.key)?;
        if let Some(source) = self.source.as_ref().filter(|source| *source != "default") {
            write!(f, " (from {source})")?;
        }
        write!(f, " {}", self.what)?;
        if !self.remedy.is_empty() {
            write!(f, "\n    -> {}", self.remedy)?;
        }
        Ok(())
    }
}

/// A configuration that can't be used, with everything that is wrong with it.
#[derive(Debug, thiserror::Error)]
pub struct ConfigError {
    /// At least one.
    pub faults: Vec<Fault>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.faults.len() {
            1 => writeln!(f, "the configuration has a fault:")?,
            n => writeln!(f, "the configuration has {n} faults:")?,
        }
        for fault in &self.faults {
            writeln!(f, "  {fault}")?;
        }
        Ok(())
    }
}
