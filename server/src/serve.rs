//! Listening and serving: an accept loop of our own, because the framework's sets no limits.
//!
//! Heads have a time, a size and a number of fields; idle connections and clients that stop
//! reading are closed (`paced`); connections are counted (`places`). On shutdown nothing new is
//! accepted, what runs may end, and the rest is cut.

mod bind;
mod paced;
mod places;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::{Request, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

pub use self::bind::bind;
use self::paced::{Pace, Paced, Running, Times};
use self::places::{Place, Places};
use crate::config::Config;
use crate::gate::TrustedProxies;

/// The time that running requests have to end; the supervisors of services wait 10 s.
const END_TIME: Duration = Duration::from_secs(8);

/// The time that cut connections have to disappear.
const CUT_TIME: Duration = Duration::from_secs(1);

/// The time in which a client has to read something; less than the 15 s after which a slow
/// reader is cut (`reliability.md`, R10), and enough for a pause of a busy laptop.
const WRITE_TIME: Duration = Duration::from_secs(14);

/// The pause after a failure to accept, as when no file descriptor is left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// The smallest buffer of a head that the HTTP library accepts, in bytes.
const HEAD_BYTES_MIN: usize = 8 << 10;

/// Requests at once on one HTTP/2 connection.
const STREAMS_MAX: u32 = 128;

/// Streams that a client may open and reset before they are looked at (rapid reset).
const RESETS_MAX: usize = 20;

/// What one HTTP/2 stream buffers towards its client, in bytes.
const STREAM_BUFFER_BYTES: usize = 256 << 10;

/// How often the other end of an HTTP/2 connection is asked whether it is there, and how long it
/// has for the answer.
const PING_TIME: Duration = Duration::from_secs(20);

/// The connection of a request; in the extensions of every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// The other end.
    pub peer: SocketAddr,
    /// The address that the peer connected to.
    pub local: SocketAddr,
    /// The address that is listened on; unspecified where that is every interface.
    pub listener: SocketAddr,
}

/// What connections may take.
#[derive(Debug, Clone)]
pub struct ServeLimits {
    /// Connections at once.
    pub connections: usize,
    /// Connections at once from one address that is no trusted proxy.
    pub connections_per_ip: usize,
    /// Who is not counted by address.
    pub proxies: TrustedProxies,
    /// The longest head, in bytes.
    pub head_bytes: usize,
    /// The most fields of a head.
    pub head_fields: usize,
    /// The time that a head has to arrive whole; for the first one it begins with the connection.
    pub head_time: Duration,
    /// The time without a request after which a connection is closed.
    pub idle_time: Duration,
    /// The time without progress after which a client that does not read is cut.
    pub write_time: Duration,
    /// The time that running requests have to end after shutdown began.
    pub end_time: Duration,
}

impl ServeLimits {
    /// The limits of this configuration.
    pub fn new(config: &Config) -> Self {
        let limit = |name, default| config.limit(name).unwrap_or(default);
        let count = |name, default| usize::try_from(limit(name, default)).unwrap_or(usize::MAX);
        Self {
            connections: count("connections", 10_000),
            connections_per_ip: count("connections-per-ip", 256),
            proxies: TrustedProxies::new(config.trusted_proxies.value.clone()),
            head_bytes: count("head-bytes", 16 << 10),
            head_fields: count("head-fields", 100),
            head_time: Duration::from_secs(limit("head-seconds", 10)),
            idle_time: Duration::from_secs(limit("keep-alive-seconds", 75)),
            write_time: WRITE_TIME,
            end_time: END_TIME,
        }
    }
}

/// Serves the router at all listeners until shutdown.
///
/// # Errors
///
/// A listener that the runtime does not take; nothing is served then.
///
/// # Cancellation
///
/// Once `shutdown` is cancelled nothing new is accepted and idle connections are closed at once.
/// Requests, and sockets made of them, have `end_time` to end; then they are cut. It returns when
/// none is left. Sockets have to look at `shutdown` themselves.
pub async fn run(
    listeners: Vec<TcpListener>,
    router: Router,
    limits: ServeLimits,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let mut accepting = Vec::new();
    for listener in listeners {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        accepting.push((tokio::net::TcpListener::from_std(listener)?, address));
    }
    let end_time = limits.end_time;
    let server = Arc::new(Server::new(router, &limits, shutdown));
    let loops = TaskTracker::new();
    for (listener, address) in accepting {
        loops.spawn(accept(Arc::clone(&server), listener, address));
    }
    loops.close();
    loops.wait().await;
    server.connections.close();
    if tokio::time::timeout(end_time, server.connections.wait())
        .await
        .is_err()
    {
        let connections = server.connections.len();
        tracing::warn!(connections, "cut connections that did not end in time");
        server.cut.cancel();
        // A socket whose owner neither reads nor writes does not see the cut; it ends with the
        // runtime.
        let _ = tokio::time::timeout(CUT_TIME, server.connections.wait()).await;
    }
    Ok(())
}

