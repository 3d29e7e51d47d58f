//! The zone of stamps that name none.

use std::str::FromStr;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use thiserror::Error;

/// Where the clocks stand that lines without a zone were written by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Zone {
    /// UTC.
    #[default]
    Utc,
    /// So many seconds east of UTC, all year.
    Fixed(i32),
    /// A zone with rules, such as Europe/Berlin.
    Named(TimeZone),
}

/// A zone that cannot be found.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown time zone `{0}`")]
pub struct UnknownZone(
    /// As it was given.
    pub String,
);

impl FromStr for Zone {
    type Err = UnknownZone;

    /// Reads `UTC`, `local`, `+05:30`, or an IANA name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownZone(text.to_owned());
        match text {
            "UTC" | "utc" | "Z" => Ok(Self::Utc),
            "local" => Ok(Self::Named(TimeZone::system())),
            _ if text.starts_with(['+', '-']) => super::time::offset(text.as_bytes())
                .filter(|(_, len)| *len == text.len())
                .map(|(seconds, _)| Self::Fixed(seconds))
                .ok_or_else(unknown),
            _ => TimeZone::get(text).map(Self::Named).map_err(|_| unknown()),
        }
    }
}

impl Zone {
    /// The instant of a local time; both are milliseconds since the epoch.
    ///
    /// A time that comes twice is the earlier one. A time that is skipped is
    /// read by the offset before the gap.
    pub(super) fn utc_ms(&self, local_ms: i64) -> Option<i64> {
        match self {
            Self::Utc => Some(local_ms),
            Self::Fixed(offset) => Some(local_ms - i64::from(*offset) * 1000),
            Self::Named(zone) => {
                let local = Timestamp::from_millisecond(local_ms).ok()?;
                let local: DateTime = TimeZone::UTC.to_datetime(local);
                Some(zone.to_timestamp(local).ok()?.as_millisecond())
            }
        }
    }
}
