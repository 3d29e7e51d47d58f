//! A virtual list over the lines of one or more sources.
//!
//! A view answers which rows stand around an anchor, how many rows there are,
//! and where a row stands among them, without ever holding more than the
//! counts of its blocks. Lines of several sources are merged by time.

mod rows;
mod time;
pub(crate) mod track;
mod walk;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use protocol::{
    SourceId,
    line::{GenerationId, Place},
    window::{Anchor, Look, Tally, Window},
};

use self::{
    rows::Rows,
    time::Times,
    track::{Hit, Part, Spot, Track},
    walk::{Budget, MergedWalk, Way, capacity},
};
use crate::{
    bell::{Bell, Listener},
    engine::Followed,
    filter::Filter,
    generation::{Generation, ReadFault},
    limits::{SUPERBLOCK_BYTES, WINDOW_BYTES_MAX, WINDOW_ROWS_MAX},
    lineage::Lineage,
    lines::{line_end, to_u64, to_usize},
    registry::Registry,
    stamp::Zone,
};

/// A virtual list over the lines of its sources that its filter takes.
pub struct View {
    filter: Arc<Filter>,
    /// Of stamps that name no zone.
    zone: Zone,
    registry: Arc<Registry>,
    bell: Arc<Bell>,
    /// Rings the bell; held here for as long as indexes may call it.
    listener: Arc<Listener>,
    followed: Vec<Arc<Followed>>,
    tracks: Mutex<Vec<Track>>,
}

/// How far the counts of a view have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Rows of the view.
    pub rows: Tally,
    /// Lines of its sources, whether its filter takes them or not.
    pub lines: Tally,
    /// Bytes of its sources.
    pub bytes: u64,
    /// Bytes that the counts have gone through.
    pub scanned: u64,
}

/// Where an answer begins.
#[derive(Clone, Debug)]
pub(crate) enum At {
    Anchor(Anchor),
    /// At a line, 1-based, of this generation, or of the newest one.
    Line {
        generation: Option<GenerationId>,
        line: u64,
    },
    /// At these places: for each source the generation and the offset, `None`
    /// at its start.
    Places(Vec<Option<Place>>),
}

/// The rows around an anchor, not yet read.
pub(crate) struct Found {
    pub(crate) hits: Vec<Hit>,
    /// The places that the anchor meant, one for each track.
    pub(crate) cut: Vec<Spot>,
    /// How far each track's newest part was counted before anything was looked
    /// for; others who share the counts may have taken them further since.
    pub(crate) ends: Vec<u64>,
    /// Index of the first row behind the anchor.
    pub(crate) anchor: usize,
    /// Whether nothing stands before the first hit.
    pub(crate) at_start: bool,
    /// Whether nothing stands behind the last hit.
    pub(crate) at_end: bool,
}

impl View {
    /// Opens a view over `followed`, in the order in which ties are shown.
    pub(crate) fn new(
        followed: Vec<Arc<Followed>>,
        filter: Arc<Filter>,
        zone: Zone,
        registry: Arc<Registry>,
    ) -> Self {
        let bell = Arc::<Bell>::default();
        let weak = Arc::downgrade(&bell);
        let listener: Arc<Listener> = Arc::new(move || {
            if let Some(bell) = weak.upgrade() {
                bell.ring();
            }
        });
        let tracks = followed
            .iter()
            .map(|followed| {
                followed.listen(&listener);
                Track {
                    lineage: Arc::clone(followed.lineage()),
                    parts: Vec::new(),
                }
            })
            .collect();
        Self {
            filter,
            zone,
            registry,
            bell,
            listener,
            followed,
            tracks: Mutex::new(tracks),
        }
    }

    /// Rings whenever a window may look different.
    pub fn bell(&self) -> &Arc<Bell> {
        &self.bell
    }

    /// The filter that decides which lines are rows.
    pub fn filter(&self) -> &Arc<Filter> {
        &self.filter
    }

