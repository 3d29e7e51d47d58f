//! A cursor that walks over what its sources hold and what they are given:
//! every line once, in the order of arrival.
//!
//! Nothing is queued. Whoever reads slowly finds the lines in the file later;
//! what can no longer be read by then is one gap that says so.

use std::{
    collections::{HashSet, VecDeque},
    ops::ControlFlow,
    sync::Arc,
    time::Duration,
};

use memchr::memchr_iter;
use protocol::{
    GenerationId, Problem, SourceId,
    event::{Event, Gap},
    line::{Line, Place},
};

use crate::{
    bell::Listener,
    cursor::Cursor,
    engine::{Engine, Followed},
    error::Error,
    filter::Filter,
    generation::{Generation, ReadFault},
    history::{Direction, From, Shown, line, lost_gap},
    limits::{LINE_BYTES_MAX, TEXT_BYTES_MAX},
    lineage::What,
    lines::{Chunk, line_end, to_u64, to_usize, whole_lines},
    stamp::{Zone, stamp},
    view::View,
};

/// Bytes of lines that are read from one source before the next one has its
/// turn.
const TURN_BYTES: u64 = 256 << 10;

/// Turns without a line after which a tail lets its caller breathe.
const TURNS_MAX: usize = 256;

/// How long a resumed tail waits for archives that may hold its place.
const UNPACK_PATIENCE: Duration = Duration::from_secs(60);

/// One thing that a tail comes by.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A line.
    Line(Line),
    /// Bytes that cannot be read any more.
    Gap(Gap),
    /// Something that happened to a source.
    Event(Event),
}

/// Where a tail begins.
pub enum Start {
    /// With the last so many lines.
    Last(u32),
    /// Right behind a cursor.
    After(Cursor),
}

/// Walks over its sources; see the module.
pub struct Tail {
    engine: Arc<Engine>,
    filter: Arc<Filter>,
    sources: Vec<TailSource>,
    /// Lines of the history that were not handed out yet.
    history: VecDeque<Item>,
    turn: usize,
    /// Whether there is more to read at once.
    is_behind: bool,
    buffer: Vec<u8>,
}

struct TailSource {
    followed: Arc<Followed>,
    /// The generations that may still bring lines, oldest first.
    open: Vec<Open>,
    /// Every generation that was taken in or left behind.
    known: HashSet<GenerationId>,
    /// The last mark that was handed out or left behind.
    mark: u64,
}

/// What reading needs beside the place it reads at.
struct Reading<'a> {
    filter: &'a Filter,
    zone: &'a Zone,
    /// Where everything else stands.
    others: &'a Cursor,
}

impl Reading<'_> {
    fn cursor(&self, generation: &Generation, offset: u64) -> Result<String, ReadFault> {
        let mut cursor = self.others.clone();
        cursor.push(generation, offset)?;
        Ok(cursor.encode())
    }
}

struct Open {
    generation: Arc<Generation>,
    offset: u64,
    /// Lines before `offset`, where they are known.
    lines: Option<u64>,
    /// How much of the unterminated line was shown.
    shown: u64,
}

impl Tail {
    /// Begins a tail over `sources`.
    ///
    /// # Errors
    /// [`Error::Problem`] for unknown sources, [`Error::Read`] for ones that
    /// cannot be read.
    pub fn new(
        engine: &Arc<Engine>,
        sources: &[SourceId],
        filter: Arc<Filter>,
        start: Start,
    ) -> Result<Self, Error> {
        let mut tail = Self {
            filter: Arc::clone(&filter),
            sources: Vec::new(),
            history: VecDeque::new(),
            turn: 0,
            is_behind: false,
            buffer: Vec::new(),
            engine: Arc::clone(engine),
        };
        match start {
            Start::Last(count) => {
                let view = engine.view(sources, filter)?;
                tail.take_history(&view, sources, count)?;
            }
            Start::After(cursor) => {
                for id in sources {
                    tail.resume(id, &cursor)?;
                }
            }
        }
        Ok(tail)
    }

