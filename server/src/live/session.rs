//! One page on the live channel.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use engine::{bell::Listener, view::View};
use protocol::{
    Problem, Source,
    frame::{self, Header},
    live::{Ask, Tell, ViewSpec},
    window::{Anchor, Look, Window},
};
use tokio::{sync::Notify, time::MissedTickBehavior};

use crate::{auth::Subject, bridge::waker, state::App};

/// Views that one page may have open.
const VIEWS_MAX: usize = 32;

/// Between pings; below the idle time that proxies allow.
const PING: Duration = Duration::from_secs(20);

/// After so long without a word the page is taken for gone.
const DEAD: Duration = Duration::from_secs(60);

/// How long one message may take to leave.
const STALL: Duration = Duration::from_secs(20);

/// Between windows that differ in nothing but totals.
const CALM: Duration = Duration::from_millis(100);

/// Between looks at what only time changes.
const TICK: Duration = Duration::from_secs(1);

/// Messages that a page may send at once, and how many a second it regains.
const BURST: u32 = 400;
const RATE: u32 = 200;

/// The codes that a socket is closed with (RFC 6455, section 7.4).
mod code {
    pub(super) const POLICY: u16 = 1008;
    pub(super) const UNSUPPORTED: u16 = 1003;
    pub(super) const RESTART: u16 = 1012;
}

/// One page.
pub(super) struct Session {
    app: App,
    subject: Subject,
    views: HashMap<u32, Shown>,
    /// Woken when a view or the list of sources changes.
    wake: Arc<Notify>,
    listener: Arc<Listener>,
    sources: Vec<Source>,
    heard: Instant,
    allowance: Allowance,
}

/// A view as a page sees it.
struct Shown {
    view: Arc<View>,
    /// What the page wants to see, and its number for that.
    look: Option<(u32, Look)>,
    /// Whether `look` came after the window that was sent last.
    is_new: bool,
    /// Whether the page waits for a window.
    has_credit: bool,
    frame: u32,
    /// The window that the page has on its screen, and its frame.
    painted: Option<(u32, Arc<Window>)>,
    /// The window that is on its way.
    sent: Option<(u32, Arc<Window>)>,
    version: u64,
    sent_at: Instant,
}

/// What ends a session.
struct End(Option<CloseFrame>);

impl Session {
    pub(super) fn new(app: App, subject: Subject) -> Self {
        let wake = Arc::new(Notify::new());
        let listener = waker(&wake);
        app.engine.bell().listen(&listener);
        let allowance = Allowance {
            left: f64::from(BURST),
            at: Instant::now(),
        };
        Self {
            app,
            subject,
            views: HashMap::new(),
            wake,
            listener,
            sources: Vec::new(),
            heard: Instant::now(),
            allowance,
        }
    }

    /// Serves the page until it leaves, falls silent, or the server ends.
    pub(super) async fn run(mut self, mut socket: WebSocket) {
        let end = self.speak(&mut socket).await;
        if let Err(End(Some(frame))) = end {
            // The page may be gone already; then there is nobody to tell.
            let _ = tokio::time::timeout(STALL, socket.send(Message::Close(Some(frame)))).await;
        }
    }

