//! What is wrong with a configuration, where, and what would be right.

use std::fmt;
use std::path::PathBuf;

/// How much of a wrong value a message repeats, in characters.
const SHOWN_CHARACTERS: usize = 80;

/// Where a fault lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the way the program was called as a whole.
    Usage,
    /// In this option of the command line, as `--bind`, or `FILESPEC`.
    CommandLine(String),
    /// In this environment variable.
    Environment(String),
    /// In this file as a whole.
    File(PathBuf),
    /// At a position of a file.
    Position {
        /// The file as it was named.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage => f.write_str("tailon"),
            Self::CommandLine(name) | Self::Environment(name) => f.write_str(name),
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Position { file, line, column } => {
                write!(f, "{}:{line}:{column}", file.display())
            }
        }
    }
}

/// One thing that is wrong; displayed as
/// ``tailon.yml:12:3: unknown key `tite`, did you mean `title`?``.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it is.
    pub place: Place,
    /// The key path inside a file, as `files[2].tail-lines`; empty where no key is concerned.
    pub key: String,
    /// What is wrong, lowercase, without a final period.
    pub message: String,
    /// What would be right.
    pub suggestion: Option<Box<str>>,
    /// The line of the file, for syntax errors; control characters are escaped.
    pub excerpt: Option<Box<str>>,
}

impl Fault {
    /// Builds a fault without key, suggestion and excerpt.
    pub fn new(place: Place, message: impl Into<String>) -> Self {
        Self {
            place,
            key: String::new(),
            message: message.into(),
            suggestion: None,
            excerpt: None,
        }
    }

    /// Adds what would be right.
    #[must_use]
    pub fn suggest(mut self, suggestion: impl Into<Box<str>>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        if let Some(suggestion) = &self.suggestion {
            write!(f, ", {suggestion}")?;
        }
        if let Some(excerpt) = &self.excerpt {
            write!(f, "\n    {excerpt}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}

/// A value that could not be read, before it is known where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    /// What was expected, and what was found.
    pub(super) message: String,
    /// What would be right.
    pub(super) suggestion: Option<String>,
}

impl Wrong {
    /// A value of which nothing better is known.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            suggestion: None,
        }
    }

    /// "expected …, got …".
    pub(super) fn expected(expected: &str, got: &str) -> Self {
        Self::new(format!("expected {expected}, got {}", shown(got)))
    }

    /// Adds what would be right.
    pub(super) fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// The fault at its place, its message after the key's name if there is one.
    pub(super) fn at(self, place: Place, key: &str) -> Fault {
        let message = if key.is_empty() {
            self.message
        } else {
            format!("`{key}`: {}", self.message)
        };
        Fault {
            place,
            key: key.to_owned(),
            message,
            suggestion: self.suggestion.map(Into::into),
            excerpt: None,
        }
    }
}

/// A value in backticks, cut and with control characters escaped, so that no message can carry
/// terminal sequences.
pub(super) fn shown(text: &str) -> String {
    format!("`{}`", escaped(text))
}

/// Text on one line, cut, with control characters escaped.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == SHOWN_CHARACTERS {
            out.push('…');
            break;
        }
        if character.is_control() {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}

/// The known name nearest to a misspelt one, as "did you mean `title`?".
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lowered: String = name.to_lowercase().replace('_', "-");
    if lowered.len() > SHOWN_CHARACTERS {
        return None;
    }
    let allowed = (lowered.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lowered, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_reads_as_one_line_with_its_position() {
        let place = Place::Position {
            file: "tailon.yml".into(),
            line: 12,
            column: 3,
        };
        let fault = Fault::new(place, "unknown key `tite`").suggest("did you mean `title`?");
        assert_eq!(
            fault.to_string(),
            "tailon.yml:12:3: unknown key `tite`, did you mean `title`?"
        );
    }

    #[test]
    fn a_repeated_value_is_cut_and_harmless() {
        assert_eq!(shown("a\u{1b}[31m\n"), "`a\\u{1b}[31m\\n`");
        assert_eq!(shown(&"x".repeat(500)).chars().count(), 83);
    }

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        let known = ["title", "bind", "tail-lines"];
        for (wrong, right) in [
            ("tite", Some("title")),
            ("tail_lines", Some("tail-lines")),
            ("Bind", Some("bind")),
            ("colour", None),
        ] {
            let expected = right.map(|name| format!("did you mean `{name}`?"));
            assert_eq!(nearest(wrong, known), expected, "{wrong}");
        }
    }
}
