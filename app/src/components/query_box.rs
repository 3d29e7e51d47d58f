//! The filter.

use std::time::Duration;

use leptos::{ev, html::Input, prelude::*};

use crate::{desk::Desk, model::format, words::Words};

/// How long a person has to stop typing before the filter is tried.
const PAUSE: Duration = Duration::from_millis(120);

/// The box that a filter is written in, with what came of it.
#[component]
pub fn QueryBox(
    /// The input, for the keyboard.
    input: NodeRef<Input>,
) -> impl IntoView {
    let words = Words::of_page();
    let desk = Desk::of_page();
    let pending = StoredValue::new(None::<TimeoutHandle>);

    let apply = move |q: String| {
        // A filter that cannot be understood never leaves the page: what is
        // shown stays, and the fault is explained where it stands.
        let regex = desk.spec.with_untracked(|spec| spec.regex);
        match protocol::query::parse(&q) {
            Err(fault) if !regex => desk.problem.set(Some(words.fault(&fault))),
            _ => {
                desk.problem.set(None);
                if desk.spec.with_untracked(|spec| spec.q != q) {
                    desk.spec.update(|spec| spec.q = q);
                }
            }
        }
    };
    let typed = move |event: ev::Event| {
        let q = event_target_value(&event);
        if let Some(handle) = pending.get_value() {
            handle.clear();
        }
        let handle = set_timeout_with_handle(move || apply(q), PAUSE);
        pending.set_value(handle.ok());
    };
    let submitted = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some(input) = input.get() {
            apply(input.value());
        }
    };
    let clear = move |_| {
        if let Some(input) = input.get() {
            input.set_value("");
            let _ = input.focus();
        }
        apply(String::new());
    };

    view! {
        <form class="query-box" role="search" method="get" on:submit=submitted>
            // Without a script the form keeps what the address says besides the filter.
            {move || desk.spec.get().sources.iter().filter_map(|id| desk.name_of(id)).map(|name| view! {
                <input type="hidden" name="source" value=name/>
            }).collect_view()}
            {move || desk.spec.with(|spec| spec.regex).then(|| view! { <input type="hidden" name="regex" value="true"/> })}
            <div class="query-box__field" class:query-box__field--wrong=move || desk.problem.with(Option::is_some)>
                <input class="query-box__input" type="search" name="q" node_ref=input
                    aria-label=words.filter placeholder=words.filter_hint
                    autocomplete="off" autocapitalize="off" spellcheck="false"
                    aria-invalid=move || desk.problem.with(Option::is_some).to_string()
                    aria-describedby="query-problem"
                    value=desk.spec.with_untracked(|spec| spec.q.clone())
                    on:input=typed/>
                <button class="query-box__toggle" type="button" title=words.regex aria-label=words.regex
                    aria-pressed=move || desk.spec.with(|spec| spec.regex).to_string()
                    on:click=move |_| desk.spec.update(|spec| spec.regex = !spec.regex)>".*"</button>
                <button class="query-box__toggle" type="button" title=words.clear aria-label=words.clear
                    hidden=move || desk.spec.with(|spec| spec.q.is_empty()) on:click=clear>"×"</button>
            </div>
            <output class="query-box__count" aria-live="polite">{move || count(desk, words)}</output>
        </form>
        <p class="query-box__problem" id="query-problem" role="alert"
            hidden=move || desk.problem.with(Option::is_none)>
            {move || desk.problem.get().map(|problem| words.problem(&problem))}
        </p>
    }
}

/// How many lines match, and how far the search has come.
fn count(desk: Desk, words: &'static Words) -> String {
    let shown = desk.shown.get();
    if desk.spec.with(|spec| spec.q.is_empty()) {
        return words.lines(shown.lines);
    }
    let of = words
        .matches_of
        .replacen("{}", &format::tally(shown.total), 1);
    let of = of.replacen("{}", &format::tally(shown.lines), 1);
    if shown.total.exact {
        return of;
    }
    let progress = format::percent(shown.scanned, shown.bytes);
    format!("{of} · {}", words.searching.replace("{}", &progress))
}
