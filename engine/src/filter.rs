//! A query compiled for bytes: which lines of a block it takes, and where in a
//! line it matched.

use std::{hash::Hash, ops::Range};

use grep_matcher::{LineMatchKind, Matcher};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use memchr::{memchr, memchr_iter, memrchr};
use protocol::{
    Problem, Query,
    query::{Expected, Expression, PATTERN_BYTES_MAX, Text},
};
use regex_syntax::{
    ParserBuilder,
    hir::{Hir, HirKind, Look, Repetition},
};

use crate::limits::{REGEX_BYTES_MAX, REGEX_CACHE_BYTES_MAX, REGEX_NEST_MAX};

/// Ranges that one line reports at most; a line that matches a thousand times
/// is yellow all over in any case.
const MATCHES_PER_LINE_MAX: usize = 256;

/// Decides which lines a view shows.
pub struct Filter {
    /// The query in its canonical form: equal keys take equal lines.
    key: String,
    node: Node,
    /// Finds a superset of the lines that `node` takes; `None` where only
    /// looking at every line will do.
    driver: Option<Driver>,
}

struct Driver {
    /// Lets a `\r` stand before the end of a line; a line with one is looked at
    /// again without it.
    matcher: RegexMatcher,
    /// Whether what the driver finds needs no second look.
    is_exact: bool,
}

enum Node {
    All,
    Leaf(Box<Leaf>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
}

struct Leaf {
    matcher: RegexMatcher,
    /// The expression it was built from, flags included.
    pattern: String,
    /// How many bytes a match has at least, as far as is known: the longer,
    /// the rarer.
    weight: usize,
}

impl Filter {
    /// Takes every line.
    pub fn all() -> Self {
        Self {
            key: String::new(),
            node: Node::All,
            driver: None,
        }
    }

    /// Compiles the query `q`; with `regex` the whole of it is one expression.
    ///
    /// # Errors
    /// [`Problem::BadQuery`] with the position of the fault,
    /// [`Problem::NotSupported`] for predicates on fields, levels and times.
    pub fn new(q: &str, regex: bool) -> Result<Self, Problem> {
        let query = if regex && !q.is_empty() {
            if q.len() > PATTERN_BYTES_MAX {
                return Err(Problem::BadQuery {
                    position: 0,
                    expected: Expected::ShorterExpression.to_string(),
                });
            }
            protocol::query::parse_expression(q)
        } else {
            protocol::query::parse(q).map_err(|fault| Problem::BadQuery {
                position: u64::try_from(fault.position).unwrap_or(0),
                expected: fault.expected.to_string(),
            })?
        };
        if let Some((_, what)) = query.unsupported() {
            return Err(Problem::NotSupported {
                what: what.to_owned(),
            });
        }
        let node = compile(&query, q)?;
        let driver = match driver(&node) {
            Some((pattern, is_exact)) => matcher(&before_carriage_return(&pattern))
                .ok()
                .map(|matcher| Driver { matcher, is_exact }),
            None => None,
        };
        Ok(Self {
            key: query.to_string(),
            node,
            driver,
        })
    }

    /// The query in its canonical form.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whether it takes every line.
    pub fn is_all(&self) -> bool {
        matches!(self.node, Node::All)
    }

