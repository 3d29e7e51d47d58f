//! Lines that say when they were written.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Lines before the first that counts, while everybody gets going.
pub(crate) const WARM_UP: u64 = 50;

/// Lines that count: 5 s of them.
pub(crate) const COUNTED: u64 = 500;

/// From one line to the next of the same file.
const PERIOD: Duration = Duration::from_millis(10);

/// Begins every stamp. The rest is the number of the line and nanoseconds
/// since 1970.
const MARK: &[u8] = b"stamp ";

/// Appends stamped lines to every file, a whole line in one write each. With
/// several files their lines take turns within the period, so that who waits
/// for one is not disturbed by who waits for another.
pub(crate) fn write(paths: &[&Path]) -> io::Result<()> {
    let mut files = Vec::new();
    for path in paths {
        files.push(OpenOptions::new().append(true).create(true).open(path)?);
    }
    let files_count = u32::try_from(files.len()).unwrap_or(1).max(1);
    let mut next = Instant::now();
    for number in 0..WARM_UP + COUNTED {
        for file in &mut files {
            thread::sleep(next.saturating_duration_since(Instant::now()));
            append(file, number)?;
            next += PERIOD / files_count;
        }
    }
    Ok(())
}

fn append(file: &mut File, number: u64) -> io::Result<()> {
    let line = format!(
        "stamp {number:06} {:019} GET /a/line/that/is/about/a/hundred/bytes/long HTTP/1.1 200\n",
        now()
    );
    file.write_all(line.as_bytes())
}

/// What a reader found in one line: its number, and how old it is.
pub(crate) fn read(line: &[u8]) -> Option<(u64, Duration)> {
    let received = now();
    let start = memchr::memmem::find(line, MARK)? + MARK.len();
    let text = std::str::from_utf8(line.get(start..start + 26)?).ok()?;
    let (number, written) = text.split_once(' ')?;
    let age = received.saturating_sub(written.parse().ok()?);
    Some((number.parse().ok()?, Duration::from_nanos(age)))
}

/// Nanoseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
