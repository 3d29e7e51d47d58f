//! Views over real files, held to what a naive reader sees.

use std::{
    fs,
    io::Write as _,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use engine::{
    catalog::FileSpec,
    engine::{Engine, EngineOptions},
    filter::Filter,
    history::{Direction, From},
    stamp::Zone,
    tail::{Item, Start, Tail},
    view::View,
};
use proptest::prelude::*;
use protocol::{
    SourceId,
    line::Line,
    window::{Anchor, Look, RowKind, Window},
};

/// What a state is waited for at most before a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

fn start(directory: &Path, names: &[&str]) -> Arc<Engine> {
    let specs = names
        .iter()
        .map(|name| FileSpec::new(directory.join(name)))
        .collect();
    let engine = Engine::start(EngineOptions {
        specs,
        directory: directory.to_owned(),
        zone: Zone::Utc,
        scratch: directory.to_owned(),
        threads: 2,
    });
    Arc::new(engine.unwrap())
}

fn ids(engine: &Engine, directory: &Path, names: &[&str]) -> Vec<SourceId> {
    let id = |name: &&str| {
        engine
            .find(&directory.join(name).to_string_lossy())
            .unwrap()
            .id
    };
    names.iter().map(id).collect()
}

fn open(engine: &Engine, ids: &[SourceId], q: &str) -> Arc<View> {
    engine
        .view(ids, Arc::new(Filter::new(q, false).unwrap()))
        .unwrap()
}

/// Waits until every count is exact.
fn settle(engine: &Engine, view: &View) {
    wait_for("exact counts", || {
        let counted = engine.read(&view.sources(), || view.counted()).unwrap();
        (counted.rows.exact && counted.lines.exact).then_some(())
    });
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

/// Writes a file that nobody has touched for a while, so that filters show its
/// unterminated line.
fn write_idle(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    let before = std::time::SystemTime::now() - Duration::from_secs(60);
    fs::File::options()
        .append(true)
        .open(path)
        .unwrap()
        .set_modified(before)
        .unwrap();
}

fn page_through(engine: &Engine, view: &View, direction: Direction, limit: u32) -> Vec<Line> {
    let mut from = match direction {
        Direction::Forward => From::Anchor(Anchor::Start),
        Direction::Backward => From::Anchor(Anchor::Tail),
    };
    let mut pages = Vec::new();
    loop {
        let page = engine
            .read(&view.sources(), || view.page(&from, direction, limit, None))
            .unwrap();
        let next = match direction {
            Direction::Forward => page.next.clone(),
            Direction::Backward => page.previous.clone(),
        };
        pages.push(page.lines);
        let Some(next) = next else { break };
        from = engine::history::parse_from(&next).unwrap();
    }
    if direction == Direction::Backward {
        pages.reverse();
    }
    pages.concat()
}

/// Lines as `split` sees them, with their offsets.
fn naive(bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let mut lines = Vec::new();
    let mut offset = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        lines.push((offset, text.to_vec()));
        offset += line.len() as u64;
    }
    lines
}

fn shown(line: &[u8]) -> String {
    let text = line.strip_suffix(b"\r").unwrap_or(line);
    String::decoded(text.to_vec())
}

trait Lossy {
    fn decoded(bytes: Vec<u8>) -> String;
}

impl Lossy for String {
    fn decoded(bytes: Vec<u8>) -> String {
        #[expect(
            clippy::disallowed_methods,
            reason = "the oracle is the standard library's"
        )]
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        8 => "[a-c ]{0,12}".prop_map(String::into_bytes),
        2 => "[a-c]{0,4}\r".prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>().prop_filter("no newline", |byte| *byte != b'\n' && *byte != 0), 0..8),
        1 => (60_000usize..140_000).prop_map(|len| vec![b'c'; len]),
        1 => (1usize..3000).prop_map(|len| vec![b'\n'; len]),
    ];
    (proptest::collection::vec(line, 0..60), any::<bool>()).prop_map(|(lines, ends)| {
        let mut bytes = lines.join(&b'\n');
        if ends && !bytes.is_empty() {
            bytes.push(b'\n');
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn pages_in_either_direction_are_the_lines_that_the_filter_takes(
        bytes in content(),
        q in prop::sample::select(vec!["", "a", "-a", "a b", "/^$/", "/c$/", "abc"]),
        limit in prop::sample::select(vec![1u32, 7, 100, 10_000]),
    ) {
        let limit = if bytes.len() > 4000 { limit.max(100) } else { limit };
        let directory = tempfile::tempdir().unwrap();
        write_idle(&directory.path().join("a.log"), &bytes);
        let engine = start(directory.path(), &["a.log"]);
        let ids = ids(&engine, directory.path(), &["a.log"]);
        let view = open(&engine, &ids, q);
        settle(&engine, &view);
        let filter = Filter::new(q, false).unwrap();
        let wanted: Vec<(u64, String)> = naive(&bytes)
            .into_iter()
            .filter(|line| filter.takes(&line.1))
            .map(|(offset, line)| (offset, shown(&line)))
            .collect();
        for direction in [Direction::Forward, Direction::Backward] {
            let found: Vec<(u64, String)> = page_through(&engine, &view, direction, limit)
                .into_iter()
                .map(|line| (line.offset, line.text))
                .collect();
            prop_assert_eq!(&found, &wanted, "{:?}", direction);
        }
    }

    #[test]
    fn a_row_is_where_its_number_says(bytes in content(), q in prop::sample::select(vec!["", "a", "-a"]), at in 0f64..1.0) {
        let directory = tempfile::tempdir().unwrap();
        write_idle(&directory.path().join("a.log"), &bytes);
        let engine = start(directory.path(), &["a.log"]);
        let ids = ids(&engine, directory.path(), &["a.log"]);
        let view = open(&engine, &ids, q);
        settle(&engine, &view);
        let filter = Filter::new(q, false).unwrap();
        let all = naive(&bytes);
        let hits: Vec<usize> = (0..all.len())
            .filter(|index| filter.takes(&all[*index].1))
            .collect();
        prop_assume!(!hits.is_empty());
        let row = (at * hits.len() as f64) as usize;
        let look = Look { anchor: Anchor::Row(row as u64), before: 3, after: 5, text_bytes: 100 };
        let window = engine.read(&ids, || view.window(&look)).unwrap();
        prop_assert!(window.first.exact);
        let anchored = &window.rows[window.anchor as usize];
        let wanted = hits[row];
        prop_assert_eq!(anchored.place.offset, all[wanted].0);
        prop_assert_eq!(anchored.number, Some(wanted as u64 + 1));
        prop_assert_eq!(window.first.value + u64::from(window.anchor), row as u64);
        let look = Look { anchor: Anchor::Line(wanted as u64 + 1), ..look };
        let window = engine.read(&ids, || view.window(&look)).unwrap();
        prop_assert_eq!(window.rows[window.anchor as usize].place.offset, all[wanted].0);
        let look = Look { anchor: Anchor::Place(anchored.place), ..look };
        let again = engine.read(&ids, || view.window(&look)).unwrap();
        prop_assert_eq!(again.rows[again.anchor as usize].place, anchored.place);
    }

    #[test]
    fn several_sources_are_merged_by_time_and_stay_in_the_order_of_their_files(
        files in proptest::collection::vec(proptest::collection::vec((0u32..40, any::<bool>(), 0usize..3), 0..200), 2..4),
        padding in prop::sample::select(vec![0usize, 400]),
        limit in prop::sample::select(vec![5u32, 10_000]),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let names: Vec<String> = (0..files.len()).map(|index| format!("{index}.log")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut wanted = Vec::new();
        for (number, (name, steps)) in names.iter().zip(&files).enumerate() {
            let mut text = String::new();
            let (mut clock, mut latest) = (0u32, None);
            for (index, (step, is_late, continued)) in steps.iter().enumerate() {
                clock += step;
                // A late line keeps its place in its file.
                let shown = if *is_late && index % 7 == 0 { clock.saturating_sub(30) } else { clock };
                latest = latest.max(Some(shown));
                let stamp = format!("2026-11-22T{:02}:{:02}:{:02}Z", 10 + shown / 3600, shown / 60 % 60, shown % 60);
                let line = format!("{stamp} {name} {index} {}", "x".repeat(padding));
                wanted.push((latest, number, wanted.len(), line.clone()));
                text.push_str(&line);
                text.push('\n');
                for more in 0..*continued {
                    let line = format!("    at {name} {index} {more}");
                    wanted.push((latest, number, wanted.len(), line.clone()));
                    text.push_str(&line);
                    text.push('\n');
                }
            }
            fs::write(directory.path().join(name), text).unwrap();
        }
        wanted.sort_by_key(|(time, source, index, _)| (*time, *source, *index));
        let engine = start(directory.path(), &names);
        let ids = ids(&engine, directory.path(), &names);
        let view = open(&engine, &ids, "");
        settle(&engine, &view);
        for direction in [Direction::Forward, Direction::Backward] {
            let found = page_through(&engine, &view, direction, limit);
            let found: Vec<&str> = found.iter().map(|line| line.text.as_str()).collect();
            let wanted: Vec<&str> = wanted.iter().map(|(_, _, _, line)| line.as_str()).collect();
            prop_assert_eq!(found, wanted, "{:?}", direction);
        }
        for row in [0, wanted.len() / 3, wanted.len().saturating_sub(1)] {
            if let Some((_, _, _, line)) = wanted.get(row) {
                let look = Look { anchor: Anchor::Row(row as u64), before: 0, after: 1, text_bytes: 4096 };
                let window = engine.read(&ids, || view.window(&look)).unwrap();
                prop_assert_eq!(&window.rows[window.anchor as usize].text, line, "row {}", row);
                prop_assert_eq!(window.first.value + u64::from(window.anchor), row as u64);
            }
        }
    }
}

fn tail_window(engine: &Engine, view: &View, rows: u32) -> Window {
    let look = Look {
        anchor: Anchor::Tail,
        before: rows,
        after: 0,
        text_bytes: 4096,
    };
    engine.read(&view.sources(), || view.window(&look)).unwrap()
}

fn texts(window: &Window) -> Vec<&str> {
    window
        .rows
        .iter()
        .filter(|row| row.kind == RowKind::Line)
        .map(|row| row.text.as_str())
        .collect()
}

#[test]
fn appended_lines_are_counted_and_shown() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.log");
    fs::write(&path, "one\ntwo\n").unwrap();
    let engine = start(directory.path(), &["a.log"]);
    let ids = ids(&engine, directory.path(), &["a.log"]);
    let view = open(&engine, &ids, "");
    let filtered = open(&engine, &ids, "t");
    assert_eq!(texts(&tail_window(&engine, &view, 10)), ["one", "two"]);
    let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"three\nfo").unwrap();
    wait_for("the partial line", || {
        let window = tail_window(&engine, &view, 10);
        (texts(&window) == ["one", "two", "three", "fo"]).then(|| assert!(window.rows[3].partial))
    });
    file.write_all(b"ur\n").unwrap();
    wait_for("the completed line", || {
        let window = tail_window(&engine, &view, 10);
        (texts(&window) == ["one", "two", "three", "four"]).then(|| {
            assert!(!window.rows[3].partial);
            assert_eq!(window.rows[3].number, Some(4));
            assert_eq!(window.total.value, 4);
        })
    });
    assert_eq!(
        texts(&tail_window(&engine, &filtered, 10)),
        ["two", "three"]
    );
}

#[test]
fn a_view_goes_on_across_a_rotation() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.log");
    fs::write(&path, "one\n").unwrap();
    let engine = start(directory.path(), &["a.log"]);
    let ids = ids(&engine, directory.path(), &["a.log"]);
    let view = open(&engine, &ids, "");
    assert_eq!(texts(&tail_window(&engine, &view, 10)), ["one"]);
    fs::rename(&path, directory.path().join("a.log.1")).unwrap();
    fs::write(&path, "two\n").unwrap();
    let window = wait_for("both lines", || {
        let window = tail_window(&engine, &view, 10);
        (texts(&window) == ["one", "two"]).then_some(window)
    });
    assert!(
        window
            .rows
            .iter()
            .any(|row| matches!(row.kind, RowKind::Event(_))),
        "a mark says that it was rotated"
    );
}

