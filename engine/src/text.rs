//! How the raw bytes of a line become what is shown.
//!
//! Two readings of the same bytes: [`display`] for the page, where only colours
//! act and everything else that could is made visible or dropped, and [`plain`]
//! for the API, which gives the text as it was written. Lines stay bytes until
//! one of these is called.

mod escape;
mod sgr;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, ops::Range};

use protocol::window::{Span, Style};

use escape::Escape;

/// Begins every escape sequence.
const ESC: u8 = 0x1b;

/// A line as the page shows it.
///
/// ```
/// use engine::text::display;
///
/// let shown = display(b"\x1b[31mred\x1b[0m bell\x07", &[], 100);
/// assert_eq!(shown.text, "red bell␇");
/// assert_eq!(shown.spans[0].style.foreground(), Some(1));
/// assert_eq!((shown.spans[0].start, shown.spans[0].end), (0, 3));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// What to show: no control character but the tab, nothing that reorders.
    pub text: String,
    /// How to show parts of `text`: in order, not overlapping, on its
    /// character boundaries, none empty, none without a style.
    pub spans: Vec<Span>,
    /// Bytes at the end of the line that are not in `text` because of the cap;
    /// neither dropped escape sequences nor the line ending count.
    pub omitted: u64,
}

/// Turns a line into what the page shows.
///
/// `matches` are half-open byte ranges of `bytes`, sorted and not overlapping;
/// one that covers a part of a character marks all of it. `text` gets no longer
/// than `text_bytes_max` bytes, 4 GiB at most. A line ending is not shown.
///
/// - What is not UTF-8 becomes U+FFFD, one for each maximal invalid part.
/// - SGR sequences become styles; each line starts without any.
/// - Other complete escape sequences are dropped, OSC, DCS, APC, PM, SOS and
///   titles with their payload. One that is broken, or not ended in this line,
///   is shown with its escape as `␛`: it acts nowhere and hides nothing.
/// - Other control characters become their control pictures, what would reorder
///   or break the line a token such as `⟨RLO⟩`.
///
/// Takes time linear in the length of the line, whatever it holds.
pub fn display(bytes: &[u8], matches: &[Range<usize>], text_bytes_max: usize) -> Shown {
    let line = without_ending(bytes);
    let mut screen = Screen::new(matches, text_bytes_max);
    let end = match is_plain_ascii(line).then(|| std::str::from_utf8(line)) {
        Some(Ok(line)) => screen.run(0, line),
        _ => screen.line(line),
    };
    Shown {
        text: screen.text,
        spans: screen.spans,
        omitted: count(line.len() - end.unwrap_or(line.len())),
    }
}

/// Turns a line into the text that the API gives, and counts the bytes left out.
///
/// Escape sequences and control characters stay; what is not UTF-8 becomes
/// U+FFFD, one for each maximal invalid part. The text ends on a character
/// boundary after at most `text_bytes_max` bytes, without the line ending.
pub fn plain(bytes: &[u8], text_bytes_max: usize) -> (String, u64) {
    let line = without_ending(bytes);
    let mut text = String::with_capacity(line.len().min(text_bytes_max));
    let mut taken = 0;
    for chunk in line.utf8_chunks() {
        let valid = chunk.valid();
        let fits = floor_boundary(valid, text_bytes_max - text.len());
        text.push_str(&valid[..fits]);
        taken += fits;
        if fits < valid.len() {
            break;
        }
        if !chunk.invalid().is_empty() {
            if text_bytes_max - text.len() < char::REPLACEMENT_CHARACTER.len_utf8() {
                break;
            }
            text.push(char::REPLACEMENT_CHARACTER);
            taken += chunk.invalid().len();
        }
    }
    (text, count(line.len() - taken))
}

