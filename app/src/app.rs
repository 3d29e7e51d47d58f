//! The page: its contexts, its parts, and what belongs to all of it.

use leptos::{ev, html::Input, prelude::*};
use protocol::window::Anchor;
use wasm_bindgen::JsCast;

use crate::{
    api::{FirstPage, open_page},
    components::{
        help::Help, log_view::LogView, query_box::QueryBox, source_tree::SourceTree,
        status_line::StatusLine, top_bar::TopBar, whole_line::WholeLine,
    },
    desk::Desk,
    model::{address::Address, screen::Mode},
    viewer::ViewerHandle,
    words::{Language, Words},
};

/// What the page knows before anything is read, from the server and again,
/// from the markup, in the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageContext {
    /// The title that the operator chose.
    pub title: String,
    /// The path that everything is served under, with a slash at both ends.
    pub base: String,
    /// The part of the address behind `?`.
    pub query: String,
    /// The language of the page.
    pub language: Language,
    /// Whether the visitor may download.
    pub may_download: bool,
    /// Whether anybody on the network is let in.
    pub is_open_to_all: bool,
}

/// The page.
#[component]
pub fn App(
    /// What is known from the start.
    page: PageContext,
) -> impl IntoView {
    Words::provide(page.language);
    provide_context(page.clone());
    // Blocking, so that the first rows are in the markup.
    let query = page.query.clone();
    let first = Resource::new_blocking(|| (), move |()| open_page(query.clone()));
    let at = Address::parse(&page.query).at;
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                let first = first.await.unwrap_or_else(|_| FirstPage {
                    sources: Vec::new(),
                    spec: protocol::live::ViewSpec::default(),
                    unknown: Vec::new(),
                    window: None,
                    problem: None,
                });
                view! { <Page first at/> }
            })}
        </Suspense>
    }
}

/// Everything on the page, with what it starts with.
#[component]
fn Page(
    /// What it starts with.
    first: FirstPage,
    /// The place that the address names.
    at: Option<protocol::line::Place>,
) -> impl IntoView {
    let words = Words::of_page();
    let desk = Desk::provide(&first, words);
    let viewer = ViewerHandle::provide();
    let is_open_to_all = expect_context::<PageContext>().is_open_to_all;
    let filter = NodeRef::<Input>::new();
    let goto = NodeRef::<Input>::new();
    let find = NodeRef::<Input>::new();
    if at.is_some() {
        desk.mode.set(Mode::Reading);
    }

    let keys = window_event_listener(ev::keydown, move |event| {
        pressed(&event, desk, viewer, [filter, goto, find]);
    });
    on_cleanup(move || keys.remove());
    Effect::new(move || keep_address(desk, viewer));

    let rows = first.window.map(|window| window.rows).unwrap_or_default();
    view! {
        <a class="skip-link" href="#log">{words.log}</a>
        <TopBar goto/>
        <SourceTree input=find/>
        <main class="main">
            {is_open_to_all.then(|| view! { <p class="main__warning" role="alert">{words.open_to_all}</p> })}
            <QueryBox input=filter/>
            <LogView rows at/>
            <noscript><p class="main__note">{words.without_script}</p></noscript>
        </main>
        <StatusLine/>
        <Help/>
        <WholeLine/>
    }
}

