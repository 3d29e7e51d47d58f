//! The words that both ends of tailon use: what a source, a line, a window and
//! a query are, and how they travel.
//!
//! Nothing here reads a file, a clock or a socket, and everything builds for
//! the browser. Numbers on the wire are `u64`, because `usize` differs between
//! the two ends.

#![forbid(unsafe_code)]

pub mod event;
pub mod frame;
pub mod line;
pub mod live;
pub mod problem;
pub mod query;
pub mod source;
pub mod window;

pub use event::{Event, EventKind, Gap};
pub use line::{GenerationId, Level, Line, Place};
pub use problem::Problem;
pub use query::Query;
pub use source::{Source, SourceId, SourceKind, SourceState};
pub use window::{Anchor, Look, Row, Window};
