//! A place to resume at that outlives the program.
//!
//! A cursor names no path and no number that is lost on a restart. For each
//! source it says what the content begins with, how far it was read, and what
//! stood right before, so that the content is found again under any name, and
//! a wrong one is not taken for it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use protocol::{Problem, SourceId};
use xxhash_rust::xxh3::xxh3_64;

use crate::{
    generation::{Generation, ReadFault},
    lineage::Lineage,
};

/// First byte of every cursor.
const LAYOUT: u8 = 1;

/// Bytes of one entry.
const ENTRY_BYTES: usize = 50;

/// Sources, and open generations of them, that one cursor may hold.
const ENTRIES_MAX: usize = 256;

/// Where to resume, for each source and each generation still open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    entries: Vec<Entry>,
}

/// A place in one content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    source: u64,
    dev: u64,
    ino: u64,
    head_len: u16,
    head_hash: u64,
    offset: u64,
    proof: u64,
}

impl Cursor {
    /// Adds the place behind the first `offset` bytes of `generation`.
    ///
    /// # Errors
    /// What reading the bytes before the place refuses.
    pub fn push(&mut self, generation: &Generation, offset: u64) -> Result<(), ReadFault> {
        let known = generation.fingerprint();
        self.entries.push(Entry {
            source: key(generation.source()),
            dev: known.dev,
            ino: known.ino,
            head_len: known.head_len,
            head_hash: known.head_hash,
            offset,
            proof: generation.proof_at(offset)?,
        });
        Ok(())
    }

    /// The cursor as it travels: opaque, safe in a URL.
    pub fn encode(&self) -> String {
        let mut bytes = vec![LAYOUT];
        for entry in &self.entries {
            for number in [
                entry.source,
                entry.dev,
                entry.ino,
                entry.head_hash,
                entry.offset,
                entry.proof,
            ] {
                bytes.extend(number.to_le_bytes());
            }
            bytes.extend(entry.head_len.to_le_bytes());
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a cursor.
    ///
    /// # Errors
    /// [`Problem::BadParameter`] for what [`Cursor::encode`] never wrote.
    pub fn decode(name: &str, text: &str) -> Result<Self, Problem> {
        let bad = || Problem::BadParameter {
            name: name.to_owned(),
            expected: "expected a cursor as the server gave it".to_owned(),
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
        let Some((&LAYOUT, entries)) = bytes.split_first() else {
            return Err(bad());
        };
        if !entries.len().is_multiple_of(ENTRY_BYTES) || entries.len() > ENTRY_BYTES * ENTRIES_MAX {
            return Err(bad());
        }
        let entries = entries.chunks_exact(ENTRY_BYTES).map(|entry| {
            let number = |index: usize| {
                let bytes = entry
                    .get(index * 8..index * 8 + 8)
                    .and_then(|bytes| bytes.try_into().ok());
                u64::from_le_bytes(bytes.unwrap_or_default())
            };
            let len = entry
                .get(48..50)
                .and_then(|bytes| bytes.try_into().ok())
                .unwrap_or_default();
            Entry {
                source: number(0),
                dev: number(1),
                ino: number(2),
                head_hash: number(3),
                offset: number(4),
                proof: number(5),
                head_len: u16::from_le_bytes(len),
            }
        });
        Ok(Self {
            entries: entries.collect(),
        })
    }

    /// Whether it was made for these sources, or for some of them.
    pub fn is_of(&self, sources: &[SourceId]) -> bool {
        let keys: Vec<u64> = sources.iter().map(key).collect();
        self.entries
            .iter()
            .all(|entry| keys.contains(&entry.source))
    }

    /// The places in `lineage` that the cursor names, oldest generation first,
    /// and how many of its places there are not to be found any more.
    pub fn places(&self, lineage: &Lineage) -> (Vec<(usize, u64)>, usize) {
        let generations = lineage.generations();
        let source = key(lineage.source());
        let mut places = Vec::new();
        let mut lost = 0;
        for entry in self.entries.iter().filter(|entry| entry.source == source) {
            let is_same = |generation: &Generation| {
                let known = generation.fingerprint();
                (known.dev, known.ino) == (entry.dev, entry.ino)
            };
            // The file itself first, then any that holds the same.
            let by_file = generations
                .iter()
                .position(|one| is_same(one) && entry.holds(one));
            match by_file.or_else(|| generations.iter().position(|one| entry.holds(one))) {
                Some(index) => places.push((index, entry.offset)),
                None => lost += 1,
            }
        }
        places.sort_unstable();
        places.dedup_by_key(|place| place.0);
        (places, lost)
    }
}

impl Entry {
    /// Whether `generation` begins as it did, and holds before the offset what
    /// stood there.
    fn holds(&self, generation: &Generation) -> bool {
        let mut head = vec![0; usize::from(self.head_len)];
        let is_read = generation
            .read_at(&mut head, 0)
            .is_ok_and(|got| got == head.len());
        is_read
            && xxh3_64(&head) == self.head_hash
            && generation.frontier() >= self.offset
            && generation
                .proof_at(self.offset)
                .is_ok_and(|proof| proof == self.proof)
    }
}

fn key(source: &SourceId) -> u64 {
    xxh3_64(source.0.as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(numbers in proptest::collection::vec(any::<[u64; 6]>(), 0..5), head_len in any::<u16>()) {
            let entries = numbers.into_iter().map(|[source, dev, ino, head_hash, offset, proof]| {
                Entry { source, dev, ino, head_len, head_hash, offset, proof }
            });
            let cursor = Cursor { entries: entries.collect() };
            prop_assert_eq!(Cursor::decode("from", &cursor.encode()), Ok(cursor));
        }

        #[test]
        fn any_text_is_refused_or_read_without_a_panic(text in ".{0,100}") {
            let _ = Cursor::decode("from", &text);
        }
    }
}