/// Keys that work wherever nothing is being written.
fn pressed(
    event: &ev::KeyboardEvent,
    desk: Desk,
    viewer: ViewerHandle,
    [filter, goto, find]: [NodeRef<Input>; 3],
) {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok());
    let tag = target
        .as_ref()
        .map(|target| target.tag_name())
        .unwrap_or_default();
    if event.key() == "Escape" {
        desk.is_tree_open.set(false);
    }
    if event.key() == "Escape" && tag == "INPUT" {
        // The browser would empty the box.
        event.prevent_default();
        focus_log();
        return;
    }
    let is_open =
        desk.is_help_open.get_untracked() || desk.whole_line.with_untracked(Option::is_some);
    if tag == "INPUT" || is_open || event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let Some(viewer) = viewer.get_untracked() else {
        return;
    };
    let focus = |input: NodeRef<Input>| {
        if let Some(input) = input.get_untracked() {
            let _ = input.focus();
            input.select();
        }
    };
    // A button that has the focus keeps the keys that press it.
    let is_button = tag == "BUTTON" || tag == "A";
    match event.key().as_str() {
        "/" => focus(filter),
        ":" => focus(goto),
        "s" => {
            desk.is_tree_open.set(true);
            focus_source(find);
        }
        "F" | "f" | "G" | "End" => viewer.follow(),
        "g" | "Home" => viewer.go(Anchor::Start),
        "j" | "ArrowDown" => viewer.scroll_by(0.01),
        "k" | "ArrowUp" => viewer.scroll_by(-0.01),
        " " if is_button => return,
        " " | "PageDown" => viewer.scroll_by(1.0),
        "b" | "PageUp" => viewer.scroll_by(-1.0),
        "w" => desk.is_wrapped.update(|wrapped| *wrapped = !*wrapped),
        "t" => next_theme(),
        "?" => desk.is_help_open.set(true),
        _ => return,
    }
    event.prevent_default();
}

/// Puts the focus on the log.
pub fn focus_log() {
    if let Some(log) = document()
        .get_element_by_id("log")
        .and_then(|log| log.dyn_into::<web_sys::HtmlElement>().ok())
    {
        let _ = log.focus();
    }
}

/// Puts the focus on the box to find a source, or on the first source where
/// there is none.
fn focus_source(find: NodeRef<Input>) {
    if let Some(find) = find.get_untracked().filter(|find| !find.hidden()) {
        let _ = find.focus();
        return;
    }
    let first = document()
        .query_selector(".source-tree__name")
        .ok()
        .flatten();
    if let Some(first) = first.and_then(|first| first.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = first.focus();
    }
}

/// Writes what is shown into the address, without adding to the history.
fn keep_address(desk: Desk, viewer: ViewerHandle) {
    let spec = desk.spec.get();
    let mode = desk.mode.get();
    // Scrolling changes what is shown, and with it the place.
    desk.shown.track();
    let at = match mode {
        Mode::Following => None,
        Mode::Reading => viewer.get().and_then(|viewer| viewer.place_at_top()),
    };
    let address = Address {
        sources: spec
            .sources
            .iter()
            .filter_map(|id| desk.name_of(id))
            .collect(),
        q: spec.q,
        regex: spec.regex,
        at,
    };
    let query = address.query();
    let location = window().location();
    if location
        .search()
        .is_ok_and(|search| search.trim_start_matches('?') == query)
    {
        return;
    }
    let path = location.pathname().unwrap_or_default();
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(
            &wasm_bindgen::JsValue::NULL,
            "",
            Some(&format!("{path}?{query}")),
        );
    }
}

/// Goes on to the next theme: the system's, light, dark.
pub fn next_theme() {
    let Some(root) = document().document_element() else {
        return;
    };
    let next = match root.get_attribute("data-theme").as_deref() {
        None => "light",
        Some("light") => "dark",
        Some(_) => "",
    };
    let _ = if next.is_empty() {
        root.remove_attribute("data-theme")
    } else {
        root.set_attribute("data-theme", next)
    };
    remember("theme", next, false);
}

/// Keeps a choice in a cookie that the server reads when it renders the page,
/// and reloads where only a new page can show it.
pub fn remember(name: &str, value: &str, reload: bool) {
    let cookie = format!("tailon_{name}={value}; path=/; max-age=31536000; samesite=lax");
    if let Ok(document) = document().dyn_into::<web_sys::HtmlDocument>() {
        let _ = document.set_cookie(&cookie);
    }
    if reload {
        let _ = window().location().reload();
    }
}
