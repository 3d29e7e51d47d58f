//! What the first bytes of a file say: text, compressed, or neither.

use std::{collections::HashMap, io, path::Path, time::SystemTime};

use super::disk::{self, Identity, Stat};

/// Bytes looked at; a NUL among them makes a file binary, as for grep and git.
const HEAD_BYTES: u64 = 1024;

/// How the bytes of a file on disk are packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// gzip, `.gz`.
    Gzip,
    /// Zstandard, `.zst`.
    Zstd,
    /// bzip2, `.bz2`.
    Bzip2,
    /// xz, `.xz`.
    Xz,
    /// LZ4 frames, `.lz4`.
    Lz4,
}

/// What a file holds, as far as its head shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Text, or nothing yet.
    Text,
    /// Text in UTF-16, which is full of NUL bytes.
    WideText,
    /// A NUL where text has none; the byte it is at.
    Binary(u64),
    /// Packed text, or so one hopes.
    Packed(Compression),
}

/// Remembers the heads of files, so that an unchanged file is not read again.
#[derive(Debug, Default)]
pub(super) struct Heads {
    known: HashMap<Identity, Known>,
    round: u64,
    /// Files that were opened since this was made.
    pub(super) read_count: u64,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    size: u64,
    modified: Option<SystemTime>,
    // A changed mode or owner shows only here.
    changed: (i64, i64),
    content: Content,
    round: u64,
}

impl Heads {
    /// Begins a scan.
    pub(super) fn begin(&mut self) {
        self.round += 1;
    }

    /// Ends a scan: what it did not ask for is forgotten.
    pub(super) fn end(&mut self) {
        let round = self.round;
        self.known.retain(|_, known| known.round == round);
    }

    /// Returns what a file holds. A failure is tried again by the next scan.
    pub(super) fn content(&mut self, path: &Path, stat: &Stat) -> io::Result<Content> {
        let round = self.round;
        if let Some(known) = self.known.get_mut(&stat.identity) {
            let same = known.size == stat.size
                && known.modified == stat.modified
                && known.changed == stat.changed;
            if same {
                known.round = round;
                return Ok(known.content);
            }
        }
        self.read_count += 1;
        let content = judge(&disk::read_head(path, HEAD_BYTES)?);
        let known = Known {
            size: stat.size,
            modified: stat.modified,
            changed: stat.changed,
            content,
            round,
        };
        self.known.insert(stat.identity, known);
        Ok(content)
    }
}

/// Judges the first bytes of a file.
fn judge(head: &[u8]) -> Content {
    let magics: [(&[u8], Compression); 4] = [
        (b"\x1f\x8b", Compression::Gzip),
        (b"\x28\xb5\x2f\xfd", Compression::Zstd),
        (b"\xfd7zXZ\0", Compression::Xz),
        (b"\x04\x22\x4d\x18", Compression::Lz4),
    ];
    for (magic, compression) in magics {
        if head.starts_with(magic) {
            return Content::Packed(compression);
        }
    }
    // `BZh`, a level and the digits of pi, or of its square root at the end of
    // an empty stream; `BZh` alone could begin a line of text.
    let is_bzip2 = head.starts_with(b"BZh")
        && head
            .get(4..10)
            .is_some_and(|block| block == b"1AY&SY" || block == b"\x17\x72\x45\x38\x50\x90");
    if is_bzip2 {
        return Content::Packed(Compression::Bzip2);
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Content::WideText;
    }
    match memchr::memchr(0, head) {
        Some(position) => Content::Binary(u64::try_from(position).unwrap_or(u64::MAX)),
        None => Content::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_tells_text_from_packed_and_binary() {
        let table: &[(&[u8], Content)] = &[
            (b"", Content::Text),
            (b"plain\n", Content::Text),
            (b"\xff\xfeh\0i\0", Content::WideText),
            (b"\xfe\xff\0h\0i", Content::WideText),
            (b"ab\0c", Content::Binary(2)),
            (b"\x7fELF\x02\0", Content::Binary(5)),
            (b"\x1f\x8b\x08\0", Content::Packed(Compression::Gzip)),
            (b"\x28\xb5\x2f\xfd\0", Content::Packed(Compression::Zstd)),
            (b"BZh91AY&SY\0", Content::Packed(Compression::Bzip2)),
            (b"BZhello", Content::Text),
            (b"\xfd7zXZ\0\0", Content::Packed(Compression::Xz)),
            (b"\x04\x22\x4d\x18\0", Content::Packed(Compression::Lz4)),
            (b"caf\xe9 \x1b[31m", Content::Text),
        ];
        for (head, content) in table {
            assert_eq!(judge(head), *content, "{head:?}");
        }
    }
}
