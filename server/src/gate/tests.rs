//! The gate in front of a small router, as tables of requests and answers.

mod credentials;
mod foreign;
mod places;
mod responses;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Extension, Json, Router};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, SERVER, VARY};
use http::{HeaderMap, Method, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;
use crate::args::{Command, parse};
use crate::auth::Subject;
use crate::config::{Environment, gather};

/// The token of every server here.
const TOKEN: &str = "a+token/of&32=characters%41xxxxxx";

/// A listener that only this machine reaches, and one that everybody does.
const LOOPBACK: &str = "127.0.0.1:8080";
const NETWORK: &str = "0.0.0.0:8080";

/// The configuration that a file of these lines gives.
pub(crate) fn config(yaml: &str) -> Config {
    let mut file = tempfile::Builder::new().suffix(".yml").tempfile().unwrap();
    // A file without any key would be refused.
    let text = format!("tail-lines: 10\n{yaml}\n");
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap();
    let Ok(Command::Serve(args)) = parse(["tailon", "-c", path, "/var/log/syslog"]) else {
        panic!("no arguments")
    };
    let environment = Environment::from_pairs([("TAILON_TOKEN", TOKEN)]);
    gather(&args, &environment).unwrap().0
}

/// A server at one listener.
struct Server(Router);

impl Server {
    fn new(yaml: &str, listener: &str) -> Self {
        let listener: SocketAddr = listener.parse().unwrap();
        let gate = Gate::new(&config(yaml), &[listener]).unwrap();
        let connection = Connection {
            peer: "127.0.0.1:55555".parse().unwrap(),
            local: SocketAddr::new("10.0.0.5".parse().unwrap(), listener.port()),
            listener,
        };
        Self(guard(router(), Arc::new(gate)).layer(Extension(connection)))
    }

    /// Sends a request; `Host` is `localhost:8080` unless a header says otherwise.
    async fn send(&self, line: &str, headers: &[(&str, &str)], body: &str) -> Answered {
        let (method, uri) = line.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(uri);
        if headers.iter().all(|(name, _)| *name != "host") {
            request = request.header("host", "localhost:8080");
        }
        for (name, value) in headers.iter().filter(|(_, value)| *value != "(none)") {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.0.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answered {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    async fn get(&self, uri: &str, headers: &[(&str, &str)]) -> Answered {
        self.send(&format!("GET {uri}"), headers, "").await
    }
}

struct Answered {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answered {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// What one `Set-Cookie` gives back.
    fn cookie(&self) -> String {
        let line = self.header("set-cookie").unwrap();
        line.split(';').next().unwrap().to_owned()
    }
}

/// What is behind the gate: each answers with what it was told of the request.
fn router() -> Router {
    Router::new()
        .route("/", get(page))
        .route("/logs", get(page))
        .route("/healthz", get(|| async { "ok" }))
        .route("/metrics", get(echo))
        .route("/pkg/app.js", get(asset))
        .route("/api/v1/lines", get(echo))
        .route("/api/v1/sources", post(echo).get(echo))
        .route("/api/v1/sources/{id}", any(echo))
        .route("/api/v1/download", get(download))
        .route(
            "/api/v1/broken",
            get(|| async { StatusCode::INTERNAL_SERVER_ERROR }),
        )
        .route("/ui/call", post(echo))
        .route("/ui/live", get(echo))
        .route("/same", get(|| async { StatusCode::NOT_MODIFIED }))
}

async fn echo(
    method: Method,
    Extension(subject): Extension<Subject>,
    Extension(base): Extension<Base>,
    Extension(client): Extension<ClientAddress>,
    body: String,
) -> Json<[String; 5]> {
    Json([
        method.to_string(),
        format!("{subject:?}"),
        base.0,
        client.0.to_string(),
        body,
    ])
}

async fn page(Extension(base): Extension<Base>, request: Request) -> Response {
    let nonce = Nonce("bm9uY2U=".to_owned());
    let text = format!("{} {}", base.0, request.uri());
    ([(VARY, "Accept-Language")], Extension(nonce), text).into_response()
}

async fn asset() -> impl IntoResponse {
    let forever = "public, max-age=31536000, immutable";
    ([(CACHE_CONTROL, forever), (SERVER, "tailon")], "")
}

async fn download() -> impl IntoResponse {
    [(CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'")]
}
