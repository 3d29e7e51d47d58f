//! Follows one path through everything that can happen to its file.
//!
//! A [`Follower`] is a state machine over [`Fs`] and [`Clock`]: whoever owns it
//! calls [`Follower::look`], and it compares what it holds with what is there.
//! It keeps no lines; it finds out which bytes belong to which generation, and
//! readers take them from the files. [`watch::Watch`] runs followers on a thread.

use std::{collections::HashSet, io, path::PathBuf, sync::Arc, time::Duration};

use protocol::{
    event::{Event, EventKind, Gap},
    line::{GenerationId, Place},
    source::{SourceId, SourceState},
};

use crate::{
    fs::{Clock, File, FileKind, Fs, Stat, nanoseconds_of},
    generation::{Care, Generation, Identity, Step},
    lineage::{Lineage, Spot, What},
};

#[cfg(test)]
#[allow(dead_code, reason = "shared with the simulation, which uses all of it")]
mod fake;
mod hunt;
mod siblings;
#[cfg(test)]
mod tests;
pub mod watch;

/// How long a file is watched after its name went to another.
pub const ROTATE_WAIT: Duration = Duration::from_secs(60);

/// Bytes that one look takes from one file, so that a busy one does not starve
/// the others.
pub const STEP_BYTES: usize = 1 << 20;

/// Rotated files that are held open at once; the oldest are let go first.
pub const LATE_MAX: usize = 16;

/// A file that was renamed as rotation does is waited for this long before its
/// source counts as removed: most programs create the next one at once.
const RENAME_GRACE: Duration = Duration::from_secs(1);

/// How often a busy file is opened anew to see whether that is still allowed.
const ACCESS_INTERVAL: Duration = Duration::from_millis(500);

/// How often rotated files are looked at, of which no event tells.
const LATE_INTERVAL: Duration = Duration::from_millis(500);

/// When to look again after a failure, or at a file whose times are too young
/// to be trusted.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// How a follower behaves.
#[derive(Clone, Copy, Debug)]
pub struct FollowOptions {
    /// How long a file is watched after its name went to another.
    pub rotate_wait: Duration,
    /// A fault to test the tests with; `None` outside of them.
    pub planted: Option<Planted>,
}

/// A fault that a follower can be given, which the tests have to notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// Takes a file for the same as long as it does not shrink.
    SizeOnly,
    /// Starts the next file before the last one is read to its end.
    Undrained,
    /// Forgets a file once its name went to another.
    LateDropped,
    /// Does not look for files that were rotated twice between two looks.
    Unhunted,
    /// Says nothing of bytes that are lost.
    SilentGap,
    /// Goes on in the same generation when a file was emptied.
    SameGeneration,
}

/// What a look found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looked {
    /// Whether the lineage changed.
    pub changed: bool,
    /// Whether there is more to read at once.
    pub again: bool,
    /// When to look again even if nothing is heard; `None` for the usual sweep.
    pub next: Option<Duration>,
}

/// Follows one path.
pub struct Follower {
    source: SourceId,
    path: PathBuf,
    lineage: Arc<Lineage>,
    fs: Arc<dyn Fs>,
    clock: Arc<dyn Clock>,
    options: FollowOptions,
    /// What is at the path, or was before it was renamed a moment ago.
    current: Option<Held>,
    /// What was at the path, oldest first, and may still be written.
    late: Vec<Held>,
    /// Siblings of the last listing; they are no news.
    known: HashSet<Identity>,
    /// Counts contents that need an id of their own though their file has one.
    emptied: u64,
    /// The time of day when the path was last seen to lead to `current`.
    seen_ns: i128,
    /// When the file was born that was last at the path; what it was rotated
    /// to is no older.
    born_ns: i128,
    absent_since: Option<Duration>,
    is_unreadable: bool,
    is_first: bool,
    /// The change time at which opening was tried last, and when.
    access: (Option<i128>, Duration),
    again: bool,
    next: Option<Duration>,
}

/// A generation whose file is held open.
struct Held {
    generation: Arc<Generation>,
    file: Arc<dyn File>,
    identity: Identity,
    /// The path with all links resolved, as of opening.
    real: PathBuf,
    /// When it is let go; zero for the current one.
    until: Duration,
    is_binary: bool,
    failing_since: Option<Duration>,
}

