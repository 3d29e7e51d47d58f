//! By which time a line is ordered among the lines of other sources.
//!
//! A source keeps the order of its file, so the time of a line is the latest
//! one that was shown up to it: a line without a stamp goes with the line it
//! follows, and a late one stays where it was written. To know that without
//! reading everything before it, the index keeps the latest time shown in each
//! block; within a block it is worked out from the lines.

use std::{collections::HashMap, ops::ControlFlow, sync::Arc};

use super::track::{Part, RawLine, Spot, Track};
use crate::{
    generation::ReadFault,
    limits::BLOCK_BYTES,
    lines::{Chunk, to_u64, to_usize},
    stamp::{Zone, stamp},
};

/// Bytes of a line that are looked at for its stamp.
const STAMP_BYTES: usize = 4096;

/// Before every time that a line can show.
pub(crate) const BEGINNING: i64 = i64::MIN;

/// Blocks that are looked through for a time before all times are known.
const GUESS_BLOCKS: u64 = 64;

/// Whether the times of all blocks of a part are known.
fn is_known(part: &Part) -> bool {
    part.timed
        .as_ref()
        .is_some_and(|timed| timed.progress().is_complete)
}

/// A line with the time that it is ordered by.
#[derive(Clone, Copy)]
pub(crate) struct TimedLine {
    pub(crate) line: RawLine,
    pub(crate) time: i64,
    /// Whether the filter takes it.
    pub(crate) is_hit: bool,
}

/// The times of the blocks that were looked at, for the length of one answer.
pub(crate) struct Times {
    zone: Option<Zone>,
    blocks: HashMap<(usize, usize, u64), Arc<Vec<TimedLine>>>,
}

impl Times {
    /// For a view of several sources, whose stamps without a zone lie in
    /// `zone`; `None` for a view of one, which is not ordered by time.
    pub(crate) fn new(zone: Option<Zone>) -> Self {
        Self {
            zone,
            blocks: HashMap::new(),
        }
    }

    /// Whether the view is ordered by time.
    pub(crate) fn are_wanted(&self) -> bool {
        self.zone.is_some()
    }

    /// All terminated lines that begin in `block`, with their times.
    pub(crate) fn block(
        &mut self,
        track: &Track,
        number: usize,
        index: usize,
        block: u64,
    ) -> Result<Arc<Vec<TimedLine>>, ReadFault> {
        if let Some(lines) = self.blocks.get(&(number, index, block)) {
            return Ok(Arc::clone(lines));
        }
        let is_known = track.parts.get(index).is_some_and(is_known);
        let mut carried = Self::base(track, index, block, 1);
        if let Some(before) = block.checked_sub(1).filter(|_| !is_known) {
            // What the block before shows may not have been gone through yet.
            carried = self.read(track, index, before, carried)?.0;
        }
        let (_, lines) = self.read(track, index, block, carried)?;
        let lines = Arc::new(lines);
        self.blocks
            .insert((number, index, block), Arc::clone(&lines));
        Ok(lines)
    }

    /// The time of the unterminated line of a part.
    pub(crate) fn of_tail(
        &mut self,
        track: &Track,
        number: usize,
        index: usize,
        line: RawLine,
    ) -> Result<i64, ReadFault> {
        let (Some(zone), Some(part)) = (&self.zone, track.parts.get(index)) else {
            return Ok(0);
        };
        let shown = stamp(&part.read(line, STAMP_BYTES)?, zone).time_ms;
        let mut latest = Self::base(track, index, part.block_count(), 1);
        if let Some(last) = part.block_count().checked_sub(1) {
            let block = self.block(track, number, index, last)?;
            latest = latest.max(block.last().map_or(BEGINNING, |line| line.time));
        }
        Ok(shown.unwrap_or(latest).max(latest))
    }

    /// The place before the first line whose time is at or behind `time`.
    pub(crate) fn seek(
        &mut self,
        track: &Track,
        number: usize,
        time: i64,
    ) -> Result<Spot, ReadFault> {
        for (index, part) in track.parts.iter().enumerate().rev() {
            if index > 0 && Self::base(track, index, 0, 1) >= time {
                continue;
            }
            let bases = part
                .timed
                .as_ref()
                .map(|timed| timed.bases())
                .unwrap_or_default();
            // The first block up to which such a time was shown holds the line;
            // while not all is known, one near it does.
            let first = to_u64(bases.partition_point(|base| *base < time));
            let (first, last) = if is_known(part) {
                (first, part.block_count())
            } else {
                (
                    first.saturating_sub(1),
                    part.block_count().min(first + GUESS_BLOCKS),
                )
            };
            for block in first..last {
                let lines = self.block(track, number, index, block)?;
                if let Some(line) = lines.iter().find(|line| line.time >= time) {
                    return Ok(Spot {
                        part: index,
                        offset: line.line.offset,
                    });
                }
            }
            if let Some(tail) = part.tail
                && self.of_tail(track, number, index, tail)? >= time
            {
                return Ok(Spot {
                    part: index,
                    offset: tail.offset,
                });
            }
            return Ok(Spot {
                part: index + 1,
                offset: 0,
            });
        }
        Ok(Spot::START)
    }

