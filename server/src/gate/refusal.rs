//! Everything that the gate refuses, with its status and the way out.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CONNECTION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use thiserror::Error;

use super::problem::HttpProblem;

/// The methods that some route may know.
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// Why a request is not let in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum Refusal {
    /// The address has more bytes than are read.
    #[error("the address is longer than {bytes_max} bytes")]
    LongUrl { bytes_max: usize },
    /// The path is no text, or has control characters.
    #[error("the path has characters that no path may have")]
    BadPath,
    /// The path would lead elsewhere than it says.
    #[error("nothing is at this address")]
    NoSuchPath,
    /// No such method, or one that is never answered.
    #[error("expected one of {METHODS}")]
    Method,
    /// None, two, or one that is no host.
    #[error("expected one `Host` that names a host")]
    BadHost,
    /// A name that this server does not know as its own, where no credential is asked for.
    #[error(
        "this server does not know itself as `{host}`; if people reach it under this name, \
         add its address to the key `public-urls`"
    )]
    UnknownHost { host: String },
    /// The request comes from a page of somebody else.
    #[error(
        "requests from other origins are refused; the keys `public-urls` and `allow-origin` \
         name the ones that are let in"
    )]
    ForeignOrigin,
    /// A cookie without the origin that browsers always send here.
    #[error("expected `Origin` beside a cookie")]
    NoOrigin,
    /// The browser says that another site asked for it.
    #[error("requests of other sites are refused")]
    CrossSite,
    /// The browser would not let the page see the answer.
    #[error("the API is not for `no-cors` requests")]
    NoCors,
    /// The body is of another kind.
    #[error("expected `Content-Type: {expected}`")]
    MediaType { expected: &'static str },
    /// A browser's change without the header that only our own page sends.
    #[error("expected `X-Requested-By: tailon`")]
    NotRequestedBy,
    /// The body has more bytes than are read.
    #[error("the body is longer than {bytes_max} bytes")]
    LongBody { bytes_max: u64 },
    /// The body did not come in time.
    #[error("the body did not arrive within {} s", limit.as_secs())]
    SlowBody { limit: Duration },
    /// The body broke off.
    #[error("the body could not be read")]
    BrokenBody,
    /// A secret in an address that would be kept in histories and logs.
    #[error("`{name}` does not belong into an address; send `Authorization: Bearer`")]
    SecretInUrl { name: &'static str },
    /// A credential is missing or wrong.
    #[error("expected the token of this server, as `Authorization: Bearer`")]
    TokenWanted,
    /// Too many wrong tokens came from there.
    #[error("too many wrong tokens came from this address")]
    TooManyAttempts { wait: Duration },
    /// The server runs without knowing who is connected.
    #[error("the server could not do this; its log says why")]
    UnknownPeer,
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::LongUrl { .. } => StatusCode::URI_TOO_LONG,
            Self::BadPath | Self::BadHost | Self::BrokenBody | Self::SecretInUrl { .. } => {
                StatusCode::BAD_REQUEST
            }
            Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnknownHost { .. } => StatusCode::MISDIRECTED_REQUEST,
            Self::ForeignOrigin
            | Self::NoOrigin
            | Self::CrossSite
            | Self::NoCors
            | Self::NotRequestedBy => StatusCode::FORBIDDEN,
            Self::MediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::LongBody { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::SlowBody { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::TokenWanted => StatusCode::UNAUTHORIZED,
            Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::UnknownPeer => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::LongUrl { .. } => "address too long",
            Self::BadPath => "wrong path",
            Self::NoSuchPath => "not found",
            Self::Method => "wrong method",
            Self::BadHost => "wrong host",
            Self::UnknownHost { .. } => "unknown host",
            Self::ForeignOrigin | Self::NoOrigin => "foreign origin",
            Self::CrossSite | Self::NoCors | Self::NotRequestedBy => "foreign request",
            Self::MediaType { .. } => "wrong content type",
            Self::LongBody { .. } => "body too long",
            Self::SlowBody { .. } => "body too slow",
            Self::BrokenBody => "broken body",
            Self::SecretInUrl { .. } => "secret in the address",
            Self::TokenWanted => "token wanted",
            Self::TooManyAttempts { .. } => "too many attempts",
            Self::UnknownPeer => "unavailable",
        }
    }
}

/// Whole seconds for `Retry-After`, rounded up, so that who waits them is let in.
pub(super) fn retry_after(wait: Duration) -> HeaderValue {
    HeaderValue::from(wait.as_secs().saturating_add(1))
}

impl From<Refusal> for HttpProblem {
    fn from(refusal: Refusal) -> Self {
        let problem = Self::new(refusal.status(), refusal.title(), refusal.to_string());
        match refusal {
            Refusal::Method => problem.with_header(ALLOW, HeaderValue::from_static(METHODS)),
            Refusal::TokenWanted => {
                problem.with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
            }
            Refusal::TooManyAttempts { wait } => {
                problem.with_header(RETRY_AFTER, retry_after(wait))
            }
            // The rest of a body that is not read would be taken for the next request.
            Refusal::LongBody { .. } | Refusal::SlowBody { .. } | Refusal::BrokenBody => {
                problem.with_header(CONNECTION, HeaderValue::from_static("close"))
            }
            _ => problem,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        HttpProblem::from(self).into_response()
    }
}
