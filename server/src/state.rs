//! What every route can reach.

use std::sync::Arc;

use engine::{
    catalog::{FileSpec, Layout},
    engine::Engine,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    assets::Assets,
    auth::Grants,
    config::{Config, FileEntry},
};

/// The server's state; a handle that is cloned.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) engine: Arc<Engine>,
    pub(crate) config: Arc<Config>,
    pub(crate) assets: Arc<Assets>,
    /// Who may do what; asked for every source and every action.
    pub(crate) grants: Grants,
    /// Cancelled when the server is asked to end.
    pub(crate) shutdown: CancellationToken,
    /// Every task that outlives its request.
    pub(crate) tasks: TaskTracker,
}

/// A configured source as the catalog takes it.
///
/// # Errors
/// What is wrong with its layout, as a sentence.
pub(crate) fn file_spec(entry: &FileEntry) -> Result<FileSpec, String> {
    if entry.is_stdin() {
        return Err("standard input (`-`) is not supported yet".to_owned());
    }
    let mut spec = FileSpec::new(&entry.path);
    spec.name.clone_from(&entry.name);
    spec.group.clone_from(&entry.group);
    spec.labels.clone_from(&entry.labels);
    spec.tail_lines = entry.tail_lines.map(u64::from);
    spec.follow = entry.follow;
    spec.rotated = entry.rotated.unwrap_or(true);
    spec.timezone.clone_from(&entry.timezone);
    spec.layout = match &entry.layout {
        Some(layout) => {
            Some(Layout::parse(layout).map_err(|fault| format!("layout `{layout}`: {fault}"))?)
        }
        None => None,
    };
    if let Some(encoding) = &entry.encoding
        && !encoding.eq_ignore_ascii_case("utf-8")
        && !encoding.eq_ignore_ascii_case("utf8")
    {
        return Err(format!(
            "encoding `{encoding}` is not supported yet; expected `utf-8`"
        ));
    }
    Ok(spec)
}
