//! The live channel as the page sees it: a server function over one WebSocket.
//!
//! leptos' own WebSocket protocol queues thousands of messages and notices
//! neither a slow nor a silent client, so the function has a protocol of its
//! own. On the server it hands the upgrade request to the socket loop in
//! `server`; in the browser it opens the socket and leaves reading to the
//! caller.

use gloo_net::websocket::futures::WebSocket;
use http::Method;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use server_fn::{Protocol, client::Client};

use crate::{
    api::ApiError,
    logs::{Accept, Logs},
};

/// Where the live channel is served, below the base path.
pub const PATH: &str = "/ui/live";

/// One end of the live channel.
pub enum LiveChannel {
    /// On the server: turns the upgrade request into the response.
    Accept(Accept),
    /// In the browser: the open socket.
    Socket(SendWrapper<WebSocket>),
}

/// Opens the live channel; see [`protocol::live`] for what is said on it.
///
/// # Errors
/// [`ApiError`] when the socket cannot be opened; a refusal by the server shows
/// as a socket that closes at once.
#[server(
    protocol = LiveProtocol,
    prefix = "/ui",
    endpoint = "live",
    input_derive = (Clone, Default)
)]
pub async fn open_live() -> Result<LiveChannel, ApiError> {
    Ok(LiveChannel::Accept(
        expect_context::<std::sync::Arc<dyn Logs>>().accept_live(),
    ))
}

/// How [`open_live`] travels.
pub struct LiveProtocol;

impl<Input, Browser, Server> Protocol<Input, LiveChannel, Browser, Server, ApiError>
    for LiveProtocol
where
    Input: Default + Send,
    Browser: Client<ApiError>,
    Server: server_fn::server::Server<ApiError>,
{
    const METHOD: Method = Method::GET;

    async fn run_server<F, Fut>(
        request: Server::Request,
        server_fn: F,
    ) -> Result<Server::Response, ApiError>
    where
        F: Fn(Input) -> Fut + Send,
        Fut: Future<Output = Result<LiveChannel, ApiError>> + Send,
    {
        let LiveChannel::Accept(accept) = server_fn(Input::default()).await? else {
            return Err(unavailable());
        };
        let response = accept(Box::new(request)).await;
        response
            .downcast()
            .map(|response| *response)
            .map_err(|_| unavailable())
    }

    async fn run_client(path: &str, _input: Input) -> Result<LiveChannel, ApiError> {
        let socket = WebSocket::open(&socket_url(path)).map_err(|_| unavailable())?;
        Ok(LiveChannel::Socket(SendWrapper::new(socket)))
    }
}

fn unavailable() -> ApiError {
    ApiError::Problem(protocol::Problem::Unavailable)
}

/// The address of `path` for a socket, below the page's own base path.
fn socket_url(path: &str) -> String {
    let location = window().location();
    let scheme = if location.protocol().is_ok_and(|scheme| scheme == "https:") {
        "wss"
    } else {
        "ws"
    };
    let host = location.host().unwrap_or_default();
    format!(
        "{scheme}://{host}{}{path}",
        server_fn::client::get_server_url()
    )
}
