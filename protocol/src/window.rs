//! What a screen asks for, and what it is given.

use serde::{Deserialize, Serialize};

use crate::{
    event::EventKind,
    line::{Level, Place},
};

/// Where a window is to stand in its view.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// The first rows.
    Start,
    /// The last rows, and whatever comes.
    Tail,
    /// This row of the view, 0-based.
    Row(u64),
    /// The row behind this share of the view, from 0 to 1.
    Share(f64),
    /// This line of the newest generation, 1-based.
    Line(u64),
    /// The line that holds this place, or the first shown one behind it.
    Place(Place),
    /// The first line at or behind this time, in milliseconds since the epoch.
    Time(i64),
}

/// What a screen wants to see of a view.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Where to stand.
    pub anchor: Anchor,
    /// Rows wanted before the anchor.
    pub before: u32,
    /// Rows wanted from the anchor on, the anchored one included.
    pub after: u32,
    /// Bytes of text wanted of each row; the rest is counted as omitted.
    pub text_bytes: u32,
}

/// A number of rows that may not be known exactly yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The number, or the best estimate.
    pub value: u64,
    /// Whether `value` is exact.
    pub exact: bool,
}

/// The rows that a screen shows, and where they stand in the whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Rises whenever the view changes.
    pub version: u64,
    /// The look that this answers.
    pub look: u32,
    /// The rows, in the order of the view.
    pub rows: Vec<Row>,
    /// Index in `rows` of the row that the anchor named.
    pub anchor: u32,
    /// The 0-based row number of the first row.
    pub first: Tally,
    /// Rows in the whole view.
    pub total: Tally,
    /// Whether nothing stands before the first row.
    pub at_start: bool,
    /// Whether nothing stands behind the last row.
    pub at_end: bool,
    /// Share of the view before the first row, from 0 to 1.
    pub top: f64,
    /// Share of the view before the end of the last row, from 0 to 1.
    pub bottom: f64,
    /// Bytes in all sources of the view.
    pub bytes: u64,
    /// Bytes that the filter, or the line count, has gone through.
    pub scanned: u64,
    /// Lines in all sources of the view, filter or not.
    pub lines: Tally,
    /// Milliseconds between the newest write and this window, at most.
    pub lag_ms: u32,
}

/// What a row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// A line of a source.
    Line,
    /// Something that happened to the source at this place.
    Event(EventKind),
    /// Bytes that cannot be shown; `Row::omitted` counts them, 0 if unknown.
    Gap,
}

/// One row on the screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What it stands for.
    pub kind: RowKind,
    /// Index of its source in the view.
    pub source: u16,
    /// Its identity.
    pub place: Place,
    /// 1-based number of the line in its generation; `None` where not exact.
    pub number: Option<u64>,
    /// Milliseconds since the epoch, where the line shows a time.
    pub time_ms: Option<i64>,
    /// The level that the line shows.
    pub level: Option<Level>,
    /// True while its newline is missing.
    pub partial: bool,
    /// Bytes of the line that are not in `text`.
    pub omitted: u64,
    /// What to show, without control characters and line ending.
    pub text: String,
    /// How to show parts of `text`; in order, not overlapping.
    pub spans: Vec<Span>,
}

/// How a part of a row's text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Offset in `text` of its first byte.
    pub start: u32,
    /// Offset behind its last byte.
    pub end: u32,
    /// How to show it.
    pub style: Style,
}

/// A set of text attributes, packed: bits 0 to 6 are flags, bits 8 to 12 the
/// foreground and bits 16 to 20 the background (0 none, else a colour of the
/// sixteen of a terminal, plus 1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Style(pub u32);

impl Style {
    /// Matched by the query.
    pub const MATCH: u32 = 1;
    /// SGR 1.
    pub const BOLD: u32 = 1 << 1;
    /// SGR 2.
    pub const DIM: u32 = 1 << 2;
    /// SGR 3.
    pub const ITALIC: u32 = 1 << 3;
    /// SGR 4.
    pub const UNDERLINE: u32 = 1 << 4;
    /// SGR 7.
    pub const INVERSE: u32 = 1 << 5;
    /// SGR 9.
    pub const STRIKE: u32 = 1 << 6;

    /// Whether all bits of `flag` are set.
    pub fn has(self, flag: u32) -> bool {
        self.0 & flag == flag
    }

    /// The same with `flag` set.
    #[must_use]
    pub fn with(self, flag: u32) -> Self {
        Self(self.0 | flag)
    }

    /// The foreground, 0 to 15.
    pub fn foreground(self) -> Option<u8> {
        u8::try_from((self.0 >> 8) & 0x1f).ok()?.checked_sub(1)
    }

    /// The background, 0 to 15.
    pub fn background(self) -> Option<u8> {
        u8::try_from((self.0 >> 16) & 0x1f).ok()?.checked_sub(1)
    }

    /// The same with another foreground, 0 to 15.
    #[must_use]
    pub fn with_foreground(self, color: Option<u8>) -> Self {
        let bits = color.map_or(0, |color| u32::from(color & 15) + 1);
        Self(self.0 & !(0x1f << 8) | bits << 8)
    }

    /// The same with another background, 0 to 15.
    #[must_use]
    pub fn with_background(self, color: Option<u8>) -> Self {
        let bits = color.map_or(0, |color| u32::from(color & 15) + 1);
        Self(self.0 & !(0x1f << 16) | bits << 16)
    }
}
