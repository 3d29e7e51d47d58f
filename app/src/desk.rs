//! The state that the components of the page share.

use leptos::prelude::*;
use protocol::{Problem, Source, SourceId, live::ViewSpec, window::Tally};

use crate::{api::FirstPage, model::screen::Mode, words::Words};

/// Whether the page hears from the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// The first connection is being made.
    #[default]
    Connecting,
    /// Windows arrive.
    Live,
    /// The connection was lost; it is tried again.
    Lost,
    /// The server is restarting; it is tried again.
    Restarting,
}

/// What the status line says of the window on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shown {
    /// Rows of the view.
    pub total: Tally,
    /// Lines of its sources.
    pub lines: Tally,
    /// Bytes of its sources.
    pub bytes: u64,
    /// Bytes that the filter has gone through.
    pub scanned: u64,
    /// How far behind the newest write the window is, in milliseconds.
    pub lag_ms: u32,
    /// Rows on the screen and around it.
    pub rows: usize,
    /// Share of the view above the screen, from 0 to 1.
    pub top: f64,
    /// Share of the view above the lower edge of the screen, from 0 to 1.
    pub bottom: f64,
}

/// The shared state; a handle that is copied.
#[derive(Clone, Copy)]
pub struct Desk {
    /// All sources.
    pub sources: RwSignal<Vec<Source>>,
    /// What the view shows.
    pub spec: RwSignal<ViewSpec>,
    /// Names in the address that no source has.
    pub unknown: RwSignal<Vec<String>>,
    /// Why the query on the page is not the one that is shown.
    pub problem: RwSignal<Option<Problem>>,
    /// Whether the screen goes with the end.
    pub mode: RwSignal<Mode>,
    /// Rows that came since the reader left the end.
    pub new_rows: RwSignal<Tally>,
    /// What is on the screen.
    pub shown: RwSignal<Shown>,
    /// Whether the page hears from the server.
    pub connection: RwSignal<Connection>,
    /// Whether long lines are wrapped.
    pub is_wrapped: RwSignal<bool>,
    /// Whether the list of sources is open on a small screen.
    pub is_tree_open: RwSignal<bool>,
    /// Whether the list of keys is open.
    pub is_help_open: RwSignal<bool>,
    /// The source and place of the line that is shown whole.
    pub whole_line: RwSignal<Option<(SourceId, String)>>,
}

impl Desk {
    /// Lays out what the server sent first, and provides it as context.
    pub fn provide(first: &FirstPage, words: &Words) -> Self {
        let shown = first
            .window
            .as_ref()
            .map_or_else(Shown::default, |window| Shown {
                total: window.total,
                lines: window.lines,
                bytes: window.bytes,
                scanned: window.scanned,
                lag_ms: 0,
                rows: window.rows.len(),
                top: window.top,
                bottom: window.bottom,
            });
        let desk = Self {
            sources: RwSignal::new(first.sources.clone()),
            spec: RwSignal::new(first.spec.clone()),
            unknown: RwSignal::new(first.unknown.clone()),
            problem: RwSignal::new(
                first
                    .problem
                    .clone()
                    .map(|problem| words.explained(&first.spec.q, problem)),
            ),
            mode: RwSignal::new(Mode::Following),
            new_rows: RwSignal::new(Tally::default()),
            shown: RwSignal::new(shown),
            connection: RwSignal::new(Connection::Connecting),
            is_wrapped: RwSignal::new(false),
            is_tree_open: RwSignal::new(false),
            is_help_open: RwSignal::new(false),
            whole_line: RwSignal::new(None),
        };
        provide_context(desk);
        desk
    }

    /// The desk of the page around the caller.
    pub fn of_page() -> Self {
        expect_context()
    }

    /// The name of the source with this id.
    pub fn name_of(self, id: &SourceId) -> Option<String> {
        self.sources.with(|sources| {
            sources
                .iter()
                .find(|source| source.id == *id)
                .map(|source| source.name.clone())
        })
    }

    /// Which of the view's sources this is, from 0, if it is one.
    pub fn number_of(self, id: &SourceId) -> Option<usize> {
        self.spec
            .with(|spec| spec.sources.iter().position(|source| source == id))
    }

    /// Shows `id` alone, or adds it to the view, or takes it away.
    pub fn select(self, id: &SourceId, together: bool) {
        self.unknown.set(Vec::new());
        self.spec.update(|spec| {
            let position = spec.sources.iter().position(|source| source == id);
            match (together, position) {
                (true, Some(index)) if spec.sources.len() > 1 => drop(spec.sources.remove(index)),
                (true, None) => spec.sources.push(id.clone()),
                (true, Some(_)) => {}
                (false, _) => spec.sources = vec![id.clone()],
            }
        });
    }
}
