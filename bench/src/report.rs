//! What a run has found so far.

use crate::table::Row;

/// The rows, and what was wrong.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// In the order of the table.
    pub(crate) rows: Vec<Row>,
    /// Every answer that was not the right one: a time counts only without any.
    pub(crate) wrong: Vec<String>,
}

impl Report {
    /// Notes it when two values that have to be equal are not.
    pub(crate) fn expect<T: PartialEq + std::fmt::Debug>(
        &mut self,
        what: &str,
        got: &T,
        expected: &T,
    ) {
        if got != expected {
            self.wrong
                .push(format!("{what}: expected {expected:?}, got {got:?}"));
        }
    }
}

/// Says on standard error what happens now.
pub(crate) fn progress(what: &str) {
    eprintln!("bench: {what}");
}
