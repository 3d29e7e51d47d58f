//! Time and level of `key=value` lines.

use super::{Fields, level, time};

/// Reads the fields with well-known keys, wherever they stand in the head.
pub(super) fn read(head: &[u8]) -> Fields {
    let mut fields = Fields::starting_at(head.len());
    for equals in memchr::memchr_iter(b'=', head) {
        let before = &head[..equals];
        let is_key =
            |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@' | b'.');
        let key = &before[before.len() - before.iter().rev().take_while(is_key).count()..];
        let value = &head[equals + 1..];
        let value = value.strip_prefix(b"\"").unwrap_or(value);
        match key {
            b"time" | b"ts" | b"t" | b"timestamp" | b"@timestamp" if fields.when.is_none() => {
                let found = time::read(value).or_else(|| time::epoch(value));
                fields.when = found.map(|(when, _)| when);
            }
            b"level" | b"lvl" | b"severity" | b"levelname" | b"loglevel"
                if fields.level.is_none() =>
            {
                let word = value.iter().take_while(|byte| byte.is_ascii_alphabetic());
                fields.level = level::of_name(&value[..word.count()]);
                if fields.level.is_some() {
                    fields.level_at = equals - key.len();
                }
            }
            _ => {}
        }
    }
    fields
}
