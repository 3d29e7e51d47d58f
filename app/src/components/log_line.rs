//! One row, as the server renders it. [`crate::viewer`] builds the same
//! elements in the browser, from the same classes.

use leptos::prelude::*;
use protocol::{
    Level,
    window::{Row, RowKind, Style},
};

use crate::{model::format, viewer::style_class, words::Words};

/// How many colours sources are told apart by before they come again.
const SOURCE_COLORS: u16 = 8;

/// The class of a row.
pub fn row_class(row: &Row) -> String {
    match (row.kind, row.level) {
        (RowKind::Gap, _) => "log-mark log-mark--gap".to_owned(),
        (RowKind::Event(_), _) => "log-mark".to_owned(),
        (RowKind::Line, level) => {
            let error = if level >= Some(Level::Error) {
                " log-line--error"
            } else {
                ""
            };
            let partial = if row.partial {
                " log-line--partial"
            } else {
                ""
            };
            format!("log-line{error}{partial}")
        }
    }
}

/// The class of the bar that tells the sources of a view apart.
pub fn source_class(source: u16) -> String {
    format!("log-line__source source-{}", source % SOURCE_COLORS)
}

/// The class of the level column.
pub fn level_class(level: Option<Level>) -> &'static str {
    match level {
        None => "log-line__level",
        Some(Level::Trace | Level::Debug) => "log-line__level level-debug",
        Some(Level::Info) => "log-line__level level-info",
        Some(Level::Warn) => "log-line__level level-warn",
        Some(Level::Error | Level::Fatal) => "log-line__level level-error",
    }
}

/// What stands in the level column.
pub fn level_label(level: Option<Level>) -> &'static str {
    match level {
        None => "",
        Some(Level::Trace) => "TRC",
        Some(Level::Debug) => "DBG",
        Some(Level::Info) => "INF",
        Some(Level::Warn) => "WRN",
        Some(Level::Error) => "ERR",
        Some(Level::Fatal) => "FTL",
    }
}

/// One row of the log.
#[component]
pub fn LogLine(
    /// What it shows.
    row: Row,
) -> impl IntoView {
    let words = Words::of_page();
    let class = row_class(&row);
    if row.kind != RowKind::Line {
        let text = words.mark(&row);
        return view! { <div class=class><span class="log-mark__text">{text}</span></div> }
            .into_any();
    }
    let more = (row.omitted > 0).then(|| {
        let label = words.more_bytes(row.omitted);
        view! { <button class="log-line__more" type="button">{label}</button> }
    });
    view! {
        <div class=class>
            <span class=source_class(row.source)></span>
            <span class="log-line__number">{row.number.map(format::number).unwrap_or_default()}</span>
            <span class=level_class(row.level)>{level_label(row.level)}</span>
            <span class="log-line__text" dir="auto">{pieces(&row)}</span>
            {more}
        </div>
    }
    .into_any()
}

/// The text of a row, cut where its style changes.
fn pieces(row: &Row) -> Vec<AnyView> {
    let mut pieces = Vec::new();
    let mut at = 0;
    let plain = |from: usize, to: usize| row.text.get(from..to).unwrap_or_default().to_owned();
    for span in &row.spans {
        let (Ok(start), Ok(end)) = (usize::try_from(span.start), usize::try_from(span.end)) else {
            continue;
        };
        if at < start {
            pieces.push(plain(at, start).into_any());
        }
        let (class, text) = (style_class(span.style), plain(start, end));
        pieces.push(if span.style.has(Style::MATCH) {
            view! { <mark class=class>{text}</mark> }.into_any()
        } else {
            view! { <span class=class>{text}</span> }.into_any()
        });
        at = end;
    }
    if at < row.text.len() {
        pieces.push(plain(at, row.text.len()).into_any());
    }
    pieces
}
