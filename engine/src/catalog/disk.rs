//! The calls into the file system, and what differs between systems.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, FileType, Metadata},
    io::{self, Read},
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::{FileTypeExt, MetadataExt},
    },
    path::{Component, Path, PathBuf},
    time::SystemTime,
};

use rustix::fs::{Mode, OFlags};

use super::display_name;

/// Links followed on the way to one file; the kernel's own limit.
const LINKS_MAX: usize = 40;

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// Anything else, in words.
    Special(&'static str),
}

/// What tells one content of a file from another without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    /// The device.
    pub(super) device: u64,
    /// The number of the file on it.
    pub(super) inode: u64,
}

/// What the file system says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    /// What it is.
    pub(super) kind: Kind,
    /// Which one it is.
    pub(super) identity: Identity,
    /// Its bytes.
    pub(super) size: u64,
    /// When its content last changed.
    pub(super) modified: Option<SystemTime>,
    /// When its content, owner or mode last changed: seconds, nanoseconds.
    pub(super) changed: (i64, i64),
}

/// Why the path of a file leads nowhere.
#[derive(Debug)]
pub(super) enum Blocked {
    /// Nothing is there.
    Absent,
    /// It is a link to something that is not there.
    Broken(PathBuf),
    /// It goes through more than [`LINKS_MAX`] links.
    Loop,
    /// It goes through a link of `/proc` that leads into a process.
    Magic,
    /// The system refused.
    Refused(io::Error),
}

impl Blocked {
    /// Says it to a person.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Absent => "no such file".to_owned(),
            Self::Broken(target) => {
                format!("a link to `{}`, which is not there", display_name(target))
            }
            Self::Loop => format!("more than {LINKS_MAX} links, one after the other"),
            Self::Magic => "a link of `/proc` into a process is never followed".to_owned(),
            Self::Refused(error) => reason(error),
        }
    }

    /// Makes an error of the system's kind of it.
    pub(super) fn into_error(self) -> io::Error {
        match self {
            Self::Refused(error) => error,
            Self::Absent | Self::Broken(_) => io::Error::from(io::ErrorKind::NotFound),
            Self::Loop | Self::Magic => io::Error::other(self.reason()),
        }
    }
}

/// Returns what stands at a path, following links.
pub(super) fn stat(path: &Path) -> io::Result<Stat> {
    fs::metadata(path).map(|metadata| stat_of(&metadata))
}

/// Returns what stands at a path, a link being a link.
pub(super) fn stat_link(path: &Path) -> io::Result<Stat> {
    fs::symlink_metadata(path).map(|metadata| stat_of(&metadata))
}

/// Returns the kind of a directory's item.
pub(super) fn kind(file_type: FileType) -> Kind {
    if file_type.is_file() {
        Kind::File
    } else if file_type.is_dir() {
        Kind::Directory
    } else if file_type.is_symlink() {
        Kind::Link
    } else if file_type.is_fifo() {
        Kind::Special("a named pipe")
    } else if file_type.is_socket() {
        Kind::Special("a socket")
    } else {
        Kind::Special("a device")
    }
}

/// Reads up to `bytes_max` from the start of a file.
///
/// Never waits for the other end of a pipe, nor takes over a terminal.
pub(super) fn read_head(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let mut head = Vec::new();
    file.take(bytes_max).read_to_end(&mut head)?;
    Ok(head)
}

/// Returns the path of a file with every link on the way followed.
///
/// Does what the kernel does, but for the links of `/proc/PID`, which lead to
/// whatever a process has open and are never followed. A `/proc` mounted
/// elsewhere is not recognized.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, Blocked> {
    let mut real = PathBuf::from("/");
    let mut rest: Vec<OsString> = components(path);
    let mut link_count = 0_usize;
    while let Some(part) = rest.pop() {
        if part == ".." {
            real.pop();
            continue;
        }
        let next = real.join(&part);
        let metadata = fs::symlink_metadata(&next).map_err(|error| blocked(path, error))?;
        if !metadata.is_symlink() {
            real = next;
            continue;
        }
        link_count += 1;
        if link_count > LINKS_MAX {
            return Err(Blocked::Loop);
        }
        if is_magic(&next) {
            return Err(Blocked::Magic);
        }
        let target = fs::read_link(&next).map_err(Blocked::Refused)?;
        if target.is_absolute() {
            real = PathBuf::from("/");
        }
        rest.extend(components(&target));
    }
    Ok(real)
}

/// Returns the reason of a failure, for a person.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::NotFound => "no such file".to_owned(),
        _ => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or_default();
            text.to_lowercase()
        }
    }
}

/// Makes a file name of bytes that came out of one.
pub(super) fn name_of(bytes: &[u8]) -> OsString {
    OsString::from_vec(bytes.to_vec())
}

/// Returns the bytes of a file name.
pub(super) fn bytes_of(name: &OsStr) -> &[u8] {
    name.as_bytes()
}

fn stat_of(metadata: &Metadata) -> Stat {
    Stat {
        kind: kind(metadata.file_type()),
        identity: Identity {
            device: metadata.dev(),
            inode: metadata.ino(),
        },
        size: metadata.len(),
        modified: metadata.modified().ok(),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    }
}

/// Returns the names and `..` of a path, last first.
fn components(path: &Path) -> Vec<OsString> {
    path.components()
        .rev()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some(OsString::from("..")),
            _ => None,
        })
        .collect()
}

/// Tells a link to nothing from a plain nothing.
fn blocked(path: &Path, error: io::Error) -> Blocked {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => match fs::read_link(path) {
            Ok(target) => Blocked::Broken(target),
            Err(_) => Blocked::Absent,
        },
        _ => Blocked::Refused(error),
    }
}

/// Whether a link is one of `/proc/PID/…`.
fn is_magic(link: &Path) -> bool {
    let mut names = link.components().skip(1).map(Component::as_os_str);
    names.next() == Some(OsStr::new("proc"))
        && names
            .next()
            .is_some_and(|id| id.as_bytes().iter().all(u8::is_ascii_digit))
}
