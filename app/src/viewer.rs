//! The rows on the screen, and the live channel that brings them.
//!
//! All of this runs in the browser only, outside the reactive graph: a frame
//! is decoded, written into a pool of row elements and acknowledged, whatever
//! else the page does. The rest of the page learns of it through [`Desk`].

mod channel;
mod paint;
mod place;

use std::{cell::RefCell, rc::Rc};

use leptos::prelude::*;
pub(crate) use paint::style_class;
use protocol::{
    frame,
    line::Place,
    live::{Ask, Tell, ViewSpec},
    window::{Anchor, Look, Row, Tally, Window},
};
use send_wrapper::SendWrapper;
use web_sys::HtmlElement;

use self::{channel::Channel, paint::Pool};
use crate::{
    desk::{Connection, Desk, Shown},
    model::screen::{self, Mode},
    words::Words,
};

/// The number of the page's one view on the live channel.
const VIEW: u32 = 1;

/// How near an edge of the held rows the screen may come, in screens, before
/// more are asked for.
const MARGIN_SCREENS: f64 = 1.0;

/// The viewer of a page; a handle that is cloned.
#[derive(Clone)]
pub struct Viewer(Rc<RefCell<State>>);

/// The page's viewer, once there is one; provided as context.
#[derive(Clone, Copy)]
pub struct ViewerHandle(RwSignal<Option<SendWrapper<Viewer>>>);

impl ViewerHandle {
    /// Provides an empty handle as context.
    pub fn provide() -> Self {
        let handle = Self(RwSignal::new(None));
        provide_context(handle);
        handle
    }

    /// The viewer; whoever asks in an effect is told when there is one.
    pub fn get(self) -> Option<Viewer> {
        self.0.with(|viewer| viewer.as_deref().cloned())
    }

    /// The viewer, outside effects.
    pub fn get_untracked(self) -> Option<Viewer> {
        self.0.with_untracked(|viewer| viewer.as_deref().cloned())
    }

    /// Says that this is the page's viewer.
    pub fn set(self, viewer: Viewer) {
        self.0.set(Some(SendWrapper::new(viewer)));
    }
}

struct State {
    desk: Desk,
    words: &'static Words,
    scroller: HtmlElement,
    pool: Pool,
    channel: Channel,
    /// What is on the screen, as the server was told that it is.
    window: Window,
    /// The frame that `window` came in; 0 before the first.
    frame: u32,
    spec: ViewSpec,
    look: Look,
    number: u32,
    /// The look whose answer is to be brought to the top of the screen.
    jump: Option<u32>,
    /// Where the scroller was put last, to tell its own moves from the reader's.
    scrolled_to: f64,
    /// Rows of the view when the reader left the end.
    left_at: Tally,
    /// Whether the server knows `spec`.
    is_open: bool,
}

impl Viewer {
    /// Takes over the rows in `list`, which `scroller` scrolls, and connects.
    pub fn start(
        desk: Desk,
        words: &'static Words,
        scroller: HtmlElement,
        list: HtmlElement,
        at: Option<Place>,
    ) -> Self {
        let anchor = at.map(Anchor::Place);
        let viewer = Self(Rc::new(RefCell::new(State {
            desk,
            words,
            pool: Pool::new(list, words),
            channel: Channel::default(),
            window: Window::default(),
            frame: 0,
            spec: desk.spec.get_untracked(),
            look: screen::look_at_tail(rows_on(&scroller)),
            number: 1,
            jump: None,
            scrolled_to: 0.0,
            left_at: Tally::default(),
            is_open: false,
            scroller,
        })));
        if let Some(anchor) = anchor {
            viewer.go(anchor);
        } else {
            viewer.0.borrow_mut().scroll_to_end();
        }
        viewer.connect();
        viewer
    }

    /// Shows another specification, keeping the place where it still exists.
    pub fn show(&self, spec: ViewSpec) {
        let mut state = self.0.borrow_mut();
        if state.spec == spec && state.is_open {
            return;
        }
        let is_other = state.spec.sources != spec.sources;
        state.spec = spec;
        state.open();
        if is_other {
            state.follow();
        } else {
            state.look_again();
        }
    }

    /// Follows the end from now on.
    pub fn follow(&self) {
        self.0.borrow_mut().follow();
    }

    /// Brings `anchor` to the top of the screen.
    pub fn go(&self, anchor: Anchor) {
        let mut state = self.0.borrow_mut();
        if anchor == Anchor::Tail {
            state.follow();
            return;
        }
        state.leave_end();
        let rows = rows_on(&state.scroller);
        state.ask(screen::look_at(anchor, rows));
        state.jump = Some(state.number);
    }

    /// Scrolls by `screens` screens, or by lines where it is less than one.
    pub fn scroll_by(&self, screens: f64) {
        let mut state = self.0.borrow_mut();
        if screens < 0.0 {
            state.leave_end();
        }
        let line = f64::from(paint::ROW_PIXELS);
        let height = f64::from(state.scroller.client_height());
        let by = if screens.abs() < 0.5 {
            line * screens.signum()
        } else {
            (height - line) * screens
        };
        let top = f64::from(state.scroller.scroll_top()) + by;
        place::set_top(&state.scroller, top);
    }

