//! One source as a view sees it: its generations in a row, and the lines of
//! them that the filter takes.

use std::{ops::ControlFlow, sync::Arc};

use protocol::line::Place;

use crate::{
    counts::Counts,
    filter::Filter,
    generation::{Generation, ReadFault},
    index::Index,
    limits::{BLOCK_BYTES, LINE_BYTES_MAX, PARTIAL_IDLE},
    lineage::Lineage,
    lines::{Chunk, line_end, to_u64, to_usize, whole_lines},
};

/// One generation with what is known of it.
pub(crate) struct Part {
    pub(crate) generation: Arc<Generation>,
    /// Counts of the lines that the filter takes.
    pub(crate) hits: Arc<Index>,
    /// Counts of all lines; the same as `hits` where the filter takes all.
    pub(crate) lines: Arc<Index>,
    /// Counts of all lines with their times; only in merged views.
    pub(crate) timed: Option<Arc<Index>>,
    /// The unterminated last line, where it is shown.
    pub(crate) tail: Option<RawLine>,
}

/// One source of a view.
pub(crate) struct Track {
    pub(crate) lineage: Arc<Lineage>,
    /// Oldest first.
    pub(crate) parts: Vec<Part>,
}

/// Where a line stands in its generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawLine {
    /// Offset of its first byte.
    pub(crate) offset: u64,
    /// Offset behind its last byte, the newline not included.
    pub(crate) end: u64,
    /// Whether its newline is missing.
    pub(crate) is_partial: bool,
}

/// A place between two lines of a track: before the line of part `part` that
/// begins at `offset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    pub(crate) part: usize,
    pub(crate) offset: u64,
}

impl Part {
    /// Whether its counts broke off because the file changed under them.
    pub(crate) fn is_broken(&self) -> bool {
        let timed = self.timed.as_ref().is_some_and(|timed| timed.is_broken());
        timed || self.hits.is_broken() || self.lines.is_broken()
    }

    /// Blocks that hold terminated lines.
    pub(crate) fn block_count(&self) -> u64 {
        self.hits.upto().div_ceil(BLOCK_BYTES)
    }

    /// Rows known so far, the unterminated one included.
    pub(crate) fn rows(&self) -> u64 {
        self.hits.progress().rows + u64::from(self.tail.is_some())
    }

    /// Finds the unterminated last line again, where it is to be shown.
    pub(crate) fn find_tail(&mut self) -> Result<(), ReadFault> {
        let (start, frontier) = self.hits.open_end();
        let is_known = self
            .tail
            .is_some_and(|tail| tail.offset == start && tail.end == frontier);
        if is_known {
            return Ok(());
        }
        self.tail = None;
        if start >= frontier {
            return Ok(());
        }
        let tail = RawLine {
            offset: start,
            end: frontier,
            is_partial: !self.generation.is_sealed(),
        };
        let filter = self.hits.filter();
        let is_shown = filter.is_all() || {
            let is_idle = self
                .generation
                .modified()
                .elapsed()
                .is_ok_and(|age| age >= PARTIAL_IDLE);
            (is_idle || self.generation.is_sealed())
                && filter.takes(&self.read(tail, LINE_BYTES_MAX)?)
        };
        self.tail = is_shown.then_some(tail);
        Ok(())
    }

    /// The first `bytes_max` bytes of `line`.
    pub(crate) fn read(&self, line: RawLine, bytes_max: usize) -> Result<Vec<u8>, ReadFault> {
        let mut bytes = vec![0; to_usize(line.end - line.offset).min(bytes_max)];
        let got = self.generation.read_at(&mut bytes, line.offset)?;
        bytes.truncate(got);
        Ok(bytes)
    }

    /// The terminated lines that begin in `block` and that `filter` takes.
    pub(crate) fn lines_in(&self, block: u64, filter: &Filter) -> Result<Vec<RawLine>, ReadFault> {
        let mut lines = Vec::new();
        let mut buffer = Vec::new();
        self.each_chunk(block, &mut buffer, |Chunk { offset, bytes }| {
            filter.lines(bytes, |line| {
                lines.push(RawLine {
                    offset: offset + to_u64(line.start),
                    end: offset + to_u64(line.end),
                    is_partial: false,
                });
                true
            });
            ControlFlow::Continue(())
        })?;
        self.find_long_end(&mut lines)?;
        Ok(lines)
    }

