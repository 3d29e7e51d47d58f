//! Dates and spans as queries write them. Their shape is checked here, without
//! a clock; what moment they are is for the server, which knows the zone.

/// A date with perhaps a time and a zone, in the manner of RFC 3339.
///
/// Seconds may be left out, and so may the zone, which is then the server's to
/// choose. Months have their days, leap years included, and a second may be 60.
///
/// ```
/// use protocol::query::Date;
///
/// assert!(Date::new("2026-11-22").is_some());
/// assert!(Date::new("2026-11-22T10:00:00.5+01:00").is_some());
/// assert!(Date::new("2026-02-30").is_none());
/// assert_eq!(Date::new("2026-11-22").unwrap().text(), "2026-11-22");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Date(String);

impl Date {
    /// A date, where the text is one.
    pub fn new(text: &str) -> Option<Self> {
        let mut reader = Reader(text.as_bytes());
        date(&mut reader)?;
        Some(Self(text.to_owned()))
    }

    /// How it was written.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// The first moment that `since:` wants.
///
/// ```
/// use protocol::query::{Span, SpanUnit, Start};
///
/// let span = Span { count: 15, unit: SpanUnit::Minutes };
/// assert_eq!(Start::new("15m"), Some(Start::Ago(span)));
/// assert!(matches!(Start::new("2026-11-22"), Some(Start::Date(_))));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// So long before now; moves with the clock.
    Ago(Span),
    /// A fixed moment.
    Date(Date),
}

impl Start {
    /// A span or a date, where the text is one.
    pub fn new(text: &str) -> Option<Self> {
        match Span::new(text) {
            Some(span) => Some(Self::Ago(span)),
            None => Date::new(text).map(Self::Date),
        }
    }
}

/// A length of time.
///
/// ```
/// use protocol::query::Span;
///
/// assert_eq!(Span::new("2h").unwrap().seconds(), 7200);
/// assert_eq!(Span::new("1h30m"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// How many of `unit`.
    pub count: u32,
    /// What is counted.
    pub unit: SpanUnit,
}

impl Span {
    /// A span, where the text is digits and one letter of [`SpanUnit`].
    pub fn new(text: &str) -> Option<Self> {
        let unit = *SpanUnit::ALL
            .iter()
            .find(|unit| text.ends_with(unit.letter()))?;
        let digits = text.strip_suffix(unit.letter())?;
        // `parse` would also take a sign.
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let count = digits.parse().ok()?;
        Some(Self { count, unit })
    }

    /// Its length in seconds.
    pub fn seconds(self) -> u64 {
        u64::from(self.count) * self.unit.seconds()
    }
}

/// What a [`Span`] counts.
///
/// ```
/// use protocol::query::SpanUnit;
///
/// assert_eq!(SpanUnit::Weeks.letter(), 'w');
/// assert_eq!(SpanUnit::Days.seconds(), 86_400);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpanUnit {
    /// `s`.
    Seconds,
    /// `m`.
    Minutes,
    /// `h`.
    Hours,
    /// `d`: 24 hours, whatever the clocks do.
    Days,
    /// `w`: seven such days.
    Weeks,
}

impl SpanUnit {
    /// Every unit, the shortest first.
    pub const ALL: [Self; 5] = [
        Self::Seconds,
        Self::Minutes,
        Self::Hours,
        Self::Days,
        Self::Weeks,
    ];

    /// How it is written behind the number.
    pub fn letter(self) -> char {
        match self {
            Self::Seconds => 's',
            Self::Minutes => 'm',
            Self::Hours => 'h',
            Self::Days => 'd',
            Self::Weeks => 'w',
        }
    }

    /// How many seconds one of it has.
    pub fn seconds(self) -> u64 {
        match self {
            Self::Seconds => 1,
            Self::Minutes => 60,
            Self::Hours => 60 * 60,
            Self::Days => 24 * 60 * 60,
            Self::Weeks => 7 * 24 * 60 * 60,
        }
    }
}

/// The bytes that are still to be read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn is_done(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads one byte if it is one of these.
    fn one_of(&mut self, wanted: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        if !wanted.contains(first) {
            return None;
        }
        self.0 = rest;
        Some(*first)
    }

    /// Reads a number of exactly so many digits.
    fn number(&mut self, digit_count: usize) -> Option<u32> {
        let mut number = 0;
        for _ in 0..digit_count {
            let digit = self.one_of(b"0123456789")?;
            number = number * 10 + u32::from(digit - b'0');
        }
        Some(number)
    }

    /// Reads a number of two digits up to a greatest one.
    fn pair(&mut self, greatest: u32) -> Option<u32> {
        self.number(2).filter(|number| *number <= greatest)
    }
}

fn date(reader: &mut Reader<'_>) -> Option<()> {
    let year = reader.number(4)?;
    reader.one_of(b"-")?;
    let month = reader.pair(12)?;
    reader.one_of(b"-")?;
    let day = reader.pair(day_count(year, month))?;
    if month == 0 || day == 0 {
        return None;
    }
    if reader.is_done() {
        return Some(());
    }
    // RFC 3339 allows a space in the place of `T`; here it needs quotation marks.
    reader.one_of(b"Tt ")?;
    time(reader)?;
    if !reader.is_done() {
        zone(reader)?;
    }
    reader.is_done().then_some(())
}

fn time(reader: &mut Reader<'_>) -> Option<()> {
    reader.pair(23)?;
    reader.one_of(b":")?;
    reader.pair(59)?;
    if reader.one_of(b":").is_none() {
        return Some(());
    }
    reader.pair(60)?;
    if reader.one_of(b".").is_none() {
        return Some(());
    }
    reader.number(1)?;
    // Nanoseconds are the finest that the server's clock types hold.
    for _ in 1..9 {
        if reader.number(1).is_none() {
            break;
        }
    }
    Some(())
}

fn zone(reader: &mut Reader<'_>) -> Option<()> {
    if reader.one_of(b"Zz").is_some() {
        return Some(());
    }
    reader.one_of(b"+-")?;
    reader.pair(23)?;
    reader.one_of(b":")?;
    reader.pair(59)?;
    Some(())
}

fn day_count(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
