//! One scan: from the specs to the entries.

use std::{
    collections::{BTreeSet, HashSet},
    path::{Path, PathBuf},
    rc::Rc,
};

use protocol::SourceState;

use super::{
    CatalogOptions, Entry, SpecSource,
    disk::{self, Kind},
    display_name,
    expand::{self, Candidate, Standing, Walk},
    head::Heads,
    layout,
    listing::{Directory, Listings},
    names,
    notice::{Notice, Notices},
    pattern::{self, Pattern},
    rotation,
    spec::FileSpec,
};

/// What one scan found.
pub(super) struct Outcome {
    /// The entries, in the order of the specs, then of the paths.
    pub(super) entries: Vec<Entry>,
    /// What has to be said besides.
    pub(super) notices: Vec<Notice>,
    /// The directories that were looked at.
    pub(super) watches: BTreeSet<PathBuf>,
}

/// What a spec names at the moment of a scan.
enum Aim {
    /// One file, which need not be there.
    File(PathBuf),
    /// All that matches.
    Many {
        /// What has to match, below an absolute prefix.
        pattern: Pattern,
        /// The prefix as the operator wrote it.
        shown: PathBuf,
    },
}

/// The state of one scan.
pub(super) struct Round<'a> {
    options: &'a CatalogOptions,
    pub(super) heads: &'a mut Heads,
    listings: Listings,
    notices: Notices,
    roots: Vec<PathBuf>,
    pub(super) literals: HashSet<PathBuf>,
    files_left: usize,
    // Paths that have an entry, and files (links followed) that are in one.
    lives: HashSet<PathBuf>,
    pub(super) claimed: HashSet<PathBuf>,
    shown_twice: Option<(usize, PathBuf)>,
    entries: Vec<Entry>,
}

/// Looks at everything that the specs name.
///
/// `were_directories` remembers between scans which paths named a directory,
/// so that one that vanished is not taken for a missing file.
pub(super) fn scan(
    specs: &[FileSpec],
    options: &CatalogOptions,
    were_directories: &mut HashSet<PathBuf>,
    heads: &mut Heads,
) -> Outcome {
    let mut notices = Notices::default();
    let aims: Vec<Aim> = specs
        .iter()
        .map(|spec| aim(spec, options, were_directories, &mut notices))
        .collect();
    let mut round = Round {
        options,
        heads,
        listings: Listings::default(),
        notices,
        roots: Vec::new(),
        literals: HashSet::new(),
        files_left: options.files_max,
        lives: HashSet::new(),
        claimed: HashSet::new(),
        shown_twice: None,
        entries: Vec::new(),
    };
    for aim in &aims {
        match aim {
            Aim::File(path) => {
                round.literals.insert(path.clone());
            }
            Aim::Many { pattern, .. } => {
                round.roots.extend(disk::resolve(&pattern.prefix).ok());
            }
        }
    }
    round.heads.begin();
    for (spec, aim) in specs.iter().zip(&aims) {
        round.add_spec(spec, aim);
    }
    round.heads.end();
    round.finish()
}

/// Decides whether a spec names a file, a glob or a directory now.
fn aim(
    spec: &FileSpec,
    options: &CatalogOptions,
    were_directories: &mut HashSet<PathBuf>,
    notices: &mut Notices,
) -> Aim {
    let SpecSource::Path(given) = &spec.source;
    let path = options.directory.join(given);
    let is_there = disk::stat_link(&path).is_ok();
    if is_there {
        if disk::stat(&path).is_ok_and(|stat| stat.kind == Kind::Directory) {
            were_directories.insert(path.clone());
        } else {
            were_directories.remove(&path);
        }
    }
    let is_directory = were_directories.contains(&path);
    if !is_there && !is_directory && given.iter().any(pattern::is_glob) {
        let is_there = |path: &Path| disk::stat_link(&options.directory.join(path)).is_ok();
        match Pattern::glob(given, is_there) {
            Ok(pattern) if pattern.steps.is_empty() => {}
            Ok(mut pattern) => {
                let shown = pattern.prefix;
                pattern.prefix = options.directory.join(&shown);
                return Aim::Many { pattern, shown };
            }
            Err(reason) => notices.add(Notice::BadGlob(given.clone(), reason)),
        }
    }
    let ends_in_separator = given.as_os_str().as_encoded_bytes().ends_with(b"/");
    if is_directory || ends_in_separator {
        return Aim::Many {
            pattern: Pattern::directory(path),
            shown: given.clone(),
        };
    }
    Aim::File(path)
}

