//! Moving the scroller.

use web_sys::HtmlElement;

/// Scrolls to `top` pixels from the top of the rows.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "`as` saturates, and so does the scroller"
)]
pub(super) fn set_top(scroller: &HtmlElement, top: f64) {
    scroller.set_scroll_top(top.round() as i32);
}
