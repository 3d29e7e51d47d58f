//! Which file names are older generations of which live one.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::head::Compression;

/// A day, and what may follow it: an hour, a time, or an epoch.
const DATE: &str = r"(?P<date>(?:19[7-9]\d|2[01]\d\d)-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01]))(?P<time>[-_T.]?\d{2}(?:[-:.]?\d{2}){0,5})?";

/// `NAME-20261122`, `NAME.2026-11-22`, `NAME-20261122-1315`.
static DATED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r"(?s-u)^(?P<live>.+?)[-.]{DATE}$")).ok());

/// `base-20261122.log`, which belongs to `base.log` where that is there.
static DATED_INSIDE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?s-u)^(?P<live>.+?)[-.]{DATE}(?:\.\d{{1,3}})?(?P<ending>\.[A-Za-z][A-Za-z0-9]{{0,9}})$"
    ))
    .ok()
});

/// `NAME-1763817300`: seconds since 1970, from 2001 to 2033 or so.
static EPOCH: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?s-u)^(?P<live>.+?)[-.](?P<epoch>1\d{9})$").ok());

/// Digits in the number of a rotated file; more is a port or a year.
const NUMBER_DIGITS_MAX: usize = 3;

/// Digits in the shortest date; a name with fewer is spared the expressions.
const DATE_DIGITS: usize = 8;

/// A file name read as an older generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rotated {
    /// The name of the live file, in the same directory.
    pub(super) live: Vec<u8>,
    /// Where it stands among its siblings.
    pub(super) stamp: Stamp,
    /// What its ending says of its compression.
    pub(super) compression: Compression,
    /// Whether it is one only if the live file is there, too.
    pub(super) needs_live: bool,
}

/// What a rotated name says of its age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamp {
    /// The higher, the older.
    Number(u32),
    /// The lower, the older: year, month and day as one number, then the time
    /// of that day or an epoch.
    Date(u32, u64),
}

/// Reads a file name as `NAME.1`, `NAME-20261122.gz` and so on, or returns
/// `None` where it is a name of its own.
///
/// An address such as `10.0.0.1` and a version such as `app-1.2.3` are names
/// of their own: what remains in front must not end in a number, too. Nor is
/// anything a generation of a file that is itself one: `app.log.1.gz-20261122`
/// stands alone, or `app.log.1.gz` would be in two sets.
pub(super) fn read_name(name: &[u8]) -> Option<Rotated> {
    let (plain, compression) = split_compression(name);
    let (live, stamp, needs_live) = numbered(plain).or_else(|| timed(plain))?;
    if read_name(&live).is_some() {
        return None;
    }
    Some(Rotated {
        live,
        stamp,
        compression,
        needs_live,
    })
}

/// Takes the ending of a compressed file off a name.
fn split_compression(name: &[u8]) -> (&[u8], Compression) {
    let endings: [(&[u8], Compression); 5] = [
        (b".gz", Compression::Gzip),
        (b".zst", Compression::Zstd),
        (b".bz2", Compression::Bzip2),
        (b".xz", Compression::Xz),
        (b".lz4", Compression::Lz4),
    ];
    for (ending, compression) in endings {
        if let Some(plain) = name.strip_suffix(ending) {
            return (plain, compression);
        }
    }
    (name, Compression::None)
}

/// Reads `NAME.N`, and `NAME-DATE.N` where one day has several.
fn numbered(name: &[u8]) -> Option<(Vec<u8>, Stamp, bool)> {
    let (live, digits) = split_number(name)?;
    if let Some(dated) = dated(live).or_else(|| dated_inside(live)) {
        return Some(dated);
    }
    if split_number(live).is_some() {
        return None;
    }
    Some((live.to_vec(), Stamp::Number(number(digits)?), false))
}

/// Splits `NAME.N` at its last dot.
fn split_number(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = memchr::memrchr(b'.', name).filter(|dot| *dot > 0)?;
    let (live, digits) = (name.get(..dot)?, name.get(dot + 1..)?);
    let fits = (1..=NUMBER_DIGITS_MAX).contains(&digits.len());
    (fits && digits.iter().all(u8::is_ascii_digit)).then_some((live, digits))
}

/// Reads the forms with a date or an epoch, which most names are not.
fn timed(name: &[u8]) -> Option<(Vec<u8>, Stamp, bool)> {
    let digit_count = name.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digit_count < DATE_DIGITS {
        return None;
    }
    dated(name)
        .or_else(|| epoch(name))
        .or_else(|| dated_inside(name))
}

