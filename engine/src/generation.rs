//! One continuous content of a source, read by many while it grows.

use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use protocol::{line::GenerationId, source::SourceId};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::fs::{Clock, File, Fs, Stat, nanoseconds_of};

/// Leading bytes that are kept to know a content by.
pub const HEAD_BYTES: usize = 1024;

/// Bytes before the frontier that are kept to know a content by.
pub const TAIL_BYTES: usize = 256;

/// Places before the frontier by which a copy that is shorter can be known.
const PROOFS_MAX: usize = 64;

/// A file that changed more recently than this is proven at every read, because
/// a second change in the same tick of its file system's clock leaves no trace
/// in its times. FAT counts in steps of two seconds.
const TICK_MAX: Duration = Duration::from_secs(2);

/// Looks at a file that keeps changing before its beginning is given up as a
/// starting point.
const ATTEMPTS_MAX: usize = 4;

/// One continuous content of a source: what was written to one file since it
/// was created or last emptied. Shared by its follower and all readers.
pub struct Generation {
    id: GenerationId,
    source: SourceId,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

/// What a generation can be recognized by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    /// The device of the file it is read from.
    pub dev: u64,
    /// The inode of the file it is read from.
    pub ino: u64,
    /// How many leading bytes are hashed, at most 1024.
    pub head_len: u16,
    /// `xxh3` of these bytes.
    pub head_hash: u64,
}

/// Why bytes of a generation could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadFault {
    /// The file holds other bytes now; the follower has to look, then the
    /// generation is read from elsewhere or is lost.
    #[error("the file no longer holds what was read from it")]
    Changed,
    /// Nothing holds these bytes any more.
    #[error("the bytes are gone")]
    Lost,
    /// The system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What one step of a follower found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing new.
    Idle,
    /// The frontier moved, or the file changed while it was read.
    Grew {
        /// Whether the file holds more than was taken.
        more: bool,
    },
    /// The file is shorter than what was seen of it.
    Truncated,
    /// What was seen of it is different now.
    Rewritten,
}

/// What a file is called among others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    pub(crate) dev: u64,
    pub(crate) ino: u64,
    pub(crate) born_ns: Option<i128>,
}

/// How a follower with a planted fault reads; see `follow::Planted`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// As it should be.
    Full,
    /// Believes sizes.
    SizeOnly,
}

struct State {
    backing: Backing,
    /// Counts changes of `backing`, so that a proof of one is not noted for another.
    epoch: u64,
    identity: Identity,
    path: PathBuf,
    frontier: u64,
    is_sealed: bool,
    lost_from: Option<u64>,
    modified: SystemTime,
    /// The stat under which the content was last proven, if it can be trusted.
    proven: Option<Stamp>,
    head: Vec<u8>,
    /// The bytes before `tail_end`, at most `TAIL_BYTES`.
    tail: Vec<u8>,
    /// The frontier, or less where the end is lost.
    tail_end: u64,
    /// Earlier frontiers and the hash of the bytes before them, rising.
    proofs: Vec<(u64, u64)>,
    /// Set by a reader that did not find the file under its name.
    is_misplaced: bool,
}

#[derive(Clone)]
enum Backing {
    Held(Arc<dyn File>),
    Named(Arc<dyn Fs>),
    Gone,
}

type Stamp = (u64, i128, i128);

/// What is enough to start a generation with.
struct Beginning {
    stat: Stat,
    head: Vec<u8>,
    tail: Vec<u8>,
    frontier: u64,
}

