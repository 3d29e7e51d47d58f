//! Every name that may be written: keys of the file, limits, options and their variables.

/// What becomes of a key of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Read.
    Used,
    /// Another spelling of a key that is read.
    Alias(&'static str),
    /// Known, its feature is not built yet: refused, since ignoring it would be a false promise.
    Later,
    /// Another Tailon's key for what is always so here; its value does not matter.
    Unchanging,
}

/// Keys at the top of the file.
pub(super) const TOP: &[(&str, Standing)] = &[
    ("title", Standing::Used),
    ("bind", Standing::Used),
    ("relative-root", Standing::Used),
    ("public-urls", Standing::Used),
    ("trusted-proxies", Standing::Used),
    ("allow-origin", Standing::Used),
    ("allow-download", Standing::Used),
    ("insecure-no-auth", Standing::Used),
    ("tail-lines", Standing::Used),
    ("timezone", Standing::Used),
    ("state-dir", Standing::Used),
    ("cache-dir", Standing::Used),
    ("files", Standing::Used),
    ("limits", Standing::Used),
    ("listen-addr", Standing::Alias("bind")),
    ("allow-transfers", Standing::Alias("allow-download")),
    ("lines-to-tail", Standing::Alias("tail-lines")),
    ("commands", Standing::Later),
    ("allow-commands", Standing::Later),
    ("auth", Standing::Later),
    ("http-auth", Standing::Later),
    ("users", Standing::Later),
    ("roles", Standing::Later),
    ("tls", Standing::Later),
    ("register", Standing::Later),
    ("peers", Standing::Later),
    ("redact", Standing::Later),
    ("audit", Standing::Later),
    ("spool", Standing::Later),
    ("extra-files-dir", Standing::Later),
    ("input-encoding", Standing::Later),
    ("follow-names", Standing::Unchanging),
    ("wrap-lines", Standing::Unchanging),
    ("debug", Standing::Unchanging),
    ("lines-of-history", Standing::Unchanging),
    ("output-encoding", Standing::Unchanging),
];

/// Keys of an entry under `files`.
pub(super) const FILE: &[&str] = &[
    "name",
    "path",
    "group",
    "tail-lines",
    "follow",
    "rotated",
    "encoding",
    "timezone",
    "labels",
    "layout",
];

/// A number that bounds something, under `limits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The key; its last word is the unit where there is one.
    pub name: &'static str,
    /// What counts where the file says nothing.
    pub default: u64,
    /// The highest value that is accepted; the lowest is 1.
    pub max: u64,
}

const fn limit(name: &'static str, default: u64, max: u64) -> Limit {
    Limit { name, default, max }
}

const MILLION: u64 = 1_000_000;
const DAY_SECONDS: u64 = 86_400;
const GIB: u64 = 1 << 30;

/// Every limit; the defaults are those of `reliability.md`, section 5.3.
pub const LIMITS: &[Limit] = &[
    limit("connections", 10_000, MILLION),
    limit("connections-per-ip", 256, MILLION),
    limit("streams-per-session", 16, MILLION),
    limit("views-per-socket", 32, 1000),
    limit("requests-per-second", 200, MILLION),
    limit("request-burst", 400, MILLION),
    limit("searches", 16, 10_000),
    limit("searches-per-session", 4, 10_000),
    limit("search-stall-seconds", 30, DAY_SECONDS),
    limit("rows-per-answer", 10_000, 10_000),
    limit("pattern-bytes", 4096, 1 << 20),
    limit("pattern-nest", 50, 1000),
    limit("regex-bytes", 1 << 20, GIB),
    limit("regex-dfa-bytes", 8 << 20, GIB),
    limit("body-bytes", 64 << 10, GIB),
    limit("head-bytes", 16 << 10, 1 << 20),
    limit("head-fields", 100, 1000),
    limit("head-seconds", 10, DAY_SECONDS),
    limit("api-seconds", 30, DAY_SECONDS),
    limit("keep-alive-seconds", 75, DAY_SECONDS),
    limit("download-bytes-per-second", 1024, GIB),
    limit("message-bytes", 64 << 10, GIB),
    limit("messages-per-second", 200, MILLION),
    limit("message-burst", 400, MILLION),
    limit("queries-per-second", 20, MILLION),
    limit("write-buffer-bytes", 1 << 20, GIB),
    limit("stall-seconds", 20, DAY_SECONDS),
    limit("ping-seconds", 20, DAY_SECONDS),
    limit("dead-seconds", 60, DAY_SECONDS),
    limit("decompressed-bytes", 2 * GIB, 1024 * GIB),
    limit("decompression-ratio", 200, MILLION),
];

/// Options that take one value or several, by their long name; the variable is
/// `TAILON_` and the name in capitals.
pub(super) const OPTIONS: &[&str] = &[
    "file",
    "bind",
    "host",
    "port",
    "config",
    "title",
    "relative-root",
    "tail-lines",
    "allow-download",
    "open",
    "exit-with-parent",
    "insecure-no-auth",
    "log-format",
    "demo",
];

/// Other spellings of options, as variables.
pub(super) const OPTION_ALIASES: &[(&str, &str)] = &[
    ("files", "file"),
    ("allow-transfers", "allow-download"),
    ("lines-to-tail", "tail-lines"),
];

/// Options whose feature is not built yet, as variables.
pub(super) const OPTIONS_LATER: &[&str] = &[
    "commands",
    "http-auth",
    "user",
    "users",
    "extra-files-dir",
    "input-encoding",
];

/// The option that takes a secret from a variable only.
pub(super) const TOKEN: &str = "TAILON_TOKEN";

/// The same from a file.
pub(super) const TOKEN_FILE: &str = "TAILON_TOKEN_FILE";
