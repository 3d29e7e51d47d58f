//! Cuts a query into what the parser and the search box's colors share.
//!
//! Every character is looked at a bounded number of times: a word that begins
//! with `/` is read up to the next unescaped `/`, and no other word that could
//! be an expression begins before that one.

use std::ops::Range;

use super::{
    Expected, Expression, Fault, Operator, PATTERN_BYTES_MAX, Query, Text, Value,
    comparison::{Comparison, Raw},
    fault::fault,
};

/// A piece of a query, and where it stands.
pub(super) struct Lexeme {
    /// Half-open, in characters.
    pub(super) range: Range<usize>,
    /// Where the operator of a predicate stands; the name is before it and the
    /// value after it. `None` for everything else.
    pub(super) operator: Option<Range<usize>>,
    pub(super) item: Result<Item, Fault>,
}

/// What a piece means.
pub(super) enum Item {
    Open,
    Close,
    Or,
    Not,
    /// A query without parts.
    Operand(Query),
}

/// Cuts a whole query; faults are among the pieces.
pub(super) fn lexemes(q: &str) -> Vec<Lexeme> {
    let chars: Vec<char> = q.chars().collect();
    let lexer = Lexer { chars: &chars };
    let mut lexemes = Vec::new();
    let mut position = 0;
    while let Some(first) = lexer.at(position) {
        if first.is_whitespace() {
            position += 1;
            continue;
        }
        let lexeme = lexer.lexeme(position, first);
        position = lexeme.range.end;
        lexemes.push(lexeme);
    }
    lexemes
}

/// Whether a text stands for itself without quotation marks, wherever it stands.
pub(super) fn is_bare_text(text: &str) -> bool {
    let whole = lexemes(text);
    let [lexeme] = whole.as_slice() else {
        return false;
    };
    let Ok(Item::Operand(Query::Text(found))) = &lexeme.item else {
        return false;
    };
    !found.quoted && found.text == text && is_closed(text)
}

/// Whether a field's value stands for itself without quotation marks.
pub(super) fn is_bare_value(value: &str) -> bool {
    let whole = lexemes(&format!("x:{value}"));
    let [lexeme] = whole.as_slice() else {
        return false;
    };
    let Ok(Item::Operand(Query::Field { value: found, .. })) = &lexeme.item else {
        return false;
    };
    // A quotation mark in front would make it a phrase.
    !value.starts_with('"')
        && matches!(found, Value::Text(found) if found == value)
        && is_closed(value)
}

/// Whether what follows a word can neither make it an expression nor be taken
/// for a part of it.
fn is_closed(word: &str) -> bool {
    let chars: Vec<char> = word.chars().collect();
    let lexer = Lexer { chars: &chars };
    let undecided = word.starts_with('/') && matches!(lexer.expression(0), Slashes::Unclosed);
    let (_, open_count) = lexer.word(0);
    !undecided && open_count == 0
}

/// What follows a `/` that could begin an expression.
enum Slashes {
    /// No unescaped `/`.
    Unclosed,
    /// A `/` that ends no expression.
    Plain,
    /// An expression, and the position behind it.
    Closed(Expression, usize),
}

#[derive(Clone, Copy)]
struct Lexer<'a> {
    chars: &'a [char],
}

