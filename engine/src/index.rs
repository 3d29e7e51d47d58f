//! How many lines of a generation a filter takes, block by block.
//!
//! The counts are filled from two sides: what stood in the file when the index
//! was made is scanned in the background, superblock by superblock, nearest to
//! the reader first; what is appended later is counted as it comes.

use std::{
    ops::ControlFlow,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use memchr::{memchr_iter, memrchr};

use crate::{
    bell::Bell,
    counts::Counts,
    filter::Filter,
    generation::{Generation, ReadFault},
    limits::{BLOCK_BYTES, PROGRESS_INTERVAL, READ_BYTES, SUPERBLOCK_BLOCKS, SUPERBLOCK_BYTES},
    lines::{Chunk, line_end, line_start, to_u64, to_usize, whole_lines},
    scan::Job,
    stamp::{Zone, stamp},
};

/// No line of the block shows a time.
const NO_TIME: i64 = i64::MIN;

/// The counts of one filter over one generation.
pub struct Index {
    generation: Arc<Generation>,
    filter: Arc<Filter>,
    /// Times are kept only where lines of several sources are merged.
    zone: Option<Zone>,
    bell: Bell,
    state: Mutex<State>,
    /// Held while appended bytes are counted, so that nobody counts them twice.
    extending: Mutex<Vec<u8>>,
    is_broken: AtomicBool,
}

struct State {
    counts: Counts,
    /// Every line that ends at or before this offset is either counted or
    /// waits in a superblock that is not done. Begins a line.
    upto: u64,
    /// No newline stands between `upto` and here.
    looked_to: u64,
    /// Where `upto` stood at the start: what lies before it is scanned in the
    /// background.
    backfill: u64,
    queue: Queue,
    /// The latest time shown in each block.
    times: Vec<i64>,
    /// The running maximum of `times` before each block; emptied when stale.
    bases: Arc<Vec<i64>>,
    scanned: u64,
    told: Instant,
}

/// Which superblock comes next: the untaken one nearest to the focus.
struct Queue {
    taken: Vec<bool>,
    /// The next candidates below and above the focus.
    below: Option<usize>,
    above: usize,
    focus: usize,
}

/// How far an index has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rows known so far.
    pub rows: u64,
    /// Whether no row is missing.
    pub is_complete: bool,
    /// Bytes gone through.
    pub scanned: u64,
    /// Bytes to go through in all.
    pub bytes: u64,
}

impl Index {
    /// Begins an index; queue it on a [`crate::scan::Scanner`] to have it
    /// filled. With `zone` the latest time of each block is kept as well, for
    /// stamps that name no zone in that one.
    ///
    /// # Errors
    /// What reading the end of the generation refuses.
    pub fn new(
        generation: Arc<Generation>,
        filter: Arc<Filter>,
        zone: Option<Zone>,
    ) -> Result<Self, ReadFault> {
        let frontier = generation.frontier();
        let upto = line_start(&generation, frontier)?;
        let mut counts = Counts::default();
        let supers = upto.div_ceil(SUPERBLOCK_BYTES);
        counts.grow(supers);
        let state = State {
            counts,
            upto,
            looked_to: frontier,
            backfill: upto,
            queue: Queue::new(to_usize(supers)),
            times: Vec::new(),
            bases: Arc::default(),
            scanned: 0,
            told: Instant::now(),
        };
        Ok(Self {
            generation,
            filter,
            zone,
            bell: Bell::default(),
            state: Mutex::new(state),
            extending: Mutex::default(),
            is_broken: AtomicBool::new(false),
        })
    }

    /// The generation whose lines are counted.
    pub fn generation(&self) -> &Arc<Generation> {
        &self.generation
    }

    /// The filter whose lines are counted.
    pub fn filter(&self) -> &Arc<Filter> {
        &self.filter
    }

    /// Rings whenever there is progress.
    pub fn bell(&self) -> &Bell {
        &self.bell
    }

