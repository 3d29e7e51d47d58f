//! `GET /sources`.

use axum::{Extension, Json, extract::State};
use protocol::Source;
use serde::Serialize;

use crate::{auth::Subject, state::App};

#[derive(Serialize)]
pub(super) struct Sources {
    sources: Vec<Source>,
}

pub(super) async fn list(
    State(app): State<App>,
    Extension(subject): Extension<Subject>,
) -> Json<Sources> {
    Json(Sources {
        sources: app.sources_for(&subject),
    })
}