/// Maps byte ranges of a line to half-open byte ranges of its [`plain`] text.
///
/// `ranges` are sorted and do not overlap. A range that covers a part of a
/// character is widened to all of it; empty ones are left out, and so is what
/// lies in the line ending. The text is the uncapped one: for a capped text give
/// only the bytes that are in it, `&line[..line.len() - omitted]` of the line
/// without its ending.
pub fn plain_matches(bytes: &[u8], ranges: &[Range<usize>]) -> Vec<(u64, u64)> {
    let line = without_ending(bytes);
    let mut mapped: Vec<(u64, u64)> = Vec::with_capacity(ranges.len());
    let mut ranges = ranges
        .iter()
        .map(|range| range.start..range.end.min(line.len()))
        .filter(|range| !range.is_empty())
        .peekable();
    // How far the line and its text have been gone through.
    let mut at = 0;
    let mut text_at = 0;
    let mut open: Option<usize> = None;
    for chunk in line.utf8_chunks() {
        let pieces = [
            (chunk.valid(), chunk.valid().len(), false),
            ("\u{fffd}", chunk.invalid().len(), true),
        ];
        for (piece, len, is_replaced) in pieces.into_iter().filter(|piece| piece.1 > 0) {
            while let Some(range) = ranges.peek() {
                if open.is_none() && range.start < at + len {
                    let start = range.start.saturating_sub(at);
                    open = Some(text_at + inside(piece, is_replaced, start, false));
                }
                let Some(start) = open else { break };
                if range.end > at + len {
                    break;
                }
                let end = range.end.saturating_sub(at);
                let end = text_at + inside(piece, is_replaced, end, true);
                // Two parts of one character: the first range has it.
                let start = count(start).max(mapped.last().map_or(0, |last| last.1));
                if start < count(end) {
                    mapped.push((start, count(end)));
                }
                open = None;
                ranges.next();
            }
            at += len;
            text_at += piece.len();
        }
    }
    mapped
}

/// Where byte `at` of those that `piece` stands for is shown: at the boundary
/// behind its character if `is_end`, else at the one before.
fn inside(piece: &str, is_replaced: bool, at: usize, is_end: bool) -> usize {
    match (is_replaced, is_end) {
        (true, true) => piece.len(),
        (true, false) => 0,
        (false, true) => ceiling_boundary(piece, at),
        (false, false) => floor_boundary(piece, at),
    }
}

/// The text of a row while it is put together.
struct Screen<'a> {
    text: String,
    spans: Vec<Span>,
    /// Matches that do not lie wholly before what is added next.
    matches: &'a [Range<usize>],
    style: Style,
    room: usize,
}

impl<'a> Screen<'a> {
    fn new(matches: &'a [Range<usize>], text_bytes_max: usize) -> Self {
        let room = u32::try_from(text_bytes_max).unwrap_or(u32::MAX);
        Self {
            text: String::new(),
            spans: Vec::new(),
            matches,
            style: Style::default(),
            room: usize::try_from(room).unwrap_or(usize::MAX),
        }
    }

    /// Adds a whole line; gives the byte that found no room, if one did not.
    fn line(&mut self, line: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(found) = memchr::memchr(ESC, &line[at..]) {
            let escape = at + found;
            if let full @ Some(_) = self.segment(at, &line[at..escape]) {
                return full;
            }
            at = escape
                + match escape::read(&line[escape..]) {
                    Escape::Style(sequence) => {
                        self.style = sgr::apply(self.style, sequence);
                        sequence.len()
                    }
                    Escape::Other(len) => len,
                    Escape::Broken => {
                        if !self.push(escape, 1, "␛") {
                            return Some(escape);
                        }
                        1
                    }
                };
        }
        self.segment(at, &line[at..])
    }

    /// Adds bytes without escapes, which stand at `at` in the line.
    fn segment(&mut self, mut at: usize, bytes: &[u8]) -> Option<usize> {
        for chunk in bytes.utf8_chunks() {
            if let full @ Some(_) = self.valid(at, chunk.valid()) {
                return full;
            }
            at += chunk.valid().len();
            let invalid = chunk.invalid().len();
            if invalid > 0 {
                if !self.push(at, invalid, "\u{fffd}") {
                    return Some(at);
                }
                at += invalid;
            }
        }
        None
    }

    /// Adds valid text, made visible where it needs to be.
    fn valid(&mut self, mut at: usize, mut text: &str) -> Option<usize> {
        while !text.is_empty() {
            let len = text.find(is_masked).unwrap_or(text.len());
            if let full @ Some(_) = self.run(at, &text[..len]) {
                return full;
            }
            at += len;
            text = &text[len..];
            let mut rest = text.chars();
            if let Some(masked) = rest.next() {
                if !self.push(at, masked.len_utf8(), &mask(masked)) {
                    return Some(at);
                }
                at += masked.len_utf8();
                text = rest.as_str();
            }
        }
        None
    }

