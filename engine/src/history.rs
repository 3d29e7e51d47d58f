//! Lines as the API gives them: a page of a view, with cursors.

use std::sync::Arc;

use protocol::{
    Problem, SourceId,
    event::Gap,
    line::{GenerationId, Line, Place},
    window::Anchor,
};

use crate::{
    cursor::Cursor,
    generation::{Generation, ReadFault},
    limits::TEXT_BYTES_MAX,
    lineage::What,
    lines::to_u64,
    stamp::Stamp,
    text,
    view::{
        At, Found, View,
        track::{Hit, Spot, Track},
    },
};

/// Bytes of text that one page holds at most; what comes behind is the next
/// page's.
const PAGE_BYTES_MAX: usize = 16 << 20;

/// Where a page begins.
#[derive(Clone, Debug, PartialEq)]
pub enum From {
    /// At a place in the view.
    Anchor(Anchor),
    /// Where a cursor stands.
    Cursor(Cursor),
    /// At the line of the newest generation that holds this byte.
    Byte(u64),
}

/// Which way a page goes from where it begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Towards the end.
    #[default]
    Forward,
    /// Towards the start.
    Backward,
}

/// Where a source ended when a page of it was read: whatever comes behind is
/// new.
pub(crate) struct End {
    /// Its newest generation, the offset behind the last line that counts have
    /// gone through, and the number of lines before it where that is known.
    pub(crate) open: Option<(Arc<Generation>, u64, Option<u64>)>,
    /// Every generation that the page could show.
    pub(crate) seen: Vec<GenerationId>,
}

impl End {
    fn of(track: &Track, offset: u64) -> Self {
        let open = track.parts.last().map(|part| {
            let lines = part.lines.progress();
            let number = (lines.is_complete && lines.bytes == offset).then_some(lines.rows);
            (Arc::clone(&part.generation), offset, number)
        });
        Self {
            open,
            seen: track
                .parts
                .iter()
                .map(|part| part.generation.id())
                .collect(),
        }
    }
}

/// A page of lines, in the order of the view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The lines.
    pub lines: Vec<Line>,
    /// Bytes among them that cannot be shown.
    pub gaps: Vec<Gap>,
    /// Where the page before this one ends; `None` at the start.
    pub previous: Option<String>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<String>,
    /// Whether the page is as long as was asked for, or at an end of the view.
    pub is_full: bool,
}

impl View {
    /// Reads a page of at most `limit` lines. Lines and bytes are those of
    /// `generation`, or of the newest one.
    ///
    /// # Errors
    /// [`ReadFault::Changed`] when a file was changed meanwhile: have it looked
    /// at and try again. Other faults as they are.
    pub fn page(
        &self,
        from: &From,
        direction: Direction,
        limit: u32,
        generation: Option<GenerationId>,
    ) -> Result<Page, ReadFault> {
        let (page, _) = self.page_and_ends(from, direction, limit, generation)?;
        Ok(page)
    }

