//! Secrets: never shown, and read from files only their owner can read.

use std::fmt;
use std::io::Read;
use std::path::Path;

use super::fault::Wrong;

/// The longest secret, in bytes.
const SECRET_BYTES_MAX: usize = 4096;

/// Text that no log, report or debug output shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself. Compare it in constant time.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Reads a token: characters that a header and an address can carry.
pub(super) fn parse_token(text: &str) -> Result<Secret, Wrong> {
    let token = text.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Wrong::new(
            "expected a token of visible ASCII characters without spaces",
        ));
    }
    if token.len() > SECRET_BYTES_MAX {
        return Err(Wrong::new(format!(
            "expected at most {SECRET_BYTES_MAX} bytes"
        )));
    }
    Ok(Secret(token.to_owned()))
}

/// Reads a token from the first bytes of a file.
pub(super) fn read_token(path: &Path) -> Result<Secret, Wrong> {
    let shown = super::fault::shown(&path.to_string_lossy());
    let cannot = |error: std::io::Error| Wrong::new(format!("cannot read {shown}: {error}"));
    let file = std::fs::File::open(path).map_err(cannot)?;
    let metadata = file.metadata().map_err(cannot)?;
    if permission::is_open_to_all(&metadata) {
        return Err(
            Wrong::new(format!("{shown} can be read by everybody on this machine"))
                .suggest(format!("run `chmod o= {}`", path.display())),
        );
    }
    let bytes_max = u64::try_from(SECRET_BYTES_MAX).unwrap_or(u64::MAX);
    let mut text = String::new();
    file.take(bytes_max + 2)
        .read_to_string(&mut text)
        .map_err(cannot)?;
    parse_token(&text)
}

#[cfg(unix)]
mod permission {
    use std::os::unix::fs::PermissionsExt;

    /// Whether users outside owner and group may read it.
    pub(super) fn is_open_to_all(metadata: &std::fs::Metadata) -> bool {
        metadata.is_file() && metadata.permissions().mode() & 0o004 != 0
    }
}

#[cfg(not(unix))]
mod permission {
    /// Access lists are not looked at.
    pub(super) fn is_open_to_all(_metadata: &std::fs::Metadata) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown() {
        let secret = parse_token("s3cret-s3cret-s3cret\n").unwrap();
        assert_eq!(secret.expose(), "s3cret-s3cret-s3cret");
        assert!(!format!("{secret:?}").contains("s3cret"));
        for text in ["", " ", "a b", "ä", &"x".repeat(5000)] {
            let wrong = parse_token(text).unwrap_err();
            assert!(text.trim().is_empty() || !wrong.message.contains(text));
        }
    }
}
