//! File specs: which sources to serve, and how.

use std::collections::BTreeMap;

use super::fault::{Wrong, shown};

/// One source as it was named: a file, a glob, a directory, or standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// A file, which need not exist yet, a glob, a directory, or `-`; not expanded.
    pub path: String,
    /// The name shown; `None` is the path as found.
    pub name: Option<String>,
    /// The group shown; `/` parts a group from one inside it.
    pub group: Option<String>,
    /// How many lines `tail` shows; `None` is the server's default.
    pub tail_lines: Option<u32>,
    /// Whether new lines are waited for.
    pub follow: bool,
    /// Whether rotated files belong to the source; `None` leaves it to the program.
    pub rotated: Option<bool>,
    /// The encoding's name; `None` is UTF-8.
    pub encoding: Option<String>,
    /// The time zone of timestamps that name none; `None` is the server's.
    pub timezone: Option<String>,
    /// Labels of the source.
    pub labels: BTreeMap<String, String>,
    /// How paths give groups and labels, as `{service}-{env}/{type}.log`.
    pub layout: Option<String>,
}

impl FileEntry {
    /// An entry that says no more than its path.
    pub fn new(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            name: None,
            group: None,
            tail_lines: None,
            follow: true,
            rotated: None,
            encoding: None,
            timezone: None,
            labels: BTreeMap::new(),
            layout: None,
        }
    }

    /// Whether it is standard input.
    pub fn is_stdin(&self) -> bool {
        self.path == "-"
    }
}

/// Reads `[alias=NAME,group=NAME,]SOURCE`; only these two are taken off, so that a path may hold
/// commas.
pub(super) fn parse_spec(spec: &str) -> Result<FileEntry, Wrong> {
    let mut rest = spec;
    let (mut name, mut group) = (None, None);
    loop {
        let (word, slot) = if rest.starts_with("alias=") {
            ("alias=", &mut name)
        } else if rest.starts_with("group=") {
            ("group=", &mut group)
        } else {
            break;
        };
        let after = rest.strip_prefix(word).unwrap_or(rest);
        let Some((value, source)) = after.split_once(',') else {
            return Err(Wrong::new(format!(
                "expected a comma and a source after {}",
                shown(rest)
            ))
            .suggest(format!(
                "a file so named is written `./{}`",
                super::fault::escaped(rest)
            )));
        };
        if slot.is_some() {
            return Err(Wrong::new(format!(
                "`{word}` is given twice in {}",
                shown(spec)
            )));
        }
        *slot = Some(parse_name(value)?);
        rest = source;
    }
    check_source(rest)?;
    Ok(FileEntry {
        name,
        group,
        ..FileEntry::new(rest)
    })
}

/// Refuses what is no path, and sources of kinds that are not built yet.
pub(super) fn check_source(source: &str) -> Result<(), Wrong> {
    const LATER: &[&str] = &["command,", "journald:", "docker:", "kafka:"];
    if source.is_empty() {
        return Err(Wrong::new(
            "expected a file, a glob, a directory or `-`, got an empty text",
        ));
    }
    if source.contains('\0') {
        return Err(Wrong::expected(
            "a file, a glob, a directory or `-`",
            source,
        ));
    }
    if let Some(kind) = LATER.iter().find(|kind| source.starts_with(**kind)) {
        let escaped = super::fault::escaped(source);
        return Err(Wrong::new(format!(
            "a source of the kind `{kind}` is not supported yet"
        ))
        .suggest(format!("a file so named is written `./{escaped}`")));
    }
    Ok(())
}

/// Reads the name of a source or a group.
pub(super) fn parse_name(text: &str) -> Result<String, Wrong> {
    let name = text.trim();
    if name.is_empty() {
        return Err(Wrong::new("expected a name, got an empty text"));
    }
    if name.chars().any(char::is_control) {
        return Err(Wrong::expected("a name on one line", text));
    }
    Ok(name.to_owned())
}

