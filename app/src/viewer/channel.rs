//! The page's end of the live channel: one socket, opened again when it ends.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use futures::{
    SinkExt, StreamExt,
    channel::mpsc,
    future::{Either, select},
    pin_mut,
};
use gloo_net::websocket::{Message as Raw, futures::WebSocket};
use leptos::{prelude::*, task::spawn_local};
use protocol::live::{Ask, Tell};

use crate::live::{LiveChannel, open_live};

/// Messages that may wait for the socket. The page sends a handful a second;
/// when this many wait the connection is dead, and what is said is said again
/// after the next one is made.
const WAITING_MAX: usize = 64;

/// The first pause before a new attempt; it doubles up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_millis(250);

/// The longest pause before a new attempt.
const PAUSE_MAX: Duration = Duration::from_secs(8);

/// The server says something every 20 seconds; after this much silence the
/// connection is taken for dead.
const SILENCE_MAX: Duration = Duration::from_secs(50);

/// What the server said.
pub(super) enum Message {
    /// A window.
    Frame(Vec<u8>),
    /// Anything else.
    Tell(Tell),
}

/// A handle on the socket, whichever it is at the moment.
#[derive(Clone, Default)]
pub(super) struct Channel {
    sender: Rc<RefCell<Option<mpsc::Sender<Raw>>>>,
}

impl Channel {
    /// Connects, and connects again whenever the connection ends.
    pub(super) fn connect(
        opened: impl Fn() + 'static,
        received: impl Fn(Message) + 'static,
        lost: impl Fn() + 'static,
    ) -> Self {
        let channel = Self::default();
        let this = channel.clone();
        spawn_local(async move {
            let mut pause = PAUSE_MIN;
            loop {
                if let Ok(LiveChannel::Socket(socket)) = open_live().await
                    && this.speak(socket.take(), &opened, &received).await
                {
                    pause = PAUSE_MIN;
                }
                *this.sender.borrow_mut() = None;
                lost();
                sleep(pause).await;
                pause = (pause * 2).min(PAUSE_MAX);
            }
        });
        channel
    }

    /// Says something; false when there is nobody to hear it.
    pub(super) fn send(&self, ask: &Ask) -> bool {
        let Ok(text) = serde_json::to_string(ask) else {
            return false;
        };
        match self.sender.borrow_mut().as_mut() {
            Some(sender) => sender.try_send(Raw::Text(text)).is_ok(),
            None => false,
        }
    }

    /// Gives the connection up and makes a new one.
    pub(super) fn reconnect(&self) {
        *self.sender.borrow_mut() = None;
    }

    /// Serves one socket until it ends; true if anything was ever heard on it.
    async fn speak(
        &self,
        socket: WebSocket,
        opened: &impl Fn(),
        received: &impl Fn(Message),
    ) -> bool {
        let (mut sink, mut stream) = socket.split();
        let (sender, mut outgoing) = mpsc::channel(WAITING_MAX);
        let heard = Rc::new(Cell::new(false));
        *self.sender.borrow_mut() = Some(sender);
        let writing = async {
            while let Some(message) = outgoing.next().await {
                if sink.send(message).await.is_err() {
                    break;
                }
            }
        };
        let reading = async {
            loop {
                let message = {
                    let next = stream.next();
                    let silence = sleep(SILENCE_MAX);
                    pin_mut!(silence);
                    match select(next, silence).await {
                        Either::Left((Some(Ok(message)), _)) => message,
                        Either::Left(_) | Either::Right(_) => break,
                    }
                };
                // The server speaks first, so that the page knows that it was
                // let in before it says what it wants.
                if !heard.replace(true) {
                    opened();
                }
                match message {
                    Raw::Bytes(bytes) => received(Message::Frame(bytes)),
                    Raw::Text(text) => {
                        if let Ok(tell) = serde_json::from_str(&text) {
                            received(Message::Tell(tell));
                        }
                    }
                }
            }
        };
        pin_mut!(writing);
        pin_mut!(reading);
        let _ = select(writing, reading).await;
        heard.get()
    }
}

/// Ends after `duration`.
async fn sleep(duration: Duration) {
    let (sender, receiver) = futures::channel::oneshot::channel::<()>();
    set_timeout(
        move || {
            let _ = sender.send(());
        },
        duration,
    );
    let _ = receiver.await;
}
