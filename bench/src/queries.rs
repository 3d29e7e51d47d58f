//! What is looked for.

use crate::{data::NEEDLE, http::encode};

/// One thing to look for, in everybody's words.
pub(crate) struct Query {
    /// What the table calls it.
    pub(crate) name: &'static str,
    /// For us.
    pub(crate) q: &'static str,
    /// Whether `q` is one regular expression.
    pub(crate) is_regex: bool,
    /// For ripgrep.
    pub(crate) rg: &'static [&'static str],
    /// For GNU grep.
    pub(crate) grep: &'static [&'static str],
    /// What is wanted beside ripgrep's default and beside `--no-mmap`.
    pub(crate) targets: [f64; 2],
}

/// What is looked for. None follows from another, so each one is new to a
/// server that knows the others.
pub(crate) const QUERIES: [Query; 5] = [
    Query {
        name: "literal, no hits",
        q: "Absent-Literal-Zq",
        is_regex: false,
        rg: &["-F", "Absent-Literal-Zq"],
        grep: &["-F", "Absent-Literal-Zq"],
        targets: [3.0, 2.2],
    },
    Query {
        name: "literal, 1e-4",
        q: NEEDLE,
        is_regex: false,
        rg: &["-F", NEEDLE],
        grep: &["-F", NEEDLE],
        targets: [3.0, 2.2],
    },
    Query {
        name: "caseless literal, 1/4",
        q: "kube-probe",
        is_regex: false,
        rg: &["-i", "kube-probe"],
        grep: &["-i", "kube-probe"],
        targets: [2.2, 2.2],
    },
    Query {
        name: "` 50[03] `, 1/6",
        q: " 50[03] ",
        is_regex: true,
        rg: &[" 50[03] "],
        grep: &["-E", " 50[03] "],
        targets: [2.2, 2.2],
    },
    Query {
        name: "`[A-Za-z]{30}`",
        q: "[A-Za-z]{30}",
        is_regex: true,
        rg: &["[A-Za-z]{30}"],
        grep: &["-E", "[A-Za-z]{30}"],
        targets: [2.0, 2.0],
    },
];

impl Query {
    /// The query string.
    pub(crate) fn asked(&self) -> String {
        format!("q={}&regex={}", encode(self.q), self.is_regex)
    }
}
