//! A generator of numbers that look random and can be repeated.

/// `SplitMix64` (Steele, Lea, Flood 2014): 64 bits of state, good enough for logs.
#[derive(Clone, Debug)]
pub(super) struct Random {
    state: u64,
}

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    pub(super) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.state;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// A number from `least` to `most`, both included.
    pub(super) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.next() % (most - least + 1)
    }

    /// True in so many cases of a thousand.
    pub(super) fn permille(&mut self, cases: u64) -> bool {
        self.next() % 1000 < cases
    }

    /// One of some values, each as likely as the others.
    pub(super) fn pick<T: Copy, const N: usize>(&mut self, values: [T; N]) -> T {
        let count = u64::try_from(N).unwrap_or(1);
        let index = usize::try_from(self.next() % count).unwrap_or(0);
        values[index]
    }

    /// One of some values, each as likely as its weight says.
    pub(super) fn weighted<T: Copy, const N: usize>(&mut self, values: [(u64, T); N]) -> T {
        let total: u64 = values.iter().map(|(weight, _)| weight).sum();
        let mut rest = self.next() % total;
        for (weight, value) in values {
            if rest < weight {
                return value;
            }
            rest -= weight;
        }
        values[N - 1].1
    }

    /// A time that is short as a rule and sometimes long: `typical` and up to some
    /// fifty times that.
    pub(super) fn duration(&mut self, typical: u64) -> u64 {
        let slowness = self.weighted([(80, 1), (15, 3), (4, 10), (1, 40)]);
        self.between(typical / 2, typical * 3 / 2) * slowness
    }
}