impl Generation {
    /// A content that is complete: an older file of a rotated set, or an
    /// archive's content behind any [`File`]. The file stays open.
    ///
    /// # Errors
    /// As the file's `stat` and `read_at`.
    pub fn sealed(
        source: SourceId,
        file: Arc<dyn File>,
        path: PathBuf,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Arc<Self>> {
        let this = Self::begin(source, file, path, clock, 0)?;
        this.seal();
        Ok(Arc::new(this))
    }

    /// The same for a plain file, which is opened for each read, so that a long
    /// history costs no descriptors.
    ///
    /// # Errors
    /// As `open`, `stat` and `read_at`.
    pub fn sealed_at(
        source: SourceId,
        fs: Arc<dyn Fs>,
        path: PathBuf,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Arc<Self>> {
        let file = fs.open(&path)?;
        let this = Self::sealed(source, file, path.clone(), clock)?;
        this.release(Some((fs, path)));
        Ok(this)
    }

    /// Starts a generation with what its file holds now. Reads head and tail only.
    pub(crate) fn begin(
        source: SourceId,
        file: Arc<dyn File>,
        path: PathBuf,
        clock: Arc<dyn Clock>,
        count: u64,
    ) -> io::Result<Self> {
        let began = beginning(file.as_ref())?;
        let identity = Identity::of(&began.stat);
        let proven = trusted(&began.stat, clock.as_ref());
        Ok(Self {
            id: identity.id(count),
            source,
            clock,
            state: Mutex::new(State {
                backing: Backing::Held(file),
                epoch: 0,
                identity,
                path,
                frontier: began.frontier,
                is_sealed: false,
                lost_from: None,
                modified: began.stat.modified(),
                proven: proven.filter(|_| began.frontier == began.stat.size),
                proofs: vec![(began.frontier, xxh3_64(&began.tail))],
                head: began.head,
                tail: began.tail,
                tail_end: began.frontier,
                is_misplaced: false,
            }),
        })
    }

    /// Names it in its source; the same after a restart for a file that was not
    /// emptied meanwhile.
    pub fn id(&self) -> GenerationId {
        self.id
    }

    /// The source it belongs to.
    pub fn source(&self) -> &SourceId {
        &self.source
    }

    /// The name it is read from; empty once nothing names it.
    pub fn path(&self) -> PathBuf {
        self.lock().path.clone()
    }

    /// Bytes before this offset belong to it. Only grows.
    pub fn frontier(&self) -> u64 {
        self.lock().frontier
    }

    /// Whether nothing more will be appended.
    pub fn is_sealed(&self) -> bool {
        self.lock().is_sealed
    }

    /// Whether none of its bytes can be read any more.
    pub fn is_lost(&self) -> bool {
        self.lock().lost_from == Some(0)
    }

    /// Where the bytes begin that cannot be read any more: 0 when all are lost,
    /// more when a copy holds the first part, `None` when nothing is lost.
    pub fn lost_from(&self) -> Option<u64> {
        self.lock().lost_from
    }

    /// When its content changed last.
    pub fn modified(&self) -> SystemTime {
        self.lock().modified
    }

    /// What it can be recognized by.
    pub fn fingerprint(&self) -> Fingerprint {
        let state = self.lock();
        Fingerprint {
            dev: state.identity.dev,
            ino: state.identity.ino,
            head_len: u16::try_from(state.head.len()).unwrap_or(u16::MAX),
            head_hash: xxh3_64(&state.head),
        }
    }

    /// Whether the first KiB is no text: a NUL without a UTF-16 byte order mark.
    pub fn is_binary(&self) -> bool {
        let state = self.lock();
        let is_utf16 = state.head.starts_with(b"\xff\xfe") || state.head.starts_with(b"\xfe\xff");
        !is_utf16 && state.head.contains(&0)
    }

    /// Fills as much of `buffer` as lies below the frontier, or before the lost
    /// part; so 0 means that there is nothing yet at `offset`.
    ///
    /// The bytes are this generation's or none: they are read first, and then
    /// the file is proven to be still the same.
    ///
    /// # Errors
    /// [`ReadFault::Changed`] when the file holds something else: have the
    /// follower look, then try again. [`ReadFault::Lost`] from `lost_from` on.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, ReadFault> {
        for _ in 0..ATTEMPTS_MAX {
            let (backing, path, identity, epoch, proven, end) = {
                let state = self.lock();
                if state.lost_from.is_some_and(|lost| offset >= lost) {
                    return Err(ReadFault::Lost);
                }
                (
                    state.backing.clone(),
                    state.path.clone(),
                    state.identity,
                    state.epoch,
                    state.proven,
                    state.lost_from.unwrap_or(state.frontier),
                )
            };
            let left = usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX);
            let want = left.min(buffer.len());
            if want == 0 {
                return Ok(0);
            }
            let file = match backing {
                Backing::Held(file) => file,
                Backing::Named(fs) => match fs.open(&path) {
                    Ok(file) if Identity::of(&file.stat()?) == identity => file,
                    Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                        return Err(error.into());
                    }
                    Ok(_) | Err(_) => return self.misplaced(),
                },
                Backing::Gone => return Err(ReadFault::Lost),
            };
            let target = buffer.get_mut(..want).unwrap_or_default();
            let got = fill(file.as_ref(), target, offset)?;
            let stat = file.stat()?;
            if got < want {
                return self.misplaced();
            }
            if Some(stamp(&stat)) == proven {
                return Ok(got);
            }
            let (tail_end, tail, head) = {
                let state = self.lock();
                if state.epoch != epoch {
                    continue;
                }
                (state.tail_end, state.tail.clone(), state.head.clone())
            };
            if !holds(file.as_ref(), tail_end, &tail)? || !holds(file.as_ref(), 0, &head)? {
                return self.misplaced();
            }
            let mut state = self.lock();
            if state.epoch == epoch {
                state.proven = trusted(&stat, self.clock.as_ref());
            }
            return Ok(got);
        }
        Err(ReadFault::Changed)
    }

    /// `xxh3` of the up to 256 bytes before `offset`, by which a cursor knows
    /// later that it still stands in the same content.
    ///
    /// # Errors
    /// As [`Self::read_at`].
    pub fn proof_at(&self, offset: u64) -> Result<u64, ReadFault> {
        let start = offset.saturating_sub(to_u64(TAIL_BYTES));
        let mut bytes = [0; TAIL_BYTES];
        let len = usize::try_from(offset - start).unwrap_or(TAIL_BYTES);
        let bytes = bytes.get_mut(..len).unwrap_or_default();
        let got = self.read_at(bytes, start)?;
        Ok(xxh3_64(bytes.get(..got).unwrap_or_default()))
    }

    /// The file it is read from.
    pub(crate) fn identity(&self) -> Identity {
        self.lock().identity
    }

    /// Takes over up to `limit` of the bytes that follow the frontier in the
    /// file that is held. Proof and bytes come from one `pread`.
    pub(crate) fn advance(&self, limit: usize, care: Care) -> io::Result<Step> {
        let (backing, frontier, tail, head, proven) = {
            let state = self.lock();
            (
                state.backing.clone(),
                state.frontier,
                state.tail.clone(),
                state.head.clone(),
                state.proven,
            )
        };
        let Backing::Held(file) = backing else {
            return Ok(Step::Idle);
        };
        let before = file.stat()?;
        if before.size < frontier {
            return Ok(Step::Truncated);
        }
        let is_proven = proven == Some(stamp(&before));
        if before.size == frontier && (is_proven || care == Care::SizeOnly) {
            return Ok(Step::Idle);
        }
        let grown = usize::try_from(before.size - frontier).unwrap_or(usize::MAX);
        let mut bytes = vec![0; tail.len() + grown.saturating_add(4096).min(limit)];
        let got = file.read_at(&mut bytes, frontier - to_u64(tail.len()))?;
        bytes.truncate(got);
        let is_rewritten = if care == Care::SizeOnly {
            got < tail.len()
        } else {
            // The head comes last: a content that is gone never comes back, so
            // what is right now was right when the bytes were read.
            !bytes.starts_with(&tail) || !(is_proven || holds(file.as_ref(), 0, &head)?)
        };
        let after = file.stat()?;
        if after.size < frontier {
            return Ok(Step::Truncated);
        }
        if is_rewritten {
            return Ok(Step::Rewritten);
        }
        let payload = bytes.get(tail.len()..).unwrap_or_default();
        if after.size < frontier + to_u64(payload.len()) {
            return Ok(Step::Grew { more: true });
        }
        let mut state = self.lock();
        // `before`, as the proof came after it: a change in between shows as a
        // difference next time.
        state.proven = trusted(&before, self.clock.as_ref());
        state.modified = before.modified();
        if payload.is_empty() {
            return Ok(Step::Idle);
        }
        state.append(payload);
        Ok(Step::Grew {
            more: after.size > state.frontier,
        })
    }

    /// Whether its content was proven so long after the last change that the
    /// next one is sure to show.
    pub(crate) fn is_proven(&self) -> bool {
        self.lock().proven.is_some()
    }

    /// Whether nothing happened to its file since it was proven.
    pub(crate) fn is_proven_at(&self, stat: &Stat) -> bool {
        self.lock().proven == Some(stamp(stat))
    }

    pub(crate) fn seal(&self) {
        self.lock().is_sealed = true;
    }

    /// Nothing holds its bytes from `from` on.
    pub(crate) fn lose(&self) {
        let mut state = self.lock();
        state.is_sealed = true;
        state.lost_from = Some(0);
        state.backing = Backing::Gone;
        state.epoch += 1;
        state.path = PathBuf::new();
        state.is_misplaced = false;
    }

    /// Lets go of the open file. It is read through its name from now on, or is
    /// lost where it has none.
    pub(crate) fn release(&self, name: Option<(Arc<dyn Fs>, PathBuf)>) {
        let Some((fs, path)) = name else {
            return self.lose();
        };
        let mut state = self.lock();
        state.is_sealed = true;
        state.backing = Backing::Named(fs);
        state.epoch += 1;
        state.path = path;
        state.is_misplaced = false;
    }

    /// Notes the name under which it is found now.
    pub(crate) fn rename(&self, path: PathBuf) {
        let mut state = self.lock();
        state.path = path;
        state.is_misplaced = false;
    }

    /// Whether it is read through its name.
    pub(crate) fn is_named(&self) -> bool {
        matches!(self.lock().backing, Backing::Named(_))
    }

    /// Whether a reader did not find it where it should be.
    pub(crate) fn is_misplaced(&self) -> bool {
        self.lock().is_misplaced
    }

    /// How much of this generation `copy` holds: the copy's size where a proof
    /// lies within it, else nothing.
    pub(crate) fn held_by(&self, copy: &dyn File) -> io::Result<Option<Stat>> {
        let (head, proofs) = {
            let state = self.lock();
            (state.head.clone(), state.proofs.clone())
        };
        let stat = copy.stat()?;
        let proof = proofs.iter().rev().find(|(offset, _)| *offset <= stat.size);
        let Some(&(offset, hash)) = proof.filter(|(offset, _)| *offset > 0) else {
            return Ok(None);
        };
        let head_len = head
            .len()
            .min(usize::try_from(offset).unwrap_or(usize::MAX));
        let head = head.get(..head_len).unwrap_or_default();
        let tail = read_before(copy, offset)?;
        let is_held = xxh3_64(&tail) == hash && holds(copy, to_u64(head.len()), head)?;
        Ok(is_held.then_some(stat))
    }

    /// Is read from `copy` from now on, which [`Self::held_by`] has proven, and
    /// takes over what the copy has past the frontier. Returns where the copy
    /// ends.
    pub(crate) fn adopt(
        &self,
        fs: Arc<dyn Fs>,
        copy: &dyn File,
        path: PathBuf,
        stat: &Stat,
    ) -> io::Result<u64> {
        let tail = read_before(copy, stat.size)?;
        let mut head = vec![0; HEAD_BYTES.min(usize::try_from(stat.size).unwrap_or(HEAD_BYTES))];
        let got = fill(copy, &mut head, 0)?;
        head.truncate(got);
        let mut state = self.lock();
        state.backing = Backing::Named(fs);
        state.epoch += 1;
        state.identity = Identity::of(stat);
        state.path = path;
        state.lost_from = (stat.size < state.frontier).then_some(stat.size);
        state.frontier = state.frontier.max(stat.size);
        state.tail = tail;
        state.tail_end = stat.size;
        state.head = head;
        state.proven = None;
        state.is_sealed = true;
        state.is_misplaced = false;
        Ok(stat.size)
    }

    /// Whether `other` holds the same content, by head and size.
    pub(crate) fn is_copy_of(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.fingerprint(), other.fingerprint());
        self.frontier() == other.frontier()
            && (mine.head_len, mine.head_hash) == (theirs.head_len, theirs.head_hash)
            && self.lock().tail == other.lock().tail
    }

    /// Is read from where `other`, the same content, is read from.
    pub(crate) fn move_to(&self, other: &Self) {
        let (backing, identity, path) = {
            let other = other.lock();
            (other.backing.clone(), other.identity, other.path.clone())
        };
        let mut state = self.lock();
        state.backing = backing;
        state.identity = identity;
        state.path = path;
        state.epoch += 1;
        state.lost_from = None;
        state.proven = None;
        state.is_misplaced = false;
    }

    fn misplaced(&self) -> Result<usize, ReadFault> {
        self.lock().is_misplaced = true;
        Err(ReadFault::Changed)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Generation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.lock();
        f.debug_struct("Generation")
            .field("id", &self.id)
            .field("path", &state.path)
            .field("frontier", &state.frontier)
            .field("is_sealed", &state.is_sealed)
            .field("lost_from", &state.lost_from)
            .finish_non_exhaustive()
    }
}