    /// Whether the bytes could not be read to the end.
    pub fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::Acquire)
    }

    /// How far it has come.
    pub fn progress(&self) -> Progress {
        let state = self.state();
        Progress {
            rows: state.counts.total(),
            is_complete: state.is_complete(),
            scanned: state.scanned,
            bytes: state.upto,
        }
    }

    /// The offset up to which lines are counted, but for superblocks that are
    /// not done. Begins a line; what lies behind it is not terminated yet.
    pub fn upto(&self) -> u64 {
        self.state().upto
    }

    /// The unterminated bytes behind the last counted line: from where to where.
    pub fn open_end(&self) -> (u64, u64) {
        let state = self.state();
        (state.upto, state.looked_to)
    }

    /// Rows that begin in `block`; `None` while that is not known.
    pub fn rows_in(&self, block: u64) -> Option<u64> {
        let state = self.state();
        state.is_known(block).then(|| state.counts.get(block))
    }

    /// The nearest block at or behind `block` (`forward`), or at or before it,
    /// that holds rows or is not known; `None` when there is none.
    pub fn next_block(&self, block: u64, forward: bool) -> Option<u64> {
        let state = self.state();
        let end = state.upto.div_ceil(BLOCK_BYTES);
        let mut block = block;
        if !forward {
            block = block.min(end.checked_sub(1)?);
        }
        while block < end {
            let number = Counts::super_of(block);
            let is_done = state.is_known(block);
            if !is_done || state.counts.get(block) > 0 {
                return Some(block);
            }
            let first = number * SUPERBLOCK_BLOCKS;
            let is_empty = state.counts.in_super(number) == 0;
            block = match (forward, is_empty) {
                (true, true) => first + SUPERBLOCK_BLOCKS,
                (true, false) => block + 1,
                (false, true) => first.checked_sub(1)?,
                (false, false) => block.checked_sub(1)?,
            };
        }
        None
    }

    /// Rows known so far in the blocks before `block`, and whether none is
    /// missing.
    pub fn rows_before(&self, block: u64) -> (u64, bool) {
        let state = self.state();
        let is_exact = (0..=Counts::super_of(block)).all(|number| {
            number * SUPERBLOCK_BLOCKS >= block || state.is_known(number * SUPERBLOCK_BLOCKS)
        });
        (state.counts.before(block), is_exact)
    }

    /// The block that holds row `row`, and how many rows of that block come
    /// before it. Means something only once the index is complete.
    pub fn select(&self, row: u64) -> Option<(u64, u64)> {
        self.state().counts.select(row)
    }

    /// For each block the latest time shown in it or in any block before it; `i64::MIN` where none does. Empty unless times are kept.
    pub fn bases(&self) -> Arc<Vec<i64>> {
        let mut state = self.state();
        if state.bases.len() != state.times.len() {
            let mut latest = NO_TIME;
            let running = state.times.iter().map(|time| {
                latest = latest.max(*time);
                latest
            });
            state.bases = Arc::new(running.collect());
        }
        Arc::clone(&state.bases)
    }

    /// Asks for the superblock that holds `offset`, and its neighbours, first.
    pub fn focus(&self, offset: u64) {
        self.state()
            .queue
            .focus_on(to_usize(offset / SUPERBLOCK_BYTES));
    }

    /// Counts what was appended since, at most `bytes_max` bytes of it, and
    /// says whether more is left.
    ///
    /// # Errors
    /// What [`Generation::read_at`] refuses.
    pub fn extend(&self, bytes_max: u64) -> Result<bool, ReadFault> {
        let frontier = self.generation.frontier();
        {
            let state = self.state();
            if state.looked_to >= frontier {
                return Ok(false);
            }
        }
        let mut buffer = self
            .extending
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (upto, looked_to) = {
            let state = self.state();
            (state.upto, state.looked_to)
        };
        let end = frontier.min(looked_to.saturating_add(bytes_max));
        let Some(new_upto) = last_line_end(&self.generation, looked_to, end)? else {
            self.state().looked_to = end;
            return Ok(end < frontier);
        };
        let tally = self.tally(upto, new_upto, new_upto, &mut buffer)?;
        let mut state = self.state();
        state.add(&tally);
        let old_supers = state.backfill.div_ceil(SUPERBLOCK_BYTES);
        for number in old_supers..new_upto.div_ceil(SUPERBLOCK_BYTES) {
            state.counts.set_done(number);
        }
        state.scanned += new_upto - upto;
        state.upto = new_upto;
        state.looked_to = end.max(new_upto);
        drop(state);
        Ok(end < frontier)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts the lines that begin in `[from, to)` and end at or before `end`.
    fn tally(
        &self,
        from: u64,
        to: u64,
        end: u64,
        buffer: &mut Vec<u8>,
    ) -> Result<Tally, ReadFault> {
        let mut tally = Tally {
            rows: Vec::new(),
            times: Vec::new(),
        };
        if self.filter.is_all() && self.zone.is_none() {
            return self
                .count(from, to, buffer)
                .map(|rows| Tally { rows, ..tally });
        }
        let first = if from == 0 {
            0
        } else {
            match line_end(&self.generation, from - 1, end)? {
                Some(first) => first,
                None => return Ok(tally),
            }
        };
        whole_lines(
            &self.generation,
            first,
            to,
            end,
            buffer,
            |Chunk { offset, bytes }| {
                self.filter.lines(bytes, |line| {
                    tally.add(Counts::block_of(offset + to_u64(line.start)), 1);
                    true
                });
                if let Some(zone) = &self.zone {
                    let mut start = offset;
                    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                        if let Some(time) = stamp(line, zone).time_ms {
                            tally.time(Counts::block_of(start), time);
                        }
                        start += to_u64(line.len());
                    }
                }
                ControlFlow::Continue(())
            },
        )?;
        Ok(tally)
    }

    /// Counts all lines that begin in `[from, to)`: a line begins at 0 and
    /// behind every newline.
    fn count(
        &self,
        from: u64,
        to: u64,
        buffer: &mut Vec<u8>,
    ) -> Result<Vec<(u64, u64)>, ReadFault> {
        let mut rows = Vec::new();
        buffer.resize(READ_BYTES, 0);
        let mut at = from;
        while at < to {
            // A block ends where its last byte's newline would begin a line of
            // the next one, so what is read lies one byte before what is counted.
            let read_from = at.saturating_sub(1);
            let read_to = (to - 1).min(read_from + to_u64(READ_BYTES));
            let len = to_usize(read_to - read_from);
            let got = self
                .generation
                .read_at(buffer.get_mut(..len).unwrap_or_default(), read_from)?;
            if got < len {
                return Err(ReadFault::Changed);
            }
            let mut start = read_from;
            if at == 0 {
                rows.push((0, 1));
            }
            while start < read_to {
                let block = Counts::block_of(start + 1);
                let stop = ((block + 1) * BLOCK_BYTES - 1).min(read_to);
                let slice = buffer.get(to_usize(start - read_from)..to_usize(stop - read_from));
                let count = memchr_iter(b'\n', slice.unwrap_or_default()).count();
                rows.push((block, to_u64(count)));
                start = stop;
            }
            at = read_to + 1;
        }
        Ok(rows)
    }
}