impl Lexer<'_> {
    fn at(self, position: usize) -> Option<char> {
        self.chars.get(position).copied()
    }

    fn text(self, range: Range<usize>) -> String {
        self.chars.get(range).unwrap_or_default().iter().collect()
    }

    /// Whether a word ends before this position.
    fn is_end(self, position: usize) -> bool {
        self.at(position)
            .is_none_or(|next| next.is_whitespace() || next == ')')
    }

    /// The piece that begins here, which is not a space.
    fn lexeme(self, start: usize, first: char) -> Lexeme {
        match first {
            '(' => plain(start..start + 1, Ok(Item::Open)),
            ')' => plain(start..start + 1, Ok(Item::Close)),
            '"' => {
                let (phrase, end) = self.phrase(start);
                let item = phrase.and_then(|text| {
                    if text.is_empty() {
                        return Err(fault(start, Expected::TextInPhrase));
                    }
                    Ok(Item::Operand(Query::Text(Text { text, quoted: true })))
                });
                plain(start..end, item)
            }
            '-' if !self.is_end(start + 1) && self.at(start + 1) != Some('-') => {
                plain(start..start + 1, Ok(Item::Not))
            }
            _ => self.term(start),
        }
    }

    /// The operator, expression, predicate or word that begins here.
    fn term(self, start: usize) -> Lexeme {
        if self.is_keyword(start, &['O', 'R']) {
            return plain(start..start + 2, Ok(Item::Or));
        }
        if self.is_keyword(start, &['N', 'O', 'T']) {
            return plain(start..start + 3, Ok(Item::Not));
        }
        if self.at(start) == Some('/')
            && let Slashes::Closed(expression, end) = self.expression(start)
        {
            let item = checked(expression, start).map(Query::Expression);
            return plain(start..end, item.map(Item::Operand));
        }
        if let Some(predicate) = self.predicate(start) {
            return predicate;
        }
        let (end, _) = self.word(start);
        let text = self.text(start..end);
        let text = Text {
            text,
            quoted: false,
        };
        plain(start..end, Ok(Item::Operand(Query::Text(text))))
    }

    /// Whether this word stands here alone; a group or a phrase may follow
    /// without a space.
    fn is_keyword(self, start: usize, keyword: &[char]) -> bool {
        let end = start + keyword.len();
        self.chars.get(start..end) == Some(keyword)
            && (self.is_end(end) || matches!(self.at(end), Some('(' | '"')))
    }

    /// Where the word that begins here ends, and how many `(` in it are open.
    fn word(self, start: usize) -> (usize, usize) {
        let mut open_count: usize = 0;
        let mut position = start;
        while let Some(next) = self.at(position) {
            match next {
                '(' => open_count += 1,
                ')' if open_count == 0 => break,
                ')' => open_count -= 1,
                _ if next.is_whitespace() => break,
                _ => {}
            }
            position += 1;
        }
        (position, open_count)
    }

    /// The text of the phrase whose `"` stands here, and the position behind it.
    fn phrase(self, start: usize) -> (Result<String, Fault>, usize) {
        let mut text = String::new();
        let mut position = start + 1;
        while let Some(next) = self.at(position) {
            match (next, self.at(position + 1)) {
                ('"', _) => return (Ok(text), position + 1),
                ('\\', Some(escaped @ ('"' | '\\'))) => {
                    text.push(escaped);
                    position += 2;
                }
                _ => {
                    text.push(next);
                    position += 1;
                }
            }
        }
        (Err(fault(start, Expected::ClosingQuote)), position)
    }

    /// What the `/` that stands here begins.
    fn expression(self, start: usize) -> Slashes {
        let mut pattern = String::new();
        let mut position = start + 1;
        loop {
            match (self.at(position), self.at(position + 1)) {
                (None, _) => return Slashes::Unclosed,
                (Some('/'), _) => break,
                (Some('\\'), Some('/')) => {
                    pattern.push('/');
                    position += 2;
                }
                (Some('\\'), Some(escaped)) => {
                    pattern.extend(['\\', escaped]);
                    position += 2;
                }
                (Some(next), _) => {
                    pattern.push(next);
                    position += 1;
                }
            }
        }
        let end = position + 1;
        let ignore_case = self.at(end) == Some('i');
        let end = if ignore_case { end + 1 } else { end };
        if pattern.is_empty() || !self.is_end(end) {
            return Slashes::Plain;
        }
        let expression = Expression {
            pattern,
            ignore_case,
        };
        Slashes::Closed(expression, end)
    }

    /// The predicate that begins here, if one does.
    fn predicate(self, start: usize) -> Option<Lexeme> {
        let name_end = self.name(start)?;
        let (operator, operator_end) = self.operator(name_end)?;
        let (value, end) = self.value(operator_end)?;
        let name = self.text(start..name_end);
        let comparison = Comparison {
            start,
            operator_start: name_end,
            value_start: operator_end,
            spelling: self.text(name_end..operator_end),
            operator,
        };
        let query = value.and_then(|value| comparison.query(name, value));
        Some(Lexeme {
            range: start..end,
            operator: Some(name_end..operator_end),
            item: query.map(Item::Operand),
        })
    }

    /// Where the plain name that begins here ends.
    fn name(self, start: usize) -> Option<usize> {
        self.at(start)
            .filter(|first| first.is_alphabetic() || matches!(first, '_' | '@'))?;
        let mut end = start + 1;
        while self
            .at(end)
            .is_some_and(|next| next.is_alphanumeric() || matches!(next, '_' | '.' | '-' | '@'))
        {
            end += 1;
        }
        // Otherwise `ptr->next` would ask for a field `ptr-`.
        (self.at(end - 1) != Some('-')).then_some(end)
    }

    fn operator(self, start: usize) -> Option<(Operator, usize)> {
        Some(match (self.at(start)?, self.at(start + 1)) {
            ('!', Some('=')) => (Operator::NotEqual, start + 2),
            ('<', Some('=')) => (Operator::LessOrEqual, start + 2),
            ('>', Some('=')) => (Operator::GreaterOrEqual, start + 2),
            ('<', _) => (Operator::Less, start + 1),
            ('>', _) => (Operator::Greater, start + 1),
            (':' | '=', _) => (Operator::Equal, start + 1),
            _ => return None,
        })
    }

    /// The value that begins here, if one does, and the position behind it.
    fn value(self, start: usize) -> Option<(Result<Raw, Fault>, usize)> {
        if self.is_end(start) {
            return None;
        }
        match (self.at(start)?, self.at(start + 1)) {
            // `io::Error`, `a==b` and `x=>y`; `http://x`.
            (':' | '=' | '<' | '>', _) | ('/', Some('/')) => return None,
            ('"', _) => {
                let (phrase, end) = self.phrase(start);
                return Some((phrase.map(Raw::Phrase), end));
            }
            ('/', _) => {
                if let Slashes::Closed(expression, end) = self.expression(start) {
                    return Some((checked(expression, start).map(Raw::Expression), end));
                }
            }
            _ => {}
        }
        let (end, _) = self.word(start);
        Some((Ok(Raw::Bare(self.text(start..end))), end))
    }
}

fn checked(expression: Expression, position: usize) -> Result<Expression, Fault> {
    if expression.pattern.len() > PATTERN_BYTES_MAX {
        return Err(fault(position, Expected::ShorterExpression));
    }
    Ok(expression)
}

fn plain(range: Range<usize>, item: Result<Item, Fault>) -> Lexeme {
    Lexeme {
        range,
        operator: None,
        item,
    }
}
