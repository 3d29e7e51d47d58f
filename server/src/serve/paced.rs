//! A stream whose other end has to keep going: heads in time, no long idling, reading on.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use futures::task::AtomicWaker;
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// How HTTP/2 begins.
const HTTP2_START: &[u8] = b"PRI";

/// How long the other end may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// From the first byte of a head to its last; the first head's time begins with the
    /// connection.
    pub(super) head: Duration,
    /// From the end of an answer to the first byte of the next head.
    pub(super) idle: Duration,
    /// Without taking a byte that waits for it.
    pub(super) write: Duration,
}

/// What the requests of a connection tell its stream.
#[derive(Debug, Clone)]
pub(super) struct Pace(Arc<Requests>);

#[derive(Debug, Default)]
struct Requests {
    /// Heads that were read so far.
    begun: AtomicU64,
    /// Requests whose answer is not at its end.
    running: AtomicUsize,
    /// Whether the stream is no longer HTTP, and whoever has it sets its times.
    is_released: AtomicBool,
    /// Who reads, to begin the wait for the next request: nothing else may happen before it.
    reader: AtomicWaker,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    /// Says that a head was read.
    pub(super) fn begin(&self) -> Running {
        self.0.begun.fetch_add(1, Ordering::AcqRel);
        self.0.running.fetch_add(1, Ordering::AcqRel);
        Running(Arc::clone(&self.0))
    }

    fn is_released(&self) -> bool {
        self.0.is_released.load(Ordering::Acquire)
    }
}

/// A request until its answer is at its end.
#[derive(Debug)]
pub(super) struct Running(Arc<Requests>);

impl Running {
    /// Says that the stream becomes a socket.
    pub(super) fn release(&self) {
        self.0.is_released.store(true, Ordering::Release);
    }

    /// Makes the request last as long as the body of its answer.
    pub(super) fn over(self, body: Body) -> Body {
        Body::new(RunningBody {
            body,
            _running: self,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.0.running.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.reader.wake();
        }
    }
}

struct RunningBody {
    body: Body,
    _running: Running,
}

impl HttpBody for RunningBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The stream of a connection. Reading and writing fail with [`io::ErrorKind::TimedOut`] where the
/// other end is too slow, and with [`io::ErrorKind::ConnectionAborted`] once the server is cut.
pub(super) struct Paced<S, K> {
    stream: S,
    pace: Pace,
    times: Times,
    /// The value of `Requests::begun` at which `waiting_since` was taken.
    seen: u64,
    /// The begin of the connection, or of the wait for another request.
    waiting_since: Instant,
    /// When the first byte of the head came that is being read.
    head_since: Option<Instant>,
    /// Whether frames come also between requests; `None` before the first byte.
    is_http2: Option<bool>,
    reading: Option<Pin<Box<Sleep>>>,
    writing: Option<Pin<Box<Sleep>>>,
    cut: CancellationToken,
    cutting: Pin<Box<WaitForCancellationFutureOwned>>,
    /// Dropped with the stream.
    _keep: K,
}

impl<S, K> Paced<S, K> {
    pub(super) fn new(
        stream: S,
        pace: Pace,
        times: Times,
        cut: CancellationToken,
        keep: K,
    ) -> Self {
        Self {
            stream,
            pace,
            times,
            seen: 0,
            waiting_since: Instant::now(),
            head_since: None,
            is_http2: None,
            reading: None,
            writing: None,
            cutting: Box::pin(cut.clone().cancelled_owned()),
            cut,
            _keep: keep,
        }
    }

    /// Whether another request is waited for.
    fn is_waiting(&mut self) -> bool {
        let requests = &self.pace.0;
        if self.pace.is_released() || requests.running.load(Ordering::Acquire) > 0 {
            return false;
        }
        let begun = requests.begun.load(Ordering::Acquire);
        if begun != self.seen {
            self.seen = begun;
            self.waiting_since = Instant::now();
            self.head_since = None;
        }
        true
    }

    /// When reading fails, unless something comes before.
    fn read_deadline(&mut self) -> Option<Instant> {
        if !self.is_waiting() {
            return None;
        }
        Some(match self.head_since {
            _ if self.seen == 0 => self.waiting_since + self.times.head,
            Some(since) => since + self.times.head,
            None => self.waiting_since + self.times.idle,
        })
    }

    /// Takes note of bytes that came.
    fn note(&mut self, bytes: &[u8]) {
        let is_http2 = *self
            .is_http2
            .get_or_insert_with(|| bytes.starts_with(HTTP2_START));
        // Frames between the requests of HTTP/2 are no head; its connections have the idle time
        // for the next one.
        if !is_http2 && self.is_waiting() && self.head_since.is_none() {
            self.head_since = Some(Instant::now());
        }
    }

    fn poll_cut(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.cut.is_cancelled() || self.cutting.as_mut().poll(cx).is_ready() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }

    /// Handles the result of writing: too long without progress is a failure.
    fn paced_write<T>(
        &mut self,
        cx: &mut Context<'_>,
        result: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if result.is_ready() || self.pace.is_released() {
            self.writing = None;
            return result;
        }
        let time = self.times.write;
        let sleep = self
            .writing
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(time)));
        sleep
            .as_mut()
            .poll(cx)
            .map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin, K: Unpin> AsyncRead for Paced<S, K> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.poll_cut(cx)?;
        let before = buffer.filled().len();
        if let Poll::Ready(result) = Pin::new(&mut this.stream).poll_read(cx, buffer) {
            if let Some(bytes) = buffer.filled().get(before..).filter(|new| !new.is_empty()) {
                this.note(bytes);
            }
            return Poll::Ready(result);
        }
        // Registered before the look at what runs, so that no end is missed.
        this.pace.0.reader.register(cx.waker());
        let Some(deadline) = this.read_deadline() else {
            this.reading = None;
            return Poll::Pending;
        };
        let sleep = this
            .reading
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if sleep.deadline() != deadline {
            sleep.as_mut().reset(deadline);
        }
        sleep
            .as_mut()
            .poll(cx)
            .map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin, K: Unpin> AsyncWrite for Paced<S, K> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.poll_cut(cx)?;
        let result = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.paced_write(cx, result)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.poll_cut(cx)?;
        let result = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.paced_write(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
