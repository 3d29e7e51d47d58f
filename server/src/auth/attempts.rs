//! How often wrong credentials may come from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The time in which failures are counted.
const WINDOW: Duration = Duration::from_secs(60);

/// How many addresses are counted apart, some 100 bytes each; those that come when all places are
/// taken share one.
const ADDRESSES_MAX: usize = 10_000;

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The credential is right.
    Right,
    /// It is wrong.
    Wrong,
    /// It was not looked at; after this time the next one is.
    Limited(Duration),
}

/// Counts failures by address. Right credentials cost nothing, and neither do requests without
/// any.
#[derive(Debug)]
pub(crate) struct Attempts {
    failures_max: u32,
    counts: Mutex<HashMap<Option<IpAddr>, Count>>,
}

/// The failures of one address.
#[derive(Debug, Clone, Copy)]
struct Count {
    since: Instant,
    failures: u32,
}

impl Count {
    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= WINDOW
    }
}

impl Attempts {
    /// Allows so many failures a minute.
    pub(crate) fn new(failures_max: u32) -> Self {
        Self {
            failures_max,
            counts: Mutex::default(),
        }
    }

    /// Checks a credential, unless too many wrong ones came from that address.
    ///
    /// The check runs under the lock, so that many at once are no way around the count; it must
    /// not take long.
    pub(crate) fn attempt(
        &self,
        now: Instant,
        address: IpAddr,
        is_right: impl FnOnce() -> bool,
    ) -> Outcome {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = Some(network(address));
        if !counts.contains_key(&key) && counts.len() >= ADDRESSES_MAX {
            counts.retain(|_, count| !count.is_over(now));
            if counts.len() >= ADDRESSES_MAX {
                key = None;
            }
        }
        if let Some(count) = counts.get(&key).filter(|count| !count.is_over(now))
            && count.failures >= self.failures_max
        {
            let waited = now.saturating_duration_since(count.since);
            return Outcome::Limited(WINDOW.saturating_sub(waited));
        }
        if is_right() {
            return Outcome::Right;
        }
        let fresh = Count {
            since: now,
            failures: 0,
        };
        let count = counts.entry(key).or_insert(fresh);
        if count.is_over(now) {
            *count = fresh;
        }
        count.failures += 1;
        Outcome::Wrong
    }
}

/// What counts as one address: of IPv6 the first 64 bits, since whoever has one has all of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64)).into(),
        ip @ IpAddr::V4(_) => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn failures_are_limited_and_forgotten_after_a_minute() {
        let (attempts, start) = (Attempts::new(3), Instant::now());
        let other = ip("10.0.0.2");
        for second in 0..3 {
            let now = start + Duration::from_secs(second);
            assert_eq!(attempts.attempt(now, ip("::1"), || false), Outcome::Wrong);
            assert_eq!(attempts.attempt(now, other, || true), Outcome::Right);
        }
        let limited = Outcome::Limited(Duration::from_secs(50));
        let now = start + Duration::from_secs(10);
        assert_eq!(attempts.attempt(now, ip("::1"), || true), limited);
        assert_eq!(attempts.attempt(now, ip("::2"), || true), limited);
        assert_eq!(attempts.attempt(now, other, || true), Outcome::Right);
        let now = start + WINDOW;
        assert_eq!(attempts.attempt(now, ip("::1"), || true), Outcome::Right);
    }

    #[test]
    fn a_million_addresses_take_bounded_room_and_are_still_limited() {
        let (attempts, now) = (Attempts::new(3), Instant::now());
        for bits in 0..20_000_u32 {
            let address = IpAddr::V4(bits.into());
            attempts.attempt(now, address, || false);
        }
        let count = attempts.counts.lock().unwrap().len();
        assert_eq!(count, ADDRESSES_MAX + 1);
        let stranger = attempts.attempt(now, ip("9.9.9.9"), || true);
        assert_eq!(stranger, Outcome::Limited(WINDOW));
        let later = now + WINDOW;
        attempts.attempt(later, ip("9.9.9.9"), || false);
        assert_eq!(attempts.counts.lock().unwrap().len(), 1);
    }
}
