//! A file system in memory, with inodes that are used again, links, modes,
//! coarse times, and changes in the middle of a caller's calls.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, Weak},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::fs::{Clock, File, FileKind, Fs, Stat};

/// Granularity of file times, as with a kernel at 250 Hz.
const TICK_NS: i128 = 4_000_000;

/// A change that is made in the middle of somebody's calls.
pub(crate) type Change = Box<dyn FnOnce(&FakeFs) + Send>;

/// Files in memory.
#[derive(Clone, Default)]
pub(crate) struct FakeFs(Arc<Mutex<Tree>>);

#[derive(Default)]
struct Tree {
    names: BTreeMap<PathBuf, Entry>,
    now: Duration,
    calls: u64,
    pending: VecDeque<(u64, Change)>,
    has_births: bool,
    next_ino: u64,
}

#[derive(Clone)]
enum Entry {
    Directory,
    Link(PathBuf),
    File(Arc<Inode>),
}

/// One file's content.
pub(crate) struct Inode {
    ino: u64,
    born_ns: Option<i128>,
    state: Mutex<InodeState>,
}

#[derive(Default)]
struct InodeState {
    bytes: Vec<u8>,
    modified_ns: i128,
    changed_ns: i128,
    is_closed: bool,
}

struct Open {
    tree: FakeFs,
    inode: Arc<Inode>,
}

impl FakeFs {
    pub(crate) fn new(has_births: bool) -> Self {
        let fs = Self::default();
        fs.tree().has_births = has_births;
        fs.tree().now = Duration::from_secs(1_000_000);
        fs.tree().names.insert("/logs".into(), Entry::Directory);
        fs
    }

    fn tree(&self) -> MutexGuard<'_, Tree> {
        self.0.lock().unwrap()
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.tree().now += time;
    }

    /// Makes `change` after `calls` more calls.
    pub(crate) fn after(&self, calls: u64, change: Change) {
        let mut tree = self.tree();
        let at = tree.calls + calls;
        tree.pending.push_back((at, change));
    }

    /// Makes the changes that are still pending.
    pub(crate) fn settle(&self) {
        loop {
            let change = self.tree().pending.pop_front();
            match change {
                Some((_, change)) => change(self),
                None => return,
            }
        }
    }

    fn call(&self) {
        self.tree().calls += 1;
        loop {
            let change = {
                let mut tree = self.tree();
                let calls = tree.calls;
                match tree.pending.front() {
                    Some((at, _)) if *at <= calls => tree.pending.pop_front(),
                    _ => None,
                }
            };
            match change {
                Some((_, change)) => change(self),
                None => return,
            }
        }
    }

    fn tick(&self) -> i128 {
        let now = i128::try_from(self.tree().now.as_nanos()).unwrap();
        now - now % TICK_NS
    }

    pub(crate) fn inode(&self, path: &str) -> Option<Arc<Inode>> {
        self.find(Path::new(path))
            .ok()
            .and_then(|entry| match entry {
                Entry::File(inode) => Some(inode),
                _ => None,
            })
    }

    /// An empty file, in the place of what was there.
    pub(crate) fn create(&self, path: &str) -> Arc<Inode> {
        let now = self.tick();
        let mut tree = self.tree();
        // The lowest number that nothing holds, as ext4 does.
        let used: Vec<u64> = tree
            .names
            .values()
            .filter_map(|entry| match entry {
                Entry::File(inode) => Some(inode.ino),
                _ => None,
            })
            .collect();
        let held = HELD.with(|held| {
            let mut held = held.borrow_mut();
            held.retain(|inode| inode.strong_count() > 0);
            held.iter()
                .filter_map(Weak::upgrade)
                .map(|inode| inode.ino)
                .collect::<Vec<_>>()
        });
        tree.next_ino += 1;
        let ino = (1..=u64::MAX)
            .find(|ino| !used.contains(ino) && !held.contains(ino))
            .unwrap();
        let inode = Arc::new(Inode {
            ino,
            born_ns: tree.has_births.then_some(now),
            state: Mutex::new(InodeState {
                modified_ns: now,
                changed_ns: now,
                ..InodeState::default()
            }),
        });
        HELD.with(|held| held.borrow_mut().push(Arc::downgrade(&inode)));
        tree.names.insert(path.into(), Entry::File(inode.clone()));
        inode
    }

    pub(crate) fn append(&self, inode: &Inode, bytes: &[u8]) {
        let now = self.tick();
        let mut state = inode.state.lock().unwrap();
        state.bytes.extend_from_slice(bytes);
        (state.modified_ns, state.changed_ns) = (now, now);
    }

    pub(crate) fn overwrite(&self, inode: &Inode, bytes: &[u8]) {
        let now = self.tick();
        let mut state = inode.state.lock().unwrap();
        state.bytes = bytes.to_vec();
        (state.modified_ns, state.changed_ns) = (now, now);
    }

    pub(crate) fn bytes(inode: &Inode) -> Vec<u8> {
        inode.state.lock().unwrap().bytes.clone()
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        let now = self.tick();
        let mut tree = self.tree();
        if let Some(entry) = tree.names.remove(Path::new(from)) {
            if let Entry::File(inode) = &entry {
                inode.state.lock().unwrap().changed_ns = now;
            }
            tree.names.insert(to.into(), entry);
        }
    }

    pub(crate) fn remove(&self, path: &str) {
        self.tree().names.remove(Path::new(path));
    }

    pub(crate) fn link(&self, path: &str, target: &str) {
        self.tree()
            .names
            .insert(path.into(), Entry::Link(target.into()));
    }

    pub(crate) fn directory(&self, path: &str) {
        self.tree().names.insert(path.into(), Entry::Directory);
    }

    pub(crate) fn set_closed(&self, inode: &Inode, is_closed: bool) {
        let now = self.tick();
        let mut state = inode.state.lock().unwrap();
        state.is_closed = is_closed;
        state.changed_ns = now;
    }

    fn find(&self, path: &Path) -> io::Result<Entry> {
        let mut at = path.to_path_buf();
        let tree = self.tree();
        for _ in 0..8 {
            match tree.names.get(&at) {
                Some(Entry::Link(target)) => at.clone_from(target),
                Some(entry) => return Ok(entry.clone()),
                None => return Err(io::ErrorKind::NotFound.into()),
            }
        }
        Err(io::ErrorKind::NotFound.into())
    }
}

