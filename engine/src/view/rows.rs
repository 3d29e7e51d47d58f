//! What is shown of the rows that were found.

use std::collections::HashMap;

use protocol::{
    line::{GenerationId, Level, Place},
    window::{Row, RowKind},
};

use super::{
    Found, small,
    track::{Hit, Part, RawLine, Spot, Track},
    walk::first_at,
};
use crate::{
    counts::Counts,
    filter::Filter,
    generation::ReadFault,
    limits::TEXT_BYTES_MAX,
    lineage::{Mark, What},
    lines::to_u64,
    stamp::{Stamp, Zone, stamp},
    text,
};

/// Bytes of a line that are read for each byte of text wanted, because colour
/// codes and the like are not shown.
const RAW_PER_TEXT: usize = 2;

/// Reads the rows of one answer.
pub(crate) struct Rows<'a> {
    tracks: &'a [Track],
    filter: &'a Filter,
    zone: Zone,
    text_bytes: usize,
    numbers: HashMap<(usize, usize, u64), Option<BlockLines>>,
}

/// Where the lines of a block begin, and how many lines stand before it.
struct BlockLines {
    before: u64,
    lines: Vec<RawLine>,
}

/// A line as it stands in the file, with what it shows.
pub(crate) struct Raw {
    pub(crate) bytes: Vec<u8>,
    pub(crate) number: Option<u64>,
    pub(crate) stamp: Stamp,
    pub(crate) generation: GenerationId,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(
        tracks: &'a [Track],
        filter: &'a Filter,
        zone: Zone,
        text_bytes: usize,
    ) -> Self {
        let text_bytes = text_bytes.clamp(1, TEXT_BYTES_MAX);
        Self {
            tracks,
            filter,
            zone,
            text_bytes,
            numbers: HashMap::new(),
        }
    }

    /// Reads all rows of a window, with the marks that stand between them, and
    /// the index of the anchored one. The window reaches from `first` to
    /// `last`.
    pub(crate) fn read(
        mut self,
        found: &Found,
        first: &[Spot],
        last: &[Spot],
    ) -> Result<(Vec<Row>, u32), ReadFault> {
        let mut marks: Vec<_> = self
            .tracks
            .iter()
            .enumerate()
            .map(|(number, track)| {
                marks_between(
                    number,
                    track,
                    first,
                    last,
                    found.at_end,
                    found.hits.is_empty(),
                )
            })
            .collect();
        let mut rows = Vec::with_capacity(found.hits.len());
        let mut anchor = 0;
        for (index, hit) in found.hits.iter().enumerate() {
            if let Some(marks) = marks.get_mut(hit.track) {
                let here = marks.partition_point(|(spot, _)| *spot <= hit.spot());
                rows.extend(marks.drain(..here).map(|(_, row)| row));
            }
            if index == found.anchor {
                anchor = rows.len();
            }
            rows.push(self.row(hit)?);
        }
        if found.anchor >= found.hits.len() {
            anchor = rows.len();
        }
        rows.extend(marks.into_iter().flatten().map(|(_, row)| row));
        Ok((rows, small(anchor)))
    }

    /// Reads one line as it stands in the file.
    pub(crate) fn raw(&mut self, hit: &Hit, bytes_max: usize) -> Result<Option<Raw>, ReadFault> {
        let Some(part) = self
            .tracks
            .get(hit.track)
            .and_then(|track| track.parts.get(hit.part))
        else {
            return Ok(None);
        };
        let mut bytes = part.read(hit.line, bytes_max)?;
        if to_u64(bytes.len()) == hit.line.end - hit.line.offset && bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        let number = self.number(hit, part)?;
        let stamp = stamp(&bytes, &self.zone);
        Ok(Some(Raw {
            bytes,
            number,
            stamp,
            generation: part.generation.id(),
        }))
    }

    fn row(&mut self, hit: &Hit) -> Result<Row, ReadFault> {
        let place = |generation| Place {
            generation,
            offset: hit.line.offset,
        };
        let source = u16::try_from(hit.track).unwrap_or(u16::MAX);
        let raw = self.raw(hit, self.text_bytes.saturating_mul(RAW_PER_TEXT))?;
        let Some(raw) = raw else {
            return Ok(gap_row(source, place(GenerationId(0)), 0, String::new()));
        };
        let matches = self.filter.matches(&raw.bytes);
        let shown = text::display(&raw.bytes, &matches, self.text_bytes);
        let length = hit.line.end - hit.line.offset;
        let missing = length.saturating_sub(to_u64(raw.bytes.len()));
        // A carriage return before the newline is not text either.
        let unread = if missing == 1 { 0 } else { missing };
        Ok(Row {
            kind: RowKind::Line,
            source,
            place: place(raw.generation),
            number: raw.number,
            time_ms: raw.stamp.time_ms,
            level: raw.stamp.level,
            partial: hit.line.is_partial,
            omitted: shown.omitted + unread,
            text: shown.text,
            spans: shown.spans,
        })
    }

    /// The 1-based number of a line in its generation, once it is known.
    fn number(&mut self, hit: &Hit, part: &Part) -> Result<Option<u64>, ReadFault> {
        let block = Counts::block_of(hit.line.offset);
        let key = (hit.track, hit.part, block);
        if let std::collections::hash_map::Entry::Vacant(e) = self.numbers.entry(key) {
            let (before, is_exact) = part.lines.rows_before(block);
            let known = if is_exact {
                Some(BlockLines {
                    before,
                    lines: part.lines_in(block, part.lines.filter())?,
                })
            } else {
                None
            };
            e.insert(known);
        }
        let known = self.numbers.get(&key).and_then(Option::as_ref);
        Ok(known.map(|known| known.before + to_u64(first_at(&known.lines, hit.line.offset)) + 1))
    }
}

/// The marks of a track that stand inside a window, as rows.
fn marks_between(
    number: usize,
    track: &Track,
    first: &[Spot],
    last: &[Spot],
    at_end: bool,
    is_empty: bool,
) -> Vec<(Spot, Row)> {
    let (Some(first), Some(last)) = (first.get(number), last.get(number)) else {
        return Vec::new();
    };
    let mut marks: Vec<_> = track
        .lineage
        .marks()
        .iter()
        .filter_map(|mark| {
            let spot = track.spot_of_mark(mark.place)?;
            let is_inside = is_empty || (spot >= *first && (spot < *last || at_end));
            is_inside.then(|| {
                (
                    spot,
                    mark_row(u16::try_from(number).unwrap_or(u16::MAX), mark),
                )
            })
        })
        .collect();
    marks.sort_by_key(|(spot, _)| *spot);
    marks
}

/// A mark as a row of source number `source`.
pub(crate) fn mark_row(source: u16, mark: &Mark) -> Row {
    match &mark.what {
        What::Gap(gap) => gap_row(
            source,
            mark.place,
            gap.bytes.unwrap_or(0),
            gap.reason.clone(),
        ),
        What::Event(event) => Row {
            kind: RowKind::Event(event.kind),
            ..gap_row(source, mark.place, 0, event.detail.clone())
        },
    }
}

fn gap_row(source: u16, place: Place, omitted: u64, text: String) -> Row {
    Row {
        kind: RowKind::Gap,
        source,
        place,
        number: None,
        time_ms: None,
        level: None::<Level>,
        partial: false,
        omitted,
        text,
        spans: Vec::new(),
    }
}