    /// Says that the reader turned the wheel, so that the end lets go at once.
    pub fn wheel(&self, delta: f64) {
        let mut state = self.0.borrow_mut();
        if delta < 0.0
            && f64::from(state.scroller.scroll_height() - state.scroller.client_height()) > 1.0
        {
            state.leave_end();
        }
    }

    /// Says that the scroller moved.
    pub fn scrolled(&self) {
        self.0.borrow_mut().scrolled();
    }

    /// Says that the size of the screen, or the wrapping of lines, changed.
    pub fn resized(&self) {
        let mut state = self.0.borrow_mut();
        if state.desk.mode.get_untracked() == Mode::Following {
            state.scroll_to_end();
            let look = screen::look_at_tail(rows_on(&state.scroller));
            if look != state.look {
                state.ask(look);
            }
        } else {
            state.scrolled();
        }
    }

    /// The source number and place of the row element that was clicked in.
    pub fn row_at(&self, target: &web_sys::Node) -> Option<(u16, Place)> {
        let state = self.0.borrow();
        let index = state.pool.index_of(target)?;
        state
            .window
            .rows
            .get(index)
            .map(|row| (row.source, row.place))
    }

    /// The place of the first row that is seen.
    pub fn place_at_top(&self) -> Option<Place> {
        // While a frame is painted nobody needs the place.
        let state = self.0.try_borrow().ok()?;
        let (index, _) = state.top_row()?;
        state.window.rows.get(index).map(|row| row.place)
    }

    fn connect(&self) {
        let opened = {
            let viewer = self.clone();
            move || {
                let mut state = viewer.0.borrow_mut();
                state.desk.connection.set(Connection::Live);
                state.open();
                state.look_again();
            }
        };
        let received = {
            let viewer = self.clone();
            move |message| viewer.receive(message)
        };
        let lost = {
            let viewer = self.clone();
            move || {
                let mut state = viewer.0.borrow_mut();
                state.is_open = false;
                state.frame = 0;
                if state.desk.connection.get_untracked() == Connection::Live {
                    state.desk.connection.set(Connection::Lost);
                }
            }
        };
        let channel = Channel::connect(opened, received, lost);
        self.0.borrow_mut().channel = channel;
    }

    fn receive(&self, message: channel::Message) {
        match message {
            channel::Message::Frame(bytes) => self.0.borrow_mut().paint(&bytes),
            channel::Message::Tell(tell) => {
                let desk = self.0.borrow().desk;
                match tell {
                    Tell::Sources { sources } => desk.sources.set(sources),
                    Tell::Refused { problem, .. } => {
                        let q = desk.spec.with_untracked(|spec| spec.q.clone());
                        let words = self.0.borrow().words;
                        desk.problem.set(Some(words.explained(&q, problem)));
                    }
                    Tell::Bye { restart } => {
                        desk.connection.set(if restart {
                            Connection::Restarting
                        } else {
                            Connection::Lost
                        });
                    }
                    Tell::Opened { .. } => desk.problem.set(None),
                    Tell::Pulse => {}
                }
            }
        }
    }
}

impl State {
    fn open(&mut self) {
        self.is_open = self.channel.send(&Ask::Open {
            view: VIEW,
            spec: self.spec.clone(),
        });
    }

    /// Asks for what is seen once more, from where the reader stands.
    fn look_again(&mut self) {
        let rows = rows_on(&self.scroller);
        let look = match (self.desk.mode.get_untracked(), self.top_row()) {
            (Mode::Following, _) => screen::look_at_tail(rows),
            (Mode::Reading, Some((index, _))) if self.jump.is_none() => {
                match self.window.rows.get(index) {
                    Some(row) => screen::look_at(Anchor::Place(row.place), rows),
                    None => self.look,
                }
            }
            (Mode::Reading, _) => {
                let look = self.look;
                self.ask(look);
                self.jump = Some(self.number);
                return;
            }
        };
        self.ask(look);
    }

    fn ask(&mut self, look: Look) {
        self.number += 1;
        self.look = look;
        self.channel.send(&Ask::Look {
            view: VIEW,
            number: self.number,
            look,
        });
    }

    fn follow(&mut self) {
        self.desk.mode.set(Mode::Following);
        self.desk.new_rows.set(Tally::default());
        self.jump = None;
        let look = screen::look_at_tail(rows_on(&self.scroller));
        self.ask(look);
        self.scroll_to_end();
    }

    fn leave_end(&mut self) {
        if self.desk.mode.get_untracked() == Mode::Following {
            self.left_at = self.window.total;
            self.desk.mode.set(Mode::Reading);
            self.desk.new_rows.set(Tally {
                value: 0,
                exact: true,
            });
            if let Some((index, _)) = self.top_row()
                && let Some(row) = self.window.rows.get(index)
            {
                let look = screen::look_at(Anchor::Place(row.place), rows_on(&self.scroller));
                self.ask(look);
            }
        }
    }

