//! What a scan has to tell the operator besides its entries.

use std::{fmt, path::PathBuf};

use super::display_name;

/// Notices kept of one scan; the rest is counted in [`Notice::More`].
pub(super) const NOTICES_MAX: usize = 100;

/// Something that a scan found out about the configuration or a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A glob or a directory matches nothing now.
    Nothing(PathBuf),
    /// A glob cannot be understood; the reason.
    BadGlob(PathBuf, String),
    /// A directory cannot be read; the reason.
    UnreadableDirectory(PathBuf, String),
    /// A link to a directory leads out of the configured ones and was skipped.
    LeadsOut(PathBuf),
    /// Links lead to files that are listed already and were not listed again:
    /// how many, and the first of them.
    SameFile(usize, PathBuf),
    /// Directories below this one are deeper than the limit and were skipped.
    TooDeep(PathBuf, usize),
    /// More files were found than the limit; the rest was skipped.
    TooManyFiles(usize),
    /// More items stand in the directories than the limit; the rest was
    /// skipped.
    TooManyItems(usize),
    /// More directories were found than can be watched; the rest is looked at
    /// by each scan alone.
    TooManyWatches(usize),
    /// So many more notices were left out.
    More(usize),
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing(path) => {
                write!(f, "nothing matches `{}` yet", display_name(path))
            }
            Self::BadGlob(path, reason) => {
                write!(f, "cannot use `{}`: {reason}", display_name(path))
            }
            Self::UnreadableDirectory(path, reason) => {
                write!(
                    f,
                    "cannot read directory `{}`: {reason}",
                    display_name(path)
                )
            }
            Self::LeadsOut(path) => write!(
                f,
                "cannot follow `{}`: it leads out of the configured directories",
                display_name(path)
            ),
            Self::SameFile(count, path) => write!(
                f,
                "{count} paths lead to files that are listed already, such as `{}`",
                display_name(path)
            ),
            Self::TooDeep(path, depth) => write!(
                f,
                "cannot look below `{}`: more than {depth} directories deep",
                display_name(path)
            ),
            Self::TooManyFiles(count) => {
                write!(f, "expected at most {count} files, the rest is not listed")
            }
            Self::TooManyItems(count) => write!(
                f,
                "expected at most {count} items in all directories, the rest is not looked at"
            ),
            Self::TooManyWatches(count) => write!(
                f,
                "expected at most {count} directories, the rest is not watched for new files"
            ),
            Self::More(count) => write!(f, "{count} more notices"),
        }
    }
}

/// Gathers the notices of one scan.
#[derive(Debug, Default)]
pub(super) struct Notices {
    kept: Vec<Notice>,
    left_out: usize,
}

impl Notices {
    /// Adds a notice, unless it is there already.
    pub(super) fn add(&mut self, notice: Notice) {
        if self.kept.contains(&notice) {
            return;
        }
        if self.kept.len() < NOTICES_MAX {
            self.kept.push(notice);
        } else {
            self.left_out += 1;
        }
    }

    /// Returns them, with the count of those left out.
    pub(super) fn finish(mut self) -> Vec<Notice> {
        if self.left_out > 0 {
            self.kept.push(Notice::More(self.left_out));
        }
        self.kept
    }
}
