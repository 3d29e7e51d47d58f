//! Follows, counts, searches and merges log files of any size.
//!
//! Plain std Rust with its own threads: no web, no async. Each module is usable
//! without the ones below it in this list.

#![forbid(unsafe_code)]

pub mod limits;

pub mod fs;

pub mod generation;

pub mod lineage;

pub mod follow;

pub mod archive;
pub mod catalog;

pub mod bell;
pub mod counts;
pub mod filter;
pub mod scan;
pub mod stamp;
pub mod text;

pub mod index;
pub mod lines;
pub mod registry;
pub mod view;
