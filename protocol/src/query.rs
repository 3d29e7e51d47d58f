//! The query language: what a search box and `q` mean.
//!
//! [`parse`] turns text into a [`Query`] or says where it is wrong and what was
//! expected there; formatting a `Query` gives text that parses to its
//! [normal form](Query::normal). [`highlight`] colors the same text.
//!
//! Terms that stand side by side must all match, `OR` between them asks for
//! either, `-a` and `NOT a` for the opposite, parentheses group. `NOT` binds
//! tighter than standing side by side, and that tighter than `OR`.
//!
//! Where the language leaves a choice, it is made so that text pasted from a
//! log means itself: a word with two hyphens in front (`--verbose`) is text,
//! so is a `(` inside a word (`foo(bar)`) with the `)` that closes it, and so
//! is `ptr->next`, because a field's name does not end in a hyphen.
//!
//! ```
//! use protocol::query::{Query, parse};
//!
//! let query = parse("(timeout OR refused) -debug")?;
//! assert!(matches!(&query, Query::And(both) if both.len() == 2));
//! assert_eq!(query.to_string(), "(timeout OR refused) -debug");
//!
//! let fault = parse("timeout OR").unwrap_err();
//! assert_eq!(fault.position, 8);
//! assert_eq!(fault.to_string(), "expected a term after `OR`");
//! # Ok::<(), protocol::query::Fault>(())
//! ```

mod comparison;
mod date;
mod fault;
mod format;
mod highlight;
mod lex;
mod parse;
mod predicate;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use crate::line::Level;

pub use date::{Date, Span, SpanUnit, Start};
pub use fault::{Expected, Fault};
pub use highlight::{Token, TokenKind, highlight};
pub use parse::{parse, parse_expression};
pub use predicate::{Number, Operator, Position, Value, level_named};

/// The longest pattern of an expression, in bytes. What a person writes is far
/// shorter, and compiling costs time and memory in proportion.
///
/// [`parse`] keeps to it; who calls [`parse_expression`] checks it.
pub const PATTERN_BYTES_MAX: usize = 4096;

/// How deep groups and negations may stand in each other, because a reader of
/// the tree recurses. A query that a person can still follow has under ten.
pub const NESTING_MAX: usize = 50;

/// A parsed query: which lines are wanted.
///
/// ```
/// use protocol::query::{Query, parse};
///
/// assert_eq!(parse("  ")?, Query::All);
/// assert!(matches!(parse("a OR b")?, Query::Or(_)));
/// assert!(matches!(parse("-a")?, Query::Not(_)));
/// # Ok::<(), protocol::query::Fault>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// Every line; the empty query.
    All,
    /// Lines that contain a text.
    Text(Text),
    /// Lines in which a regular expression matches.
    Expression(Expression),
    /// Lines that match each of these; every line where there are none.
    And(Vec<Query>),
    /// Lines that match at least one of these; no line where there are none.
    Or(Vec<Query>),
    /// Lines that do not match this.
    Not(Box<Query>),
    /// Lines whose level compares so with a given one; greater is worse.
    Level {
        /// Where the predicate begins in `q`.
        position: Position,
        /// How the line's level must compare.
        operator: Operator,
        /// What it is compared with.
        level: Level,
    },
    /// Lines with a field whose value compares so with a given one.
    Field {
        /// Where the predicate begins in `q`.
        position: Position,
        /// The field's name as written: never `level`, `time` or `since`.
        name: String,
        /// How the field's value must compare.
        operator: Operator,
        /// What it is compared with.
        value: Value,
        /// What to look for in a line that has no such field: the predicate as
        /// literal text, `localhost:8080`, without the quotation marks of its
        /// value. `None` for `*` and expressions, which mean no literal text.
        or_text: Option<Text>,
    },
    /// Lines whose time compares so with a given one; greater is later.
    Time {
        /// Where the predicate begins in `q`.
        position: Position,
        /// How the line's time must compare.
        operator: Operator,
        /// What it is compared with.
        date: Date,
    },
    /// Lines of a time from a given one on.
    Since {
        /// Where the predicate begins in `q`.
        position: Position,
        /// The first moment that is wanted.
        start: Start,
    },
}

impl Query {
    /// The first predicate that this version cannot evaluate: where it begins,
    /// in characters of `q`, and what it is, for "… is not supported yet".
    ///
    /// ```
    /// use protocol::query::parse;
    ///
    /// assert_eq!(parse("timeout")?.unsupported(), None);
    /// assert_eq!(
    ///     parse("timeout level:error")?.unsupported(),
    ///     Some((8, "filtering by level")),
    /// );
    /// # Ok::<(), protocol::query::Fault>(())
    /// ```
    pub fn unsupported(&self) -> Option<(usize, &'static str)> {
        match self {
            Self::All | Self::Text(_) | Self::Expression(_) => None,
            Self::And(queries) | Self::Or(queries) => queries.iter().find_map(Self::unsupported),
            Self::Not(query) => query.unsupported(),
            Self::Level { position, .. } => Some((position.0, "filtering by level")),
            Self::Field { position, .. } => Some((position.0, "filtering by field")),
            Self::Time { position, .. } | Self::Since { position, .. } => {
                Some((position.0, "filtering by time"))
            }
        }
    }
}

/// A text that a line contains.
///
/// ```
/// use protocol::query::Text;
///
/// let text = Text { text: "straße".into(), quoted: false };
/// assert!(text.ignores_case());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// What to find, without quotation marks and escapes; [`parse`] never
    /// leaves it empty.
    pub text: String,
    /// Whether it is written in quotation marks; it matches the same without.
    pub quoted: bool,
}

impl Text {
    /// Whether case does not count: so it is without an upper-case letter of
    /// any script.
    ///
    /// ```
    /// use protocol::query::Text;
    ///
    /// let text = Text { text: "Ärger".into(), quoted: false };
    /// assert!(!text.ignores_case());
    /// ```
    pub fn ignores_case(&self) -> bool {
        !self.text.chars().any(char::is_uppercase)
    }
}

/// A regular expression, in the syntax of Rust's `regex`. Whether it is a right
/// one is for the server to say, because the browser has no such engine.
///
/// ```
/// use protocol::query::{Expression, Query, parse};
///
/// let expected = Expression { pattern: r"^/api\b".into(), ignore_case: true };
/// assert_eq!(parse(r"/^\/api\b/i")?, Query::Expression(expected));
/// # Ok::<(), protocol::query::Fault>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// The pattern, without the slashes around it; `\/` inside is a bare `/`.
    pub pattern: String,
    /// Whether an `i` follows it.
    pub ignore_case: bool,
}
