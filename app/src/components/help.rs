//! The keys.

use leptos::{html::Dialog, prelude::*};

use crate::{desk::Desk, words::Words};

/// The list of keys.
#[component]
pub fn Help() -> impl IntoView {
    let words = Words::of_page();
    let desk = Desk::of_page();
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move || {
        let Some(dialog) = dialog.get() else { return };
        match (desk.is_help_open.get(), dialog.open()) {
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });

    view! {
        <dialog class="dialog" node_ref=dialog aria-label=words.keys on:close=move |_| desk.is_help_open.set(false)>
            <h2 class="dialog__heading">{words.keys}</h2>
            <dl class="dialog__keys">
                {words.key_help.iter().map(|(keys, what)| view! {
                    <dt>{keys.split("  ").map(|key| view! { <kbd>{key}</kbd> }).collect_view()}</dt>
                    <dd>{*what}</dd>
                }).collect_view()}
            </dl>
            <button class="dialog__close" type="button" on:click=move |_| desk.is_help_open.set(false)>
                {words.close}
            </button>
        </dialog>
    }
}