    /// Calls `each` with the terminated lines that begin in `block`.
    pub(crate) fn each_chunk(
        &self,
        block: u64,
        buffer: &mut Vec<u8>,
        each: impl FnMut(Chunk<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadFault> {
        let (start, upto) = (block * BLOCK_BYTES, self.hits.upto());
        let first = match start.checked_sub(1) {
            None => 0,
            Some(before) => match line_end(&self.generation, before, upto)? {
                Some(first) => first,
                None => return Ok(()),
            },
        };
        whole_lines(
            &self.generation,
            first,
            start + BLOCK_BYTES,
            upto,
            buffer,
            each,
        )
    }

    /// Only the head of a very long line is searched, so its end is not known
    /// yet. Such a line is the last of its block.
    pub(crate) fn find_long_end(&self, lines: &mut [RawLine]) -> Result<(), ReadFault> {
        if let Some(last) = lines.last_mut()
            && last.end - last.offset >= to_u64(LINE_BYTES_MAX)
        {
            let upto = self.hits.upto();
            last.end = line_end(&self.generation, last.end, upto)?.map_or(upto, |next| next - 1);
        }
        Ok(())
    }
}

impl Spot {
    /// The place before the first line of a track.
    pub(crate) const START: Self = Self { part: 0, offset: 0 };
}

impl Track {
    /// The place behind the last line.
    pub(crate) fn end(&self) -> Spot {
        Spot {
            part: self.parts.len(),
            offset: 0,
        }
    }

    /// The place that a generation and an offset mean.
    pub(crate) fn spot_at(&self, place: Place) -> Option<Spot> {
        let part = self
            .parts
            .iter()
            .position(|part| part.generation.id() == place.generation)?;
        Some(Spot {
            part,
            offset: place.offset,
        })
    }

    /// The place where a mark is shown: its own, or where the generation after
    /// it begins when its own cannot be read any more.
    pub(crate) fn spot_of_mark(&self, place: Place) -> Option<Spot> {
        if let Some(spot) = self.spot_at(place) {
            return Some(spot);
        }
        let generations = self.lineage.generations();
        let lost = generations
            .iter()
            .position(|one| one.id() == place.generation)?;
        let next = generations.iter().skip(lost).find_map(|one| {
            self.parts
                .iter()
                .position(|part| part.generation.id() == one.id())
        });
        Some(Spot {
            part: next.unwrap_or(self.parts.len()),
            offset: 0,
        })
    }

    /// Bytes in all parts.
    pub(crate) fn bytes(&self) -> u64 {
        self.parts
            .iter()
            .map(|part| part.generation.frontier())
            .sum()
    }

    /// Bytes before `spot`.
    pub(crate) fn bytes_before(&self, spot: Spot) -> u64 {
        let whole: u64 = self
            .parts
            .iter()
            .take(spot.part)
            .map(|part| part.generation.frontier())
            .sum();
        whole + spot.offset
    }

    /// The place of the line that holds the `bytes`th byte.
    pub(crate) fn spot_at_byte(&self, mut bytes: u64) -> Result<Spot, ReadFault> {
        for (number, part) in self.parts.iter().enumerate() {
            let frontier = part.generation.frontier();
            if bytes < frontier {
                let offset = crate::lines::line_start(&part.generation, bytes)?;
                return Ok(Spot {
                    part: number,
                    offset,
                });
            }
            bytes -= frontier;
        }
        Ok(self.end())
    }

    /// Rows before `spot`, and whether none is missing from that number.
    pub(crate) fn rank(&self, spot: Spot) -> Result<(u64, bool), ReadFault> {
        let mut rows = 0;
        let mut is_exact = true;
        for part in self.parts.iter().take(spot.part) {
            rows += part.rows();
            is_exact &= part.hits.progress().is_complete;
        }
        if let Some(part) = self.parts.get(spot.part)
            && spot.offset > 0
        {
            let block = Counts::block_of(spot.offset);
            let (before, exact) = part.hits.rows_before(block);
            is_exact &= exact;
            rows += before;
            if !spot.offset.is_multiple_of(BLOCK_BYTES) && part.hits.rows_in(block) != Some(0) {
                let lines = part.lines_in(block, part.hits.filter())?;
                rows += to_u64(lines.partition_point(|line| line.offset < spot.offset));
            }
            if part.tail.is_some_and(|tail| tail.offset < spot.offset) {
                rows += 1;
            }
        }
        Ok((rows, is_exact))
    }

    /// The place before row `row`, counted from the first one. Means something
    /// only once all counts are complete.
    pub(crate) fn select(&self, mut row: u64) -> Result<Spot, ReadFault> {
        for (number, part) in self.parts.iter().enumerate() {
            if row >= part.rows() {
                row -= part.rows();
                continue;
            }
            let Some((block, index)) = part.hits.select(row) else {
                let offset = part
                    .tail
                    .map_or(part.generation.frontier(), |tail| tail.offset);
                return Ok(Spot {
                    part: number,
                    offset,
                });
            };
            let lines = part.lines_in(block, part.hits.filter())?;
            let line = lines.get(to_usize(index)).or(lines.last());
            let offset = line.map_or(block * BLOCK_BYTES, |line| line.offset);
            return Ok(Spot {
                part: number,
                offset,
            });
        }
        Ok(self.end())
    }

    /// Rows known so far, and whether none is missing.
    pub(crate) fn total(&self) -> (u64, bool) {
        let rows = self.parts.iter().map(Part::rows).sum();
        (
            rows,
            self.parts
                .iter()
                .all(|part| part.hits.progress().is_complete),
        )
    }
}

/// A line of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    /// Index of the track in the view.
    pub(crate) track: usize,
    /// Index of the part in the track.
    pub(crate) part: usize,
    pub(crate) line: RawLine,
    /// What it is ordered by among several tracks; the same everywhere in a
    /// view of one.
    pub(crate) time: i64,
}

impl Hit {
    /// The place before it.
    pub(crate) fn spot(&self) -> Spot {
        Spot {
            part: self.part,
            offset: self.line.offset,
        }
    }

    /// The place behind it.
    pub(crate) fn spot_behind(&self) -> Spot {
        Spot {
            part: self.part,
            offset: self.line.end + 1,
        }
    }
}
