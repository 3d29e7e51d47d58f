//! What a screen asks for, worked out from what it shows.

use protocol::{
    line::Place,
    window::{Anchor, Look, Row, Tally},
};

/// Bytes of each row's text that are asked for.
pub const TEXT_BYTES: u32 = 4096;

/// Screens of rows that are held behind the one that is seen, and before it.
const SCREENS_AROUND: u32 = 2;

/// Whether the screen goes with the end of the view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// New rows push the old ones up.
    #[default]
    Following,
    /// The reader has scrolled away from the end.
    Reading,
}

/// The look of a screen of `rows` rows that follows the end. Sizes come in
/// steps, so that screens of about the same height are given the same frame.
pub fn look_at_tail(rows: u32) -> Look {
    let wanted = rows.saturating_mul(2);
    let steps = [64, 96, 128, 192, 256];
    let before = steps
        .into_iter()
        .find(|step| *step >= wanted)
        .unwrap_or(400);
    Look {
        anchor: Anchor::Tail,
        before,
        after: 0,
        text_bytes: TEXT_BYTES,
    }
}

/// The look of a screen of `rows` rows whose first one is at `anchor`.
pub fn look_at(anchor: Anchor, rows: u32) -> Look {
    let around = rows.saturating_mul(SCREENS_AROUND).clamp(32, 300);
    Look {
        anchor,
        before: around,
        after: around + rows,
        text_bytes: TEXT_BYTES,
    }
}

/// How many of the rows on the screen have left it at the top, when the window
/// has moved on without anything else having changed; `None` when it has not.
pub fn shift(old: &[Row], new: &[Row]) -> Option<usize> {
    let first = new.first()?;
    old.iter()
        .position(|row| row.place == first.place && row.kind == first.kind)
}

/// The index of the row that shows `place`.
pub fn position(rows: &[Row], place: Place) -> Option<usize> {
    rows.iter().position(|row| row.place == place)
}

/// How many rows came since there were `then`.
pub fn new_rows(then: Tally, now: Tally) -> Tally {
    Tally {
        value: now.value.saturating_sub(then.value),
        exact: then.exact && now.exact,
    }
}

#[cfg(test)]
mod tests {
    use protocol::{line::GenerationId, window::RowKind};

    use super::*;

    fn row(offset: u64) -> Row {
        Row {
            kind: RowKind::Line,
            source: 0,
            place: Place {
                generation: GenerationId(1),
                offset,
            },
            number: None,
            time_ms: None,
            level: None,
            partial: false,
            omitted: 0,
            text: String::new(),
            spans: Vec::new(),
        }
    }

    #[test]
    fn screens_of_about_one_height_ask_for_the_same_rows() {
        assert_eq!(look_at_tail(33), look_at_tail(48));
        assert_eq!(look_at_tail(40).before, 96);
        assert_eq!(look_at_tail(4000).before, 400);
    }

    #[test]
    fn a_window_that_moved_on_is_recognised() {
        let old: Vec<Row> = (0..5).map(row).collect();
        let new: Vec<Row> = (2..7).map(row).collect();
        assert_eq!(shift(&old, &new), Some(2));
        assert_eq!(shift(&new, &old), None);
        assert_eq!(shift(&old, &[]), None);
        assert_eq!(position(&new, row(4).place), Some(2));
    }

    #[test]
    fn an_estimate_makes_the_number_of_new_rows_an_estimate() {
        let exact = |value| Tally { value, exact: true };
        assert_eq!(new_rows(exact(10), exact(12)), exact(2));
        let estimated = Tally {
            value: 13,
            exact: false,
        };
        assert_eq!(
            new_rows(estimated, exact(12)),
            Tally {
                value: 0,
                exact: false
            }
        );
    }
}
