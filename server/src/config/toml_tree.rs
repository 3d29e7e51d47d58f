//! TOML into the common tree.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Fault;
use super::tree::{DEPTH_MAX, Key, Kind, Node, Scalar, Value, position, syntax};

/// How many syntax errors of one file are reported; what follows is mostly their echo.
const SYNTAX_FAULTS_MAX: usize = 20;

/// Reads a TOML document.
pub(super) fn parse(text: &str, file: &Path) -> Result<Node, Vec<Fault>> {
    let lines = Lines::of(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut errors: Vec<(usize, &str)> = errors
        .iter()
        .map(|error| (error.span().map_or(0, |span| span.start), error.message()))
        .collect();
    errors.sort_by_key(|(offset, _)| *offset);
    let faults: Vec<Fault> = errors
        .into_iter()
        .take(SYNTAX_FAULTS_MAX)
        .map(|(offset, message)| {
            let (line, column) = lines.position(offset);
            syntax(text, file, line, column, message)
        })
        .collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    let converter = Converter { lines, file };
    converter
        .table(table.get_ref(), 0, 1)
        .map_err(|fault| vec![fault])
}

/// Byte offsets to lines and columns.
struct Lines<'a> {
    text: &'a str,
    /// The offset of each line's first byte.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0)
            .chain(newlines.map(|(offset, _)| offset + 1))
            .collect();
        Self { text, starts }
    }

    /// Line and column, both counted from 1.
    fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self
            .starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or(0);
        let before = self.text.get(start..offset).unwrap_or_default();
        (line, before.chars().count() + 1)
    }
}

struct Converter<'a> {
    lines: Lines<'a>,
    file: &'a Path,
}

impl Converter<'_> {
    fn node(&self, value: &Spanned<DeValue<'_>>, depth: usize) -> Result<Node, Fault> {
        let offset = value.span().start;
        let (line, column) = self.lines.position(offset);
        let scalar = |text: String, kind| {
            Ok(Node {
                value: Value::Scalar(Scalar { text, kind }),
                line,
                column,
            })
        };
        match value.get_ref() {
            DeValue::String(text) => scalar(text.to_string(), Kind::Text),
            DeValue::Integer(number) => {
                let decimal = i128::from_str_radix(number.as_str(), number.radix());
                let text = decimal.map_or_else(|_| number.to_string(), |value| value.to_string());
                scalar(text, Kind::Plain)
            }
            DeValue::Float(number) => scalar(number.to_string(), Kind::Plain),
            DeValue::Boolean(is_true) => scalar(is_true.to_string(), Kind::Plain),
            DeValue::Datetime(time) => scalar(time.to_string(), Kind::Plain),
            DeValue::Array(items) => {
                self.check_depth(depth, line, column)?;
                let items: Result<Vec<Node>, Fault> = items
                    .iter()
                    .map(|item| self.node(item, depth + 1))
                    .collect();
                Ok(Node {
                    value: Value::List(items?),
                    line,
                    column,
                })
            }
            DeValue::Table(table) => self.table(table, offset, depth),
        }
    }

    fn table(&self, table: &DeTable<'_>, offset: usize, depth: usize) -> Result<Node, Fault> {
        let (line, column) = self.lines.position(offset);
        self.check_depth(depth, line, column)?;
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let entries: Result<Vec<(Key, Node)>, Fault> = entries
            .into_iter()
            .map(|(key, value)| {
                let (line, column) = self.lines.position(key.span().start);
                let name = key.get_ref().to_string();
                Ok((Key { name, line, column }, self.node(value, depth + 1)?))
            })
            .collect();
        Ok(Node {
            value: Value::Map(entries?),
            line,
            column,
        })
    }

    fn check_depth(&self, depth: usize, line: usize, column: usize) -> Result<(), Fault> {
        if depth > DEPTH_MAX {
            return Err(Fault::new(
                position(self.file, line, column),
                format!("expected at most {DEPTH_MAX} levels of lists and tables"),
            ));
        }
        Ok(())
    }
}
