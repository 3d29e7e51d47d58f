//! Going through the rows of a track, one after the other, either way.

use super::{
    time::Times,
    track::{Hit, Part, RawLine, Spot, Track},
};
use crate::{counts::Counts, generation::ReadFault, lines::to_usize};

/// Which way a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Forward,
    Backward,
}

/// How many bytes may be read where no count says whether it is worth it.
pub(crate) struct Budget {
    pub(crate) bytes: u64,
}

/// A walk over the rows of one track.
pub(crate) struct Walk<'a> {
    number: usize,
    track: &'a Track,
    way: Way,
    /// Where the walk began; lines on the wrong side of it are left out.
    from: Spot,
    part: usize,
    /// The block to be read next; `None` once the part has none left.
    block: Option<u64>,
    /// Whether the unterminated line of the part is still to come.
    tail_is_due: bool,
    /// Rows at hand, the next one last.
    ready: Vec<Hit>,
}

impl<'a> Walk<'a> {
    /// Begins a walk over track `number` at `from`: forward with the line that
    /// stands there, backward with the one before it.
    pub(crate) fn new(number: usize, track: &'a Track, way: Way, from: Spot) -> Self {
        let mut walk = Self {
            number,
            track,
            way,
            from,
            part: from.part,
            block: None,
            tail_is_due: false,
            ready: Vec::new(),
        };
        match (way, track.parts.get(from.part)) {
            (Way::Forward, Some(_)) => {
                walk.block = Some(Counts::block_of(from.offset));
                walk.tail_is_due = true;
            }
            (Way::Backward, Some(part)) => {
                walk.block = from.offset.checked_sub(1).map(Counts::block_of);
                walk.tail_is_due = part.tail.is_some_and(|tail| tail.offset < from.offset);
            }
            (Way::Forward, None) => {}
            (Way::Backward, None) => {
                walk.part = track.parts.len();
            }
        }
        walk
    }

    /// The next row, left in place; `None` at the end, or when the budget is
    /// used up.
    pub(crate) fn peek(
        &mut self,
        times: &mut Times,
        budget: &mut Budget,
    ) -> Result<Option<&Hit>, ReadFault> {
        while self.ready.is_empty() {
            if !self.fill(times, budget)? {
                return Ok(None);
            }
        }
        Ok(self.ready.last())
    }

    /// Takes the row that [`Walk::peek`] showed.
    pub(crate) fn take(&mut self) -> Option<Hit> {
        self.ready.pop()
    }

    /// Reads one more block; false at the end, or when the budget is used up.
    fn fill(&mut self, times: &mut Times, budget: &mut Budget) -> Result<bool, ReadFault> {
        match self.way {
            Way::Forward => {
                let Some(part) = self.track.parts.get(self.part) else {
                    return Ok(false);
                };
                if let Some(block) = self
                    .block
                    .and_then(|block| part.hits.next_block(block, true))
                {
                    if !self.read(part, block, times, budget)? {
                        return Ok(false);
                    }
                    self.block = Some(block + 1);
                } else if self.tail_is_due {
                    self.block = None;
                    self.tail_is_due = false;
                    self.push_tail(part, times)?;
                } else {
                    self.part += 1;
                    self.block = Some(0);
                    self.tail_is_due = true;
                }
            }
            Way::Backward => {
                if self.tail_is_due {
                    self.tail_is_due = false;
                    if let Some(part) = self.track.parts.get(self.part) {
                        self.push_tail(part, times)?;
                    }
                    return Ok(true);
                }
                let part = self.track.parts.get(self.part);
                let block = part
                    .zip(self.block)
                    .and_then(|(part, block)| part.hits.next_block(block, false));
                if let (Some(part), Some(block)) = (part, block) {
                    if !self.read(part, block, times, budget)? {
                        return Ok(false);
                    }
                    self.block = block.checked_sub(1);
                } else {
                    let Some(before) = self.part.checked_sub(1) else {
                        return Ok(false);
                    };
                    self.part = before;
                    self.block = self
                        .track
                        .parts
                        .get(before)
                        .and_then(|part| part.block_count().checked_sub(1));
                    self.tail_is_due = true;
                }
            }
        }
        Ok(true)
    }

