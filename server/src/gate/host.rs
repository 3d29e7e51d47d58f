//! The host that a request is for.

use std::net::IpAddr;

use http::header::HOST;
use http::{HeaderMap, Uri};

use super::refusal::Refusal;
use crate::config::{Bind, Config, Host, Scheme, WebOrigin};

/// A host as it is compared: an address in its one form, or a name in lowercase without the last
/// dot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HostName {
    /// An address; one of IPv4 mapped into IPv6 is the former.
    Ip(IpAddr),
    /// A name.
    Name(String),
}

impl HostName {
    /// Reads the host of an address, brackets included.
    pub(super) fn read(text: &str) -> Self {
        let bare = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(text);
        match bare.parse::<IpAddr>() {
            Ok(ip) => Self::Ip(ip.to_canonical()),
            Err(_) => Self::Name(bare.trim_end_matches('.').to_ascii_lowercase()),
        }
    }
}

/// Scheme, host and port that the request was sent to; `None` where it names no host, as HTTP/1.0
/// may.
///
/// # Errors
///
/// [`Refusal::BadHost`] where there are two, or the one is no host.
pub(super) fn requested(
    uri: &Uri,
    headers: &HeaderMap,
    scheme: Scheme,
) -> Result<Option<WebOrigin>, Refusal> {
    let mut values = headers.get_all(HOST).iter();
    let header = match (values.next(), values.next()) {
        (None, _) => None,
        (Some(value), None) => Some(value.to_str().map_err(|_| Refusal::BadHost)?),
        (Some(_), Some(_)) => return Err(Refusal::BadHost),
    };
    let authority = uri.authority().map(http::uri::Authority::as_str);
    let text = match (authority, header) {
        (Some(authority), Some(header)) if !authority.eq_ignore_ascii_case(header) => {
            return Err(Refusal::BadHost);
        }
        (Some(text), _) | (None, Some(text)) => text,
        (None, None) => return Ok(None),
    };
    match WebOrigin::from_header(&format!("{scheme}://{text}")) {
        Some(origin) => Ok(Some(origin)),
        None => Err(Refusal::BadHost),
    }
}

/// The names under which the server knows itself.
#[derive(Debug)]
pub(super) struct OwnHosts(Vec<HostName>);

impl OwnHosts {
    /// This machine's own names, what the configuration listens on, and the public addresses.
    pub(super) fn new(config: &Config) -> Self {
        let mut names = vec![
            HostName::read("localhost"),
            HostName::read("127.0.0.1"),
            HostName::read("[::1]"),
        ];
        for Bind::Tcp { host, .. } in &config.bind.value {
            match host {
                Host::All => {}
                Host::Ip(ip) => names.push(HostName::Ip(ip.to_canonical())),
                Host::Name(name) => names.push(HostName::read(name)),
            }
        }
        for url in &config.public_urls.value {
            names.push(HostName::read(&url.origin.host));
        }
        Self(names)
    }

    /// Whether the host is ours; `local` is the address that the connection arrived at, which is
    /// the listen address where every interface is listened on.
    pub(super) fn include(&self, host: &HostName, local: IpAddr) -> bool {
        self.0.contains(host) || *host == HostName::Ip(local.to_canonical())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(uri: &str, hosts: &[&str]) -> Result<Option<String>, Refusal> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, host.parse().unwrap());
        }
        let origin = requested(&uri.parse().unwrap(), &headers, Scheme::Http)?;
        Ok(origin.map(|origin| origin.to_string()))
    }

    #[test]
    fn one_host_is_read_and_two_are_refused() {
        let found = |text: &str| Ok(Some(text.to_owned()));
        for (uri, hosts, expected) in [
            ("/", &["A.example:81"][..], found("http://a.example:81")),
            ("/", &["[::1]:8080"], found("http://[::1]:8080")),
            ("http://b.example/", &[], found("http://b.example")),
            (
                "http://b.example/",
                &["b.example"],
                found("http://b.example"),
            ),
            ("http://b.example/", &["a.example"], Err(Refusal::BadHost)),
            ("/", &["a", "a"], Err(Refusal::BadHost)),
            ("/", &["a/b"], Err(Refusal::BadHost)),
            ("/", &["u@a"], Err(Refusal::BadHost)),
            ("/", &[""], Err(Refusal::BadHost)),
            ("/", &["a'; script-src *"], Err(Refusal::BadHost)),
            ("/", &["300.0.0.1"], Err(Refusal::BadHost)),
            ("/", &[], Ok(None)),
        ] {
            assert_eq!(read(uri, hosts), expected, "{uri} {hosts:?}");
        }
    }

    #[test]
    fn a_host_is_compared_in_one_form() {
        for (one, other) in [
            ("LOCALHOST", "localhost."),
            ("[::1]", "[0:0:0:0:0:0:0:1]"),
            ("127.0.0.1", "[::ffff:127.0.0.1]"),
        ] {
            assert_eq!(HostName::read(one), HostName::read(other));
        }
        assert_ne!(HostName::read("a.localhost"), HostName::read("localhost"));
    }
}
