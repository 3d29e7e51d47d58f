//! What is served where.

mod count;
mod download;
mod follow;
mod health;
mod lines;
mod page;
mod parameters;
mod sources;

use axum::{
    Json, Router,
    body::Body,
    extract::{Request, State},
    http::{Response, StatusCode},
    response::IntoResponse,
    routing::{any, get},
};
use protocol::Problem;

use crate::{gate::HttpProblem, state::App};

/// Everything behind the gate.
pub(crate) fn router(app: App) -> Router {
    let api = Router::new()
        .route("/sources", get(sources::list))
        .route("/lines", get(lines::read))
        .route("/follow", get(follow::stream))
        .route("/count", get(count::count))
        .route("/download", get(download::download))
        .route("/openapi.json", get(openapi))
        .fallback(no_such_call);
    Router::new()
        .route("/", get(page::page))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/ui/{*function}", any(page::server_function))
        .nest("/api/v1", api)
        .fallback(get(asset))
        .method_not_allowed_fallback(wrong_method)
        .with_state(app)
}

/// The description of the API.
async fn openapi() -> impl IntoResponse {
    let document: serde_json::Value =
        serde_json::from_str(include_str!("routes/openapi.json")).unwrap_or_default();
    Json(document)
}

async fn no_such_call() -> HttpProblem {
    not_found("no such call; api/v1/openapi.json lists them all")
}

async fn asset(State(app): State<App>, request: Request) -> Response<Body> {
    let path = request.uri().path().trim_start_matches('/');
    match app.assets.answer(path, request.headers()) {
        Some(response) => response,
        None => not_found("nothing is here").into_response(),
    }
}

fn not_found(detail: &str) -> HttpProblem {
    HttpProblem::new(StatusCode::NOT_FOUND, "not found", detail)
}

async fn wrong_method() -> HttpProblem {
    HttpProblem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "wrong method",
        "expected GET",
    )
}

/// A refusal as a response.
pub(crate) fn refused(problem: Problem) -> Response<Body> {
    HttpProblem::from(problem).into_response()
}
