//! What trusted proxies say about the client: its address and its scheme.

use std::net::{IpAddr, SocketAddr};

use http::header::FORWARDED;
use http::{HeaderMap, HeaderName};

use crate::config::{Cidr, Scheme};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// Whose forwarded headers count; nobody's where it is empty.
#[derive(Debug, Clone)]
pub struct TrustedProxies(Vec<Cidr>);

impl TrustedProxies {
    /// Trusts these ranges.
    pub fn new(ranges: Vec<Cidr>) -> Self {
        Self(ranges)
    }

    /// Whether this address is a trusted proxy's.
    pub fn include(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|range| range.contains(ip))
    }

    /// The first hop from the right that is no trusted proxy.
    ///
    /// `X-Forwarded-For` counts before `Forwarded`, and both before `X-Real-IP`: most proxies
    /// append to the first, and some hand on what a client wrote into the last. Where an entry is
    /// no address, the hop that wrote it is the answer; where all are trusted, the farthest is.
    pub fn client_address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        for hop in hops(headers) {
            if !self.include(client) {
                break;
            }
            let Some(ip) = hop else { break };
            client = ip;
        }
        client
    }

    /// The scheme between the client and the first proxy, where a trusted one says so.
    pub fn scheme(&self, peer: IpAddr, headers: &HeaderMap) -> Scheme {
        if !self.include(peer) {
            return Scheme::Http;
        }
        let said = match entries(headers, &X_FORWARDED_PROTO).first() {
            Some(proto) => Some((*proto).to_owned()),
            None => entries(headers, &FORWARDED)
                .first()
                .and_then(|element| directive(element, "proto")),
        };
        match said {
            Some(proto) if proto.eq_ignore_ascii_case("https") => Scheme::Https,
            _ => Scheme::Http,
        }
    }
}

/// The addresses that the proxies saw, the nearest first; `None` for what is no address.
fn hops(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let chain = entries(headers, &X_FORWARDED_FOR);
    if !chain.is_empty() {
        return chain.into_iter().rev().map(address).collect();
    }
    let chain = entries(headers, &FORWARDED);
    if !chain.is_empty() {
        let node = |element| directive(element, "for").and_then(|node| address(&node));
        return chain.into_iter().rev().map(node).collect();
    }
    let real = entries(headers, &X_REAL_IP);
    real.last().map(|text| address(text)).into_iter().collect()
}

/// The parts of a list header, those of several lines in order; a line that is no text is one
/// empty part.
fn entries<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Vec<&'a str> {
    headers
        .get_all(name)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .map(str::trim)
        .collect()
}

/// The value of `name=value` in an element of `Forwarded` (RFC 7239), without its quotes.
fn directive(element: &str, name: &str) -> Option<String> {
    element.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        let is_it = key.trim().eq_ignore_ascii_case(name);
        is_it.then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// An address with or without port and brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    let ip = bare
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    ip.ok().map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::tests::config;

    fn trusted() -> TrustedProxies {
        let config = config("trusted-proxies: [127.0.0.1, 10.0.0.0/8, fd00::/8]");
        TrustedProxies::new(config.trusted_proxies.value)
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let line = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), value.parse().unwrap())
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn the_first_untrusted_hop_from_the_right_is_the_client() {
        for (peer, lines, expected) in [
            ("127.0.0.1", &[][..], "127.0.0.1"),
            ("8.8.8.8", &[("x-forwarded-for", "1.1.1.1")], "8.8.8.8"),
            ("127.0.0.1", &[("x-forwarded-for", "1.1.1.1")], "1.1.1.1"),
            (
                "127.0.0.1",
                &[("x-forwarded-for", "9.9.9.9, 1.1.1.1, 10.0.0.7")],
                "1.1.1.1",
            ),
            (
                "127.0.0.1",
                &[
                    ("x-forwarded-for", "9.9.9.9"),
                    ("x-forwarded-for", "1.1.1.1"),
                ],
                "1.1.1.1",
            ),
            ("127.0.0.1", &[("x-forwarded-for", "10.0.0.8")], "10.0.0.8"),
            (
                "127.0.0.1",
                &[("x-forwarded-for", "1.1.1.1, evil")],
                "127.0.0.1",
            ),
            (
                "127.0.0.1",
                &[("x-forwarded-for", "1.1.1.1, evil, 10.0.0.7")],
                "10.0.0.7",
            ),
            (
                "::ffff:127.0.0.1",
                &[("x-forwarded-for", "1.1.1.1:5000")],
                "1.1.1.1",
            ),
            (
                "127.0.0.1",
                &[(
                    "forwarded",
                    "for=9.9.9.9, for=\"[2001:db8::1]:80\";proto=https",
                )],
                "2001:db8::1",
            ),
            ("127.0.0.1", &[("forwarded", "for=_hidden")], "127.0.0.1"),
            ("127.0.0.1", &[("x-real-ip", "1.1.1.1")], "1.1.1.1"),
            (
                "127.0.0.1",
                &[("x-real-ip", "9.9.9.9"), ("x-forwarded-for", "1.1.1.1")],
                "1.1.1.1",
            ),
        ] {
            let client = trusted().client_address(peer.parse().unwrap(), &headers(lines));
            assert_eq!(client.to_string(), expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn the_scheme_is_believed_from_trusted_proxies_only() {
        for (peer, lines, expected) in [
            ("127.0.0.1", &[("x-forwarded-proto", "https")][..], "https"),
            ("8.8.8.8", &[("x-forwarded-proto", "https")], "http"),
            ("127.0.0.1", &[("x-forwarded-proto", "http")], "http"),
            ("127.0.0.1", &[("x-forwarded-proto", "ftp")], "http"),
            (
                "127.0.0.1",
                &[("forwarded", "proto=HTTPS;for=1.1.1.1")],
                "https",
            ),
            ("127.0.0.1", &[], "http"),
        ] {
            let scheme = trusted().scheme(peer.parse().unwrap(), &headers(lines));
            assert_eq!(scheme.to_string(), expected, "{peer} {lines:?}");
        }
    }
}
