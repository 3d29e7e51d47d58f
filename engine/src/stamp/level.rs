//! The words, letters and numbers by which lines tell their level.

use protocol::line::Level;

use super::escape_len;

/// The level of a word, in any case.
pub(super) fn of_name(word: &[u8]) -> Option<Level> {
    let mut lower = [0; 13];
    let lower = lower.get_mut(..word.len())?;
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    Some(match &*lower {
        b"trace" | b"trc" | b"trce" | b"finest" | b"finer" | b"verbose" => Level::Trace,
        b"debug" | b"dbg" | b"dbug" | b"fine" => Level::Debug,
        b"info" | b"inf" | b"information" | b"informational" | b"notice" => Level::Info,
        b"warn" | b"wrn" | b"warning" => Level::Warn,
        b"error" | b"err" | b"eror" | b"severe" | b"fail" => Level::Error,
        b"fatal" | b"ftl" | b"critical" | b"crit" | b"panic" | b"emerg" | b"emergency"
        | b"alert" => Level::Fatal,
        _ => return None,
    })
}

/// The level of a single letter.
pub(super) fn of_letter(letter: u8) -> Option<Level> {
    Some(match letter {
        b'T' => Level::Trace,
        b'D' => Level::Debug,
        b'I' => Level::Info,
        b'W' => Level::Warn,
        b'E' => Level::Error,
        b'F' | b'C' => Level::Fatal,
        _ => return None,
    })
}

/// The level of a number: 10 to 60 of pino and bunyan, 0 to 7 of syslog.
pub(super) fn of_number(number: i64) -> Option<Level> {
    match number {
        0..=7 => of_severity(number),
        10..=69 => Level::ALL
            .get(usize::try_from(number / 10 - 1).ok()?)
            .copied(),
        _ => None,
    }
}

/// The level of a syslog severity (RFC 5424, 6.2.1).
pub(super) fn of_severity(severity: i64) -> Option<Level> {
    Some(match severity {
        0..=2 => Level::Fatal,
        3 => Level::Error,
        4 => Level::Warn,
        5 | 6 => Level::Info,
        7 => Level::Debug,
        _ => return None,
    })
}

/// The level of a prefix word that is one letter: `E`, and `E,` of Ruby.
pub(super) fn lone_letter(word: &[u8]) -> Option<Level> {
    match word {
        [letter] | [letter, b',' | b':'] => of_letter(*letter),
        _ => None,
    }
}

/// The level of the word that starts at `start`.
///
/// Words in capitals count wherever they stand alone; others where they are in
/// brackets, before a colon, or directly behind a stamp.
pub(super) fn at(bytes: &[u8], start: usize, is_behind_stamp: bool) -> Option<Level> {
    let rest = bytes.get(start..)?;
    let letters = rest.iter().take_while(|byte| byte.is_ascii_alphabetic());
    let word = &rest[..letters.count()];
    let before = start.checked_sub(1).and_then(|index| bytes.get(index));
    let behind = &rest[word.len()..];
    let is_bracketed = matches!(before, Some(b'[' | b'<' | b'(' | b'|' | b':'))
        && matches!(behind, [b']' | b'>' | b')' | b'|', ..]);
    if let [letter] = word {
        let is_alone = is_behind_stamp && matches!(behind, [b' ', ..]);
        return of_letter(*letter).filter(|_| is_bracketed || is_alone);
    }
    let is_part = match behind {
        [b'_' | b'=' | b'0'..=b'9' | 0x80.., ..] => true,
        [b'-' | b'.', next, ..] => next.is_ascii_alphanumeric(),
        _ => false,
    };
    if is_part {
        return None;
    }
    let level = of_name(word)?;
    let is_capital = word.iter().all(u8::is_ascii_uppercase);
    let is_alone = is_behind_stamp && matches!(behind, [] | [b' ' | b'\t' | b',' | 0x1b, ..]);
    if before == Some(&b'.') {
        // Laravel writes `production.ERROR: `; other dots make names.
        return (is_capital && behind.first() == Some(&b':')).then_some(level);
    }
    let is_named = is_capital || is_bracketed || is_alone || behind.first() == Some(&b':');
    is_named.then_some(level)
}

/// The first level among the words from `start` on, where a stamp ends; only the
/// first word counts if `is_next_only`.
pub(super) fn behind(bytes: &[u8], start: usize, is_next_only: bool) -> Option<Level> {
    let mut at = start;
    let mut is_first = true;
    // Whether a word may begin here.
    let mut is_edge = true;
    while let Some(&byte) = bytes.get(at) {
        if byte == 0x1b {
            at += escape_len(&bytes[at..]);
            is_edge = true;
            continue;
        }
        if byte.is_ascii_alphabetic()
            && is_edge
            && let level @ Some(_) = self::at(bytes, at, is_first)
        {
            return level;
        }
        let is_word = byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == b'"';
        if is_word {
            if is_next_only {
                return None;
            }
            is_first = false;
        }
        is_edge = !is_word && !matches!(byte, b'_' | b'/' | b'=' | b'-' | b'@' | b'$');
        at += 1;
    }
    None
}