/// What all connections share.
struct Server {
    builder: Builder<TokioExecutor>,
    places: Places,
    times: Times,
    router: Router,
    /// No new requests.
    shutdown: CancellationToken,
    /// No old ones either.
    cut: CancellationToken,
    /// Connections, and sockets made of them.
    connections: TaskTracker,
}

impl Server {
    fn new(router: Router, limits: &ServeLimits, shutdown: CancellationToken) -> Self {
        Self {
            builder: builder(limits),
            places: Places::new(limits),
            times: Times {
                head: limits.head_time,
                idle: limits.idle_time,
                write: limits.write_time,
            },
            router,
            shutdown,
            cut: CancellationToken::new(),
            connections: TaskTracker::new(),
        }
    }
}

fn builder(limits: &ServeLimits) -> Builder<TokioExecutor> {
    let head_bytes = limits.head_bytes.max(HEAD_BYTES_MIN);
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // Its time would also run between requests; `Paced` tells the two apart.
        .header_read_timeout(None)
        .max_buf_size(head_bytes)
        .max_headers(limits.head_fields);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(head_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(STREAMS_MAX)
        .max_pending_accept_reset_streams(RESETS_MAX)
        .max_local_error_reset_streams(RESETS_MAX)
        .max_send_buf_size(STREAM_BUFFER_BYTES)
        .keep_alive_interval(PING_TIME)
        .keep_alive_timeout(PING_TIME);
    builder
}

/// Accepts until shutdown; the listener is closed with it.
async fn accept(server: Arc<Server>, listener: tokio::net::TcpListener, address: SocketAddr) {
    loop {
        let accepted = tokio::select! {
            () = server.shutdown.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Over the limit the connection is closed with the end of this block.
                if let Some(place) = server.places.take(peer.ip()) {
                    begin(&server, stream, peer, address, place);
                }
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, %address, "cannot accept connections");
                tokio::select! {
                    () = server.shutdown.cancelled() => return,
                    () = tokio::time::sleep(ACCEPT_PAUSE) => {}
                }
            }
        }
    }
}

/// Whether only one connection failed, and the next may be better.
fn is_of_one_connection(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::ConnectionAborted
            | std::io::ErrorKind::ConnectionRefused
            | std::io::ErrorKind::ConnectionReset
            | std::io::ErrorKind::Interrupted
    )
}

/// Begins to serve a connection, unless it is gone already.
fn begin(
    server: &Arc<Server>,
    stream: TcpStream,
    peer: SocketAddr,
    listener: SocketAddr,
    place: Place,
) {
    let Ok(local) = stream.local_addr() else {
        return;
    };
    // Live rows are small and must not wait for each other. A socket that refuses still works.
    let _ = stream.set_nodelay(true);
    let connection = Connection {
        peer,
        local,
        listener,
    };
    let serving = serve(Arc::clone(server), stream, connection, place);
    server.connections.spawn(serving);
}

/// Serves one connection to its end.
async fn serve<S>(server: Arc<Server>, stream: S, connection: Connection, place: Place)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let requests = Pace::new();
    // A socket made of this connection keeps its place, and is waited for on shutdown.
    let keep = (place, server.connections.token());
    let io = Paced::new(
        stream,
        requests.clone(),
        server.times,
        server.cut.clone(),
        keep,
    );
    let router = server.router.clone();
    let service =
        service_fn(move |request| answer(router.clone(), connection, requests.begin(), request));
    let mut serving = pin!(
        server
            .builder
            .serve_connection_with_upgrades(TokioIo::new(io), service)
    );
    let mut is_ending = false;
    let result = loop {
        tokio::select! {
            result = serving.as_mut() => break result,
            () = server.cut.cancelled() => return,
            () = server.shutdown.cancelled(), if !is_ending => {
                is_ending = true;
                serving.as_mut().graceful_shutdown();
            }
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, peer = %connection.peer, "a connection broke off");
    }
}

/// Answers one request.
async fn answer(
    router: Router,
    connection: Connection,
    running: Running,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(connection);
    let response = router.oneshot(request).await?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        running.release();
    }
    Ok(response.map(|body| running.over(body)))
}
