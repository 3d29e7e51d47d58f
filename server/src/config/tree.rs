//! The tree that YAML and TOML are both read into: nodes that know their line and column.

use std::path::Path;

use super::fault::{Fault, Place};
use super::{toml_tree, yaml_tree};

/// The largest configuration file, in bytes.
pub(super) const FILE_BYTES_MAX: usize = 1024 * 1024;

/// How deep lists and maps may lie in each other.
pub(super) const DEPTH_MAX: usize = 32;

/// How many nodes a tree may have with its aliases expanded, so that no alias bomb fills memory.
pub(super) const NODE_COUNT_MAX: usize = 100_000;

/// A value and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) value: Value,
    /// Counted from 1.
    pub(super) line: usize,
    /// In characters, counted from 1.
    pub(super) column: usize,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    /// In the order written; no name twice.
    Map(Vec<(Key, Node)>),
}

/// A single value, not yet given a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scalar {
    pub(super) text: String,
    pub(super) kind: Kind,
}

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// In quotes or as a block: only ever text.
    Text,
    /// Bare, so that it may be a number or a yes or no, too.
    Plain,
    /// Nothing, `null` or `~`.
    Null,
}

/// The name of an entry and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Node {
    /// What a message calls this node.
    pub(super) fn described(&self) -> String {
        match &self.value {
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
            Value::Scalar(Scalar {
                kind: Kind::Null, ..
            }) => "nothing".to_owned(),
            Value::Scalar(scalar) => super::fault::shown(&scalar.text),
        }
    }

    /// How many nodes this one is with all it holds.
    pub(super) fn count(&self) -> usize {
        1 + match &self.value {
            Value::Scalar(_) => 0,
            Value::List(items) => items.iter().map(Node::count).sum(),
            Value::Map(entries) => entries.iter().map(|(_, node)| node.count()).sum(),
        }
    }

    /// Levels of lists and maps, 0 for a scalar.
    pub(super) fn depth(&self) -> usize {
        match &self.value {
            Value::Scalar(_) => 0,
            Value::List(items) => 1 + items.iter().map(Node::depth).max().unwrap_or(0),
            Value::Map(entries) => {
                1 + entries
                    .iter()
                    .map(|(_, node)| node.depth())
                    .max()
                    .unwrap_or(0)
            }
        }
    }
}

/// Reads a file's text, TOML by its ending, YAML otherwise.
pub(super) fn parse(text: &str, file: &Path) -> Result<Node, Vec<Fault>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_toml = file
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
    if is_toml {
        toml_tree::parse(text, file)
    } else {
        yaml_tree::parse(text, file)
    }
}

/// The place of a position in a file.
pub(super) fn position(file: &Path, line: usize, column: usize) -> Place {
    Place::Position {
        file: file.to_path_buf(),
        line,
        column,
    }
}

