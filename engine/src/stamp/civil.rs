//! Dates and times of day as lines write them, and the instants they mean.

use super::Zone;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// A date and time of day as it was written, each part in its range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Clock {
    /// `None` where the line leaves it to the reader.
    pub(super) year: Option<i64>,
    /// 1 to 12.
    pub(super) month: i64,
    /// 1 to the last of the month; checked when it is resolved.
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    /// 60 in a leap second, which is resolved to the second behind it.
    pub(super) second: i64,
    pub(super) milli: i64,
    /// Seconds east of UTC, where the line names it.
    pub(super) offset: Option<i32>,
}

impl Clock {
    /// Milliseconds since the epoch; `None` for a date that does not exist.
    pub(super) fn ms(&self, zone: &Zone, now: &dyn Fn() -> i64) -> Option<i64> {
        if let Some(year) = self.year {
            return self.ms_in(year, zone);
        }
        let now = now();
        let (year, _, _) = date_of(now.div_euclid(DAY_MS));
        // The next year, since it has begun already somewhere east.
        [year + 1, year, year - 1]
            .into_iter()
            .filter_map(|year| self.ms_in(year, zone))
            .find(|&ms| ms <= now.saturating_add(DAY_MS))
    }

    fn ms_in(&self, year: i64, zone: &Zone) -> Option<i64> {
        if !(1970..=9999).contains(&year) || self.day > days_in(year, self.month) {
            return None;
        }
        let days = days_from_civil(year, self.month, self.day);
        let minutes = self.hour * 60 + self.minute;
        let local = days * DAY_MS + (minutes * 60 + self.second) * 1000 + self.milli;
        match self.offset {
            Some(offset) => Some(local - i64::from(offset) * 1000),
            None => zone.utc_ms(local),
        }
    }
}

/// Days since 1970-01-01 of a date in the Gregorian calendar.
///
/// Counts years from March, so that a leap day is the last of its year
/// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
pub(super) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a day since 1970-01-01, from the same source.
pub(super) fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = (shifted + 2) % 12 + 1;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

fn days_in(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
