//! How many connections there may be, in all and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::ServeLimits;
use crate::gate::TrustedProxies;

/// Places beyond the limit that only this machine gets, so that its administrator comes in while
/// others take all.
const LOOPBACK_RESERVE: usize = 64;

/// The places of a server. A connection without one is closed.
#[derive(Debug, Clone)]
pub(super) struct Places {
    max: usize,
    per_address_max: usize,
    proxies: TrustedProxies,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    count: usize,
    /// Of every address but trusted proxies; never longer than there are connections.
    by_address: HashMap<IpAddr, usize>,
}

impl Places {
    pub(super) fn new(limits: &ServeLimits) -> Self {
        Self {
            max: limits.connections,
            per_address_max: limits.connections_per_ip,
            proxies: limits.proxies.clone(),
            taken: Arc::default(),
        }
    }

    /// A place for a connection from that address, until it is dropped; `None` where none is left.
    pub(super) fn take(&self, peer: IpAddr) -> Option<Place> {
        let peer = peer.to_canonical();
        let reserve = if peer.is_loopback() {
            LOOPBACK_RESERVE
        } else {
            0
        };
        let counted = (!self.proxies.include(peer)).then_some(peer);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.count >= self.max.saturating_add(reserve) {
            return None;
        }
        if let Some(peer) = counted {
            let of_peer = taken.by_address.entry(peer).or_default();
            if *of_peer >= self.per_address_max {
                return None;
            }
            *of_peer += 1;
        }
        taken.count += 1;
        Some(Place {
            counted,
            taken: Arc::clone(&self.taken),
        })
    }
}

/// The place of one connection.
#[derive(Debug)]
pub(super) struct Place {
    counted: Option<IpAddr>,
    taken: Arc<Mutex<Taken>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.count = taken.count.saturating_sub(1);
        let Some(peer) = self.counted else { return };
        if let Some(of_peer) = taken.by_address.get_mut(&peer) {
            *of_peer = of_peer.saturating_sub(1);
            if *of_peer == 0 {
                taken.by_address.remove(&peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::tests::config;

    fn places(connections: usize, connections_per_ip: usize) -> Places {
        let config = config("trusted-proxies: 10.0.0.0/8");
        Places::new(&ServeLimits {
            connections,
            connections_per_ip,
            ..ServeLimits::new(&config)
        })
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_its_share_and_a_proxy_has_no_limit_of_its_own() {
        let places = places(100, 2);
        let one = places.take(ip("1.1.1.1")).unwrap();
        let _two = places.take(ip("::ffff:1.1.1.1")).unwrap();
        assert!(places.take(ip("1.1.1.1")).is_none());
        let _other = places.take(ip("2.2.2.2")).unwrap();
        drop(one);
        assert!(places.take(ip("1.1.1.1")).is_some());
        let proxied: Vec<Place> = (0..10)
            .filter_map(|_| places.take(ip("10.0.0.1")))
            .collect();
        assert_eq!(proxied.len(), 10);
    }

    #[test]
    fn this_machine_comes_in_when_others_take_all() {
        let places = places(2, 1000);
        let others: Vec<Place> = (0..9).filter_map(|_| places.take(ip("1.1.1.1"))).collect();
        assert_eq!(others.len(), 2);
        let own: Vec<Place> = (0..99).filter_map(|_| places.take(ip("::1"))).collect();
        assert_eq!(own.len(), LOOPBACK_RESERVE);
        drop((others, own));
        let taken = places.taken.lock().unwrap();
        assert!(taken.count == 0 && taken.by_address.is_empty());
    }
}
