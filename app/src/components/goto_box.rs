//! The box that takes a person to a line, a share, the start or the end.

use leptos::{ev, html::Input, prelude::*};

use crate::{model::goto, viewer::ViewerHandle, words::Words};

/// The box to go somewhere.
#[component]
pub fn GotoBox(
    /// The input, for the keyboard.
    input: NodeRef<Input>,
) -> impl IntoView {
    let words = Words::of_page();
    let viewer = expect_context::<ViewerHandle>();
    let is_wrong = RwSignal::new(false);
    let submitted = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let (Some(input), Some(viewer)) = (input.get(), viewer.get_untracked()) else {
            return;
        };
        match goto::parse(&input.value()) {
            Some(anchor) => {
                is_wrong.set(false);
                input.set_value("");
                viewer.go(anchor);
                crate::app::focus_log();
            }
            None => is_wrong.set(true),
        }
    };

    view! {
        <form class="goto-box" on:submit=submitted>
            <input class="goto-box__input" node_ref=input inputmode="text" autocomplete="off"
                aria-label=words.go_to placeholder=words.go_to_hint title=words.go_to_wrong
                aria-invalid=move || is_wrong.get().to_string()
                on:input=move |_| is_wrong.set(false)/>
            <kbd>":"</kbd>
        </form>
    }
}