/// Reads the name of an encoding; whether it is known is for the reader of the file to say.
pub(super) fn parse_encoding(text: &str) -> Result<String, Wrong> {
    let name = text.trim();
    let is_label = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:.+".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_label) {
        return Err(Wrong::expected("an encoding as `utf-8`", text));
    }
    Ok(name.to_ascii_lowercase())
}

/// Reads the name of a label, which is a field in queries.
pub(super) fn check_label_name(name: &str) -> Result<(), Wrong> {
    let mut bytes = name.bytes();
    let starts_well = bytes
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if starts_well && bytes.all(is_inner) {
        Ok(())
    } else {
        Err(Wrong::expected(
            "a label's name of letters, digits, `_`, `-` and `.`",
            name,
        ))
    }
}

/// Reads a layout: a relative path in which `{name}` stands for a part that becomes a label.
pub(super) fn parse_layout(text: &str) -> Result<String, Wrong> {
    const EXPECTED: &str = "a layout as `{service}-{env}/{type}.log`";
    let mut rest = text;
    let mut names: Vec<&str> = Vec::new();
    while let Some(start) = rest.find(['{', '}']) {
        let Some((name, after)) = rest
            .get(start..)
            .and_then(|part| part.strip_prefix('{'))
            .and_then(|part| part.split_once('}'))
        else {
            return Err(Wrong::expected(EXPECTED, text).suggest("every `{` needs its `}`"));
        };
        check_label_name(name)?;
        if names.contains(&name) {
            return Err(Wrong::new(format!(
                "{} stands twice in the layout",
                shown(name)
            )));
        }
        if after.starts_with('{') {
            return Err(
                Wrong::expected(EXPECTED, text).suggest("something must stand between two names")
            );
        }
        names.push(name);
        rest = after;
    }
    if names.is_empty() || text.starts_with('/') {
        return Err(Wrong::expected(EXPECTED, text));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_alias_and_group_are_taken_off() {
        for (spec, name, group, path) in [
            ("/var/log/syslog", None, None, "/var/log/syslog"),
            (
                "alias=syslog,/var/log/syslog",
                Some("syslog"),
                None,
                "/var/log/syslog",
            ),
            (
                "alias=web,group=prod,/logs/web-prod/*.log",
                Some("web"),
                Some("prod"),
                "/logs/web-prod/*.log",
            ),
            ("group=prod,alias=web,/a", Some("web"), Some("prod"), "/a"),
            ("/logs/a,b.log", None, None, "/logs/a,b.log"),
            (
                "alias=x,/logs/a,group=b.log",
                Some("x"),
                None,
                "/logs/a,group=b.log",
            ),
            ("./alias=x", None, None, "./alias=x"),
            ("-", None, None, "-"),
            ("alias=in,-", Some("in"), None, "-"),
        ] {
            let entry = parse_spec(spec).unwrap();
            let found = (
                entry.name.as_deref(),
                entry.group.as_deref(),
                entry.path.as_str(),
            );
            assert_eq!(found, (name, group, path), "{spec}");
        }
    }

    #[test]
    fn a_wrong_spec_is_refused() {
        for (spec, part) in [
            ("", "empty text"),
            ("alias=x", "expected a comma"),
            ("alias=x,", "empty text"),
            ("alias=,/a", "expected a name"),
            ("alias=a,alias=b,/a", "given twice"),
            ("journald:ssh", "not supported yet"),
            ("command,clear", "not supported yet"),
            ("a\0b", "expected a file"),
        ] {
            let wrong = parse_spec(spec).unwrap_err();
            assert!(wrong.message.contains(part), "{spec}: {}", wrong.message);
        }
    }

    #[test]
    fn a_layout_names_its_parts_once() {
        assert!(parse_layout("{service}-{env}/{type}.log").is_ok());
        for text in [
            "", "a.log", "{a", "a}", "{}", "{a}{b}", "{a}-{a}", "/{a}", "{a b}",
        ] {
            assert!(parse_layout(text).is_err(), "{text}");
        }
    }
}
