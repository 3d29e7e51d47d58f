//! The accept loop over real sockets, and one connection in paused time.
//!
//! Time is paused for streams in memory only: with sockets the runtime lets it jump although
//! something arrives.

mod pace;
mod sockets;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::routing::get;
use axum::{Extension, Router};
use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::Semaphore;

use super::Connection;

/// A plain request.
const REQUEST: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

/// What is served; `/held` answers once the semaphore has a permit for it.
fn router(gate: &Arc<Semaphore>) -> Router {
    let gate = Arc::clone(gate);
    let held = move || async move {
        let _permit = gate.acquire().await.unwrap();
        "released"
    };
    let slow = || async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        "slow"
    };
    let endless = || async {
        let chunk = Bytes::from(vec![b'x'; 64 << 10]);
        let stream = futures::stream::repeat_with(move || Ok::<_, Infallible>(chunk.clone()));
        Body::from_stream(stream)
    };
    let echo = |upgrade: WebSocketUpgrade| async {
        upgrade.on_upgrade(|mut socket| async move {
            while let Some(Ok(message)) = socket.recv().await {
                if socket.send(message).await.is_err() {
                    break;
                }
            }
        })
    };
    let whence = |Extension(connection): Extension<Connection>| async move {
        format!("{} {}", connection.peer, connection.listener)
    };
    Router::new()
        .route("/", get(|| async { "here" }))
        .route("/whence", get(whence))
        .route("/held", get(held))
        .route("/slow", get(slow))
        .route("/endless", get(endless))
        .route("/echo", get(echo))
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

/// Reads until the text was seen.
async fn hear(stream: &mut (impl AsyncRead + Unpin), expected: &str) -> String {
    let mut heard = Vec::new();
    while !String::from_utf8(heard.clone()).unwrap().contains(expected) {
        let count = stream.read_buf(&mut heard).await.unwrap();
        assert_ne!(count, 0, "closed after {:?}", String::from_utf8(heard));
    }
    String::from_utf8(heard).unwrap()
}

/// Reads until the other end closes.
async fn hear_out(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut heard = Vec::new();
    // A reset is an end too.
    let _ = stream.read_to_end(&mut heard).await;
    heard
}

/// Turns a connection into a web socket.
async fn upgrade(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    let request = "GET /echo HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                   sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    say(stream, request).await;
    let heard = hear(stream, "\r\n\r\n").await;
    assert!(heard.starts_with("HTTP/1.1 101 "), "{heard}");
}

/// Sends a text frame, masked with zeros, and hears it again.
async fn hear_echo(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    stream.write_all(b"\x81\x82\0\0\0\0hi").await.unwrap();
    let mut frame = [0; 4];
    stream.read_exact(&mut frame).await.unwrap();
    assert_eq!(&frame, b"\x81\x02hi");
}
