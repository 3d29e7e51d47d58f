//! `GET /count`: how many lines match, over everything there is now.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Json,
    body::Body,
    extract::{RawQuery, State},
    http::Response,
    response::IntoResponse,
};
use protocol::Problem;
use serde::Serialize;
use tokio::{sync::Notify, time::Instant};

use super::{parameters::Parameters, refused};
use crate::{
    auth::Subject,
    bridge::{blocking, told, waker},
    state::App,
};

/// How long a count may make no progress before it is given up.
const STALL: Duration = Duration::from_secs(30);

#[derive(Serialize)]
struct Count {
    matches: u64,
    lines: u64,
    bytes: u64,
    elapsed_ms: u64,
}

pub(super) async fn count(
    State(app): State<App>,
    Extension(subject): Extension<Subject>,
    RawQuery(query): RawQuery,
) -> Response<Body> {
    match answer(&app, &subject, query.as_deref()).await {
        Ok(count) => Json(count).into_response(),
        Err(problem) => refused(problem),
    }
}

/// # Cancellation
/// When the client leaves, this future is dropped, and with it the view, whose
/// scan ends with the unit at hand.
async fn answer(app: &App, subject: &Subject, query: Option<&str>) -> Result<Count, Problem> {
    let started = Instant::now();
    let parameters = Parameters::parse(query, &["source", "q", "regex"])?;
    let spec = parameters.spec(app, subject)?;
    let view = app.open_view(subject, spec).await?;
    let notify = Arc::new(Notify::new());
    let listener = waker(&notify);
    view.bell().listen(&listener);
    let mut last = (0, Instant::now());
    loop {
        let (engine, counting) = (Arc::clone(&app.engine), Arc::clone(&view));
        let counted = blocking(move || engine.read(&counting.sources(), || counting.counted()));
        let counted = counted.await.map_err(|error| told(&error))?;
        if counted.rows.exact && counted.lines.exact {
            return Ok(Count {
                matches: counted.rows.value,
                lines: counted.lines.value,
                bytes: counted.bytes,
                elapsed_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            });
        }
        if counted.scanned > last.0 {
            last = (counted.scanned, Instant::now());
        } else if last.1.elapsed() > STALL {
            return Err(Problem::Unavailable);
        }
        let _ = tokio::time::timeout(Duration::from_millis(200), notify.notified()).await;
    }
}