    /// Its sources, in the order in which ties are shown.
    pub fn sources(&self) -> Vec<SourceId> {
        self.followed
            .iter()
            .map(|followed| followed.lineage().source().clone())
            .collect()
    }

    /// Its lineages, in the order of its sources.
    pub(crate) fn lineages(&self) -> impl Iterator<Item = &Arc<Lineage>> {
        self.followed.iter().map(|followed| followed.lineage())
    }

    /// Whether one of its sources has this generation.
    pub fn has_generation(&self, id: GenerationId) -> bool {
        self.lineages()
            .any(|lineage| lineage.generation(id).is_some())
    }

    /// The newest generation of its first source.
    pub(crate) fn newest(&self) -> Option<GenerationId> {
        self.lineages()
            .next()?
            .generations()
            .last()
            .map(|generation| generation.id())
    }

    /// Whether it merges several sources by time.
    pub fn is_merged(&self) -> bool {
        self.followed.len() > 1
    }

    /// How far the counts have come, appended lines included.
    ///
    /// # Errors
    /// What reading the sources refuses.
    pub fn counted(&self) -> Result<Counted, ReadFault> {
        let mut tracks = self.tracks();
        self.refresh(&mut tracks)?;
        Ok(self.with_archives(counted(&tracks)))
    }

    /// Reads the rows that `look` asks for.
    ///
    /// # Errors
    /// [`ReadFault::Changed`] when a file was changed meanwhile: the caller has
    /// its follower look again and repeats the call. Other faults as they are.
    pub fn window(&self, look: &Look) -> Result<Window, ReadFault> {
        let version = self.bell.version();
        let mut tracks = self.tracks();
        self.refresh(&mut tracks)?;
        let mut times = self.times(&tracks);
        let (before, after) = (
            look.before.min(WINDOW_ROWS_MAX),
            look.after.min(WINDOW_ROWS_MAX),
        );
        let found = self.find(&tracks, &mut times, &At::Anchor(look.anchor), before, after)?;
        let counted = self.with_archives(counted(&tracks));
        let rows = Rows::new(
            &tracks,
            &self.filter,
            self.zone.clone(),
            to_usize(look.text_bytes.into()),
        );
        let first = cut_before(&tracks, &found, &mut times)?;
        let last = cut_behind(&tracks, &found, &mut times)?;
        let (top, first_row) = self.share(&tracks, &first, &counted)?;
        let (bottom, _) = self.share(&tracks, &last, &counted)?;
        let (rows, anchor) = rows.read(&found, &first, &last)?;
        Ok(Window {
            version,
            look: 0,
            rows,
            anchor,
            first: first_row,
            total: counted.rows,
            at_start: found.at_start,
            at_end: found.at_end,
            top: if found.at_start { 0.0 } else { top },
            bottom: if found.at_end { 1.0 } else { bottom },
            bytes: counted.bytes,
            scanned: counted.scanned,
            lines: counted.lines,
            lag_ms: lag_ms(&tracks),
        })
    }