#[test]
fn a_rotated_set_is_one_log() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.log"), "three\n").unwrap();
    fs::write(directory.path().join("a.log.1"), "two\n").unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(b"one\n").unwrap();
    fs::write(
        directory.path().join("a.log.2.gz"),
        packed.finish().unwrap(),
    )
    .unwrap();
    let day = |days: u64| std::time::SystemTime::now() - Duration::from_secs(86_400 * days);
    for (name, days) in [("a.log.1", 1), ("a.log.2.gz", 2)] {
        fs::File::options()
            .append(true)
            .open(directory.path().join(name))
            .unwrap()
            .set_modified(day(days))
            .unwrap();
    }
    let engine = start(directory.path(), &["a.log"]);
    let ids = ids(&engine, directory.path(), &["a.log"]);
    let view = open(&engine, &ids, "");
    wait_for("all three", || {
        (texts(&tail_window(&engine, &view, 10)) == ["one", "two", "three"]).then_some(())
    });
}

fn canary(tail: &mut Tail, seen: &mut Vec<u64>, until: u64) {
    wait_for("every canary line", || {
        for item in tail.next(1 << 20).unwrap() {
            if let Item::Line(line) = item {
                seen.push(line.text[..8].parse().unwrap());
            }
        }
        seen.contains(&until).then_some(())
    });
}