impl Round<'_> {
    fn add_spec(&mut self, spec: &FileSpec, aim: &Aim) {
        let (pattern, shown) = match aim {
            Aim::File(path) => {
                let candidate = expand::look_literally(path, &mut self.listings);
                let SpecSource::Path(given) = &spec.source;
                let name = spec.name.clone().unwrap_or_else(|| display_name(given));
                self.add_entry(spec, name, candidate, true);
                return;
            }
            Aim::Many { pattern, shown } => (pattern, shown),
        };
        self.listings.watch(&pattern.prefix);
        let found = self.walk().expand(pattern);
        if found.is_empty() {
            let SpecSource::Path(given) = &spec.source;
            self.notices.add(Notice::Nothing(given.clone()));
        }
        let mut sources = self.group(spec, pattern, found);
        // A file proper is listed rather than a link that leads to it.
        sources.sort_by(|one, other| (one.is_link, &one.path).cmp(&(other.is_link, &other.path)));
        let first = self.entries.len();
        for candidate in sources {
            let inner = candidate
                .path
                .strip_prefix(&pattern.prefix)
                .unwrap_or(&candidate.path);
            let name = match &spec.name {
                Some(alias) => format!("{alias}/{}", display_name(inner)),
                None => display_name(&shown.join(inner)),
            };
            self.add_entry(spec, name, candidate, false);
        }
        if let Some(added) = self.entries.get_mut(first..) {
            added.sort_by(|one, other| one.path.cmp(&other.path));
        }
    }

    /// Puts rotated files to the live file they belong to, and returns one
    /// candidate for each source.
    fn group(
        &mut self,
        spec: &FileSpec,
        pattern: &Pattern,
        found: Vec<Candidate>,
    ) -> Vec<Candidate> {
        if !spec.rotated {
            return found;
        }
        let mut sources = Vec::new();
        // Live files of sets, until they turn out to be there.
        let mut awaited: BTreeSet<PathBuf> = BTreeSet::new();
        for candidate in found {
            match self.live_path(pattern, &candidate) {
                Some(live) => {
                    awaited.insert(live);
                }
                None => sources.push(candidate),
            }
        }
        for candidate in &sources {
            awaited.remove(&candidate.path);
        }
        // One that another spec lists already has its siblings there.
        sources.extend(
            awaited
                .into_iter()
                .filter(|live| !self.lives.contains(live))
                .map(|path| Candidate {
                    path,
                    is_link: false,
                    standing: Standing::Absent(String::new()),
                }),
        );
        sources
    }

    /// Returns the live file that a rotated one belongs to, or `None` for one
    /// that is a source of its own: by its name, because the operator named it
    /// literally, because the glob would not take the live file, or because
    /// the live file is listed with `rotated: false`.
    fn live_path(&mut self, pattern: &Pattern, candidate: &Candidate) -> Option<PathBuf> {
        let Standing::File(real) = &candidate.standing else {
            return None;
        };
        if self.literals.contains(&candidate.path) {
            return None;
        }
        let rotated = rotation::read_name(disk::bytes_of(candidate.path.file_name()?))?;
        let live = disk::name_of(&rotated.live);
        if !pattern.admits(&live) {
            return None;
        }
        let parent = candidate.path.parent()?;
        match self.directory(parent)?.kind_of(&live) {
            Some(Kind::Directory | Kind::Special(_)) => return None,
            None if rotated.needs_live => return None,
            Some(Kind::File | Kind::Link) | None => {}
        }
        let live = parent.join(live);
        let is_left_over = self.lives.contains(&live) && !self.claimed.contains(real);
        (!is_left_over).then_some(live)
    }

    fn add_entry(&mut self, spec: &FileSpec, name: String, candidate: Candidate, is_literal: bool) {
        let Candidate { path, standing, .. } = candidate;
        if !self.lives.insert(path.clone()) {
            return;
        }
        if let Standing::File(real) = &standing
            && !self.claimed.insert(real.clone())
        {
            let (count, _) = self.shown_twice.get_or_insert((0, path));
            *count += 1;
            return;
        }
        let (condition, identity) = self.look(spec, standing);
        let older = if spec.rotated {
            self.older(&path, identity)
        } else {
            Vec::new()
        };
        let is_set_of_nothing = condition.state == SourceState::Missing
            && condition.detail.is_empty()
            && older.is_empty();
        if is_set_of_nothing && !is_literal {
            return;
        }
        let normal = names::normalize(&path);
        let reading = layout::read_path(&normal, spec.layout.as_ref());
        let mut labels = reading.labels;
        labels.extend(spec.labels.clone());
        let group = spec.group.clone().or(reading.group).unwrap_or_else(|| {
            let directory = normal.parent().and_then(Path::file_name);
            match directory {
                Some(directory) if !is_literal => display_name(Path::new(directory)),
                _ => String::new(),
            }
        });
        self.entries.push(Entry {
            id: names::source_id(&normal),
            name,
            group,
            labels,
            path,
            compression: condition.compression,
            older,
            size: condition.size,
            modified: condition.modified,
            state: condition.state,
            detail: condition.detail,
            tail_lines: spec.tail_lines,
            follow: spec.follow,
            encoding: spec.encoding.clone(),
            timezone: spec.timezone.clone(),
        });
    }

    pub(super) fn directory(&mut self, path: &Path) -> Option<Rc<Directory>> {
        self.listings.directory(path, &mut self.notices)
    }

    pub(super) fn walk(&mut self) -> Walk<'_> {
        Walk {
            options: self.options,
            listings: &mut self.listings,
            notices: &mut self.notices,
            roots: &self.roots,
            literals: &self.literals,
            files_left: &mut self.files_left,
        }
    }

    fn finish(mut self) -> Outcome {
        names::distinguish(
            self.entries
                .iter_mut()
                .map(|entry| (entry.path.as_path(), &mut entry.name)),
        );
        if let Some((count, path)) = self.shown_twice {
            self.notices.add(Notice::SameFile(count, path));
        }
        let mut watches = self.listings.into_watches();
        if watches.len() > self.options.watches_max {
            let watches_max = self.options.watches_max;
            self.notices.add(Notice::TooManyWatches(watches_max));
            watches = watches.into_iter().take(watches_max).collect();
        }
        Outcome {
            entries: self.entries,
            notices: self.notices.finish(),
            watches,
        }
    }
}