/// Reads `NAME-DATE`.
fn dated(name: &[u8]) -> Option<(Vec<u8>, Stamp, bool)> {
    let captures = DATED.as_ref()?.captures(name)?;
    let stamp = date_stamp(&captures)?;
    Some((captures.name("live")?.as_bytes().to_vec(), stamp, false))
}

/// Reads `NAME-EPOCH`.
fn epoch(name: &[u8]) -> Option<(Vec<u8>, Stamp, bool)> {
    let captures = EPOCH.as_ref()?.captures(name)?;
    let seconds = number(captures.name("epoch")?.as_bytes())?;
    let live = captures.name("live")?.as_bytes().to_vec();
    Some((live, Stamp::Date(0, seconds), false))
}

/// Reads `base-DATE.log`.
fn dated_inside(name: &[u8]) -> Option<(Vec<u8>, Stamp, bool)> {
    let captures = DATED_INSIDE.as_ref()?.captures(name)?;
    let stamp = date_stamp(&captures)?;
    let mut live = captures.name("live")?.as_bytes().to_vec();
    live.extend_from_slice(captures.name("ending")?.as_bytes());
    Some((live, stamp, true))
}

/// Reads the stamp that [`DATE`] captured.
fn date_stamp(captures: &regex::bytes::Captures<'_>) -> Option<Stamp> {
    let day = digits(captures.name("date")?.as_bytes());
    let mut time = captures
        .name("time")
        .map(|time| digits(time.as_bytes()))
        .unwrap_or_default();
    // An hour alone and a full time compare once both have six digits.
    while time.len() < 6 {
        time.push(b'0');
    }
    Some(Stamp::Date(number(&day)?, number(&time)?))
}

/// Keeps the ASCII digits.
fn digits(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(u8::is_ascii_digit).collect()
}

/// Reads ASCII digits.
fn number<N: std::str::FromStr>(digits: &[u8]) -> Option<N> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_names_are_told_from_names_of_their_own() {
        let table = [
            ("app.log", ""),
            ("app.log.1", "app.log 1 None"),
            ("app.log.12.gz", "app.log 12 Gzip"),
            ("app.log.3.zst", "app.log 3 Zstd"),
            ("app.log.3.bz2", "app.log 3 Bzip2"),
            ("app.log.3.xz", "app.log 3 Xz"),
            ("app.log.3.lz4", "app.log 3 Lz4"),
            ("syslog.1", "syslog 1 None"),
            ("app.log.gz", ""),
            ("app.log.8080", ""),
            ("app.log.", ""),
            (".1", ""),
            ("10.0.0.1", ""),
            ("app-1.2.3", ""),
            ("app.log-20261122", "app.log 20261122/0 None"),
            ("app.log-20261122.gz", "app.log 20261122/0 Gzip"),
            ("app.log-20261122-1315", "app.log 20261122/131500 None"),
            ("app.log-2026112213", "app.log 20261122/130000 None"),
            (
                "app.log-20261122-1763817300.xz",
                "app.log 20261122/1763817300 Xz",
            ),
            ("app.log-1763817300", "app.log 0/1763817300 None"),
            ("app.log.2026-11-22", "app.log 20261122/0 None"),
            ("app.log.2026-11-22.gz", "app.log 20261122/0 Gzip"),
            ("app.log.2026-11-22-13", "app.log 20261122/130000 None"),
            ("app.log-20261122.2", "app.log 20261122/0 None"),
            ("app.log.1.gz-20261122", ""),
            ("app-20261122.log.2", "app.log 20261122/0 None"),
            ("app.log-20261322", ""),
            ("app.log-20261100", ""),
            ("app-20261122.log", "app.log 20261122/0 None"),
            ("app.2026-11-22.0.log.gz", "app.log 20261122/0 Gzip"),
        ];
        for (name, expected) in table {
            let read = read_name(name.as_bytes()).map_or_else(String::new, |read| {
                let live = String::from_utf8(read.live).unwrap();
                let stamp = match read.stamp {
                    Stamp::Number(number) => number.to_string(),
                    Stamp::Date(day, time) => format!("{day}/{time}"),
                };
                format!("{live} {stamp} {:?}", read.compression)
            });
            assert_eq!(read, expected, "{name}");
        }
    }

    #[test]
    fn a_date_inside_a_name_needs_the_live_file() {
        assert!(read_name(b"app-20261122.log").unwrap().needs_live);
        assert!(!read_name(b"app.log-20261122").unwrap().needs_live);
    }

    #[test]
    fn a_name_that_is_not_utf8_is_read_all_the_same() {
        assert_eq!(read_name(b"\xff\n.1").unwrap().live, b"\xff\n");
        assert_eq!(read_name(b"\xff\n-20261122").unwrap().live, b"\xff\n");
    }
}
