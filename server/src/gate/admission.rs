//! Letting a request in: its host, its origin, its form, its credential, its body, in this order.

use std::net::IpAddr;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{LOCATION, SET_COOKIE};
use http::{HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::foreign::{self, Origins, Sender};
use super::headers::Setting;
use super::host::{self, HostName};
use super::path::{self, Area};
use super::refusal::Refusal;
use super::{Base, ClientAddress, Gate};
use crate::config::{Scheme, WebOrigin};
use crate::serve::Connection;

/// The time that a body has to arrive whole. Bodies have 64 KiB at most, so that a line of 7 KB/s
/// is enough; heads have the same time.
const BODY_TIME: Duration = Duration::from_secs(10);

/// An answer that the gate gives itself.
#[derive(Debug)]
pub(super) struct Answer(pub(super) Box<Response>);

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self(Box::new(refusal.into_response()))
    }
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

/// A request as the gate sees it.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) connection: Connection,
    /// Behind all trusted proxies.
    pub(super) client: IpAddr,
    /// Between the client and the first proxy.
    pub(super) scheme: Scheme,
    /// What it was sent to.
    host: Result<Option<WebOrigin>, Refusal>,
    /// Whose page sent it.
    sender: Result<Sender, Refusal>,
    /// The path below the root; `None` for the root without its last slash.
    pub(super) path: Option<String>,
    pub(super) area: Area,
    allow_origin: Option<HeaderValue>,
}

impl Visit {
    /// Reads what the gate decides by. Nothing is refused yet.
    pub(super) fn read(gate: &Gate, connection: Connection, request: &Request) -> Self {
        let (uri, headers) = (request.uri(), request.headers());
        let peer = connection.peer.ip();
        let scheme = gate.proxies.scheme(peer, headers);
        let host = host::requested(uri, headers, scheme);
        let known_host = host.as_ref().ok().and_then(Option::as_ref);
        let sender = gate.origins.sender(headers, known_host);
        let path = path::below_root(uri.path(), &gate.root);
        let area = path.as_deref().map_or(Area::Page, Area::of);
        let allow_origin = match &sender {
            Ok(sender) if area == Area::Api => Origins::allow_header(*sender, headers),
            _ => None,
        };
        Self {
            connection,
            client: gate.proxies.client_address(peer, headers),
            scheme,
            host,
            sender,
            path,
            area,
            allow_origin,
        }
    }

    /// What the headers of the response depend on.
    pub(super) fn setting(&self) -> Setting {
        Setting {
            host: self.host.clone().ok().flatten(),
            scheme: self.scheme,
            allow_origin: self.allow_origin.clone(),
        }
    }

    /// The port in the client's address.
    pub(super) fn port(&self) -> u16 {
        match &self.host {
            Ok(Some(host)) => host.port,
            _ => self.connection.listener.port(),
        }
    }
}

impl Gate {
    /// Lets a request in, with what handlers want to know in its extensions, or answers it.
    pub(super) async fn admit(
        &self,
        visit: &Visit,
        mut request: Request,
    ) -> Result<Request, Answer> {
        path::check(request.uri())?;
        foreign::check_method(request.method())?;
        if visit.area != Area::Health {
            self.check_host(visit)?;
        }
        let Some(inner) = &visit.path else {
            // A cookie of the root is not sent here, so nobody can be let in.
            let location = path::with_query(&self.root, request.uri().query());
            return Err(redirect(StatusCode::PERMANENT_REDIRECT, &location, None).into());
        };
        if visit.area != Area::Health {
            let sender = visit.sender.clone()?;
            foreign::check_form(&request, sender, visit.area)?;
            if let Some(response) = foreign::preflight(&request, sender, visit.area) {
                return Err(response.into());
            }
            if visit.area == Area::TokenForm && request.method() == Method::POST {
                return Err(self.enter(visit, request).await?.into());
            }
            self.check_query(visit, &request)?;
            let subject = self.identify(visit, sender, &request)?;
            if visit.area == Area::TokenForm && request.method() == Method::GET {
                return Err(redirect(StatusCode::SEE_OTHER, &self.root, None).into());
            }
            request.extensions_mut().insert(subject);
        }
        path::set_path(&mut request, inner)?;
        request.extensions_mut().insert(Base(self.root.clone()));
        request.extensions_mut().insert(ClientAddress(visit.client));
        let (parts, body) = request.into_parts();
        if body.is_end_stream() {
            return Ok(Request::from_parts(parts, body));
        }
        let bytes = self.read_body(body).await?;
        Ok(Request::from_parts(parts, Body::from(bytes)))
    }

    /// Refuses a request for no host, and one for a name that is not ours where no credential
    /// would stop the page behind that name.
    fn check_host(&self, visit: &Visit) -> Result<(), Refusal> {
        let host = visit.host.clone()?.ok_or(Refusal::BadHost)?;
        let name = HostName::read(&host.host);
        let connection = &visit.connection;
        if self.needs_token(connection.listener) || self.hosts.include(&name, connection.local.ip())
        {
            Ok(())
        } else {
            Err(Refusal::UnknownHost { host: host.host })
        }
    }

    /// Reads a body as a whole, so that no handler waits for one or holds a long one.
    pub(super) async fn read_body(&self, body: Body) -> Result<Bytes, Refusal> {
        let bytes_max = self.body_bytes_max;
        let long = Refusal::LongBody { bytes_max };
        if body.size_hint().lower() > bytes_max {
            return Err(long);
        }
        let limited = Limited::new(body, usize::try_from(bytes_max).unwrap_or(usize::MAX));
        match tokio::time::timeout(BODY_TIME, limited.collect()).await {
            Ok(Ok(collected)) => Ok(collected.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(long),
            Ok(Err(_)) => Err(Refusal::BrokenBody),
            Err(_) => Err(Refusal::SlowBody { limit: BODY_TIME }),
        }
    }
}

/// Sends a browser to an address of ours, which begins with the root.
pub(super) fn redirect(status: StatusCode, location: &str, cookie: Option<&str>) -> Response {
    let mut response = status.into_response();
    let headers = response.headers_mut();
    let value = HeaderValue::try_from(location).unwrap_or(HeaderValue::from_static("/"));
    headers.insert(LOCATION, value);
    if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
        headers.insert(SET_COOKIE, cookie);
    }
    response
}