    /// Whether it takes `line`, given without its newline.
    pub fn takes(&self, line: &[u8]) -> bool {
        self.node.takes(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// Calls `found` with the range of each line of `lines` that it takes, the
    /// newline not included. `lines` starts at a line start; its last line may
    /// lack the newline. Stops early when `found` returns false.
    pub fn lines(&self, lines: &[u8], mut found: impl FnMut(Range<usize>) -> bool) {
        let Some(driver) = &self.driver else {
            let mut start = 0;
            for end in memchr_iter(b'\n', lines).chain(std::iter::once(lines.len())) {
                let Some(line) = lines.get(start..end) else {
                    break;
                };
                let is_line = end < lines.len() || start < end;
                if is_line && self.takes(line) && !found(start..end) {
                    return;
                }
                start = end + 1;
            }
            return;
        };
        let mut at = 0;
        while at < lines.len() {
            let Some(rest) = lines.get(at..) else { return };
            let (offset, confirmed) = match driver.matcher.find_candidate_line(rest) {
                Ok(Some(LineMatchKind::Confirmed(offset))) => (offset, true),
                Ok(Some(LineMatchKind::Candidate(offset))) => (offset, false),
                Ok(None) | Err(_) => return,
            };
            let hit = (at + offset).min(lines.len());
            let start = lines
                .get(at..hit)
                .and_then(|head| memrchr(b'\n', head))
                .map_or(at, |n| at + n + 1);
            let end = lines
                .get(hit..)
                .and_then(|tail| memchr(b'\n', tail))
                .map_or(lines.len(), |n| hit + n);
            if start == lines.len() {
                // An empty match behind the last newline: there is no line.
                return;
            }
            let line = lines.get(start..end).unwrap_or_default();
            let is_sure = driver.is_exact && confirmed && memchr(b'\r', line).is_none();
            let takes = is_sure || self.takes(line);
            if takes && !found(start..end) {
                return;
            }
            at = end + 1;
        }
    }

    /// Where in `line` the positive parts of the query match: ordered ranges
    /// that do not overlap.
    pub fn matches(&self, line: &[u8]) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        self.node.matches(line, &mut ranges);
        ranges.sort_unstable_by_key(|range: &Range<usize>| (range.start, range.end));
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match merged.last_mut() {
                Some(last) if range.start < last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        merged
    }
}

impl Hash for Filter {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl Node {
    fn takes(&self, line: &[u8]) -> bool {
        match self {
            Self::All => true,
            Self::Leaf(leaf) => leaf.matcher.is_match(line).unwrap_or(false),
            Self::And(nodes) => nodes.iter().all(|node| node.takes(line)),
            Self::Or(nodes) => nodes.iter().any(|node| node.takes(line)),
            Self::Not(node) => !node.takes(line),
        }
    }

    fn matches(&self, line: &[u8], ranges: &mut Vec<Range<usize>>) {
        match self {
            Self::All | Self::Not(_) => {}
            Self::Leaf(leaf) => {
                let _ = leaf.matcher.find_iter(line, |found| {
                    if !found.is_empty() {
                        ranges.push(found.start()..found.end());
                    }
                    ranges.len() < MATCHES_PER_LINE_MAX
                });
            }
            Self::And(nodes) | Self::Or(nodes) => {
                for node in nodes {
                    node.matches(line, ranges);
                }
            }
        }
    }
}

fn compile(query: &Query, q: &str) -> Result<Node, Problem> {
    let all = |queries: &[Query]| {
        queries
            .iter()
            .map(|query| compile(query, q))
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(match query {
        Query::Text(text) => leaf(text_pattern(text), text.text.len(), q, &text.text)?,
        Query::Expression(expression) => {
            leaf(expression_pattern(expression), 1, q, &expression.pattern)?
        }
        Query::And(queries) => {
            let mut nodes = all(queries)?;
            // What is rare decides first.
            nodes.sort_by_key(|node| std::cmp::Reverse(weight(node)));
            Node::And(nodes)
        }
        Query::Or(queries) => Node::Or(all(queries)?),
        Query::Not(query) => Node::Not(Box::new(compile(query, q)?)),
        _ => Node::All,
    })
}

fn leaf(pattern: String, weight: usize, q: &str, written: &str) -> Result<Node, Problem> {
    let matcher = matcher(&pattern).map_err(|fault| bad_pattern(&fault, q, written))?;
    Ok(Node::Leaf(Box::new(Leaf {
        matcher,
        pattern,
        weight,
    })))
}

fn text_pattern(text: &Text) -> String {
    let escaped = regex_syntax::escape(&text.text);
    if text.ignores_case() {
        format!("(?i:{escaped})")
    } else {
        escaped
    }
}

fn expression_pattern(expression: &Expression) -> String {
    let flag = if expression.ignore_case { "i" } else { "" };
    format!("(?{flag}:{})", expression.pattern)
}

fn matcher(pattern: &str) -> Result<RegexMatcher, grep_regex::Error> {
    RegexMatcherBuilder::new()
        .line_terminator(Some(b'\n'))
        .multi_line(true)
        .size_limit(REGEX_BYTES_MAX)
        .dfa_size_limit(REGEX_CACHE_BYTES_MAX)
        .nest_limit(REGEX_NEST_MAX)
        .build(pattern)
}

/// The same expression, with `\r?` before every end of a line. (The `crlf` mode
/// of the matcher would not do: it keeps `.` from matching a `\r` inside.)
fn before_carriage_return(pattern: &str) -> String {
    let parsed = ParserBuilder::new()
        .multi_line(true)
        .utf8(false)
        .build()
        .parse(pattern);
    match parsed {
        Ok(hir) if hir.properties().look_set().contains(Look::EndLF) => {
            with_carriage_return(&hir).to_string()
        }
        _ => pattern.to_owned(),
    }
}

fn with_carriage_return(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Look(Look::EndLF) => {
            let sub = Box::new(Hir::literal(*b"\r"));
            let optional = Hir::repetition(Repetition {
                min: 0,
                max: Some(1),
                greedy: true,
                sub,
            });
            Hir::concat(vec![optional, hir.clone()])
        }
        HirKind::Repetition(repetition) => {
            let sub = Box::new(with_carriage_return(&repetition.sub));
            Hir::repetition(Repetition {
                sub,
                ..repetition.clone()
            })
        }
        HirKind::Capture(capture) => with_carriage_return(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(with_carriage_return).collect()),
        HirKind::Alternation(parts) => {
            Hir::alternation(parts.iter().map(with_carriage_return).collect())
        }
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => hir.clone(),
    }
}

/// Says where in `q` the expression `written` is wrong, and why.
fn bad_pattern(fault: &grep_regex::Error, q: &str, written: &str) -> Problem {
    let start = q.find(written).unwrap_or(0);
    let (offset, reason) = match regex_syntax::parse(written) {
        Err(regex_syntax::Error::Parse(error)) => {
            (error.span().start.offset, error.kind().to_string())
        }
        Err(regex_syntax::Error::Translate(error)) => {
            (error.span().start.offset, error.kind().to_string())
        }
        _ => (0, fault.to_string()),
    };
    let before = q.get(..start + offset).unwrap_or_default();
    Problem::BadQuery {
        position: u64::try_from(before.chars().count()).unwrap_or(0),
        expected: format!("expected a regular expression: {reason}"),
    }
}

fn weight(node: &Node) -> usize {
    match node {
        Node::All | Node::Not(_) => 0,
        Node::Leaf(leaf) => leaf.weight,
        Node::And(nodes) => nodes.iter().map(weight).max().unwrap_or(0),
        Node::Or(nodes) => nodes.iter().map(weight).min().unwrap_or(0),
    }
}

/// An expression that every line taken by `node` matches, and whether every
/// line that matches it is taken.
fn driver(node: &Node) -> Option<(String, bool)> {
    match node {
        Node::All | Node::Not(_) => None,
        Node::Leaf(leaf) => Some((leaf.pattern.clone(), true)),
        Node::And(nodes) => {
            let best = nodes
                .iter()
                .filter(|node| driver(node).is_some())
                .max_by_key(|node| weight(node))?;
            let (pattern, is_exact) = driver(best)?;
            Some((pattern, is_exact && nodes.len() == 1))
        }
        Node::Or(nodes) => {
            let parts = nodes.iter().map(driver).collect::<Option<Vec<_>>>()?;
            let is_exact = parts.iter().all(|(_, is_exact)| *is_exact);
            let patterns: Vec<_> = parts
                .into_iter()
                .map(|(pattern, _)| format!("(?:{pattern})"))
                .collect();
            Some((patterns.join("|"), is_exact))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CORPUS: &[u8] = b"GET /a 200\nget /b 500 timeout\n\nError: Connection reset\r\n\xff\xfe raw timeout\nlast connection reset 504";

    fn taken(q: &str, lines: &[u8]) -> Vec<String> {
        let filter = Filter::new(q, false).unwrap_or_else(|problem| panic!("{q}: {problem}"));
        let mut taken = Vec::new();
        filter.lines(lines, |range| {
            taken.push(lines[range].escape_ascii().to_string());
            true
        });
        taken
    }

    #[test]
    fn a_query_takes_the_lines_it_means() {
        let table: &[(&str, &[usize])] = &[
            ("", &[0, 1, 2, 3, 4, 5]),
            ("get", &[0, 1]),
            ("GET", &[0]),
            ("timeout", &[1, 4]),
            ("\"connection reset\"", &[3, 5]),
            ("/50\\d/", &[1, 5]),
            ("/50\\d$/", &[5]),
            ("/reset$/", &[3]),
            ("/^get/i", &[0, 1]),
            ("timeout get", &[1]),
            ("timeout -get", &[4]),
            ("-timeout", &[0, 2, 3, 5]),
            ("timeout OR reset", &[1, 3, 4, 5]),
            ("(timeout OR reset) -504", &[1, 3, 4]),
            ("-timeout -reset", &[0, 2]),
            ("nothing", &[]),
        ];
        let lines: Vec<String> = CORPUS
            .split(|byte| *byte == b'\n')
            .map(|line| line.escape_ascii().to_string())
            .collect();
        for (q, wanted) in table {
            let wanted: Vec<String> = wanted.iter().map(|index| lines[*index].clone()).collect();
            assert_eq!(taken(q, CORPUS), wanted, "{q}");
        }
    }

    #[test]
    fn a_wrong_expression_says_where_it_is_wrong() {
        let table = [("a /b(c/", 4), ("/x{2/", 2), ("/a/ /[z/", 5)];
        for (q, position) in table {
            match Filter::new(q, false) {
                Err(Problem::BadQuery {
                    position: found, ..
                }) => assert_eq!(found, position, "{q}"),
                other => panic!("{q}: {:?}", other.err()),
            }
        }
    }

    #[test]
    fn an_expression_that_is_too_large_is_refused() {
        assert!(Filter::new("/(((a{1,100}){1,100}){1,100})/", false).is_err());
    }

    proptest! {
        #[test]
        fn searching_a_block_equals_asking_line_by_line(
            lines in proptest::collection::vec("[abAB \r]{0,6}", 0..20),
            q in prop::sample::select(vec!["a", "ab", "A", "-a", "a b", "a OR B", "/^a/", "/b$/", "/a*/", "(a OR b) -A", "/a.b/", "/^$/", "/^b/", "/a$/"]),
            ends in any::<bool>(),
        ) {
            let mut block = lines.join("\n").into_bytes();
            if ends && !block.is_empty() {
                block.push(b'\n');
            }
            let filter = Filter::new(q, false).unwrap();
            let mut found = Vec::new();
            filter.lines(&block, |range| { found.push(range); true });
            let mut wanted = Vec::new();
            let mut start = 0;
            for line in block.split_inclusive(|byte| *byte == b'\n') {
                let text = line.strip_suffix(b"\n").unwrap_or(line);
                if filter.takes(text) {
                    wanted.push(start..start + text.len());
                }
                start += line.len();
            }
            prop_assert_eq!(found, wanted);
        }
    }
}
