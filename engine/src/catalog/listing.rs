//! The directories that one scan has read, each once.

use std::{
    cell::OnceCell,
    collections::{BTreeSet, HashMap},
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
    rc::Rc,
};

use super::{
    disk::{self, Kind},
    head::Compression,
    notice::{Notice, Notices},
    rotation::{self, Stamp},
};

/// Items of all directories that one scan looks at, so that a directory of
/// millions of other files does not stop the program.
pub const ITEMS_MAX: usize = 1_000_000;

/// One directory, as it was when the scan came to it.
#[derive(Debug)]
pub(super) struct Directory {
    /// Its path with every link followed.
    pub(super) real: PathBuf,
    /// What is in it, by name.
    pub(super) items: Vec<Item>,
    sets: OnceCell<Sets>,
}

/// One name in a directory.
#[derive(Debug)]
pub(super) struct Item {
    /// The name.
    pub(super) name: OsString,
    /// What it names, a link being a link.
    pub(super) kind: Kind,
}

/// An older generation, by its name.
#[derive(Clone, Debug)]
pub(super) struct Sibling {
    /// Its name.
    pub(super) name: OsString,
    /// Whether it is a link.
    pub(super) is_link: bool,
    /// Its age, by its name.
    pub(super) stamp: Stamp,
    /// Its compression, by its name.
    pub(super) compression: Compression,
}

/// Older generations by the name of the live file.
type Sets = HashMap<OsString, Vec<Sibling>>;

/// Reads directories, and remembers each for the length of a scan.
#[derive(Debug, Default)]
pub(super) struct Listings {
    read: HashMap<PathBuf, Option<Rc<Directory>>>,
    item_count: usize,
    watches: BTreeSet<PathBuf>,
}

impl Listings {
    /// Returns a directory, or `None` with a notice where it cannot be read.
    pub(super) fn directory(
        &mut self,
        path: &Path,
        notices: &mut Notices,
    ) -> Option<Rc<Directory>> {
        if let Some(known) = self.read.get(path) {
            return known.clone();
        }
        self.watch(path);
        let directory = match self.read_directory(path, notices) {
            Ok(directory) => Some(Rc::new(directory)),
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    let reason = disk::reason(&error);
                    notices.add(Notice::UnreadableDirectory(path.to_owned(), reason));
                }
                None
            }
        };
        self.read.insert(path.to_owned(), directory.clone());
        directory
    }

    /// Notes that a change in a directory may change the next scan. Where it
    /// is not there, the nearest one above that is.
    pub(super) fn watch(&mut self, path: &Path) {
        let there = path.ancestors().find(|above| above.is_dir());
        if let Some(there) = there.filter(|there| !self.watches.contains(*there)) {
            self.watches.insert(there.to_owned());
        }
    }

    /// Returns the directories noted, and forgets all else.
    pub(super) fn into_watches(self) -> BTreeSet<PathBuf> {
        self.watches
    }

    fn read_directory(&mut self, path: &Path, notices: &mut Notices) -> io::Result<Directory> {
        let real = disk::resolve(path).map_err(disk::Blocked::into_error)?;
        let mut items = Vec::new();
        for item in fs::read_dir(&real)? {
            if self.item_count >= ITEMS_MAX {
                notices.add(Notice::TooManyItems(ITEMS_MAX));
                break;
            }
            self.item_count += 1;
            let item = item?;
            // Gone again between being listed and being looked at.
            let Ok(file_type) = item.file_type() else {
                continue;
            };
            items.push(Item {
                name: item.file_name(),
                kind: disk::kind(file_type),
            });
        }
        items.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Directory {
            real,
            items,
            sets: OnceCell::new(),
        })
    }
}

impl Directory {
    /// Returns the older generations of a file in this directory, by name.
    pub(super) fn siblings(&self, live: &OsStr) -> &[Sibling] {
        self.sets().get(live).map_or(&[], Vec::as_slice)
    }

    /// Returns what an item is, or `None` where none has this name.
    pub(super) fn kind_of(&self, name: &OsStr) -> Option<Kind> {
        let by_name = |item: &Item| item.name.as_os_str().cmp(name);
        let index = self.items.binary_search_by(by_name).ok()?;
        self.items.get(index).map(|item| item.kind)
    }

    fn sets(&self) -> &Sets {
        self.sets.get_or_init(|| {
            let mut sets = Sets::new();
            for item in &self.items {
                let is_link = match item.kind {
                    Kind::File => false,
                    Kind::Link => true,
                    Kind::Directory | Kind::Special(_) => continue,
                };
                let Some(rotated) = rotation::read_name(disk::bytes_of(&item.name)) else {
                    continue;
                };
                sets.entry(disk::name_of(&rotated.live))
                    .or_default()
                    .push(Sibling {
                        name: item.name.clone(),
                        is_link,
                        stamp: rotated.stamp,
                        compression: rotated.compression,
                    });
            }
            sets
        })
    }
}
