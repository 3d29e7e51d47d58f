//! A line that is too long for its row, whole.

use leptos::{html::Dialog, prelude::*, task::spawn_local};

use crate::{
    api::{ApiError, read_row},
    desk::Desk,
    model::format,
    words::Words,
};

/// The dialog that shows a long line whole.
#[component]
pub fn WholeLine() -> impl IntoView {
    let words = Words::of_page();
    let desk = Desk::of_page();
    let dialog = NodeRef::<Dialog>::new();
    // Not a resource: nothing of it is there when the page is rendered.
    let row = RwSignal::new(None);
    Effect::new(move || {
        row.set(None);
        if let Some((source, place)) = desk.whole_line.get() {
            spawn_local(async move { row.set(Some(read_row(source, place).await)) });
        }
    });
    Effect::new(move || {
        let Some(dialog) = dialog.get() else { return };
        match (desk.whole_line.with(Option::is_some), dialog.open()) {
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let text = move || match row.get() {
        Some(Ok(row)) => row.text,
        Some(Err(ApiError::Problem(problem))) => words.problem(&problem),
        Some(Err(ApiError::Transport(_))) => words.lost.to_owned(),
        None => String::new(),
    };
    let omitted = move || match row.get() {
        Some(Ok(row)) if row.omitted > 0 => Some(
            words
                .still_omitted
                .replace("{}", &format::bytes(row.omitted)),
        ),
        _ => None,
    };

    view! {
        <dialog class="dialog dialog--wide" node_ref=dialog aria-label=words.show_whole
            on:close=move |_| desk.whole_line.set(None)>
            <h2 class="dialog__heading">{words.show_whole}</h2>
            <pre class="dialog__text">{text}</pre>
            <p class="dialog__note">{omitted}</p>
            <button class="dialog__close" type="button" on:click=move |_| desk.whole_line.set(None)>
                {words.close}
            </button>
        </dialog>
    }
}
