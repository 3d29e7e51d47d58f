//! What happens while somebody watches.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use super::{
    lines::{Log, Mood},
    moment::Moment,
    random::Random,
    rotate,
};

/// Between two rotations of the gateway's log.
const ROTATION_INTERVAL: Duration = Duration::from_secs(4 * 60);

/// How the shop is doing.
struct Shop {
    random: Random,
    /// Entries that still come fast.
    burst: u64,
    /// Entries that are still written in trouble.
    trouble: u64,
}

/// Appends until the other end of `stopped` is dropped.
pub(super) fn run(directory: &Path, random: Random, stopped: &Receiver<()>) {
    let mut shop = Shop {
        random,
        burst: 0,
        trouble: 0,
    };
    let mut rotated = Instant::now();
    while goes_on(stopped, shop.pause()) {
        if rotated.elapsed() >= ROTATION_INTERVAL {
            rotated = Instant::now();
            // A rotation that fails is tried again after the next interval.
            let _result = rotate::rotate(&directory.join(Log::Gateway.path()));
        }
        let (log, mood) = shop.next();
        let entry = log.entry(&mut shop.random, Moment::now(), mood);
        let path = directory.join(log.path());
        // A full disk stops the demonstration no longer than it is full.
        let _result = if shop.random.permille(30) {
            append_in_two(&path, &entry, &mut shop.random, stopped)
        } else {
            append(&path, entry.as_bytes())
        };
    }
}

impl Shop {
    /// How long nothing happens: 1 to 8 entries a second over all, more in a burst.
    fn pause(&mut self) -> Duration {
        let milliseconds = if self.burst > 0 {
            self.burst -= 1;
            self.random.between(15, 70)
        } else if self.random.permille(15) {
            self.burst = self.random.between(12, 45);
            self.random.between(100, 400)
        } else if self.random.permille(30) {
            self.random.between(1500, 3000)
        } else {
            self.random.between(60, 400)
        };
        Duration::from_millis(milliseconds)
    }

    /// Who writes next, and in which mood.
    fn next(&mut self) -> (Log, Mood) {
        if self.trouble > 0 {
            self.trouble -= 1;
        } else if self.random.permille(4) {
            self.trouble = self.random.between(25, 70);
        }
        let (mood, complaints) = if self.trouble > 0 {
            (Mood::Trouble, 20)
        } else {
            (Mood::Calm, 2)
        };
        let log = self.random.weighted([
            (45, Log::Access),
            (complaints, Log::Error),
            (20, Log::Checkout),
            (12, Log::Orders),
            (6, Log::System),
            (15, Log::Gateway),
        ]);
        (log, mood)
    }
}

/// Waits, and says whether to go on.
fn goes_on(stopped: &Receiver<()>, pause: Duration) -> bool {
    matches!(stopped.recv_timeout(pause), Err(RecvTimeoutError::Timeout))
}

/// Writes as a program with a small buffer does: the end of the line comes later.
fn append_in_two(
    path: &Path,
    entry: &str,
    random: &mut Random,
    stopped: &Receiver<()>,
) -> io::Result<()> {
    let last = u64::try_from(entry.len()).unwrap_or(1).saturating_sub(1);
    let cut = usize::try_from(random.between(1, last.max(1))).unwrap_or(1);
    // Anywhere, also inside a character.
    let (start, end) = entry.as_bytes().split_at(cut.min(entry.len()));
    append(path, start)?;
    // Whether it is to go on is asked again once the line is whole.
    let _goes_on = goes_on(stopped, Duration::from_millis(random.between(40, 700)));
    append(path, end)
}

fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(bytes)
}