    /// The same, and for each source where it ended at that moment.
    pub(crate) fn page_and_ends(
        &self,
        from: &From,
        direction: Direction,
        limit: u32,
        generation: Option<GenerationId>,
    ) -> Result<(Page, Vec<End>), ReadFault> {
        let at = self.at(from, generation);
        let (before, after) = match direction {
            Direction::Forward => (0, limit),
            Direction::Backward => (limit, 0),
        };
        self.with_found(
            &at,
            before,
            after,
            TEXT_BYTES_MAX,
            |tracks, found, mut rows| {
                let wanted = match direction {
                    Direction::Forward => found.hits.get(found.anchor..),
                    Direction::Backward => found.hits.get(..found.anchor),
                };
                // A window at an end is filled from the other side; a page is not.
                let wanted = wanted.unwrap_or_default();
                let skipped = wanted
                    .len()
                    .saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX));
                let wanted = match direction {
                    Direction::Forward => wanted.get(..wanted.len() - skipped),
                    Direction::Backward => wanted.get(skipped..),
                };
                let wanted = wanted.unwrap_or_default();
                let is_whole = wanted.len() == found.hits.len();
                let reaches_end = found.at_end && wanted.last() == found.hits.last();
                let reaches_start = found.at_start && wanted.first() == found.hits.first();
                // Before all times are known the order of several sources is not.
                let is_timed = tracks.iter().flat_map(|track| &track.parts).all(|part| {
                    part.timed
                        .as_ref()
                        .is_none_or(|timed| timed.progress().is_complete)
                });
                let mut page = Page {
                    // A page that an archive may still come before has to wait for it.
                    is_full: is_timed
                        && self.is_whole()
                        && (wanted.len() >= usize::try_from(limit).unwrap_or(usize::MAX)
                            || match direction {
                                Direction::Forward => found.at_end,
                                Direction::Backward => found.at_start,
                            })
                        || direction == Direction::Backward
                            && wanted.len() >= usize::try_from(limit).unwrap_or(usize::MAX),
                    ..Page::default()
                };
                let mut cut = starts(tracks, wanted, found);
                if !(reaches_start || wanted.is_empty() && is_whole && found.at_start) {
                    page.previous = Some(cursor(tracks, &cut)?.encode());
                }
                let mut bytes = 0;
                let mut is_cut_short = false;
                for hit in wanted {
                    if bytes > PAGE_BYTES_MAX {
                        is_cut_short = true;
                        break;
                    }
                    let Some(raw) = rows.raw(hit, TEXT_BYTES_MAX)? else {
                        continue;
                    };
                    if let Some(slot) = cut.get_mut(hit.track) {
                        *slot = if hit.line.is_partial {
                            hit.spot()
                        } else {
                            hit.spot_behind()
                        };
                    }
                    let Some(track) = tracks.get(hit.track) else {
                        continue;
                    };
                    let line = line(
                        track.lineage.source(),
                        Place {
                            generation: raw.generation,
                            offset: hit.line.offset,
                        },
                        &Shown {
                            bytes: &raw.bytes,
                            length: hit.line.end - hit.line.offset,
                            stamp: raw.stamp,
                            number: raw.number,
                            is_partial: hit.line.is_partial,
                        },
                        &self.filter().matches(&raw.bytes),
                        cursor(tracks, &cut)?.encode(),
                    );
                    bytes += line.text.len();
                    page.lines.push(line);
                }
                if is_cut_short || !(reaches_end || wanted.is_empty() && found.at_end) {
                    page.next = Some(cursor(tracks, &cut)?.encode());
                }
                page.gaps = gaps(tracks, wanted);
                page.gaps.splice(..0, self.lost(from));
                let ends = tracks.iter().zip(&found.ends);
                Ok((
                    page,
                    ends.map(|(track, end)| End::of(track, *end)).collect(),
                ))
            },
        )
    }

    /// Reads the bytes of a page of lines as they stand in the files, and where
    /// the next page begins; `None` at the end.
    ///
    /// # Errors
    /// As [`View::page`].
    pub fn raw_page(
        &self,
        from: &From,
        direction: Direction,
        limit: u32,
    ) -> Result<(Vec<u8>, Option<Cursor>), ReadFault> {
        let (before, after) = match direction {
            Direction::Forward => (0, limit),
            Direction::Backward => (limit, 0),
        };
        let at = self.at(from, None);
        self.with_found(&at, before, after, TEXT_BYTES_MAX, |tracks, found, _| {
            let wanted = found.hits.get(found.anchor..).unwrap_or_default();
            let mut cut = starts(tracks, wanted, found);
            let mut bytes = Vec::new();
            for hit in wanted {
                if bytes.len() > PAGE_BYTES_MAX {
                    return Ok((bytes, Some(cursor(tracks, &cut)?)));
                }
                let Some(part) = tracks
                    .get(hit.track)
                    .and_then(|track| track.parts.get(hit.part))
                else {
                    continue;
                };
                bytes.extend(part.read(hit.line, usize::MAX)?);
                if !hit.line.is_partial {
                    bytes.push(b'\n');
                }
                if let Some(slot) = cut.get_mut(hit.track) {
                    *slot = hit.spot_behind();
                }
            }
            let next = if found.at_end {
                None
            } else {
                Some(cursor(tracks, &cut)?)
            };
            Ok((bytes, next))
        })
    }

    /// What a cursor names and is nowhere any more, as gaps.
    fn lost(&self, from: &From) -> Vec<Gap> {
        let From::Cursor(cursor) = from else {
            return Vec::new();
        };
        let lost = self
            .lineages()
            .filter(|lineage| cursor.places(lineage).1 > 0);
        lost.filter_map(|lineage| {
            Some(lost_gap(
                lineage.source(),
                lineage.generations().last()?.id(),
            ))
        })
        .collect()
    }

    fn at(&self, from: &From, generation: Option<GenerationId>) -> At {
        match from {
            From::Anchor(Anchor::Line(line)) => At::Line {
                generation,
                line: *line,
            },
            From::Anchor(anchor) => At::Anchor(*anchor),
            From::Byte(offset) => match generation.or_else(|| self.newest()) {
                Some(generation) => At::Anchor(Anchor::Place(Place {
                    generation,
                    offset: *offset,
                })),
                None => At::Anchor(Anchor::Start),
            },
            From::Cursor(cursor) => At::Places(
                self.lineages()
                    .map(|lineage| {
                        let generations = lineage.generations();
                        let (places, _) = cursor.places(lineage);
                        let (index, offset) = places.last()?;
                        generations.get(*index).map(|one| Place {
                            generation: one.id(),
                            offset: *offset,
                        })
                    })
                    .collect(),
            ),
        }
    }
}

