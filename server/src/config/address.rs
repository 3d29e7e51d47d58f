//! Addresses: what to listen on, and which proxies to trust.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::fault::{Wrong, shown};

/// The port where none is named.
const PORT_DEFAULT: u16 = 8080;

/// What every message about an address offers.
const BIND_FORMS: &str = "host:port, :port or port";

/// The half of an address before the port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// Every interface, IPv4 and IPv6.
    All,
    /// One address; `0.0.0.0` and `::` are every interface of their kind.
    Ip(IpAddr),
    /// A name to be resolved when listening starts.
    Name(String),
}

impl Host {
    /// Whether only programs of this machine reach it; a name other than `localhost` counts as
    /// reachable from elsewhere.
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::All => false,
            Self::Ip(ip) => ip.to_canonical().is_loopback(),
            Self::Name(name) => name == "localhost",
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
            Self::Ip(ip) => write!(f, "{ip}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// An address to listen on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bind {
    /// A TCP port.
    Tcp {
        /// The interface.
        host: Host,
        /// The port; 0 lets the system choose one.
        port: u16,
    },
}

impl Bind {
    /// Whether only programs of this machine reach it.
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Tcp { host, .. } => host.is_loopback(),
        }
    }
}

impl Default for Bind {
    /// `127.0.0.1:8080`.
    fn default() -> Self {
        Self::Tcp {
            host: Host::Ip(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            port: PORT_DEFAULT,
        }
    }
}

impl fmt::Display for Bind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

/// Reads `host:port`, `:port`, `*:port`, `[::1]:port` or `port`.
pub(super) fn parse_bind(text: &str) -> Result<Bind, Wrong> {
    let text = text.trim();
    if text.starts_with("unix:") || text.starts_with('/') {
        return Err(Wrong::new(format!(
            "a socket, as {}, is not supported yet",
            shown(text)
        )));
    }
    if is_digits(text) {
        let Bind::Tcp { host, .. } = Bind::default();
        let port = parse_port(text)?;
        return Ok(Bind::Tcp { host, port });
    }
    if text.parse::<Ipv6Addr>().is_ok() {
        return Err(
            Wrong::expected(BIND_FORMS, text).suggest(format!("write `[{text}]:{PORT_DEFAULT}`"))
        );
    }
    let Some((host, port)) = text.rsplit_once(':') else {
        let wrong = Wrong::expected(BIND_FORMS, text);
        return Err(match parse_host(text) {
            Ok(host) => wrong.suggest(format!("write `{host}:{PORT_DEFAULT}`")),
            Err(_) => wrong,
        });
    };
    if !is_digits(port) || (host.contains(':') && !host.starts_with('[')) {
        return Err(Wrong::expected(BIND_FORMS, text));
    }
    let port = parse_port(port)?;
    let host = if host.is_empty() {
        Host::All
    } else {
        parse_host(host)?
    };
    Ok(Bind::Tcp { host, port })
}

/// Reads a port number.
pub(super) fn parse_port(text: &str) -> Result<u16, Wrong> {
    text.trim()
        .parse()
        .map_err(|_| Wrong::expected("a port from 0 to 65535", text))
}

/// Reads a name, an address with or without brackets, or `*`.
pub(super) fn parse_host(text: &str) -> Result<Host, Wrong> {
    let text = text.trim();
    if text == "*" {
        return Ok(Host::All);
    }
    if let Some(inner) = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        let ip: Ipv6Addr = inner
            .parse()
            .map_err(|_| Wrong::expected("an IPv6 address in brackets", text))?;
        return Ok(Host::Ip(IpAddr::V6(ip)));
    }
    if let Ok(ip) = text.parse() {
        return Ok(Host::Ip(ip));
    }
    if !is_host_name(text) {
        return Err(Wrong::expected("a host name or address", text));
    }
    Ok(Host::Name(text.to_ascii_lowercase()))
}

/// Whether this is a DNS name; one whose last part is a number would be a mistyped address.
pub(super) fn is_host_name(text: &str) -> bool {
    let labels: Vec<&str> = text.trim_end_matches('.').split('.').collect();
    let is_label = |label: &&str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    text.len() <= 253
        && labels.iter().all(is_label)
        && !labels.last().is_some_and(|label| is_digits(label))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A range of addresses, as `10.0.0.0/8`; one address alone is a range of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    /// The network's first address.
    address: IpAddr,
    /// How many leading bits count, at most 32 or 128.
    prefix: u8,
}