impl Default for FollowOptions {
    fn default() -> Self {
        Self {
            rotate_wait: ROTATE_WAIT,
            planted: None,
        }
    }
}

impl Follower {
    /// A follower that has not looked yet.
    pub fn new(
        source: SourceId,
        path: PathBuf,
        lineage: Arc<Lineage>,
        fs: Arc<dyn Fs>,
        clock: Arc<dyn Clock>,
        options: FollowOptions,
    ) -> Self {
        Self {
            source,
            path,
            lineage,
            fs,
            clock,
            options,
            current: None,
            late: Vec::new(),
            known: HashSet::new(),
            emptied: 0,
            seen_ns: 0,
            born_ns: i128::MIN,
            absent_since: None,
            is_unreadable: false,
            is_first: true,
            access: (None, Duration::ZERO),
            again: false,
            next: None,
        }
    }

    /// What it finds out.
    pub fn lineage(&self) -> &Arc<Lineage> {
        &self.lineage
    }

    /// Compares what is held with what is there, and takes over up to one MiB
    /// from each file.
    pub fn look(&mut self) -> Looked {
        let version = self.lineage.version();
        self.again = false;
        self.next = None;
        self.look_at_late();
        // Taken before the path is looked at: what is born later is news.
        let utc = nanoseconds_of(self.clock.utc());
        match self.fs.stat(&self.path) {
            Ok(stat) if stat.kind == FileKind::File => self.look_at_file(&stat, utc),
            Ok(stat) if stat.kind == FileKind::Directory => self.displaced("it is a directory"),
            Ok(_) => self.displaced("it is a fifo, socket or device"),
            Err(error) if is_absence(&error) => self.look_at_absence(utc),
            Err(error) => self.fail(&error),
        }
        self.is_first = false;
        self.find_misplaced();
        Looked {
            changed: self.lineage.version() != version,
            again: self.again,
            next: self.next,
        }
    }

    /// Tells everyone that changes are found by polling.
    pub(crate) fn mark_polling(&self, reason: &str) {
        self.event(EventKind::Polling, self.end(), reason);
        self.lineage.set_notice(&format!("polling: {reason}"));
    }

    fn look_at_file(&mut self, stat: &Stat, utc: i128) {
        let identity = Identity::of(stat);
        if self
            .current
            .as_ref()
            .is_none_or(|held| held.identity != identity)
        {
            return self.change_over(utc);
        }
        self.absent_since = None;
        // What is held is read on even when its path may not be opened now: a
        // change of mode must not cost lines.
        self.check_access(stat);
        self.read_current();
        self.seen_ns = utc;
    }

    /// Reads on in the current file; true when its end is reached.
    fn read_current(&mut self) -> bool {
        let Some(mut held) = self.current.take() else {
            return true;
        };
        let is_new = held.generation.frontier() == 0
            && held
                .file
                .stat()
                .is_ok_and(|stat| !held.generation.is_proven_at(&stat));
        if is_new && !self.is_first && self.options.planted != Some(Planted::Unhunted) {
            self.hunt_before(&held);
        }
        let step = held.generation.advance(STEP_BYTES, self.care());
        if is_new
            && !self.is_first
            && self.options.planted != Some(Planted::Unhunted)
            && held.generation.frontier() > 0
        {
            // Once more, for what happened between the hunt and the first bytes.
            self.hunt_before(&held);
        }
        if step.is_ok() {
            held.failing_since = None;
        }
        let is_at_end = match step {
            Ok(Step::Idle) => true,
            Ok(Step::Grew { more }) => {
                self.again |= more;
                self.lineage.touch();
                !more
            }
            Ok(Step::Truncated | Step::Rewritten)
                if self.options.planted == Some(Planted::SameGeneration) =>
            {
                true
            }
            Ok(step @ (Step::Truncated | Step::Rewritten)) => {
                held = self.restart(held, step, Spot::Last);
                self.again = true;
                false
            }
            Err(error) => {
                let now = self.clock.now();
                let since = *held.failing_since.get_or_insert(now);
                self.fail(&error);
                // A descriptor may be dead for good; it must not block the file
                // that came after it.
                now.saturating_sub(since) > self.options.rotate_wait
            }
        };
        if !held.generation.is_proven() {
            self.look_within(RETRY_INTERVAL);
        }
        self.judge(&mut held);
        if held.failing_since.is_none() && !self.is_unreadable {
            let state = if held.is_binary {
                (SourceState::Binary, "its first bytes are not text")
            } else {
                (SourceState::Following, "")
            };
            self.lineage.set_state(state.0, state.1);
        }
        self.current = Some(held);
        is_at_end
    }

