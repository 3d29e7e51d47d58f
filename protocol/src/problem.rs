//! What can go wrong in a way that a person can understand and act on.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A refusal, for the page and for the API alike.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// No source has this id or name.
    #[error("no source is called `{name}`")]
    UnknownSource {
        /// As it was asked for.
        name: String,
    },
    /// The query cannot be understood.
    #[error("{expected}")]
    BadQuery {
        /// 0-based, in characters of `q`.
        position: u64,
        /// What would have been right, as a sentence.
        expected: String,
    },
    /// A parameter has a value that it cannot have.
    #[error("`{name}`: {expected}")]
    BadParameter {
        /// Its name in the request.
        name: String,
        /// What would have been right.
        expected: String,
    },
    /// The source is there and cannot be read now.
    #[error("cannot read `{name}`: {reason}")]
    Unreadable {
        /// The source's name.
        name: String,
        /// Why.
        reason: String,
    },
    /// The subject may not do this.
    #[error("not allowed: {reason}")]
    NotAllowed {
        /// What is missing, and who can grant it.
        reason: String,
    },
    /// Known to the contract, and not built into this version.
    #[error("{what} is not supported yet")]
    NotSupported {
        /// The feature.
        what: String,
    },
    /// A limit is reached.
    #[error("too many {what}: the limit is {limit}")]
    TooMany {
        /// What there are too many of.
        what: String,
        /// How many there may be.
        limit: u64,
    },
    /// The cause is in the server's log.
    #[error("the server could not do this; its log says why")]
    Unavailable,
}

impl Problem {
    /// The HTTP status that says the same.
    pub fn status(&self) -> u16 {
        match self {
            Self::UnknownSource { .. } => 404,
            Self::BadQuery { .. } | Self::BadParameter { .. } => 400,
            Self::Unreadable { .. } => 409,
            Self::NotAllowed { .. } => 403,
            Self::NotSupported { .. } => 501,
            Self::TooMany { .. } => 429,
            Self::Unavailable => 500,
        }
    }

    /// A short name that is the same for every occurrence.
    pub fn title(&self) -> &'static str {
        match self {
            Self::UnknownSource { .. } => "unknown source",
            Self::BadQuery { .. } => "wrong query",
            Self::BadParameter { .. } => "wrong parameter",
            Self::Unreadable { .. } => "unreadable source",
            Self::NotAllowed { .. } => "not allowed",
            Self::NotSupported { .. } => "not supported yet",
            Self::TooMany { .. } => "too many",
            Self::Unavailable => "unavailable",
        }
    }

    /// Where in the input the fault is: 0-based, in characters.
    pub fn position(&self) -> Option<u64> {
        match self {
            Self::BadQuery { position, .. } => Some(*position),
            _ => None,
        }
    }
}
