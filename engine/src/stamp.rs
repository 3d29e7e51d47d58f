//! When a line says it was written, and how bad it says it is.
//!
//! Reads the beginning of a line only, without allocating, since every line that
//! is shown, merged or counted by time goes through here. A guess can be wrong:
//! callers may sort, mark and count by it, and never hide a line because of it.

mod civil;
mod json;
mod level;
mod logfmt;
#[cfg(test)]
mod tests;
mod time;
mod zone;

use std::time::{SystemTime, UNIX_EPOCH};

use protocol::line::Level;

pub use zone::{UnknownZone, Zone};

use time::When;

/// Bytes of a line that are looked at.
const HEAD_BYTES: usize = 256;

/// Words that may stand before a stamp; prose has more.
const PREFIX_WORDS: usize = 8;

/// Bytes behind a stamp among which a level may stand, thread names before it.
const LEVEL_REACH: usize = 96;

/// What a line says of itself; `None` where it says nothing that is understood.
///
/// ```
/// use engine::stamp::{Zone, stamp};
///
/// let found = stamp(b"2026-11-22T10:46:33.117Z WARN slow query", &Zone::Utc);
/// assert_eq!(found.time_ms, Some(1_795_344_393_117));
/// assert_eq!(found.level, Some(protocol::line::Level::Warn));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Milliseconds since the epoch, UTC.
    pub time_ms: Option<i64>,
    /// The level.
    pub level: Option<Level>,
}

/// Reads the stamp of a line; `zone` holds where the line names none.
///
/// A stamp without a year gets the newest year that does not put it more than a
/// day into the future.
pub fn stamp(line: &[u8], zone: &Zone) -> Stamp {
    read(line, zone, &now_ms)
}

/// The same at another time, in milliseconds since the epoch.
pub fn stamp_at(line: &[u8], zone: &Zone, now_ms: i64) -> Stamp {
    read(line, zone, &|| now_ms)
}

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}

fn read(line: &[u8], zone: &Zone, now: &dyn Fn() -> i64) -> Stamp {
    let head = &line[..line.len().min(HEAD_BYTES)];
    let start = skip_blank(head, 0);
    if matches!(head.first(), None | Some(b' ' | b'\t')) && time::read(&head[start..]).is_none() {
        // Indented lines continue the one before.
        return Stamp::default();
    }
    let prefix = walk(head, start);
    let mut time_ms = prefix.when.and_then(|when| when.ms(zone, now));
    let mut end = prefix.end;
    let mut is_access = prefix.when.is_some_and(When::is_clf);
    if time_ms.is_none()
        && head.get(end) != Some(&b'{')
        && let Some((when, behind)) = time::find_clf(head)
    {
        time_ms = when.ms(zone, now);
        end = behind;
        is_access = true;
    }
    if is_access {
        // Requests hold any word, so only the next one counts.
        let level = || level::behind(head, end, true);
        let level = prefix.level.or(prefix.letter).or_else(level);
        return Stamp { time_ms, level };
    }
    let fields = match object(head, end, time_ms.is_some()) {
        Some(start) => json::read(line, start),
        None => logfmt::read(head),
    };
    let mut level = prefix.level;
    if level.is_none() && time_ms.is_some() {
        // Fields are about what stands behind them, so words before win.
        let reach = head.len().min(end + LEVEL_REACH).min(fields.level_at);
        level = prefix.letter;
        level = level.or_else(|| level::behind(&head[..reach], end, false));
    }
    Stamp {
        time_ms: time_ms.or_else(|| fields.when.and_then(|when| when.ms(zone, now))),
        level: level.or(fields.level).or(prefix.priority),
    }
}

/// What fields with well-known names say.
#[derive(Clone, Copy, Debug)]
struct Fields {
    when: Option<When>,
    level: Option<Level>,
    /// Where the level, or the object that may hold it, begins.
    level_at: usize,
}

impl Fields {
    fn starting_at(level_at: usize) -> Self {
        Self {
            when: None,
            level: None,
            level_at,
        }
    }
}

