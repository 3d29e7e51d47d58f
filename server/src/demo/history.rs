//! The day before the demonstration starts.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
};

use super::{
    lines::{Log, Mood},
    moment::Moment,
    random::Random,
    rotate,
};

const MINUTE_MS: u64 = 60_000;

/// How far back the logs go.
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

/// When things went wrong: minutes before now, and minutes it lasted.
const TROUBLES: [(u64, u64); 3] = [(1100, 9), (190, 6), (26, 3)];

/// The gateway's generations, the oldest first: entries, and minutes before now of
/// the first one.
const GATEWAY: [(usize, u64); 3] = [(6000, 1440), (5000, 640), (2000, 130)];

/// Writes all logs, the last line of each at `now`.
pub(super) fn write(directory: &Path, seed: u64, now: Moment) -> io::Result<()> {
    for (index, log) in (0..).zip(Log::ALL) {
        let path = directory.join(log.path());
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        // A generator of its own: what one log gets changes no other.
        let mut random = Random::new(seed ^ index << 56);
        let count = match log {
            Log::Access => 20_000,
            Log::Error => 500,
            Log::Checkout => 8_000,
            Log::Orders => 6_000,
            Log::System => 3_000,
            Log::Gateway => {
                gateway(&path, &mut random, now)?;
                continue;
            }
        };
        let times = times(&mut random, count, before(now, DAY_MS), now);
        entries(&path, log, &mut random, &times, now)?;
    }
    Ok(())
}

/// Writes the generations of the gateway, and rotates between them.
fn gateway(path: &Path, random: &mut Random, now: Moment) -> io::Result<()> {
    rotate::remove_old(path)?;
    for (generation, (count, minutes)) in GATEWAY.into_iter().enumerate() {
        if generation > 0 {
            rotate::rotate(path)?;
        }
        let end = GATEWAY.get(generation + 1).map_or(0, |next| next.1);
        let start = before(now, minutes * MINUTE_MS);
        let times = times(random, count, start, before(now, end * MINUTE_MS));
        entries(path, Log::Gateway, random, &times, now)?;
    }
    Ok(())
}

fn entries(
    path: &Path,
    log: Log,
    random: &mut Random,
    times: &[Moment],
    now: Moment,
) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for &time in times {
        let entry = log.entry(random, time, mood(time, now));
        file.write_all(entry.as_bytes())?;
    }
    file.flush()
}

/// Ascending moments from `start` to `end`, in clusters as visitors come.
fn times(random: &mut Random, count: usize, start: Moment, end: Moment) -> Vec<Moment> {
    let gaps: Vec<u64> = (0..count).map(|_| random.duration(100)).collect();
    let total = gaps.iter().sum::<u64>().max(1);
    let span = end.milliseconds() - start.milliseconds();
    let mut sum = 0;
    gaps.into_iter()
        .map(|gap| {
            sum += gap;
            Moment::at(start.milliseconds() + span * sum / total)
        })
        .collect()
}

fn mood(time: Moment, now: Moment) -> Mood {
    let ago = now.milliseconds().saturating_sub(time.milliseconds()) / MINUTE_MS;
    let is_trouble = |(start, minutes): &(u64, u64)| (start - minutes..*start).contains(&ago);
    if TROUBLES.iter().any(is_trouble) {
        Mood::Trouble
    } else {
        Mood::Calm
    }
}

fn before(now: Moment, milliseconds: u64) -> Moment {
    Moment::at(now.milliseconds().saturating_sub(milliseconds))
}