impl State {
    fn append(&mut self, payload: &[u8]) {
        let head_room = HEAD_BYTES.saturating_sub(self.head.len());
        if to_u64(self.head.len()) == self.frontier {
            let more = payload.get(..head_room).unwrap_or(payload);
            self.head.extend_from_slice(more);
        }
        self.frontier += to_u64(payload.len());
        self.tail.extend_from_slice(payload);
        let surplus = self.tail.len().saturating_sub(TAIL_BYTES);
        self.tail.drain(..surplus);
        self.tail.shrink_to(TAIL_BYTES);
        self.tail_end = self.frontier;
        self.proofs.push((self.frontier, xxh3_64(&self.tail)));
        if self.proofs.len() > PROOFS_MAX {
            // Every second one of the older half goes, so that they lie dense
            // near the end, where a copy stops, and reach back to the start.
            let mut index = 0;
            self.proofs.retain(|_| {
                index += 1;
                index > PROOFS_MAX / 2 || index % 2 == 1
            });
        }
    }
}

impl Identity {
    pub(crate) fn of(stat: &Stat) -> Self {
        Self {
            dev: stat.dev,
            ino: stat.ino,
            born_ns: stat.born_ns,
        }
    }

    /// The id of the generation that this file begins after having been emptied
    /// `count` times under our eyes.
    pub(crate) fn id(&self, count: u64) -> GenerationId {
        let mut hash = Xxh3::new();
        hash.update(&self.dev.to_le_bytes());
        hash.update(&self.ino.to_le_bytes());
        hash.update(&self.born_ns.unwrap_or(0).to_le_bytes());
        hash.update(&count.to_le_bytes());
        GenerationId(hash.digest())
    }
}

