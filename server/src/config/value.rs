//! Single values: yes or no, numbers with their bounds, sizes, time zones.

use super::fault::{Wrong, shown};
use super::keys::Limit;

/// The most lines `tail` may be asked for, which is also the most an answer holds.
pub(super) const TAIL_LINES_MAX: u32 = 10_000;

/// How long a title may be, in characters.
const TITLE_CHARACTERS_MAX: usize = 200;

/// How the program's own log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

impl std::fmt::Display for LogFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

/// Reads a yes or no in the spellings of YAML 1.1, which the Python Tailon read, and 0 and 1.
pub(super) fn parse_bool(text: &str) -> Result<bool, Wrong> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err(Wrong::expected("true or false", text)),
    }
}

/// Reads how many lines `tail` shows.
pub(super) fn parse_tail_lines(text: &str) -> Result<u32, Wrong> {
    let expected = format!("a number of lines from 0 to {TAIL_LINES_MAX}");
    parse_digits(text)
        .and_then(|number| u32::try_from(number).ok())
        .filter(|number| *number <= TAIL_LINES_MAX)
        .ok_or_else(|| Wrong::expected(&expected, text))
}

/// Reads a limit; one in bytes may carry a unit.
pub(super) fn parse_limit(text: &str, limit: &Limit) -> Result<u64, Wrong> {
    let is_size = limit.name.ends_with("-bytes");
    let number = if is_size {
        parse_size(text)
    } else {
        parse_digits(text)
    };
    number
        .filter(|number| (1..=limit.max).contains(number))
        .ok_or_else(|| {
            let unit = if is_size { ", also as `64KiB`" } else { "" };
            Wrong::expected(&format!("a number from 1 to {}{unit}", limit.max), text)
        })
}

/// Reads `512`, `64KiB`, `1MB`.
fn parse_size(text: &str) -> Option<u64> {
    const UNITS: &[(&str, u64)] = &[
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("kB", 1000),
        ("KB", 1000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("B", 1),
    ];
    let text = text.trim();
    let (number, factor) = UNITS
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))
        .unwrap_or((text, 1));
    parse_digits(number)?.checked_mul(factor)
}

/// Reads digits and nothing else, a sign neither.
fn parse_digits(text: &str) -> Option<u64> {
    let text = text.trim();
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

/// Reads a title.
pub(super) fn parse_title(text: &str) -> Result<String, Wrong> {
    let title = text.trim();
    if title.is_empty() {
        return Err(Wrong::new("expected a title, got an empty text"));
    }
    if title.chars().any(char::is_control) {
        return Err(Wrong::expected("a title on one line", text));
    }
    if title.chars().count() > TITLE_CHARACTERS_MAX {
        return Err(Wrong::expected(
            &format!("a title of at most {TITLE_CHARACTERS_MAX} characters"),
            text,
        ));
    }
    Ok(title.to_owned())
}

/// Reads the name of a time zone, which is kept as its database spells it.
pub(super) fn parse_timezone(text: &str) -> Result<String, Wrong> {
    let name = text.trim();
    jiff::tz::TimeZone::get(name)
        .ok()
        .and_then(|zone| zone.iana_name().map(ToOwned::to_owned))
        .ok_or_else(|| {
            Wrong::new(format!(
                "expected a time zone as `Europe/Berlin` or `UTC`, got {}",
                shown(text)
            ))
        })
}

/// Reads the path of a directory or a file.
pub(super) fn parse_path(text: &str) -> Result<std::path::PathBuf, Wrong> {
    if text.is_empty() {
        return Err(Wrong::new("expected a path, got an empty text"));
    }
    if text.contains('\0') {
        return Err(Wrong::expected("a path", text));
    }
    Ok(text.into())
}

/// Reads how the program's own log is written.
pub(super) fn parse_log_format(text: &str) -> Result<LogFormat, Wrong> {
    match text.trim() {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(Wrong::expected("text or json", text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_and_no_have_their_spellings() {
        for (text, expected) in [
            ("true", Some(true)),
            ("Yes", Some(true)),
            ("on", Some(true)),
            ("1", Some(true)),
            ("false", Some(false)),
            ("NO", Some(false)),
            ("off", Some(false)),
            ("0", Some(false)),
            ("2", None),
            ("", None),
        ] {
            assert_eq!(parse_bool(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn numbers_keep_their_bounds() {
        for (text, expected) in [
            ("0", Some(0)),
            ("10000", Some(10_000)),
            ("10001", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(parse_tail_lines(text).ok(), expected, "{text}");
        }
        let bytes = Limit {
            name: "x-bytes",
            default: 1,
            max: 1 << 20,
        };
        let count = Limit { name: "x", ..bytes };
        for (text, limit, expected) in [
            ("64KiB", &bytes, Some(65_536)),
            ("1MiB", &bytes, Some(1_048_576)),
            ("1 MB", &bytes, Some(1_000_000)),
            ("1GiB", &bytes, None),
            ("0", &bytes, None),
            ("64KiB", &count, None),
            ("64", &count, Some(64)),
            ("18446744073709551615GiB", &bytes, None),
        ] {
            assert_eq!(parse_limit(text, limit).ok(), expected, "{text}");
        }
    }

    #[test]
    fn a_time_zone_must_exist() {
        assert_eq!(parse_timezone("Asia/Shanghai").unwrap(), "Asia/Shanghai");
        assert_eq!(parse_timezone("UTC").unwrap(), "UTC");
        for text in ["Asia/Shangai", "", "../../etc/passwd", "CET-1CEST"] {
            assert!(parse_timezone(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_title_is_one_line() {
        assert_eq!(parse_title(" Shop logs ").unwrap(), "Shop logs");
        for text in ["", "  ", "a\nb", "a\u{1b}[31m", &"x".repeat(201)] {
            assert!(parse_title(text).is_err());
        }
    }
}
