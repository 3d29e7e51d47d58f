//! Why the engine could not answer.

use protocol::Problem;
use thiserror::Error;

use crate::generation::ReadFault;

/// Why the engine could not answer.
#[derive(Debug, Error)]
pub enum Error {
    /// The request cannot be answered as it is.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// A source cannot be read, or changes faster than it can be read.
    #[error(transparent)]
    Read(#[from] ReadFault),
    /// A thread, a watch or a directory could not be had at the start.
    #[error("cannot start: {0}")]
    Start(#[from] std::io::Error),
    /// Somebody gave up waiting.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// What a person is told; the cause stays in the log.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Problem(problem) => problem.clone(),
            Self::Read(_) | Self::Start(_) | Self::Cancelled => Problem::Unavailable,
        }
    }
}
