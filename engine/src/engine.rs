//! Everything together: the catalog, the followers, the indexes and the views.

use std::{
    collections::HashMap,
    fs::File as DiskFile,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use protocol::{Problem, Source, SourceId, SourceKind, SourceState, source::GenerationSummary};

use crate::{
    archive::{self, ArchiveFault, Limits},
    bell::{Bell, Listener},
    catalog::{Catalog, CatalogOptions, Compression, Entry, FileSpec, Older},
    error::Error,
    filter::Filter,
    follow::watch::Watch,
    fs::{Clock, File, RealClock, RealFs, Stat},
    generation::{Generation, ReadFault},
    lineage::Lineage,
    registry::Registry,
    scan::Scanner,
    stamp::Zone,
    view::View,
};

/// How often the disk is compared with the catalog.
const SCAN_INTERVAL: Duration = Duration::from_secs(1);

/// How long a source is followed, and a view kept, after nobody looks at it
/// any more.
const GRACE: Duration = Duration::from_secs(60);

/// How long a view whose scan goes on is kept after nobody looks at it any more:
/// a page that is loaded comes back for it within that time.
const SCAN_GRACE: Duration = Duration::from_secs(3);

/// How long an older file has to be left alone before it is taken for complete.
const SETTLE: Duration = Duration::from_secs(2);

/// How often a read is tried again when the file changes under it.
const ATTEMPTS_MAX: usize = 8;

/// What the engine is started with.
pub struct EngineOptions {
    /// The files to show.
    pub specs: Vec<FileSpec>,
    /// The directory that relative paths start from; absolute.
    pub directory: PathBuf,
    /// The zone of stamps that name none.
    pub zone: Zone,
    /// The directory for unpacked archives.
    pub scratch: PathBuf,
    /// Threads that scan.
    pub threads: usize,
}

/// The engine.
pub struct Engine {
    shared: Arc<Shared>,
    sweeper: Option<JoinHandle<()>>,
}

struct Shared {
    catalog: Mutex<Catalog>,
    watch: OnceLock<Watch>,
    registry: Arc<Registry>,
    clock: Arc<dyn Clock>,
    zone: Zone,
    scratch: PathBuf,
    followed: Mutex<HashMap<SourceId, Held>>,
    views: Mutex<HashMap<ViewKey, HeldView>>,
    /// Held while a source begins to be followed.
    starting: Mutex<()>,
    /// Rings when the list of sources changes.
    bell: Bell,
    is_closed: AtomicBool,
    sleep: Mutex<()>,
    wake: Condvar,
}

/// Sources in order, and the query in its canonical form.
type ViewKey = (Vec<SourceId>, String);

struct HeldView {
    view: Arc<View>,
    idle_since: Option<Instant>,
}

struct Held {
    followed: Arc<Followed>,
    idle_since: Option<Instant>,
}

/// A source that somebody looks at. It is followed for as long as this is held,
/// and a minute longer.
pub struct Followed {
    lineage: Arc<Lineage>,
    bell: Arc<Bell>,
    name: String,
    /// Older files of the set that are attached, or being unpacked.
    attached: Mutex<Vec<Older>>,
    /// Older files that may still be being written.
    unsettled: AtomicUsize,
    /// Archives that are still being unpacked.
    unpacking: AtomicUsize,
}

impl Followed {
    /// Whether every generation of the set is there, archives included.
    pub fn is_whole(&self) -> bool {
        self.unpacking.load(Ordering::Acquire) + self.unsettled.load(Ordering::Acquire) == 0
    }

    /// Waits until [`Self::is_whole`], at most for `patience`.
    pub fn wait_until_whole(&self, patience: Duration) {
        let woken = Arc::new((Mutex::new(()), Condvar::new()));
        let waker = Arc::clone(&woken);
        let listener: Arc<Listener> = Arc::new(move || waker.1.notify_all());
        self.bell.listen(&listener);
        let deadline = Instant::now() + patience;
        while !self.is_whole() && Instant::now() < deadline {
            let guard = lock(&woken.0);
            // Rung between the look and the wait, the bell is heard a little later.
            drop(woken.1.wait_timeout(guard, Duration::from_millis(50)));
        }
    }

    /// Its generations.
    pub fn lineage(&self) -> &Arc<Lineage> {
        &self.lineage
    }

    /// Rings whenever its follower saw something.
    pub fn bell(&self) -> &Arc<Bell> {
        &self.bell
    }
}

impl Engine {
    /// Reads the catalog and starts all threads.
    ///
    /// # Errors
    /// [`Error::Start`] when the system refuses a thread.
    pub fn start(options: EngineOptions) -> Result<Self, Error> {
        let catalog_options = CatalogOptions::new(options.directory);
        let mut catalog = Catalog::new(options.specs, catalog_options);
        catalog.scan();
        let clock: Arc<dyn Clock> = Arc::new(RealClock::default());
        let shared = Arc::new(Shared {
            catalog: Mutex::new(catalog),
            watch: OnceLock::new(),
            registry: Arc::new(Registry::new(Scanner::start(options.threads)?)),
            clock: Arc::clone(&clock),
            zone: options.zone,
            scratch: options.scratch,
            followed: Mutex::default(),
            views: Mutex::default(),
            starting: Mutex::default(),
            bell: Bell::default(),
            is_closed: AtomicBool::new(false),
            sleep: Mutex::default(),
            wake: Condvar::new(),
        });
        let weak = Arc::downgrade(&shared);
        let watch = Watch::start(Arc::new(RealFs), clock, move |source| {
            if let Some(shared) = weak.upgrade() {
                shared.changed(source);
            }
        })?;
        // Set here and nowhere else, so it is empty.
        let _ = shared.watch.set(watch);
        let sweeping = Arc::clone(&shared);
        let sweeper = std::thread::Builder::new()
            .name("catalog".to_owned())
            .spawn(move || sweeping.sweep())?;
        Ok(Self {
            shared,
            sweeper: Some(sweeper),
        })
    }

    /// Rings when the list of sources changes.
    pub fn bell(&self) -> &Bell {
        &self.shared.bell
    }

    /// All sources, as they are now.
    pub fn sources(&self) -> Vec<Source> {
        let catalog = lock(&self.shared.catalog);
        let followed = lock(&self.shared.followed);
        catalog
            .entries()
            .iter()
            .map(|entry| {
                source_of(
                    entry,
                    followed.get(&entry.id).map(|held| held.followed.as_ref()),
                    &self.shared.registry,
                )
            })
            .collect()
    }

    /// What is worth knowing of the catalog: globs without a match, limits.
    pub fn notices(&self) -> Vec<String> {
        lock(&self.shared.catalog)
            .notices()
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    /// The source with this id, or else of exactly this name.
    ///
    /// # Errors
    /// [`Problem::UnknownSource`].
    pub fn find(&self, name: &str) -> Result<Entry, Problem> {
        let catalog = lock(&self.shared.catalog);
        let by_id = catalog.by_id(&SourceId(name.to_owned()));
        by_id
            .or_else(|| catalog.by_name(name))
            .cloned()
            .ok_or_else(|| Problem::UnknownSource {
                name: name.to_owned(),
            })
    }

    /// Follows a source.
    ///
    /// # Errors
    /// [`Problem::UnknownSource`].
    pub fn follow(&self, id: &SourceId) -> Result<Arc<Followed>, Problem> {
        self.shared.follow(id)
    }

    /// Opens a view of `sources`, in the order in which ties are shown. Whoever
    /// asks for the same one is given the same one.
    ///
    /// # Errors
    /// [`Problem::UnknownSource`] for an id that is not in the catalog.
    pub fn view(&self, sources: &[SourceId], filter: Arc<Filter>) -> Result<Arc<View>, Problem> {
        let key = (sources.to_vec(), filter.key().to_owned());
        if let Some(held) = lock(&self.shared.views).get_mut(&key) {
            held.idle_since = None;
            return Ok(Arc::clone(&held.view));
        }
        let followed = sources
            .iter()
            .map(|id| self.follow(id))
            .collect::<Result<Vec<_>, _>>()?;
        let view = View::new(
            followed,
            filter,
            self.shared.zone.clone(),
            Arc::clone(&self.shared.registry),
        );
        let view = Arc::new(view);
        let held = HeldView {
            view,
            idle_since: None,
        };
        // Whoever came first in the meantime gives the view to all.
        let view = Arc::clone(&lock(&self.shared.views).entry(key).or_insert(held).view);
        Ok(view)
    }

    /// The zone of stamps that name none.
    pub fn zone(&self) -> &Zone {
        &self.shared.zone
    }

    /// Has a source looked at now, before this returns.
    pub fn look_now(&self, source: &SourceId) {
        if let Some(watch) = self.shared.watch.get() {
            watch.look_now(source);
        }
    }

    /// Reads, and where a file changed meanwhile has its follower look and
    /// reads again.
    ///
    /// # Errors
    /// What `read` refuses in the end.
    pub fn read<T>(
        &self,
        sources: &[SourceId],
        mut read: impl FnMut() -> Result<T, ReadFault>,
    ) -> Result<T, Error> {
        let mut attempt = 0;
        loop {
            match read() {
                Err(ReadFault::Changed | ReadFault::Lost) if attempt < ATTEMPTS_MAX => {
                    attempt += 1;
                    if attempt > 1 {
                        // A file that is read by its name may have another one.
                        self.shared.rescan();
                    }
                    for source in sources {
                        self.look_now(source);
                    }
                }
                done => return Ok(done?),
            }
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.is_closed.store(true, Ordering::Release);
        self.shared.wake.notify_all();
        if let Some(sweeper) = self.sweeper.take() {
            // A panicked sweeper has already said so on standard error.
            let _ = sweeper.join();
        }
    }
}

impl Shared {
    fn changed(&self, source: &SourceId) {
        let bell = lock(&self.followed)
            .get(source)
            .map(|held| Arc::clone(&held.followed.bell));
        if let Some(bell) = bell {
            bell.ring();
        }
    }

    fn follow(&self, id: &SourceId) -> Result<Arc<Followed>, Problem> {
        // One at a time, or two who come at once would each have their own.
        let _starting = lock(&self.starting);
        if let Some(held) = lock(&self.followed).get_mut(id) {
            held.idle_since = None;
            return Ok(Arc::clone(&held.followed));
        }
        let unknown = || Problem::UnknownSource {
            name: id.to_string(),
        };
        let entry = lock(&self.catalog).by_id(id).cloned().ok_or_else(unknown)?;
        // A link that leads out of the configured directories is listed so, and
        // never opened.
        if entry.state == SourceState::Unreadable {
            return Err(Problem::Unreadable {
                name: entry.name,
                reason: entry.detail,
            });
        }
        let lineage = if entry.compression == Compression::None {
            self.watch
                .get()
                .ok_or(Problem::Unavailable)?
                .follow(id.clone(), entry.path.clone())
        } else {
            Arc::new(Lineage::new(id.clone()))
        };
        let followed = Arc::new(Followed {
            lineage,
            bell: Arc::default(),
            name: entry.name.clone(),
            attached: Mutex::default(),
            unsettled: AtomicUsize::new(0),
            unpacking: AtomicUsize::new(0),
        });
        let held = Held {
            followed: Arc::clone(&followed),
            idle_since: None,
        };
        lock(&self.followed).insert(id.clone(), held);
        self.attach(&followed, &entry);
        Ok(followed)
    }

    /// Attaches the older files of a set, and takes away those that are gone.
    fn attach(&self, followed: &Arc<Followed>, entry: &Entry) {
        let mut wanted = entry.older.clone();
        if entry.compression != Compression::None {
            let (path, size) = (entry.path.clone(), entry.size);
            wanted.push(Older {
                path,
                size,
                modified: entry.modified,
                compression: entry.compression,
            });
        }
        let mut attached = lock(&followed.attached);
        // A file of another size or time is another content, whatever its name.
        attached.retain(|older| wanted.contains(older));
        let is_first = attached.is_empty();
        let (new, unsettled): (Vec<_>, Vec<_>) = wanted
            .into_iter()
            .filter(|older| !attached.contains(older))
            .partition(|older| is_settled(older, is_first));
        attached.extend(new.iter().cloned());
        drop(attached);
        followed.unsettled.store(unsettled.len(), Ordering::Release);
        let source = &entry.id;
        let (packed, plain): (Vec<_>, Vec<_>) = new
            .into_iter()
            .partition(|older| older.compression != Compression::None);
        let opened = plain.into_iter().filter_map(|older| {
            let (fs, clock) = (Arc::new(RealFs), Arc::clone(&self.clock));
            Generation::sealed_at(source.clone(), fs, older.path, clock).ok()
        });
        let opened: Vec<_> = opened.collect();
        if !opened.is_empty() {
            followed.lineage.attach_older(opened);
            followed.bell.ring();
        }
        if packed.is_empty() {
            return;
        }
        // Unpacking takes as long as it takes; the view grows at its start.
        followed.unpacking.fetch_add(packed.len(), Ordering::AcqRel);
        let (followed, source) = (Arc::downgrade(followed), source.clone());
        let (clock, scratch) = (Arc::clone(&self.clock), self.scratch.clone());
        let unpack = move || {
            for older in packed.into_iter().rev() {
                let cancelled = || followed.strong_count() == 0;
                let unpacked = unpack(&older, &scratch, &cancelled);
                let Some(followed) = followed.upgrade() else {
                    return;
                };
                let generation = unpacked.and_then(|file| {
                    let clock = Arc::clone(&clock);
                    Generation::sealed(source.clone(), Arc::new(file), older.path.clone(), clock)
                        .map_err(ArchiveFault::Read)
                });
                match generation {
                    Ok(generation) => followed.lineage.attach_older(vec![generation]),
                    Err(fault) => {
                        let name = crate::catalog::display_name(&older.path);
                        followed
                            .lineage
                            .set_notice(&format!("`{name}` is left out: {fault}"));
                    }
                }
                followed.unpacking.fetch_sub(1, Ordering::AcqRel);
                followed.bell.ring();
            }
        };
        // Without a thread the set is shown without its packed files; the next
        // view of it tries again.
        let _ = std::thread::Builder::new()
            .name("unpack".to_owned())
            .spawn(unpack);
    }

    fn sweep(&self) {
        while !self.is_closed.load(Ordering::Acquire) {
            let guard = lock(&self.sleep);
            drop(self.wake.wait_timeout(guard, SCAN_INTERVAL));
            if self.is_closed.load(Ordering::Acquire) {
                return;
            }
            self.release();
            self.rescan();
        }
    }

    /// Compares the disk with the catalog.
    fn rescan(&self) {
        let scan = lock(&self.catalog).scan();
        self.refresh_sets();
        if !(scan.appeared.is_empty() && scan.vanished.is_empty() && scan.changed.is_empty()) {
            self.bell.ring();
        }
    }

    /// Lets go of what nobody has looked at for a while.
    fn release(&self) {
        lock(&self.views).retain(|_, held| {
            let holders = Arc::strong_count(&held.view);
            // A scan that nobody waits for any more is not finished.
            let grace = if held.view.is_settled() {
                GRACE
            } else {
                SCAN_GRACE
            };
            is_kept(holders, &mut held.idle_since, grace)
        });
        let mut gone = Vec::new();
        lock(&self.followed).retain(|source, held| {
            let is_kept = is_kept(
                Arc::strong_count(&held.followed),
                &mut held.idle_since,
                GRACE,
            );
            if !is_kept {
                gone.push(source.clone());
            }
            is_kept
        });
        if let Some(watch) = self.watch.get() {
            for source in gone {
                watch.unfollow(&source);
            }
        }
    }

    /// Tells the followed sets which older files there are now.
    fn refresh_sets(&self) {
        let followed: Vec<(SourceId, Arc<Followed>)> = lock(&self.followed)
            .iter()
            .map(|(source, held)| (source.clone(), Arc::clone(&held.followed)))
            .collect();
        for (source, followed) in followed {
            let Some(entry) = lock(&self.catalog).by_id(&source).cloned() else {
                continue;
            };
            if entry.leads_out() {
                // Its path now leads where nobody may look.
                if let Some(watch) = self.watch.get() {
                    watch.unfollow(&source);
                }
                lock(&self.followed).remove(&source);
                continue;
            }
            self.attach(&followed, &entry);
        }
    }
}

impl Followed {
    /// Has `listener` called whenever the source changes, for as long as it is
    /// held.
    pub(crate) fn listen(&self, listener: &Arc<Listener>) {
        self.bell.listen(listener);
    }

    /// What people call the source.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Whether an older file is complete, as far as can be told: a rotation that
/// copies or packs takes its time, and half a file is no generation. A plain
/// one that is there from the start was most likely renamed.
fn is_settled(older: &Older, is_first: bool) -> bool {
    let is_old = older
        .modified
        .is_none_or(|at| at.elapsed().is_ok_and(|age| age >= SETTLE));
    is_old || (is_first && older.compression == Compression::None)
}

/// Whether something with so many holders, the table included, is kept.
fn is_kept(holders: usize, idle_since: &mut Option<Instant>, grace: Duration) -> bool {
    if holders > 1 {
        *idle_since = None;
        return true;
    }
    idle_since.get_or_insert_with(Instant::now).elapsed() < grace
}

/// An archive's content with the identity of the archive, so that the same
/// archive is known again however often it is unpacked.
struct UnpackedFile {
    bytes: DiskFile,
    stat: Stat,
}

impl File for UnpackedFile {
    fn stat(&self) -> io::Result<Stat> {
        Ok(self.stat)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        File::read_at(&self.bytes, buffer, offset)
    }
}

fn unpack(
    older: &Older,
    scratch: &Path,
    cancelled: &dyn Fn() -> bool,
) -> Result<UnpackedFile, ArchiveFault> {
    let unpacked = archive::open_gzip(&older.path, Limits::default(), scratch, cancelled)?;
    let packed = DiskFile::open(&older.path).and_then(|file| File::stat(&file));
    let packed = packed.map_err(ArchiveFault::Read)?;
    Ok(UnpackedFile {
        bytes: unpacked.file,
        stat: Stat {
            size: unpacked.bytes,
            ..packed
        },
    })
}

fn source_of(entry: &Entry, followed: Option<&Followed>, registry: &Registry) -> Source {
    let mut source = Source {
        id: entry.id.clone(),
        name: entry.name.clone(),
        group: entry.group.clone(),
        kind: SourceKind::File,
        path: crate::catalog::display_name(&entry.path),
        labels: entry.labels.clone(),
        state: entry.state,
        detail: entry.detail.clone(),
        size: entry.size,
        modified: entry.modified.and_then(rfc3339),
        lines: None,
        generations: Vec::new(),
    };
    let Some(followed) = followed else {
        return source;
    };
    let generations = followed.lineage.generations();
    source.generations = generations
        .iter()
        .map(|generation| GenerationSummary {
            id: generation.id(),
            path: crate::catalog::display_name(&generation.path()),
            size: generation.frontier(),
        })
        .collect();
    if let Some(newest) = generations.last() {
        source.lines = registry.lines_of(newest);
        source.size = newest.frontier();
    }
    let (state, detail) = followed.lineage.state();
    if source.state == SourceState::Following
        && !(state == SourceState::Following && detail.is_empty())
    {
        source.state = state;
        source.detail = detail;
    }
    source
}

/// A time as the API writes it.
pub(crate) fn rfc3339(time: std::time::SystemTime) -> Option<String> {
    Timestamp::try_from(time).ok().map(|time| time.to_string())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
