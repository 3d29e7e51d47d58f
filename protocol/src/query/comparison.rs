//! What the name, the operator and the value of a predicate mean together.

use super::{
    Date, Expected, Expression, Fault, Number, Operator, Position, Query, Start, Text, Value,
    fault::fault, level_named,
};

/// What follows the operator of a predicate.
pub(super) enum Raw {
    Bare(String),
    Phrase(String),
    Expression(Expression),
}

/// What a predicate has besides its name and value.
pub(super) struct Comparison {
    pub(super) start: usize,
    pub(super) operator_start: usize,
    pub(super) value_start: usize,
    /// The operator as it was written.
    pub(super) spelling: String,
    pub(super) operator: Operator,
}

impl Comparison {
    /// The predicate of this name and value.
    pub(super) fn query(&self, name: String, value: Raw) -> Result<Query, Fault> {
        match name.as_str() {
            "level" => self.level(value),
            "time" => self.time(value),
            "since" => self.since(value),
            _ => self.field(name, value),
        }
    }

    fn level(&self, value: Raw) -> Result<Query, Fault> {
        let level = word_of(value).and_then(|name| level_named(&name));
        Ok(Query::Level {
            position: Position(self.start),
            operator: self.operator,
            level: level.ok_or_else(|| fault(self.value_start, Expected::LevelName))?,
        })
    }

    fn time(&self, value: Raw) -> Result<Query, Fault> {
        let date = word_of(value).and_then(|text| Date::new(&text));
        Ok(Query::Time {
            position: Position(self.start),
            operator: self.operator,
            date: date.ok_or_else(|| fault(self.value_start, Expected::Date))?,
        })
    }

    fn since(&self, value: Raw) -> Result<Query, Fault> {
        if self.operator != Operator::Equal {
            return Err(fault(self.operator_start, Expected::ColonAfterSince));
        }
        let start = word_of(value).and_then(|text| Start::new(&text));
        Ok(Query::Since {
            position: Position(self.start),
            start: start.ok_or_else(|| fault(self.value_start, Expected::SpanOrDate))?,
        })
    }

    fn field(&self, name: String, value: Raw) -> Result<Query, Fault> {
        let value = match value {
            Raw::Bare(text) if text == "*" => Value::Any,
            Raw::Bare(text) => match Number::new(&text) {
                Some(number) => Value::Number(number),
                None => Value::Text(text),
            },
            Raw::Phrase(text) => Value::Text(text),
            Raw::Expression(expression) => Value::Expression(expression),
        };
        if self.operator.is_order() && matches!(value, Value::Any | Value::Expression(_)) {
            return Err(fault(self.value_start, Expected::OrderedValue));
        }
        Ok(Query::Field {
            position: Position(self.start),
            operator: self.operator,
            or_text: literal(&name, &self.spelling, &value),
            name,
            value,
        })
    }
}

/// A predicate on a field as the text that a line may contain.
pub(super) fn literal(name: &str, spelling: &str, value: &Value) -> Option<Text> {
    let value = match value {
        Value::Any | Value::Expression(_) => return None,
        Value::Number(number) => number.text(),
        Value::Text(text) => text,
    };
    let text = format!("{name}{spelling}{value}");
    Some(Text {
        text,
        quoted: false,
    })
}

fn word_of(value: Raw) -> Option<String> {
    match value {
        Raw::Bare(text) | Raw::Phrase(text) => Some(text),
        Raw::Expression(_) => None,
    }
}