/// The bytes of a line and what is known of them.
pub(crate) struct Shown<'a> {
    /// The first bytes of the line.
    pub(crate) bytes: &'a [u8],
    /// Bytes of the whole line.
    pub(crate) length: u64,
    pub(crate) stamp: Stamp,
    pub(crate) number: Option<u64>,
    pub(crate) is_partial: bool,
}

/// A line as the API gives it.
pub(crate) fn line(
    source: &SourceId,
    place: Place,
    shown: &Shown<'_>,
    matches: &[std::ops::Range<usize>],
    cursor: String,
) -> Line {
    let (text, omitted) = text::plain(shown.bytes, TEXT_BYTES_MAX);
    // A carriage return before the newline is not text either.
    let unread = shown.length.saturating_sub(to_u64(shown.bytes.len()) + 1);
    Line {
        source: source.clone(),
        generation: place.generation,
        offset: place.offset,
        number: shown.number,
        cursor,
        time: shown.stamp.time_ms.and_then(time),
        level: shown.stamp.level,
        text,
        omitted_bytes: omitted + unread,
        partial: shown.is_partial,
        matches: text::plain_matches(shown.bytes, matches),
        fields: None,
    }
}

fn time(ms: i64) -> Option<String> {
    jiff::Timestamp::from_millisecond(ms)
        .ok()
        .map(|time| time.to_string())
}

/// The place before the first of `hits` in each track; where there is none of
/// it, the place that the page was asked for.
fn starts(tracks: &[Track], hits: &[Hit], found: &Found) -> Vec<Spot> {
    let asked = |number: usize, track: &Track| {
        found
            .cut
            .get(number)
            .copied()
            .unwrap_or_else(|| track.end())
    };
    let first = |number: usize| hits.iter().find(|hit| hit.track == number).map(Hit::spot);
    let tracks = tracks.iter().enumerate();
    tracks
        .map(|(number, track)| first(number).unwrap_or_else(|| asked(number, track)))
        .collect()
}

/// A cursor at `cut`.
fn cursor(tracks: &[Track], cut: &[Spot]) -> Result<Cursor, ReadFault> {
    let mut cursor = Cursor::default();
    for (track, spot) in tracks.iter().zip(cut) {
        let (part, offset) = match track.parts.get(spot.part) {
            Some(part) => (part, spot.offset.min(part.generation.frontier())),
            None => match track.parts.last() {
                Some(part) => (part, part.hits.upto()),
                None => continue,
            },
        };
        cursor.push(&part.generation, offset)?;
    }
    Ok(cursor)
}

/// The gaps that lie between the first and the last of `hits`.
fn gaps(tracks: &[Track], hits: &[Hit]) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for (number, track) in tracks.iter().enumerate() {
        let mut own = hits.iter().filter(|hit| hit.track == number);
        let (Some(first), last) = (own.clone().next(), own.next_back()) else {
            continue;
        };
        let last = last.unwrap_or(first);
        for mark in track.lineage.marks().iter() {
            if let What::Gap(gap) = &mark.what
                && let Some(spot) = track.spot_at(mark.place)
                && spot > first.spot()
                && spot <= last.spot_behind()
            {
                gaps.push(gap.clone());
            }
        }
    }
    gaps
}

/// The gap where a cursor stood in a content that is nowhere any more.
pub(crate) fn lost_gap(source: &SourceId, generation: GenerationId) -> Gap {
    Gap {
        source: source.clone(),
        generation,
        from: 0,
        to: None,
        bytes: None,
        lines: None,
        reason: "what was read before is no longer there".to_owned(),
    }
}

/// Reads a `from` parameter.
///
/// # Errors
/// [`Problem::BadParameter`] that says what it may be.
pub fn parse_from(text: &str) -> Result<From, Problem> {
    let bad = |expected: &str| Problem::BadParameter {
        name: "from".to_owned(),
        expected: expected.to_owned(),
    };
    Ok(match text.split_once(':') {
        None if text == "start" => From::Anchor(Anchor::Start),
        None if text == "end" => From::Anchor(Anchor::Tail),
        None => From::Cursor(Cursor::decode("from", text)?),
        Some(("line", line)) => match line.parse() {
            Ok(line @ 1..) => From::Anchor(Anchor::Line(line)),
            _ => return Err(bad("expected `line:N` with N from 1 on")),
        },
        Some(("byte", byte)) => From::Byte(
            byte.parse()
                .map_err(|_| bad("expected `byte:N` with N from 0 on"))?,
        ),
        Some(("time", time)) => {
            let time: jiff::Timestamp = time
                .parse()
                .map_err(|_| bad("expected `time:` and a time such as 2026-11-22T10:00:00Z"))?;
            From::Anchor(Anchor::Time(time.as_millisecond()))
        }
        Some(_) => {
            return Err(bad(
                "expected a cursor, `start`, `end`, `line:N`, `byte:N` or `time:RFC3339`",
            ));
        }
    })
}
