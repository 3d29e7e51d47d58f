//! Requests that a page of somebody else makes a browser send: by their origin, by what the
//! browser says about them, and by their form.

use axum::body::{Body, HttpBody};
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, CONTENT_TYPE, COOKIE, ORIGIN, UPGRADE,
};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};

use super::host::HostName;
use super::path::Area;
use super::refusal::Refusal;
use crate::config::{AllowOrigin, Config, WebOrigin};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// Whose page a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    /// It names no origin: no browser, or a browser's plain GET.
    Unnamed,
    /// Our own page.
    Own,
    /// An origin that `allow-origin` names.
    Listed,
    /// Any other origin, where `allow-origin` is `*`: let in with a valid bearer token only.
    Anybody,
}

impl Sender {
    /// Whether it is another origin that the operator lets in.
    pub(super) fn is_other(self) -> bool {
        matches!(self, Self::Listed | Self::Anybody)
    }
}

/// The origins that may send requests.
#[derive(Debug)]
pub(super) struct Origins {
    /// How people reach us.
    public: Vec<WebOrigin>,
    /// Who else may call the API.
    allowed: AllowOrigin,
}

impl Origins {
    pub(super) fn new(config: &Config) -> Self {
        let public = config.public_urls.value.iter();
        Self {
            public: public.map(|url| url.origin.clone()).collect(),
            allowed: config.allow_origin.value.clone(),
        }
    }

    /// Whose page the request comes from.
    ///
    /// Ports are not compared with `Host`'s, since proxies drop them; they are with an entry's.
    ///
    /// # Errors
    ///
    /// [`Refusal::ForeignOrigin`] for every other origin, `null`, and two of them.
    pub(super) fn sender(
        &self,
        headers: &HeaderMap,
        host: Option<&WebOrigin>,
    ) -> Result<Sender, Refusal> {
        let mut values = headers.get_all(ORIGIN).iter();
        let value = match (values.next(), values.next()) {
            (None, _) => return Ok(Sender::Unnamed),
            (Some(value), None) => value.to_str().ok(),
            (Some(_), Some(_)) => None,
        };
        let origin = value
            .and_then(WebOrigin::from_header)
            .ok_or(Refusal::ForeignOrigin)?;
        let is_same =
            host.is_some_and(|host| HostName::read(&host.host) == HostName::read(&origin.host));
        if is_same || self.public.contains(&origin) {
            return Ok(Sender::Own);
        }
        match &self.allowed {
            AllowOrigin::Only(listed) if listed.contains(&origin) => Ok(Sender::Listed),
            AllowOrigin::Only(_) => Err(Refusal::ForeignOrigin),
            AllowOrigin::Any => Ok(Sender::Anybody),
        }
    }

    /// The value of `Access-Control-Allow-Origin` for a request of that sender.
    pub(super) fn allow_header(sender: Sender, headers: &HeaderMap) -> Option<HeaderValue> {
        match sender {
            Sender::Unnamed | Sender::Own => None,
            Sender::Listed => headers.get(ORIGIN).cloned(),
            Sender::Anybody => Some(HeaderValue::from_static("*")),
        }
    }
}

/// Whether the request changes something.
fn is_mutation(method: &Method) -> bool {
    matches!(
        *method,
        Method::POST | Method::PUT | Method::PATCH | Method::DELETE
    )
}

/// Refuses methods that are never answered.
pub(super) fn check_method(method: &Method) -> Result<(), Refusal> {
    let is_read = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if is_read || is_mutation(method) {
        Ok(())
    } else {
        Err(Refusal::Method)
    }
}

/// Refuses what a browser was made to send by another page, and mutations of any other form than
/// our own page and plain programs give them. The form of the token page is the one exception,
/// which its origin guards.
pub(super) fn check_form(
    request: &Request<Body>,
    sender: Sender,
    area: Area,
) -> Result<(), Refusal> {
    let (method, headers) = (request.method(), request.headers());
    let is_mutation = is_mutation(method);
    let has_cookie = headers.contains_key(COOKIE);
    let is_upgrade = headers.contains_key(UPGRADE);
    if sender == Sender::Unnamed && has_cookie && (is_mutation || is_upgrade) {
        return Err(Refusal::NoOrigin);
    }
    if area == Area::Api && is(headers, "sec-fetch-mode", &["no-cors"]) {
        return Err(Refusal::NoCors);
    }
    if !is_mutation {
        return Ok(());
    }
    // A listed origin's call is cross-site by its nature; the header that its page had to ask
    // for in a preflight stands in.
    let is_let_in = sender.is_other() && headers.contains_key(AUTHORIZATION) && !has_cookie;
    let is_ours = is(headers, "sec-fetch-site", &["same-origin", "none"]);
    if headers.contains_key("sec-fetch-site") && !is_ours && !is_let_in {
        return Err(Refusal::CrossSite);
    }
    if area == Area::TokenForm && method == Method::POST {
        return check_media_type(headers, FORM);
    }
    // Without a body there is nothing whose type could be told; browsers ask before a DELETE.
    let has_body = !request.body().is_end_stream();
    if has_body || method != Method::DELETE {
        check_media_type(headers, JSON)?;
    }
    let is_browser = has_cookie
        || headers
            .keys()
            .any(|name| name.as_str().starts_with("sec-fetch-"));
    if is_browser && !is(headers, "x-requested-by", &["tailon"]) {
        return Err(Refusal::NotRequestedBy);
    }
    Ok(())
}

/// Whether a header has one value, and it is one of these.
fn is(headers: &HeaderMap, name: &str, expected: &[&str]) -> bool {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => expected.iter().any(|expected| value == expected),
        _ => false,
    }
}

/// Refuses another type, and another charset than UTF-8.
fn check_media_type(headers: &HeaderMap, expected: &'static str) -> Result<(), Refusal> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let text = match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().unwrap_or_default(),
        _ => "",
    };
    let mut parts = text.split(';').map(str::trim);
    let is_expected = parts
        .next()
        .is_some_and(|essence| essence.eq_ignore_ascii_case(expected));
    let is_utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    if is_expected && is_utf8 {
        Ok(())
    } else {
        Err(Refusal::MediaType { expected })
    }
}

/// The answer to a browser that asks whether another origin's page may call the API; `None` where
/// this is no such question. It needs no credential, since browsers send none along.
pub(super) fn preflight(request: &Request<Body>, sender: Sender, area: Area) -> Option<Response> {
    let is_question = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if !is_question || !sender.is_other() || area != Area::Api {
        return None;
    }
    let headers = [
        (
            ACCESS_CONTROL_ALLOW_METHODS,
            "GET, HEAD, POST, PUT, PATCH, DELETE",
        ),
        (
            ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type, x-requested-by, last-event-id, range",
        ),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    Some((StatusCode::NO_CONTENT, headers).into_response())
}
