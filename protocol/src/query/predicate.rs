//! The parts of predicates on levels and fields.

use super::Expression;
use crate::line::Level;

/// Every name that a level has in queries: the API's own words, and those of
/// syslog, Java, Python and common Rust and Go formats.
const LEVEL_NAMES: [(&str, Level); 25] = [
    ("trace", Level::Trace),
    ("trc", Level::Trace),
    ("verbose", Level::Trace),
    ("finest", Level::Trace),
    ("debug", Level::Debug),
    ("dbg", Level::Debug),
    ("fine", Level::Debug),
    ("info", Level::Info),
    ("inf", Level::Info),
    ("information", Level::Info),
    ("informational", Level::Info),
    ("notice", Level::Info),
    ("warn", Level::Warn),
    ("warning", Level::Warn),
    ("wrn", Level::Warn),
    ("error", Level::Error),
    ("err", Level::Error),
    ("severe", Level::Error),
    ("fatal", Level::Fatal),
    ("critical", Level::Fatal),
    ("crit", Level::Fatal),
    ("alert", Level::Fatal),
    ("emergency", Level::Fatal),
    ("emerg", Level::Fatal),
    ("panic", Level::Fatal),
];

/// The level of that name or alias, whatever its case.
///
/// ```
/// use protocol::{Level, query::level_named};
///
/// assert_eq!(level_named("Warning"), Some(Level::Warn));
/// assert_eq!(level_named("loud"), None);
/// ```
pub fn level_named(name: &str) -> Option<Level> {
    LEVEL_NAMES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, level)| *level)
}

/// Where a predicate begins in `q`: 0-based, in characters.
///
/// Two positions are always equal, so that two queries are equal when they ask
/// for the same.
///
/// ```
/// use protocol::query::{Position, parse};
///
/// assert_eq!(Position(0), Position(7));
/// assert_eq!(parse("level:error")?, parse("  level:error")?);
/// # Ok::<(), protocol::query::Fault>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Position(pub usize);

impl PartialEq for Position {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Position {}

/// How a predicate compares what a line has with what is given.
///
/// ```
/// use protocol::query::Operator;
///
/// assert_eq!(Operator::GreaterOrEqual.spelling(), ">=");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `:` or `=`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
}

impl Operator {
    /// How it is written; `:` for [`Equal`](Self::Equal).
    pub fn spelling(self) -> &'static str {
        match self {
            Self::Equal => ":",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// Whether it asks which of two is greater.
    pub fn is_order(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }
}

/// What a field is compared with.
///
/// ```
/// use protocol::query::{Query, Value, parse};
///
/// let Query::Field { value, .. } = parse("trace_id:*")? else { panic!() };
/// assert_eq!(value, Value::Any);
/// # Ok::<(), protocol::query::Fault>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `*`: whatever the field holds. Never with an order.
    Any,
    /// A bare number; compares as a number with a field that holds one.
    Number(Number),
    /// A bare word or a phrase, which may be empty; compares without regard to case.
    Text(String),
    /// An expression that matches inside the field. Never with an order.
    Expression(Expression),
}

/// A number as it was written.
///
/// Equal numbers are equally written: `5` and `5.0` differ.
///
/// ```
/// use protocol::query::Number;
///
/// let number = Number::new("5e2").unwrap();
/// assert_eq!(number.value(), 500.0);
/// assert_eq!(number.text(), "5e2");
/// assert_eq!(Number::new("500ms"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number(String);

impl Number {
    /// A number, where the text is one: decimal digits, perhaps with `-` in
    /// front, a fraction and an exponent. Infinities and `NaN` are words.
    pub fn new(text: &str) -> Option<Self> {
        is_number(text).then(|| Self(text.to_owned()))
    }

    /// What it says, to the nearest `f64`; infinite where that is too small.
    pub fn value(&self) -> f64 {
        // The shape that `new` demands is always read.
        self.0.parse().unwrap_or(f64::NAN)
    }

    /// How it was written.
    pub fn text(&self) -> &str {
        &self.0
    }
}

fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let exponent_digits = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
    digits(whole) && fraction.is_none_or(digits) && exponent_digits.is_none_or(digits)
}