thread_local! {
    /// Inodes that somebody may still hold open; their numbers are taken.
    static HELD: std::cell::RefCell<Vec<Weak<Inode>>> = const { std::cell::RefCell::new(Vec::new()) };
}

impl Inode {
    pub(crate) fn number(&self) -> u64 {
        self.ino
    }

    fn stat(&self) -> Stat {
        let state = self.state.lock().unwrap();
        Stat {
            dev: 1,
            ino: self.ino,
            size: u64::try_from(state.bytes.len()).unwrap(),
            modified_ns: state.modified_ns,
            changed_ns: state.changed_ns,
            born_ns: self.born_ns,
            kind: FileKind::File,
        }
    }
}

impl Fs for FakeFs {
    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        self.call();
        match self.find(path)? {
            Entry::File(inode) if inode.state.lock().unwrap().is_closed => {
                Err(io::ErrorKind::PermissionDenied.into())
            }
            Entry::File(inode) => Ok(Arc::new(Open {
                tree: self.clone(),
                inode,
            })),
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it is a directory",
            )),
        }
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.call();
        match self.find(path)? {
            Entry::File(inode) => Ok(inode.stat()),
            _ => Ok(Stat {
                dev: 1,
                ino: 0,
                size: 0,
                modified_ns: 0,
                changed_ns: 0,
                born_ns: None,
                kind: FileKind::Directory,
            }),
        }
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        self.call();
        let tree = self.tree();
        Ok(tree
            .names
            .keys()
            .filter(|path| path.parent() == Some(directory))
            .cloned()
            .collect())
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        let mut at = path.to_path_buf();
        let tree = self.tree();
        while let Some(Entry::Link(target)) = tree.names.get(&at) {
            at.clone_from(target);
        }
        Ok(at)
    }
}

impl File for Open {
    fn stat(&self) -> io::Result<Stat> {
        self.tree.call();
        Ok(self.inode.stat())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.tree.call();
        let state = self.inode.state.lock().unwrap();
        let start = usize::try_from(offset).unwrap();
        let bytes = state.bytes.get(start..).unwrap_or_default();
        let len = bytes.len().min(buffer.len());
        buffer[..len].copy_from_slice(&bytes[..len]);
        Ok(len)
    }
}

impl Clock for FakeFs {
    fn now(&self) -> Duration {
        self.tree().now
    }

    fn utc(&self) -> SystemTime {
        UNIX_EPOCH + self.tree().now
    }
}
