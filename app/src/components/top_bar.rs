//! The bar above everything: what this is, where to go, how it looks.

use leptos::{html::Input, prelude::*};

use super::goto_box::GotoBox;
use crate::{app::PageContext, desk::Desk, words::Words};

/// The bar above everything.
#[component]
pub fn TopBar(
    /// The box to go to a line, for the keyboard.
    goto: NodeRef<Input>,
) -> impl IntoView {
    let words = Words::of_page();
    let desk = Desk::of_page();
    let page = expect_context::<PageContext>();
    let download = move || {
        let id = desk.spec.with(|spec| spec.sources.first().cloned());
        id.map(|id| format!("{}api/v1/download?source={id}", page.base))
    };

    view! {
        <header class="top-bar">
            <button class="top-bar__button top-bar__tree" type="button" title=words.sources aria-label=words.sources
                aria-controls="sources" aria-expanded=move || desk.is_tree_open.get().to_string()
                on:click=move |_| desk.is_tree_open.update(|open| *open = !*open)>"☰"</button>
            <svg class="top-bar__mark" viewBox="0 0 18 18" aria-hidden="true">
                <path d="M2 4h9M2 9h13M2 14h6"/><circle cx="14" cy="14" r="2"/>
            </svg>
            <h1 class="top-bar__title">{page.title}</h1>
            <GotoBox input=goto/>
            <a class="top-bar__button" href=download title=words.download aria-label=words.download
                hidden=!page.may_download download>"↓"</a>
            <button class="top-bar__button" type="button" title=words.wrap aria-label=words.wrap
                aria-pressed=move || desk.is_wrapped.get().to_string()
                on:click=move |_| desk.is_wrapped.update(|wrapped| *wrapped = !*wrapped)>"↵"</button>
            <button class="top-bar__button" type="button" title=words.theme aria-label=words.theme
                on:click=move |_| crate::app::next_theme()>"◐"</button>
        </header>
    }
}
