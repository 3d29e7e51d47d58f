//! Addresses as browsers know them: the public ones, allowed origins, and the root path.

use std::fmt;
use std::net::Ipv6Addr;

use super::address::is_host_name;
use super::fault::{Wrong, shown};

/// What every message about a web address offers.
const URL_FORM: &str = "an address as `https://logs.example.com/logs/`";

/// What every message about an origin offers.
const ORIGIN_FORM: &str = "an origin as `https://ops.example.com`";

/// How a web address is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Plain HTTP.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// The port where none is written.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

/// Scheme, host and port, which browsers send as `Origin`; equal when all three are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebOrigin {
    /// How it is reached.
    pub scheme: Scheme,
    /// Lowercase; an IPv6 address stands in brackets.
    pub host: String,
    /// The port, the scheme's own where none was written.
    pub port: u16,
}

impl WebOrigin {
    /// Reads the value of an `Origin` header; `None` for anything but an `http` or `https` origin.
    pub fn from_header(text: &str) -> Option<Self> {
        let (origin, path) = split(text).ok()?;
        path.is_empty().then_some(origin)
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        if self.port != self.scheme.default_port() {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

/// An address under which people reach this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    /// Scheme, host and port.
    pub origin: WebOrigin,
    /// The path, as `/x/`; `/` where none was written.
    pub path: String,
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path)
    }
}

/// Which other origins may call the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowOrigin {
    /// These, and the same origin.
    Only(Vec<WebOrigin>),
    /// Every origin, for requests with a bearer token only.
    Any,
}

/// Reads a public address.
pub(super) fn parse_public_url(text: &str) -> Result<PublicUrl, Wrong> {
    let (origin, path) = split(text.trim()).map_err(|part| explained(URL_FORM, text, part))?;
    let path = parse_root(path)?;
    Ok(PublicUrl { origin, path })
}

/// Reads an allowed origin; a last `/` is forgiven, a path is not.
pub(super) fn parse_origin(text: &str) -> Result<WebOrigin, Wrong> {
    let (origin, path) = split(text.trim()).map_err(|part| explained(ORIGIN_FORM, text, part))?;
    if !matches!(path, "" | "/") {
        return Err(Wrong::expected(ORIGIN_FORM, text).suggest(format!("write `{origin}`")));
    }
    Ok(origin)
}

fn explained(form: &str, text: &str, part: &str) -> Wrong {
    Wrong::new(format!("expected {form}, got {} ({part})", shown(text)))
}

/// Splits an address into origin and path; the error names the part that is wrong.
fn split(text: &str) -> Result<(WebOrigin, &str), &'static str> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err("no `http://` or `https://`");
    };
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        _ => return Err("not `http` or `https`"),
    };
    let path_start = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(path_start);
    if authority.contains('@') {
        return Err("a user name does not belong there");
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let port = match port {
        None => scheme.default_port(),
        Some(port) if port.starts_with('+') => return Err("wrong port"),
        Some(port) => port.parse().map_err(|_| "wrong port")?,
    };
    let is_ipv6 = host
        .strip_prefix('[')
        .and_then(|inner| inner.strip_suffix(']'))
        .is_some_and(|inner| inner.parse::<Ipv6Addr>().is_ok());
    let is_ipv4 = host.parse::<std::net::Ipv4Addr>().is_ok();
    if !is_ipv6 && !is_ipv4 && !is_host_name(host) {
        return Err("wrong host");
    }
    let host = host.to_ascii_lowercase();
    Ok((WebOrigin { scheme, host, port }, path))
}

/// Reads a root path and gives it the form `/x/`; nothing and `/` are `/`.
pub(super) fn parse_root(text: &str) -> Result<String, Wrong> {
    const EXPECTED: &str = "a path as `/logs/`";
    let trimmed = text.trim().trim_matches('/');
    if trimmed.is_empty() {
        return Ok("/".to_owned());
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte);
    let is_segment = |segment: &str| {
        !segment.is_empty() && segment != "." && segment != ".." && segment.bytes().all(is_plain)
    };
    if trimmed.contains("://") {
        return Err(
            Wrong::expected(EXPECTED, text).suggest("an address belongs under `public-urls`")
        );
    }
    if !trimmed.split('/').all(is_segment) {
        return Err(Wrong::expected(EXPECTED, text));
    }
    Ok(format!("/{trimmed}/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_path_gets_both_its_slashes() {
        for (text, expected) in [
            ("", "/"),
            ("/", "/"),
            ("logs", "/logs/"),
            ("/logs", "/logs/"),
            ("/logs/", "/logs/"),
            ("//a/b//", "/a/b/"),
            ("/a~b_c.d/", "/a~b_c.d/"),
        ] {
            assert_eq!(parse_root(text).unwrap(), expected, "{text}");
        }
        for text in [
            "/a//b",
            "/../x",
            "/a b",
            "/a?b",
            "/ä",
            "/a\"b",
            "/%2e",
            "http://x/",
        ] {
            assert!(parse_root(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_public_address_is_taken_apart() {
        for (text, shown, port) in [
            (
                "https://logs.example.com/logs/",
                "https://logs.example.com/logs/",
                443,
            ),
            ("HTTP://Logs.Example.com", "http://logs.example.com/", 80),
            ("https://x:443/a", "https://x/a/", 443),
            ("http://[::1]:8080", "http://[::1]:8080/", 8080),
            ("http://[::1]", "http://[::1]/", 80),
            ("http://10.0.0.1:81/", "http://10.0.0.1:81/", 81),
        ] {
            let url = parse_public_url(text).unwrap();
            assert_eq!((url.to_string().as_str(), url.origin.port), (shown, port));
        }
        for text in [
            "logs.example.com",
            "ftp://x/",
            "https://",
            "https://u:p@x/",
            "https://x:99999/",
            "https://x:/",
            "https://x/?a=b",
            "https://a b/",
        ] {
            assert!(parse_public_url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_origin_has_no_path() {
        let origin = parse_origin("https://ops.example.com/").unwrap();
        assert_eq!(origin.to_string(), "https://ops.example.com");
        let wrong = parse_origin("https://ops.example.com/a").unwrap_err();
        assert_eq!(
            wrong.suggestion.as_deref(),
            Some("write `https://ops.example.com`")
        );
        assert_eq!(
            WebOrigin::from_header("https://ops.example.com:443"),
            Some(origin)
        );
        assert_eq!(WebOrigin::from_header("null"), None);
        assert_eq!(WebOrigin::from_header("https://ops.example.com/"), None);
    }
}
