//! `GET /lines`: a page of history.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Json,
    body::Body,
    extract::{RawQuery, State},
    http::Response,
    response::IntoResponse,
};
use engine::{
    cursor::Cursor,
    history::{Direction, From, Page, parse_from},
    view::View,
};
use protocol::{Anchor, Gap, Line, Problem, SourceId};
use serde::Serialize;
use tokio::{sync::Notify, time::Instant};

use super::{parameters::Parameters, refused};
use crate::{
    auth::Subject,
    bridge::{blocking, told, waker},
    state::App,
};

/// After so long the answer is what there is, and where to go on.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Serialize)]
struct Answer {
    lines: Vec<Line>,
    gaps: Vec<Gap>,
    previous: Option<String>,
    next: Option<String>,
}

pub(super) async fn read(
    State(app): State<App>,
    Extension(subject): Extension<Subject>,
    RawQuery(query): RawQuery,
) -> Response<Body> {
    match page(&app, &subject, query.as_deref()).await {
        Ok(Page {
            lines,
            gaps,
            previous,
            next,
            ..
        }) => Json(Answer {
            lines,
            gaps,
            previous,
            next,
        })
        .into_response(),
        Err(problem) => refused(problem),
    }
}

async fn page(app: &App, subject: &Subject, query: Option<&str>) -> Result<Page, Problem> {
    let known = [
        "source",
        "q",
        "regex",
        "from",
        "limit",
        "direction",
        "generation",
        "fields",
    ];
    let parameters = Parameters::parse(query, &known)?;
    let rows_max = app
        .config
        .limit("rows-per-answer")
        .and_then(|limit| u32::try_from(limit).ok());
    let limit = parameters.number("limit", 100, 1, rows_max.unwrap_or(10_000))?;
    if parameters.flag("fields")? {
        return Err(Problem::NotSupported {
            what: "`fields`".to_owned(),
        });
    }
    let direction = match parameters.get("direction") {
        None | Some("forward") => Direction::Forward,
        Some("backward") => Direction::Backward,
        Some(other) => {
            return Err(Problem::BadParameter {
                name: "direction".to_owned(),
                expected: format!("expected `forward` or `backward`, got `{other}`"),
            });
        }
    };
    let from = match (parameters.get("from"), direction) {
        (Some(from), _) => parse_from(from)?,
        (None, Direction::Forward) => From::Anchor(Anchor::Start),
        (None, Direction::Backward) => From::Anchor(Anchor::Tail),
    };
    let generation = match parameters.get("generation") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| Problem::BadParameter {
            name: "generation".to_owned(),
            expected: "expected sixteen hexadecimal digits".to_owned(),
        })?),
    };
    let spec = parameters.spec(app, subject)?;
    if let From::Cursor(cursor) = &from {
        belongs(cursor, &spec.sources, "from")?;
    }
    let view = app.open_view(subject, spec).await?;
    if let Some(generation) = generation
        && !view.has_generation(generation)
    {
        return Err(Problem::BadParameter {
            name: "generation".to_owned(),
            expected: "expected one that `/sources` lists for this source".to_owned(),
        });
    }
    if matches!(from, From::Anchor(Anchor::Line(_))) {
        // A line number means what it says, so the lines have to be counted.
        wait_until(&view, |view| {
            view.counted().is_ok_and(|counted| counted.lines.exact)
        })
        .await;
    }
    let deadline = Instant::now() + PATIENCE;
    let notify = Arc::new(Notify::new());
    let listener = waker(&notify);
    view.bell().listen(&listener);
    loop {
        let (engine, reading, from) = (Arc::clone(&app.engine), Arc::clone(&view), from.clone());
        let page = blocking(move || {
            engine.read(&reading.sources(), || {
                reading.page(&from, direction, limit, generation)
            })
        });
        let page = page.await.map_err(|error| told(&error))?;
        // A filter that nothing was counted for yet finds more as the count
        // goes on.
        if page.is_full
            || tokio::time::timeout_at(deadline, notify.notified())
                .await
                .is_err()
        {
            return Ok(page);
        }
    }
}

/// A cursor of other sources would begin at the start without a word.
///
/// # Errors
/// [`Problem::BadParameter`].
pub(super) fn belongs(cursor: &Cursor, sources: &[SourceId], name: &str) -> Result<(), Problem> {
    if cursor.is_of(sources) {
        return Ok(());
    }
    let expected = "expected a cursor of these sources".to_owned();
    Err(Problem::BadParameter {
        name: name.to_owned(),
        expected,
    })
}

/// Waits until something holds of `view`, for as long as there is patience.
async fn wait_until(view: &Arc<View>, holds: impl Fn(&View) -> bool) {
    let notify = Arc::new(Notify::new());
    let listener = waker(&notify);
    view.bell().listen(&listener);
    let waiting = async {
        while !holds(view) {
            notify.notified().await;
        }
    };
    let _ = tokio::time::timeout(PATIENCE, waiting).await;
}
