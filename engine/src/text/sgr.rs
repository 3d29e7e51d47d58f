//! What an SGR sequence does to a style.

use anstyle_parse::{Params, Parser, Perform};
use protocol::window::Style;

/// The sixteen colours of xterm, in red, green and blue (XTerm-col.ad).
const PALETTE: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

/// The levels of the 6 × 6 × 6 cube that colours 16 to 231 are (256colres.pl).
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The style after a complete SGR sequence; what it does not know it skips.
///
/// Concealed text stays visible, and blinking text still: nothing is hidden.
pub(super) fn apply(style: Style, sequence: &[u8]) -> Style {
    let mut pen = Pen { style };
    let mut parser = <Parser>::default();
    for &byte in sequence {
        parser.advance(&mut pen, byte);
    }
    pen.style
}

struct Pen {
    style: Style,
}

impl Perform for Pen {
    fn csi_dispatch(&mut self, params: &Params, _: &[u8], _: bool, action: u8) {
        if action != b'm' {
            return;
        }
        let mut params = params.iter();
        while let Some(param) = params.next() {
            match param {
                [code @ (38 | 48 | 58)] => {
                    // The old form, `38;5;n`: the colour is in what follows.
                    let mut next = || params.next().and_then(|param| param.first().copied());
                    let color = match next() {
                        Some(5) => next().and_then(indexed),
                        Some(2) => {
                            let parts = [next(), next(), next()];
                            parts[0]
                                .zip(parts[1])
                                .zip(parts[2])
                                .and_then(|((red, green), blue)| rgb(&[red, green, blue]))
                        }
                        _ => return,
                    };
                    self.paint(*code, color);
                }
                [code @ (38 | 48 | 58), 5, index, ..] => self.paint(*code, indexed(*index)),
                // With and without the id of a colour space.
                [code @ (38 | 48 | 58), 2, color @ ..] => {
                    let color = if color.len() > 3 { &color[1..] } else { color };
                    self.paint(*code, rgb(color));
                }
                [4, 0, ..] => self.unset(Style::UNDERLINE),
                [code, ..] => self.attribute(*code),
                [] => {}
            }
        }
    }
}

impl Pen {
    fn attribute(&mut self, code: u16) {
        match code {
            0 => self.style = Style::default(),
            1 => self.set(Style::BOLD),
            2 => self.set(Style::DIM),
            3 => self.set(Style::ITALIC),
            // 21 is a double underline (ECMA-48).
            4 | 21 => self.set(Style::UNDERLINE),
            7 => self.set(Style::INVERSE),
            9 => self.set(Style::STRIKE),
            22 => self.unset(Style::BOLD | Style::DIM),
            23 => self.unset(Style::ITALIC),
            24 => self.unset(Style::UNDERLINE),
            27 => self.unset(Style::INVERSE),
            29 => self.unset(Style::STRIKE),
            30..=37 => self.paint(38, indexed(code - 30)),
            39 => self.style = self.style.with_foreground(None),
            40..=47 => self.paint(48, indexed(code - 40)),
            49 => self.style = self.style.with_background(None),
            90..=97 => self.paint(38, indexed(code - 90 + 8)),
            100..=107 => self.paint(48, indexed(code - 100 + 8)),
            _ => {}
        }
    }

    fn set(&mut self, flag: u32) {
        self.style = self.style.with(flag);
    }

    fn unset(&mut self, flags: u32) {
        self.style = Style(self.style.0 & !flags);
    }

    /// Sets the foreground (38) or background (48), if the colour is one.
    fn paint(&mut self, code: u16, color: Option<u8>) {
        match (code, color) {
            (38, Some(_)) => self.style = self.style.with_foreground(color),
            (48, Some(_)) => self.style = self.style.with_background(color),
            // 58 colours the underline only.
            _ => {}
        }
    }
}

/// The nearest of the sixteen to one of the 256 colours.
fn indexed(index: u16) -> Option<u8> {
    let index = u8::try_from(index).ok()?;
    match index {
        0..=15 => Some(index),
        16..=231 => {
            let cube = index - 16;
            let level = |step: u8| CUBE.get(usize::from(step)).copied().unwrap_or(0);
            Some(nearest([
                level(cube / 36),
                level(cube / 6 % 6),
                level(cube % 6),
            ]))
        }
        232..=255 => Some(nearest([8 + 10 * (index - 232); 3])),
    }
}

/// The nearest of the sixteen to red, green and blue.
fn rgb(parts: &[u16]) -> Option<u8> {
    let [red, green, blue, ..] = *parts else {
        return None;
    };
    let part = |value: u16| u8::try_from(value).ok();
    Some(nearest([part(red)?, part(green)?, part(blue)?]))
}

fn nearest(color: [u8; 3]) -> u8 {
    let distance = |other: &[u8; 3]| -> u32 {
        let parts = color.iter().zip(other);
        parts.map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum()
    };
    (0..=15)
        .zip(&PALETTE)
        .min_by_key(|(_, other)| distance(other))
        .map_or(7, |(index, _)| index)
}
