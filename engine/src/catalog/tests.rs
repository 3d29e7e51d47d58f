//! The catalog over real directories.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt, fs::symlink},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use protocol::SourceState;
use tempfile::TempDir;

use super::*;

mod links;
mod museum;
mod sets;
mod sources;

/// A directory of files, and a catalog over it.
struct Shelf {
    directory: TempDir,
    catalog: Catalog,
}

impl Shelf {
    /// Makes the files, each holding its own name.
    fn new(files: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = CatalogOptions::new(directory.path());
        let shelf = Self {
            directory,
            catalog: Catalog::new(Vec::new(), options),
        };
        for file in files {
            shelf.write(file, file.as_bytes());
        }
        shelf
    }

    fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: impl AsRef<Path>, content: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Sets the time of change, in seconds since 1970.
    fn touch(&self, name: &str, seconds: u64) {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let file = fs::File::options()
            .write(true)
            .open(self.path(name))
            .unwrap();
        file.set_modified(time).unwrap();
    }

    fn link(&self, name: &str, target: impl AsRef<Path>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
    }

    /// Replaces the specs by paths and scans.
    fn scan(&mut self, paths: &[&str]) -> Scan {
        self.scan_specs(paths.iter().map(FileSpec::new).collect())
    }

    fn scan_specs(&mut self, specs: Vec<FileSpec>) -> Scan {
        self.catalog.set_specs(specs);
        self.catalog.scan()
    }

    fn names(&self) -> Vec<&str> {
        self.catalog
            .entries()
            .iter()
            .map(|entry| entry.name.as_str())
            .collect()
    }

    fn entry(&self, name: &str) -> &Entry {
        let Some(entry) = self.catalog.by_name(name) else {
            panic!("{name:?} is not among {:?}", self.names());
        };
        entry
    }

    fn older(&self, name: &str) -> Vec<String> {
        let older = self.entry(name).older.iter();
        older
            .map(|older| display_name(Path::new(older.path.file_name().unwrap())))
            .collect()
    }

    fn state(&self, name: &str) -> (SourceState, &str) {
        let entry = self.entry(name);
        (entry.state, &entry.detail)
    }

    /// Panics if one file on disk belongs to two entries, or twice to one.
    fn check_no_file_twice(&self) {
        let mut seen = std::collections::HashSet::new();
        for entry in self.catalog.entries() {
            let older = entry.older.iter().map(|older| &older.path);
            for path in older.chain([&entry.path]) {
                if let Ok(real) = fs::canonicalize(path) {
                    assert!(seen.insert(real), "{path:?} is shown twice");
                }
            }
        }
    }
}
