//! The table: what was measured beside what was wanted.

use std::time::Duration;

use crate::stats::Samples;

/// Above every table.
const HEADS: [&str; 9] = [
    "workload", "tailon", "cpu s", "peer", "took", "cpu s", "ratio", "target", "verdict",
];

/// What was wanted of a time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// So many times as fast as the peer, by the medians.
    Faster(f64),
    /// The 99th percentile at most.
    P99(Duration),
    /// The 95th percentile of few runs at most.
    P95(Duration),
    /// The median at most, and the 99th percentile at most.
    Both(Duration, Duration),
    /// The median at most the peer's and so much more, the 99th percentile at most.
    Beside(Duration, Duration),
    /// Nothing; it is shown to compare.
    None,
}

/// What one program needed for one workload.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    /// From the request to the answer, or from start to exit.
    pub(crate) wall: Samples,
    /// Processor time, in the system's ticks of 10 ms; empty where not taken.
    pub(crate) cpu: Samples,
}

/// One line of the table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row([String; 9]);

impl Measured {
    fn cpu(&self) -> String {
        if self.cpu.is_empty() {
            "-".to_owned()
        } else {
            format!("{:.2}", self.cpu.mean().as_secs_f64())
        }
    }
}

impl Row {
    /// A workload with a few samples: `min · median · p95`.
    pub(crate) fn spread(
        workload: &str,
        ours: &Measured,
        peer: Option<(&str, &Measured)>,
        target: Target,
    ) -> Self {
        Self::new(workload, ours, peer, target, Samples::spread)
    }

    /// A workload with many samples: `p50 · p99 · max`.
    pub(crate) fn tails(
        workload: &str,
        ours: &Measured,
        peer: Option<(&str, &Measured)>,
        target: Target,
    ) -> Self {
        Self::new(workload, ours, peer, target, Samples::tails)
    }

    /// A single figure with a limit.
    pub(crate) fn figure(workload: &str, figure: String, target: String, is_met: bool) -> Self {
        let verdict = if is_met { "met" } else { "short" };
        let mut row = Self::plain(workload, figure);
        row.0[7] = target;
        verdict.clone_into(&mut row.0[8]);
        row
    }

    /// A figure, or a remark in its place, without a limit.
    pub(crate) fn plain(workload: &str, figure: String) -> Self {
        let mut cells: [String; 9] = std::array::from_fn(|_| "-".to_owned());
        workload.clone_into(&mut cells[0]);
        cells[1] = figure;
        Self(cells)
    }

    /// The same row with the workload and our own time left out, for a second peer.
    pub(crate) fn continued(mut self) -> Self {
        for cell in &mut self.0[..3] {
            cell.clear();
        }
        self
    }

    fn new(
        workload: &str,
        ours: &Measured,
        peer: Option<(&str, &Measured)>,
        target: Target,
        show: fn(&Samples) -> String,
    ) -> Self {
        let mut row = Self::plain(workload, show(&ours.wall));
        row.0[2] = ours.cpu();
        let mut ratio = None;
        if let Some((name, theirs)) = peer {
            name.clone_into(&mut row.0[3]);
            row.0[4] = show(&theirs.wall);
            row.0[5] = theirs.cpu();
            if !theirs.wall.is_empty() && !ours.wall.median().is_zero() {
                let times = theirs.wall.median().div_duration_f64(ours.wall.median());
                let shortest = ours.wall.percentile(0);
                let best = theirs.wall.percentile(0).div_duration_f64(shortest);
                row.0[6] = format!("{times:.2}x, {best:.2}x");
                ratio = Some((times, theirs.wall.median()));
            }
        }
        let (text, is_met) = judge(&ours.wall, ratio, target);
        row.0[7] = text;
        if let Some(is_met) = is_met.filter(|_| !ours.wall.is_empty()) {
            (if is_met { "met" } else { "short" }).clone_into(&mut row.0[8]);
        }
        row
    }
}

/// The target in words, and whether it is met; `None` where nothing can be said.
fn judge(ours: &Samples, peer: Option<(f64, Duration)>, target: Target) -> (String, Option<bool>) {
    let ms = |time: Duration| format!("{} ms", time.as_secs_f64() * 1e3);
    let p99 = ours.percentile(99);
    match target {
        Target::Faster(times) => (
            format!(">= {times}x"),
            peer.map(|(ratio, _)| ratio >= times),
        ),
        Target::P99(limit) => (format!("p99 <= {}", ms(limit)), Some(p99 <= limit)),
        Target::P95(limit) => (
            format!("p95 <= {}", ms(limit)),
            Some(ours.percentile(95) <= limit),
        ),
        Target::Both(p50, limit) => {
            let is_met = ours.median() <= p50 && p99 <= limit;
            (
                format!("p50/p99 <= {}/{}", p50.as_millis(), ms(limit)),
                Some(is_met),
            )
        }
        Target::Beside(more, limit) => {
            let is_met = peer.map(|(_, median)| ours.median() <= median + more && p99 <= limit);
            (
                format!("p50 <= +{}, p99 <= {}", more.as_secs_f64() * 1e3, ms(limit)),
                is_met,
            )
        }
        Target::None => ("-".to_owned(), None),
    }
}

/// All rows, each column as wide as it needs.
pub(crate) fn render(rows: &[Row]) -> String {
    let head = Row(HEADS.map(str::to_owned));
    let mut widths = [0; 9];
    for row in std::iter::once(&head).chain(rows) {
        for (width, cell) in widths.iter_mut().zip(&row.0) {
            *width = cell.chars().count().max(*width);
        }
    }
    let rule = Row(widths.map(|width| "-".repeat(width)));
    let mut text = String::new();
    for row in [&head, &rule].into_iter().chain(rows) {
        let cells = row
            .0
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(cells.collect::<Vec<_>>().join(" | ").trim_end());
        text.push('\n');
    }
    text
}
