//! Runs followers: one thread that sleeps until something may have happened.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use notify::{ErrorKind, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use protocol::source::SourceId;

use super::{FollowOptions, Follower, Looked};
use crate::{
    fs::{Clock, Fs},
    lineage::Lineage,
};

/// How often every source is looked at, whatever is heard of it.
pub const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// How often a source is looked at of which nothing can be heard.
pub const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Paths that wait for a look; when there are more, everything is looked at.
const WOKEN_MAX: usize = 4096;

/// Files that are watched themselves, beside their directories: changes made
/// through another name or mount show only there.
const FILE_WATCHES_MAX: usize = 1024;

/// Links that a path may lead through, as in Linux.
const LINKS_MAX: usize = 40;

/// Keeps the lineages of all followed sources up to date until it is dropped.
pub struct Watch {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    fs: Arc<dyn Fs>,
    clock: Arc<dyn Clock>,
    options: FollowOptions,
    on_change: Box<dyn Fn(&SourceId) + Send + Sync>,
    followed: RwLock<HashMap<SourceId, Arc<Followed>>>,
    /// Never held while the watcher is called, whose thread waits for it.
    woken: Mutex<Woken>,
    wakes: Condvar,
    ears: Mutex<Ears>,
}

/// One source and its follower.
struct Followed {
    source: SourceId,
    path: PathBuf,
    lineage: Arc<Lineage>,
    follower: Mutex<Follower>,
    /// Nothing is heard of it.
    is_polled: AtomicBool,
}

/// What is to be looked at.
#[derive(Default)]
struct Woken {
    paths: HashSet<PathBuf>,
    is_everything: bool,
    is_stopped: bool,
}

/// What is listened to, and for whom.
struct Ears {
    watcher: Result<RecommendedWatcher, String>,
    /// Watched paths, and which file was there.
    watched: HashMap<PathBuf, Option<(u64, u64)>>,
    /// Paths whose events concern a source.
    interests: HashMap<PathBuf, HashSet<SourceId>>,
    /// The same from the other side.
    paths: HashMap<SourceId, HashSet<PathBuf>>,
    file_watch_count: usize,
}