impl Job for Index {
    fn take(&self) -> Option<u64> {
        if self.is_broken() {
            None
        } else {
            self.state().queue.take().map(to_u64)
        }
    }

    fn run(&self, unit: u64, buffer: &mut Vec<u8>) {
        let backfill = self.state().backfill;
        let from = unit * SUPERBLOCK_BYTES;
        let to = (from + SUPERBLOCK_BYTES).min(backfill);
        if let Ok(tally) = self.tally(from, to, backfill, buffer) {
            let mut state = self.state();
            state.add(&tally);
            state.counts.set_done(unit);
            state.scanned += to - from;
            let tell = state.is_complete() || state.told.elapsed() >= PROGRESS_INTERVAL;
            if tell {
                state.told = Instant::now();
            }
            drop(state);
            if tell {
                self.bell.ring();
            }
        } else {
            self.is_broken.store(true, Ordering::Release);
            self.bell.ring();
        }
    }
}

impl State {
    fn is_known(&self, block: u64) -> bool {
        self.counts.is_done(Counts::super_of(block))
    }

    fn is_complete(&self) -> bool {
        self.scanned >= self.upto
    }

    fn add(&mut self, tally: &Tally) {
        for &(block, count) in &tally.rows {
            self.counts.add(block, count);
        }
        for &(block, time) in &tally.times {
            let block = to_usize(block);
            if block >= self.times.len() {
                self.times.resize(block + 1, NO_TIME);
            }
            if let Some(slot) = self.times.get_mut(block) {
                *slot = time.max(*slot);
            }
            self.bases = Arc::default();
        }
    }
}

/// What one stretch of a generation holds, before it is added to the counts.
struct Tally {
    /// Block and rows that begin in it.
    rows: Vec<(u64, u64)>,
    /// Block and the latest time shown in it.
    times: Vec<(u64, i64)>,
}

impl Tally {
    fn time(&mut self, block: u64, time: i64) {
        match self.times.last_mut() {
            Some((last, latest)) if *last == block => *latest = time.max(*latest),
            _ => self.times.push((block, time)),
        }
    }

    fn add(&mut self, block: u64, count: u64) {
        match self.rows.last_mut() {
            Some((last, total)) if *last == block => *total += count,
            _ => self.rows.push((block, count)),
        }
    }
}

impl Queue {
    fn new(supers: usize) -> Self {
        let mut queue = Self {
            taken: vec![false; supers],
            below: None,
            above: 0,
            focus: 0,
        };
        queue.focus_on(supers.saturating_sub(1));
        queue
    }

    fn focus_on(&mut self, number: usize) {
        let number = number.min(self.taken.len().saturating_sub(1));
        if self.focus != number || self.below.is_none() {
            self.focus = number;
            self.below = Some(number);
            self.above = number + 1;
        }
    }

    fn take(&mut self) -> Option<usize> {
        while let Some(below) = self.below
            && self.taken.get(below).copied().unwrap_or(true)
        {
            self.below = below.checked_sub(1);
        }
        while self.taken.get(self.above) == Some(&true) {
            self.above += 1;
        }
        let above = (self.above < self.taken.len()).then_some(self.above);
        let next = match (self.below, above) {
            (Some(below), Some(above)) if above - self.focus < self.focus - below => above,
            (Some(below), _) => below,
            (None, Some(above)) => above,
            (None, None) => return None,
        };
        if let Some(taken) = self.taken.get_mut(next) {
            *taken = true;
        }
        Some(next)
    }
}

/// The offset behind the last newline in `[from, end)`.
fn last_line_end(generation: &Generation, from: u64, end: u64) -> Result<Option<u64>, ReadFault> {
    let mut buffer = vec![0; READ_BYTES.min(to_usize(end - from))];
    let mut stop = end;
    while stop > from {
        let start = stop.saturating_sub(to_u64(buffer.len())).max(from);
        let len = to_usize(stop - start);
        let got = generation.read_at(buffer.get_mut(..len).unwrap_or_default(), start)?;
        if let Some(newline) = buffer.get(..got).and_then(|read| memrchr(b'\n', read)) {
            return Ok(Some(start + to_u64(newline) + 1));
        }
        stop = start;
    }
    Ok(None)
}
