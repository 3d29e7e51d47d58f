//! The watch on real files. Waits for states, never for a time.

#![allow(clippy::unwrap_used, reason = "what panics in a test has failed it")]

use std::{
    fs,
    io::Write,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use engine::{
    follow::watch::Watch,
    fs::{RealClock, RealFs},
    generation::ReadFault,
    lineage::{Lineage, What},
};
use protocol::{event::EventKind, source::SourceId};

/// A state that does not come by then is a failure.
const PATIENCE: Duration = Duration::from_secs(20);

struct Stage {
    directory: tempfile::TempDir,
    watch: Watch,
    lineage: Arc<Lineage>,
    changes: Arc<(Mutex<u64>, Condvar)>,
}

impl Stage {
    fn new(prepare: impl FnOnce(&Path)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        prepare(directory.path());
        let changes = Arc::new((Mutex::new(0), Condvar::new()));
        let noted = changes.clone();
        let on_change = move |_: &SourceId| {
            *noted.0.lock().unwrap() += 1;
            noted.1.notify_all();
        };
        let watch = Watch::start(Arc::new(RealFs), Arc::new(RealClock::new()), on_change).unwrap();
        let path = directory.path().join("app.log");
        let lineage = watch.follow(SourceId("s".to_owned()), path);
        Self {
            directory,
            watch,
            lineage,
            changes,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn append(&self, name: &str, text: &str) {
        let mut options = fs::OpenOptions::new();
        let mut file = options
            .append(true)
            .create(true)
            .open(self.path(name))
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// All that can be read, generation by generation.
    fn text(&self) -> String {
        let mut text = String::new();
        for one in self.lineage.generations().iter() {
            let mut buffer = [0; 64];
            let mut offset = 0;
            loop {
                match one.read_at(&mut buffer, offset) {
                    Ok(0) | Err(ReadFault::Lost) => break,
                    Ok(got) => {
                        text.push_str(std::str::from_utf8(&buffer[..got]).unwrap());
                        offset += u64::try_from(got).unwrap();
                    }
                    Err(ReadFault::Changed) => self.watch.look_now(self.lineage.source()),
                    Err(ReadFault::Io(error)) => panic!("{error}"),
                }
            }
        }
        text
    }

    fn events(&self) -> Vec<EventKind> {
        let marks = self.lineage.marks();
        let kinds = marks.iter().filter_map(|mark| match &mark.what {
            What::Event(event) if event.kind != EventKind::Polling => Some(event.kind),
            _ => None,
        });
        kinds.collect()
    }

    fn wait_for(&self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let (count, changed) = &*self.changes;
        loop {
            let before = *count.lock().unwrap();
            if is_so(self) {
                return;
            }
            let (_guard, timeout) = changed
                .wait_timeout_while(count.lock().unwrap(), PATIENCE, |now| *now == before)
                .unwrap();
            assert!(
                !timeout.timed_out(),
                "{what}: {:?} {:?}",
                self.lineage,
                self.events()
            );
        }
    }
}

#[test]
fn what_is_there_is_there_at_once_and_what_is_appended_comes() {
    let stage = Stage::new(|at| fs::write(at.join("app.log"), "one\n").unwrap());
    assert_eq!(stage.text(), "one\n");
    stage.append("app.log", "two\n");
    stage.wait_for("the second line", |stage| stage.text() == "one\ntwo\n");
    assert_eq!(stage.events(), []);
}

#[test]
fn a_rotated_file_is_finished_and_its_late_lines_keep_their_generation() {
    let stage = Stage::new(|at| fs::write(at.join("app.log"), "one\n").unwrap());
    let mut old = fs::OpenOptions::new()
        .append(true)
        .open(stage.path("app.log"))
        .unwrap();
    fs::rename(stage.path("app.log"), stage.path("app.log.1")).unwrap();
    stage.append("app.log", "two\n");
    stage.wait_for("the new file", |stage| stage.text() == "one\ntwo\n");
    old.write_all(b"late\n").unwrap();
    stage.wait_for("the late line", |stage| stage.text() == "one\nlate\ntwo\n");
    assert_eq!(stage.events(), [EventKind::Rotated]);
}

#[test]
fn a_truncated_file_is_finished_from_its_copy() {
    let stage = Stage::new(|at| fs::write(at.join("app.log"), "one\n").unwrap());
    fs::copy(stage.path("app.log"), stage.path("app.log.1")).unwrap();
    let file = fs::OpenOptions::new()
        .write(true)
        .open(stage.path("app.log"))
        .unwrap();
    file.set_len(0).unwrap();
    stage.append("app.log", "two\n");
    stage.wait_for("both contents", |stage| stage.text() == "one\ntwo\n");
    let kinds = stage.events();
    assert!(
        matches!(kinds[..], [EventKind::Truncated | EventKind::Rewritten]),
        "{kinds:?}"
    );
}

#[test]
fn a_removed_file_is_waited_for() {
    let stage = Stage::new(|at| fs::write(at.join("app.log"), "one\n").unwrap());
    fs::remove_file(stage.path("app.log")).unwrap();
    stage.wait_for("removal", |stage| stage.events() == [EventKind::Removed]);
    stage.append("app.log", "two\n");
    stage.wait_for("the next file", |stage| stage.text() == "one\ntwo\n");
    assert_eq!(stage.events(), [EventKind::Removed, EventKind::Appeared]);
}

#[test]
fn a_link_that_is_pointed_elsewhere_leads_to_another_file() {
    let stage = Stage::new(|at| {
        fs::write(at.join("a"), "one\n").unwrap();
        fs::write(at.join("b"), "two\n").unwrap();
        symlink("a", at.join("app.log")).unwrap();
    });
    symlink("b", stage.path("next")).unwrap();
    fs::rename(stage.path("next"), stage.path("app.log")).unwrap();
    stage.wait_for("the other file", |stage| stage.text() == "one\ntwo\n");
    stage.append("b", "three\n");
    stage.wait_for("its next line", |stage| stage.text() == "one\ntwo\nthree\n");
    assert_eq!(stage.events(), [EventKind::Replaced]);
}

#[test]
fn a_missing_directory_is_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let (sender, receiver) = std::sync::mpsc::sync_channel(64);
    let on_change = move |_: &SourceId| {
        let _ = sender.try_send(());
    };
    let watch = Watch::start(Arc::new(RealFs), Arc::new(RealClock::new()), on_change).unwrap();
    let path = directory.path().join("later/app.log");
    let lineage = watch.follow(SourceId("s".to_owned()), path.clone());
    assert_eq!(lineage.generations().len(), 0);
    fs::create_dir(directory.path().join("later")).unwrap();
    fs::write(&path, "one\n").unwrap();
    while lineage
        .generations()
        .first()
        .is_none_or(|one| one.frontier() < 4)
    {
        receiver.recv_timeout(PATIENCE).unwrap();
    }
}