/// Reads head and tail of a file. The head is read again at the end: if it is
/// still the same, both are of one content.
fn beginning(file: &dyn File) -> io::Result<Beginning> {
    for _ in 0..ATTEMPTS_MAX {
        let stat = file.stat()?;
        let mut head = vec![0; HEAD_BYTES.min(usize::try_from(stat.size).unwrap_or(HEAD_BYTES))];
        let got = fill(file, &mut head, 0)?;
        let tail = read_before(file, stat.size)?;
        let whole = usize::try_from(stat.size).map_or(TAIL_BYTES, |size| size.min(TAIL_BYTES));
        if got == head.len()
            && tail.len() == whole
            && holds(file, to_u64(head.len()), &head)?
            && file.stat()?.size >= stat.size
        {
            return Ok(Beginning {
                frontier: stat.size,
                stat,
                head,
                tail,
            });
        }
    }
    // It changes all the time. Nothing is known of it, which is always true.
    Ok(Beginning {
        stat: file.stat()?,
        head: Vec::new(),
        tail: Vec::new(),
        frontier: 0,
    })
}

/// Reads until `buffer` is full or the file ends.
fn fill(file: &dyn File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + to_u64(filled))? {
            0 => break,
            got => filled += got,
        }
    }
    Ok(filled)
}

