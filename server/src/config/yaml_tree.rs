//! YAML into the common tree: one document, aliases and merge keys expanded within bounds.

use std::collections::HashMap;
use std::path::Path;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::fault::{Fault, shown};
use super::tree::{DEPTH_MAX, Key, Kind, NODE_COUNT_MAX, Node, Scalar, Value, position, syntax};

/// Reads a YAML document.
pub(super) fn parse(text: &str, file: &Path) -> Result<Node, Vec<Fault>> {
    let mut builder = Builder::new(file);
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        let step = match next {
            Ok((event, span)) => builder.take(event, span),
            Err(error) => {
                let marker = error.marker();
                Err(explained(
                    text,
                    file,
                    marker.line(),
                    marker.col() + 1,
                    error.info(),
                ))
            }
        };
        if let Err(fault) = step {
            builder.faults.push(fault);
            return Err(builder.faults);
        }
    }
    if !builder.faults.is_empty() {
        return Err(builder.faults);
    }
    builder.root.ok_or_else(|| {
        let place = super::fault::Place::File(file.to_path_buf());
        vec![Fault::new(place, "the file is empty")]
    })
}

/// A syntax error, with a hint where the cause is a value that should have been quoted.
fn explained(text: &str, file: &Path, line: usize, column: usize, info: &str) -> Fault {
    let written = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let here = written.char_indices().nth(column.saturating_sub(1));
    let rest = here.and_then(|(start, _)| written.get(start..));
    if let Some(alias) = rest.filter(|rest| rest.starts_with('*')) {
        return alias_fault(text, file, (line, column), alias);
    }
    let value = value_of(written);
    let quotes = quoted(value);
    match value.chars().next() {
        Some(first @ ('*' | '%' | '@' | '`')) => {
            let column = written.find(value).map_or(column, |start| {
                written.get(..start).unwrap_or_default().chars().count() + 1
            });
            let message = format!("a value that begins with `{first}` needs quotes");
            syntax(text, file, line, column, message).suggest(quotes)
        }
        Some('{' | '[') if !value.ends_with(['}', ']', ',', '{', '[']) => {
            syntax(text, file, line, column, info).suggest(quotes)
        }
        _ => syntax(text, file, line, column, info),
    }
}

/// An alias without its anchor: a glob that YAML takes for one, or a misspelt name.
fn alias_fault(text: &str, file: &Path, (line, column): (usize, usize), rest: &str) -> Fault {
    let alias = rest
        .split([' ', '\t', ',', ']', '}'])
        .next()
        .unwrap_or_default();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if alias.len() > 1 && alias.bytes().skip(1).all(is_name) {
        return syntax(
            text,
            file,
            line,
            column,
            format!("unknown alias {}", shown(alias)),
        );
    }
    let message = "a value that begins with `*` needs quotes";
    syntax(text, file, line, column, message).suggest(quoted(alias))
}

/// The way to write a value in quotes.
fn quoted(value: &str) -> String {
    let escaped = super::fault::escaped(value).replace('\'', "''");
    format!("write `'{escaped}'`")
}

/// What stands behind `- ` and `key: ` in a line.
fn value_of(line: &str) -> &str {
    let mut rest = line.trim();
    while let Some(item) = rest.strip_prefix("- ") {
        rest = item.trim_start();
    }
    if rest.starts_with(['*', '{', '[']) {
        return rest;
    }
    rest.split_once(": ")
        .map_or(rest, |(_, value)| value.trim())
}

/// A list or map whose end has not come yet.
struct Frame {
    value: Open,
    line: usize,
    column: usize,
    anchor: usize,
}

enum Open {
    List(Vec<Node>),
    Map {
        entries: Vec<(Key, Node)>,
        /// The line of each name, to find it again.
        names: HashMap<String, usize>,
        key: Option<Key>,
        /// What `<<` named.
        merged: Vec<Node>,
    },
}

struct Builder<'a> {
    file: &'a Path,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    node_count: usize,
    document_count: usize,
    root: Option<Node>,
    faults: Vec<Fault>,
}

impl<'a> Builder<'a> {
    fn new(file: &'a Path) -> Self {
        Self {
            file,
            stack: Vec::new(),
            anchors: HashMap::new(),
            node_count: 0,
            document_count: 0,
            root: None,
            faults: Vec::new(),
        }
    }

