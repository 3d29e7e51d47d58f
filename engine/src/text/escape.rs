//! Where an escape sequence ends, and whether it is one that acts.

use super::ESC;

/// What stands at an escape character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape<'a> {
    /// A complete SGR sequence, these bytes.
    Style(&'a [u8]),
    /// Another complete sequence of so many bytes, with its payload.
    Other(usize),
    /// None that is complete: the next bytes are text.
    Broken,
}

/// Reads the sequence at the start of `bytes`, which is an escape character.
///
/// Looks no further than the next escape character, so all calls on a line
/// together take time linear in its length (ECMA-48 sections 5.3 to 5.6; `ESC k`
/// is the title of screen and tmux).
pub(super) fn read(bytes: &[u8]) -> Escape<'_> {
    match bytes.get(1) {
        Some(b'[') => control_sequence(bytes),
        // xterm ends an OSC with BEL too.
        Some(b']') => control_string(bytes, true),
        Some(b'P' | b'X' | b'^' | b'_' | b'k') => control_string(bytes, false),
        Some(b' '..=b'/') => {
            let middle = bytes[1..].iter().take_while(|byte| is_intermediate(**byte));
            let last = 1 + middle.count();
            match bytes.get(last) {
                Some(b'0'..=b'~') => Escape::Other(last + 1),
                _ => Escape::Broken,
            }
        }
        Some(b'0'..=b'~') => Escape::Other(2),
        _ => Escape::Broken,
    }
}

/// `ESC [`, parameters, intermediates, a final byte.
fn control_sequence(bytes: &[u8]) -> Escape<'_> {
    let body = &bytes[2..];
    let parameters = body
        .iter()
        .take_while(|byte| matches!(byte, b'0'..=b'?'))
        .count();
    let middle = body[parameters..]
        .iter()
        .take_while(|byte| is_intermediate(**byte))
        .count();
    let last = 2 + parameters + middle;
    match bytes.get(last) {
        Some(b'm') if middle == 0 && !matches!(body.first(), Some(b'<'..=b'?')) => {
            Escape::Style(&bytes[..=last])
        }
        Some(b'@'..=b'~') => Escape::Other(last + 1),
        _ => Escape::Broken,
    }
}

/// An introducer, a payload, and `ESC \`, or BEL where `bell_ends`.
fn control_string(bytes: &[u8], bell_ends: bool) -> Escape<'_> {
    let payload = &bytes[2..];
    let end = if bell_ends {
        memchr::memchr2(ESC, 0x07, payload)
    } else {
        memchr::memchr(ESC, payload)
    };
    match end {
        Some(end) if payload[end] != ESC => Escape::Other(2 + end + 1),
        Some(end) if payload.get(end + 1) == Some(&b'\\') => Escape::Other(2 + end + 2),
        _ => Escape::Broken,
    }
}

fn is_intermediate(byte: u8) -> bool {
    matches!(byte, b' '..=b'/')
}
