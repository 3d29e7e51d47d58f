//! Why there is no result. A missed target is none of these.

use std::{fmt, io};

/// Why the benchmark ended early.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The command line is wrong; empty for `--help`.
    Usage(String),
    /// Something that has to work did not, with its cause.
    Failed(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(what) | Self::Failed(what) => f.write_str(what),
        }
    }
}

/// Says what could not be done, for `map_err`.
pub(crate) fn failed(what: impl fmt::Display) -> impl FnOnce(io::Error) -> Fault {
    move |cause| Fault::Failed(format!("{what}: {cause}"))
}
