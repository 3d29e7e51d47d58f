//! Follows, counts, searches and merges log files of any size.
//!
//! Plain std Rust with its own threads: no web, no async. Each module is usable
//! without the ones below it in this list.

#![forbid(unsafe_code)]

pub mod follow;
pub mod fs;
pub mod generation;
pub mod lineage;
