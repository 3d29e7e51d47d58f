//! What happened to a source, and bytes that cannot be shown.

use serde::{Deserialize, Serialize};

use crate::{line::GenerationId, source::SourceId};

/// Something that happened to a source. Travels beside the lines, so that no
/// text of a log can pass for one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The source it happened to.
    pub source: SourceId,
    /// What happened.
    pub kind: EventKind,
    /// When it was noticed, RFC 3339 in UTC.
    pub time: String,
    /// More about it, for a person; may be empty.
    pub detail: String,
}

/// What can happen to a source, in tail's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// A file came to be at its path.
    Appeared,
    /// Nothing is at its path any more.
    Removed,
    /// The file was moved away and a new one took its place.
    Rotated,
    /// The file was emptied and may be written again.
    Truncated,
    /// Bytes that had been read changed.
    Rewritten,
    /// Another file took its place and the old one is gone, or a link was
    /// pointed elsewhere.
    Replaced,
    /// It can no longer be read.
    Unreadable,
    /// It can be read again.
    Readable,
    /// It is not text.
    Binary,
    /// Changes are found by looking, because the system reports none.
    Polling,
}

impl EventKind {
    /// The word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Appeared => "appeared",
            Self::Removed => "removed",
            Self::Rotated => "rotated",
            Self::Truncated => "truncated",
            Self::Rewritten => "rewritten",
            Self::Replaced => "replaced",
            Self::Unreadable => "unreadable",
            Self::Readable => "readable",
            Self::Binary => "binary",
            Self::Polling => "polling",
        }
    }
}

/// Bytes that existed and cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The source they belonged to.
    pub source: SourceId,
    /// The generation they belonged to.
    pub generation: GenerationId,
    /// Offset of the first missing byte.
    pub from: u64,
    /// Offset behind the last missing byte; `None` where nothing can tell.
    pub to: Option<u64>,
    /// How many bytes are missing, where known.
    pub bytes: Option<u64>,
    /// How many lines are missing, where known.
    pub lines: Option<u64>,
    /// Why, for a person.
    pub reason: String,
}
