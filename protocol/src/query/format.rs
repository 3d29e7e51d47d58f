//! Writes a query as text, and the normal form which that text has.

use std::{
    fmt::{self, Write},
    mem,
};

use super::{
    Expression, Operator, Query, Start, Text, Value,
    comparison::literal,
    lex::{is_bare_text, is_bare_value},
};

/// Matches in every line, and can be written; its opposite is how "no line" is.
const EVERY_LINE: &str = "^";

impl Query {
    /// The same query in the form that its text parses to.
    ///
    /// Groups within their like are one, groups of one are gone, and so are
    /// double negations and what changes nothing; a text that would mean
    /// something else without quotation marks has them. In patterns `\/` is
    /// `/`, and a backslash that escapes nothing at the end is doubled.
    ///
    /// ```
    /// use protocol::query::{Query, parse};
    ///
    /// let nested = Query::And(vec![Query::All, Query::And(vec![parse("a")?])]);
    /// assert_eq!(nested.normal(), parse("a")?);
    /// # Ok::<(), protocol::query::Fault>(())
    /// ```
    #[must_use]
    pub fn normal(self) -> Self {
        match self {
            Self::Text(text) if text.text.is_empty() => Self::All,
            Self::Text(Text { text, quoted }) => {
                let quoted = quoted || !is_bare_text(&text);
                Self::Text(Text { text, quoted })
            }
            Self::Expression(expression) if expression.pattern.is_empty() => Self::All,
            Self::Expression(expression) => Self::Expression(normal_expression(&expression)),
            Self::And(queries) => Self::all_of(queries.into_iter().map(Self::normal).collect()),
            Self::Or(queries) => Self::any_of(queries.into_iter().map(Self::normal).collect()),
            Self::Not(query) => Self::opposite_of(query.normal()),
            Self::Field {
                position,
                name,
                operator,
                value,
                or_text,
            } => {
                let value = normal_value(value);
                let spelling = field_spelling(&name, operator, or_text.as_ref());
                let or_text = literal(&name, spelling, &value);
                Self::Field {
                    position,
                    name,
                    operator,
                    value,
                    or_text,
                }
            }
            Self::All | Self::Level { .. } | Self::Time { .. } | Self::Since { .. } => self,
        }
    }

    /// Lines that match each of these, which are in normal form.
    pub(super) fn all_of(queries: Vec<Self>) -> Self {
        let mut all = Vec::with_capacity(queries.len());
        for query in queries {
            match query {
                Self::All => {}
                Self::And(inner) => all.extend(inner),
                query => all.push(query),
            }
        }
        match all.as_mut_slice() {
            [] => Self::All,
            [only] => mem::replace(only, Self::All),
            _ => Self::And(all),
        }
    }

    /// Lines that match one of these, which are in normal form.
    pub(super) fn any_of(queries: Vec<Self>) -> Self {
        let mut any = Vec::with_capacity(queries.len());
        for query in queries {
            match query {
                Self::All => return Self::All,
                Self::Or(inner) => any.extend(inner),
                query => any.push(query),
            }
        }
        match any.as_mut_slice() {
            [] => Self::opposite_of(Self::All),
            [only] => mem::replace(only, Self::All),
            _ => Self::Or(any),
        }
    }

    /// Lines that do not match this, which is in normal form.
    pub(super) fn opposite_of(query: Self) -> Self {
        match query {
            Self::Not(inner) => *inner,
            Self::All => Self::Not(Box::new(Self::Expression(Expression {
                pattern: EVERY_LINE.to_owned(),
                ignore_case: false,
            }))),
            query => Self::Not(Box::new(query)),
        }
    }
}

/// Writes the [normal form](Query::normal), so that
/// `parse(&query.to_string())` gives it back.
///
/// It does so for every query within the limits whose fields have plain names
/// and whose orders have ordered values, as [`parse`](super::parse) makes them.
///
/// ```
/// use protocol::query::parse;
///
/// let query = parse(r#"  NOT a   (b OR "c")  x=5 "#)?;
/// assert_eq!(query.to_string(), r#"-a (b OR "c") x=5"#);
/// # Ok::<(), protocol::query::Fault>(())
/// ```
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_query(f, &self.clone().normal(), Binding::Or)
    }
}

/// The loosest operator that needs no parentheses around it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    Not,
}

/// Writes a query in normal form.
fn write_query(f: &mut fmt::Formatter<'_>, query: &Query, around: Binding) -> fmt::Result {
    match query {
        // Stands only alone.
        Query::All => Ok(()),
        Query::Text(text) if text.quoted => write_phrase(f, &text.text),
        Query::Text(text) => f.write_str(&text.text),
        Query::Expression(expression) => write_expression(f, expression),
        Query::And(queries) => write_list(f, queries, " ", Binding::And, around),
        Query::Or(queries) => write_list(f, queries, " OR ", Binding::Or, around),
        Query::Not(inner) => {
            let hyphen_follows =
                matches!(&**inner, Query::Text(text) if !text.quoted && text.text.starts_with('-'));
            f.write_str(if hyphen_follows { "NOT " } else { "-" })?;
            write_query(f, inner, Binding::Not)
        }
        Query::Level {
            operator, level, ..
        } => write!(f, "level{}{}", operator.spelling(), level.name()),
        Query::Field {
            name,
            operator,
            value,
            or_text,
            ..
        } => {
            f.write_str(name)?;
            f.write_str(field_spelling(name, *operator, or_text.as_ref()))?;
            write_value(f, value)
        }
        Query::Time { operator, date, .. } => {
            f.write_str("time")?;
            f.write_str(operator.spelling())?;
            write_date(f, date.text())
        }
        Query::Since { start, .. } => {
            f.write_str("since:")?;
            match start {
                Start::Ago(span) => write!(f, "{}{}", span.count, span.unit.letter()),
                Start::Date(date) => write_date(f, date.text()),
            }
        }
    }
}

