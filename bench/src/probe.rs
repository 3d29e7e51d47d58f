//! What this machine can do at all: the file read, and read with its newlines
//! counted, by two threads that do nothing else.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Bytes that a thread takes at once.
const UNIT_BYTES: u64 = 4 << 20;

/// Bytes of one read; several of these stay in the second-level cache.
const READ_BYTES: usize = 256 << 10;

/// Threads at work.
const THREADS: usize = 2;

/// What is done with the bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    /// Nothing.
    Read,
    /// Their newlines are counted.
    CountLines,
}

/// Goes through a file once; also says how many newlines were counted.
pub(crate) fn run(path: &Path, work: Work) -> io::Result<(Duration, u64)> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let (next, lines) = (AtomicU64::new(0), AtomicU64::new(0));
    let started = Instant::now();
    let read = || -> io::Result<()> {
        let mut buffer = vec![0; READ_BYTES];
        let mut found = 0;
        loop {
            let start = next.fetch_add(UNIT_BYTES, Ordering::Relaxed);
            let end = bytes.min(start + UNIT_BYTES);
            let mut at = start;
            while at < end {
                let wanted =
                    usize::try_from(end - at).map_or(READ_BYTES, |rest| rest.min(READ_BYTES));
                let part = buffer.get_mut(..wanted).unwrap_or_default();
                file.read_exact_at(part, at)?;
                if matches!(work, Work::CountLines) {
                    found += memchr::memchr_iter(b'\n', part).count();
                }
                at += u64::try_from(wanted).unwrap_or(UNIT_BYTES);
            }
            if start >= bytes {
                lines.fetch_add(u64::try_from(found).unwrap_or(0), Ordering::Relaxed);
                return Ok(());
            }
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(read)).collect();
        let panicked = |_| Err(io::Error::other("a thread panicked"));
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or_else(panicked))
    })?;
    Ok((started.elapsed(), lines.into_inner()))
}
