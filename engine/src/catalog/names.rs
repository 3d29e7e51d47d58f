//! What a file is called: on the screen, in requests, and apart from others.

use std::{
    collections::{BTreeMap, HashSet},
    fmt::Write as _,
    path::{Component, Path, PathBuf},
};

use protocol::SourceId;
use xxhash_rust::xxh3::xxh3_128;

/// Goes before the path in the hash, so that a later scheme makes other ids.
const ID_VERSION: &[u8] = b"tailon source 1\0";

/// Digits of an id: 62^22 is the first power above 2^128.
const ID_DIGITS: usize = 22;

/// The digits of an id, in order of their value.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Makes a file name fit for one line of a page or a terminal.
///
/// Every control character becomes its Unicode picture (newline `␊`, escape
/// `␛`), and what is not UTF-8, a C1 control, a line separator, or a mark that
/// turns the direction of its neighbors becomes U+FFFD. Letters of scripts
/// written from right to left stay as they are. Different names may come out
/// equal, which is why this is never used to find a file.
///
/// ```
/// use engine::catalog::display_name;
///
/// assert_eq!(display_name("shop/\u{1b}[2J\n.log".as_ref()), "shop/␛[2J␊.log");
/// ```
#[must_use]
pub fn display_name(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        text.extend(chunk.valid().chars().map(visible));
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}

/// Returns what stands for one character of a name.
fn visible(character: char) -> char {
    match character {
        '\u{0}'..='\u{1f}' => {
            char::from_u32(u32::from(character) + 0x2400).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' => char::REPLACEMENT_CHARACTER,
        other => other,
    }
}

/// Takes `.`, `..` and doubled separators out of an absolute path without
/// looking at the disk.
pub(super) fn normalize(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

/// Returns the id of the source whose live file has this normalized path.
pub(super) fn source_id(normal: &Path) -> SourceId {
    let mut bytes = ID_VERSION.to_vec();
    bytes.extend_from_slice(normal.as_os_str().as_encoded_bytes());
    let mut rest = xxh3_128(&bytes);
    let mut digits = ['0'; ID_DIGITS];
    for digit in digits.iter_mut().rev() {
        let value = usize::try_from(rest % 62).unwrap_or(0);
        *digit = ALPHABET.get(value).copied().map_or('0', char::from);
        rest /= 62;
    }
    SourceId(digits.iter().collect())
}

/// Gives every name once: of those that clash the first path keeps it, the
/// next get ` (2)`, ` (3)`.
pub(super) fn distinguish<'a>(named: impl Iterator<Item = (&'a Path, &'a mut String)>) {
    let mut by_name: BTreeMap<String, Vec<(&Path, &mut String)>> = BTreeMap::new();
    for (path, name) in named {
        by_name.entry(name.clone()).or_default().push((path, name));
    }
    // Every name that a file has by itself stays with that file, so a file
    // really called `a (2)` is not renamed because of two called `a`.
    let mut taken: HashSet<String> = by_name.keys().cloned().collect();
    for (name, mut clash) in by_name {
        clash.sort_by_key(|(path, _)| *path);
        let mut number = 1_usize;
        for (_, text) in clash.into_iter().skip(1) {
            loop {
                number += 1;
                let mut candidate = name.clone();
                // Writing to a string does not fail.
                let _ = write!(candidate, " ({number})");
                if taken.insert(candidate.clone()) {
                    *text = candidate;
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

    use super::*;

    #[test]
    fn a_nasty_name_is_shown_on_one_line_and_inert() {
        let table: &[(&[u8], &str)] = &[
            (b"plain.log", "plain.log"),
            (b"two\nlines\ttab", "two␊lines␉tab"),
            (b"\x1b]0;title\x07", "␛]0;title␇"),
            (b"caf\xc3\xa9", "café"),
            (b"caf\xe9.log", "caf\u{fffd}.log"),
            (b"\x7f", "␡"),
            ("evil\u{202e}gol.exe".as_bytes(), "evil\u{fffd}gol.exe"),
            ("\u{2067}x\u{2069}".as_bytes(), "\u{fffd}x\u{fffd}"),
            ("שלום.log".as_bytes(), "שלום.log"),
            (b"<b>'\"&", "<b>'\"&"),
        ];
        for (name, shown) in table {
            assert_eq!(display_name(Path::new(OsStr::from_bytes(name))), *shown);
        }
    }

    #[test]
    fn an_id_depends_on_the_path_alone() {
        let id = source_id(Path::new("/var/log/app.log"));
        assert_eq!(id.0.len(), ID_DIGITS);
        assert!(id.0.bytes().all(|digit| digit.is_ascii_alphanumeric()));
        // Written down, so that an accidental change of the scheme is noticed.
        assert_eq!(id.0, "5jXbhSYjREFNGRKxrqTixL");
        assert_ne!(id, source_id(Path::new("/var/log/app.log2")));
        let normal = normalize(Path::new("/var/./log//x/../app.log"));
        assert_eq!(id, source_id(&normal));
    }

    #[test]
    fn names_that_clash_are_numbered_by_path() {
        let mut names = ["a", "b", "a", "a (2)", "a"].map(String::from);
        let paths = ["/3", "/2", "/1", "/4", "/2"].map(Path::new);
        distinguish(paths.into_iter().zip(names.iter_mut()));
        assert_eq!(names, ["a (4)", "b", "a", "a (2)", "a (3)"]);
    }
}