/// A syntax error with the line it is in.
pub(super) fn syntax(
    text: &str,
    file: &Path,
    line: usize,
    column: usize,
    message: impl Into<String>,
) -> Fault {
    let mut fault = Fault::new(position(file, line, column), message);
    fault.excerpt = text
        .lines()
        .nth(line.saturating_sub(1))
        .map(super::fault::escaped)
        .filter(|excerpt| !excerpt.trim().is_empty())
        .map(Into::into);
    fault
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn faults(name: &str, text: &str) -> Vec<String> {
        match parse(text, Path::new(name)) {
            Ok(node) => panic!("no fault in {text:?}: {node:?}"),
            Err(faults) => faults.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn both_languages_give_the_same_tree_with_positions() {
        let yaml = parse("title: x\nlist:\n  - 10\n", Path::new("a.yml")).unwrap();
        let toml = parse("title = 'x'\nlist = [\n  10\n]\n", Path::new("a.toml")).unwrap();
        let outline = |node: &Node| {
            let Value::Map(entries) = &node.value else {
                panic!("no map")
            };
            entries
                .iter()
                .map(|(key, node)| (key.name.clone(), key.line, key.column, node.count()))
                .collect::<Vec<_>>()
        };
        let expected = vec![("title".to_owned(), 1, 1, 1), ("list".to_owned(), 2, 1, 2)];
        assert_eq!(outline(&yaml), expected);
        assert_eq!(outline(&toml), expected);
    }

    #[test]
    fn syntax_errors_name_line_column_and_the_line_itself() {
        let found = faults("a.yml", "title: x\nfiles:\n  - *.log\n");
        assert_eq!(
            found,
            [
                "a.yml:3:5: a value that begins with `*` needs quotes, write `'*.log'`\n      - *.log"
            ]
        );
        for (text, expected) in [
            (
                "files: [a, */x.log]\n",
                "1:12: a value that begins with `*` needs quotes, write `'*/x.log'`",
            ),
            ("title: *titel\n", "1:8: unknown alias `*titel`"),
            (
                "title: @x\n",
                "1:8: a value that begins with `@` needs quotes, write `'@x'`",
            ),
            ("a: {b}-{c}.log\n", "write `'{b}-{c}.log'`"),
        ] {
            let found = faults("a.yml", text);
            assert!(found[0].contains(expected), "{found:?}");
        }
        let found = faults("a.yml", "title: 'x\nbind: y\n");
        assert!(found[0].starts_with("a.yml:"), "{found:?}");
        let found = faults("a.toml", "title = x\nbind = 8080\nb = = 1\n");
        assert!(found[0].starts_with("a.toml:1:9: "), "{found:?}");
        assert!(found[1].starts_with("a.toml:3:5: "), "{found:?}");
    }

    #[test]
    fn a_key_given_twice_is_a_fault_in_both_languages() {
        assert_eq!(
            faults("a.yml", "title: x\nbind: y\ntitle: z\n"),
            ["a.yml:3:1: `title` is given twice, first in line 1"]
        );
        let found = faults("a.toml", "title = 'x'\nbind = 'y'\ntitle = 'z'\n");
        assert!(
            found[0].starts_with("a.toml:3:1: duplicate key"),
            "{found:?}"
        );
    }

    #[test]
    fn depth_is_bounded() {
        for (name, text) in [
            ("a.yml", format!("a: {}{}", "[".repeat(40), "]".repeat(40))),
            ("a.yml", format!("a: {}", "[".repeat(500_000))),
            ("a.yml", "- ".repeat(200_000)),
            (
                "a.toml",
                format!("a = {}{}", "[".repeat(40), "]".repeat(40)),
            ),
            ("a.toml", format!("a = {}", "[".repeat(500_000))),
            ("a.toml", format!("{}b = 1", "a.".repeat(200_000))),
        ] {
            let found = faults(name, &text);
            assert!(!found.is_empty());
            assert!(found[0].len() < 400, "{}", found[0]);
        }
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let inner = vec![format!("*a{}", level - 1); 10].join(", ");
            text.extend([format!("a{level}: &a{level} [{inner}]\n")]);
        }
        let found = faults("a.yml", &text);
        assert!(
            found[0].contains("aliases expand to more than"),
            "{found:?}"
        );
        let found = faults("a.yml", "a: &a [*a]\n");
        assert!(found[0].contains("inside its own anchor"), "{found:?}");
    }

    #[test]
    fn anchors_and_merge_keys_are_expanded() {
        let merged = "base: &b {group: web, follow: false}\none: {<<: *b, group: db}\n";
        let plain = "base: {group: web, follow: false}\none: {group: db, follow: false}\n";
        let strip = |text: &str| {
            let node = parse(text, Path::new("a.yml")).unwrap();
            let Value::Map(entries) = node.value else {
                panic!("no map")
            };
            let Value::Map(entries) = entries[1].1.value.clone() else {
                panic!("no map")
            };
            entries
                .into_iter()
                .map(|(key, node)| (key.name, node.described()))
                .collect::<Vec<_>>()
        };
        assert_eq!(strip(merged), strip(plain));
    }

    #[test]
    fn other_things_yaml_can_say_are_refused() {
        for (text, message) in [
            ("? [a]\n: b\n", "expected a name as key"),
            ("a: 1\n---\nb: 2\n", "second document"),
            ("a: !secret x\n", "tag `!secret`"),
            ("<<: x\n", "expected a map to merge"),
        ] {
            let found = faults("a.yml", text);
            assert!(found[0].contains(message), "{found:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parsers_panic(text in "\\PC{0,200}|[-\\[\\]{}:,&*!|>'\"%@#?~<= a\n\t\r.]{0,120}") {
            let _ = parse(&text, Path::new("a.yml"));
            let _ = parse(&text, Path::new("a.toml"));
        }
    }
}
