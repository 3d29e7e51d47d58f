//! Finds contents that moved while nobody looked.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use protocol::{event::EventKind, line::Place};

use super::{
    Follower, Held,
    siblings::{Sibling, siblings, sort},
};
use crate::{
    fs::{File, Stat},
    generation::{Generation, Identity, ReadFault, Step},
    lineage::Spot,
};

/// How far the clock of a file system may be behind ours.
const CLOCK_SKEW: Duration = Duration::from_secs(2);

/// Siblings that are tried as the copy of an emptied file, the newest first.
const COPIES_MAX: usize = 16;

/// Names under which a sibling is tried that is renamed all the time.
const OPENINGS_MAX: usize = 4;

/// Generations that a new sibling may be a copy of, the newest first.
const ORIGINALS_MAX: usize = 8;

impl Follower {
    /// The files beside the path and beside what its links lead to.
    pub(super) fn siblings(&self) -> Vec<Sibling> {
        let real = self.fs.resolve(&self.path).ok();
        let held = self.current.iter().chain(&self.late).map(|held| &held.real);
        let mut paths: Vec<&Path> = vec![&self.path];
        for path in real.iter().chain(held) {
            if !paths.contains(&path.as_path()) {
                paths.push(path);
            }
        }
        // What cannot be listed cannot be hunted in.
        paths
            .iter()
            .flat_map(|path| siblings(self.fs.as_ref(), &[path]).unwrap_or_default())
            .collect()
    }

    /// The file of `held` no longer holds what was read from it: finishes that
    /// from a copy or gives it up, then starts with what the file holds now.
    /// The new generation stands at `spot`.
    pub(super) fn restart(&mut self, held: Held, step: Step, spot: Spot) -> Held {
        self.emptied += 1;
        let begun = self.begin(held.file.clone(), held.identity, self.emptied);
        let mut new = match begun {
            Ok(new) => new,
            Err(error) => {
                self.fail(&error);
                return held;
            }
        };
        let siblings = self.siblings_of(held.identity);
        let old = &held.generation;
        let copy = self.find_copy(old, &siblings, held.identity);
        let adopted = copy.as_ref().and_then(|(sibling, file, stat)| {
            let path = sibling.path.clone();
            old.adopt(self.fs.clone(), file.as_ref(), path, stat).ok()
        });
        if let Some(end) = adopted {
            let reason =
                "what was written between the copy and the truncation is gone, if anything was";
            self.gap(old.id(), end, None, reason);
        } else {
            let reason = "the file was overwritten and no copy of it was found";
            self.gap(old.id(), old.frontier(), None, reason);
            old.lose();
        }
        let taken = if self.has_place(held.identity, &siblings) {
            self.take_in_skipped(
                &siblings,
                Some(held.identity),
                copy.as_ref().map(|(sibling, ..)| sibling.identity()),
                Some(&new.generation),
                spot,
            )
        } else {
            Vec::new()
        };
        self.gap_behind(&taken);
        let spot = match (spot, taken.last()) {
            (Spot::After(_), Some(last)) => Spot::After(last.id()),
            _ => spot,
        };
        self.update_names(&siblings);
        new.generation.rename(old_path(&held, self));
        self.lineage.insert(new.generation.clone(), spot);
        let start = Place {
            generation: new.generation.id(),
            offset: 0,
        };
        let kind = if step == Step::Truncated {
            EventKind::Truncated
        } else {
            EventKind::Rewritten
        };
        self.event(kind, start, "");
        self.judge(&mut new);
        new.real = held.real;
        new
    }

