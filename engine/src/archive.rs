//! Compressed older generations as plain bytes.
//!
//! An archive is unpacked once, into a file without a name, so that everything
//! else reads it like any other generation. Memory stays at two buffers whatever
//! the archive claims to hold, and the disk within [`Limits`].

#[cfg(test)]
mod tests;

use std::{
    fmt,
    fs::{self, File},
    io::{self, BufRead, BufReader, ErrorKind, Read, Seek, Write},
    path::Path,
};

use flate2::bufread::GzDecoder;
use thiserror::Error;

/// Bytes unpacked between two looks at the limits and at the cancellation.
const BUFFER_BYTES: usize = 64 << 10;

/// Bytes that any archive may hold, however small it is: a few lines repeated for
/// an hour come close to the 1032:1 that deflate can do at most.
const FREE_BYTES: u64 = 64 << 20;

/// How other archives begin, and what they are called.
const OTHERS: [(&[u8], &str); 4] = [
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x04\x22\x4d\x18", "lz4"),
];

/// How much an archive may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes unpacked.
    pub bytes: u64,
    /// Bytes unpacked for each byte of the archive; holds above 64 MiB.
    pub ratio: u64,
}

impl Default for Limits {
    /// 2 GiB, and 200 times the archive: logs come to 10 to 40 times.
    fn default() -> Self {
        Self {
            bytes: 2 << 30,
            ratio: 200,
        }
    }
}

/// An archive as plain bytes.
#[derive(Debug)]
pub struct Unpacked {
    /// The bytes, from the start. The file has no name: closing it frees it.
    pub file: File,
    /// How many bytes it holds.
    pub bytes: u64,
    /// What was wrong with the archive, where something was.
    pub note: Option<Note>,
}

/// What was wrong with an archive that could be read all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// It stops in the middle: the bytes up to there were unpacked.
    Truncated,
    /// It is damaged: the bytes up to there were unpacked.
    Damaged,
    /// Bytes that are no archive follow it: they were left out.
    TrailingBytes,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the archive stops in the middle",
            Self::Damaged => "the archive is damaged, what follows cannot be read",
            Self::TrailingBytes => "bytes behind the archive were left out",
        })
    }
}