    /// Makes the rows of `block` ready; false when the budget does not allow.
    fn read(
        &mut self,
        part: &Part,
        block: u64,
        times: &mut Times,
        budget: &mut Budget,
    ) -> Result<bool, ReadFault> {
        if part.hits.rows_in(block).is_none() && !part.hits.filter().is_all() {
            let Some(left) = budget.bytes.checked_sub(crate::limits::BLOCK_BYTES) else {
                self.block = Some(block);
                return Ok(false);
            };
            budget.bytes = left;
        }
        let (number, index) = (self.number, self.part);
        if times.are_wanted() {
            let lines = times.block(self.track, number, index, block)?;
            self.ready
                .extend(lines.iter().filter(|timed| timed.is_hit).map(|timed| Hit {
                    track: number,
                    part: index,
                    line: timed.line,
                    time: timed.time,
                }));
        } else {
            let lines = part.lines_in(block, part.hits.filter())?;
            self.ready.extend(lines.into_iter().map(|line| Hit {
                track: number,
                part: index,
                line,
                time: 0,
            }));
        }
        self.cut();
        Ok(true)
    }

    fn push_tail(&mut self, part: &Part, times: &mut Times) -> Result<(), ReadFault> {
        let Some(line) = part.tail else { return Ok(()) };
        let time = times.of_tail(self.track, self.number, self.part, line)?;
        self.ready.push(Hit {
            track: self.number,
            part: self.part,
            line,
            time,
        });
        self.cut();
        Ok(())
    }

    /// Drops what lies on the wrong side of the start, and turns the rest so
    /// that the next row is the last.
    fn cut(&mut self) {
        let from = self.from;
        match self.way {
            Way::Forward => {
                self.ready.retain(|hit| hit.spot() >= from);
                self.ready.reverse();
            }
            Way::Backward => self.ready.retain(|hit| hit.spot() < from),
        }
    }
}

/// Goes through the rows of several tracks in the order of their times; ties
/// go to the track named first.
pub(crate) struct MergedWalk<'a> {
    walks: Vec<Walk<'a>>,
    way: Way,
}

impl<'a> MergedWalk<'a> {
    /// Begins at `cut`, which has one place for each track.
    pub(crate) fn new(tracks: &'a [Track], way: Way, cut: &[Spot]) -> Self {
        let walks = tracks.iter().zip(cut).enumerate();
        Self {
            walks: walks
                .map(|(number, (track, spot))| Walk::new(number, track, way, *spot))
                .collect(),
            way,
        }
    }

    /// The next row; `None` at the end, or when the budget is used up.
    pub(crate) fn next(
        &mut self,
        times: &mut Times,
        budget: &mut Budget,
    ) -> Result<Option<Hit>, ReadFault> {
        let mut best: Option<(i64, usize)> = None;
        for (number, walk) in self.walks.iter_mut().enumerate() {
            let Some(hit) = walk.peek(times, budget)? else {
                continue;
            };
            let is_better = match (best, self.way) {
                (None, _) => true,
                (Some((time, _)), Way::Forward) => hit.time < time,
                (Some((time, _)), Way::Backward) => hit.time >= time,
            };
            if is_better {
                best = Some((hit.time, number));
            }
        }
        Ok(best
            .and_then(|(_, number)| self.walks.get_mut(number))
            .and_then(Walk::take))
    }
}

/// The first row of `lines`, by offset, that is not before `offset`.
pub(crate) fn first_at(lines: &[RawLine], offset: u64) -> usize {
    lines.partition_point(|line| line.offset < offset)
}

/// How many rows to make room for.
pub(crate) fn capacity(rows: u32) -> usize {
    to_usize(u64::from(rows)).min(256)
}
