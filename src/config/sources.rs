//! Where a configuration comes from. This is the one place that reads the environment. Start at [`Sources::of_process`].

use std::path::PathBuf;

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