    /// Adds text that is shown as it is, in pieces that match or do not.
    fn run(&mut self, at: usize, run: &str) -> Option<usize> {
        let fits = floor_boundary(run, self.room);
        let mut done = 0;
        while done < fits {
            let first_end = ceiling_boundary(run, done + 1);
            let (is_match, end) = match self.next_match(at + done) {
                // A character belongs to a match if any byte of it does.
                Some(range) if range.start < at + first_end => {
                    (true, ceiling_boundary(run, range.end - at))
                }
                Some(range) => (false, floor_boundary(run, range.start - at)),
                None => (false, fits),
            };
            let end = end.min(fits);
            self.append(&run[done..end], is_match);
            done = end;
        }
        (fits < run.len()).then_some(at + fits)
    }

    /// Adds `shown` for `len` bytes at `at`; false where it finds no room.
    fn push(&mut self, at: usize, len: usize, shown: &str) -> bool {
        if shown.len() > self.room {
            return false;
        }
        let next = self.next_match(at);
        let is_match = next.is_some_and(|range| range.start < at + len);
        self.append(shown, is_match);
        true
    }

    /// The first match that ends behind byte `at`.
    fn next_match(&mut self, at: usize) -> Option<&'a Range<usize>> {
        while let [first, rest @ ..] = self.matches {
            if first.end > at && !first.is_empty() {
                return Some(first);
            }
            self.matches = rest;
        }
        None
    }

    fn append(&mut self, shown: &str, is_match: bool) {
        let flag = if is_match { Style::MATCH } else { 0 };
        let style = self.style.with(flag);
        let start = position(self.text.len());
        self.text.push_str(shown);
        self.room -= shown.len();
        if style == Style::default() || shown.is_empty() {
            return;
        }
        let end = position(self.text.len());
        match self.spans.last_mut() {
            Some(last) if last.end == start && last.style == style => last.end = end,
            _ => self.spans.push(Span { start, end, style }),
        }
    }
}

/// The line without the `\n`, `\r\n` or lone `\r` that ends it.
fn without_ending(bytes: &[u8]) -> &[u8] {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Whether every byte is shown as it is: nearly all lines are like this.
fn is_plain_ascii(bytes: &[u8]) -> bool {
    // Counting has no way out inside a chunk, so it is done in wide registers.
    bytes.chunks(64).all(|chunk| {
        let other = chunk
            .iter()
            .filter(|byte| !matches!(byte, b'\t' | b' '..=b'~'));
        other.count() == 0
    })
}

/// Whether a character is shown as something else.
fn is_masked(character: char) -> bool {
    match character {
        '\t' => false,
        '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => character.is_control(),
    }
}

/// What is shown instead of a character: its control picture, or a token.
fn mask(character: char) -> Cow<'static, str> {
    let token = match character {
        // Both end a paragraph for the bidirectional algorithm.
        '\u{2028}' => "⟨LS⟩",
        '\u{2029}' => "⟨PS⟩",
        '\u{202a}' => "⟨LRE⟩",
        '\u{202b}' => "⟨RLE⟩",
        '\u{202c}' => "⟨PDF⟩",
        '\u{202d}' => "⟨LRO⟩",
        '\u{202e}' => "⟨RLO⟩",
        '\u{2066}' => "⟨LRI⟩",
        '\u{2067}' => "⟨RLI⟩",
        '\u{2068}' => "⟨FSI⟩",
        '\u{2069}' => "⟨PDI⟩",
        '\u{7f}' => "␡",
        '\0'..='\u{1f}' => {
            let picture = char::from_u32(0x2400 + u32::from(character));
            return picture
                .unwrap_or(char::REPLACEMENT_CHARACTER)
                .to_string()
                .into();
        }
        // The C1 controls have no pictures.
        _ => return format!("⟨U+{:04X}⟩", u32::from(character)).into(),
    };
    token.into()
}

/// The last character boundary of `text` at or before `at`.
fn floor_boundary(text: &str, at: usize) -> usize {
    if at >= text.len() {
        return text.len();
    }
    (0..=at)
        .rev()
        .find(|&index| text.is_char_boundary(index))
        .unwrap_or(0)
}

/// The first character boundary of `text` at or behind `at`.
fn ceiling_boundary(text: &str, at: usize) -> usize {
    (at..text.len())
        .find(|&index| text.is_char_boundary(index))
        .unwrap_or(text.len())
}

/// A length as it goes over the wire.
fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

/// A position in a row's text; `Screen::room` keeps it in range.
fn position(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