    fn scrolled(&mut self) {
        let top = f64::from(self.scroller.scroll_top());
        let end = f64::from(self.scroller.scroll_height() - self.scroller.client_height());
        let is_own = (top - self.scrolled_to).abs() < 2.0;
        if self.desk.mode.get_untracked() == Mode::Following {
            if !is_own && top < end - 2.0 {
                self.leave_end();
            }
            self.tell();
            return;
        }
        if !is_own
            && top >= end - 1.0
            && self.window.at_end
            && self.jump.is_none()
            && top > self.scrolled_to
        {
            self.follow();
            return;
        }
        self.scrolled_to = top;
        let margin = f64::from(self.scroller.client_height()) * MARGIN_SCREENS;
        let is_near =
            (top < margin && !self.window.at_start) || (top > end - margin && !self.window.at_end);
        if is_near
            && self.jump.is_none()
            && let Some((index, _)) = self.top_row()
            && let Some(row) = self.window.rows.get(index)
        {
            let look = screen::look_at(Anchor::Place(row.place), rows_on(&self.scroller));
            if look.anchor != self.look.anchor {
                self.ask(look);
            }
        }
        self.tell();
    }

    fn paint(&mut self, bytes: &[u8]) {
        let base: &[Row] = match frame::header(bytes) {
            Ok(header) if header.base == self.frame => &self.window.rows,
            _ => &[],
        };
        let Ok((header, window)) = frame::decode(bytes, base) else {
            // Another version of the server, or a frame that builds on one we
            // never had: start over.
            self.frame = 0;
            self.channel.reconnect();
            return;
        };
        let anchor = self
            .top_row()
            .and_then(|(index, offset)| self.window.rows.get(index).map(|row| (row.place, offset)));
        self.pool.paint(&window.rows);
        let is_answer = self.jump.is_some_and(|number| window.look >= number);
        let old = std::mem::replace(&mut self.window, window);
        self.frame = header.frame;
        if self.desk.mode.get_untracked() == Mode::Following {
            self.scroll_to_end();
        } else if is_answer {
            self.jump = None;
            let index = usize::try_from(self.window.anchor).unwrap_or(0);
            self.scroll_to_row(index, 0.0);
        } else if let Some((place, offset)) = anchor
            && old.rows.first().map(|row| row.place)
                != self.window.rows.first().map(|row| row.place)
        {
            let anchored = usize::try_from(self.window.anchor).unwrap_or(0);
            match screen::position(&self.window.rows, place) {
                Some(index) => self.scroll_to_row(index, offset),
                None => self.scroll_to_row(anchored, 0.0),
            }
        }
        if self.desk.mode.get_untracked() == Mode::Reading {
            if !self.left_at.exact && old.total.exact {
                self.left_at = old.total;
            }
            self.desk
                .new_rows
                .set(screen::new_rows(self.left_at, self.window.total));
        }
        self.tell();
        let painted = Ask::Painted {
            view: VIEW,
            frame: header.frame,
        };
        let channel = self.channel.clone();
        // The credit goes back once the browser has painted.
        request_animation_frame(move || {
            channel.send(&painted);
        });
    }

    /// Tells the rest of the page what is on the screen.
    fn tell(&self) {
        let window = &self.window;
        let height = f64::from(self.scroller.scroll_height()).max(1.0);
        let top = f64::from(self.scroller.scroll_top());
        let span = window.bottom - window.top;
        let share = |pixels: f64| (window.top + span * pixels / height).clamp(0.0, 1.0);
        let shown = Shown {
            total: window.total,
            lines: window.lines,
            bytes: window.bytes,
            scanned: window.scanned,
            lag_ms: window.lag_ms,
            rows: window.rows.len(),
            top: share(top),
            bottom: share(top + f64::from(self.scroller.client_height())),
        };
        if self.desk.shown.get_untracked() != shown {
            self.desk.shown.set(shown);
        }
    }

    /// The first row that is seen, and how far above it the screen begins.
    fn top_row(&self) -> Option<(usize, f64)> {
        let top = f64::from(self.scroller.scroll_top());
        self.pool
            .row_at(top)
            .map(|(index, row_top)| (index, top - row_top))
    }

    fn scroll_to_row(&mut self, index: usize, offset: f64) {
        let top = self.pool.top_of(index) + offset;
        place::set_top(&self.scroller, top);
        self.scrolled_to = f64::from(self.scroller.scroll_top());
    }

    fn scroll_to_end(&mut self) {
        place::set_top(&self.scroller, f64::from(self.scroller.scroll_height()));
        self.scrolled_to = f64::from(self.scroller.scroll_top());
    }
}

/// Rows that fit on the screen when none is wrapped.
fn rows_on(scroller: &HtmlElement) -> u32 {
    u32::try_from(scroller.client_height() / paint::ROW_PIXELS)
        .unwrap_or(0)
        .clamp(8, 200)
}
