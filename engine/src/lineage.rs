//! All contents that a source has had, and what happened to it.

use std::{
    collections::{HashSet, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use protocol::{
    event::{Event, Gap},
    line::{GenerationId, Place},
    source::{SourceId, SourceState},
};

use crate::generation::{Generation, Identity};

/// Marks that are kept; older ones are forgotten. What they say of bytes can
/// also be seen at the generations.
pub const MARKS_MAX: usize = 256;

/// Generations that can no longer be read and are still listed, so that readers
/// learn what became of them.
pub const LOST_MAX: usize = 32;

/// The generations of one source, oldest first, shared by its follower and all
/// readers.
pub struct Lineage {
    source: SourceId,
    version: AtomicU64,
    state: Mutex<State>,
}

/// Something that happened to a source, at its place among the lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Rises by one with each mark of the source, from 1.
    pub sequence: u64,
    /// It stands before the line at this place; for a gap, the hole begins here.
    pub place: Place,
    /// What happened.
    pub what: What,
}

/// What a mark stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Something happened to the source.
    Event(Event),
    /// Bytes cannot be shown.
    Gap(Gap),
}

/// Where a generation is listed; last if the other one is not.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Spot {
    Last,
    Before(GenerationId),
    After(GenerationId),
}

struct State {
    generations: Arc<[Arc<Generation>]>,
    /// Those that did not come from the follower; they stand first.
    older: HashSet<GenerationId>,
    marks: VecDeque<Mark>,
    snapshot: Arc<[Mark]>,
    sequence: u64,
    standing: SourceState,
    detail: String,
    notice: String,
}

impl Lineage {
    /// A source of which nothing is known yet.
    pub fn new(source: SourceId) -> Self {
        Self {
            source,
            version: AtomicU64::new(1),
            state: Mutex::new(State {
                generations: Arc::from([]),
                older: HashSet::new(),
                marks: VecDeque::new(),
                snapshot: Arc::from([]),
                sequence: 0,
                standing: SourceState::Missing,
                detail: String::new(),
                notice: String::new(),
            }),
        }
    }

    /// Whose lineage it is.
    pub fn source(&self) -> &SourceId {
        &self.source
    }

    /// The generations, oldest first.
    pub fn generations(&self) -> Arc<[Arc<Generation>]> {
        self.lock().generations.clone()
    }

    /// The generation with this id, if it is still listed.
    pub fn generation(&self, id: GenerationId) -> Option<Arc<Generation>> {
        let generations = self.generations();
        generations.iter().find(|one| one.id() == id).cloned()
    }

    /// Rises with every change, growth included.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// The newest marks, oldest first, at most 256.
    pub fn marks(&self) -> Arc<[Mark]> {
        self.lock().snapshot.clone()
    }

    /// What can be said of the source, and why, for a person.
    pub fn state(&self) -> (SourceState, String) {
        let state = self.lock();
        let detail = if state.detail.is_empty() {
            &state.notice
        } else {
            &state.detail
        };
        (state.standing, detail.clone())
    }

    /// Lists older contents before those that the follower found, each once: one
    /// that is there already, by its file or as a copy, is not taken again, but
    /// gives its bytes back to one that was lost.
    pub fn attach_older(&self, older: Vec<Arc<Generation>>) {
        let mut state = self.lock();
        let mut generations = state.generations.to_vec();
        let mut is_changed = false;
        for new in older {
            let known = generations.iter().find(|old| {
                old.id() == new.id()
                    || same_file(&old.identity(), &new.identity())
                    || new.is_copy_of(old)
            });
            if let Some(old) = known {
                if old.is_lost() {
                    old.move_to(&new);
                    is_changed = true;
                } else if old.is_named() && same_file(&old.identity(), &new.identity()) {
                    old.rename(new.path());
                }
                continue;
            }
            // Behind every older one that is no newer, and before what the
            // follower found.
            let at = generations
                .iter()
                .position(|old| !state.older.contains(&old.id()) || old.modified() > new.modified())
                .unwrap_or(generations.len());
            state.older.insert(new.id());
            generations.insert(at, new);
            is_changed = true;
        }
        if is_changed {
            state.generations = generations.into();
            self.touch();
        }
    }

    /// Whether a generation came through [`Self::attach_older`], not from the
    /// follower.
    pub fn is_older(&self, id: GenerationId) -> bool {
        self.lock().older.contains(&id)
    }

    /// Forgets generations that came through [`Self::attach_older`], when their
    /// files are gone.
    pub fn detach_older(&self, ids: &[GenerationId]) {
        let mut state = self.lock();
        let is_kept =
            |one: &Generation| !(ids.contains(&one.id()) && state.older.contains(&one.id()));
        let kept: Vec<_> = state
            .generations
            .iter()
            .filter(|one| is_kept(one))
            .cloned()
            .collect();
        state.older.retain(|id| !ids.contains(id));
        state.generations = kept.into();
        self.touch();
    }

    /// A lasting remark that is shown as the state's reason when it has none.
    pub(crate) fn set_notice(&self, notice: &str) {
        let mut state = self.lock();
        if state.notice != notice {
            notice.clone_into(&mut state.notice);
            self.touch();
        }
    }

    pub(crate) fn touch(&self) {
        self.version.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn set_state(&self, new: SourceState, detail: &str) -> bool {
        let mut state = self.lock();
        let is_changed = state.standing != new || state.detail != detail;
        if is_changed {
            state.standing = new;
            detail.clone_into(&mut state.detail);
            self.touch();
        }
        is_changed
    }

    /// Lists `new` at `spot`.
    pub(crate) fn insert(&self, new: Arc<Generation>, spot: Spot) {
        let mut state = self.lock();
        let mut generations = state.generations.to_vec();
        let find = |id| generations.iter().position(|one| one.id() == id);
        let at = match spot {
            Spot::Last => None,
            Spot::Before(id) => find(id),
            Spot::After(id) => find(id).map(|at| at + 1),
        };
        generations.insert(at.unwrap_or(generations.len()), new);
        let mut lost = generations.iter().filter(|one| one.is_lost()).count();
        generations.retain(|one| {
            let is_surplus = lost > LOST_MAX && one.is_lost();
            lost -= usize::from(is_surplus);
            !is_surplus
        });
        state.generations = generations.into();
        self.touch();
    }

    /// Unlists a generation whose bytes another one has.
    pub(crate) fn remove(&self, id: GenerationId) {
        let mut state = self.lock();
        let kept: Vec<_> = state
            .generations
            .iter()
            .filter(|one| one.id() != id)
            .cloned()
            .collect();
        state.generations = kept.into();
        state.older.remove(&id);
        self.touch();
    }

    pub(crate) fn mark(&self, place: Place, what: What) {
        let mut state = self.lock();
        state.sequence += 1;
        let sequence = state.sequence;
        state.marks.push_back(Mark {
            sequence,
            place,
            what,
        });
        if state.marks.len() > MARKS_MAX {
            state.marks.pop_front();
        }
        state.snapshot = state.marks.iter().cloned().collect();
        self.touch();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Birth times are left out: what unpacks an archive may not know them.
fn same_file(one: &Identity, other: &Identity) -> bool {
    (one.dev, one.ino) == (other.dev, other.ino)
}

impl std::fmt::Debug for Lineage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lineage")
            .field("source", &self.source)
            .field("version", &self.version())
            .field("generations", &self.generations())
            .finish_non_exhaustive()
    }
}
