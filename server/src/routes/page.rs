//! The page, and the calls that it makes.

use std::sync::{Arc, Mutex, PoisonError};

use app::{
    app::PageContext,
    logs::Logs,
    shell::{Assets as ShellAssets, shell},
    words::Language,
};
use axum::{
    Extension,
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, Response,
        header::{ACCEPT_LANGUAGE, COOKIE},
    },
    response::IntoResponse,
};
use leptos::prelude::*;
use protocol::Problem;

use super::refused;
use crate::{
    auth::{Action, Object, Subject},
    bridge::Bridge,
    gate::{Base, Nonce},
    state::App,
};

/// Bytes of a rendered page at most: a screen of rows, twice, and many sources.
const PAGE_BYTES_MAX: usize = 64 << 20;

pub(super) async fn page(
    State(app): State<App>,
    Extension(subject): Extension<Subject>,
    Extension(Base(base)): Extension<Base>,
    request: Request,
) -> Response<Body> {
    let headers = request.headers();
    let language = cookie(headers, "tailon_language").map(Language::accepted);
    let accepted = headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let page = PageContext {
        title: app.config.title.value.clone(),
        base,
        query: request.uri().query().unwrap_or_default().to_owned(),
        language: language.unwrap_or_else(|| Language::accepted(accepted)),
        may_download: app
            .grants
            .authorize(&subject, Action::Download, Object::Everything)
            .is_ok(),
        is_open_to_all: matches!(subject, Subject::OpenVisitor),
    };
    let theme = cookie(headers, "tailon_theme").filter(|theme| matches!(*theme, "light" | "dark"));
    let assets = ShellAssets {
        package: app.assets.package(),
        theme: theme.unwrap_or_default().to_owned(),
    };
    // The page's scripts carry a nonce that the gate has to name in the policy.
    let nonce = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&nonce);
    let logs: Arc<dyn Logs> = Arc::new(Bridge { app, subject });
    let context = move || {
        provide_context(Arc::clone(&logs));
        let used = leptos::nonce::use_nonce().map(|nonce| nonce.to_string());
        *seen.lock().unwrap_or_else(PoisonError::into_inner) = used;
    };
    let render = leptos_axum::render_app_async_with_context(context, move || shell(&page, &assets));
    let (parts, body) = render(request).await.into_parts();
    // Rendering goes on while the body is read, so it is read here to its end,
    // whatever the client does with it.
    let Ok(body) = axum::body::to_bytes(body, PAGE_BYTES_MAX).await else {
        return refused(Problem::Unavailable);
    };
    let mut response = Response::from_parts(parts, Body::from(body));
    if let Some(nonce) = nonce.lock().unwrap_or_else(PoisonError::into_inner).take() {
        response.extensions_mut().insert(Nonce(nonce));
    }
    response
}

pub(super) async fn server_function(
    State(app): State<App>,
    Extension(subject): Extension<Subject>,
    request: Request,
) -> Response<Body> {
    let logs: Arc<dyn Logs> = Arc::new(Bridge { app, subject });
    let context = move || provide_context(Arc::clone(&logs));
    leptos_axum::handle_server_fns_with_context(context, request)
        .await
        .into_response()
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(other, _)| *other == name)
        .map(|(_, value)| value)
}