    /// Lists files that were at the path between two looks, and watches them.
    /// They are newer than `oldest` and older than `newest`, where these have a
    /// name, and no copies of `newcomer`; returns them.
    pub(super) fn take_in_skipped(
        &mut self,
        siblings: &[Sibling],
        newest: Option<Identity>,
        oldest: Option<Identity>,
        newcomer: Option<&Generation>,
        spot: Spot,
    ) -> Vec<Arc<Generation>> {
        let skew = i128::try_from(CLOCK_SKEW.as_nanos()).unwrap_or(0);
        let since = (self.seen_ns - skew).max(self.born_ns);
        let generations = self.lineage.generations();
        // The inode of one that is lost may be another file's by now.
        let is_listed = |identity| {
            let mut listed = generations.iter().filter(|one| !one.is_lost());
            listed.any(|one| one.identity() == identity)
        };
        let is_held = |identity| self.late.iter().any(|held| held.identity == identity);
        let mut found: Vec<_> = siblings
            .iter()
            .filter(|one| {
                let identity = one.identity();
                Some(identity) == newest
                    || one.stat.born_ns.unwrap_or(one.stat.modified_ns) >= since
                        && Some(identity) != oldest
                        && !self.known.contains(&identity)
                        && !is_listed(identity)
                        && !is_held(identity)
            })
            .cloned()
            .collect();
        sort(&mut found, siblings);
        let mut spot = spot;
        let mut taken: Vec<Arc<Generation>> = Vec::new();
        // What came after the newest one stays news: it has its place behind it.
        let end = found.iter().position(|one| Some(one.identity()) == newest);
        let later: Vec<_> = found.drain(end.unwrap_or(found.len())..).collect();
        let is_later = |one: &Sibling| later.iter().any(|other| other.path == one.path);
        self.known = siblings
            .iter()
            .filter(|one| Some(one.identity()) == newest || !is_later(one))
            .map(Sibling::identity)
            .collect();
        for sibling in found {
            let Some((path, file)) = self.open(&sibling) else {
                continue;
            };
            let is_copy = generations
                .iter()
                .rev()
                .take(ORIGINALS_MAX)
                .chain(&taken)
                .map(Arc::as_ref)
                .chain(newcomer)
                .any(|one| one.held_by(file.as_ref()).is_ok_and(|held| held.is_some()));
            if is_copy {
                continue;
            }
            let Ok(mut held) = self.hold(file, sibling.identity()) else {
                continue;
            };
            held.real.clone_from(&path);
            held.generation.rename(path);
            self.lineage.insert(held.generation.clone(), spot);
            if let Spot::After(_) = spot {
                spot = Spot::After(held.generation.id());
            }
            taken.push(held.generation.clone());
            self.judge(&mut held);
            self.retire(held);
        }
        taken
    }

    /// Opens a sibling, under its next name if it was renamed meanwhile.
    fn open(&self, sibling: &Sibling) -> Option<(PathBuf, Arc<dyn File>)> {
        let mut path = sibling.path.clone();
        for _ in 0..OPENINGS_MAX {
            if let Ok(file) = self.fs.open(&path)
                && file
                    .stat()
                    .is_ok_and(|stat| Identity::of(&stat) == sibling.identity())
            {
                return Some((path, file));
            }
            let siblings = self.siblings();
            let renamed = siblings
                .into_iter()
                .find(|one| one.identity() == sibling.identity());
            path = renamed?.path;
        }
        None
    }

    /// An empty file that was written may have been emptied before it was seen
    /// to hold anything; its copies stand before it.
    pub(super) fn hunt_before(&mut self, held: &Held) {
        let siblings = self.siblings_of(held.identity);
        if !self.has_place(held.identity, &siblings) {
            return;
        }
        let spot = Spot::Before(held.generation.id());
        let taken = self.take_in_skipped(&siblings, Some(held.identity), None, None, spot);
        self.gap_behind(&taken);
    }

    /// The siblings, listed again if a file was renamed meanwhile and is neither
    /// among them nor at the path.
    fn siblings_of(&self, identity: Identity) -> Vec<Sibling> {
        let mut siblings = self.siblings();
        for _ in 1..OPENINGS_MAX {
            if self.has_place(identity, &siblings) {
                break;
            }
            siblings = self.siblings();
        }
        siblings
    }

    /// Whether it can be told which siblings are older than a file: all while it
    /// is at the path, else those before it.
    fn has_place(&self, identity: Identity, siblings: &[Sibling]) -> bool {
        let at_path = self.fs.stat(&self.path);
        siblings.iter().any(|one| one.identity() == identity)
            || at_path.is_ok_and(|stat| Identity::of(&stat) == identity)
    }

