//! Builds the tree of a query from its pieces.

use std::vec::IntoIter;

use super::{
    Expected, Expression, Fault, NESTING_MAX, Query,
    fault::fault,
    lex::{Item, Lexeme, lexemes},
};

/// Reads a query.
///
/// Groups within their like are one, and a double negation is none.
///
/// # Errors
///
/// The first [`Fault`] from the left: an open quotation mark or group, an
/// operator without its term, a value that a predicate does not take, or a
/// limit that is passed.
///
/// ```
/// use protocol::query::{Query, Text, parse};
///
/// let text = Text { text: "timeout".into(), quoted: false };
/// assert_eq!(parse("timeout")?, Query::Text(text));
/// assert_eq!(parse("a (b c)")?, parse("a b c")?);
/// assert_eq!(parse("level:loud").unwrap_err().position, 6);
/// # Ok::<(), protocol::query::Fault>(())
/// ```
pub fn parse(q: &str) -> Result<Query, Fault> {
    let mut parser = Parser {
        rest: lexemes(q).into_iter(),
    };
    let query = parser.alternatives(0)?;
    match parser.rest.next() {
        // Only a `)` ends the alternatives before the end.
        Some(lexeme) => Err(fault(lexeme.range.start, Expected::OpeningParenthesis)),
        None => Ok(query.unwrap_or(Query::All)),
    }
}

/// Takes the whole of `q` as one regular expression, as `regex=true` says.
///
/// Its length is not checked; see [`PATTERN_BYTES_MAX`](super::PATTERN_BYTES_MAX).
///
/// ```
/// use protocol::query::{Query, parse_expression};
///
/// assert!(matches!(parse_expression("a OR b"), Query::Expression(_)));
/// assert_eq!(parse_expression(""), Query::All);
/// ```
pub fn parse_expression(q: &str) -> Query {
    if q.is_empty() {
        return Query::All;
    }
    Query::Expression(Expression {
        pattern: q.to_owned(),
        ignore_case: false,
    })
}

struct Parser {
    rest: IntoIter<Lexeme>,
}

impl Parser {
    /// Reads `a b OR c`, up to a `)` or the end; `None` where nothing stands.
    fn alternatives(&mut self, depth: usize) -> Result<Option<Query>, Fault> {
        let mut alternatives = Vec::new();
        let mut previous_or = None;
        loop {
            let terms = self.terms(depth)?;
            let or = self.next_or();
            match (terms.is_empty(), previous_or, or) {
                (true, Some(position), _) => {
                    return Err(fault(position, Expected::TermAfterOr));
                }
                (true, None, Some(position)) => {
                    return Err(fault(position, Expected::TermBeforeOr));
                }
                (true, None, None) => return Ok(None),
                (false, _, _) => alternatives.push(Query::all_of(terms)),
            }
            if or.is_none() {
                return Ok(Some(Query::any_of(alternatives)));
            }
            previous_or = or;
        }
    }

    /// Reads `a b`, up to an `OR`, a `)` or the end.
    fn terms(&mut self, depth: usize) -> Result<Vec<Query>, Fault> {
        let mut terms = Vec::new();
        while let Some(term) = self.term(depth)? {
            terms.push(term);
        }
        Ok(terms)
    }

    /// Reads `a`, `-a` or `(a)`.
    fn term(&mut self, depth: usize) -> Result<Option<Query>, Fault> {
        let is_term = |lexeme: &Lexeme| !matches!(lexeme.item, Ok(Item::Or | Item::Close));
        let Some(lexeme) = self.next_if(is_term) else {
            return Ok(None);
        };
        let position = lexeme.range.start;
        match lexeme.item? {
            Item::Operand(query) => Ok(Some(query)),
            Item::Not => {
                let inner = self.term(deeper(depth, position)?)?;
                let inner = inner.ok_or_else(|| fault(position, Expected::TermAfterNot))?;
                Ok(Some(Query::opposite_of(inner)))
            }
            Item::Open => {
                let inner = self.alternatives(deeper(depth, position)?)?;
                let is_close = |lexeme: &Lexeme| matches!(lexeme.item, Ok(Item::Close));
                self.next_if(is_close)
                    .ok_or_else(|| fault(position, Expected::ClosingParenthesis))?;
                let inner = inner.ok_or_else(|| fault(position, Expected::TermInParentheses))?;
                Ok(Some(inner))
            }
            // `is_term` leaves these for the caller.
            Item::Or | Item::Close => Ok(None),
        }
    }

    /// Reads an `OR` and says where it stands.
    fn next_or(&mut self) -> Option<usize> {
        self.next_if(|lexeme| matches!(lexeme.item, Ok(Item::Or)))
            .map(|lexeme| lexeme.range.start)
    }

    fn next_if(&mut self, wanted: impl Fn(&Lexeme) -> bool) -> Option<Lexeme> {
        if !wanted(self.rest.as_slice().first()?) {
            return None;
        }
        self.rest.next()
    }
}

fn deeper(depth: usize, position: usize) -> Result<usize, Fault> {
    if depth >= NESTING_MAX {
        return Err(fault(position, Expected::LessNesting));
    }
    Ok(depth + 1)
}
