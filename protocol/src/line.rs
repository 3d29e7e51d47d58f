//! One line as the API gives it, and what identifies it.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::source::SourceId;

/// Names one continuous content of a source. Sixteen hexadecimal digits on the
/// wire, because JavaScript's numbers end at 2^53.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GenerationId(pub u64);

impl fmt::Display for GenerationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for GenerationId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(text, 16).map(Self)
    }
}

impl Serialize for GenerationId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GenerationId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// The identity of a line inside a view: it never changes, whatever is
/// appended, filtered or rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The generation it stands in.
    pub generation: GenerationId,
    /// Bytes before its first one in that generation.
    pub offset: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.generation, self.offset)
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (generation, offset) = text.split_once('.').ok_or(())?;
        Ok(Self {
            generation: generation.parse().map_err(|_| ())?,
            offset: offset.parse().map_err(|_| ())?,
        })
    }
}

/// How bad a line says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The finest detail.
    Trace,
    /// For whoever is looking for a fault.
    Debug,
    /// What happens normally.
    Info,
    /// Unusual, and dealt with.
    Warn,
    /// Something failed.
    Error,
    /// The program could not go on.
    Fatal,
}

impl Level {
    /// Every level, the least bad first.
    pub const ALL: [Self; 6] = [
        Self::Trace,
        Self::Debug,
        Self::Info,
        Self::Warn,
        Self::Error,
        Self::Fatal,
    ];

    /// The word that queries and the API use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

/// One line, as `/lines` and `/follow` give it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The source it stands in.
    pub source: SourceId,
    /// The generation of that source.
    pub generation: GenerationId,
    /// Bytes before its first one in that generation.
    pub offset: u64,
    /// Its 1-based number in that generation; `None` where not known exactly.
    pub number: Option<u64>,
    /// Resumes right behind this line.
    pub cursor: String,
    /// The time it shows, RFC 3339; `None` where it shows none.
    pub time: Option<String>,
    /// The level it shows.
    pub level: Option<Level>,
    /// Its text without the line ending; what was not UTF-8 is U+FFFD.
    pub text: String,
    /// Bytes at the end of a very long line that are not in `text`.
    pub omitted_bytes: u64,
    /// True while its newline is missing.
    pub partial: bool,
    /// What the query matched: half-open ranges in bytes of `text`.
    pub matches: Vec<(u64, u64)>,
    /// The fields it shows, where they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<BTreeMap<String, String>>,
}
