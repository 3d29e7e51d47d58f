//! The binary frame that carries a window to a page.
//!
//! A frame is a header, a list of runs, a table of the rows that are new, and
//! one blob with their text. A run either copies rows of the window that the
//! page acknowledged last, or takes the next rows of the table, so a screen
//! that moved by one line costs one row. Integers are LEB128 varints, signed
//! ones zigzagged.

use crate::{
    event::EventKind,
    line::{GenerationId, Level, Place},
    window::{Row, RowKind, Span, Style, Tally, Window},
};

/// First byte of every frame; changes with the layout, so that an old tab and a
/// new server notice each other.
pub const LAYOUT: u8 = 1;

/// Rows that a frame may hold at most; a decoder refuses more.
pub const ROWS_MAX: usize = 4096;

/// Which frame this is, and on what it builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The page's number of the view.
    pub view: u32,
    /// This frame's number, rising with every frame of the view, from 1.
    pub frame: u32,
    /// The frame whose rows are copied from; 0 for none.
    pub base: u32,
}

/// Why a frame cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// It was encoded by another version.
    Layout,
    /// It builds on a frame that is not at hand.
    Base,
    /// It ends early, or says something impossible.
    Content,
}

/// Encodes `window` as a frame, copying what it shares with `base`.
pub fn encode(header: Header, window: &Window, base: &[Row]) -> Vec<u8> {
    let mut out = Writer(Vec::with_capacity(256 + window.rows.len() * 128));
    out.0.push(LAYOUT);
    for number in [
        header.view,
        header.frame,
        header.base,
        window.look,
        window.anchor,
        window.lag_ms,
    ] {
        out.unsigned(u64::from(number));
    }
    for number in [window.version, window.bytes, window.scanned] {
        out.unsigned(number);
    }
    for tally in [window.first, window.total, window.lines] {
        out.unsigned(tally.value);
        out.flag(tally.exact);
    }
    out.flag(window.at_start);
    out.flag(window.at_end);
    out.0.extend(window.top.to_le_bytes());
    out.0.extend(window.bottom.to_le_bytes());

    let runs = runs(&window.rows, base);
    out.length(runs.len());
    for run in &runs {
        out.flag(run.copied_from.is_some());
        if let Some(from) = run.copied_from {
            out.length(from);
        }
        out.length(run.rows.len());
    }
    let new = || {
        runs.iter()
            .filter(|run| run.copied_from.is_none())
            .flat_map(|run| run.rows)
    };
    let mut before = Place {
        generation: GenerationId(0),
        offset: 0,
    };
    for row in new() {
        out.row(row, &mut before);
    }
    for row in new() {
        out.0.extend(row.text.as_bytes());
    }
    out.0
}

/// Reads the header alone, so that the page can find the rows of its base.
///
/// # Errors
/// [`Broken`] when the bytes are not a frame of this layout.
pub fn header(bytes: &[u8]) -> Result<Header, Broken> {
    let mut input = Reader(bytes);
    if input.byte()? != LAYOUT {
        return Err(Broken::Layout);
    }
    Ok(Header {
        view: input.small()?,
        frame: input.small()?,
        base: input.small()?,
    })
}

/// Decodes a frame; `base` are the rows of the frame that the header names.
///
/// # Errors
/// [`Broken`] when the bytes are not a frame of this layout, or copy rows that
/// `base` does not have.
pub fn decode(bytes: &[u8], base: &[Row]) -> Result<(Header, Window), Broken> {
    let header = header(bytes)?;
    let mut input = Reader(bytes);
    input.byte()?;
    for _ in 0..3 {
        input.unsigned()?;
    }
    let mut window = Window {
        look: input.small()?,
        anchor: input.small()?,
        lag_ms: input.small()?,
        version: input.unsigned()?,
        bytes: input.unsigned()?,
        scanned: input.unsigned()?,
        first: input.tally()?,
        total: input.tally()?,
        lines: input.tally()?,
        at_start: input.flag()?,
        at_end: input.flag()?,
        top: f64::from_le_bytes(input.array()?),
        bottom: f64::from_le_bytes(input.array()?),
        rows: Vec::new(),
    };
    let mut new = Vec::new();
    for _ in 0..input.length()? {
        if input.flag()? {
            let from = input.length()?;
            let to = from + input.length()?;
            window
                .rows
                .extend_from_slice(base.get(from..to).ok_or(Broken::Base)?);
        } else {
            let len = input.length()?;
            new.push((window.rows.len(), len));
            window.rows.resize_with(window.rows.len() + len, empty_row);
        }
        if window.rows.len() > ROWS_MAX {
            return Err(Broken::Content);
        }
    }
    let mut lengths = Vec::new();
    let mut before = Place {
        generation: GenerationId(0),
        offset: 0,
    };
    for &(start, len) in &new {
        for row in window.rows.iter_mut().skip(start).take(len) {
            lengths.push(input.row(row, &mut before)?);
        }
    }
    let mut lengths = lengths.into_iter();
    for &(start, len) in &new {
        for row in window.rows.iter_mut().skip(start).take(len) {
            let text = input.take(lengths.next().unwrap_or(0))?;
            let text = str::from_utf8(text).map_err(|_| Broken::Content)?;
            text.clone_into(&mut row.text);
            let fits = |span: &Span| {
                let (start, end) = (to_usize(span.start.into()), to_usize(span.end.into()));
                start <= end && row.text.is_char_boundary(start) && row.text.is_char_boundary(end)
            };
            if !row.spans.iter().all(fits) {
                return Err(Broken::Content);
            }
        }
    }
    if input.0.is_empty() {
        Ok((header, window))
    } else {
        Err(Broken::Content)
    }
}