    /// Takes the next event; an error ends the reading, lesser faults are collected.
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Fault> {
        let (line, column) = (span.start.line(), span.start.col() + 1);
        match event {
            Event::DocumentStart(_) => {
                self.document_count += 1;
                if self.document_count > 1 {
                    return Err(self.fault(
                        line,
                        column,
                        "expected one document, got a second document",
                    ));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let mut kind = kind_of(&text, style);
                if let Some(tag) = tag {
                    if tag.is_yaml_core_schema() {
                        kind = if tag.suffix == "str" {
                            Kind::Text
                        } else {
                            kind
                        };
                    } else {
                        self.refuse_tag(&tag.to_string(), line, column);
                    }
                }
                let text = text.into_owned();
                let value = Value::Scalar(Scalar { text, kind });
                self.place(
                    Node {
                        value,
                        line,
                        column,
                    },
                    anchor,
                )?;
            }
            Event::SequenceStart(anchor, tag) => {
                if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
                    self.refuse_tag(&tag.to_string(), line, column);
                }
                self.open(Open::List(Vec::new()), line, column, anchor)?;
            }
            Event::MappingStart(anchor, tag) => {
                if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
                    self.refuse_tag(&tag.to_string(), line, column);
                }
                let map = Open::Map {
                    entries: Vec::new(),
                    names: HashMap::new(),
                    key: None,
                    merged: Vec::new(),
                };
                self.open(map, line, column, anchor)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close()?,
            Event::Alias(id) => self.alias(id, line, column)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn fault(&self, line: usize, column: usize, message: impl Into<String>) -> Fault {
        Fault::new(position(self.file, line, column), message)
    }

    fn refuse_tag(&mut self, tag: &str, line: usize, column: usize) {
        let message = format!("expected a value, got the tag {}", shown(tag));
        let fault = self.fault(line, column, message);
        self.faults.push(fault);
    }

    fn alias(&mut self, id: usize, line: usize, column: usize) -> Result<(), Fault> {
        let Some(node) = self.anchors.get(&id) else {
            return Err(self.fault(
                line,
                column,
                "expected a value, got an alias inside its own anchor",
            ));
        };
        // Measured before the copy is made, so that a bomb costs nothing.
        let count = node.count();
        if self.node_count + count > NODE_COUNT_MAX {
            let message = format!("aliases expand to more than {NODE_COUNT_MAX} values");
            return Err(self.fault(line, column, message));
        }
        if self.stack.len() + node.depth() > DEPTH_MAX {
            return Err(self.too_deep(line, column));
        }
        self.node_count += count;
        let node = node.clone();
        self.place(node, 0)
    }

    fn too_deep(&self, line: usize, column: usize) -> Fault {
        let message = format!("expected at most {DEPTH_MAX} levels of lists and maps");
        self.fault(line, column, message)
    }

    fn open(
        &mut self,
        value: Open,
        line: usize,
        column: usize,
        anchor: usize,
    ) -> Result<(), Fault> {
        if self.stack.len() >= DEPTH_MAX {
            return Err(self.too_deep(line, column));
        }
        self.stack.push(Frame {
            value,
            line,
            column,
            anchor,
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault> {
        let Some(frame) = self.stack.pop() else {
            return Ok(());
        };
        let value = match frame.value {
            Open::List(items) => Value::List(items),
            Open::Map {
                mut entries,
                mut names,
                merged,
                ..
            } => {
                for node in merged {
                    self.merge(node, &mut entries, &mut names);
                }
                Value::Map(entries)
            }
        };
        let node = Node {
            value,
            line: frame.line,
            column: frame.column,
        };
        self.place(node, frame.anchor)
    }

    /// Adds the entries of `<<` that the map does not have itself.
    fn merge(
        &mut self,
        node: Node,
        entries: &mut Vec<(Key, Node)>,
        names: &mut HashMap<String, usize>,
    ) {
        match node.value {
            Value::Map(others) => {
                for (key, value) in others {
                    if !names.contains_key(&key.name) {
                        names.insert(key.name.clone(), key.line);
                        entries.push((key, value));
                    }
                }
            }
            Value::List(items) => {
                for item in items {
                    self.merge(item, entries, names);
                }
            }
            Value::Scalar(_) => {
                let message = format!("expected a map to merge, got {}", node.described());
                let fault = self.fault(node.line, node.column, message);
                self.faults.push(fault);
            }
        }
    }

    /// Puts a finished node where it belongs: key, value, item or root.
    fn place(&mut self, node: Node, anchor: usize) -> Result<(), Fault> {
        self.node_count += 1;
        if self.node_count > NODE_COUNT_MAX {
            let message = format!("expected at most {NODE_COUNT_MAX} values");
            return Err(self.fault(node.line, node.column, message));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut frame.value {
            Open::List(items) => items.push(node),
            Open::Map {
                key: key @ None, ..
            } => {
                let (line, column) = (node.line, node.column);
                let Value::Scalar(scalar) = node.value else {
                    return Err(self.fault(
                        line,
                        column,
                        "expected a name as key, got a list or map",
                    ));
                };
                let name = scalar.text;
                *key = Some(Key { name, line, column });
            }
            Open::Map {
                entries,
                names,
                key,
                merged,
            } => {
                let Some(key) = key.take() else {
                    return Ok(());
                };
                if key.name == "<<" {
                    merged.push(node);
                } else if let Some(first) = names.get(&key.name) {
                    let name = shown(&key.name);
                    let message = format!("{name} is given twice, first in line {first}");
                    let fault = self.fault(key.line, key.column, message);
                    self.faults.push(fault);
                } else {
                    names.insert(key.name.clone(), key.line);
                    entries.push((key, node));
                }
            }
        }
        Ok(())
    }
}

/// What a scalar may be read as, by how it was written.
fn kind_of(text: &str, style: ScalarStyle) -> Kind {
    if style != ScalarStyle::Plain {
        return Kind::Text;
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        _ => Kind::Plain,
    }
}
