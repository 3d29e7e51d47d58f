//! What can be viewed, and in which state it is.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::line::GenerationId;

/// Names one source for as long as its path is configured, across restarts.
///
/// Opaque: only the engine's catalog turns it into a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(pub String);

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where the lines of a source come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// A file, or a rotated set of files.
    File,
}

/// What can be said of a source at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceState {
    /// It is there and what is appended to it is shown.
    Following,
    /// Nothing is at its path now; it is waited for.
    Missing,
    /// It is there and cannot be read; `Source::detail` says why.
    Unreadable,
    /// Its first bytes are not text; it is shown on request only.
    Binary,
    /// Its network or overlay mount stopped answering.
    Stale,
    /// It will not grow any more.
    Ended,
}

/// One thing that can be viewed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Names it in requests.
    pub id: SourceId,
    /// What people call it; unique in the catalog.
    pub name: String,
    /// The heading it stands under; empty when it has none.
    pub group: String,
    /// Where its lines come from.
    pub kind: SourceKind,
    /// The path as found, with what is not UTF-8 replaced.
    pub path: String,
    /// Labels from the configuration and from the path.
    pub labels: BTreeMap<String, String>,
    /// What can be said of it now.
    pub state: SourceState,
    /// The reason of `state`, for a person; empty when there is none.
    pub detail: String,
    /// Bytes in its newest generation.
    pub size: u64,
    /// When it last changed, RFC 3339 in UTC; `None` while it is missing.
    pub modified: Option<String>,
    /// Lines in its newest generation; `None` until they are counted.
    pub lines: Option<u64>,
    /// Its generations, oldest first.
    pub generations: Vec<GenerationSummary>,
}

/// One continuous content of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationSummary {
    /// Names it in places, cursors and `generation=`.
    pub id: GenerationId,
    /// The path it is read from; empty once nothing names it any more.
    pub path: String,
    /// Bytes on disk.
    pub size: u64,
}