/// The up to `TAIL_BYTES` before `end`; fewer where the file is shorter.
fn read_before(file: &dyn File, end: u64) -> io::Result<Vec<u8>> {
    let start = end.saturating_sub(to_u64(TAIL_BYTES));
    let mut bytes = vec![0; usize::try_from(end - start).unwrap_or(TAIL_BYTES)];
    let got = fill(file, &mut bytes, start)?;
    bytes.truncate(got);
    Ok(bytes)
}

/// Whether the file has `bytes` right before `end`, or from 0 on when `end` is 0.
fn holds(file: &dyn File, end: u64, bytes: &[u8]) -> io::Result<bool> {
    let mut found = vec![0; bytes.len()];
    let got = fill(file, &mut found, end.saturating_sub(to_u64(bytes.len())))?;
    Ok(got == bytes.len() && found == bytes)
}

fn stamp(stat: &Stat) -> Stamp {
    (stat.size, stat.modified_ns, stat.changed_ns)
}

/// The stamp, if a later change is sure to alter it.
fn trusted(stat: &Stat, clock: &dyn Clock) -> Option<Stamp> {
    let tick = i128::try_from(TICK_MAX.as_nanos()).unwrap_or(0);
    let last = stat.modified_ns.max(stat.changed_ns);
    (last + tick < nanoseconds_of(clock.utc())).then(|| stamp(stat))
}

fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
