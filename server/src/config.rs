//! The configuration: read from command line, environment and file, checked as a whole, and
//! given with the origin of each value.
//!
//! [`gather`] does all of it. YAML and TOML become one tree (`tree`) that one walker (`read`)
//! turns into a [`File`]; [`resolve`] puts command line and environment over it. All faults are
//! collected; the first never hides the others.

mod address;
mod environment;
mod fault;
mod files;
mod keys;
mod load;
mod read;
mod read_files;
#[cfg(test)]
mod read_tests;
mod reference;
mod report;
mod resolve;
mod secret;
#[cfg(test)]
mod tests;
mod toml_tree;
mod tree;
mod value;
mod web;
mod yaml_tree;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

pub use address::{Bind, Cidr, Host};
pub use environment::Environment;
pub use fault::{Fault, Place};
pub use files::FileEntry;
pub use keys::{LIMITS, Limit};
pub use load::{load, locate};
pub use read::File;
pub use reference::REFERENCE;
pub use report::check_report;
pub use resolve::resolve;
pub use secret::Secret;
pub use value::LogFormat;
pub use web::{AllowOrigin, PublicUrl, Scheme, WebOrigin};

use crate::args::Args;

/// What is odd but no reason not to start, a sentence each, lowercase without a final period.
pub type Warnings = Vec<String>;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    CommandLine,
    /// This environment variable.
    Environment(String),
    /// This line of the file, counted from 1.
    File(usize),
    /// Nothing named it.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine => f.write_str("command line"),
            Self::Environment(name) => f.write_str(name),
            Self::File(line) => write!(f, "line {line}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value that counts.
    pub value: T,
    /// Who said so.
    pub origin: Origin,
}

impl<T> Setting<T> {
    /// A value that nothing named.
    pub fn default_of(value: T) -> Self {
        Self {
            value,
            origin: Origin::Default,
        }
    }
}

/// The effective configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file it was read from, if any; lines of [`Origin::File`] are lines of it.
    pub file: Option<PathBuf>,
    /// The title of the page.
    pub title: Setting<String>,
    /// What to listen on; at least one, none twice.
    pub bind: Setting<Vec<Bind>>,
    /// The path under which everything is served, as `/x/`; `/` is the root.
    pub relative_root: Setting<String>,
    /// How people reach the server.
    pub public_urls: Setting<Vec<PublicUrl>>,
    /// Whose forwarded headers count.
    pub trusted_proxies: Setting<Vec<Cidr>>,
    /// Which other origins may call the API.
    pub allow_origin: Setting<AllowOrigin>,
    /// Whether files may be downloaded.
    pub allow_download: Setting<bool>,
    /// Whether the network is let in without token or login.
    pub insecure_no_auth: Setting<bool>,
    /// How many lines `tail` shows.
    pub tail_lines: Setting<u32>,
    /// The time zone of timestamps that name none; `None` is the system's.
    pub timezone: Setting<Option<String>>,
    /// Where state is kept; `None` leaves the choice to the program.
    pub state_dir: Setting<Option<PathBuf>>,
    /// Where what may be deleted is kept; `None` leaves the choice to the program.
    pub cache_dir: Setting<Option<PathBuf>>,
    /// The sources: those of the file, then the environment's, then the command line's.
    pub files: Vec<Setting<FileEntry>>,
    /// Every limit by name, defaults included; see [`Config::limit`].
    pub limits: BTreeMap<&'static str, Setting<u64>>,
    /// The token that the environment gave; `None` leaves it to the program to make one.
    pub token: Setting<Option<Secret>>,
    /// How the program's own log is written.
    pub log_format: Setting<LogFormat>,
    /// Whether to open the browser.
    pub open: Setting<bool>,
    /// Whether to end when the parent process does.
    pub exit_with_parent: Setting<bool>,
    /// Whether to serve the demonstration, beside any sources.
    pub demo: Setting<bool>,
}

impl Config {
    /// The limit of that name; `None` for a name that [`LIMITS`] does not have.
    pub fn limit(&self, name: &str) -> Option<u64> {
        self.limits.get(name).map(|setting| setting.value)
    }

    /// Whether every address is reached from this machine only.
    pub fn is_loopback_only(&self) -> bool {
        self.bind.value.iter().all(Bind::is_loopback)
    }
}

/// Finds and reads the file, and resolves it with command line and environment.
///
/// # Errors
///
/// Every fault of file, environment and command line; the program then ends with
/// [`crate::args::EXIT_USAGE`].
pub fn gather(args: &Args, environment: &Environment) -> Result<(Config, Warnings), Vec<Fault>> {
    let Some(path) = locate(args, environment) else {
        return resolve(args, environment, None);
    };
    match load(&path) {
        Ok(file) => resolve(args, environment, Some(&file)),
        Err(mut faults) => {
            // An empty file stands in, so that faults elsewhere are named in the same run.
            let stand_in = File::default();
            let others = resolve::resolve_with(args, environment, Some(&stand_in), true);
            faults.extend(others.err().unwrap_or_default());
            Err(faults)
        }
    }
}
