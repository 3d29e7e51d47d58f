//! `GET /download`: a generation's true bytes, or the lines that a filter takes.

use std::{io, sync::Arc};

use axum::{
    Extension,
    body::Body,
    extract::{RawQuery, State},
    http::{
        HeaderMap, Response, StatusCode,
        header::{
            ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
            CONTENT_SECURITY_POLICY, CONTENT_TYPE, RANGE,
        },
    },
};
use bytes::Bytes;
use engine::{
    generation::Generation,
    history::{Direction, From, parse_from},
    view::View,
};
use futures::stream;
use protocol::{Anchor, Problem};

use super::{parameters::Parameters, refused};
use crate::{
    auth::{Action, Object, Subject},
    bridge::blocking,
    state::App,
};

/// Bytes read at a time.
const STEP_BYTES: u64 = 256 << 10;

/// Lines read at a time.
const STEP_LINES: u32 = 2000;

pub(super) async fn download(
    State(app): State<App>,
    Extension(subject): Extension<Subject>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response<Body> {
    match answer(&app, &subject, &headers, query.as_deref()).await {
        Ok(response) => response,
        Err(problem) => refused(problem),
    }
}

async fn answer(
    app: &App,
    subject: &Subject,
    headers: &HeaderMap,
    query: Option<&str>,
) -> Result<Response<Body>, Problem> {
    let parameters =
        Parameters::parse(query, &["source", "q", "regex", "from", "to", "generation"])?;
    let spec = parameters.spec(app, subject)?;
    for id in &spec.sources {
        app.grants
            .authorize(subject, Action::Download, Object::Source(id))
            .map_err(|_| Problem::NotAllowed {
                reason: "downloads are switched off; `allow-download` switches them on".to_owned(),
            })?;
    }
    if parameters.get("to").is_some() {
        return Err(Problem::NotSupported {
            what: "`to`".to_owned(),
        });
    }
    let first = spec
        .sources
        .first()
        .map(|id| app.engine.find(&id.0))
        .transpose()?;
    let name = first.and_then(|entry| {
        entry
            .path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
    });
    let name = name.unwrap_or_else(|| "log".to_owned());
    let is_whole = spec.sources.len() == 1 && spec.q.is_empty() && parameters.get("from").is_none();
    if is_whole {
        let Some(id) = spec.sources.first() else {
            return Err(Problem::Unavailable);
        };
        let followed = app.engine.follow(id)?;
        let generations = followed.lineage().generations();
        let wanted = match parameters.get("generation") {
            None => generations.last(),
            Some(text) => generations
                .iter()
                .find(|generation| generation.id().to_string() == text),
        };
        let Some(generation) = wanted else {
            let reason = "there is nothing to download yet".to_owned();
            return Err(Problem::Unreadable { name, reason });
        };
        return Ok(whole(Arc::clone(generation), headers, &name));
    }
    let from = parameters.get("from").map(parse_from).transpose()?;
    let view = app.open_view(subject, spec).await?;
    Ok(filtered(
        app.clone(),
        view,
        from.unwrap_or(From::Anchor(Anchor::Start)),
        &name,
    ))
}

/// A generation, or a range of it, to the end that it has now.
fn whole(generation: Arc<Generation>, headers: &HeaderMap, name: &str) -> Response<Body> {
    let size = generation.frontier();
    let range = headers
        .get(RANGE)
        .and_then(|range| range.to_str().ok())
        .and_then(|range| parse_range(range, size));
    let (status, from, to) = match range {
        None => (StatusCode::OK, 0, size),
        Some(Some((from, to))) => (StatusCode::PARTIAL_CONTENT, from, to),
        Some(None) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            if let Ok(value) = format!("bytes */{size}").parse() {
                response.headers_mut().insert(CONTENT_RANGE, value);
            }
            return response;
        }
    };
    let steps = stream::try_unfold(from, move |at| {
        let generation = Arc::clone(&generation);
        async move {
            if at >= to {
                return Ok::<_, io::Error>(None);
            }
            let read = blocking(move || {
                let len = usize::try_from((to - at).min(STEP_BYTES)).unwrap_or(0);
                let mut bytes = vec![0; len];
                let got = generation.read_at(&mut bytes, at)?;
                bytes.truncate(got);
                Ok(bytes)
            });
            match read.await {
                Ok(bytes) if !bytes.is_empty() => {
                    let next = at + u64::try_from(bytes.len()).unwrap_or(0);
                    Ok(Some((Bytes::from(bytes), next)))
                }
                // What was promised is no longer there: the client sees the
                // transfer break, not a file that looks whole.
                _ => Err(io::Error::other("the file changed")),
            }
        }
    });
    let mut response = attachment(name, Body::from_stream(steps));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, (to - from).into());
    headers.insert(ACCEPT_RANGES, axum::http::HeaderValue::from_static("bytes"));
    if status == StatusCode::PARTIAL_CONTENT
        && let Ok(value) = format!("bytes {from}-{}/{size}", to.saturating_sub(1)).parse()
    {
        headers.insert(CONTENT_RANGE, value);
    }
    response
}

