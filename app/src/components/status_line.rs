//! One line that says how things stand.

use leptos::prelude::*;

use crate::{
    desk::{Connection, Desk},
    model::{format, screen::Mode},
    words::Words,
};

/// Above this it is the file that is quiet, not the page that is late.
const LAG_MAX_MS: u32 = 2000;

/// The status line.
#[component]
pub fn StatusLine() -> impl IntoView {
    let words = Words::of_page();
    let desk = Desk::of_page();
    let state = move || match (desk.connection.get(), desk.mode.get()) {
        (Connection::Connecting, _) => words.connecting.to_owned(),
        (Connection::Lost, _) => words.lost.to_owned(),
        (Connection::Restarting, _) => words.restarting.to_owned(),
        (Connection::Live, Mode::Following) => words.following.to_owned(),
        (Connection::Live, Mode::Reading) => match desk.new_rows.get() {
            new if new.value == 0 => words.paused.to_owned(),
            new => words.paused_new.replace("{}", &format::tally(new)),
        },
    };
    let class = move || match (desk.connection.get(), desk.mode.get()) {
        (Connection::Live, Mode::Following) => "status-line__state status-line__state--live",
        (Connection::Live, Mode::Reading) => "status-line__state status-line__state--paused",
        (Connection::Connecting, _) => "status-line__state",
        (Connection::Lost | Connection::Restarting, _) => {
            "status-line__state status-line__state--lost"
        }
    };
    let lag = move || {
        let shown = desk.shown.get();
        let is_live =
            desk.connection.get() == Connection::Live && desk.mode.get() == Mode::Following;
        (is_live && (1..LAG_MAX_MS).contains(&shown.lag_ms)).then(|| {
            words
                .behind
                .replace("{}", &format::number(u64::from(shown.lag_ms)))
        })
    };
    let (other, name) = words.language.other();

    view! {
        <footer class="status-line">
            <span class=class role="status">{state}</span>
            <span>{move || words.lines(desk.shown.get().lines)}</span>
            <span>{move || format::bytes(desk.shown.get().bytes)}</span>
            <span class="status-line__lag">{lag}</span>
            <button class="status-line__button status-line__button--end" type="button" lang=other.tag()
                on:click=move |_| crate::app::remember("language", other.tag(), true)>{name}</button>
            <button class="status-line__button" type="button" title=words.keys aria-label=words.keys
                on:click=move |_| desk.is_help_open.set(true)>"?"</button>
        </footer>
    }
}