#[test]
fn a_tail_brings_every_line_once_across_rotations_and_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.log");
    fs::write(&path, "").unwrap();
    let engine = start(directory.path(), &["a.log"]);
    let ids = ids(&engine, directory.path(), &["a.log"]);
    let everything = Arc::new(Filter::all());
    let mut tail = Tail::new(&engine, &ids, Arc::clone(&everything), Start::Last(10)).unwrap();
    let mut seen = Vec::new();
    let mut written = 0;
    let mut write = |lines: u64, rotate: bool| {
        let mut file = fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(&path)
            .unwrap();
        for _ in 0..lines {
            writeln!(file, "{written:08} payload").unwrap();
            written += 1;
        }
        if rotate {
            for number in (1..40).rev() {
                let _ = fs::rename(
                    path.with_extension(format!("log.{number}")),
                    path.with_extension(format!("log.{}", number + 1)),
                );
            }
            fs::rename(&path, path.with_extension("log.1")).unwrap();
        }
        written - 1
    };
    for _ in 0..10 {
        write(50, true);
    }
    let last = write(50, false);
    canary(&mut tail, &mut seen, last);
    let cursor = tail.cursor().unwrap();
    drop(tail);
    drop(engine);
    for _ in 0..3 {
        write(10, true);
    }
    let last = write(10, false);
    let engine = start(directory.path(), &["a.log"]);
    let cursor = engine::cursor::Cursor::decode("after", &cursor).unwrap();
    let mut tail = Tail::new(&engine, &ids, everything, Start::After(cursor)).unwrap();
    canary(&mut tail, &mut seen, last);
    assert_eq!(seen, (0..=last).collect::<Vec<_>>());
}

#[test]
fn a_filtered_tail_reads_on_through_lines_that_it_does_not_take() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.log");
    fs::write(&path, "start\n").unwrap();
    let engine = start(directory.path(), &["a.log"]);
    let ids = ids(&engine, directory.path(), &["a.log"]);
    let filter = Arc::new(Filter::new("needle", false).unwrap());
    let mut tail = Tail::new(&engine, &ids, filter, Start::Last(1)).unwrap();
    assert_eq!(tail.next(1 << 20).unwrap(), []);
    let mut text = "nothing to see in this line\n".repeat(200_000);
    text.push_str("the needle\n");
    let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    wait_for("the follower to see all of it", || {
        engine.look_now(&ids[0]);
        let newest = engine.follow(&ids[0]).unwrap().lineage().generations();
        (newest.last()?.frontier() == 6 + text.len() as u64).then_some(())
    });
    let items = tail.next(1 << 20).unwrap();
    assert!(
        matches!(items.as_slice(), [Item::Line(line)] if line.text == "the needle"),
        "one call reads as far as there is anything: {items:?}"
    );
}
