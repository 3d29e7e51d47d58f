//! The page's entry in the browser.

use app::{app::App, shell::page_context};
use leptos::prelude::*;

/// Brings the page that the server rendered to life.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    let page = page_context();
    let base = page.base.trim_end_matches('/').to_owned();
    leptos::server_fn::client::set_server_url(Box::leak(base.into_boxed_str()));
    leptos::mount::hydrate_body(move || view! { <App page/> });
}