/// The lines of a view from a place on, to the end that it has when it is
/// reached.
fn filtered(app: App, view: Arc<View>, from: From, name: &str) -> Response<Body> {
    let steps = stream::try_unfold(Some(from), move |from| {
        let (engine, view) = (Arc::clone(&app.engine), Arc::clone(&view));
        async move {
            let Some(from) = from else {
                return Ok::<_, io::Error>(None);
            };
            let read = blocking(move || {
                engine.read(&view.sources(), || {
                    view.raw_page(&from, Direction::Forward, STEP_LINES)
                })
            });
            let (bytes, next) = read
                .await
                .map_err(|_| io::Error::other("the file changed"))?;
            if bytes.is_empty() && next.is_some() {
                // The filter is still looking.
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            Ok(Some((Bytes::from(bytes), next.map(From::Cursor))))
        }
    });
    attachment(name, Body::from_stream(steps))
}

fn attachment(name: &str, body: Body) -> Response<Body> {
    let plain: String = name
        .chars()
        .map(|char| {
            if char.is_ascii_graphic() && !matches!(char, '"' | '\\' | '/' | ';') {
                char
            } else {
                '_'
            }
        })
        .collect();
    let mut escaped = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        axum::http::HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(
        CONTENT_SECURITY_POLICY,
        axum::http::HeaderValue::from_static("sandbox; default-src 'none'"),
    );
    if let Ok(value) =
        format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{escaped}").parse()
    {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}

/// Reads a `Range` header over `size` bytes: `None` to ignore it, `Some(None)`
/// when it cannot be satisfied, else the half-open range. Several ranges are
/// answered with the whole, as RFC 9110 allows.
fn parse_range(header: &str, size: u64) -> Option<Option<(u64, u64)>> {
    let range = header.strip_prefix("bytes=")?;
    if range.contains(',') {
        return None;
    }
    let (first, last) = range.split_once('-')?;
    let (from, to) = match (first.trim(), last.trim()) {
        ("", "") => return None,
        ("", suffix) => (size.saturating_sub(suffix.parse().ok()?), size),
        (first, "") => (first.parse().ok()?, size),
        (first, last) => (
            first.parse().ok()?,
            last.parse::<u64>().ok()?.saturating_add(1).min(size),
        ),
    };
    Some((from < to && from < size).then_some((from, to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_says() {
        let table = [
            ("bytes=0-", Some(Some((0, 100)))),
            ("bytes=10-19", Some(Some((10, 20)))),
            ("bytes=90-200", Some(Some((90, 100)))),
            ("bytes=-5", Some(Some((95, 100)))),
            ("bytes=-500", Some(Some((0, 100)))),
            ("bytes=100-", Some(None)),
            ("bytes=20-10", Some(None)),
            ("bytes=0-1,5-6", None),
            ("lines=0-1", None),
            ("bytes=x-", None),
            ("bytes=-", None),
        ];
        for (header, wanted) in table {
            assert_eq!(parse_range(header, 100), wanted, "{header}");
        }
    }
}