    async fn speak(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        self.send_sources(socket).await?;
        self.tell(socket, &Tell::Pulse).await?;
        let mut ping = tokio::time::interval(PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ping.tick().await;
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let shutdown = self.app.shutdown.clone();
        let wake = Arc::clone(&self.wake);
        let mut calm = false;
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => {
                    self.tell(socket, &Tell::Bye { restart: true }).await?;
                    return Err(End(Some(close(code::RESTART, "the server is restarting"))));
                }
                message = socket.recv() => match message {
                    Some(Ok(message)) => self.hear(socket, message).await?,
                    Some(Err(_)) | None => return Err(End(None)),
                },
                () = wake.notified() => self.send_sources(socket).await?,
                () = tokio::time::sleep(CALM), if calm => {}
                _ = tick.tick() => {
                    for shown in self.views.values_mut().filter(|shown| !shown.view.filter().is_all()) {
                        shown.version = u64::MAX;
                    }
                }
                _ = ping.tick() => {
                    if self.heard.elapsed() > DEAD {
                        return Err(End(None));
                    }
                    send(socket, Message::Ping(bytes::Bytes::new())).await?;
                    self.tell(socket, &Tell::Pulse).await?;
                }
            }
            calm = self.send_windows(socket).await?;
        }
    }

    async fn hear(&mut self, socket: &mut WebSocket, message: Message) -> Result<(), End> {
        self.heard = Instant::now();
        if !self.allowance.take() {
            return Err(End(Some(close(code::POLICY, "too many messages"))));
        }
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(_) => return Err(End(Some(close(code::UNSUPPORTED, "expected text")))),
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Err(End(None)),
        };
        let Ok(ask) = serde_json::from_str(&text) else {
            return Err(End(Some(close(code::POLICY, "not understood"))));
        };
        match ask {
            Ask::Open { view, spec } => {
                let tell = match self.open(view, spec).await {
                    Ok(()) => Tell::Opened { view },
                    Err(problem) => Tell::Refused { view, problem },
                };
                self.tell(socket, &tell).await?;
            }
            Ask::Look { view, number, look } => {
                if let Some(shown) = self.views.get_mut(&view) {
                    shown.look = Some((number, look));
                    shown.is_new = true;
                }
            }
            Ask::Painted { view, frame } => {
                if let Some(shown) = self.views.get_mut(&view)
                    && let Some((sent, window)) = shown.sent.take_if(|(sent, _)| *sent == frame)
                {
                    shown.painted = Some((sent, window));
                    shown.has_credit = true;
                }
            }
            Ask::Close { view } => drop(self.views.remove(&view)),
        }
        Ok(())
    }

    async fn open(&mut self, number: u32, spec: ViewSpec) -> Result<(), Problem> {
        if self.views.len() >= VIEWS_MAX && !self.views.contains_key(&number) {
            let limit = u64::try_from(VIEWS_MAX).unwrap_or(u64::MAX);
            return Err(Problem::TooMany {
                what: "views".to_owned(),
                limit,
            });
        }
        let view = self.app.open_view(&self.subject, spec).await?;
        view.bell().listen(&self.listener);
        if let Some(shown) = self.views.get_mut(&number) {
            shown.view = view;
            shown.version = u64::MAX;
            shown.is_new = true;
        } else {
            let shown = Shown {
                view,
                look: None,
                is_new: true,
                has_credit: true,
                frame: 0,
                painted: None,
                sent: None,
                version: u64::MAX,
                sent_at: Instant::now(),
            };
            self.views.insert(number, shown);
        }
        Ok(())
    }

    /// Sends what changed to every view that holds its credit; true when one
    /// was put off for a moment.
    async fn send_windows(&mut self, socket: &mut WebSocket) -> Result<bool, End> {
        let mut is_put_off = false;
        for (number, shown) in &mut self.views {
            let Some((look_number, look)) = shown.look.filter(|_| shown.has_credit) else {
                continue;
            };
            let version = shown.view.bell().version();
            if version == shown.version && !shown.is_new {
                continue;
            }
            let is_calm = look.anchor != Anchor::Tail && !shown.is_new;
            if is_calm && shown.sent_at.elapsed() < CALM {
                is_put_off = true;
                continue;
            }
            let mut window = match self.app.window(Arc::clone(&shown.view), look).await {
                Ok(window) => window,
                Err(problem) => {
                    shown.version = version;
                    shown.is_new = false;
                    let tell = Tell::Refused {
                        view: *number,
                        problem,
                    };
                    tell_to(socket, &tell).await?;
                    continue;
                }
            };
            window.look = look_number;
            shown.version = version;
            let before = shown.painted.as_ref().map(|(_, window)| window.as_ref());
            // What is old is not behind: only what was just written can be.
            let has_grown = before.is_some_and(|before| window.bytes > before.bytes);
            window.lag_ms = if has_grown { window.lag_ms.max(1) } else { 0 };
            if !shown.is_new && before.is_some_and(|before| is_same(before, &window)) {
                continue;
            }
            shown.is_new = false;
            shown.frame += 1;
            let base = shown.painted.as_ref().map_or(0, |(frame, _)| *frame);
            let header = Header {
                view: *number,
                frame: shown.frame,
                base,
            };
            let bytes = frame::encode(header, &window, before.map_or(&[], |before| &before.rows));
            shown.has_credit = false;
            shown.sent_at = Instant::now();
            shown.sent = Some((shown.frame, Arc::new(window)));
            send(socket, Message::Binary(bytes.into())).await?;
        }
        Ok(is_put_off)
    }

    /// Sends the list of sources where it changed.
    async fn send_sources(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        let sources = self.app.sources_for(&self.subject);
        if sources != self.sources {
            self.tell(
                socket,
                &Tell::Sources {
                    sources: sources.clone(),
                },
            )
            .await?;
            self.sources = sources;
        }
        Ok(())
    }

    async fn tell(&self, socket: &mut WebSocket, tell: &Tell) -> Result<(), End> {
        tell_to(socket, tell).await
    }
}

/// Whether a page that shows `old` would show the same with `new`.
fn is_same(old: &Window, new: &Window) -> bool {
    let new = Window {
        version: old.version,
        lag_ms: old.lag_ms,
        ..new.clone()
    };
    *old == new
}

async fn tell_to(socket: &mut WebSocket, tell: &Tell) -> Result<(), End> {
    let Ok(text) = serde_json::to_string(tell) else {
        return Ok(());
    };
    send(socket, Message::Text(Utf8Bytes::from(text))).await
}

async fn send(socket: &mut WebSocket, message: Message) -> Result<(), End> {
    match tokio::time::timeout(STALL, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(End(None)),
    }
}

fn close(code: u16, reason: &'static str) -> CloseFrame {
    CloseFrame {
        code,
        reason: Utf8Bytes::from_static(reason),
    }
}

/// How much a page may still say.
struct Allowance {
    left: f64,
    at: Instant,
}

impl Allowance {
    fn take(&mut self) -> bool {
        let now = Instant::now();
        let regained = (now - self.at).as_secs_f64() * f64::from(RATE);
        self.left = (self.left + regained).min(f64::from(BURST)) - 1.0;
        self.at = now;
        self.left >= 0.0
    }
}
