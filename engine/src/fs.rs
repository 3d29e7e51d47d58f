//! Files and time as the follower sees them, so that a test can play both.

use std::{
    fs::Metadata,
    io,
    os::unix::fs::{FileExt, MetadataExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use rustix::fs::{Mode, OFlags};

/// What a path or a descriptor stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A fifo, socket or device.
    Other,
}

/// What the file system says of a file. Each field is a hint; none alone
/// decides whether two looks saw the same content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// The device it lies on.
    pub dev: u64,
    /// Its inode number, used again once nothing holds the file.
    pub ino: u64,
    /// Its length in bytes.
    pub size: u64,
    /// When its content changed last, in nanoseconds since 1970 in UTC.
    pub modified_ns: i128,
    /// When content, name or mode changed last, in the same unit.
    pub changed_ns: i128,
    /// When it was created, where the file system remembers.
    pub born_ns: Option<i128>,
    /// What it is.
    pub kind: FileKind,
}

/// An open file. It stays readable when its name goes.
pub trait File: Send + Sync {
    /// What it is now.
    ///
    /// # Errors
    /// As `fstat`.
    fn stat(&self) -> io::Result<Stat>;

    /// Reads once at `offset`, which may give fewer bytes than asked for; 0
    /// means that the file ends there.
    ///
    /// # Errors
    /// As `pread`.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
}

/// A tree of files.
pub trait Fs: Send + Sync {
    /// Opens a regular file for reading; links are followed.
    ///
    /// # Errors
    /// As `open`; what is no regular file is refused with a sentence that says
    /// what it is.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>>;

    /// What is at `path`, behind all links.
    ///
    /// # Errors
    /// As `stat`.
    fn stat(&self, path: &Path) -> io::Result<Stat>;

    /// The paths in `directory`, in no order.
    ///
    /// # Errors
    /// As `opendir` and `readdir`.
    fn list(&self, directory: &Path) -> io::Result<Vec<PathBuf>>;

    /// The same path with all links resolved.
    ///
    /// # Errors
    /// As `realpath`.
    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(path.to_path_buf())
    }
}

/// Time.
pub trait Clock: Send + Sync {
    /// Time since some start; never goes back.
    fn now(&self) -> Duration;

    /// The time of day, which may jump.
    fn utc(&self) -> SystemTime;
}

/// The machine's files.
#[derive(Clone, Copy, Debug)]
pub struct RealFs;

/// The machine's clocks.
#[derive(Clone, Copy, Debug)]
pub struct RealClock {
    start: Instant,
}

impl Stat {
    /// Whether both were taken of one file, as far as numbers can tell.
    pub fn is_same_file(&self, other: &Self) -> bool {
        (self.dev, self.ino, self.born_ns) == (other.dev, other.ino, other.born_ns)
    }

    /// When the content changed last.
    pub fn modified(&self) -> SystemTime {
        time_of(self.modified_ns)
    }
}

impl RealClock {
    /// Starts counting.
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

impl Default for RealClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for RealClock {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn utc(&self) -> SystemTime {
        SystemTime::now()
    }
}

impl Fs for RealFs {
    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        // Without NONBLOCK, opening a fifo waits for its writer.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = std::fs::File::from(rustix::fs::open(path, flags, Mode::empty())?);
        let kind = file.metadata()?.file_type();
        if kind.is_file() {
            Ok(Arc::new(file))
        } else {
            Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("it is a {}", kind_name(kind)),
            ))
        }
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        Ok(stat_of(&std::fs::metadata(path)?))
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        std::fs::read_dir(directory)?
            .map(|entry| Ok(entry?.path()))
            .collect()
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        std::fs::canonicalize(path)
    }
}

impl File for std::fs::File {
    fn stat(&self) -> io::Result<Stat> {
        Ok(stat_of(&self.metadata()?))
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        loop {
            match FileExt::read_at(self, buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }
}

/// Nanoseconds since 1970, negative before.
pub(crate) fn nanoseconds_of(time: SystemTime) -> i128 {
    let nanoseconds = |span: Duration| i128::try_from(span.as_nanos()).unwrap_or(i128::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => nanoseconds(since),
        Err(before) => -nanoseconds(before.duration()),
    }
}

fn time_of(nanoseconds: i128) -> SystemTime {
    let span = Duration::from_nanos(u64::try_from(nanoseconds.unsigned_abs()).unwrap_or(u64::MAX));
    let time = if nanoseconds < 0 {
        UNIX_EPOCH.checked_sub(span)
    } else {
        UNIX_EPOCH.checked_add(span)
    };
    time.unwrap_or(UNIX_EPOCH)
}

fn stat_of(metadata: &Metadata) -> Stat {
    let nanoseconds =
        |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
    Stat {
        dev: metadata.dev(),
        ino: metadata.ino(),
        size: metadata.size(),
        modified_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
        changed_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        born_ns: metadata.created().ok().map(nanoseconds_of),
        kind: if metadata.is_file() {
            FileKind::File
        } else if metadata.is_dir() {
            FileKind::Directory
        } else {
            FileKind::Other
        },
    }
}

fn kind_name(kind: std::fs::FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_dir() {
        "directory"
    } else if kind.is_fifo() {
        "fifo"
    } else if kind.is_socket() {
        "socket"
    } else {
        "device"
    }
}