    /// Reads on in files whose name went to another, and lets go of those that
    /// have been quiet for long.
    fn look_at_late(&mut self) {
        let now = self.clock.now();
        if self.options.planted == Some(Planted::LateDropped) {
            for held in std::mem::take(&mut self.late) {
                self.finish(&held);
            }
        }
        let surplus = self.late.len().saturating_sub(LATE_MAX);
        for (index, mut held) in std::mem::take(&mut self.late).into_iter().enumerate() {
            match held.generation.advance(STEP_BYTES, self.care()) {
                Ok(Step::Grew { more }) => {
                    self.again |= more;
                    self.lineage.touch();
                    self.judge(&mut held);
                    held.until = now + self.options.rotate_wait;
                }
                Ok(step @ (Step::Truncated | Step::Rewritten)) => {
                    let spot = Spot::After(held.generation.id());
                    held = self.restart(held, step, spot);
                    held.until = now + self.options.rotate_wait;
                }
                Ok(Step::Idle) | Err(_) if now >= held.until || index < surplus => {
                    self.finish(&held);
                    continue;
                }
                Ok(Step::Idle) | Err(_) => {}
            }
            self.look_within(LATE_INTERVAL.min(held.until.saturating_sub(now)));
            self.late.push(held);
        }
    }

    /// The path leads to another file than before.
    fn change_over(&mut self, utc: i128) {
        let is_drained = self.current.is_none()
            || self.options.planted == Some(Planted::Undrained)
            || self.read_current();
        if !is_drained {
            return;
        }
        let opened = self.fs.open(&self.path).and_then(|file| {
            let identity = Identity::of(&file.stat()?);
            Ok((file, identity))
        });
        let (file, identity) = match opened {
            Ok(opened) => opened,
            Err(error) if is_absence(&error) => {
                self.again = true;
                return;
            }
            Err(error) => return self.fail(&error),
        };
        if self
            .current
            .as_ref()
            .is_some_and(|held| held.identity == identity)
        {
            self.again = true;
            return;
        }
        let siblings = if self.is_first {
            Vec::new()
        } else {
            self.siblings()
        };
        let back = self.late.iter().position(|held| held.identity == identity);
        let mut held = match back {
            Some(index) => self.late.remove(index),
            None => match self.hold(file, identity) {
                Ok(held) => held,
                Err(error) => return self.fail(&error),
            },
        };
        let old = self.current.take();
        let is_rotated = old
            .as_ref()
            .is_some_and(|old| siblings.iter().any(|one| one.identity() == old.identity));
        let is_changed = old.is_some();
        let oldest = old.as_ref().map(|old| old.identity);
        if let Some(old) = old {
            self.retire(old);
        }
        if self.options.planted != Some(Planted::Unhunted) && !self.is_first {
            self.take_in_skipped(
                &siblings,
                Some(identity),
                oldest,
                Some(&held.generation),
                Spot::Last,
            );
        }
        self.update_names(&siblings);
        held.generation.rename(self.path.clone());
        held.until = Duration::ZERO;
        if back.is_none() {
            self.lineage.insert(held.generation.clone(), Spot::Last);
        }
        let start = Place {
            generation: held.generation.id(),
            offset: if back.is_some() {
                held.generation.frontier()
            } else {
                0
            },
        };
        if std::mem::take(&mut self.is_unreadable) {
            self.event(EventKind::Readable, start, "");
        } else if !is_changed && !self.is_first {
            self.event(EventKind::Appeared, start, "");
        }
        if is_changed {
            let kind = if is_rotated {
                EventKind::Rotated
            } else {
                EventKind::Replaced
            };
            self.event(kind, start, "");
        }
        self.judge(&mut held);
        self.born_ns = held.identity.born_ns.unwrap_or(i128::MIN);
        self.current = Some(held);
        self.absent_since = None;
        self.access = (None, self.clock.now());
        self.seen_ns = utc;
        self.read_current();
    }

