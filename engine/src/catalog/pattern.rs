//! A path of an operator as the steps that a walk takes.

use std::{
    ffi::{OsStr, OsString},
    path::{Component, Path, PathBuf},
};

use globset::{GlobBuilder, GlobMatcher};

/// A directory that is there by name, and the steps below it.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    /// The literal directory that the walk begins in.
    pub(super) prefix: PathBuf,
    /// What has to match below it, one step for each component.
    pub(super) steps: Vec<Step>,
}

/// One component of a pattern.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// This name.
    Name(OsString),
    /// A name that matches.
    Glob(Box<GlobStep>),
    /// `**`: any number of directories; as the last step, all files in them.
    AnyDepth,
}

/// A component with `*`, `?` or `[]` in it.
#[derive(Clone, Debug)]
pub(super) struct GlobStep {
    matcher: GlobMatcher,
    // `*` matches a hidden file or a backup only where it is asked for.
    takes_hidden: bool,
    takes_backups: bool,
}

impl Pattern {
    /// Returns the pattern of everything in a directory.
    pub(super) fn directory(path: PathBuf) -> Self {
        Self {
            prefix: path,
            steps: vec![Step::AnyDepth],
        }
    }

    /// Reads a glob, or returns the reason why it is none.
    ///
    /// Leading names that look like globs and are there as they stand, such as
    /// the directory `logs[1]`, are taken literally; no step may be left.
    pub(super) fn glob(path: &Path, is_there: impl Fn(&Path) -> bool) -> Result<Self, String> {
        let mut prefix = PathBuf::new();
        let mut steps: Vec<Step> = Vec::new();
        for component in path.components() {
            let name = component.as_os_str();
            if steps.is_empty() && (!is_glob(name) || is_there(&prefix.join(name))) {
                prefix.push(component);
                continue;
            }
            match component {
                // Several in a row mean no more than one.
                Component::Normal(name) if name == "**" => match steps.last() {
                    Some(Step::AnyDepth) => {}
                    _ => steps.push(Step::AnyDepth),
                },
                Component::Normal(name) if is_glob(name) => {
                    steps.push(Step::Glob(Box::new(GlobStep::new(name)?)));
                }
                Component::Normal(name) => steps.push(Step::Name(name.to_owned())),
                Component::ParentDir => return Err("`..` after a `*`, `?` or `[`".to_owned()),
                _ => {}
            }
        }
        let ends_in_separator = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        if ends_in_separator && !matches!(steps.last(), Some(Step::AnyDepth)) {
            steps.push(Step::AnyDepth);
        }
        Ok(Self { prefix, steps })
    }

    /// Whether a file of this name could stand beside one that matches.
    pub(super) fn admits(&self, name: &OsStr) -> bool {
        match self.steps.last() {
            Some(Step::Name(only)) => only == name,
            Some(Step::Glob(glob)) => glob.matches(name),
            Some(Step::AnyDepth) => !is_hidden(name) && !is_backup(name),
            None => false,
        }
    }

    /// Whether a walk from this step on takes all files of a directory.
    pub(super) fn takes_all(&self, step: usize) -> bool {
        step + 1 == self.steps.len() && matches!(self.steps.last(), Some(Step::AnyDepth))
    }
}

impl GlobStep {
    fn new(name: &OsStr) -> Result<Self, String> {
        let text = name
            .to_str()
            .ok_or("expected UTF-8 in a name with `*`, `?` or `[`")?;
        // Braces are ordinary characters here, as they are in file names.
        let escaped = text.replace('{', "[{]").replace('}', "[}]");
        let glob = GlobBuilder::new(&escaped)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|error| error.kind().to_string())?;
        Ok(Self {
            matcher: glob.compile_matcher(),
            takes_hidden: text.starts_with('.'),
            takes_backups: is_backup(name),
        })
    }

    /// Whether a name matches.
    pub(super) fn matches(&self, name: &OsStr) -> bool {
        (self.takes_hidden || !is_hidden(name))
            && (self.takes_backups || !is_backup(name))
            && self.matcher.is_match(name)
    }
}

/// Whether a name could be a glob.
pub(super) fn is_glob(name: &OsStr) -> bool {
    name.as_encoded_bytes()
        .iter()
        .any(|byte| matches!(byte, b'*' | b'?' | b'['))
}

/// Whether a name begins with a dot.
pub(super) fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// Whether an editor left a file of this name.
pub(super) fn is_backup(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    let endings: [&[u8]; 4] = [b"~", b".swp", b".swo", b".swx"];
    endings.iter().any(|ending| name.ends_with(ending))
        || (name.len() > 2 && name.starts_with(b"#") && name.ends_with(b"#"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, name: &str, expected: bool) {
        let pattern = Pattern::glob(Path::new(pattern), |_| false).unwrap();
        assert_eq!(pattern.admits(OsStr::new(name)), expected, "{name}");
    }

    #[test]
    fn a_glob_takes_what_a_shell_would() {
        check("/l/*.log", "a.log", true);
        check("/l/*.log", ".log", false);
        check("/l/.*", ".a", true);
        check("/l/*", "a.log~", false);
        check("/l/*~", "a.log~", true);
        check("/l/a?.log", "ab.log", true);
        check("/l/[ab].log", "b.log", true);
        check("/l/[!ab].log", "b.log", false);
        check("/l/{a,b}*", "a1", false);
        check("/l/{a,b}*", "{a,b}1", true);
        check("/l/**", "anything", true);
        check("/l/*/x.log", "x.log", true);
    }

    #[test]
    fn a_glob_begins_below_its_literal_directories() {
        let pattern = Pattern::glob(Path::new("/var/log/**/**/*.log"), |_| false).unwrap();
        assert_eq!(pattern.prefix, Path::new("/var/log"));
        assert_eq!(pattern.steps.len(), 2);
        for wrong in ["/var/[a", "/var/*/../x"] {
            assert!(Pattern::glob(Path::new(wrong), |_| false).is_err());
        }
        let there = Pattern::glob(Path::new("/l[1]/*"), |path| path == Path::new("/l[1]"));
        assert_eq!(there.unwrap().prefix, Path::new("/l[1]"));
    }
}
