//! The files of one entry, as the disk shows them.

use std::{
    collections::HashSet,
    ffi::OsStr,
    path::{Path, PathBuf},
    rc::Rc,
};

use protocol::SourceState;

use super::{
    Older,
    disk::{self, Kind},
    expand::Standing,
    head::{Compression, Content},
    listing::{Directory, Sibling},
    rotation::Stamp,
    round::Round,
    spec::FileSpec,
};

impl Round<'_> {
    /// Looks at the live file of an entry.
    pub(super) fn look(
        &mut self,
        spec: &FileSpec,
        standing: Standing,
    ) -> (Condition, Option<disk::Identity>) {
        let real = match standing {
            Standing::File(real) => real,
            Standing::Absent(detail) => {
                return (Condition::new(SourceState::Missing, detail), None);
            }
            Standing::Barred(reason) => {
                return (Condition::new(SourceState::Unreadable, reason), None);
            }
        };
        let stat = match disk::stat_link(&real) {
            Ok(stat) => stat,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return (Condition::new(SourceState::Missing, String::new()), None);
            }
            Err(error) => {
                let reason = disk::reason(&error);
                return (Condition::new(SourceState::Unreadable, reason), None);
            }
        };
        let mut condition = Condition::new(SourceState::Following, String::new());
        condition.size = stat.size;
        condition.modified = stat.modified;
        if !spec.follow {
            condition.state = SourceState::Ended;
        }
        if let Kind::Special(what) = stat.kind {
            condition.state = SourceState::Unreadable;
            condition.detail = format!("not a file but {what}");
            return (condition, None);
        }
        match self.heads.content(&real, &stat) {
            Ok(Content::Text | Content::WideText) => {}
            Ok(Content::Packed(compression)) => condition.compression = compression,
            Ok(Content::Binary(_)) if has_wide_encoding(spec) => {}
            Ok(Content::Binary(position)) => {
                condition.state = SourceState::Binary;
                condition.detail = format!("byte {position} is NUL, so this is no text");
            }
            Err(error) => {
                condition.state = SourceState::Unreadable;
                condition.detail = disk::reason(&error);
            }
        }
        (condition, Some(stat.identity))
    }

    /// Returns the older generations beside a live file, oldest first.
    pub(super) fn older(&mut self, path: &Path, live: Option<disk::Identity>) -> Vec<Older> {
        let parts = path.parent().zip(path.file_name());
        let Some((parent, name)) = parts else {
            return Vec::new();
        };
        let Some(directory) = self.directory(parent) else {
            return Vec::new();
        };
        let mut seen: HashSet<disk::Identity> = live.into_iter().collect();
        let mut older: Vec<(Stamp, Older)> = Vec::new();
        for sibling in directory.siblings(name) {
            let path = parent.join(&sibling.name);
            if self.literals.contains(&path) {
                continue;
            }
            let found = self.look_at_sibling(&directory, sibling, path, &mut seen);
            older.extend(found.map(|found| (sibling.stamp, found)));
        }
        sort_oldest_first(&mut older);
        older.into_iter().map(|(_, older)| older).collect()
    }

    fn look_at_sibling(
        &mut self,
        directory: &Rc<Directory>,
        sibling: &Sibling,
        path: PathBuf,
        seen: &mut HashSet<disk::Identity>,
    ) -> Option<Older> {
        let name: &OsStr = &sibling.name;
        let real = self
            .walk()
            .resolve_sibling(directory, &path, name, sibling.is_link)?;
        let stat = disk::stat_link(&real).ok()?;
        // The same content under two names of one set is read once.
        if stat.kind != Kind::File
            || !seen.insert(stat.identity)
            || !self.claimed.insert(real.clone())
        {
            return None;
        }
        let compression = match self.heads.content(&real, &stat) {
            Ok(Content::Packed(compression)) => compression,
            Ok(_) => Compression::None,
            Err(_) => sibling.compression,
        };
        Some(Older {
            path,
            size: stat.size,
            modified: stat.modified,
            compression,
        })
    }
}

/// What the live file of an entry is like.
pub(super) struct Condition {
    pub(super) state: SourceState,
    pub(super) detail: String,
    pub(super) size: u64,
    pub(super) modified: Option<std::time::SystemTime>,
    pub(super) compression: Compression,
}

impl Condition {
    fn new(state: SourceState, detail: String) -> Self {
        Self {
            state,
            detail,
            size: 0,
            modified: None,
            compression: Compression::None,
        }
    }
}

/// Sorts by number or date; a set that has both, by time of change.
fn sort_oldest_first(older: &mut [(Stamp, Older)]) {
    let has_numbers = older
        .iter()
        .any(|(stamp, _)| matches!(stamp, Stamp::Number(_)));
    let has_dates = older
        .iter()
        .any(|(stamp, _)| matches!(stamp, Stamp::Date(..)));
    let is_mixed = has_numbers && has_dates;
    older.sort_by_cached_key(|(stamp, older)| {
        let age = match *stamp {
            _ if is_mixed => (0, 0),
            Stamp::Number(number) => (u32::MAX - number, 0),
            Stamp::Date(day, time) => (day, time),
        };
        (age, older.modified, older.path.clone())
    });
}

/// Whether the operator said that the text is one with NUL bytes in it.
fn has_wide_encoding(spec: &FileSpec) -> bool {
    spec.encoding.as_deref().is_some_and(|encoding| {
        let encoding = encoding.to_ascii_lowercase();
        encoding.starts_with("utf-16") || encoding.starts_with("utf-32")
    })
}