impl Cidr {
    /// Whether the address lies in the range; an IPv4 address mapped into IPv6 counts as IPv4.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.address, ip.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(ip)) => {
                network.to_bits() == ip.to_bits() & mask_v4(self.prefix)
            }
            (IpAddr::V6(network), IpAddr::V6(ip)) => {
                network.to_bits() == ip.to_bits() & mask_v6(self.prefix)
            }
            _ => false,
        }
    }
}

fn mask_v4(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0)
}

fn mask_v6(prefix: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0)
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = if self.address.is_ipv4() { 32 } else { 128 };
        if self.prefix == bits {
            write!(f, "{}", self.address)
        } else {
            write!(f, "{}/{}", self.address, self.prefix)
        }
    }
}

/// Reads an address with or without `/bits`; bits of the host part are cleared.
pub(super) fn parse_cidr(text: &str) -> Result<Cidr, Wrong> {
    const EXPECTED: &str = "an address or a range as `10.0.0.0/8`";
    let wrong = || Wrong::expected(EXPECTED, text);
    let trimmed = text.trim();
    let (address, prefix) = match trimmed.split_once('/') {
        Some((address, prefix)) if is_digits(prefix) => (address, Some(prefix)),
        Some(_) => return Err(wrong()),
        None => (trimmed, None),
    };
    let ip: IpAddr = address.parse().map_err(|_| wrong())?;
    let bits: u8 = if ip.is_ipv4() { 32 } else { 128 };
    let prefix: u8 = match prefix {
        Some(prefix) => prefix.parse().map_err(|_| wrong())?,
        None => bits,
    };
    if prefix > bits {
        return Err(wrong().suggest(format!("at most {bits} bits")));
    }
    // A mapped network is the IPv4 network it stands for, since addresses are compared so.
    let (ip, prefix) = match (ip, ip.to_canonical()) {
        (IpAddr::V6(_), canonical @ IpAddr::V4(_)) if prefix >= 96 => (canonical, prefix - 96),
        _ => (ip, prefix),
    };
    let address = match ip {
        IpAddr::V4(ip) => IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits() & mask_v4(prefix))),
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & mask_v6(prefix))),
    };
    Ok(Cidr { address, prefix })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_address_is_read() {
        for (text, shown, is_loopback) in [
            ("8081", "127.0.0.1:8081", true),
            (":8080", "*:8080", false),
            ("*:8080", "*:8080", false),
            ("0.0.0.0:8080", "0.0.0.0:8080", false),
            ("127.0.0.2:1", "127.0.0.2:1", true),
            ("[::1]:8080", "[::1]:8080", true),
            ("[::ffff:127.0.0.1]:80", "[::ffff:127.0.0.1]:80", true),
            ("localhost:0", "localhost:0", true),
            ("Logs.Example.com:80", "logs.example.com:80", false),
        ] {
            let bind = parse_bind(text).unwrap();
            assert_eq!(bind.to_string(), shown, "{text}");
            assert_eq!(bind.is_loopback(), is_loopback, "{text}");
        }
    }

    #[test]
    fn a_wrong_address_says_what_would_be_right() {
        for (text, part) in [
            ("", "expected host:port"),
            ("localhost", "expected host:port"),
            ("::1", "expected host:port"),
            ("host:", "expected host:port"),
            ("host:http", "expected host:port"),
            (":65536", "a port from 0 to 65535"),
            ("::1:8080:x", "expected host:port"),
            ("[::g]:80", "IPv6"),
            ("300.1.1.1:80", "a host name or address"),
            ("a b:80", "a host name or address"),
            ("unix:/run/tailon.sock", "not supported yet"),
            ("/run/tailon.sock", "not supported yet"),
        ] {
            let wrong = parse_bind(text).unwrap_err();
            assert!(wrong.message.contains(part), "{text}: {}", wrong.message);
        }
        let hint = |text| parse_bind(text).unwrap_err().suggestion;
        assert_eq!(hint("::1").as_deref(), Some("write `[::1]:8080`"));
        assert_eq!(hint("0.0.0.0").as_deref(), Some("write `0.0.0.0:8080`"));
    }

    #[test]
    fn a_range_contains_what_it_should() {
        for (range, ip, expected) in [
            ("10.0.0.0/8", "10.255.1.2", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.9.9.9/8", "10.0.0.1", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "2001:db8::1", true),
            ("fd00::/8", "fd12::1", true),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("::ffff:10.0.0.0/104", "10.1.1.1", true),
        ] {
            let range = parse_cidr(range).unwrap();
            assert_eq!(
                range.contains(ip.parse().unwrap()),
                expected,
                "{range} {ip}"
            );
        }
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0/8",
            "::/129",
            "proxy",
            "10.0.0.0/",
            "1.1.1.1/+8",
        ] {
            assert!(parse_cidr(text).is_err(), "{text}");
        }
    }
}