/// Neighbouring rows that are all copied, or all new.
struct Run<'a> {
    copied_from: Option<usize>,
    rows: &'a [Row],
}

fn runs<'a>(rows: &'a [Row], base: &[Row]) -> Vec<Run<'a>> {
    let mut runs = Vec::new();
    let mut at = 0;
    // Windows move and grow; they never reorder. So a row of the base is looked
    // for behind the last one that was found.
    let mut behind = 0;
    while let Some(row) = rows.get(at) {
        let found = base
            .get(behind..)
            .unwrap_or_default()
            .iter()
            .position(|old| old == row);
        let len = if let Some(from) = found.map(|index| behind + index) {
            let same = rows.iter().skip(at).zip(base.iter().skip(from));
            let len = same.take_while(|(new, old)| new == old).count();
            runs.push(Run {
                copied_from: Some(from),
                rows: rows.get(at..at + len).unwrap_or_default(),
            });
            behind = from + len;
            len
        } else {
            let rest = rows.get(at..).unwrap_or_default();
            let is_new = |row: &&Row| {
                !base
                    .get(behind..)
                    .unwrap_or_default()
                    .iter()
                    .any(|old| old == *row)
            };
            let len = rest.iter().take_while(is_new).count().max(1);
            runs.push(Run {
                copied_from: None,
                rows: rest.get(..len).unwrap_or_default(),
            });
            len
        };
        at += len;
    }
    runs
}

fn empty_row() -> Row {
    Row {
        kind: RowKind::Line,
        source: 0,
        place: Place {
            generation: GenerationId(0),
            offset: 0,
        },
        number: None,
        time_ms: None,
        level: None,
        partial: false,
        omitted: 0,
        text: String::new(),
        spans: Vec::new(),
    }
}

/// Saturates, so that a length that cannot be is refused where it is used.
fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

const EVENTS: [EventKind; 10] = [
    EventKind::Appeared,
    EventKind::Removed,
    EventKind::Rotated,
    EventKind::Truncated,
    EventKind::Rewritten,
    EventKind::Replaced,
    EventKind::Unreadable,
    EventKind::Readable,
    EventKind::Binary,
    EventKind::Polling,
];

struct Writer(Vec<u8>);

impl Writer {
    fn unsigned(&mut self, mut number: u64) {
        loop {
            let low = number.to_le_bytes()[0] & 0x7f;
            number >>= 7;
            if number == 0 {
                self.0.push(low);
                return;
            }
            self.0.push(low | 0x80);
        }
    }

    fn signed(&mut self, number: i64) {
        self.unsigned(((number << 1) ^ (number >> 63)).cast_unsigned());
    }

    fn length(&mut self, length: usize) {
        self.unsigned(to_u64(length));
    }

    fn flag(&mut self, flag: bool) {
        self.0.push(u8::from(flag));
    }

