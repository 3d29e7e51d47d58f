//! The log that everything is measured on: made from a seed, so that every
//! machine has the same one.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::PathBuf,
    time::{Duration, Instant},
};

use crate::fault::{Fault, failed};

/// In one line of [`NEEDLE_EVERY`]. Its capitals make the query case-sensitive.
pub(crate) const NEEDLE: &str = "Upstream-Reset";

/// Stands once each, behind 0.1, 50 and 99.9 % of the bytes.
pub(crate) const UNIQUE: [&str; 3] = ["Unique-Id-7f3a01", "Unique-Id-7f3a50", "Unique-Id-7f3a99"];

/// Lines for one [`NEEDLE`].
const NEEDLE_EVERY: u64 = 10_000;

/// Lines for one that only begins like it.
const DECOY_EVERY: u64 = 101;

/// Lines for one with a run of 32 letters, and for one with 29.
const LETTERS_EVERY: [u64; 2] = [100_003, 1_009];

/// Lines in one second of the log.
const LINES_PER_SECOND: u64 = 1_000;

/// Bytes handed to the file at once.
const BUFFER_BYTES: usize = 4 << 20;

/// The generated log in its own directory.
#[derive(Debug)]
pub(crate) struct Data {
    /// Its directory, where everything else that a run needs goes too.
    pub(crate) directory: PathBuf,
    /// The log.
    pub(crate) path: PathBuf,
    /// Its size.
    pub(crate) bytes: u64,
    /// How long it took to write; `None` when it was there already.
    pub(crate) took: Option<Duration>,
    keep: bool,
}

impl Data {
    /// Takes the log of an earlier run, or writes one of at most `bytes`,
    /// which goes away with this value unless `keep`.
    pub(crate) fn prepare(bytes: u64, keep: bool) -> Result<Self, Fault> {
        let directory = std::env::temp_dir().join(format!("tailon-bench-{bytes}"));
        let path = directory.join("access.log");
        fs::create_dir_all(&directory)
            .map_err(failed(format!("cannot make `{}`", directory.display())))?;
        // From here on the directory is removed whatever fails.
        let mut data = Self {
            directory,
            path,
            bytes: 0,
            took: None,
            keep,
        };
        if !data.path.is_file() {
            let started = Instant::now();
            let unfinished = data.directory.join("unfinished");
            write(&unfinished, bytes)
                .and_then(|()| fs::rename(&unfinished, &data.path))
                .map_err(failed("cannot write the log"))?;
            data.took = Some(started.elapsed());
        }
        data.bytes = fs::metadata(&data.path)
            .map_err(failed("cannot read the log"))?
            .len();
        Ok(data)
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        if !self.keep {
            // Nothing can be done here; the next run takes what is left.
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

fn write(path: &std::path::Path, bytes: u64) -> io::Result<()> {
    let mut file = File::create(path)?;
    let mut lines = Lines::new(bytes);
    let mut buffer = Vec::with_capacity(BUFFER_BYTES + 1024);
    let mut written = 0;
    loop {
        let before = buffer.len();
        lines.add(&mut buffer, written);
        written += u64::try_from(buffer.len() - before).unwrap_or_default();
        if written > bytes {
            buffer.truncate(before);
            return file.write_all(&buffer);
        }
        if buffer.len() >= BUFFER_BYTES {
            file.write_all(&buffer)?;
            buffer.clear();
        }
    }
}

/// Writes lines, from fragments that are made once.
struct Lines {
    random: Random,
    hosts: Vec<String>,
    paths: Vec<String>,
    sizes: Vec<String>,
    number: u64,
    time: String,
    unique: Vec<(u64, &'static str)>,
}

impl Lines {
    fn new(bytes: u64) -> Self {
        let mut random = Random(0x7461_696c_6f6e);
        let hosts = (0..1024).map(|_| {
            let [a, b, c] = [random.below(224), random.below(256), random.below(256)];
            format!("10.{a}.{b}.{c} - - [")
        });
        let hosts = hosts.collect();
        let places = ["orders", "users", "cart", "items", "search", "stock"];
        let paths = (0..1024).map(|_| {
            let place = random.pick(&places);
            format!("] \"GET /api/{place}/{}", random.below(100_000))
        });
        let paths = paths.collect();
        let sizes = (0..1024)
            .map(|_| (200 + random.below(90_000)).to_string())
            .collect();
        let places = [bytes / 1000, bytes / 2, bytes - bytes / 1000];
        let mut unique: Vec<_> = places.into_iter().zip(UNIQUE).collect();
        unique.reverse();
        Self {
            random,
            hosts,
            paths,
            sizes,
            number: 0,
            time: String::new(),
            unique,
        }
    }

    /// Adds one line, before which the file has `written` bytes.
    fn add(&mut self, buffer: &mut Vec<u8>, written: u64) {
        if self.number.is_multiple_of(LINES_PER_SECOND) {
            self.time = time(self.number / LINES_PER_SECOND);
        }
        self.number += 1;
        let mut put = |text: &str| buffer.extend_from_slice(text.as_bytes());
        put(self.random.pick(&self.hosts));
        put(&self.time);
        put(self.random.pick(&self.paths));
        if self
            .unique
            .last()
            .is_some_and(|(place, _)| *place <= written)
        {
            put("?id=");
            put(self.unique.pop().map_or("", |(_, id)| id));
        } else if self.random.one_in(NEEDLE_EVERY) {
            put("?error=");
            put(NEEDLE);
        } else if self.random.one_in(DECOY_EVERY) {
            put("?error=Upstream-Retry");
        } else if self.random.one_in(LETTERS_EVERY[0]) {
            put("/ThirtyTwoLettersWithoutAnyBreakX");
        } else if self.random.one_in(LETTERS_EVERY[1]) {
            put("/TwentyNineLettersInARowNoMor");
        }
        put(" HTTP/1.1\" ");
        put(match self.random.below(12) {
            0 => "500 ",
            1 => "503 ",
            2 => "404 ",
            3 => "304 ",
            _ => "200 ",
        });
        put(self.random.pick(&self.sizes));
        put(match self.random.below(8) {
            0 => " \"-\" \"kube-probe/1.31\"\n",
            1 => " \"-\" \"Kube-Probe/1.30\"\n",
            2..5 => " \"-\" \"okhttp/4.12.0\"\n",
            _ => " \"-\" \"Mozilla/5.0 (X11)\"\n",
        });
    }
}

/// The moment so many seconds behind the beginning of the log.
fn time(seconds: u64) -> String {
    let (day, second) = (1 + seconds / 86_400 % 28, seconds % 86_400);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!(
        "{day:02}/Nov/2026:{hour:02}:{minute:02}:{:02} +0000",
        second % 60
    )
}

/// A small generator of random numbers: splitmix64.
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// The next 64 random bits.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(limit);
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    fn pick<'a, T: AsRef<str>>(&mut self, texts: &'a [T]) -> &'a str {
        let count = u64::try_from(texts.len()).unwrap_or_default();
        let index = usize::try_from(self.below(count)).unwrap_or_default();
        texts.get(index).map_or("", AsRef::as_ref)
    }
}
