//! What can be viewed: the files that the operator names, as they come and go.
//!
//! A [`FileSpec`] names a file, a glob or a directory. [`Catalog::scan`] looks
//! at the disk and turns all of them into [`Entry`]s: one for each file, with
//! its rotated siblings, a unique name, a group, labels and a state. Only the
//! catalog turns a [`SourceId`] into paths.
//!
//! Nothing here is a permission to read: whoever opens a file checks what was
//! opened, because a path may lead elsewhere by then.
//!
//! ```
//! use engine::catalog::{Catalog, CatalogOptions, FileSpec};
//!
//! let directory = tempfile::tempdir()?;
//! std::fs::write(directory.path().join("app.log"), "hello\n")?;
//! std::fs::write(directory.path().join("app.log.1"), "older\n")?;
//!
//! let specs = vec![FileSpec::new(directory.path())];
//! let mut catalog = Catalog::new(specs, CatalogOptions::new("/"));
//! assert_eq!(catalog.scan().appeared.len(), 1);
//! assert_eq!(catalog.entries()[0].older.len(), 1);
//! # Ok::<(), std::io::Error>(())
//! ```

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    path::PathBuf,
    time::SystemTime,
};

use protocol::{SourceId, SourceState};

mod disk;
mod expand;
mod head;
mod layout;
mod listing;
mod look;
mod names;
mod notice;
mod pattern;
mod rotation;
mod round;
mod spec;
#[cfg(test)]
mod tests;

pub use head::Compression;
pub use layout::{Layout, LayoutFault};
pub use listing::ITEMS_MAX;
pub use names::display_name;
pub use notice::Notice;
pub use spec::{FileSpec, SpecFault, SpecSource};

/// Files listed at most: a page of that many sources is of no use, and a scan
/// of them would take a second (30 000 unchanged files took 0.3 s on one busy
/// core of a small virtual machine, 2026-11-22).
pub const FILES_MAX: usize = 100_000;

/// Directories below a configured one that are gone into: deeper than any tree
/// of logs, and an end to one that is mounted into itself.
pub const DEPTH_MAX: usize = 32;

/// Directories reported for watching: half of the 8192 inotify watches that a
/// user had on kernels before 5.11.
pub const WATCHES_MAX: usize = 4096;

/// What a catalog works within.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogOptions {
    /// The absolute directory that relative paths are taken from.
    pub directory: PathBuf,
    /// Files found at most, [`FILES_MAX`] by default.
    pub files_max: usize,
    /// Directories gone into below a configured one, [`DEPTH_MAX`] by default.
    pub depth_max: usize,
    /// Directories reported for watching, [`WATCHES_MAX`] by default.
    pub watches_max: usize,
}

impl CatalogOptions {
    /// Returns the default limits, with relative paths taken from an absolute
    /// directory.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            files_max: FILES_MAX,
            depth_max: DEPTH_MAX,
            watches_max: WATCHES_MAX,
        }
    }
}

/// All sources that come from files.
#[derive(Debug)]
pub struct Catalog {
    specs: Vec<FileSpec>,
    options: CatalogOptions,
    // Absolute paths; without it a directory that vanished would turn into a
    // file that is waited for.
    were_directories: HashSet<PathBuf>,
    heads: head::Heads,
    entries: Vec<Entry>,
    by_id: HashMap<SourceId, usize>,
    by_name: HashMap<String, usize>,
    notices: Vec<Notice>,
    watches: BTreeSet<PathBuf>,
}

/// One source: a file, or a set of rotated files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Names it in requests; depends on its path alone.
    pub id: SourceId,
    /// What people call it, on one line and unique in the catalog.
    pub name: String,
    /// The heading it stands under; empty when it has none.
    pub group: String,
    /// Labels from the path, and over them those of its spec.
    pub labels: BTreeMap<String, String>,
    /// The live file, as found: absolute, links not followed.
    pub path: PathBuf,
    /// How the live file is packed, by its first bytes.
    pub compression: Compression,
    /// The rotated files of the set, oldest first.
    pub older: Vec<Older>,
    /// Bytes of the live file; 0 where it cannot be seen.
    pub size: u64,
    /// When the live file last changed; `None` where it cannot be seen.
    pub modified: Option<SystemTime>,
    /// What can be said of the live file: `Following`, `Missing`,
    /// `Unreadable`, `Binary`, or `Ended` where its spec says not to follow.
    pub state: SourceState,
    /// The reason of `state`, for a person; empty when there is none.
    pub detail: String,
    /// Lines that `tail` shows first; `None` for the default.
    pub tail_lines: Option<u64>,
    /// Whether what is appended is shown.
    pub follow: bool,
    /// The encoding by name; `None` for UTF-8 or what the first bytes say.
    pub encoding: Option<String>,
    /// The time zone of timestamps that name none; `None` for the default.
    pub timezone: Option<String>,
}