    /// Rows stand near each other, so places are written as differences.
    fn row(&mut self, row: &Row, before: &mut Place) {
        let kind = match row.kind {
            RowKind::Line => 0,
            RowKind::Gap => 1,
            RowKind::Event(kind) => 2 + EVENTS.iter().position(|other| *other == kind).unwrap_or(0),
        };
        self.length(kind);
        self.flag(row.partial);
        self.unsigned(u64::from(row.source));
        let same = row.place.generation == before.generation;
        self.flag(same);
        if !same {
            self.0.extend(row.place.generation.0.to_le_bytes());
        }
        self.signed(row.place.offset.wrapping_sub(before.offset).cast_signed());
        *before = row.place;
        self.unsigned(row.number.unwrap_or(0));
        self.flag(row.time_ms.is_some());
        if let Some(time) = row.time_ms {
            self.signed(time);
        }
        self.length(row.level.map_or(0, |level| {
            1 + Level::ALL
                .iter()
                .position(|other| *other == level)
                .unwrap_or(0)
        }));
        self.unsigned(row.omitted);
        self.length(row.spans.len());
        for span in &row.spans {
            self.unsigned(u64::from(span.start));
            self.unsigned(u64::from(span.end));
            self.unsigned(u64::from(span.style.0));
        }
        self.length(row.text.len());
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], Broken> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(Broken::Content)?;
        self.0 = rest;
        Ok(head)
    }

    fn array(&mut self) -> Result<[u8; 8], Broken> {
        self.take(8)?.try_into().map_err(|_| Broken::Content)
    }

    fn byte(&mut self) -> Result<u8, Broken> {
        self.take(1)?.first().copied().ok_or(Broken::Content)
    }

    fn unsigned(&mut self) -> Result<u64, Broken> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Broken::Content)
    }

    fn signed(&mut self) -> Result<i64, Broken> {
        let number = self.unsigned()?;
        Ok((number >> 1).cast_signed() ^ -((number & 1).cast_signed()))
    }

    fn small(&mut self) -> Result<u32, Broken> {
        u32::try_from(self.unsigned()?).map_err(|_| Broken::Content)
    }

    /// A count of rows, runs or spans, or an index: small in every real frame.
    fn length(&mut self) -> Result<usize, Broken> {
        let length = to_usize(self.unsigned()?);
        if length > 1 << 24 {
            Err(Broken::Content)
        } else {
            Ok(length)
        }
    }

    fn flag(&mut self) -> Result<bool, Broken> {
        Ok(self.byte()? != 0)
    }

    fn tally(&mut self) -> Result<Tally, Broken> {
        Ok(Tally {
            value: self.unsigned()?,
            exact: self.flag()?,
        })
    }

    /// Fills all of `row` but its text, whose length it returns.
    fn row(&mut self, row: &mut Row, before: &mut Place) -> Result<usize, Broken> {
        row.kind = match self.length()? {
            0 => RowKind::Line,
            1 => RowKind::Gap,
            kind => RowKind::Event(*EVENTS.get(kind - 2).ok_or(Broken::Content)?),
        };
        row.partial = self.flag()?;
        row.source = u16::try_from(self.unsigned()?).map_err(|_| Broken::Content)?;
        if !self.flag()? {
            before.generation = GenerationId(u64::from_le_bytes(self.array()?));
        }
        before.offset = before.offset.wrapping_add(self.signed()?.cast_unsigned());
        row.place = *before;
        row.number = Some(self.unsigned()?).filter(|number| *number > 0);
        row.time_ms = if self.flag()? {
            Some(self.signed()?)
        } else {
            None
        };
        row.level = match self.length()? {
            0 => None,
            level => Some(*Level::ALL.get(level - 1).ok_or(Broken::Content)?),
        };
        row.omitted = self.unsigned()?;
        let spans = self.length()?;
        row.spans.clear();
        for _ in 0..spans {
            row.spans.push(Span {
                start: self.small()?,
                end: self.small()?,
                style: Style(self.small()?),
            });
        }
        self.length()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row() -> impl Strategy<Value = Row> {
        (
            0..12usize,
            any::<u16>(),
            any::<[u64; 2]>(),
            any::<Option<i64>>(),
            0..7usize,
            ".{0,40}",
        )
            .prop_map(|(kind, source, place, time_ms, level, text)| Row {
                kind: match kind {
                    0 => RowKind::Gap,
                    kind => EVENTS
                        .get(kind - 1)
                        .map_or(RowKind::Line, |kind| RowKind::Event(*kind)),
                },
                source,
                place: Place {
                    generation: GenerationId(place[0] % 3),
                    offset: place[1],
                },
                number: Some(place[0]).filter(|number| number % 2 == 1),
                time_ms,
                level: Level::ALL.get(level).copied(),
                partial: kind == 11,
                omitted: place[0],
                spans: vec![Span {
                    start: 0,
                    end: text.len() as u32,
                    style: Style(3),
                }],
                text,
            })
    }

    proptest! {
        #[test]
        fn a_frame_is_read_as_it_was_written(
            base in proptest::collection::vec(row(), 0..8),
            new in proptest::collection::vec(row(), 0..8),
            from in 0..8usize,
        ) {
            let rows: Vec<Row> = base.iter().skip(from).chain(&new).cloned().collect();
            let window = Window { rows, top: 0.25, version: 7, ..Window::default() };
            let header = Header { view: 1, frame: 9, base: 8 };
            let bytes = encode(header, &window, &base);
            prop_assert_eq!(decode(&bytes, &base), Ok((header, window)));
        }

        #[test]
        fn any_bytes_are_refused_or_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes, &[]);
            let framed: Vec<u8> = std::iter::once(LAYOUT).chain(bytes).collect();
            let _ = decode(&framed, &[]);
        }
    }

    #[test]
    fn a_window_that_moved_by_one_row_costs_one_row() {
        let line = |offset: u64| Row {
            place: Place {
                generation: GenerationId(5),
                offset,
            },
            text: "x".repeat(100),
            ..empty_row()
        };
        let base: Vec<Row> = (0..60).map(line).collect();
        let window = Window {
            rows: (1..61).map(line).collect(),
            ..Window::default()
        };
        let bytes = encode(
            Header {
                view: 0,
                frame: 2,
                base: 1,
            },
            &window,
            &base,
        );
        assert!(bytes.len() < 250, "{} bytes", bytes.len());
    }
}
