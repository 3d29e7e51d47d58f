//! What an operator names: one file, glob or directory, and how to show it.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    path::{Path, PathBuf},
};

use super::{disk, display_name, layout::Layout};

/// One FILESPEC of the command line, or one item of `files:`.
///
/// ```
/// use engine::catalog::{FileSpec, SpecSource};
///
/// let spec = FileSpec::parse("alias=web,group=prod,/logs/a,b.log").unwrap();
/// assert_eq!(spec.name.as_deref(), Some("web"));
/// assert_eq!(spec.group.as_deref(), Some("prod"));
/// assert_eq!(spec.source, SpecSource::Path("/logs/a,b.log".into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSpec {
    /// Where its files are looked for.
    pub source: SpecSource,
    /// Replaces the name of a file, or the leading directory of what a glob or
    /// a directory finds; `None` for the path as found.
    pub name: Option<String>,
    /// The heading its sources stand under; `None` to take it from the path.
    pub group: Option<String>,
    /// Labels of all its sources; they win over those from the path.
    pub labels: BTreeMap<String, String>,
    /// How groups and labels are read from the path; `None` recognizes
    /// `SERVICE-ENV/TYPE.log` alone.
    pub layout: Option<Layout>,
    /// Lines that `tail` shows first; `None` for the default of the program.
    pub tail_lines: Option<u64>,
    /// Whether what is appended is shown.
    pub follow: bool,
    /// Whether rotated files belong to the source of the live one.
    pub rotated: bool,
    /// The encoding by name; `None` for UTF-8 or what the first bytes say.
    pub encoding: Option<String>,
    /// The time zone of timestamps that name none; `None` for the default.
    pub timezone: Option<String>,
}

/// Where the files of a [`FileSpec`] are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpecSource {
    /// A file, a glob or a directory, which each scan decides by looking.
    ///
    /// An existing file whose name holds `[` wins over the glob; a directory
    /// is taken with all its sub-directories.
    Path(PathBuf),
}