/// Why an archive was not unpacked.
#[derive(Debug, Error)]
pub enum ArchiveFault {
    /// A kind that is known and not read, this one.
    #[error("{0} archives are not supported")]
    NotSupported(&'static str),
    /// No archive at all, whatever its name says.
    #[error("not a gzip archive")]
    NotAnArchive,
    /// It holds more than [`Limits::bytes`], these.
    #[error("unpacks to more than the limit of {0} bytes")]
    TooLarge(u64),
    /// It holds more than [`Limits::ratio`] times its size.
    #[error("unpacks to more than {0} times its size, the limit")]
    TooDense(u64),
    /// The caller gave up.
    #[error("cancelled")]
    Cancelled,
    /// The archive could not be read.
    #[error("cannot read the archive: {0}")]
    Read(#[source] io::Error),
    /// The bytes could not be stored.
    #[error("cannot store the unpacked bytes: {0}")]
    Store(#[source] io::Error),
}

/// Unpacks a gzip archive of any number of members into a file without a name
/// in the directory `scratch`.
///
/// # Errors
///
/// See [`ArchiveFault`]. An archive that is cut off, damaged, or followed by
/// something else is no error: what could be read comes with a [`Note`].
///
/// # Cancellation
///
/// `cancelled` is asked after every 64 KiB unpacked, and the file goes with the
/// fault.
pub fn open_gzip(
    path: &Path,
    limits: Limits,
    scratch: &Path,
    cancelled: &dyn Fn() -> bool,
) -> Result<Unpacked, ArchiveFault> {
    // A pipe of that name would wait for a writer.
    let metadata = fs::metadata(path).map_err(ArchiveFault::Read)?;
    if !metadata.is_file() {
        return Err(ArchiveFault::NotAnArchive);
    }
    let archive = File::open(path).map_err(ArchiveFault::Read)?;
    let mut archive = BufReader::with_capacity(BUFFER_BYTES, archive);
    let start = archive.fill_buf().map_err(ArchiveFault::Read)?;
    if let Some((_, name)) = OTHERS.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Err(ArchiveFault::NotSupported(name));
    }
    if !b"\x1f\x8b".starts_with(&start[..start.len().min(2)]) {
        return Err(ArchiveFault::NotAnArchive);
    }
    let file = tempfile::tempfile_in(scratch).map_err(ArchiveFault::Store)?;
    let mut output = Output {
        file,
        bytes: 0,
        limits,
        dense_bytes: FREE_BYTES.max(metadata.len().saturating_mul(limits.ratio)),
        cancelled,
        buffer: vec![0; BUFFER_BYTES],
    };
    let note = members(&mut archive, &mut output)?;
    output.file.rewind().map_err(ArchiveFault::Store)?;
    Ok(Unpacked {
        file: output.file,
        bytes: output.bytes,
        note,
    })
}

/// Where the unpacked bytes go.
struct Output<'a> {
    file: File,
    bytes: u64,
    limits: Limits,
    /// Bytes from which on the archive is too dense.
    dense_bytes: u64,
    cancelled: &'a dyn Fn() -> bool,
    buffer: Vec<u8>,
}

/// How a member ended.
enum End {
    Whole,
    /// Its header is none.
    NoHeader,
    /// Its header is not all there.
    CutHeader,
    Broken(Note),
}

/// Unpacks one member after the other.
///
/// `flate2::MultiGzDecoder` does so too, and gives the same error for bytes behind
/// the last member as for damage in the middle.
fn members(
    archive: &mut impl BufRead,
    output: &mut Output<'_>,
) -> Result<Option<Note>, ArchiveFault> {
    let mut is_first = true;
    loop {
        let next = archive.fill_buf().map_err(ArchiveFault::Read)?;
        match next.first() {
            None => return Ok(is_first.then_some(Note::Truncated)),
            Some(0x1f) => {}
            Some(_) => return Ok(Some(Note::TrailingBytes)),
        }
        match member(archive, output)? {
            End::Whole => is_first = false,
            // The member before was the last one.
            End::NoHeader | End::CutHeader if !is_first => {
                return Ok(Some(Note::TrailingBytes));
            }
            End::NoHeader => return Err(ArchiveFault::NotAnArchive),
            End::CutHeader => return Ok(Some(Note::Truncated)),
            End::Broken(note) => return Ok(Some(note)),
        }
    }
}

fn member(archive: &mut impl BufRead, output: &mut Output<'_>) -> Result<End, ArchiveFault> {
    let mut decoder = GzDecoder::new(archive);
    loop {
        if (output.cancelled)() {
            return Err(ArchiveFault::Cancelled);
        }
        let read = match decoder.read(&mut output.buffer) {
            Ok(0) => return Ok(End::Whole),
            Ok(read) => read,
            Err(error) => {
                return end_of(&error, decoder.header().is_some()).ok_or(ArchiveFault::Read(error));
            }
        };
        output.bytes += u64::try_from(read).unwrap_or(u64::MAX);
        if output.bytes > output.limits.bytes {
            return Err(ArchiveFault::TooLarge(output.limits.bytes));
        }
        if output.bytes > output.dense_bytes {
            return Err(ArchiveFault::TooDense(output.limits.ratio));
        }
        let piece = &output.buffer[..read];
        output.file.write_all(piece).map_err(ArchiveFault::Store)?;
    }
}

/// What an error of the decoder says of the member; `None` if it is not about it.
fn end_of(error: &io::Error, has_header: bool) -> Option<End> {
    match (error.kind(), has_header) {
        (ErrorKind::UnexpectedEof, true) => Some(End::Broken(Note::Truncated)),
        (ErrorKind::UnexpectedEof, false) => Some(End::CutHeader),
        (ErrorKind::InvalidInput | ErrorKind::InvalidData, true) => {
            Some(End::Broken(Note::Damaged))
        }
        (ErrorKind::InvalidInput | ErrorKind::InvalidData, false) => Some(End::NoHeader),
        _ => None,
    }
}
