//! The programs beside which we are measured.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    fault::{Fault, failed},
    server::processor_time,
};

/// The programs that are there.
#[derive(Clone, Debug)]
pub(crate) struct Peers {
    /// ripgrep.
    pub(crate) rg: Option<PathBuf>,
    /// GNU grep.
    pub(crate) grep: Option<PathBuf>,
    /// `wc`.
    pub(crate) wc: Option<PathBuf>,
    /// `tail`.
    pub(crate) tail: Option<PathBuf>,
    /// What each says of its version, or that it is absent.
    pub(crate) versions: Vec<String>,
}

/// What one run of a program gave.
#[derive(Debug)]
pub(crate) struct Ran {
    /// From its start to its end.
    pub(crate) wall: Duration,
    /// Processor time, in ticks of 10 ms.
    pub(crate) cpu: Duration,
    /// Its standard output, through a pipe: grep stops early on `/dev/null`.
    pub(crate) output: Vec<u8>,
}

impl Peers {
    /// Looks for all of them.
    pub(crate) fn find(rg: Option<&Path>) -> Self {
        let mut versions = Vec::new();
        let mut look = |name: &str, path: &Path| {
            let version = version(path);
            versions.push(
                version
                    .clone()
                    .unwrap_or_else(|| format!("{name} is absent")),
            );
            version.map(|_| path.to_owned())
        };
        let rg = look("ripgrep", rg.unwrap_or(Path::new("rg")));
        let grep = look("grep", Path::new("grep"));
        let wc = look("wc", Path::new("wc"));
        let tail = look("tail", Path::new("tail"));
        Self {
            rg,
            grep,
            wc,
            tail,
            versions,
        }
    }
}

/// The first line that a program says to `--version`; `None` when it is absent.
pub(crate) fn version(program: &Path) -> Option<String> {
    let output = Command::new(program)
        .arg("--version")
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(str::to_owned)
}

/// Runs a program on a file to its end. Exit code 1 is how the greps say that
/// nothing matched.
pub(crate) fn run(program: &Path, arguments: &[&str], file: &Path) -> Result<Ran, Fault> {
    let mut command = Command::new(program);
    command.args(arguments).arg(file).env("LC_ALL", "C");
    command
        .env_remove("RIPGREP_CONFIG_PATH")
        .env_remove("GREP_OPTIONS")
        .stdin(Stdio::null());
    let name = program.display();
    let before = children_time();
    let started = Instant::now();
    let output = command
        .output()
        .map_err(failed(format!("cannot run `{name}`")))?;
    let wall = started.elapsed();
    if !matches!(output.status.code(), Some(0 | 1)) {
        let said = String::from_utf8(output.stderr).unwrap_or_default();
        return Err(Fault::Failed(format!("`{name}` failed: {said}")));
    }
    Ok(Ran {
        wall,
        cpu: children_time().saturating_sub(before),
        output: output.stdout,
    })
}

impl Ran {
    /// The number at the start of the output; nothing at all is none.
    pub(crate) fn number(&self) -> Option<u64> {
        let text = std::str::from_utf8(&self.output).ok()?;
        text.split_whitespace()
            .next()
            .map_or(Some(0), |word| word.parse().ok())
    }
}

/// Processor time of all children that have ended.
fn children_time() -> Duration {
    processor_time("/proc/self/stat", [13, 14])
}
