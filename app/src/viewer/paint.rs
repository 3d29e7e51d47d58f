//! The pool of row elements, written once for each row that changed.

use leptos::prelude::document;
use protocol::window::{Row, RowKind, Style};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, Node};

use crate::{
    components::log_line::{level_class, level_label, row_class, source_class},
    model::{format, screen},
    words::Words,
};

/// Height of a row that is not wrapped, as in `style/components/log_view.css`.
pub(super) const ROW_PIXELS: i32 = 20;

/// The elements of the rows on the screen and around it.
pub(super) struct Pool {
    list: HtmlElement,
    words: &'static Words,
    elements: Vec<HtmlElement>,
    rows: Vec<Row>,
}

impl Pool {
    /// Takes over `list`, whose rows came from the server.
    pub(super) fn new(list: HtmlElement, words: &'static Words) -> Self {
        Self {
            list,
            words,
            elements: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Makes the list show `rows`.
    pub(super) fn paint(&mut self, rows: &[Row]) {
        if self.rows.is_empty() && self.elements.is_empty() {
            // The first time: what the server rendered gives way in one step.
            self.list.set_inner_text("");
        }
        if let Some(shift) = screen::shift(&self.rows, rows) {
            // Rows that left at the top are used again at the bottom.
            for element in self.elements.iter().take(shift) {
                let _ = self.list.append_child(element);
            }
            self.elements.rotate_left(shift);
            self.rows.drain(..shift);
        } else if let Some(shift) =
            screen::shift(rows, &self.rows).filter(|shift| *shift < self.elements.len())
        {
            for _ in 0..shift {
                if let Some(element) = self.elements.pop() {
                    let first = self.list.first_child();
                    let _ = self.list.insert_before(&element, first.as_ref());
                    self.elements.insert(0, element);
                }
            }
            self.rows.splice(..0, rows.iter().take(shift).cloned());
            // Those were not painted yet.
            for index in 0..shift {
                self.write(index, rows);
            }
        }
        while self.elements.len() > rows.len() {
            if let Some(element) = self.elements.pop() {
                element.remove();
            }
        }
        for index in 0..rows.len() {
            if self.elements.len() <= index {
                let Some(element) = create("div") else { return };
                let _ = self.list.append_child(&element);
                self.elements.push(element);
                self.write(index, rows);
            } else if self.rows.get(index) != rows.get(index) {
                self.write(index, rows);
            }
        }
        rows.clone_into(&mut self.rows);
    }

    /// The row that covers the pixel `top` of the list, and its own top.
    pub(super) fn row_at(&self, top: f64) -> Option<(usize, f64)> {
        let index = self.elements.partition_point(|element| {
            f64::from(element.offset_top() + element.offset_height()) <= top
        });
        let index = index.min(self.elements.len().checked_sub(1)?);
        Some((index, self.top_of(index)))
    }

    /// Pixels above the row at `index`.
    pub(super) fn top_of(&self, index: usize) -> f64 {
        let element = self.elements.get(index).or(self.elements.last());
        element.map_or(0.0, |element| f64::from(element.offset_top()))
    }

    /// The index of the row that `node` stands in.
    pub(super) fn index_of(&self, node: &Node) -> Option<usize> {
        self.elements
            .iter()
            .position(|element| element.contains(Some(node)))
    }

    fn write(&self, index: usize, rows: &[Row]) {
        let (Some(element), Some(row)) = (self.elements.get(index), rows.get(index)) else {
            return;
        };
        element.set_class_name(&row_class(row));
        element.set_text_content(None);
        if row.kind == RowKind::Line {
            self.write_line(element, row);
        } else {
            append(element, "span", "log-mark__text", &self.words.mark(row));
        }
    }

    fn write_line(&self, element: &HtmlElement, row: &Row) {
        append(element, "span", &source_class(row.source), "");
        let number = row.number.map(format::number).unwrap_or_default();
        append(element, "span", "log-line__number", &number);
        append(
            element,
            "span",
            level_class(row.level),
            level_label(row.level),
        );
        let Some(text) = append(element, "span", "log-line__text", "") else {
            return;
        };
        let _ = text.set_attribute("dir", "auto");
        let mut at = 0;
        for span in &row.spans {
            let (Ok(start), Ok(end)) = (usize::try_from(span.start), usize::try_from(span.end))
            else {
                continue;
            };
            append_text(&text, row.text.get(at..start).unwrap_or_default());
            let tag = if span.style.has(Style::MATCH) {
                "mark"
            } else {
                "span"
            };
            append(
                &text,
                tag,
                &style_class(span.style),
                row.text.get(start..end).unwrap_or_default(),
            );
            at = end;
        }
        append_text(&text, row.text.get(at..).unwrap_or_default());
        if row.omitted > 0 {
            append(
                element,
                "button",
                "log-line__more",
                &self.words.more_bytes(row.omitted),
            );
        }
    }
}

/// The classes that show a style; see `style/components/log_line.css`.
pub(crate) fn style_class(style: Style) -> String {
    let flags = [
        (Style::BOLD, "ansi-bold"),
        (Style::DIM, "ansi-dim"),
        (Style::ITALIC, "ansi-italic"),
        (Style::UNDERLINE, "ansi-underline"),
        (Style::INVERSE, "ansi-inverse"),
        (Style::STRIKE, "ansi-strike"),
    ];
    let mut classes: Vec<String> = flags
        .iter()
        .filter(|(flag, _)| style.has(*flag))
        .map(|(_, class)| (*class).to_owned())
        .collect();
    classes.extend(style.foreground().map(|color| format!("ansi-fg-{color}")));
    classes.extend(style.background().map(|color| format!("ansi-bg-{color}")));
    classes.join(" ")
}

fn create(tag: &str) -> Option<HtmlElement> {
    document().create_element(tag).ok()?.dyn_into().ok()
}

fn append(parent: &HtmlElement, tag: &str, class: &str, text: &str) -> Option<HtmlElement> {
    let element = create(tag)?;
    if !class.is_empty() {
        element.set_class_name(class);
    }
    if !text.is_empty() {
        element.set_text_content(Some(text));
    }
    let node: &Element = element.as_ref();
    parent.append_child(node).ok()?;
    Some(element)
}

fn append_text(parent: &HtmlElement, text: &str) {
    if !text.is_empty() {
        let _ = parent.append_child(&document().create_text_node(text));
    }
}