    /// Has `listener` called whenever a source changes, for as long as it is
    /// held.
    pub fn listen(&self, listener: &Arc<Listener>) {
        for source in &self.sources {
            source.followed.listen(listener);
        }
    }

    /// What has come since the last call, at most about `bytes_max` bytes of
    /// it; empty when there is nothing.
    ///
    /// # Errors
    /// [`Error::Read`] when a source cannot be read for another reason than
    /// having been changed.
    pub fn next(&mut self, bytes_max: usize) -> Result<Vec<Item>, Error> {
        if !self.history.is_empty() {
            return Ok(self.history.drain(..).collect());
        }
        let mut items = Vec::new();
        let mut bytes = 0;
        let mut quiet = 0;
        let mut turns = 0;
        self.is_behind = false;
        while bytes < bytes_max && quiet < self.sources.len() {
            if turns == TURNS_MAX {
                self.is_behind = true;
                break;
            }
            turns += 1;
            let before = items.len();
            self.turn = (self.turn + 1) % self.sources.len().max(1);
            let has_more = self.read_turn(self.turn, &mut items)?;
            let new = items.get(before..).unwrap_or_default();
            bytes += new
                .iter()
                .map(|item| {
                    if let Item::Line(line) = item {
                        line.text.len()
                    } else {
                        100
                    }
                })
                .sum::<usize>();
            quiet = if new.is_empty() && !has_more {
                quiet + 1
            } else {
                0
            };
        }
        Ok(items)
    }

    /// Whether the last call gave up before it had read everything, so that the
    /// next one is worth making at once.
    pub fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// The unterminated last lines that have grown since they were shown last.
    ///
    /// # Errors
    /// As [`Tail::next`].
    pub fn partials(&mut self) -> Result<Vec<Item>, Error> {
        let mut items = Vec::new();
        let cursor = self.cursor()?;
        for source in &mut self.sources {
            let Some(open) = source.open.last_mut() else {
                continue;
            };
            let length = open.generation.frontier().saturating_sub(open.offset);
            if length == 0 || length == open.shown {
                continue;
            }
            let mut bytes = vec![0; to_usize(length).min(TEXT_BYTES_MAX)];
            let Ok(got) = open.generation.read_at(&mut bytes, open.offset) else {
                continue;
            };
            bytes.truncate(got);
            if memchr::memchr(b'\n', &bytes).is_some() || !self.filter.takes(&bytes) {
                continue;
            }
            open.shown = length;
            let id = source.followed.lineage().source();
            let mut line = open.line(id, &bytes, length, true, &self.filter, self.engine.zone());
            line.cursor.clone_from(&cursor);
            items.push(Item::Line(line));
        }
        Ok(items)
    }

    /// Where it stands.
    ///
    /// # Errors
    /// [`Error::Read`] when what was read can no longer be read again.
    pub fn cursor(&self) -> Result<String, Error> {
        Ok(self.place()?.encode())
    }

    fn place(&self) -> Result<Cursor, ReadFault> {
        self.place_without(None)
    }

