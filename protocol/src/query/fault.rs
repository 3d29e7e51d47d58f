//! What can be wrong with a query.

use std::fmt;

use thiserror::Error;

use crate::problem::Problem;

/// A query that cannot be understood: where, and what was expected there.
///
/// ```
/// use protocol::query::{Expected, parse};
///
/// let fault = parse(r#"disk "full"#).unwrap_err();
/// assert_eq!(fault.position, 5);
/// assert_eq!(fault.expected, Expected::ClosingQuote);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{expected}")]
pub struct Fault {
    /// 0-based, in characters of `q`: the first one of what is wrong.
    pub position: usize,
    /// What would have been right.
    pub expected: Expected,
}

pub(super) fn fault(position: usize, expected: Expected) -> Fault {
    Fault { position, expected }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::BadQuery {
            // No text is longer than `u64` counts.
            position: u64::try_from(fault.position).unwrap_or(u64::MAX),
            expected: fault.expected.to_string(),
        }
    }
}

/// What a query lacks, so that the page can say it in its reader's language;
/// formatted, it says so in English.
///
/// ```
/// use protocol::query::Expected;
///
/// assert_eq!(Expected::TermBeforeOr.to_string(), "expected a term before `OR`");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expected {
    /// A `"` that ends the phrase which begins here.
    ClosingQuote,
    /// Text between two quotation marks.
    TextInPhrase,
    /// A `)` that ends the group which begins here.
    ClosingParenthesis,
    /// A `(` before the `)` which stands here.
    OpeningParenthesis,
    /// A term between two parentheses.
    TermInParentheses,
    /// A term before the `OR` which stands here.
    TermBeforeOr,
    /// A term after the `OR` which stands here.
    TermAfterOr,
    /// A term after the `NOT` or `-` which stands here.
    TermAfterNot,
    /// An expression of at most [`PATTERN_BYTES_MAX`](super::PATTERN_BYTES_MAX).
    ShorterExpression,
    /// At most [`NESTING_MAX`](super::NESTING_MAX) groups and negations in each other.
    LessNesting,
    /// The name of a level.
    LevelName,
    /// A date, perhaps with a time.
    Date,
    /// A span of time, or a date.
    SpanOrDate,
    /// A `:` after `since`, not an order.
    ColonAfterSince,
    /// A value that has an order, not `*` and not an expression.
    OrderedValue,
}

impl Expected {
    fn sentence(self) -> &'static str {
        match self {
            Self::ClosingQuote => "expected a closing `\"` for this one",
            Self::TextInPhrase => "expected text between the quotation marks",
            Self::ClosingParenthesis => "expected a `)` that closes this `(`",
            Self::OpeningParenthesis => {
                "expected a `(` before this `)`; to find a parenthesis, put it in quotation marks"
            }
            Self::TermInParentheses => "expected a term between the parentheses",
            Self::TermBeforeOr => "expected a term before `OR`",
            Self::TermAfterOr => "expected a term after `OR`",
            Self::TermAfterNot => "expected a term after `NOT` or `-`",
            Self::ShorterExpression => "expected an expression of at most 4096 bytes",
            Self::LessNesting => "expected at most 50 groups and negations in each other",
            Self::LevelName => "expected a level: trace, debug, info, warn, error or fatal",
            Self::Date => "expected a date such as 2026-11-22 or 2026-11-22T10:00:00Z",
            Self::SpanOrDate => {
                "expected a span such as 30s, 15m, 2h, 7d or 1w, or a date such as 2026-11-22"
            }
            Self::ColonAfterSince => "expected `:` after `since`",
            Self::OrderedValue => {
                "expected a number or text; `*` and expressions go with `:`, `=` and `!=`"
            }
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}
