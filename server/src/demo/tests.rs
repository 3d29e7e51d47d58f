use std::{
    fs,
    io::Read,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use flate2::read::GzDecoder;

use super::{lines::Log, *};

/// 2026-11-22T10:46:33.117Z
const NOW_MS: u64 = 1_795_344_393_117;

/// A directory that is removed with this value.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tailon-demo-{}-{count}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _result = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_moment_is_written_in_every_form() {
    let moment = Moment::at(NOW_MS);
    assert_eq!(moment.rfc3339(), "2026-11-22T10:46:33.117Z");
    assert_eq!(moment.logback(), "2026-11-22 10:46:33.117");
    assert_eq!(moment.nginx(), "2026/11/22 10:46:33");
    assert_eq!(moment.access(), "22/Nov/2026:10:46:33 +0000");
    let leap_day = Moment::at(1_709_164_800_000 + 5_000);
    assert_eq!(leap_day.syslog(), "Feb 29 00:00:05");
    let first = Moment::at(1_709_251_200_000);
    assert_eq!(first.syslog(), "Mar  1 00:00:00");
}

#[test]
fn the_history_ends_now_and_is_the_same_for_the_same_seed() {
    let (one, two, other) = (Scratch::new(), Scratch::new(), Scratch::new());
    for (scratch, seed) in [(&one, 1), (&two, 1), (&other, 2)] {
        history::write(&scratch.0, seed, Moment::at(NOW_MS)).unwrap();
    }
    for log in Log::ALL {
        let text = one.read(log.path());
        assert!(text.ends_with('\n') && !text.contains("\n\n"), "{log:?}");
        assert_eq!(text, two.read(log.path()));
        assert_ne!(text, other.read(log.path()));
    }
    let access = one.read("nginx/access.log");
    assert_eq!(access.lines().count(), 20_000);
    let last = access.lines().last().unwrap();
    assert!(last.contains("[22/Nov/2026:10:46:33 +0000]"), "{last}");
    assert!(one.read("shop-prod/orders.log").contains("\nCaused by: "));
}

#[test]
fn the_gateway_has_three_generations_in_order() {
    let scratch = Scratch::new();
    // Twice: a directory of an earlier run is no hindrance.
    for seed in [1, 2] {
        history::write(&scratch.0, seed, Moment::at(NOW_MS)).unwrap();
    }
    let path = scratch.0.join("shop-staging/gateway.log.2.gz");
    let mut text = String::new();
    GzDecoder::new(fs::File::open(path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text.lines().count(), 6000);
    text += &scratch.read("shop-staging/gateway.log.1");
    text += &scratch.read("shop-staging/gateway.log");
    let times: Vec<&str> = text.lines().map(|line| &line[..29]).collect();
    assert_eq!(times.len(), 13_000);
    assert!(times.is_sorted() && times[12_999] == "time=2026-11-22T10:46:33.117Z");
    let names = fs::read_dir(scratch.0.join("shop-staging"))
        .unwrap()
        .count();
    assert_eq!(names, 3);
}

#[test]
fn a_rotation_renames_and_compresses() {
    let scratch = Scratch::new();
    fs::create_dir_all(&scratch.0).unwrap();
    let path = scratch.0.join("a.log");
    for text in ["one\n", "two\n", "three\n"] {
        fs::write(&path, text).unwrap();
        rotate::rotate(&path).unwrap();
    }
    assert_eq!(scratch.read("a.log"), "");
    assert_eq!(scratch.read("a.log.1"), "three\n");
    let mut text = String::new();
    let archive = fs::File::open(scratch.0.join("a.log.2.gz")).unwrap();
    GzDecoder::new(archive).read_to_string(&mut text).unwrap();
    assert_eq!(text, "two\n");
}

#[test]
fn the_demonstration_appends_whole_lines_until_it_is_dropped() {
    let scratch = Scratch::new();
    prepare(&scratch.0, 3).unwrap();
    let size = || -> u64 {
        let sizes = Log::ALL.map(|log| fs::metadata(scratch.0.join(log.path())).unwrap().len());
        sizes.iter().sum()
    };
    let before = size();
    let start = Instant::now();
    let demo = Demo::start(&scratch.0).unwrap();
    while size() == before {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "nothing is appended"
        );
        std::thread::yield_now();
    }
    drop(demo);
    let after = size();
    for log in Log::ALL {
        assert!(scratch.read(log.path()).ends_with('\n'), "{log:?}");
    }
    assert_eq!(after, size());
}
