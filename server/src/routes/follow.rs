//! `GET /follow`: the last lines, and then every new one.
//!
//! Nothing is queued for a slow client: the next batch is read from the file
//! when the one before it has left.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Extension,
    body::Body,
    extract::{RawQuery, State},
    http::{
        HeaderMap, HeaderValue, Response,
        header::{ACCEPT, CONTENT_TYPE},
    },
};
use bytes::Bytes;
use engine::{
    bell::Listener,
    cursor::Cursor,
    filter::Filter,
    tail::{Item, Start, Tail},
};
use futures::stream;
use jiff::Timestamp;
use protocol::{Problem, event::Event};
use serde::Serialize;
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{lines::belongs, parameters::Parameters, refused};
use crate::{
    auth::Subject,
    bridge::{blocking, told, waker},
    state::App,
};

/// Between signs of life.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How long an unterminated line is waited for before it is shown as it is.
const PARTIAL_AFTER: Duration = Duration::from_millis(250);

/// Bytes of lines in one batch, about.
const BATCH_BYTES: usize = 256 << 10;

/// How the stream is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    /// One JSON object a line.
    Lines,
    /// Server-sent events.
    Events,
    /// The bare text of the lines; ends where there is a gap.
    Plain,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Entry<'a> {
    Line(&'a protocol::Line),
    Gap(&'a protocol::Gap),
    Event(&'a Event),
    Heartbeat(String),
}

/// One client of a stream.
struct Client {
    tail: Option<Tail>,
    format: Format,
    notify: Arc<Notify>,
    /// Called by the sources' bells for as long as it is here.
    _listener: Arc<Listener>,
    shutdown: CancellationToken,
    spoke_at: Instant,
    /// When the sources were last seen to change, until their unterminated
    /// lines were shown.
    changed_at: Option<Instant>,
    is_over: bool,
}

pub(super) async fn stream(
    State(app): State<App>,
    Extension(subject): Extension<Subject>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response<Body> {
    match open(&app, &subject, &headers, query.as_deref()).await {
        Ok(client) => {
            let format = client.format;
            let guard = app.tasks.token();
            let batches = stream::unfold((client, guard), |(mut client, guard)| async move {
                let bytes = client.next().await?;
                Some((Ok::<_, Infallible>(bytes), (client, guard)))
            });
            let mut response = Response::new(Body::from_stream(batches));
            let content_type = match format {
                Format::Lines => "application/x-ndjson; charset=utf-8",
                Format::Events => "text/event-stream; charset=utf-8",
                Format::Plain => "text/plain; charset=utf-8",
            };
            response
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            response
                .headers_mut()
                .insert("x-accel-buffering", HeaderValue::from_static("no"));
            response
        }
        Err(problem) => refused(problem),
    }
}

async fn open(
    app: &App,
    subject: &Subject,
    headers: &HeaderMap,
    query: Option<&str>,
) -> Result<Client, Problem> {
    let parameters = Parameters::parse(query, &["source", "q", "regex", "tail", "after"])?;
    let count = parameters.number("tail", app.config.tail_lines.value, 0, 10_000)?;
    let spec = parameters.spec(app, subject)?;
    let format = format(headers);
    let resumed = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok())
        .filter(|id| !id.is_empty());
    let after = |name: &str, text: &str| -> Result<Start, Problem> {
        let cursor = Cursor::decode(name, text)?;
        belongs(&cursor, &spec.sources, name)?;
        Ok(Start::After(cursor))
    };
    let start = match (
        resumed.filter(|_| format == Format::Events),
        parameters.get("after"),
    ) {
        (Some(id), _) => after("Last-Event-ID", id)?,
        (None, Some(text)) => after("after", text)?,
        (None, None) => Start::Last(count),
    };
    let engine = Arc::clone(&app.engine);
    let tail = blocking(move || {
        let filter = Arc::new(Filter::new(&spec.q, spec.regex)?);
        Tail::new(&engine, &spec.sources, filter, start)
    });
    let tail = tail.await.map_err(|error| told(&error))?;
    let notify = Arc::new(Notify::new());
    let listener = waker(&notify);
    tail.listen(&listener);
    Ok(Client {
        tail: Some(tail),
        format,
        notify,
        _listener: listener,
        shutdown: app.shutdown.clone(),
        spoke_at: Instant::now(),
        changed_at: Some(Instant::now()),
        is_over: false,
    })
}

fn format(headers: &HeaderMap) -> Format {
    let accepted = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let types = accepted.flat_map(|value| value.split(','));
    let first = types.filter_map(|kind| match kind.split(';').next().map(str::trim) {
        Some("text/event-stream") => Some(Format::Events),
        Some("text/plain") => Some(Format::Plain),
        Some("application/x-ndjson" | "application/json" | "*/*") => Some(Format::Lines),
        _ => None,
    });
    first.into_iter().next().unwrap_or(Format::Lines)
}

impl Client {
    /// The next bytes to send; `None` when the stream is over.
    async fn next(&mut self) -> Option<Bytes> {
        if self.is_over {
            return None;
        }
        loop {
            let items = self.read(|tail| tail.next(BATCH_BYTES)).await?;
            if !items.is_empty() {
                return Some(self.write(&items));
            }
            if self.tail.as_ref().is_some_and(Tail::is_behind) {
                continue;
            }
            let partial_at = self.changed_at.map(|at| at + PARTIAL_AFTER);
            let wait = self.spoke_at + HEARTBEAT;
            let wait = partial_at.map_or(wait, |at| at.min(wait));
            tokio::select! {
                () = self.shutdown.cancelled() => return None,
                () = self.notify.notified() => self.changed_at = Some(Instant::now()),
                () = tokio::time::sleep_until(wait) => {
                    if partial_at.is_some_and(|at| at <= Instant::now()) {
                        self.changed_at = None;
                        let items = self.read(Tail::partials).await?;
                        if !items.is_empty() && self.format != Format::Plain {
                            return Some(self.write(&items));
                        }
                    } else {
                        return Some(self.beat());
                    }
                }
            }
        }
    }

    async fn read(
        &mut self,
        read: impl FnOnce(&mut Tail) -> Result<Vec<Item>, engine::error::Error> + Send + 'static,
    ) -> Option<Vec<Item>> {
        let mut tail = self.tail.take()?;
        let (tail, items) = blocking(move || {
            let items = read(&mut tail);
            Ok((tail, items))
        })
        .await
        .ok()?;
        self.tail = Some(tail);
        items
            .inspect_err(|error| tracing::warn!(%error, "a stream ends early"))
            .ok()
    }

    fn write(&mut self, items: &[Item]) -> Bytes {
        self.spoke_at = Instant::now();
        let mut out = Vec::new();
        for item in items {
            match (self.format, item) {
                (Format::Plain, Item::Line(line)) => {
                    out.extend(line.text.as_bytes());
                    out.push(b'\n');
                }
                (Format::Plain, Item::Gap(_)) => {
                    self.is_over = true;
                    break;
                }
                (Format::Plain, Item::Event(_)) => {}
                (format, Item::Line(line)) => entry(
                    &mut out,
                    format,
                    "line",
                    Some(&line.cursor),
                    &Entry::Line(line),
                ),
                (format, Item::Gap(gap)) => entry(&mut out, format, "gap", None, &Entry::Gap(gap)),
                (format, Item::Event(event)) => {
                    entry(&mut out, format, "event", None, &Entry::Event(event));
                }
            }
        }
        Bytes::from(out)
    }

    fn beat(&mut self) -> Bytes {
        self.spoke_at = Instant::now();
        let mut out = Vec::new();
        match self.format {
            Format::Lines => entry(
                &mut out,
                Format::Lines,
                "",
                None,
                &Entry::Heartbeat(Timestamp::now().to_string()),
            ),
            Format::Events => out.extend(b": heartbeat\n\n"),
            Format::Plain => {}
        }
        Bytes::from(out)
    }
}

fn entry(out: &mut Vec<u8>, format: Format, name: &str, id: Option<&str>, entry: &Entry<'_>) {
    if format == Format::Events {
        out.extend(b"event: ");
        out.extend(name.as_bytes());
        if let Some(id) = id {
            out.extend(b"\nid: ");
            out.extend(id.as_bytes());
        }
        out.extend(b"\ndata: ");
        // What is in an event is named by the event, so it stands alone.
        let _ = match entry {
            Entry::Line(line) => serde_json::to_writer(&mut *out, line),
            Entry::Gap(gap) => serde_json::to_writer(&mut *out, gap),
            Entry::Event(event) => serde_json::to_writer(&mut *out, event),
            Entry::Heartbeat(time) => serde_json::to_writer(&mut *out, time),
        };
        out.extend(b"\n\n");
        return;
    }
    // Writing JSON of our own types to memory does not fail.
    let _ = serde_json::to_writer(&mut *out, entry);
    out.push(b'\n');
}
