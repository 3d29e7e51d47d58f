//! The query language: what a search box and `q` mean.

/// A parsed query.
pub type Query = ();