impl Watch {
    /// Starts the thread. `on_change` is called from it, and from whoever asks
    /// for a look, after a lineage changed; it holds up all other looks.
    ///
    /// Where the system reports no changes, sources are polled.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(
        fs: Arc<dyn Fs>,
        clock: Arc<dyn Clock>,
        on_change: impl Fn(&SourceId) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Self::start_with(fs, clock, FollowOptions::default(), on_change)
    }

    /// The same with other options for the followers.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(
        fs: Arc<dyn Fs>,
        clock: Arc<dyn Clock>,
        options: FollowOptions,
        on_change: impl Fn(&SourceId) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            fs,
            clock,
            options,
            on_change: Box::new(on_change),
            followed: RwLock::default(),
            woken: Mutex::default(),
            wakes: Condvar::new(),
            ears: Mutex::new(Ears {
                watcher: Err("not started".to_owned()),
                watched: HashMap::new(),
                interests: HashMap::new(),
                paths: HashMap::new(),
                file_watch_count: 0,
            }),
        });
        let heard = Arc::downgrade(&shared);
        let watcher = notify::recommended_watcher(move |event| {
            if let Some(shared) = heard.upgrade() {
                shared.hear(event);
            }
        });
        lock(&shared.ears).watcher = watcher.map_err(|error| error.to_string());
        let worker = shared.clone();
        let thread = std::thread::Builder::new()
            .name("follow".to_owned())
            .spawn(move || worker.run())?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Follows `path` as `source` and returns its lineage, which holds what is
    /// there now. A source that is followed already stays as it is.
    pub fn follow(&self, source: SourceId, path: PathBuf) -> Arc<Lineage> {
        if let Some(followed) = self.shared.followed(&source) {
            return followed.lineage.clone();
        }
        let lineage = Arc::new(Lineage::new(source.clone()));
        let follower = Follower::new(
            source.clone(),
            path.clone(),
            lineage.clone(),
            self.shared.fs.clone(),
            self.shared.clock.clone(),
            self.shared.options,
        );
        let one = Arc::new(Followed {
            source: source.clone(),
            path,
            lineage: lineage.clone(),
            follower: Mutex::new(follower),
            is_polled: AtomicBool::new(false),
        });
        // Listening comes first, so that nothing falls between the two.
        self.shared.listen(&one);
        lock(&one.follower).look();
        self.shared
            .followed
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(source, one.clone());
        // The thread takes it from here, with what came meanwhile.
        self.shared.wake(Some(one.path.clone()));
        lineage
    }

    /// Stops following a source. Its lineage stays readable and grows no more.
    pub fn unfollow(&self, source: &SourceId) {
        let mut followed = self
            .shared
            .followed
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        followed.remove(source);
        drop(followed);
        self.shared.forget(source);
    }

    /// Looks at a source before it returns, as after
    /// [`ReadFault::Changed`](crate::generation::ReadFault::Changed).
    pub fn look_now(&self, source: &SourceId) {
        if let Some(followed) = self.shared.followed(source) {
            let looked = self.shared.look(&followed);
            if looked.again {
                self.shared.wake(Some(followed.path.clone()));
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        lock(&self.shared.woken).is_stopped = true;
        self.shared.wakes.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported, and nothing here depends on it.
            let _ = thread.join();
        }
        let watcher = std::mem::replace(
            &mut lock(&self.shared.ears).watcher,
            Err("stopped".to_owned()),
        );
        drop(watcher);
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

impl Shared {
    fn run(&self) {
        let mut due: HashMap<SourceId, Duration> = HashMap::new();
        let mut sweep_at = self.clock.now() + SWEEP_INTERVAL;
        let mut queue: VecDeque<SourceId> = VecDeque::new();
        loop {
            let now = self.clock.now();
            let next = due.values().copied().min().unwrap_or(sweep_at);
            let wait = if queue.is_empty() {
                next.min(sweep_at).saturating_sub(now)
            } else {
                Duration::ZERO
            };
            let Some((paths, is_everything)) = self.wait(wait) else {
                return;
            };
            let now = self.clock.now();
            let is_sweep = now >= sweep_at;
            let mut woken: Vec<SourceId> = if is_sweep || is_everything {
                sweep_at = now + SWEEP_INTERVAL;
                self.all()
            } else {
                self.concerned(&paths)
            };
            woken.extend(
                due.iter()
                    .filter(|(_, at)| **at <= now)
                    .map(|(id, _)| id.clone()),
            );
            for source in woken {
                if !queue.contains(&source) {
                    queue.push_back(source);
                }
            }
            // One round: what has more to read goes behind the others.
            for _ in 0..queue.len() {
                let Some(followed) = queue.pop_front().and_then(|id| self.followed(&id)) else {
                    continue;
                };
                due.remove(&followed.source);
                let looked = self.look(&followed);
                if is_sweep {
                    self.listen(&followed);
                }
                if looked.again {
                    queue.push_back(followed.source.clone());
                }
                let is_polled = followed.is_polled.load(Ordering::Relaxed);
                let poll = is_polled.then_some(POLL_INTERVAL);
                let wait = looked.next.into_iter().chain(poll).min();
                if let Some(wait) = wait.filter(|wait| *wait < SWEEP_INTERVAL) {
                    due.insert(followed.source.clone(), self.clock.now() + wait);
                }
            }
            due.retain(|source, _| self.followed(source).is_some());
        }
    }

    /// Sleeps until something is heard or `wait` is over; `None` to stop.
    fn wait(&self, wait: Duration) -> Option<(HashSet<PathBuf>, bool)> {
        let woken = lock(&self.woken);
        let is_quiet =
            |woken: &mut Woken| woken.paths.is_empty() && !woken.is_everything && !woken.is_stopped;
        let (mut woken, _) = self
            .wakes
            .wait_timeout_while(woken, wait, is_quiet)
            .unwrap_or_else(PoisonError::into_inner);
        if woken.is_stopped {
            return None;
        }
        let is_everything = std::mem::take(&mut woken.is_everything);
        Some((std::mem::take(&mut woken.paths), is_everything))
    }

    fn look(&self, followed: &Followed) -> Looked {
        let looked = lock(&followed.follower).look();
        if looked.changed {
            (self.on_change)(&followed.source);
            if followed.lineage.generations().len() > 1 {
                self.listen_to_file(followed);
            }
        }
        looked
    }

    /// What the watcher calls, on its thread.
    fn hear(&self, event: notify::Result<notify::Event>) {
        match event {
            Ok(event) if event.need_rescan() => self.wake(None),
            Ok(event) if matches!(event.kind, EventKind::Access(_)) => {}
            Ok(event) => event
                .paths
                .into_iter()
                .for_each(|path| self.wake(Some(path))),
            Err(_) => self.wake(None),
        }
    }

    /// Has the source of `path` looked at; all for `None`.
    fn wake(&self, path: Option<PathBuf>) {
        let mut woken = lock(&self.woken);
        match path {
            Some(path) if woken.paths.len() < WOKEN_MAX => {
                woken.paths.insert(path);
            }
            _ => woken.is_everything = true,
        }
        self.wakes.notify_one();
    }

    fn followed(&self, source: &SourceId) -> Option<Arc<Followed>> {
        let followed = self.followed.read().unwrap_or_else(PoisonError::into_inner);
        followed.get(source).cloned()
    }

    fn all(&self) -> Vec<SourceId> {
        let followed = self.followed.read().unwrap_or_else(PoisonError::into_inner);
        followed.keys().cloned().collect()
    }

    fn concerned(&self, paths: &HashSet<PathBuf>) -> Vec<SourceId> {
        let ears = lock(&self.ears);
        let mut concerned: Vec<_> = paths
            .iter()
            .filter_map(|path| ears.interests.get(path))
            .flatten()
            .cloned()
            .collect();
        concerned.sort();
        concerned.dedup();
        concerned
    }

    /// Watches the directories through which `followed` can change, if it does
    /// not yet.
    fn listen(&self, followed: &Followed) {
        let route = route(&followed.path);
        let mut ears = lock(&self.ears);
        let mut failure = None;
        for path in &route {
            let Some(directory) = path.parent() else {
                continue;
            };
            if let Err(error) = ears.watch(directory) {
                failure = Some(error);
            }
        }
        let mut interests = route.clone();
        interests.extend(
            route
                .iter()
                .filter_map(|path| Some(path.parent()?.to_path_buf())),
        );
        interests.insert(followed.path.clone());
        ears.interest(&followed.source, interests);
        drop(ears);
        let failure = failure.or_else(|| remote(&followed.path).map(str::to_owned));
        let was_polled = followed
            .is_polled
            .swap(failure.is_some(), Ordering::Relaxed);
        match failure {
            Some(reason) if !was_polled => {
                lock(&followed.follower).mark_polling(&reason);
                (self.on_change)(&followed.source);
            }
            None if was_polled => {
                followed.lineage.set_notice("");
                (self.on_change)(&followed.source);
            }
            _ => {}
        }
        self.listen_to_file(followed);
    }

    /// Watches the file itself, best effort.
    fn listen_to_file(&self, followed: &Followed) {
        let mut ears = lock(&self.ears);
        let is_new = !ears.watched.contains_key(&followed.path);
        if is_new && ears.file_watch_count >= FILE_WATCHES_MAX {
            return;
        }
        if ears.watch(&followed.path).is_ok() && is_new && ears.watched.contains_key(&followed.path)
        {
            ears.file_watch_count += 1;
        }
    }

    fn forget(&self, source: &SourceId) {
        let mut ears = lock(&self.ears);
        ears.interest(source, HashSet::new());
    }
}

impl Ears {
    /// Watches `path`, again if another file is there now. What is not there is
    /// tried again with the next sweep.
    fn watch(&mut self, path: &Path) -> Result<(), String> {
        let watcher = self.watcher.as_mut().map_err(|error| error.clone())?;
        let there = std::fs::metadata(path).ok().map(|found| {
            use std::os::unix::fs::MetadataExt;
            (found.dev(), found.ino())
        });
        if there.is_none() || self.watched.get(path) == Some(&there) {
            return Ok(());
        }
        if self.watched.remove(path).is_some() {
            // It fails when the system let go of it already.
            let _ = watcher.unwatch(path);
        }
        match watcher.watch(path, RecursiveMode::NonRecursive) {
            Ok(()) => {
                self.watched.insert(path.to_path_buf(), there);
                Ok(())
            }
            Err(error) => match error.kind {
                ErrorKind::PathNotFound => Ok(()),
                ErrorKind::Io(ref io) if io.kind() == io::ErrorKind::NotFound => Ok(()),
                _ => Err(error.to_string()),
            },
        }
    }

    /// Replaces the paths that concern a source.
    fn interest(&mut self, source: &SourceId, new: HashSet<PathBuf>) {
        let old = self.paths.remove(source).unwrap_or_default();
        for path in old.difference(&new) {
            let Some(sources) = self.interests.get_mut(path) else {
                continue;
            };
            sources.remove(source);
            if sources.is_empty() {
                self.interests.remove(path);
                self.silence(path);
            }
        }
        for path in &new {
            let sources = self.interests.entry(path.clone()).or_default();
            sources.insert(source.clone());
        }
        if !new.is_empty() {
            self.paths.insert(source.clone(), new);
        }
    }

    fn silence(&mut self, path: &Path) {
        if self.watched.remove(path).is_some()
            && let Ok(watcher) = &mut self.watcher
        {
            let _ = watcher.unwatch(path);
        }
    }
}

/// `path`, every link on the way to its file, and what they lead to.
fn route(path: &Path) -> HashSet<PathBuf> {
    let mut route = HashSet::from([path.to_path_buf()]);
    let mut at = path.to_path_buf();
    for _ in 0..LINKS_MAX {
        let link = at
            .ancestors()
            .filter(|part| part.is_symlink())
            .last()
            .map(Path::to_path_buf);
        let Some((link, target)) = link.and_then(|link| {
            let target = std::fs::read_link(&link).ok()?;
            Some((link, target))
        }) else {
            break;
        };
        let rest = at
            .strip_prefix(&link)
            .unwrap_or(Path::new(""))
            .to_path_buf();
        let parent = link.parent().unwrap_or(Path::new("/"));
        at = parent.join(target);
        if !rest.as_os_str().is_empty() {
            at.push(rest);
        }
        route.insert(link);
        route.insert(at.clone());
    }
    route
}

/// Why a path's changes are not reported, if they are made elsewhere.
fn remote(path: &Path) -> Option<&'static str> {
    let found = path
        .ancestors()
        .find_map(|path| rustix::fs::statfs(path).ok())?;
    let kind = u64::try_from(found.f_type).unwrap_or(0) & 0xffff_ffff;
    match kind {
        0x6969 => Some("it lies on NFS"),
        0x6573_5546 => Some("it lies on a FUSE mount"),
        0x0102_1997 => Some("it lies on a 9p mount"),
        0xff53_4d42 | 0xfe53_4d42 | 0x517b => Some("it lies on an SMB share"),
        _ => None,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
