//! The files beside a path that rotation may have made of it.

use std::{
    cmp::Ordering,
    io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use crate::{
    fs::{FileKind, Fs, Stat},
    generation::Identity,
};

/// Listings of a directory that changes meanwhile before the last one is taken.
const LISTINGS_MAX: usize = 3;

/// What packers leave; their bytes are not the log's.
const PACKED: [&[u8]; 8] = [b"gz", b"zst", b"xz", b"bz2", b"lz4", b"Z", b"zip", b"tmp"];

/// Numbers from here on are dates; nobody keeps so many backups.
const DATES_MIN: u64 = 100_000;

/// A file beside the path whose name says that it was made of it.
#[derive(Clone, Debug)]
pub(super) struct Sibling {
    pub(super) path: PathBuf,
    pub(super) stat: Stat,
    /// The number at the end of its name.
    pub(super) number: Option<u64>,
}

impl Sibling {
    pub(super) fn identity(&self) -> Identity {
        Identity::of(&self.stat)
    }
}

/// Files called `name.*`, `name-*`, `stem-*.extension` or `stem.*.extension`
/// beside each of `paths`.
///
/// # Errors
/// As the file system's listing.
pub(super) fn siblings(fs: &dyn Fs, paths: &[&Path]) -> io::Result<Vec<Sibling>> {
    let mut found: Vec<Sibling> = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        let (Some(directory), false) = (path.parent(), paths.iter().take(index).any(|p| p == path))
        else {
            continue;
        };
        for sibling in list(fs, directory, path)? {
            if !found.iter().any(|one| one.path == sibling.path) {
                found.push(sibling);
            }
        }
    }
    Ok(found)
}

/// Puts `some` of `all` siblings in the order in which they were the log, oldest
/// first.
///
/// Times may be equal, and late lines move them; the numbers in the names are
/// surer. Whether these count up or down is what most of the times say, or else
/// their length: dates rise, and short numbers are mostly shifted.
pub(super) fn sort(some: &mut [Sibling], all: &[Sibling]) {
    let mut numbered: Vec<_> = all
        .iter()
        .filter_map(|one| {
            Some((
                one.number?,
                one.stat.born_ns.unwrap_or(one.stat.modified_ns),
            ))
        })
        .collect();
    numbered.sort_unstable();
    let is_date = |number: u64| number >= DATES_MIN;
    let is_one_kind = some.iter().all(|one| one.number.is_some())
        && (numbered.iter().all(|(number, _)| is_date(*number))
            || !numbered.iter().any(|(number, _)| is_date(*number)));
    let votes = |order: Ordering| {
        let pairs = numbered.iter().zip(numbered.iter().skip(1));
        pairs
            .filter(|(one, next)| one.1.cmp(&next.1) == order)
            .count()
    };
    // One late line can turn one pair around, so one vote does not count.
    let (rising, falling) = (votes(Ordering::Less), votes(Ordering::Greater));
    let is_rising = if rising.abs_diff(falling) > 1 {
        rising > falling
    } else {
        numbered.iter().any(|(number, _)| is_date(*number))
    };
    some.sort_by(|one, other| {
        let by_number = if is_rising {
            one.number.cmp(&other.number)
        } else {
            other.number.cmp(&one.number)
        };
        let by_time = one.stat.modified_ns.cmp(&other.stat.modified_ns);
        let by_name = one.path.cmp(&other.path);
        if is_one_kind {
            by_number.then(by_time).then(by_name)
        } else {
            by_time.then(by_number).then(by_name)
        }
    });
}

fn list(fs: &dyn Fs, directory: &Path, path: &Path) -> io::Result<Vec<Sibling>> {
    let mut found = Vec::new();
    for _ in 0..LISTINGS_MAX {
        found.clear();
        let mut is_steady = true;
        for sibling in fs.list(directory)? {
            if !is_made_of(path, &sibling) {
                continue;
            }
            match fs.stat(&sibling) {
                Ok(stat) if stat.kind == FileKind::File => found.push(Sibling {
                    number: number(&sibling),
                    path: sibling,
                    stat,
                }),
                Ok(_) => {}
                // Renamed under our hands; its new name may have been missed.
                Err(_) => is_steady = false,
            }
        }
        if is_steady {
            break;
        }
    }
    Ok(found)
}

fn is_made_of(path: &Path, sibling: &Path) -> bool {
    let (Some(name), Some(other)) = (path.file_name(), sibling.file_name()) else {
        return false;
    };
    let is_rotation = |rest: &[u8]| {
        let [b'.' | b'-' | b'_', rest @ ..] = rest else {
            return false;
        };
        let words: [&[u8]; 7] = [
            b"old", b"bak", b"backup", b"prev", b"last", b"orig", b"save",
        ];
        let is_packed = PACKED
            .iter()
            .any(|end| rest.rsplit(|byte| *byte == b'.').next() == Some(end));
        !is_packed
            && (rest.first().is_some_and(u8::is_ascii_digit)
                || words.iter().any(|word| rest.starts_with(word)))
    };
    if let Some(rest) = other.as_bytes().strip_prefix(name.as_bytes()) {
        return is_rotation(rest);
    }
    let (Some(stem), Some(extension)) = (path.file_stem(), path.extension()) else {
        return false;
    };
    let middle = other
        .as_bytes()
        .strip_prefix(stem.as_bytes())
        .and_then(|rest| rest.strip_suffix(extension.as_bytes()))
        .and_then(|rest| rest.strip_suffix(b"."));
    middle.is_some_and(is_rotation)
}

fn number(path: &Path) -> Option<u64> {
    let name = path.file_name()?.as_bytes();
    let digits = name
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let digits = name.get(name.len() - digits..)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