    /// Nothing is at the path.
    fn look_at_absence(&mut self, utc: i128) {
        if self.current.is_some() {
            if !self.read_current() {
                return;
            }
            self.hunt_without_path();
            let now = self.clock.now();
            let since = *self.absent_since.get_or_insert(now);
            let siblings = self.siblings();
            let name = self
                .current
                .as_ref()
                .and_then(|held| siblings.iter().find(|one| one.identity() == held.identity));
            if let (Some(held), Some(name)) = (&self.current, name) {
                held.generation.rename(name.path.clone());
                if now.saturating_sub(since) < RENAME_GRACE {
                    self.look_within(RENAME_GRACE.saturating_sub(now.saturating_sub(since)));
                    return;
                }
            }
            self.event(EventKind::Removed, self.end(), "");
            if let Some(held) = self.current.take() {
                self.retire(held);
            }
        } else if !self.is_first {
            self.hunt_without_path();
            if self.current.is_some() {
                self.again = true;
                return;
            }
        }
        self.absent_since = None;
        self.is_unreadable = false;
        self.seen_ns = utc;
        self.lineage.set_state(SourceState::Missing, "");
    }

    /// A file may have come to the path and been renamed at once; then it is
    /// the current one, as if it had been seen before.
    fn hunt_without_path(&mut self) {
        if self.options.planted == Some(Planted::Unhunted) {
            return;
        }
        let siblings = self.siblings();
        let oldest = self.current.as_ref().map(|held| held.identity);
        let taken = self.take_in_skipped(&siblings, None, oldest, None, Spot::Last);
        if taken.is_empty() {
            return;
        }
        let start = Place {
            generation: taken.last().map_or(GenerationId(0), |one| one.id()),
            offset: 0,
        };
        let newest = self.late.pop();
        let kind = match std::mem::replace(&mut self.current, newest) {
            Some(old) => {
                self.retire(old);
                EventKind::Rotated
            }
            None => EventKind::Appeared,
        };
        self.event(kind, start, "");
        if let Some(held) = &mut self.current {
            held.until = Duration::ZERO;
            self.born_ns = held.identity.born_ns.unwrap_or(i128::MIN);
        }
    }

    /// Something is at the path that is no file.
    fn displaced(&mut self, reason: &str) {
        if self.current.is_some() && !self.read_current() {
            return;
        }
        self.refuse(reason);
        if let Some(held) = self.current.take() {
            self.retire(held);
        }
    }

    /// Tries to open the path after its change time moved: only that tells
    /// whether it is still allowed.
    fn check_access(&mut self, stat: &Stat) {
        if !self.is_unreadable && self.access.0 == Some(stat.changed_ns) {
            return;
        }
        let now = self.clock.now();
        let is_recent = now.saturating_sub(self.access.1) < ACCESS_INTERVAL;
        if !self.is_unreadable && is_recent && stat.size != self.end().offset {
            self.look_within(ACCESS_INTERVAL);
            return;
        }
        match self.fs.open(&self.path) {
            Ok(_) => {
                self.access = (Some(stat.changed_ns), now);
                if std::mem::take(&mut self.is_unreadable) {
                    self.event(EventKind::Readable, self.end(), "");
                }
            }
            Err(error) if is_absence(&error) => self.again = true,
            Err(error) => self.fail(&error),
        }
    }