/// Why a FILESPEC cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecFault {
    /// It names nothing.
    #[error("expected a file, a glob or a directory, got nothing")]
    Empty,
    /// It is `-`.
    #[error("standard input, `-`, is not supported yet")]
    StandardInput,
    /// `alias=` or `group=` has no value.
    #[error("expected a value after `{0}=`, got nothing")]
    EmptyValue(&'static str),
    /// `alias=` or `group=` is there twice.
    #[error("expected `{0}=` once, got it twice")]
    Repeated(&'static str),
    /// It holds a NUL byte, which no path can.
    #[error("expected a path, got one with a NUL byte in it")]
    Nul,
}

impl FileSpec {
    /// Returns the spec of a path with everything left to its default.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            source: SpecSource::Path(path.into()),
            name: None,
            group: None,
            labels: BTreeMap::new(),
            layout: None,
            tail_lines: None,
            follow: true,
            rotated: true,
            encoding: None,
            timezone: None,
        }
    }

    /// Reads `[alias=NAME,group=NAME,]SOURCE`.
    ///
    /// The two keys may come in either order and reach to the next comma;
    /// everything after them is the path, commas included. A file whose name
    /// begins like a key is written `./alias=…`.
    ///
    /// # Errors
    ///
    /// [`SpecFault`], when no path is left, a key has no value or comes twice,
    /// or the source is standard input.
    pub fn parse(text: &str) -> Result<Self, SpecFault> {
        Self::parse_os(OsStr::new(text))
    }

    /// Does what [`FileSpec::parse`] does for an argument that may not be
    /// UTF-8, as file names need not be.
    ///
    /// # Errors
    ///
    /// As [`FileSpec::parse`].
    pub fn parse_os(text: &OsStr) -> Result<Self, SpecFault> {
        let mut rest = disk::bytes_of(text);
        let mut alias = None;
        let mut group = None;
        loop {
            let (key, slot) = if rest.starts_with(b"alias=") {
                ("alias", &mut alias)
            } else if rest.starts_with(b"group=") {
                ("group", &mut group)
            } else {
                break;
            };
            // Without a comma it is not a key but a path that looks like one.
            let Some(comma) = memchr::memchr(b',', rest) else {
                break;
            };
            let value = rest.get(key.len() + 1..comma).unwrap_or_default();
            rest = rest.get(comma + 1..).unwrap_or_default();
            if value.is_empty() {
                return Err(SpecFault::EmptyValue(key));
            }
            let value = display_name(Path::new(&disk::name_of(value)));
            if slot.replace(value).is_some() {
                return Err(SpecFault::Repeated(key));
            }
        }
        match rest {
            b"" => Err(SpecFault::Empty),
            b"-" => Err(SpecFault::StandardInput),
            path if memchr::memchr(0, path).is_some() => Err(SpecFault::Nul),
            path => Ok(Self {
                name: alias,
                group,
                ..Self::new(disk::name_of(path))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, name: Option<&str>, group: Option<&str>, path: &str) {
        let spec = FileSpec::parse(text).unwrap();
        assert_eq!(spec.name.as_deref(), name, "{text}");
        assert_eq!(spec.group.as_deref(), group, "{text}");
        assert_eq!(spec.source, SpecSource::Path(path.into()), "{text}");
    }

    #[test]
    fn only_alias_and_group_are_taken_off() {
        check("/var/log/syslog", None, None, "/var/log/syslog");
        check(
            "alias=s,/var/log/syslog",
            Some("s"),
            None,
            "/var/log/syslog",
        );
        check("group=g,alias=a,x", Some("a"), Some("g"), "x");
        check(
            "alias=web,group=prod,/l/web-*.log",
            Some("web"),
            Some("prod"),
            "/l/web-*.log",
        );
        check("/logs/a,b.log", None, None, "/logs/a,b.log");
        check("alias=x,a,b,c", Some("x"), None, "a,b,c");
        check("name=x,/a", None, None, "name=x,/a");
        check("/a,alias=x", None, None, "/a,alias=x");
        check("alias=x", None, None, "alias=x");
        check("./alias=x,y", None, None, "./alias=x,y");
        check("./-", None, None, "./-");
        check(" a", None, None, " a");
    }

    #[test]
    fn a_spec_of_nothing_is_refused() {
        let table = [
            ("", SpecFault::Empty),
            ("alias=x,", SpecFault::Empty),
            ("-", SpecFault::StandardInput),
            ("alias=in,-", SpecFault::StandardInput),
            ("alias=,/a", SpecFault::EmptyValue("alias")),
            ("group=,/a", SpecFault::EmptyValue("group")),
            ("alias=a,alias=b,/a", SpecFault::Repeated("alias")),
            ("/a\0b", SpecFault::Nul),
        ];
        for (text, fault) in table {
            assert_eq!(FileSpec::parse(text), Err(fault), "{text:?}");
        }
    }

    #[test]
    fn an_argument_that_is_not_utf8_keeps_its_bytes() {
        let spec = FileSpec::parse_os(OsStr::from_bytes(b"alias=x,/l/\xff.log")).unwrap();
        let path = PathBuf::from(OsStr::from_bytes(b"/l/\xff.log"));
        assert_eq!(spec.source, SpecSource::Path(path));
    }

    proptest! {
        #[test]
        fn any_path_survives_behind_any_keys(
            alias in proptest::option::of("[^,\\p{C}\\p{Z}]{1,12}"),
            group in proptest::option::of("[^,\\p{C}\\p{Z}]{1,12}"),
            swapped: bool,
            path in "/[^\0]{0,40}",
        ) {
            let mut keys = [
                alias.as_ref().map(|value| format!("alias={value},")),
                group.as_ref().map(|value| format!("group={value},")),
            ];
            if swapped {
                keys.reverse();
            }
            let text = format!("{}{path}", keys.into_iter().flatten().collect::<String>());
            let spec = FileSpec::parse(&text).unwrap();
            prop_assert_eq!(spec.name, alias);
            prop_assert_eq!(spec.group, group);
            prop_assert_eq!(spec.source, SpecSource::Path(path.into()));
        }

        #[test]
        fn no_text_makes_it_fail_badly(text: String) {
            let _ = FileSpec::parse(&text);
        }
    }
}
