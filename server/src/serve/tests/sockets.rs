//! Real sockets in real time; no limit of time is near, but where a test sets one.

use std::net::{SocketAddr, TcpListener};

use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::super::{ServeLimits, run};
use super::*;
use crate::gate::tests::config;

/// A running server.
struct Running {
    address: SocketAddr,
    /// Lets `/held` answer.
    gate: Arc<Semaphore>,
    shutdown: CancellationToken,
    ended: JoinHandle<std::io::Result<()>>,
}

impl Running {
    fn start(change: impl FnOnce(&mut ServeLimits)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut limits = ServeLimits::new(&config(""));
        change(&mut limits);
        let gate = Arc::new(Semaphore::new(0));
        let shutdown = CancellationToken::new();
        let running = run(vec![listener], router(&gate), limits, shutdown.clone());
        Self {
            address,
            gate,
            shutdown,
            ended: tokio::spawn(running),
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Waits until the server has ended.
    async fn ended(self) {
        self.ended.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_long_head_is_refused() {
    let server = Running::start(|_| {});
    let long_field = format!("a: {}\r\n", "x".repeat(20 << 10));
    let many_fields = "a: b\r\n".repeat(101);
    for fields in [long_field, many_fields] {
        let mut stream = server.connect().await;
        say(&mut stream, "GET / HTTP/1.1\r\nhost: a\r\n").await;
        // The answer may come before the last byte is sent.
        let _ = stream.write_all(fields.as_bytes()).await;
        let _ = stream.write_all(b"\r\n").await;
        hear(&mut stream, "HTTP/1.1 431 ").await;
    }
    let mut stream = server.connect().await;
    let fields = "a: b\r\n".repeat(99);
    say(
        &mut stream,
        &format!("GET / HTTP/1.1\r\nhost: a\r\n{fields}\r\n"),
    )
    .await;
    hear(&mut stream, "HTTP/1.1 200 ").await;
}

#[tokio::test]
async fn an_address_has_a_limited_number_of_connections() {
    let server = Running::start(|limits| limits.connections_per_ip = 2);
    let mut first = server.connect().await;
    let mut second = server.connect().await;
    let mut third = server.connect().await;
    assert_eq!(hear_out(&mut third).await, b"");
    say(&mut first, REQUEST).await;
    hear(&mut first, "here").await;

    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut other = socket.connect(server.address).await.unwrap();
    say(&mut other, REQUEST).await;
    hear(&mut other, "here").await;

    // A socket keeps the place of the connection that it was.
    upgrade(&mut second).await;
    let mut fourth = server.connect().await;
    assert_eq!(hear_out(&mut fourth).await, b"");
    drop(second);
    // The place is free once the server saw the end of its connection.
    loop {
        let mut next = server.connect().await;
        let request = REQUEST.replace("host", "connection: close\r\nhost");
        let _ = next.write_all(request.as_bytes()).await;
        if !hear_out(&mut next).await.is_empty() {
            break;
        }
    }
}

#[tokio::test]
async fn a_request_knows_its_connection() {
    let server = Running::start(|_| {});
    let mut stream = server.connect().await;
    let expected = format!("{} {}", stream.local_addr().unwrap(), server.address);
    say(&mut stream, "GET /whence HTTP/1.1\r\nhost: a\r\n\r\n").await;
    hear(&mut stream, &expected).await;
}

#[tokio::test]
async fn the_end_lets_requests_finish() {
    let server = Running::start(|_| {});
    let mut running = server.connect().await;
    let mut idle = server.connect().await;
    say(&mut running, "GET /held HTTP/1.1\r\nhost: a\r\n\r\n").await;
    say(&mut idle, REQUEST).await;
    hear(&mut idle, "here").await;

    server.shutdown.cancel();
    assert_eq!(hear_out(&mut idle).await, b"");
    // The listener is closed by a task of its own.
    while TcpStream::connect(server.address).await.is_ok() {}
    assert!(!server.ended.is_finished());
    server.gate.add_permits(1);
    hear(&mut running, "released").await;
    server.ended().await;
}

#[tokio::test]
async fn the_end_does_not_wait_forever() {
    let server = Running::start(|limits| limits.end_time = Duration::from_millis(20));
    let mut running = server.connect().await;
    let mut socket = server.connect().await;
    say(&mut running, "GET /held HTTP/1.1\r\nhost: a\r\n\r\n").await;
    upgrade(&mut socket).await;
    hear_echo(&mut socket).await;
    server.shutdown.cancel();
    assert_eq!(hear_out(&mut running).await, b"");
    assert_eq!(hear_out(&mut socket).await, b"");
    server.ended().await;
}