/// What stands at the beginning of a line, up to its stamp.
#[derive(Clone, Copy, Debug, Default)]
struct Prefix {
    when: Option<When>,
    level: Option<Level>,
    /// A level in one letter: means something before a stamp only.
    letter: Option<Level>,
    /// The severity of a syslog priority; words say it better.
    priority: Option<Level>,
    /// Where the stamp ends, or the prefix where there is no stamp.
    end: usize,
}

/// Goes through what may stand before a stamp: levels, names of containers and
/// hosts, brackets, priorities, but no prose.
fn walk(head: &[u8], start: usize) -> Prefix {
    let mut prefix = Prefix::default();
    let mut at = start;
    let mut depth = 0_u32;
    let mut words = 0;
    while words < PREFIX_WORDS {
        at = skip_blank(head, at);
        prefix.end = at;
        let rest = &head[at..];
        let Some(&first) = rest.first() else { break };
        if let Some((when, len)) = time::read(rest).or_else(|| time::epoch_word(rest, words)) {
            prefix.when = Some(when);
            prefix.end = at + len;
            break;
        }
        if let Some((level, when, len)) = time::klog(rest) {
            prefix.when = Some(when);
            prefix.level = prefix.level.or(Some(level));
            prefix.end = at + len;
            break;
        }
        if let Some((severity, len)) = priority(rest) {
            prefix.priority = Some(severity);
            at += len;
            continue;
        }
        match first {
            b'{' => break,
            b'[' | b'(' | b'<' => depth += 1,
            b']' | b')' | b'>' => depth = depth.saturating_sub(1),
            b'|' | b'"' => {}
            _ => {
                let len = word_len(rest);
                let word = &rest[..len];
                if word.contains(&b'=') {
                    break;
                }
                let found = level::at(head, at, false);
                prefix.level = prefix.level.or(found);
                prefix.letter = prefix.letter.or(level::lone_letter(word));
                let is_prose = word.iter().all(u8::is_ascii_alphabetic) && word.len() > 1;
                let names_column = || head.get(skip_blank(head, at + len)) == Some(&b'|');
                if is_prose && depth == 0 && found.is_none() && !names_column() {
                    break;
                }
                words += 1;
                at += len;
                continue;
            }
        }
        at += 1;
    }
    prefix
}

/// The start of a JSON object at `at`, or a little behind it if a stamp ends there.
fn object(head: &[u8], at: usize, is_stamped: bool) -> Option<usize> {
    if head.get(at) == Some(&b'{') {
        return Some(at);
    }
    let reach = &head[..head.len().min(at + LEVEL_REACH)];
    let found = memchr::memmem::find(reach.get(at..)?, b" {\"")?;
    is_stamped.then_some(at + found + 1)
}

/// Reads `<34>`, or `<34>1 ` as RFC 5424 writes it.
fn priority(bytes: &[u8]) -> Option<(Level, usize)> {
    let digits = bytes.strip_prefix(b"<")?;
    let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
    let end = 1 + digits.count();
    if !(2..=4).contains(&end) || bytes.get(end) != Some(&b'>') {
        return None;
    }
    let value = bytes[1..end]
        .iter()
        .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    let version = usize::from(bytes[end + 1..].starts_with(b"1 ")) * 2;
    Some((level::of_severity(value % 8)?, end + 1 + version))
}

/// The length of a word of the prefix; never 0.
fn word_len(bytes: &[u8]) -> usize {
    let is_inside =
        |byte: &&u8| !matches!(byte, b' ' | b'\t' | b'[' | b']' | b'(' | b')' | b'|' | 0x1b);
    bytes.iter().take_while(is_inside).count().max(1)
}

/// Skips blanks, colours, and a byte order mark.
fn skip_blank(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' => at += 1,
            0x1b => at += escape_len(&bytes[at..]),
            0xef if bytes[at..].starts_with(b"\xef\xbb\xbf") => at += 3,
            _ => break,
        }
    }
    at
}

/// The length of the control sequence at an escape character; never 0.
fn escape_len(bytes: &[u8]) -> usize {
    if bytes.get(1) != Some(&b'[') {
        return 1;
    }
    let body = bytes[2..]
        .iter()
        .take_while(|byte| !matches!(byte, b'@'..=b'~'));
    (3 + body.count()).min(bytes.len())
}
