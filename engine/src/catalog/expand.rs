//! The walk from what an operator names to the files that are there.

use std::{
    collections::{HashSet, VecDeque},
    ffi::OsStr,
    path::{Path, PathBuf},
    rc::Rc,
};

use super::{
    CatalogOptions,
    disk::{self, Blocked, Kind},
    listing::{Directory, Item, Listings},
    notice::{Notice, Notices},
    pattern::{self, Pattern, Step},
};

/// Why a link is listed and never opened.
pub(super) const LEADS_OUT: &str = "a link that leads out of the configured directories";

/// One path that a spec leads to.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// The absolute path as found.
    pub(super) path: PathBuf,
    /// Whether a link was followed from its directory to it.
    pub(super) is_link: bool,
    /// What is there.
    pub(super) standing: Standing,
}

/// What is at the path of a [`Candidate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// A regular file; its path with every link followed.
    File(PathBuf),
    /// Nothing; the reason, where there is one.
    Absent(String),
    /// Something that is not read; the reason.
    Barred(String),
}

/// What a walk may use and tell.
pub(super) struct Walk<'a> {
    /// The limits.
    pub(super) options: &'a CatalogOptions,
    /// The directories read so far.
    pub(super) listings: &'a mut Listings,
    /// Where to say what was left out.
    pub(super) notices: &'a mut Notices,
    /// The configured directories, with every link followed.
    pub(super) roots: &'a [PathBuf],
    /// Files that some spec names literally.
    pub(super) literals: &'a HashSet<PathBuf>,
    /// Files that may still be found.
    pub(super) files_left: &'a mut usize,
}

/// A directory that still has to be looked at.
struct Stop {
    path: PathBuf,
    step: usize,
    depth: usize,
}

/// The state of one walk.
struct Route<'p> {
    pattern: &'p Pattern,
    // Links to directories wait until all directories proper are done, so
    // that a file reached both ways is found by its own path.
    waiting: VecDeque<Stop>,
    waiting_links: VecDeque<Stop>,
    seen: HashSet<(PathBuf, usize)>,
    found: Vec<Candidate>,
    found_paths: HashSet<PathBuf>,
}

/// Looks at a path that an operator named literally: it is followed anywhere.
pub(super) fn look_literally(path: &Path, listings: &mut Listings) -> Candidate {
    if let Some(parent) = path.parent() {
        listings.watch(parent);
    }
    let is_link = disk::stat_link(path).is_ok_and(|stat| stat.kind == Kind::Link);
    let standing = match disk::resolve(path) {
        Ok(real) => {
            if let (true, Some(parent)) = (is_link, real.parent()) {
                listings.watch(parent);
            }
            match disk::stat_link(&real) {
                Ok(stat) => match stat.kind {
                    Kind::Special(what) => Standing::Barred(format!("not a file but {what}")),
                    _ => Standing::File(real),
                },
                Err(error) => standing_of(&Blocked::Refused(error)),
            }
        }
        Err(blocked) => standing_of(&blocked),
    };
    Candidate {
        path: path.to_owned(),
        is_link,
        standing,
    }
}