    /// The earliest and the latest time known of a track.
    pub(crate) fn range(track: &Track) -> Option<(i64, i64)> {
        let bases = track
            .parts
            .iter()
            .filter_map(|part| part.timed.as_ref())
            .map(|timed| timed.bases());
        let known: Vec<i64> = bases
            .flat_map(|bases| {
                let first = bases.iter().copied().find(|time| *time != BEGINNING);
                [first, bases.last().copied()]
            })
            .flatten()
            .filter(|time| *time != BEGINNING)
            .collect();
        Some((*known.iter().min()?, *known.iter().max()?))
    }

    /// The latest time shown up to the end of block `block - skip`, older parts
    /// included.
    fn base(track: &Track, index: usize, block: u64, skip: u64) -> i64 {
        let own = block.checked_sub(skip).and_then(|block| {
            let bases = track.parts.get(index)?.timed.as_ref()?.bases();
            bases.get(to_usize(block)).or(bases.last()).copied()
        });
        let older = || {
            let parts = track.parts.iter().take(index).rev();
            parts
                .filter_map(|part| part.timed.as_ref()?.bases().last().copied())
                .max()
        };
        own.unwrap_or(BEGINNING).max(older().unwrap_or(BEGINNING))
    }

    /// The lines of a block, each at the latest time shown up to it.
    fn read(
        &self,
        track: &Track,
        index: usize,
        block: u64,
        carried: i64,
    ) -> Result<(i64, Vec<TimedLine>), ReadFault> {
        let (Some(zone), Some(part)) = (&self.zone, track.parts.get(index)) else {
            return Ok((carried, Vec::new()));
        };
        let mut latest = carried;
        let mut lines = Vec::new();
        let mut buffer = Vec::new();
        let filter = part.hits.filter();
        part.each_chunk(block, &mut buffer, |Chunk { offset, bytes }| {
            let first = lines.len();
            let mut start = offset;
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                let text = line.strip_suffix(b"\n").unwrap_or(line);
                let head = text.get(..STAMP_BYTES).unwrap_or(text);
                if let Some(time) = stamp(head, zone).time_ms {
                    latest = latest.max(time);
                }
                let raw = RawLine {
                    offset: start,
                    end: start + to_u64(text.len()),
                    is_partial: false,
                };
                lines.push(TimedLine {
                    line: raw,
                    time: latest,
                    is_hit: filter.is_all(),
                });
                start += to_u64(line.len());
            }
            if !filter.is_all() {
                let mut rest = lines.get_mut(first..).unwrap_or_default().iter_mut();
                filter.lines(bytes, |range| {
                    let hit = offset + to_u64(range.start);
                    if let Some(line) = rest.find(|line| line.line.offset == hit) {
                        line.is_hit = true;
                    }
                    true
                });
            }
            ControlFlow::Continue(())
        })?;
        let mut ends: Vec<RawLine> = lines.last().map(|last| last.line).into_iter().collect();
        part.find_long_end(&mut ends)?;
        if let (Some(last), Some(end)) = (lines.last_mut(), ends.first()) {
            last.line = *end;
        }
        debug_assert!(
            lines
                .iter()
                .all(|line| line.line.offset / BLOCK_BYTES == block),
            "a line of another block"
        );
        Ok((latest, lines))
    }
}

/// The place before the first line at or behind `time` in a track that is not
/// ordered by time: found by probing, as if it were.
pub(crate) fn bisect(track: &Track, time: i64, zone: &Zone) -> Result<Spot, ReadFault> {
    for (index, part) in track.parts.iter().enumerate().rev() {
        let first = first_time(part, 0, zone)?;
        if index > 0 && first.is_none_or(|(_, first)| first >= time) {
            continue;
        }
        // The last block whose first stamp lies before `time` …
        let (mut low, mut high) = (0, part.block_count());
        while low < high {
            let middle = low + (high - low) / 2;
            match first_time(part, middle, zone)? {
                Some((_, found)) if found < time => low = middle + 1,
                _ => high = middle,
            }
        }
        // … holds the line, or the one behind it does.
        for block in low.saturating_sub(1)..part.block_count() {
            if let Some(offset) = first_at_time(part, block, time, zone)? {
                return Ok(Spot {
                    part: index,
                    offset,
                });
            }
        }
        return Ok(Spot {
            part: index + 1,
            offset: 0,
        });
    }
    Ok(Spot::START)
}

/// The first stamp at or behind `block`, looked for in a few blocks.
fn first_time(part: &Part, block: u64, zone: &Zone) -> Result<Option<(u64, i64)>, ReadFault> {
    const BLOCKS: u64 = 16;
    for block in block..part.block_count().min(block + BLOCKS) {
        if let Some(found) = find_stamp(part, block, zone, |_| true)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn first_at_time(
    part: &Part,
    block: u64,
    time: i64,
    zone: &Zone,
) -> Result<Option<u64>, ReadFault> {
    Ok(find_stamp(part, block, zone, |found| found >= time)?.map(|(offset, _)| offset))
}

/// The first line of `block` whose stamp is wanted: its offset and its time.
fn find_stamp(
    part: &Part,
    block: u64,
    zone: &Zone,
    is_wanted: impl Fn(i64) -> bool,
) -> Result<Option<(u64, i64)>, ReadFault> {
    let mut found = None;
    part.each_chunk(block, &mut Vec::new(), |Chunk { offset, bytes }| {
        let mut start = offset;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let time = stamp(line.get(..STAMP_BYTES).unwrap_or(line), zone).time_ms;
            if let Some(time) = time.filter(|time| is_wanted(*time)) {
                found = Some((start, time));
                return ControlFlow::Break(());
            }
            start += to_u64(line.len());
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}
