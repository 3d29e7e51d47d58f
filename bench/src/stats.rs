//! Many measured times, and what is said of them.

use std::time::Duration;

/// Measured times of one thing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    /// Takes one more.
    pub(crate) fn add(&mut self, sample: Duration) {
        let place = self.0.partition_point(|known| *known <= sample);
        self.0.insert(place, sample);
    }

    /// Whether nothing was measured.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The sample that `percent` of all do not exceed (nearest rank); zero
    /// when there is none.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().unwrap_or_default()
    }

    /// The one in the middle.
    pub(crate) fn median(&self) -> Duration {
        self.percentile(50)
    }

    /// The longest.
    pub(crate) fn max(&self) -> Duration {
        self.percentile(100)
    }

    /// The mean, for times that are too coarse one by one.
    pub(crate) fn mean(&self) -> Duration {
        let count = u32::try_from(self.0.len()).unwrap_or(u32::MAX).max(1);
        self.0.iter().sum::<Duration>() / count
    }

    /// `min · median · p95`.
    pub(crate) fn spread(&self) -> String {
        self.line(&[self.percentile(0), self.median(), self.percentile(95)])
    }

    /// `p50 · p99 · max`.
    pub(crate) fn tails(&self) -> String {
        self.line(&[self.median(), self.percentile(99), self.max()])
    }

    /// The times in one unit, which the median chooses.
    fn line(&self, times: &[Duration]) -> String {
        if self.is_empty() {
            return "-".to_owned();
        }
        let median = self.median();
        let (unit, scale) = match median {
            _ if median >= Duration::from_secs(1) => ("s", 1.0),
            _ => ("ms", 1e3),
        };
        let digits = match median.as_secs_f64() * scale {
            value if value >= 100.0 => 0,
            value if value >= 10.0 => 1,
            _ => 2,
        };
        let texts = times
            .iter()
            .map(|time| format!("{:.digits$}", time.as_secs_f64() * scale));
        format!("{} {unit}", texts.collect::<Vec<_>>().join(" · "))
    }
}
