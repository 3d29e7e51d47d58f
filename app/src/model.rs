//! The page's logic without the page: plain values with tests.

pub mod address;
pub mod format;
pub mod goto;
pub mod screen;