fn write_list(
    f: &mut fmt::Formatter<'_>,
    queries: &[Query],
    between: &str,
    own: Binding,
    around: Binding,
) -> fmt::Result {
    let is_grouped = own < around;
    // Inside, a list of the other kind: alternatives hold lists, lists hold terms.
    let inner = match own {
        Binding::Or => Binding::And,
        Binding::And | Binding::Not => Binding::Not,
    };
    if is_grouped {
        f.write_char('(')?;
    }
    for (index, query) in queries.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        write_query(f, query, inner)?;
    }
    if is_grouped {
        f.write_char(')')?;
    }
    Ok(())
}

fn write_phrase(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for next in text.chars() {
        if matches!(next, '"' | '\\') {
            f.write_char('\\')?;
        }
        f.write_char(next)?;
    }
    f.write_char('"')
}

/// Writes an expression in normal form, where every `/` stands for itself.
fn write_expression(f: &mut fmt::Formatter<'_>, expression: &Expression) -> fmt::Result {
    f.write_char('/')?;
    for next in expression.pattern.chars() {
        if next == '/' {
            f.write_char('\\')?;
        }
        f.write_char(next)?;
    }
    f.write_str(if expression.ignore_case { "/i" } else { "/" })
}

fn write_value(f: &mut fmt::Formatter<'_>, value: &Value) -> fmt::Result {
    match value {
        Value::Any => f.write_char('*'),
        Value::Number(number) => f.write_str(number.text()),
        Value::Text(text) if is_bare_value(text) => f.write_str(text),
        Value::Text(text) => write_phrase(f, text),
        Value::Expression(expression) => write_expression(f, expression),
    }
}

fn write_date(f: &mut fmt::Formatter<'_>, date: &str) -> fmt::Result {
    if date.contains(' ') {
        return write_phrase(f, date);
    }
    f.write_str(date)
}

/// The operator as the literal text has it: `=` and `:` mean the same and do
/// not read the same.
fn field_spelling(name: &str, operator: Operator, or_text: Option<&Text>) -> &'static str {
    let rest = or_text.and_then(|text| text.text.strip_prefix(name));
    if operator == Operator::Equal && rest.is_some_and(|rest| rest.starts_with('=')) {
        return "=";
    }
    operator.spelling()
}

fn normal_value(value: Value) -> Value {
    match value {
        Value::Expression(expression) if expression.pattern.is_empty() => Value::Any,
        Value::Expression(expression) => Value::Expression(normal_expression(&expression)),
        value => value,
    }
}

fn normal_expression(expression: &Expression) -> Expression {
    let mut pattern = String::with_capacity(expression.pattern.len());
    let mut rest = expression.pattern.chars();
    while let Some(next) = rest.next() {
        if next != '\\' {
            pattern.push(next);
            continue;
        }
        match rest.next() {
            Some('/') => pattern.push('/'),
            Some(escaped) => pattern.extend(['\\', escaped]),
            None => pattern.push_str("\\\\"),
        }
    }
    Expression {
        pattern,
        ignore_case: expression.ignore_case,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::parse;

    #[test]
    fn a_query_is_written_as_it_is_read() {
        for (q, written) in [
            ("  a   b ", "a b"),
            ("a AND b", "a AND b"),
            ("NOT a", "-a"),
            ("NOT --a", "NOT --a"),
            ("NOT -", "NOT -"),
            ("-(a b) (c OR d)", "-(a b) (c OR d)"),
            ("(a b) OR c", "a b OR c"),
            ("/api", "\"/api\""),
            ("/api/v1", "/api/v1"),
            ("(x f(y )", "x \"f(y\""),
            (r"/a\/b/i", r"/a\/b/i"),
            ("level=ERR since=15m", "level:error since:15m"),
            ("a=b a:b a!=b", "a=b a:b a!=b"),
            (r#"a:"b" a:"5" a:"*" a:"""#, r#"a:b a:"5" a:"*" a:"""#),
            ("time:\"2026-11-22 10:00\"", "time:\"2026-11-22 10:00\""),
        ] {
            assert_eq!(parse(q).unwrap().to_string(), written, "`{q}`");
        }
    }

    #[test]
    fn what_no_query_says_is_still_written() {
        let text = |text: &str| {
            Query::Text(Text {
                text: text.to_owned(),
                quoted: false,
            })
        };
        let expression = |pattern: &str| {
            Query::Expression(Expression {
                pattern: pattern.to_owned(),
                ignore_case: false,
            })
        };
        for (query, written) in [
            (Query::And(vec![]), ""),
            (Query::Or(vec![]), "-/^/"),
            (Query::Not(Box::new(Query::All)), "-/^/"),
            (Query::Or(vec![text("a"), Query::All]), ""),
            (text(""), ""),
            (text("OR"), "\"OR\""),
            (text("a b"), "\"a b\""),
            (text("-a"), "\"-a\""),
            (text("a:b"), "\"a:b\""),
            (expression(""), ""),
            (expression(r"a\/b/c"), r"/a\/b\/c/"),
            (expression(r"a\"), r"/a\\/"),
        ] {
            assert_eq!(query.to_string(), written);
            assert_eq!(parse(written), Ok(query.normal()));
        }
    }
}
