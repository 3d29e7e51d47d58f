//! The server's end of the live channel: one loop a socket, which sends a
//! window only when the page holds the credit for one and something changed.
//!
//! Nothing is queued. A slow page gets fewer, fresher windows.

mod session;

use std::any::Any;

use axum::{
    body::Body,
    extract::{FromRequestParts, WebSocketUpgrade},
    http::{Request, Response, StatusCode},
    response::IntoResponse,
};

use self::session::Session;
use crate::{auth::Subject, state::App};

/// Bytes of a message from a page; the longest query is far below.
const MESSAGE_BYTES_MAX: usize = 64 << 10;

/// Bytes that wait for a slow socket before it is given up.
const WRITE_BYTES_MAX: usize = 4 << 20;

/// Answers the request that opens a live channel, which the gate has let in.
pub(crate) async fn accept(
    app: App,
    subject: Subject,
    request: Box<dyn Any + Send>,
) -> Response<Body> {
    let Ok(request) = request.downcast::<Request<Body>>() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let (mut parts, _) = request.into_parts();
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(refusal) => return refusal.into_response(),
    };
    if app.shutdown.is_cancelled() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let tasks = app.tasks.clone();
    upgrade
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BYTES_MAX)
        .on_upgrade(move |socket| tasks.track_future(Session::new(app, subject).run(socket)))
}
