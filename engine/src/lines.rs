//! Walking the lines of a generation.

use std::ops::ControlFlow;

use memchr::{memchr, memrchr};

use crate::{
    generation::{Generation, ReadFault},
    limits::{LINE_BYTES_MAX, READ_BYTES},
};

/// A run of whole lines, as [`whole_lines`] hands it out.
pub struct Chunk<'a> {
    /// Offset of its first byte, which begins a line.
    pub offset: u64,
    /// The lines, each with its newline, but for a line so long that only its
    /// first [`LINE_BYTES_MAX`] bytes are here, which then stands alone.
    pub bytes: &'a [u8],
}

/// Calls `each` with the lines that begin in `[from, begin_before)` and end,
/// newline included, at or before `end`. `from` must begin a line.
///
/// Memory is bounded whatever the lengths of the lines. `buffer` is reused.
///
/// # Errors
/// What [`Generation::read_at`] refuses.
pub fn whole_lines(
    generation: &Generation,
    from: u64,
    begin_before: u64,
    end: u64,
    buffer: &mut Vec<u8>,
    mut each: impl FnMut(Chunk<'_>) -> ControlFlow<()>,
) -> Result<(), ReadFault> {
    let mut at = from;
    let mut want = READ_BYTES;
    while at < begin_before.min(end) {
        let len = usize::try_from(end - at).unwrap_or(usize::MAX).min(want);
        buffer.resize(len, 0);
        let got = generation.read_at(buffer, at)?;
        let read = buffer.get(..got).unwrap_or_default();
        let Some(last) = memrchr(b'\n', read) else {
            if got < len || to_u64(got) >= end - at {
                return Ok(());
            }
            if want < LINE_BYTES_MAX {
                want = (want * 4).min(LINE_BYTES_MAX);
                continue;
            }
            if each(Chunk {
                offset: at,
                bytes: read,
            })
            .is_break()
            {
                return Ok(());
            }
            match line_end(generation, at + to_u64(got), end)? {
                Some(next) => at = next,
                None => return Ok(()),
            }
            want = READ_BYTES;
            continue;
        };
        let mut whole = last + 1;
        if at + to_u64(whole) > begin_before {
            // The last line that begins early enough ends at the first newline
            // at or behind `begin_before - 1`.
            let skip = usize::try_from(begin_before - 1 - at).unwrap_or(usize::MAX);
            match read.get(skip..whole).and_then(|tail| memchr(b'\n', tail)) {
                Some(newline) => whole = skip + newline + 1,
                None => return Ok(()),
            }
        }
        let bytes = read.get(..whole).unwrap_or_default();
        if each(Chunk { offset: at, bytes }).is_break() {
            return Ok(());
        }
        at += to_u64(whole);
        want = READ_BYTES;
    }
    Ok(())
}

/// The offset behind the first newline at or behind `from`, looked for up to
/// `end`; `None` when there is none.
///
/// # Errors
/// What [`Generation::read_at`] refuses.
pub fn line_end(generation: &Generation, from: u64, end: u64) -> Result<Option<u64>, ReadFault> {
    let mut at = from;
    // Most lines are short, so the first look is small.
    let mut buffer = vec![0; 4096];
    while at < end {
        let len = usize::try_from(end - at)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let got = generation.read_at(buffer.get_mut(..len).unwrap_or_default(), at)?;
        if let Some(newline) = buffer.get(..got).and_then(|read| memchr(b'\n', read)) {
            return Ok(Some(at + to_u64(newline) + 1));
        }
        if got == 0 {
            break;
        }
        at += to_u64(got);
        buffer.resize(READ_BYTES, 0);
    }
    Ok(None)
}

/// The offset of the line that holds the byte before `offset`, or 0: the
/// offset behind the last newline before `offset`.
///
/// # Errors
/// What [`Generation::read_at`] refuses.
pub fn line_start(generation: &Generation, offset: u64) -> Result<u64, ReadFault> {
    let mut end = offset;
    let mut buffer = vec![0; 4096];
    while end > 0 {
        let start = end.saturating_sub(to_u64(buffer.len()));
        let len = usize::try_from(end - start).unwrap_or(0);
        let got = generation.read_at(buffer.get_mut(..len).unwrap_or_default(), start)?;
        if let Some(newline) = buffer.get(..got).and_then(|read| memrchr(b'\n', read)) {
            return Ok(start + to_u64(newline) + 1);
        }
        end = start;
        buffer.resize(READ_BYTES, 0);
    }
    Ok(0)
}

/// Never loses anything: `usize` is at most 64 bits wide where this builds.
pub(crate) fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// Saturates where the number does not fit.
pub(crate) fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