impl Entry {
    /// Whether it is a link that leads out of the configured directories, which
    /// nobody may read.
    pub fn leads_out(&self) -> bool {
        self.state == SourceState::Unreadable && self.detail == expand::LEADS_OUT
    }
}

/// One rotated file of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Older {
    /// Its path, as found.
    pub path: PathBuf,
    /// Its bytes on disk.
    pub size: u64,
    /// When it last changed.
    pub modified: Option<SystemTime>,
    /// How it is packed, by its first bytes, or by its name where they cannot
    /// be read.
    pub compression: Compression,
}

/// What a scan found to be different from the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Sources that were not there, in the order of [`Catalog::entries`].
    pub appeared: Vec<SourceId>,
    /// Sources that are there no more, in their former order.
    pub vanished: Vec<SourceId>,
    /// Sources of which anything changed, a size included.
    pub changed: Vec<SourceId>,
}

impl Catalog {
    /// Makes a catalog that is empty until its first scan.
    #[must_use]
    pub fn new(specs: Vec<FileSpec>, options: CatalogOptions) -> Self {
        debug_assert!(
            options.directory.is_absolute(),
            "ids and links need absolute paths"
        );
        Self {
            specs,
            options,
            were_directories: HashSet::new(),
            heads: head::Heads::default(),
            entries: Vec::new(),
            by_id: HashMap::new(),
            by_name: HashMap::new(),
            notices: Vec::new(),
            watches: BTreeSet::new(),
        }
    }

    /// Replaces the specs, as a changed configuration does; the next scan acts
    /// on them.
    pub fn set_specs(&mut self, specs: Vec<FileSpec>) {
        let directory = &self.options.directory;
        let paths: HashSet<PathBuf> = specs
            .iter()
            .map(
                |FileSpec {
                     source: SpecSource::Path(path),
                     ..
                 }| directory.join(path),
            )
            .collect();
        self.were_directories.retain(|path| paths.contains(path));
        self.specs = specs;
    }

    /// Looks at everything that the specs name.
    ///
    /// Reads the directories and asks for the state of each file, but opens
    /// only files that are new, changed, or could not be opened before. Where
    /// two specs lead to one file, the first one has it.
    pub fn scan(&mut self) -> Scan {
        let outcome = round::scan(
            &self.specs,
            &self.options,
            &mut self.were_directories,
            &mut self.heads,
        );
        let mut scan = Scan::default();
        let by_id = index(&outcome.entries, |entry| entry.id.clone());
        for entry in &outcome.entries {
            match self.by_id(&entry.id) {
                None => scan.appeared.push(entry.id.clone()),
                Some(before) if before != entry => scan.changed.push(entry.id.clone()),
                Some(_) => {}
            }
        }
        for entry in &self.entries {
            if !by_id.contains_key(&entry.id) {
                scan.vanished.push(entry.id.clone());
            }
        }
        self.by_id = by_id;
        self.by_name = index(&outcome.entries, |entry| entry.name.clone());
        self.entries = outcome.entries;
        self.notices = outcome.notices;
        self.watches = outcome.watches;
        scan
    }

    /// Returns all sources as of the last scan, in the order of the specs,
    /// and of the paths within one.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the source of an id.
    pub fn by_id(&self, id: &SourceId) -> Option<&Entry> {
        self.by_id
            .get(id)
            .and_then(|index| self.entries.get(*index))
    }

    /// Returns the source of exactly this name.
    pub fn by_name(&self, name: &str) -> Option<&Entry> {
        self.by_name
            .get(name)
            .and_then(|index| self.entries.get(*index))
    }

    /// Returns what the last scan has to tell the operator: globs that match
    /// nothing, limits reached, links not followed.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Returns the directories in which a change may change the next scan, at
    /// most [`CatalogOptions::watches_max`].
    ///
    /// For something that is not there yet it is the nearest directory above.
    pub fn watch_directories(&self) -> impl ExactSizeIterator<Item = &PathBuf> {
        self.watches.iter()
    }
}

/// Finds each entry again by a key.
fn index<K: std::hash::Hash + Eq>(
    entries: &[Entry],
    key: impl Fn(&Entry) -> K,
) -> HashMap<K, usize> {
    let keys = entries.iter().enumerate();
    keys.map(|(index, entry)| (key(entry), index)).collect()
}