    fn gap_behind(&self, copies: &[Arc<Generation>]) {
        for one in copies {
            let reason = "it was copied and emptied; what was written in between is gone";
            self.gap(one.id(), one.frontier(), None, reason);
        }
    }

    /// Lets go of a file. It is read through its name from now on.
    pub(super) fn finish(&mut self, held: &Held) {
        let siblings = self.siblings();
        let name = self.name_of(
            held.identity,
            &siblings,
            &[&held.real, &held.generation.path()],
        );
        held.generation
            .release(name.map(|path| (self.fs.clone(), path)));
        self.lineage.touch();
    }

    /// Gives generations the names under which they are now.
    pub(super) fn update_names(&mut self, siblings: &[Sibling]) {
        for held in &self.late {
            let name = self.name_of(held.identity, siblings, &[&held.real]);
            held.generation.rename(name.unwrap_or_default());
        }
        for one in self
            .lineage
            .generations()
            .iter()
            .filter(|one| one.is_named())
        {
            match self.name_of(one.identity(), siblings, &[&one.path()]) {
                Some(path) => one.rename(path),
                None => one.lose(),
            }
        }
        self.lineage.touch();
    }

    /// Looks for generations that a reader did not find in their place.
    pub(super) fn find_misplaced(&mut self) {
        let generations = self.lineage.generations();
        if !generations.iter().any(|one| one.is_misplaced()) {
            return;
        }
        let siblings = self.siblings();
        self.update_names(&siblings);
        for one in generations.iter() {
            let is_held = |held: &Held| Arc::ptr_eq(&held.generation, one);
            if self.current.iter().chain(&self.late).any(is_held) {
                one.rename(one.path());
            } else if !one.is_lost() && matches!(one.read_at(&mut [0], 0), Err(ReadFault::Changed))
            {
                self.settle_lost(one, &siblings);
            }
        }
        self.lineage.touch();
    }

    /// A sealed generation's file holds something else: a copy may have it.
    fn settle_lost(&mut self, one: &Generation, siblings: &[Sibling]) {
        let copy = self.find_copy(one, siblings, one.identity());
        let adopted = copy.and_then(|(sibling, file, stat)| {
            let is_whole = stat.size >= one.frontier();
            is_whole.then(|| one.adopt(self.fs.clone(), file.as_ref(), sibling.path, &stat))
        });
        if !matches!(adopted, Some(Ok(_))) {
            one.lose();
        }
    }

    fn find_copy(
        &self,
        old: &Generation,
        siblings: &[Sibling],
        own: Identity,
    ) -> Option<(Sibling, Arc<dyn File>, Stat)> {
        let mut candidates: Vec<_> = siblings
            .iter()
            .filter(|one| one.identity() != own)
            .collect();
        candidates.sort_by_key(|one| std::cmp::Reverse(one.stat.changed_ns));
        candidates
            .into_iter()
            .take(COPIES_MAX)
            .filter_map(|sibling| {
                let (path, file) = self.open(sibling)?;
                let stat = old.held_by(file.as_ref()).ok()??;
                let sibling = Sibling {
                    path,
                    ..sibling.clone()
                };
                Some((sibling, file, stat))
            })
            .max_by_key(|(.., stat)| stat.size)
    }

    fn name_of(
        &self,
        identity: Identity,
        siblings: &[Sibling],
        others: &[&Path],
    ) -> Option<PathBuf> {
        let is_there = |path: &&&Path| {
            self.fs
                .stat(path)
                .is_ok_and(|stat| Identity::of(&stat) == identity)
        };
        let sibling = siblings.iter().find(|one| one.identity() == identity);
        sibling
            .map(|one| one.path.clone())
            .or_else(|| others.iter().find(is_there).map(|path| path.to_path_buf()))
    }
}

/// Where the file of `held` is now.
fn old_path(held: &Held, follower: &Follower) -> PathBuf {
    if held.until == Duration::ZERO {
        follower.path.clone()
    } else {
        held.real.clone()
    }
}
