mod corpus;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use proptest::prelude::*;

use super::{civil, *};

/// Noon of the day on which most lines of the corpus were written.
const NOW_MS: i64 = 1_795_348_800_000;

fn ms(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

#[track_caller]
fn check(line: &[u8], zone: &Zone, time: Option<&str>, level: Option<Level>) {
    let found = stamp_at(line, zone, NOW_MS);
    let found_time = found
        .time_ms
        .map(|ms| Timestamp::from_millisecond(ms).unwrap().to_string());
    let expected = time.map(|time| time.parse::<Timestamp>().unwrap().to_string());
    assert_eq!(
        (found_time, found.level),
        (expected, level),
        "{}",
        line.escape_ascii()
    );
}

#[test]
fn lines_of_well_known_programs_are_understood() {
    for (line, time, level) in corpus::LINES {
        check(line.as_bytes(), &Zone::Utc, *time, *level);
    }
}

#[test]
fn lines_that_say_nothing_have_no_stamp() {
    for line in corpus::SILENT {
        check(line.as_bytes(), &Zone::Utc, None, None);
    }
}

#[test]
fn a_stamp_without_a_zone_is_read_in_the_one_given() {
    let zones = [
        ("UTC", "2026-11-22T10:46:33Z"),
        ("+05:30", "2026-11-22T05:16:33Z"),
        ("-0800", "2026-11-22T18:46:33Z"),
        ("Europe/Berlin", "2026-11-22T09:46:33Z"),
        ("Asia/Shanghai", "2026-11-22T02:46:33Z"),
    ];
    for (name, expected) in zones {
        let zone: Zone = name.parse().unwrap();
        check(b"2026-11-22 10:46:33 x", &zone, Some(expected), None);
        check(b"Nov 22 10:46:33 host x", &zone, Some(expected), None);
        let named = "2026-11-22T10:46:33Z";
        check(named.as_bytes(), &zone, Some(named), None);
    }
    for name in ["", "Mars/Olympus", "+99:00", "+01:00x"] {
        let unknown = name.parse::<Zone>().unwrap_err();
        assert_eq!(unknown.to_string(), format!("unknown time zone `{name}`"));
    }
}

#[test]
fn a_change_of_the_clocks_drops_no_time() {
    let zone: Zone = "Europe/Berlin".parse().unwrap();
    // Skipped: read by the offset before. Twice: the earlier one.
    check(
        b"2026-03-29 02:30:00 x",
        &zone,
        Some("2026-03-29T01:30:00Z"),
        None,
    );
    check(
        b"2026-10-25 02:30:00 x",
        &zone,
        Some("2026-10-25T00:30:00Z"),
        None,
    );
    // A leap second is the first of the next minute.
    check(
        b"2016-12-31T23:59:60Z x",
        &zone,
        Some("2017-01-01T00:00:00Z"),
        None,
    );
}

#[test]
fn a_missing_year_is_the_newest_that_is_not_in_the_future() {
    let table = [
        (
            "2026-11-22T12:00:00Z",
            "Nov 22 10:46:33",
            Some("2026-11-22T10:46:33Z"),
        ),
        (
            "2026-11-22T12:00:00Z",
            "Nov 23 11:00:00",
            Some("2026-11-23T11:00:00Z"),
        ),
        (
            "2026-11-22T12:00:00Z",
            "Nov 24 10:46:33",
            Some("2025-11-24T10:46:33Z"),
        ),
        (
            "2027-01-01T00:10:00Z",
            "Dec 31 23:59:00",
            Some("2026-12-31T23:59:00Z"),
        ),
        (
            "2026-12-31T23:50:00Z",
            "Jan  1 00:05:00",
            Some("2027-01-01T00:05:00Z"),
        ),
        (
            "2025-03-01T00:00:00Z",
            "Feb 29 10:00:00",
            Some("2024-02-29T10:00:00Z"),
        ),
        ("2026-03-01T00:00:00Z", "Feb 29 10:00:00", None),
        (
            "2027-01-02T00:00:00Z",
            "I1231 23:59:00.5",
            Some("2026-12-31T23:59:00.5Z"),
        ),
    ];
    for (now, line, expected) in table {
        let found = stamp_at(line.as_bytes(), &Zone::Utc, ms(now)).time_ms;
        assert_eq!(found, expected.map(ms), "{line} at {now}");
    }
}

#[test]
fn a_stamp_far_into_a_line_is_none() {
    let mut line = vec![b'x'; HEAD_BYTES - 10];
    line.extend(b" [22/Nov/2026:10:46:33 +0000] ");
    check(&line, &Zone::Utc, None, None);
    let mut json = format!("{{\"msg\":\"{}\"", "x".repeat(3000)).into_bytes();
    json.extend(b",\"level\":\"error\"}");
    check(&json, &Zone::Utc, None, None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_fault(
        line in prop::collection::vec(any::<u8>(), 0..300),
        piece in "(time=|\\[|\\{\"ts\":|<3>|I|level=|Nov |E, )?[0-9TZ:. /+-]{0,40}",
    ) {
        stamp_at(&line, &Zone::Utc, NOW_MS);
        let mut line = line;
        line.splice(..0, piece.bytes());
        stamp_at(&line, &Zone::Utc, NOW_MS);
    }

    #[test]
    fn a_cut_line_is_read_without_fault(index in any::<prop::sample::Index>(), end in 0_usize..300) {
        let (line, _, _) = corpus::LINES[index.index(corpus::LINES.len())];
        stamp_at(&line.as_bytes()[..end.min(line.len())], &Zone::Utc, NOW_MS);
    }

    #[test]
    fn dates_agree_with_jiff(year in 1970_i16..=9999, month in 1_i8..=12, day in 1_i8..=31) {
        let text = format!("{year:04}-{month:02}-{day:02}T01:02:03Z");
        let found = stamp_at(text.as_bytes(), &Zone::Utc, NOW_MS).time_ms;
        let expected = Date::new(year, month, day).ok().map(|date| {
            date.at(1, 2, 3, 0).to_zoned(TimeZone::UTC).unwrap().timestamp().as_millisecond()
        });
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn times_agree_with_jiff(ms in 0_i64..253_402_207_200_000, minutes in -720_i32..=840) {
        let instant = Timestamp::from_millisecond(ms).unwrap();
        let offset = jiff::tz::Offset::from_seconds(minutes * 60).unwrap();
        for text in [instant.to_string(), instant.display_with_offset(offset).to_string()] {
            let found = stamp_at(text.as_bytes(), &Zone::Utc, NOW_MS).time_ms;
            // The year 1969 of an offset west of UTC is not taken for a time.
            if !text.starts_with("1969") {
                prop_assert_eq!(found, Some(ms), "{}", text);
            }
        }
    }

    #[test]
    fn days_and_dates_are_inverse(days in -700_000_i64..3_000_000) {
        let (year, month, day) = civil::date_of(days);
        prop_assert_eq!(civil::days_from_civil(year, month, day), days);
    }
}