impl Walk<'_> {
    /// Finds all files that match a pattern.
    pub(super) fn expand(&mut self, pattern: &Pattern) -> Vec<Candidate> {
        let mut route = Route {
            pattern,
            waiting: VecDeque::new(),
            waiting_links: VecDeque::new(),
            seen: HashSet::new(),
            found: Vec::new(),
            found_paths: HashSet::new(),
        };
        route.waiting.push_back(Stop {
            path: pattern.prefix.clone(),
            step: 0,
            depth: 0,
        });
        while let Some(stop) = route
            .waiting
            .pop_front()
            .or_else(|| route.waiting_links.pop_front())
        {
            let Some(directory) = self.listings.directory(&stop.path, self.notices) else {
                continue;
            };
            // A link may lead back to where the walk has been.
            if route.seen.insert((directory.real.clone(), stop.step)) {
                self.visit(&mut route, &stop, &directory);
            }
        }
        route.found
    }

    fn visit(&mut self, route: &mut Route<'_>, stop: &Stop, directory: &Rc<Directory>) {
        match route.pattern.steps.get(stop.step) {
            None => {}
            Some(Step::Name(name)) => {
                for item in directory.items.iter().filter(|item| item.name == *name) {
                    self.take(route, stop, directory, item, stop.step + 1);
                }
            }
            Some(Step::Glob(glob)) => {
                for item in directory
                    .items
                    .iter()
                    .filter(|item| glob.matches(&item.name))
                {
                    self.take(route, stop, directory, item, stop.step + 1);
                }
            }
            Some(Step::AnyDepth) => {
                if !route.pattern.takes_all(stop.step) {
                    let here = Stop {
                        path: stop.path.clone(),
                        step: stop.step + 1,
                        depth: stop.depth,
                    };
                    self.visit(route, &here, directory);
                }
                for item in &directory.items {
                    if !pattern::is_hidden(&item.name) && !pattern::is_backup(&item.name) {
                        self.take(route, stop, directory, item, stop.step);
                    }
                }
            }
        }
    }

    /// Takes one matching item: a directory is walked from step `next` on, a
    /// file is found if no step is left for it.
    fn take(
        &mut self,
        route: &mut Route<'_>,
        stop: &Stop,
        directory: &Rc<Directory>,
        item: &Item,
        next: usize,
    ) {
        let path = stop.path.join(&item.name);
        // Below `**` the step stays the same; a file that matched the step
        // before a last `**` is not in a directory that did.
        let is_last = next == route.pattern.steps.len()
            || (next == stop.step && route.pattern.takes_all(next));
        let (standing, is_link) = match item.kind {
            Kind::File if is_last => (Standing::File(directory.real.join(&item.name)), false),
            Kind::File | Kind::Special(_) => return,
            Kind::Directory => {
                self.descend(route, stop, path, next, false);
                return;
            }
            Kind::Link => match self.follow(&path) {
                Ok((_, Kind::Directory)) => {
                    self.descend(route, stop, path, next, true);
                    return;
                }
                Ok((real, Kind::File)) if is_last => (Standing::File(real), true),
                Ok(_) => return,
                Err(standing) if is_last => (standing, true),
                Err(_) => {
                    if path.is_dir() {
                        self.notices.add(Notice::LeadsOut(path));
                    }
                    return;
                }
            },
        };
        if route.found_paths.contains(&path) {
            return;
        }
        if *self.files_left == 0 {
            let files_max = self.options.files_max;
            self.notices.add(Notice::TooManyFiles(files_max));
            return;
        }
        *self.files_left -= 1;
        route.found_paths.insert(path.clone());
        route.found.push(Candidate {
            path,
            is_link,
            standing,
        });
    }

    fn descend(
        &mut self,
        route: &mut Route<'_>,
        stop: &Stop,
        path: PathBuf,
        next: usize,
        is_link: bool,
    ) {
        if next == route.pattern.steps.len() {
            return;
        }
        if stop.depth + 1 > self.options.depth_max {
            let depth_max = self.options.depth_max;
            self.notices
                .add(Notice::TooDeep(stop.path.clone(), depth_max));
            return;
        }
        let below = Stop {
            path,
            step: next,
            depth: stop.depth + 1,
        };
        if is_link {
            route.waiting_links.push_back(below);
        } else {
            route.waiting.push_back(below);
        }
    }

    /// Follows a link within the configured directories.
    fn follow(&mut self, link: &Path) -> Result<(PathBuf, Kind), Standing> {
        let real = disk::resolve(link).map_err(|blocked| standing_of(&blocked))?;
        // `Path::starts_with` compares components, so `/logs2` is not in `/logs`.
        let is_inside = self.roots.iter().any(|root| real.starts_with(root));
        if !is_inside && !self.literals.contains(link) {
            let reason = LEADS_OUT;
            return Err(Standing::Barred(reason.to_owned()));
        }
        if let Some(parent) = real.parent() {
            self.listings.watch(parent);
        }
        let stat = disk::stat_link(&real).map_err(|error| standing_of(&Blocked::Refused(error)))?;
        Ok((real, stat.kind))
    }

    /// Resolves an older generation beside a live file, or returns `None`
    /// where it is not to be read.
    pub(super) fn resolve_sibling(
        &mut self,
        directory: &Directory,
        path: &Path,
        name: &OsStr,
        is_link: bool,
    ) -> Option<PathBuf> {
        if !is_link {
            return Some(directory.real.join(name));
        }
        match self.follow(path) {
            Ok((real, Kind::File)) => Some(real),
            _ => None,
        }
    }
}

/// Says what a blocked path means for its entry.
fn standing_of(blocked: &Blocked) -> Standing {
    match blocked {
        Blocked::Absent => Standing::Absent(String::new()),
        Blocked::Broken(_) => Standing::Absent(blocked.reason()),
        Blocked::Loop | Blocked::Magic | Blocked::Refused(_) => Standing::Barred(blocked.reason()),
    }
}