    /// Where it stands, but for one generation.
    fn place_without(&self, left_out: Option<GenerationId>) -> Result<Cursor, ReadFault> {
        let mut cursor = Cursor::default();
        let open = self.sources.iter().flat_map(|source| &source.open);
        for open in
            open.filter(|open| open.offset != u64::MAX && Some(open.generation.id()) != left_out)
        {
            match cursor.push(&open.generation, open.offset) {
                // What is lost is told as a gap on the next turn.
                Ok(()) | Err(ReadFault::Lost | ReadFault::Changed) => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(cursor)
    }

    fn take_history(&mut self, view: &View, sources: &[SourceId], count: u32) -> Result<(), Error> {
        let engine = Arc::clone(&self.engine);
        let tail = From::Anchor(protocol::Anchor::Tail);
        let (page, ends) = engine.read(sources, || {
            // Where the page ends is told with it: what comes behind is read from
            // the file, and nothing lies between.
            view.page_and_ends(&tail, Direction::Backward, count.max(1), None)
        })?;
        let is_counted = |line: &Line| {
            let open = ends.iter().filter_map(|end| end.open.as_ref());
            let mut newest = open.filter(|(generation, ..)| generation.id() == line.generation);
            newest.all(|(_, end, _)| line.offset < *end)
        };
        let lines = page
            .lines
            .into_iter()
            .filter(|line| count > 0 && !line.partial && is_counted(line));
        let lines: Vec<_> = lines.map(Item::Line).collect();
        self.history.extend(lines);
        for (id, end) in sources.iter().zip(ends) {
            let followed = engine.follow(id)?;
            let mut source = TailSource::new(followed);
            source.known.extend(end.seen);
            if let Some((generation, offset, lines)) = end.open {
                source.open.push(Open {
                    generation,
                    offset,
                    lines,
                    shown: 0,
                });
            }
            source.mark = source
                .followed
                .lineage()
                .marks()
                .last()
                .map_or(0, |mark| mark.sequence);
            self.sources.push(source);
        }
        Ok(())
    }

    fn resume(&mut self, id: &SourceId, cursor: &Cursor) -> Result<(), Problem> {
        let followed = self.engine.follow(id)?;
        let lineage = Arc::clone(followed.lineage());
        let (mut places, mut lost) = cursor.places(&lineage);
        if lost > 0 {
            // What is missed may be in an archive that is still being unpacked.
            followed.wait_until_whole(UNPACK_PATIENCE);
            (places, lost) = cursor.places(&lineage);
        }
        let generations = lineage.generations();
        let mut source = TailSource::new(followed);
        source.mark = lineage.marks().last().map_or(0, |mark| mark.sequence);
        let first = places.first().map_or(0, |place| place.0);
        for (index, generation) in generations.iter().enumerate() {
            // Everything from the cursor's oldest place on is still to come,
            // whether the follower found it or it was attached; with no place at
            // all, what is there now is taken in on the first turn.
            if !places.is_empty() || index < first {
                source.known.insert(generation.id());
            }
            if places.is_empty() || index < first {
                continue;
            }
            let place = places.iter().find(|place| place.0 == index);
            let offset = place.map_or(0, |place| place.1);
            source.open.push(Open {
                generation: Arc::clone(generation),
                offset,
                lines: (offset == 0).then_some(0),
                shown: 0,
            });
        }
        if source.open.is_empty() && lost > 0 {
            // What was being read is nowhere any more: that is a gap, and
            // everything that is there now is new.
            if let Some(oldest) = generations.last() {
                for generation in generations.iter().take(generations.len() - 1) {
                    source.known.insert(generation.id());
                }
                self.history.push_back(Item::Gap(lost_gap(id, oldest.id())));
            }
        }
        self.sources.push(source);
        Ok(())
    }

    /// Gives source `turn` its turn; true when it has more to read.
    fn read_turn(&mut self, turn: usize, items: &mut Vec<Item>) -> Result<bool, Error> {
        let engine = Arc::clone(&self.engine);
        let Some(source) = self.sources.get_mut(turn) else {
            return Ok(false);
        };
        source.take_in();
        let mut index = 0;
        while let Some(id) = self
            .sources
            .get(turn)
            .and_then(|source| source.open.get(index))
            .map(|open| open.generation.id())
        {
            let others = self.place_without(Some(id))?;
            let Some(source) = self.sources.get_mut(turn) else {
                return Ok(false);
            };
            source.tell(index, items);
            let reading = Reading {
                filter: &self.filter,
                zone: engine.zone(),
                others: &others,
            };
            let read = source.read(index, &reading, &mut self.buffer, items);
            match read {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(ReadFault::Changed) => {
                    engine.look_now(source.followed.lineage().source());
                    return Ok(false);
                }
                Err(ReadFault::Lost) => source.lose(index, items),
                Err(fault) => return Err(fault.into()),
            }
            source.tell(index, items);
            if source.is_over(index) && index + 1 < source.open.len() {
                source.open.remove(index);
            } else {
                index += 1;
            }
        }
        if let Some(source) = self.sources.get_mut(turn) {
            source.tell_rest(items);
        }
        Ok(false)
    }
}

impl TailSource {
    fn new(followed: Arc<Followed>) -> Self {
        Self {
            followed,
            open: Vec::new(),
            known: HashSet::new(),
            mark: 0,
        }
    }

    /// Takes in generations that began since.
    fn take_in(&mut self) {
        let lineage = self.followed.lineage();
        let generations = lineage.generations();
        for (index, generation) in generations.iter().enumerate() {
            // What was unpacked or attached late is history.
            if !self.known.insert(generation.id()) || lineage.is_older(generation.id()) {
                continue;
            }
            // One that was found late still comes before those that follow it.
            let later = generations.get(index + 1..).unwrap_or_default();
            let is_later = |open: &Open| later.iter().any(|one| one.id() == open.generation.id());
            let at = self
                .open
                .iter()
                .position(is_later)
                .unwrap_or(self.open.len());
            self.open.insert(
                at,
                Open {
                    generation: Arc::clone(generation),
                    offset: 0,
                    lines: Some(0),
                    shown: 0,
                },
            );
        }
    }

    /// Hands out lines of one generation for the length of a turn; true when
    /// there are more.
    fn read(
        &mut self,
        index: usize,
        reading: &Reading<'_>,
        buffer: &mut Vec<u8>,
        items: &mut Vec<Item>,
    ) -> Result<bool, ReadFault> {
        let id = self.followed.lineage().source().clone();
        let Some(open) = self.open.get_mut(index) else {
            return Ok(false);
        };
        let generation = Arc::clone(&open.generation);
        let is_sealed = generation.is_sealed();
        let frontier = generation.frontier();
        let from = open.offset;
        let mut fault = None;
        whole_lines(
            &generation,
            from,
            frontier,
            frontier,
            buffer,
            |Chunk { offset, bytes }| match open.take(&id, offset, bytes, frontier, reading, items)
            {
                Ok(()) if open.offset - from < TURN_BYTES => ControlFlow::Continue(()),
                Ok(()) => ControlFlow::Break(()),
                Err(broken) => {
                    fault = Some(broken);
                    ControlFlow::Break(())
                }
            },
        )?;
        if let Some(fault) = fault {
            return Err(fault);
        }
        let is_done = open.offset - from < TURN_BYTES;
        if is_done && is_sealed && open.offset < frontier {
            // Nothing will complete the last line any more.
            let length = frontier - open.offset;
            let mut bytes = vec![0; to_usize(length).min(TEXT_BYTES_MAX)];
            let got = generation.read_at(&mut bytes, open.offset)?;
            bytes.truncate(got);
            if reading.filter.takes(&bytes) {
                let mut line = open.line(&id, &bytes, length, false, reading.filter, reading.zone);
                line.cursor = reading.cursor(&generation, frontier)?;
                items.push(Item::Line(line));
            }
            open.offset = frontier;
        }
        Ok(!is_done)
    }

    /// Says that the rest of a generation cannot be read any more.
    fn lose(&mut self, index: usize, items: &mut Vec<Item>) {
        let Some(open) = self.open.get_mut(index) else {
            return;
        };
        let generation = &open.generation;
        let marks = self.followed.lineage().marks();
        let told = marks.iter().find_map(|mark| match &mark.what {
            What::Gap(gap) if gap.generation == generation.id() => Some(gap.clone()),
            _ => None,
        });
        let reason = told.as_ref().map_or_else(
            || "its bytes are no longer there".to_owned(),
            |gap| gap.reason.clone(),
        );
        let to = told.as_ref().and_then(|gap| gap.to);
        items.push(Item::Gap(Gap {
            source: self.followed.lineage().source().clone(),
            generation: generation.id(),
            from: open.offset,
            to,
            bytes: to.map(|to| to.saturating_sub(open.offset)),
            lines: None,
            reason,
        }));
        open.offset = u64::MAX;
    }

    /// Whether nothing more comes of a generation.
    fn is_over(&self, index: usize) -> bool {
        self.open.get(index).is_some_and(|open| {
            open.offset == u64::MAX
                || (open.generation.is_sealed() && open.offset >= open.generation.frontier())
        })
    }

    /// Hands out the marks that stand at or before the place in a generation.
    fn tell(&mut self, index: usize, items: &mut Vec<Item>) {
        let Some(open) = self.open.get(index) else {
            return;
        };
        let (generation, offset) = (open.generation.id(), open.offset);
        let seen = self.mark;
        for mark in self
            .followed
            .lineage()
            .marks()
            .iter()
            .filter(|mark| mark.sequence > seen)
        {
            if mark.place.generation != generation || mark.place.offset > offset {
                break;
            }
            self.mark = mark.sequence;
            match &mark.what {
                What::Event(event) => items.push(Item::Event(event.clone())),
                // A gap of our own, from where we stood, covers it.
                What::Gap(_) if offset == u64::MAX => {}
                What::Gap(gap) => items.push(Item::Gap(gap.clone())),
            }
        }
    }

    /// Hands out the marks of generations that are not read here.
    fn tell_rest(&mut self, items: &mut Vec<Item>) {
        let seen = self.mark;
        for mark in self
            .followed
            .lineage()
            .marks()
            .iter()
            .filter(|mark| mark.sequence > seen)
        {
            if self.open.iter().any(|open| {
                open.generation.id() == mark.place.generation && open.offset < mark.place.offset
            }) {
                break;
            }
            self.mark = mark.sequence;
            if let What::Event(event) = &mark.what {
                items.push(Item::Event(event.clone()));
            }
        }
    }
}

impl Open {
    /// Takes the lines of a chunk.
    fn take(
        &mut self,
        id: &SourceId,
        offset: u64,
        bytes: &[u8],
        frontier: u64,
        reading: &Reading<'_>,
        items: &mut Vec<Item>,
    ) -> Result<(), ReadFault> {
        let mut end = offset + to_u64(bytes.len());
        let mut length = None;
        if !bytes.ends_with(b"\n") {
            debug_assert!(
                bytes.len() >= LINE_BYTES_MAX,
                "only a very long line is cut"
            );
            let Some(next) = line_end(&self.generation, end, frontier)? else {
                return Ok(());
            };
            end = next;
            length = Some(next - 1 - offset);
        }
        let mut numbered = 0;
        let mut fault = None;
        reading.filter.lines(bytes, |range| {
            let line = bytes.get(range.clone()).unwrap_or_default();
            if let Some(lines) = &mut self.lines {
                let before = bytes.get(numbered..range.start).unwrap_or_default();
                *lines += to_u64(memchr_iter(b'\n', before).count());
                numbered = range.start;
            }
            self.offset = offset + to_u64(range.start);
            let line_length = length.unwrap_or(to_u64(line.len()));
            let mut line = self.line(id, line, line_length, false, reading.filter, reading.zone);
            match reading.cursor(&self.generation, self.offset + line_length + 1) {
                Ok(cursor) => line.cursor = cursor,
                Err(broken) => {
                    fault = Some(broken);
                    return false;
                }
            }
            items.push(Item::Line(line));
            true
        });
        if let Some(fault) = fault {
            return Err(fault);
        }
        if let Some(lines) = &mut self.lines {
            let rest = bytes.get(numbered..).unwrap_or_default();
            *lines += to_u64(memchr_iter(b'\n', rest).count()) + u64::from(length.is_some());
        }
        self.offset = end;
        self.shown = 0;
        Ok(())
    }

    /// The line at the current offset.
    fn line(
        &self,
        id: &SourceId,
        bytes: &[u8],
        length: u64,
        is_partial: bool,
        filter: &Filter,
        zone: &Zone,
    ) -> Line {
        let text = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let place = Place {
            generation: self.generation.id(),
            offset: self.offset,
        };
        let head = text.get(..text.len().min(TEXT_BYTES_MAX)).unwrap_or(text);
        let shown = Shown {
            bytes: head,
            length,
            stamp: stamp(head, zone),
            number: self.lines.map(|lines| lines + 1),
            is_partial,
        };
        line(id, place, &shown, &filter.matches(head), String::new())
    }
}
