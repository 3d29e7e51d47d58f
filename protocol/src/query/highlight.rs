//! The colors of the search box.

use std::ops::Range;

use super::{
    Query,
    lex::{Item, Lexeme, lexemes},
    parse,
};

/// A piece of a query that has one color.
///
/// ```
/// use protocol::query::{Token, TokenKind, highlight};
///
/// let tokens = highlight("-disk");
/// assert_eq!(tokens[0], Token { start: 0, end: 1, kind: TokenKind::Operator });
/// assert_eq!(tokens[1], Token { start: 1, end: 5, kind: TokenKind::Word });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Characters before it.
    pub start: usize,
    /// Characters before what follows it.
    pub end: usize,
    /// What it is.
    pub kind: TokenKind,
}

/// What a piece of a query is.
///
/// ```
/// use protocol::query::{TokenKind, highlight};
///
/// assert_eq!(highlight("/5../i")[0].kind, TokenKind::Expression);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Text without quotation marks.
    Word,
    /// Text in quotation marks, these included.
    Phrase,
    /// A regular expression, its slashes included.
    Expression,
    /// `OR`, `NOT`, `-`, a parenthesis, or what compares in a predicate.
    Operator,
    /// What a predicate is about.
    Name,
    /// What a predicate compares with, in whichever form.
    Value,
    /// What makes the query wrong.
    Fault,
}

/// Cuts a query into colored pieces, from left to right; only space is between
/// them. Of a wrong query too, which is what a box holds while one types.
///
/// ```
/// use protocol::query::{TokenKind, highlight};
///
/// let kinds: Vec<_> = highlight("level>=loud").iter().map(|token| token.kind).collect();
/// assert_eq!(kinds, [TokenKind::Name, TokenKind::Operator, TokenKind::Fault]);
/// ```
pub fn highlight(q: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut fault_positions: Vec<usize> = Vec::new();
    for lexeme in lexemes(q) {
        if let Err(fault) = &lexeme.item {
            fault_positions.push(fault.position);
        }
        push_tokens(&mut tokens, &lexeme);
    }
    if let Err(fault) = parse(q) {
        fault_positions.push(fault.position);
    }
    for position in fault_positions {
        let after = tokens.partition_point(|token| token.end <= position);
        if let Some(token) = tokens.get_mut(after) {
            token.kind = TokenKind::Fault;
        }
    }
    tokens
}

fn push_tokens(tokens: &mut Vec<Token>, lexeme: &Lexeme) {
    let mut push = |range: Range<usize>, kind| {
        tokens.push(Token {
            start: range.start,
            end: range.end,
            kind,
        });
    };
    if let Some(operator) = &lexeme.operator {
        push(lexeme.range.start..operator.start, TokenKind::Name);
        push(operator.clone(), TokenKind::Operator);
        push(operator.end..lexeme.range.end, TokenKind::Value);
        return;
    }
    let kind = match &lexeme.item {
        Ok(Item::Open | Item::Close | Item::Or | Item::Not) => TokenKind::Operator,
        Ok(Item::Operand(Query::Text(text))) if text.quoted => TokenKind::Phrase,
        Ok(Item::Operand(Query::Expression(_))) => TokenKind::Expression,
        // Predicates have an operator and are done above.
        Ok(Item::Operand(_)) => TokenKind::Word,
        Err(_) => TokenKind::Fault,
    };
    push(lexeme.range.clone(), kind);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_has_its_color() {
        for (q, expected) in [
            ("", ""),
            ("ä \"b c\" /d/i", "ä=Word \"b c\"=Phrase /d/i=Expression"),
            (
                "-(a OR b)",
                "-=Operator (=Operator a=Word OR=Operator b=Word )=Operator",
            ),
            ("level>=warn", "level=Name >==Operator warn=Value"),
            ("x:\"a b\"", "x=Name :=Operator \"a b\"=Value"),
            ("a OR", "a=Word OR=Fault"),
            ("a \"b c", "a=Word \"b c=Fault"),
            (
                "a) level:loud",
                "a=Word )=Fault level=Name :=Operator loud=Fault",
            ),
            ("(a", "(=Fault a=Word"),
            ("since>5m", "since=Name >=Fault 5m=Value"),
        ] {
            let chars: Vec<char> = q.chars().collect();
            let found: Vec<_> = highlight(q)
                .iter()
                .map(|Token { start, end, kind }| {
                    let text: String = chars[*start..*end].iter().collect();
                    format!("{text}={kind:?}")
                })
                .collect();
            assert_eq!(found.join(" "), expected, "`{q}`");
        }
    }
}
