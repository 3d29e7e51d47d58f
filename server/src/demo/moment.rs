//! Moments, and how each kind of log writes them. All are UTC.

use std::time::{SystemTime, UNIX_EPOCH};

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Milliseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(u64);

/// The parts of a moment.
struct Parts {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    milli: u64,
}

impl Moment {
    pub(super) fn now() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(0));
        Self(now)
    }

    pub(super) fn at(milliseconds: u64) -> Self {
        Self(milliseconds)
    }

    pub(super) fn milliseconds(self) -> u64 {
        self.0
    }

    /// `2026-11-22T10:46:33.117Z`
    pub(super) fn rfc3339(self) -> String {
        format!("{}Z", self.iso('-', 'T'))
    }

    /// `2026-11-22 10:46:33.117`, as logback writes it.
    pub(super) fn logback(self) -> String {
        self.iso('-', ' ')
    }

    /// `2026/11/22 10:46:33`, as the error log of nginx has it.
    pub(super) fn nginx(self) -> String {
        let text = self.iso('/', ' ');
        text.split('.').next().unwrap_or_default().to_owned()
    }

    /// `22/Nov/2026:10:46:33 +0000`, as access logs have it.
    pub(super) fn access(self) -> String {
        let parts = self.parts();
        format!(
            "{:02}/{}/{:04}:{:02}:{:02}:{:02} +0000",
            parts.day,
            parts.month_name(),
            parts.year,
            parts.hour,
            parts.minute,
            parts.second
        )
    }

    /// `Nov  2 10:46:33` (RFC 3164).
    pub(super) fn syslog(self) -> String {
        let parts = self.parts();
        format!(
            "{} {:2} {:02}:{:02}:{:02}",
            parts.month_name(),
            parts.day,
            parts.hour,
            parts.minute,
            parts.second
        )
    }

    fn iso(self, date: char, middle: char) -> String {
        let parts = self.parts();
        format!(
            "{:04}{date}{:02}{date}{:02}{middle}{:02}:{:02}:{:02}.{:03}",
            parts.year, parts.month, parts.day, parts.hour, parts.minute, parts.second, parts.milli
        )
    }

    /// Howard Hinnant's `civil_from_days`, for days since 1970.
    fn parts(self) -> Parts {
        let days = self.0 / 86_400_000 + 719_468;
        let day_of_era = days % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = (shifted + 2) % 12 + 1;
        Parts {
            year: year_of_era + days / 146_097 * 400 + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted + 2) / 5 + 1,
            hour: self.0 / 3_600_000 % 24,
            minute: self.0 / 60_000 % 60,
            second: self.0 / 1000 % 60,
            milli: self.0 % 1000,
        }
    }
}

impl Parts {
    fn month_name(&self) -> &'static str {
        let index = usize::try_from(self.month - 1).unwrap_or(0);
        MONTHS.get(index).copied().unwrap_or("Jan")
    }
}