    /// A call failed. What is held is kept; it is tried again.
    fn fail(&mut self, error: &io::Error) {
        self.look_within(RETRY_INTERVAL);
        match error.kind() {
            io::ErrorKind::PermissionDenied => self.refuse("permission denied"),
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidFilename => {
                self.refuse(&error.to_string());
            }
            _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
                self.refuse("its links lead in a circle");
            }
            _ => {
                self.lineage
                    .set_state(SourceState::Stale, &error.to_string());
            }
        }
    }

    fn refuse(&mut self, reason: &str) {
        if !self.is_unreadable {
            self.is_unreadable = true;
            self.event(EventKind::Unreadable, self.end(), reason);
        }
        self.lineage.set_state(SourceState::Unreadable, reason);
    }

    /// Notices once that a file is not text.
    fn judge(&mut self, held: &mut Held) {
        if !held.is_binary && held.generation.is_binary() {
            held.is_binary = true;
            let start = Place {
                generation: held.generation.id(),
                offset: 0,
            };
            self.event(EventKind::Binary, start, "its first bytes are not text");
        }
    }

    /// Starts a generation with an open file.
    fn hold(&mut self, file: Arc<dyn File>, identity: Identity) -> io::Result<Held> {
        // A file that comes back after it was let go goes on under its id, if it
        // still holds what it held.
        for old in self.lineage.generations().iter() {
            let is_back = old.is_named() && old.identity() == identity;
            if is_back
                && old
                    .held_by(file.as_ref())?
                    .is_some_and(|stat| stat.size >= old.frontier())
            {
                self.lineage.remove(old.id());
            }
        }
        let is_taken = |id: GenerationId| self.lineage.generation(id).is_some();
        let mut count = 0;
        if identity.born_ns.is_none() && !self.is_first || is_taken(identity.id(0)) {
            count = self.emptied + 1;
            while is_taken(identity.id(count)) {
                count += 1;
            }
            self.emptied = count;
        }
        self.begin(file, identity, count)
    }

    fn begin(&self, file: Arc<dyn File>, identity: Identity, count: u64) -> io::Result<Held> {
        let generation = Generation::begin(
            self.source.clone(),
            file.clone(),
            self.path.clone(),
            self.clock.clone(),
            count,
        )?;
        Ok(Held {
            generation: Arc::new(generation),
            file,
            identity,
            real: self
                .fs
                .resolve(&self.path)
                .unwrap_or_else(|_| self.path.clone()),
            until: Duration::ZERO,
            is_binary: false,
            failing_since: None,
        })
    }

    /// Goes on watching a file whose name went to another.
    fn retire(&mut self, mut held: Held) {
        held.until = self.clock.now() + self.options.rotate_wait;
        self.look_within(LATE_INTERVAL);
        self.late.push(held);
    }

    /// Behind the last byte of the current file, or of the newest generation.
    fn end(&self) -> Place {
        let newest = || self.lineage.generations().last().cloned();
        let generation = match &self.current {
            Some(held) => Some(held.generation.clone()),
            None => newest(),
        };
        Place {
            generation: generation.as_ref().map_or(GenerationId(0), |one| one.id()),
            offset: generation.map_or(0, |one| one.frontier()),
        }
    }

    fn event(&self, kind: EventKind, place: Place, detail: &str) {
        let event = Event {
            source: self.source.clone(),
            kind,
            time: jiff::Timestamp::try_from(self.clock.utc())
                .map(|time| time.to_string())
                .unwrap_or_default(),
            detail: detail.to_owned(),
        };
        self.lineage.mark(place, What::Event(event));
    }

    fn gap(&self, generation: GenerationId, from: u64, to: Option<u64>, reason: &str) {
        if self.options.planted == Some(Planted::SilentGap) {
            return;
        }
        let gap = Gap {
            source: self.source.clone(),
            generation,
            from,
            to,
            bytes: to.map(|to| to.saturating_sub(from)),
            lines: None,
            reason: reason.to_owned(),
        };
        let place = Place {
            generation,
            offset: from,
        };
        self.lineage.mark(place, What::Gap(gap));
    }

    fn look_within(&mut self, wait: Duration) {
        self.next = Some(self.next.map_or(wait, |next| next.min(wait)));
    }

    fn care(&self) -> Care {
        if self.options.planted == Some(Planted::SizeOnly) {
            Care::SizeOnly
        } else {
            Care::Full
        }
    }
}

/// A broken link and a parent that is a file count as nothing there.
fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
