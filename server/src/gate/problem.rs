//! A refusal as HTTP says it: RFC 9457 `application/problem+json`.

use std::borrow::Cow;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};
use protocol::Problem;
use serde::Serialize;

/// What a route or the gate answers instead of what was asked for.
#[derive(Debug, Clone)]
pub struct HttpProblem {
    /// A short name that is the same for every occurrence.
    pub title: Cow<'static, str>,
    /// The status of the response, repeated in its body.
    pub status: StatusCode,
    /// What happened this time, and what would be right.
    pub detail: String,
    /// Where in the input the fault is: 0-based, in characters.
    pub position: Option<u64>,
    /// Headers that the status asks for, as `Allow` and `Retry-After`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl HttpProblem {
    /// Builds a problem without position and further headers.
    pub fn new(
        status: StatusCode,
        title: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            title: title.into(),
            status,
            detail: detail.into(),
            position: None,
            headers: Vec::new(),
        }
    }

    /// Adds a header to the response.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl From<Problem> for HttpProblem {
    fn from(problem: Problem) -> Self {
        Self {
            title: problem.title().into(),
            status: StatusCode::from_u16(problem.status())
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            detail: problem.to_string(),
            position: problem.position(),
            headers: Vec::new(),
        }
    }
}

/// The body.
#[derive(Serialize)]
struct Told<'a> {
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
}

impl IntoResponse for HttpProblem {
    fn into_response(self) -> Response {
        let told = Told {
            title: &self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            position: self.position,
        };
        // Text and numbers always serialize; an empty body would still carry the status.
        let body = serde_json::to_vec(&told).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.extend(self.headers);
        response
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_problem_of_the_protocol_keeps_its_status_and_position() {
        let problem = Problem::BadQuery {
            position: 4,
            expected: "expected `)`".to_owned(),
        };
        let response = HttpProblem::from(problem).into_response();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(
            body,
            r#"{"title":"wrong query","status":400,"detail":"expected `)`","position":4}"#
        );
    }
}
