//! The bar that spans the whole view, however much of it is held.

use leptos::{ev, html::Div, prelude::*};
use protocol::window::Anchor;

use crate::{
    desk::{Desk, Shown},
    viewer::ViewerHandle,
    words::Words,
};

/// The least height of the thumb, as a share of the bar.
const THUMB_MIN: f64 = 0.03;

/// A scroll bar over all rows of the view.
///
/// # Server-Side Rendering
/// The thumb has no place until the page is hydrated: a place needs a style,
/// which the page's content security policy does not allow in markup.
#[component]
pub fn ScrollBar() -> impl IntoView {
    let words = Words::of_page();
    let desk = Desk::of_page();
    let viewer = expect_context::<ViewerHandle>();
    let bar = NodeRef::<Div>::new();
    let thumb = NodeRef::<Div>::new();
    let is_dragged = RwSignal::new(false);

    Effect::new(move || {
        let (Some(thumb), shown) = (thumb.get(), desk.shown.get()) else {
            return;
        };
        let (top, height) = thumb_span(shown);
        let style = web_sys::HtmlElement::style(&thumb);
        let _ = style.set_property("top", &format!("{:.3}%", top * 100.0));
        let _ = style.set_property("height", &format!("{:.3}%", height * 100.0));
    });

    let go = move |event: &ev::PointerEvent| {
        let (Some(bar), Some(viewer)) = (bar.get(), viewer.get_untracked()) else {
            return;
        };
        let rect = bar.get_bounding_client_rect();
        let (_, height) = thumb_span(desk.shown.get_untracked());
        let travel = rect.height() * (1.0 - height);
        let y = f64::from(event.client_y()) - rect.top() - rect.height() * height / 2.0;
        let share = if travel > 0.0 {
            (y / travel).clamp(0.0, 1.0)
        } else {
            0.0
        };
        viewer.go(if share >= 0.999 {
            Anchor::Tail
        } else {
            Anchor::Share(share)
        });
    };
    let down = move |event: ev::PointerEvent| {
        event.prevent_default();
        if let Some(bar) = bar.get() {
            let _ = bar.set_pointer_capture(event.pointer_id());
        }
        is_dragged.set(true);
        go(&event);
    };
    let moved = move |event: ev::PointerEvent| {
        if is_dragged.get_untracked() {
            go(&event);
        }
    };

    view! {
        <div class="scroll-bar" node_ref=bar role="scrollbar" aria-controls="log" aria-orientation="vertical"
            aria-label=words.position aria-valuemin="0" aria-valuemax="100"
            hidden=move || { let shown = desk.shown.get(); shown.top <= 0.0 && shown.bottom >= 1.0 }
            aria-valuenow=move || format!("{:.0}", desk.shown.get().bottom * 100.0)
            on:pointerdown=down on:pointermove=moved
            on:pointerup=move |_| is_dragged.set(false)
            on:pointercancel=move |_| is_dragged.set(false)>
            <div class="scroll-bar__thumb" node_ref=thumb></div>
        </div>
    }
}

/// Where the thumb begins, and how high it is, as shares of the bar.
fn thumb_span(shown: Shown) -> (f64, f64) {
    let height = (shown.bottom - shown.top).clamp(THUMB_MIN, 1.0);
    let rest = (1.0 - (shown.bottom - shown.top)).max(f64::EPSILON);
    let top = (shown.top / rest).clamp(0.0, 1.0) * (1.0 - height);
    (top, height)
}
