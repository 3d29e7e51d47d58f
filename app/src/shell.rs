//! The document around the page.

use leptos::{nonce::use_nonce, prelude::*};

use crate::{
    app::{App, PageContext},
    words::Language,
};

/// Where the page's own files are, below the base path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// The directory of the script, the program and the style, without slashes
    /// at its ends; it changes with their content.
    pub package: String,
    /// The theme that the visitor chose; empty for the system's.
    pub theme: String,
}

/// Renders the document.
pub fn shell(page: &PageContext, assets: &Assets) -> impl IntoView + use<> {
    let PageContext {
        title,
        base,
        language,
        may_download,
        is_open_to_all,
        ..
    } = page.clone();
    let Assets { package, theme } = assets.clone();
    let package = format!("{base}{package}");
    let (script, program, style) = (
        format!("{package}/tailon.js"),
        format!("{package}/tailon.wasm"),
        format!("{package}/tailon.css"),
    );
    let start = format!(
        "import({script:?}).then(m=>m.default({{module_or_path:{program:?}}}).then(()=>m.hydrate()))"
    );
    let nonce = use_nonce();
    view! {
        <!DOCTYPE html>
        <html lang=language.tag() data-theme=(!theme.is_empty()).then_some(theme)>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="dark light"/>
                <meta name="tailon-base" content=base.clone()/>
                <meta name="tailon-download" content=may_download.to_string()/>
                <meta name="tailon-open" content=is_open_to_all.to_string()/>
                <title>{title}</title>
                <link rel="icon" type="image/svg+xml" href=format!("{base}favicon.svg")/>
                <link rel="stylesheet" href=style/>
                <link rel="modulepreload" href=script nonce=nonce.clone()/>
                <link rel="preload" href=program r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
                <script type="module" nonce=nonce>{start}</script>
            </head>
            <body>
                <App page=page.clone()/>
            </body>
        </html>
    }
}

/// Reads in the browser what the server wrote into the document.
pub fn page_context() -> PageContext {
    let meta = |name: &str| {
        let element = document()
            .query_selector(&format!("meta[name={name}]"))
            .ok()
            .flatten();
        element
            .and_then(|element| element.get_attribute("content"))
            .unwrap_or_default()
    };
    let language = document()
        .document_element()
        .and_then(|root| root.get_attribute("lang"));
    PageContext {
        title: document().title(),
        base: meta("tailon-base"),
        query: window()
            .location()
            .search()
            .unwrap_or_default()
            .trim_start_matches('?')
            .to_owned(),
        language: Language::accepted(&language.unwrap_or_default()),
        may_download: meta("tailon-download") == "true",
        is_open_to_all: meta("tailon-open") == "true",
    }
}
