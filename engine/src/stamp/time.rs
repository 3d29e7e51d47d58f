//! The forms in which lines write times.
//!
//! Each reader looks at the start of its bytes and gives what it read with its
//! length; none of them looks for a stamp.

use protocol::line::Level;

use super::{Zone, civil::Clock, level};

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

const WEEKDAYS: [&[u8; 3]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];

/// Seconds since the epoch that a bare number may mean: from September 2001, when
/// they got ten digits, to 2100. Other numbers are numbers.
const EPOCH_SECONDS: std::ops::Range<i64> = 1_000_000_000..4_102_444_800;

/// A time as a line writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Milliseconds since the epoch.
    Ms(i64),
    /// A date and time of day.
    Civil(Clock),
    /// The same, in the form of access logs.
    Access(Clock),
}

impl When {
    pub(super) fn ms(self, zone: &Zone, now: &dyn Fn() -> i64) -> Option<i64> {
        match self {
            Self::Ms(ms) => Some(ms),
            Self::Civil(clock) | Self::Access(clock) => clock.ms(zone, now),
        }
    }

    pub(super) fn is_clf(self) -> bool {
        matches!(self, Self::Access(_))
    }
}

/// Reads a date with a time of day, in any order but that of klog.
pub(super) fn read(bytes: &[u8]) -> Option<(When, usize)> {
    match bytes {
        [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', ..] => iso(bytes),
        [b'0'..=b'9', ..] => day_first(bytes),
        [b'A'..=b'Z', ..] => month_first(bytes),
        _ => None,
    }
}

/// Finds the time of an access log anywhere; gives it with its end.
pub(super) fn find_clf(bytes: &[u8]) -> Option<(When, usize)> {
    memchr::memchr_iter(b'/', bytes).find_map(|slash| {
        let start = slash.checked_sub(2)?;
        let (when, len) = day_first(&bytes[start..])?;
        when.is_clf().then_some((when, start + len))
    })
}

/// Reads a number as the time since the epoch, in the unit its digits tell:
/// 10 seconds, 13 milli-, 16 micro-, 19 nanoseconds.
pub(super) fn epoch(bytes: &[u8]) -> Option<(When, usize)> {
    let mut scan = Scan { bytes, at: 0 };
    let len = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let seconds = scan.number(10)?;
    if !EPOCH_SECONDS.contains(&seconds) {
        return None;
    }
    let milli = match len {
        10 => scan.fraction(),
        13 => scan.number(3)?,
        16 => scan.number(6)? / 1000,
        19 => scan.number(9)? / 1_000_000,
        _ => return None,
    };
    // A unit smaller than the millisecond may have its own fraction.
    scan.fraction();
    Some((When::Ms(seconds * 1000 + milli), scan.at))
}

/// The same as the first word of a line.
pub(super) fn epoch_word(bytes: &[u8], words_before: usize) -> Option<(When, usize)> {
    if words_before > 0 {
        return None;
    }
    let found @ (_, len) = epoch(bytes)?;
    matches!(
        bytes.get(len),
        None | Some(b' ' | b'\t' | b',' | b';' | b']' | b'|')
    )
    .then_some(found)
}

/// Reads `I1122 10:46:33.117000`, or with the year before the month.
pub(super) fn klog(bytes: &[u8]) -> Option<(Level, When, usize)> {
    let level = level::of_letter(*bytes.first()?)?;
    let mut scan = Scan { bytes, at: 1 };
    let digits = bytes[1..].iter().take_while(|byte| byte.is_ascii_digit());
    let year = match digits.count() {
        4 => None,
        8 => Some(scan.number(4)?),
        _ => return None,
    };
    let mut clock = Clock {
        year,
        month: scan.within(2, 1, 12)?,
        day: scan.within(2, 1, 31)?,
        ..Clock::default()
    };
    scan.eat(b' ')?;
    scan.time_of_day(&mut clock)?;
    Some((level, When::Civil(clock), scan.at))
}

/// Reads `+01:00`, `+0100`, `+01`: seconds east of UTC.
pub(super) fn offset(bytes: &[u8]) -> Option<(i32, usize)> {
    let sign = match bytes.first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let mut scan = Scan { bytes, at: 1 };
    let hours = scan.within(2, 0, 18)?;
    let before = scan.at;
    scan.take(b':');
    let minutes = scan.within(2, 0, 59).unwrap_or_else(|| {
        scan.at = before;
        0
    });
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    Some((sign * seconds, scan.at))
}

/// `2026-11-22T10:46:33.117Z` and its kin, slashes as nginx and Go write them.
fn iso(bytes: &[u8]) -> Option<(When, usize)> {
    let mut scan = Scan { bytes, at: 0 };
    let year = scan.within(4, 1970, 9999)?;
    let separator = scan
        .peek()
        .filter(|byte| matches!(byte, b'-' | b'/' | b'.'))?;
    scan.eat(separator)?;
    let month = scan.within(2, 1, 12)?;
    scan.eat(separator)?;
    let day = scan.within(2, 1, 31)?;
    if !matches!(scan.peek()?, b'T' | b't' | b' ' | b'_') {
        return None;
    }
    scan.at += 1;
    let mut clock = Clock {
        year: Some(year),
        month,
        day,
        ..Clock::default()
    };
    scan.time_of_day(&mut clock)?;
    clock.offset = scan.zone();
    Some((When::Civil(clock), scan.at))
}

/// `22/Nov/2026:10:46:33 +0000`, `22-Nov-2026 10:46:33`, `22 Nov 2026 10:46:33`.
fn day_first(bytes: &[u8]) -> Option<(When, usize)> {
    let mut scan = Scan { bytes, at: 0 };
    let day = scan.day()?;
    let separator = scan
        .peek()
        .filter(|byte| matches!(byte, b'/' | b'-' | b' '))?;
    scan.eat(separator)?;
    let month = scan.month()?;
    scan.eat(separator)?;
    let year = scan.within(4, 1970, 9999)?;
    if !matches!(scan.peek()?, b':' | b' ') {
        return None;
    }
    scan.at += 1;
    let mut clock = Clock {
        year: Some(year),
        month,
        day,
        ..Clock::default()
    };
    scan.time_of_day(&mut clock)?;
    clock.offset = scan.zone();
    let when = if separator == b'/' {
        When::Access(clock)
    } else {
        When::Civil(clock)
    };
    Some((when, scan.at))
}

/// `Nov 22 10:46:33` (RFC 3164), with a weekday, a year before or behind the time
/// (ctime, Apache, Cisco), a comma and AM or PM (`java.util.logging`).
fn month_first(bytes: &[u8]) -> Option<(When, usize)> {
    let mut scan = Scan { bytes, at: 0 };
    if WEEKDAYS.iter().any(|day| bytes.starts_with(*day)) {
        scan.at = 3;
        scan.take(b',');
        scan.eat(b' ')?;
        if scan.peek()?.is_ascii_digit() {
            let (when, len) = day_first(&bytes[scan.at..])?;
            return Some((when, scan.at + len));
        }
    }
    let month = scan.month()?;
    scan.eat(b' ')?;
    scan.take(b' ');
    let day = scan.day()?;
    scan.take(b',');
    scan.eat(b' ')?;
    let before = scan.at;
    let mut year = scan.year();
    if year.is_none() || scan.eat(b' ').is_none() {
        (year, scan.at) = (None, before);
    }
    let mut clock = Clock {
        month,
        day,
        ..Clock::default()
    };
    scan.time_of_day(&mut clock)?;
    match (&scan.bytes[scan.at..], clock.hour) {
        ([b' ', b'A', b'M', ..], 12) => clock.hour = 0,
        ([b' ', b'P', b'M', ..], 1..=11) => clock.hour += 12,
        _ => {}
    }
    clock.offset = scan.zone();
    clock.year = year.or_else(|| scan.trailing_year());
    Some((When::Civil(clock), scan.at))
}

/// Bytes, and how far they have been read.
struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }

    /// Reads exactly `digits` digits; more may follow.
    fn number(&mut self, digits: usize) -> Option<i64> {
        let found = self.bytes.get(self.at..self.at + digits)?;
        let number = found.iter().try_fold(0, |number, byte| {
            byte.is_ascii_digit()
                .then(|| number * 10 + i64::from(byte - b'0'))
        })?;
        self.at += digits;
        Some(number)
    }

    /// The same, if the number lies in a range, both ends included.
    fn within(&mut self, digits: usize, least: i64, most: i64) -> Option<i64> {
        self.number(digits)
            .filter(|number| (least..=most).contains(number))
    }

    /// One or two digits.
    fn day(&mut self) -> Option<i64> {
        let is_two = self.bytes.get(self.at + 1)?.is_ascii_digit();
        self.within(1 + usize::from(is_two), 1, 31)
    }

    fn month(&mut self) -> Option<i64> {
        let name = self.bytes.get(self.at..self.at + 3)?;
        let month = (1..).zip(MONTHS).find(|(_, month)| *month == name)?;
        self.at += 3;
        Some(month.0)
    }

    fn year(&mut self) -> Option<i64> {
        self.within(4, 1970, 2999)
    }

    /// `10:46:33.117`; the seconds and the fraction may be missing.
    fn time_of_day(&mut self, clock: &mut Clock) -> Option<()> {
        let is_two = self.bytes.get(self.at + 1)?.is_ascii_digit();
        clock.hour = self.within(1 + usize::from(is_two), 0, 23)?;
        self.eat(b':')?;
        clock.minute = self.within(2, 0, 59)?;
        if self.take(b':') {
            clock.second = self.within(2, 0, 60)?;
            clock.milli = self.fraction();
        }
        Some(())
    }

    /// Milliseconds of a fraction behind a dot or comma; 0 where there is none.
    fn fraction(&mut self) -> i64 {
        if !matches!(self.peek(), Some(b'.' | b',')) {
            return 0;
        }
        let rest = &self.bytes[self.at + 1..];
        let len = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if len == 0 {
            return 0;
        }
        self.at += 1 + len;
        let digits = rest[..len].iter().chain(b"00").take(3);
        digits.fold(0, |milli, digit| milli * 10 + i64::from(digit - b'0'))
    }

    /// `Z`, `UTC`, `GMT` or an offset, at most one space before it; other names of
    /// zones are ambiguous.
    fn zone(&mut self) -> Option<i32> {
        let space = usize::from(self.peek() == Some(b' '));
        let rest = &self.bytes[self.at + space..];
        let (seconds, len) = match rest {
            [b'Z' | b'z', after @ ..] if !starts_with_alphanumeric(after) => (0, 1),
            [b'U', b'T', b'C', after @ ..] | [b'G', b'M', b'T', after @ ..]
                if !starts_with_alphanumeric(after) =>
            {
                (0, 3)
            }
            // Behind a space, two digits could be anything.
            [b'+' | b'-', ..] => offset(rest).filter(|(_, len)| space == 0 || *len >= 5)?,
            _ => return None,
        };
        self.at += space + len;
        Some(seconds)
    }

    /// ` 2026`, or ` CET 2026` as date(1) writes it.
    fn trailing_year(&mut self) -> Option<i64> {
        let before = self.at;
        let found = self.read_trailing_year();
        if found.is_none() {
            self.at = before;
        }
        found
    }

    fn read_trailing_year(&mut self) -> Option<i64> {
        self.eat(b' ')?;
        let rest = &self.bytes[self.at..];
        let name = rest.iter().take_while(|byte| byte.is_ascii_uppercase());
        let name = name.count();
        if (2..=5).contains(&name) {
            self.at += name;
            self.eat(b' ')?;
        }
        let year = self.year()?;
        (!starts_with_alphanumeric(&self.bytes[self.at..])).then_some(year)
    }
}

fn starts_with_alphanumeric(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
}