    /// Calls `each` with up to `before` rows before `at` and `after` behind it.
    pub(crate) fn with_found<T>(
        &self,
        at: &At,
        before: u32,
        after: u32,
        text_bytes: usize,
        each: impl FnOnce(&[Track], &Found, Rows<'_>) -> Result<T, ReadFault>,
    ) -> Result<T, ReadFault> {
        let mut tracks = self.tracks();
        self.refresh(&mut tracks)?;
        let mut times = self.times(&tracks);
        let found = self.find(&tracks, &mut times, at, before, after)?;
        let rows = Rows::new(&tracks, &self.filter, self.zone.clone(), text_bytes);
        each(&tracks, &found, rows)
    }

    /// Whether its counts have gone through everything.
    pub(crate) fn is_settled(&self) -> bool {
        let counted = counted(&self.tracks());
        counted.rows.exact && counted.lines.exact
    }

    /// Whether every generation of its sources is there, archives included.
    pub(crate) fn is_whole(&self) -> bool {
        self.followed.iter().all(|followed| followed.is_whole())
    }

    /// No count is exact while an archive is still being unpacked.
    fn with_archives(&self, mut counted: Counted) -> Counted {
        let is_whole = self.is_whole();
        counted.rows.exact &= is_whole;
        counted.lines.exact &= is_whole;
        counted
    }

    fn tracks(&self) -> MutexGuard<'_, Vec<Track>> {
        self.tracks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn times(&self, tracks: &[Track]) -> Times {
        Times::new((tracks.len() > 1).then(|| self.zone.clone()))
    }

    /// Takes in generations that came or went, and counts what was appended.
    fn refresh(&self, tracks: &mut [Track]) -> Result<(), ReadFault> {
        let is_merged = tracks.len() > 1;
        for track in tracks {
            let generations = track.lineage.generations();
            // What broke an index off, a file that was renamed, is mended by now,
            // or it will be: the caller looks and asks again.
            track.parts.retain(|part| !part.is_broken());
            let is_same = track.parts.len() == generations.len()
                && track
                    .parts
                    .iter()
                    .zip(generations.iter())
                    .all(|(part, generation)| Arc::ptr_eq(&part.generation, generation));
            if !is_same {
                let mut old: Vec<Part> = std::mem::take(&mut track.parts);
                for generation in generations
                    .iter()
                    .filter(|generation| !generation.is_lost())
                {
                    let known = old
                        .iter()
                        .position(|part| Arc::ptr_eq(&part.generation, generation));
                    let part = match known {
                        Some(index) => old.swap_remove(index),
                        None => self.part(generation, is_merged)?,
                    };
                    track.parts.push(part);
                }
            }
            for part in &mut track.parts {
                if part.generation.is_lost() {
                    continue;
                }
                for index in [Some(&part.hits), Some(&part.lines), part.timed.as_ref()]
                    .into_iter()
                    .flatten()
                {
                    // To the end, or a window would take what was appended for
                    // one unterminated line.
                    while index.extend(SUPERBLOCK_BYTES)? {}
                }
                part.find_tail()?;
            }
            track.parts.retain(|part| !part.generation.is_lost());
        }
        Ok(())
    }

    fn part(&self, generation: &Arc<Generation>, is_merged: bool) -> Result<Part, ReadFault> {
        let all = self.registry.all();
        let index = |filter, zone| {
            self.registry
                .index(generation, filter, zone, &self.listener)
        };
        let lines = index(&all, None)?;
        let hits = if self.filter.is_all() {
            Arc::clone(&lines)
        } else {
            index(&self.filter, None)?
        };
        let timed = if is_merged {
            Some(index(&all, Some(&self.zone))?)
        } else {
            None
        };
        Ok(Part {
            generation: Arc::clone(generation),
            hits,
            lines,
            timed,
            tail: None,
        })
    }

    fn find(
        &self,
        tracks: &[Track],
        times: &mut Times,
        at: &At,
        before: u32,
        after: u32,
    ) -> Result<Found, ReadFault> {
        let ends_at = |track: &Track| track.parts.last().map_or(0, |part| part.hits.upto());
        let counted_to = tracks.iter().map(ends_at).collect();
        let (cut, before, after) = match at {
            At::Anchor(Anchor::Tail) => (ends(tracks), before.saturating_add(after), 0),
            At::Anchor(anchor) => (self.cut(tracks, times, *anchor)?, before, after),
            At::Line { generation, line } => (
                Self::cut_at_line(tracks, times, *generation, *line)?,
                before,
                after,
            ),
            At::Places(places) => (cut_at(tracks, places), before, after),
        };
        for (track, spot) in tracks.iter().zip(&cut) {
            if let Some(part) = track.parts.get(spot.part) {
                part.hits.focus(spot.offset);
                part.lines.focus(spot.offset);
            }
        }
        let mut budget = Budget {
            bytes: WINDOW_BYTES_MAX,
        };
        let (mut behind, mut at_end) = take(tracks, times, &mut budget, Way::Forward, &cut, after)?;
        let missing = after.saturating_sub(u32::try_from(behind.len()).unwrap_or(after));
        let want = if at_end {
            before.saturating_add(missing)
        } else {
            before
        };
        let (mut hits, at_start) = take(tracks, times, &mut budget, Way::Backward, &cut, want)?;
        hits.reverse();
        let anchor = hits.len();
        if at_start && anchor < to_usize(before.into()) && !at_end {
            // The window hangs over the start: what is missing there is added
            // at its end.
            let short = before.saturating_sub(u32::try_from(anchor).unwrap_or(before));
            (behind, at_end) = take(
                tracks,
                times,
                &mut budget,
                Way::Forward,
                &cut,
                after.saturating_add(short),
            )?;
        }
        hits.extend(behind);
        Ok(Found {
            hits,
            cut,
            ends: counted_to,
            anchor,
            at_start,
            at_end,
        })
    }

    /// The places, one for each track, that an anchor means.
    fn cut(
        &self,
        tracks: &[Track],
        times: &mut Times,
        anchor: Anchor,
    ) -> Result<Vec<Spot>, ReadFault> {
        let counted = counted(tracks);
        match anchor {
            Anchor::Start => Ok(vec![Spot::START; tracks.len()]),
            Anchor::Tail => Ok(ends(tracks)),
            Anchor::Row(row) => Self::select(tracks, times, row, &counted),
            Anchor::Share(share) => {
                let share = share.clamp(0.0, 1.0);
                if counted.rows.exact && (tracks.len() > 1 || !self.filter.is_all()) {
                    return Self::select(
                        tracks,
                        times,
                        portion(counted.rows.value, share),
                        &counted,
                    );
                }
                Self::cut_at_share(tracks, times, share)
            }
            Anchor::Line(line) => Self::cut_at_line(tracks, times, None, line),
            Anchor::Place(place) => match spot_of(tracks, place)? {
                Some(found) => Self::cut_at_place(tracks, times, found),
                None => Ok(ends(tracks)),
            },
            Anchor::Time(time) => tracks
                .iter()
                .enumerate()
                .map(|(number, track)| seek(track, number, times, time, &self.zone))
                .collect(),
        }
    }

    /// The places of all tracks where line `line` (1-based) of a generation
    /// begins.
    fn cut_at_line(
        tracks: &[Track],
        times: &mut Times,
        generation: Option<GenerationId>,
        line: u64,
    ) -> Result<Vec<Spot>, ReadFault> {
        let Some((number, index, part)) = part_of(tracks, generation) else {
            return Ok(ends(tracks));
        };
        let offset = line_offset(part, line.saturating_sub(1))?;
        Self::cut_at_place(
            tracks,
            times,
            (
                number,
                Spot {
                    part: index,
                    offset,
                },
            ),
        )
    }

    /// The places of all tracks where one of them stands at a given place.
    fn cut_at_place(
        tracks: &[Track],
        times: &mut Times,
        (number, spot): (usize, Spot),
    ) -> Result<Vec<Spot>, ReadFault> {
        if tracks.len() < 2 {
            return Ok(vec![spot]);
        }
        let Some(track) = tracks.get(number) else {
            return Ok(ends(tracks));
        };
        let mut budget = Budget {
            bytes: WINDOW_BYTES_MAX,
        };
        let mut walk = walk::Walk::new(number, track, Way::Forward, spot);
        let Some(time) = walk.peek(times, &mut budget)?.map(|hit| hit.time) else {
            return Ok(ends(tracks));
        };
        let mut cut = Vec::with_capacity(tracks.len());
        for (other, track) in tracks.iter().enumerate() {
            cut.push(match other.cmp(&number) {
                std::cmp::Ordering::Equal => spot,
                // A tie goes to the track named first.
                std::cmp::Ordering::Less => times.seek(track, other, time.saturating_add(1))?,
                std::cmp::Ordering::Greater => times.seek(track, other, time)?,
            });
        }
        Ok(cut)
    }

    /// The places before row `row` of the whole view.
    fn select(
        tracks: &[Track],
        times: &mut Times,
        row: u64,
        counted: &Counted,
    ) -> Result<Vec<Spot>, ReadFault> {
        if !counted.rows.exact {
            let share = ratio(row, counted.rows.value);
            return Self::cut_at_share(tracks, times, share);
        }
        if let [track] = tracks {
            return Ok(vec![track.select(row)?]);
        }
        // The last time that has at most `row` rows before it; what is left is
        // walked.
        let Some((mut low, mut high)) = span(tracks) else {
            return Ok(ends(tracks));
        };
        let starts: Vec<Spot> = vec![Spot::START; tracks.len()];
        let mut cut = starts;
        let mut rank = 0;
        high = high.saturating_add(1);
        while low < high {
            let middle = low + (high - low) / 2 + (high - low) % 2;
            let at = seek_all(tracks, times, middle)?;
            let (rows, _) = rank_all(tracks, &at)?;
            if rows <= row {
                (low, cut, rank) = (middle, at, rows);
            } else {
                high = middle - 1;
            }
        }
        let mut budget = Budget { bytes: u64::MAX };
        let mut walk = MergedWalk::new(tracks, Way::Forward, &cut);
        let mut behind = Vec::new();
        for _ in rank..row {
            match walk.next(times, &mut budget)? {
                Some(hit) => behind.push((hit.track, hit.spot_behind())),
                None => break,
            }
        }
        for (track, spot) in behind {
            if let Some(slot) = cut.get_mut(track) {
                *slot = spot;
            }
        }
        Ok(cut)
    }

    /// The places that lie `share` of the way through: by bytes in one source,
    /// by time in several.
    fn cut_at_share(
        tracks: &[Track],
        times: &mut Times,
        share: f64,
    ) -> Result<Vec<Spot>, ReadFault> {
        if let [track] = tracks {
            return Ok(vec![track.spot_at_byte(portion(track.bytes(), share))?]);
        }
        match span(tracks) {
            Some((first, last)) => {
                let span = u64::try_from(last.saturating_sub(first)).unwrap_or(0);
                let time = first.saturating_add_unsigned(portion(span, share));
                seek_all(tracks, times, time)
            }
            None => Ok(ends(tracks)),
        }
    }

    /// Share of the view before `cut`, and the number of rows before it.
    fn share(
        &self,
        tracks: &[Track],
        cut: &[Spot],
        counted: &Counted,
    ) -> Result<(f64, Tally), ReadFault> {
        let (rows, is_exact) = rank_all(tracks, cut)?;
        let bytes: u64 = tracks
            .iter()
            .zip(cut)
            .map(|(track, spot)| track.bytes_before(*spot))
            .sum();
        let by_bytes = ratio(bytes, counted.bytes);
        let by_rows = counted.rows.exact && is_exact && (tracks.len() > 1 || !self.filter.is_all());
        let share = if by_rows {
            ratio(rows, counted.rows.value)
        } else {
            by_bytes
        };
        let value = if is_exact {
            rows
        } else {
            portion(counted.rows.value, by_bytes).max(rows)
        };
        Ok((
            share,
            Tally {
                value,
                exact: is_exact,
            },
        ))
    }
}

fn take(
    tracks: &[Track],
    times: &mut Times,
    budget: &mut Budget,
    way: Way,
    cut: &[Spot],
    rows: u32,
) -> Result<(Vec<Hit>, bool), ReadFault> {
    let mut hits = Vec::with_capacity(capacity(rows));
    let mut walk = MergedWalk::new(tracks, way, cut);
    let rows = to_usize(rows.into());
    while hits.len() < rows {
        match walk.next(times, budget)? {
            Some(hit) => hits.push(hit),
            None => return Ok((hits, budget.has_held())),
        }
    }
    // Whether this was the last row costs one look further.
    let is_end = walk.next(times, budget)?.is_none() && budget.has_held();
    Ok((hits, is_end))
}

/// The place before the first row found, for each track.
fn cut_before(tracks: &[Track], found: &Found, times: &mut Times) -> Result<Vec<Spot>, ReadFault> {
    cut_around(tracks, &found.hits.iter(), times, Hit::spot)
}

/// The place behind the last row found, for each track.
fn cut_behind(tracks: &[Track], found: &Found, times: &mut Times) -> Result<Vec<Spot>, ReadFault> {
    cut_around(tracks, &found.hits.iter().rev(), times, Hit::spot_behind)
}

fn cut_around<'a>(
    tracks: &[Track],
    hits: &(impl Iterator<Item = &'a Hit> + Clone),
    times: &mut Times,
    spot: impl Fn(&Hit) -> Spot,
) -> Result<Vec<Spot>, ReadFault> {
    let mut cut = Vec::with_capacity(tracks.len());
    let edge = hits.clone().next();
    for (number, track) in tracks.iter().enumerate() {
        cut.push(match (hits.clone().find(|hit| hit.track == number), edge) {
            (Some(hit), _) => spot(hit),
            // A tie goes to the track named first.
            (None, Some(edge)) => {
                let time = edge.time.saturating_add(i64::from(number < edge.track));
                times.seek(track, number, time)?
            }
            (None, None) => track.end(),
        });
    }
    Ok(cut)
}

fn counted(tracks: &[Track]) -> Counted {
    let mut counted = Counted {
        rows: Tally {
            value: 0,
            exact: true,
        },
        ..Counted::default()
    };
    counted.lines.exact = true;
    for track in tracks {
        let (rows, is_exact) = track.total();
        counted.rows.value += rows;
        counted.rows.exact &= is_exact;
        counted.bytes += track.bytes();
        for part in &track.parts {
            let hits = part.hits.progress();
            let lines = part.lines.progress();
            let is_open = part.generation.frontier() > part.lines.upto();
            counted.lines.value += lines.rows + u64::from(is_open);
            counted.lines.exact &= lines.is_complete;
            counted.scanned += hits.scanned;
        }
    }
    if !counted.rows.exact {
        counted.rows.value = estimate(counted.rows.value, counted.scanned, counted.bytes);
    }
    if !counted.lines.exact {
        let scanned = tracks
            .iter()
            .flat_map(|track| &track.parts)
            .map(|part| part.lines.progress().scanned)
            .sum();
        counted.lines.value = estimate(counted.lines.value, scanned, counted.bytes);
    }
    counted
}

/// What `known` comes to in all, when it was found in `scanned` of `bytes`.
fn estimate(known: u64, scanned: u64, bytes: u64) -> u64 {
    let all = u128::from(known) * u128::from(bytes) / u128::from(scanned.max(1));
    u64::try_from(all).unwrap_or(u64::MAX).max(known)
}

/// The places of all tracks, given by generation and offset.
fn cut_at(tracks: &[Track], places: &[Option<Place>]) -> Vec<Spot> {
    let spot = |track: &Track, place: Place| {
        let part = track
            .parts
            .iter()
            .position(|part| part.generation.id() == place.generation);
        part.map(|part| Spot {
            part,
            offset: place.offset,
        })
    };
    tracks
        .iter()
        .enumerate()
        .map(|(number, track)| {
            let place = places.get(number).copied().flatten();
            place
                .and_then(|place| spot(track, place))
                .unwrap_or(Spot::START)
        })
        .collect()
}

fn ends(tracks: &[Track]) -> Vec<Spot> {
    tracks.iter().map(Track::end).collect()
}

fn rank_all(tracks: &[Track], cut: &[Spot]) -> Result<(u64, bool), ReadFault> {
    tracks
        .iter()
        .zip(cut)
        .try_fold((0, true), |(rows, is_exact), (track, spot)| {
            let (more, exact) = track.rank(*spot)?;
            Ok((rows + more, is_exact && exact))
        })
}

fn seek_all(tracks: &[Track], times: &mut Times, time: i64) -> Result<Vec<Spot>, ReadFault> {
    tracks
        .iter()
        .enumerate()
        .map(|(number, track)| times.seek(track, number, time))
        .collect()
}

/// The first place at or behind `time`, in a view of one source as well.
fn seek(
    track: &Track,
    number: usize,
    times: &mut Times,
    time: i64,
    zone: &Zone,
) -> Result<Spot, ReadFault> {
    if times.are_wanted() {
        times.seek(track, number, time)
    } else {
        time::bisect(track, time, zone)
    }
}

/// The earliest and the latest time known in any track.
fn span(tracks: &[Track]) -> Option<(i64, i64)> {
    let ranges: Vec<_> = tracks.iter().filter_map(Times::range).collect();
    Some((
        ranges.iter().map(|range| range.0).min()?,
        ranges.iter().map(|range| range.1).max()?,
    ))
}

/// The part of a generation, or the newest part of the first track.
fn part_of(tracks: &[Track], generation: Option<GenerationId>) -> Option<(usize, usize, &Part)> {
    let Some(generation) = generation else {
        let track = tracks.first()?;
        let index = track.parts.len().checked_sub(1)?;
        return Some((0, index, track.parts.get(index)?));
    };
    tracks.iter().enumerate().find_map(|(number, track)| {
        let index = track
            .parts
            .iter()
            .position(|part| part.generation.id() == generation)?;
        Some((number, index, track.parts.get(index)?))
    })
}

/// Where line `line` (0-based) of a part begins: exact once its lines are
/// counted, estimated before.
fn line_offset(part: &Part, line: u64) -> Result<u64, ReadFault> {
    let progress = part.lines.progress();
    if progress.is_complete {
        return Ok(match part.lines.select(line) {
            Some((block, index)) => {
                let lines = part.lines_in(block, part.lines.filter())?;
                lines
                    .get(to_usize(index))
                    .map_or(progress.bytes, |line| line.offset)
            }
            None => progress.bytes,
        });
    }
    let lines = estimate(progress.rows, progress.scanned, progress.bytes);
    crate::lines::line_start(
        &part.generation,
        portion(progress.bytes, ratio(line, lines)),
    )
}

/// Where the line that holds `place` begins, by track and place in it.
fn spot_of(tracks: &[Track], place: Place) -> Result<Option<(usize, Spot)>, ReadFault> {
    for (number, track) in tracks.iter().enumerate() {
        for (index, part) in track.parts.iter().enumerate() {
            if part.generation.id() == place.generation {
                let offset = place.offset.min(part.generation.frontier());
                // A place usually begins a line; then nothing is to be found.
                let begins =
                    offset == 0 || line_end(&part.generation, offset - 1, offset)? == Some(offset);
                let offset = if begins {
                    offset
                } else {
                    crate::lines::line_start(&part.generation, offset)?
                };
                return Ok(Some((
                    number,
                    Spot {
                        part: index,
                        offset,
                    },
                )));
            }
        }
    }
    Ok(None)
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        (to_f64(part) / to_f64(whole)).clamp(0.0, 1.0)
    }
}

/// The whole number nearest below `share` of `whole`.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float between 0 and `whole` fits, and `as` saturates"
)]
fn portion(whole: u64, share: f64) -> u64 {
    ((share.clamp(0.0, 1.0) * to_f64(whole)) as u64).min(whole)
}

/// Exact up to 2^53, which is more bytes than any file here has.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "there is no other way from u64 to f64"
)]
fn to_f64(number: u64) -> f64 {
    number as f64
}

/// How long ago the newest write was.
fn lag_ms(tracks: &[Track]) -> u32 {
    let newest = tracks
        .iter()
        .filter_map(|track| Some(track.parts.last()?.generation.modified()))
        .max();
    let lag = newest.and_then(|newest| SystemTime::now().duration_since(newest).ok());
    lag.map_or(0, |lag| u32::try_from(lag.as_millis()).unwrap_or(u32::MAX))
}

/// Rows that a walk may have left out because its budget was used up.
impl Budget {
    fn has_held(&self) -> bool {
        self.bytes >= crate::limits::BLOCK_BYTES
    }
}

/// The number of a row that is at most what a window may hold.
pub(crate) fn small(index: usize) -> u32 {
    u32::try_from(to_u64(index)).unwrap_or(u32::MAX)
}
