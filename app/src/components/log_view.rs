//! The log itself: the rows, the way back to the end, and what is said where
//! there are no rows.

use leptos::{ev, html::Div, prelude::*};
use protocol::{line::Place, window::Row};
use wasm_bindgen::{JsCast, closure::Closure};

use super::{log_line::LogLine, scroll_bar::ScrollBar};
use crate::{
    desk::{Connection, Desk},
    model::screen::Mode,
    viewer::{Viewer, ViewerHandle},
    words::Words,
};

/// The log.
///
/// # Server-Side Rendering
/// The first rows are rendered as they are; in the browser [`Viewer`] takes
/// them over.
#[component]
pub fn LogView(
    /// The rows to start with.
    rows: Vec<Row>,
    /// The place that the address names; `None` follows the end.
    at: Option<Place>,
) -> impl IntoView {
    let words = Words::of_page();
    let desk = Desk::of_page();
    let viewer = expect_context::<ViewerHandle>();
    let scroller = NodeRef::<Div>::new();
    let list = NodeRef::<Div>::new();

    Effect::new(move || {
        let (Some(scroller), Some(list)) = (scroller.get(), list.get()) else {
            return;
        };
        if viewer.get_untracked().is_some() {
            return;
        }
        let started = Viewer::start(desk, words, scroller.clone().into(), list.into(), at);
        watch_size(&scroller, started.clone());
        viewer.set(started);
    });
    Effect::new(move || {
        let spec = desk.spec.get();
        if let Some(viewer) = viewer.get() {
            viewer.show(spec);
        }
    });
    Effect::new(move || {
        desk.is_wrapped.track();
        if let Some(viewer) = viewer.get() {
            request_animation_frame(move || viewer.resized());
        }
    });

    let with = move |act: fn(&Viewer)| {
        if let Some(viewer) = viewer.get_untracked() {
            act(&viewer);
        }
    };
    let clicked = move |event: ev::MouseEvent| {
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let Some(target) = target.filter(|target| target.class_name() == "log-line__more") else {
            return;
        };
        let row = viewer
            .get_untracked()
            .and_then(|viewer| viewer.row_at(&target));
        if let Some((source, place)) = row {
            let id = desk
                .spec
                .with_untracked(|spec| spec.sources.get(usize::from(source)).cloned());
            desk.whole_line.set(id.map(|id| (id, place.to_string())));
        }
    };

    view! {
        <section class="log-view" class:log-view--wrapped=move || desk.is_wrapped.get()
            class:log-view--merged=move || desk.spec.with(|spec| spec.sources.len() > 1)>
            <div class="log-view__scroller" node_ref=scroller tabindex="0" role="log" aria-live="off" id="log"
                aria-label=words.log
                on:scroll=move |_| with(Viewer::scrolled)
                on:wheel=move |event: ev::WheelEvent| {
                    if let Some(viewer) = viewer.get_untracked() { viewer.wheel(event.delta_y()) }
                }
                on:click=clicked>
                <div class="log-view__rows" node_ref=list>
                    {rows.into_iter().map(|row| view! { <LogLine row/> }).collect_view()}
                </div>
            </div>
            <ScrollBar/>
            <p class="log-view__empty" role="status" hidden=move || empty(desk, words).is_none()>
                {move || empty(desk, words)}
            </p>
            <button class="log-view__new" type="button" hidden=move || desk.mode.get() == Mode::Following
                class:log-view__new--quiet=move || desk.new_rows.get().value == 0
                on:click=move |_| with(Viewer::follow)>
                {move || words.back_to_end(desk.new_rows.get(), desk.spec.with(|spec| !spec.q.is_empty()))}
                <kbd>"F"</kbd>
            </button>
        </section>
    }
}

/// What is said where there are no rows.
fn empty(desk: Desk, words: &'static Words) -> Option<String> {
    let shown = desk.shown.get();
    if shown.rows > 0 {
        return None;
    }
    if let Some(name) = desk.unknown.with(|unknown| unknown.first().cloned()) {
        return Some(words.unknown_source.replace("{}", &name));
    }
    if desk.sources.with(Vec::is_empty) {
        return Some(format!("{} {}", words.no_sources, words.no_sources_hint));
    }
    let spec = desk.spec.get();
    let broken = desk.sources.with(|sources| {
        let source = sources
            .iter()
            .find(|source| spec.sources.contains(&source.id))?;
        let state = words.state(source.state);
        (!state.is_empty()).then(|| match source.detail.as_str() {
            "" => format!("{}: {state}.", source.name),
            detail => format!("{}: {state} ({detail}).", source.name),
        })
    });
    if broken.is_some() {
        return broken;
    }
    if desk.connection.get() == Connection::Connecting {
        return None;
    }
    Some(match (spec.q.is_empty(), shown.total.exact) {
        (true, _) => words.empty_log.to_owned(),
        (false, true) => words.no_matches.to_owned(),
        (false, false) => words.no_matches_yet.to_owned(),
    })
}

/// Tells the viewer whenever the size of the log changes.
fn watch_size(scroller: &web_sys::Element, viewer: Viewer) {
    let resized = Closure::<dyn Fn()>::new(move || viewer.resized());
    if let Ok(observer) = web_sys::ResizeObserver::new(resized.as_ref().unchecked_ref()) {
        observer.observe(scroller);
    }
    // The log is there for as long as the page is.
    resized.forget();
}
