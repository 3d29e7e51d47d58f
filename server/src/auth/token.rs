//! The token that everybody is asked for where nothing else is configured.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

use crate::config::{Scheme, Secret};

/// How long a token made here is: 256 bits, in bytes.
const TOKEN_BYTES: usize = 32;

/// What the cookie's value is derived with; another number ends every session.
const COOKIE_PURPOSE: &[u8] = b"tailon token cookie 1\0";

/// The system gives no random bytes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("cannot make a token: {0}")]
pub struct NoRandomness(getrandom::Error);

/// The token, as far as it is needed: to recognise it, and to print it once if it was made here.
///
/// The cookie's value is derived from it, so that whoever finds a cookie has no token, and so
/// that an open page gets on after a restart where the operator gave the token.
#[derive(Clone)]
pub struct Token {
    digest: [u8; 32],
    cookie: String,
    /// The text of one that was made here.
    made: Option<String>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// Makes one: 64 hexadecimal digits.
    ///
    /// # Errors
    ///
    /// [`NoRandomness`], where the system has none.
    pub fn make() -> Result<Self, NoRandomness> {
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes).map_err(NoRandomness)?;
        let text = hexadecimal(&bytes);
        Ok(Self {
            made: Some(text.clone()),
            ..Self::of(&text)
        })
    }

    /// Takes the one that the operator gave; it is never shown.
    pub fn given(secret: &Secret) -> Self {
        Self::of(secret.expose())
    }

    fn of(text: &str) -> Self {
        let cookie = Sha256::new()
            .chain_update(COOKIE_PURPOSE)
            .chain_update(text);
        Self {
            digest: Sha256::digest(text).into(),
            cookie: hexadecimal(&cookie.finalize()),
            made: None,
        }
    }

    /// The text of a token that was made here, to be printed once.
    pub fn made(&self) -> Option<&str> {
        self.made.as_deref()
    }

    /// Whether this is the token. The time it takes says nothing about it, since digests are
    /// compared.
    pub fn matches(&self, text: &str) -> bool {
        let digest: [u8; 32] = Sha256::digest(text).into();
        digest.ct_eq(&self.digest).into()
    }

    /// Whether this is the value of the cookie.
    pub(crate) fn matches_cookie(&self, value: &str) -> bool {
        value.as_bytes().ct_eq(self.cookie.as_bytes()).into()
    }

    /// The `Set-Cookie` that lets a browser in until it is closed.
    pub(crate) fn set_cookie(&self, place: &CookiePlace<'_>) -> String {
        place.line(&self.cookie)
    }
}

/// For whom a cookie is: how its page is reached, and where it lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CookiePlace<'a> {
    /// Whether the browser's side is encrypted.
    pub(crate) scheme: Scheme,
    /// The port in the address, which tells two servers on one host apart; cookies do not.
    pub(crate) port: u16,
    /// The base path, as `/x/`.
    pub(crate) base: &'a str,
}

impl CookiePlace<'_> {
    /// The cookie's name; its prefix makes browsers hold us to `Secure` and the path.
    pub(crate) fn name(&self) -> String {
        match self.scheme {
            Scheme::Https if self.base == "/" => "__Host-tailon".to_owned(),
            Scheme::Https => "__Secure-tailon".to_owned(),
            Scheme::Http => format!("tailon_{}", self.port),
        }
    }

    /// The `Set-Cookie` that makes a browser forget it.
    pub(crate) fn clear(&self) -> String {
        format!("{}; Max-Age=0", self.line(""))
    }

    fn line(&self, value: &str) -> String {
        let (name, base) = (self.name(), self.base);
        let secure = match self.scheme {
            Scheme::Https => "; Secure",
            Scheme::Http => "",
        };
        format!("{name}={value}; Path={base}; HttpOnly; SameSite=Lax{secure}")
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_random_and_not_its_cookie() {
        let (one, other) = (Token::make().unwrap(), Token::make().unwrap());
        let text = one.made().unwrap();
        assert_eq!(text.len(), 64);
        assert!(one.matches(text) && !other.matches(text));
        assert!(!one.matches(&text[..63]) && !one.matches("") && !one.matches(&one.cookie));
        assert!(one.matches_cookie(&one.cookie) && !one.matches_cookie(text));
        assert!(!one.matches_cookie(""));
        assert!(!format!("{one:?}").contains(text));
    }

    #[test]
    fn a_given_token_has_the_same_cookie_after_a_restart() {
        assert_eq!(Token::of("s3cret").cookie, Token::of("s3cret").cookie);
        assert_eq!(Token::of("s3cret").made(), None);
    }

    #[test]
    fn a_cookie_has_the_name_and_flags_of_its_place() {
        for (scheme, base, expected) in [
            (
                Scheme::Http,
                "/",
                "tailon_8080=v; Path=/; HttpOnly; SameSite=Lax",
            ),
            (
                Scheme::Http,
                "/x/",
                "tailon_8080=v; Path=/x/; HttpOnly; SameSite=Lax",
            ),
            (
                Scheme::Https,
                "/",
                "__Host-tailon=v; Path=/; HttpOnly; SameSite=Lax; Secure",
            ),
            (
                Scheme::Https,
                "/x/",
                "__Secure-tailon=v; Path=/x/; HttpOnly; SameSite=Lax; Secure",
            ),
        ] {
            let port = 8080;
            assert_eq!(CookiePlace { scheme, port, base }.line("v"), expected);
        }
    }
}
