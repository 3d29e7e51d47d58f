//! Time and level of a JSON object.
//!
//! Not a parser: it finds the values of a few keys at the top level, in an object
//! that may be cut off anywhere, and never fails.

use super::{Fields, level, time};

/// Bytes of an object that are looked at: its keys come in any order.
const OBJECT_BYTES: usize = 2048;

/// Reads the fields with well-known keys at the top level of the object that
/// begins at `start`.
pub(super) fn read(line: &[u8], start: usize) -> Fields {
    let bytes = &line[start..line.len().min(start + OBJECT_BYTES)];
    let mut fields = Fields::starting_at(start);
    // Gives up at the first thing that is not as it should be.
    let _: Option<()> = members(bytes, &mut fields);
    fields
}

fn members(bytes: &[u8], fields: &mut Fields) -> Option<()> {
    let mut at = 1;
    loop {
        at = blank(bytes, at);
        let key_end = string(bytes, at)?;
        let key = &bytes[at + 1..key_end - 1];
        at = blank(bytes, key_end);
        if bytes.get(at) != Some(&b':') {
            return None;
        }
        at = blank(bytes, at + 1);
        let end = value(bytes, at)?;
        take(key, &bytes[at..end], fields);
        if fields.when.is_some() && fields.level.is_some() {
            return Some(());
        }
        at = blank(bytes, end);
        if bytes.get(at) != Some(&b',') {
            return Some(());
        }
        at += 1;
    }
}

/// Takes a value if its key is one of those looked for.
fn take(key: &[u8], value: &[u8], fields: &mut Fields) {
    let text = value
        .strip_prefix(b"\"")
        .and_then(|text| text.strip_suffix(b"\""));
    match key {
        b"time" | b"ts" | b"timestamp" | b"@timestamp" | b"t" | b"@t" if fields.when.is_none() => {
            // MongoDB puts its time into an object of one member.
            let text =
                text.unwrap_or_else(|| value.strip_prefix(b"{\"$date\":\"").unwrap_or(value));
            let found = time::read(text).or_else(|| time::epoch(text));
            fields.when = found.map(|(when, _)| when);
        }
        b"level" | b"lvl" | b"severity" | b"levelname" | b"log.level" | b"@l" | b"s"
            if fields.level.is_none() =>
        {
            fields.level = match text {
                Some([letter]) => level::of_letter(letter.to_ascii_uppercase()),
                Some(text) => level::of_name(text),
                None => number(value).and_then(level::of_number),
            };
        }
        _ => {}
    }
}

/// The end of the value that begins at `at`.
fn value(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => string(bytes, at),
        b'{' | b'[' => nested(bytes, at),
        _ => {
            let is_inside = |byte: &&u8| !matches!(byte, b',' | b'}' | b']' | b' ' | b'\t');
            Some(at + bytes[at..].iter().take_while(is_inside).count())
        }
    }
}

/// The end of the string that begins at `at`, behind its closing quote.
fn string(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at) != Some(&b'"') {
        return None;
    }
    let mut at = at + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// The end of the object or array that begins at `at`.
fn nested(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match bytes.get(at)? {
            b'"' => {
                at = string(bytes, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

fn blank(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count()
}

/// A whole number of at most four digits.
fn number(bytes: &[u8]) -> Option<i64> {
    if bytes.is_empty() || bytes.len() > 4 {
        return None;
    }
    bytes.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + i64::from(byte - b'0'))
    })
}
