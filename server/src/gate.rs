//! The gate: one layer in front of everything, pages, files, API, server functions, the live
//! channel and downloads alike.
//!
//! It decides who is let in and in what form a request may come (`admission`), takes the root
//! path off, says who asks, and gives every response its headers (`headers`). What somebody who
//! was let in may do is decided by [`crate::auth`].

mod admission;
mod credentials;
mod foreign;
mod forwarded;
mod headers;
mod host;
mod path;
mod problem;
mod refusal;
#[cfg(test)]
pub(crate) mod tests;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower::Layer;

use self::admission::Visit;
use self::foreign::Origins;
pub use self::forwarded::TrustedProxies;
use self::headers::Setting;
use self::host::OwnHosts;
pub use self::problem::HttpProblem;
use self::refusal::Refusal;
use crate::auth::{Attempts, Grants, NoRandomness, Token};
use crate::config::{Config, Scheme};
use crate::serve::Connection;

/// How many wrong tokens a client may send in a minute.
const TOKEN_FAILURES_MAX: u32 = 20;

/// How many wrong cookies a client may send in a minute. There are more of them, because open
/// pages send an old one again and again after the token changed, and they are counted apart, so
/// that the token itself still lets their owner in.
const COOKIE_FAILURES_MAX: u32 = 300;

/// The longest body where the configuration names none, in bytes.
const BODY_BYTES_MAX: u64 = 64 << 10;

/// The base path for links, as `/x/`; in the extensions of every request that was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base(pub String);

/// Who is at the other end, behind all trusted proxies; in the extensions of every request that
/// was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// What marks the scripts and styles of one page as ours: characters of base 64. A handler puts
/// it into the extensions of its response, and the gate into the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce(pub String);

/// What the gate needs to know about the server.
#[derive(Debug)]
pub struct Gate {
    title: String,
    /// The base path, as `/x/`.
    root: String,
    proxies: TrustedProxies,
    hosts: OwnHosts,
    origins: Origins,
    grants: Grants,
    /// Whether the network is let in without a token.
    is_open: bool,
    token: Token,
    token_attempts: Attempts,
    cookie_attempts: Attempts,
    body_bytes_max: u64,
    asks_for_token: bool,
    link: String,
}

impl Gate {
    /// Builds the gate of a server that listens on these addresses.
    ///
    /// # Errors
    ///
    /// [`NoRandomness`], where no token is configured and none can be made.
    pub fn new(config: &Config, bound: &[SocketAddr]) -> Result<Self, NoRandomness> {
        let token = match &config.token.value {
            Some(secret) => Token::given(secret),
            None => Token::make()?,
        };
        let is_open = config.insecure_no_auth.value;
        let asked = bound
            .iter()
            .find(|address| !is_open && !is_loopback(**address));
        let made = asked.and_then(|_| token.made());
        Ok(Self {
            title: config.title.value.clone(),
            root: config.relative_root.value.clone(),
            proxies: TrustedProxies::new(config.trusted_proxies.value.clone()),
            hosts: OwnHosts::new(config),
            origins: Origins::new(config),
            grants: Grants::new(config),
            is_open,
            token_attempts: Attempts::new(TOKEN_FAILURES_MAX),
            cookie_attempts: Attempts::new(COOKIE_FAILURES_MAX),
            body_bytes_max: config.limit("body-bytes").unwrap_or(BODY_BYTES_MAX),
            asks_for_token: asked.is_some(),
            link: link(config, asked.or(bound.first()), made),
            token,
        })
    }

    /// The address to open, with the token where one was made at start. To be printed once and
    /// never logged.
    pub fn ready_link(&self) -> &str {
        &self.link
    }

    /// Whether somebody at one of the listened addresses is asked for the token.
    pub fn asks_for_token(&self) -> bool {
        self.asks_for_token
    }

    /// What visitors may do; ask it before doing anything for one.
    pub fn grants(&self) -> Grants {
        self.grants
    }

    /// Whether a request at this listener needs a credential.
    fn needs_token(&self, listener: SocketAddr) -> bool {
        !self.is_open && !is_loopback(listener)
    }

    /// A path below the root as browsers see it.
    fn outer(&self, path: &str) -> String {
        format!("{}{}", self.root, path.trim_start_matches('/'))
    }
}

/// Puts the gate in front of a router. Nothing that answers requests may stand before it.
///
/// The router gets paths without the root. A layer of the router itself would come after the
/// choice of the route, and could not take the root off.
pub fn guard(router: Router, gate: Arc<Gate>) -> Router {
    Router::new().fallback_service(from_fn_with_state(gate, self::gate).layer(router))
}

/// Lets a request in or answers it, and gives the response its headers; see [`guard`].
pub async fn gate(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let Some(connection) = request.extensions().get::<Connection>().copied() else {
        tracing::error!("a request came without its connection");
        let mut response = Refusal::UnknownPeer.into_response();
        headers::finish(&mut response, &Setting::unknown());
        return response;
    };
    let visit = Visit::read(&gate, connection, &request);
    let mut response = match gate.admit(&visit, request).await {
        Ok(request) => next.run(request).await,
        Err(answer) => {
            let status = answer.0.status().as_u16();
            tracing::debug!(client.address = %visit.client, status, "answered at the gate");
            *answer.0
        }
    };
    headers::finish(&mut response, &visit.setting());
    response
}

/// Whether only programs of this machine reach a listener.
fn is_loopback(listener: SocketAddr) -> bool {
    listener.ip().to_canonical().is_loopback()
}

/// The address to open: the first public one, or that of a listener. One that listens everywhere
/// is named `localhost`, because which of its addresses reaches the reader is unknown.
fn link(config: &Config, bound: Option<&SocketAddr>, token: Option<&str>) -> String {
    let root = &config.relative_root.value;
    let base = match (config.public_urls.value.first(), bound) {
        (Some(url), _) => url.to_string(),
        (None, Some(address)) if address.ip().is_unspecified() => {
            format!("{}://localhost:{}{root}", Scheme::Http, address.port())
        }
        (None, Some(address)) => format!("{}://{address}{root}", Scheme::Http),
        (None, None) => root.clone(),
    };
    match token {
        Some(token) => format!("{base}?token={token}"),
        None => base,
    }
}
