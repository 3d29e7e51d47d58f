//! One connection in memory, whose times are exact.

use http::{Request, StatusCode};
use http_body_util::Empty;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::DuplexStream;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::super::{ServeLimits, Server, serve};
use super::*;
use crate::gate::tests::config;

/// How much lies between both ends, in bytes.
const BUFFER_BYTES: usize = 64 << 10;

/// The client's end of a served connection.
fn connect() -> DuplexStream {
    let gate = Arc::new(Semaphore::new(0));
    let limits = ServeLimits::new(&config(""));
    let server = Server::new(router(&gate), &limits, CancellationToken::new());
    let (ours, theirs) = tokio::io::duplex(BUFFER_BYTES);
    let connection = Connection {
        peer: "127.0.0.1:5555".parse().unwrap(),
        local: "127.0.0.1:8080".parse().unwrap(),
        listener: "127.0.0.1:8080".parse().unwrap(),
    };
    let place = server.places.take(connection.peer.ip()).unwrap();
    tokio::spawn(serve(Arc::new(server), theirs, connection, place));
    ours
}

/// Waits for the end without hearing anything; gives the time in whole seconds.
async fn seconds_to_end(stream: &mut DuplexStream) -> u64 {
    let begin = Instant::now();
    assert_eq!(hear_out(stream).await, b"");
    begin.elapsed().as_secs()
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn a_head_that_does_not_come_in_time_is_cut() {
    for begin in [
        "",
        "G",
        "GET / HTTP/1.1\r\nhost: a\r\n",
        "PRI * HTTP/2.0\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut stream = connect();
        say(&mut stream, begin).await;
        let begun = Instant::now();
        hear_out(&mut stream).await;
        assert_eq!(begun.elapsed().as_secs(), 10, "{begin:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn dripping_does_not_help() {
    let mut stream = connect();
    let begin = Instant::now();
    say(&mut stream, "GET / HTTP/1.1\r\n").await;
    while stream.write_all(b"a: b\r\n").await.is_ok() {
        pass(1).await;
    }
    assert_eq!(begin.elapsed().as_secs(), 11);
}

#[tokio::test(start_paused = true)]
async fn between_requests_there_is_more_time() {
    let mut stream = connect();
    for _ in 0..3 {
        say(&mut stream, REQUEST).await;
        hear(&mut stream, "here").await;
        pass(60).await;
    }
    assert_eq!(seconds_to_end(&mut stream).await, 15);
}

#[tokio::test(start_paused = true)]
async fn a_later_head_has_its_time_too() {
    let mut stream = connect();
    say(&mut stream, "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n").await;
    hear(&mut stream, "slow").await;
    pass(30).await;
    say(&mut stream, "GET / HT").await;
    pass(5).await;
    say(&mut stream, "TP/1.1\r\n").await;
    assert_eq!(seconds_to_end(&mut stream).await, 5);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_cut() {
    let mut stream = connect();
    say(&mut stream, "GET /endless HTTP/1.1\r\nhost: a\r\n\r\n").await;
    // Whoever reads now and then stays.
    for _ in 0..5 {
        pass(13).await;
        let mut buffer = vec![0; BUFFER_BYTES];
        stream.read_exact(&mut buffer).await.unwrap();
    }
    pass(15).await;
    // What lay in between is still there, and then it ends.
    assert_eq!(hear_out(&mut stream).await.len(), BUFFER_BYTES);
}

#[tokio::test(start_paused = true)]
async fn a_socket_may_be_silent() {
    let mut stream = connect();
    upgrade(&mut stream).await;
    pass(3600).await;
    hear_echo(&mut stream).await;
}

#[tokio::test(start_paused = true)]
async fn http2_is_spoken_too() {
    let io = TokioIo::new(connect());
    let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    for path in ["/slow", "/"] {
        let request = Request::get(format!("http://a{path}"))
            .body(Empty::<Bytes>::new())
            .unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
    }
    let begin = Instant::now();
    // It is closed without a farewell, which the client may call a failure.
    let _ = connection.await.unwrap();
    assert_eq!(begin.elapsed().as_secs(), 75);
}
