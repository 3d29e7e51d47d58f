//! The page's own files, built into the binary.

use std::collections::HashMap;

use axum::{
    body::Body,
    http::{
        HeaderMap, Response, StatusCode,
        header::{
            ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG,
            IF_NONE_MATCH, VARY,
        },
    },
};
use bytes::Bytes;
use xxhash_rust::xxh3::Xxh3;

/// Everything that `cargo leptos build` wrote. Debug builds read the disk.
#[derive(rust_embed::Embed)]
#[folder = "../target/site"]
#[allow_missing = true]
struct Site;

/// The files, each with its compressed forms.
pub(crate) struct Assets {
    files: HashMap<String, File>,
    /// A hash of all of them; part of their addresses.
    id: String,
}

#[derive(Default)]
struct File {
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
    tag: String,
}

impl Assets {
    /// Takes the files in.
    pub(crate) fn load() -> Self {
        let mut files: HashMap<String, File> = HashMap::new();
        let mut names: Vec<_> = Site::iter().collect();
        names.sort();
        let mut hash = Xxh3::new();
        for name in names {
            let Some(found) = Site::get(&name) else {
                continue;
            };
            let tag: String = found
                .metadata
                .sha256_hash()
                .iter()
                .take(12)
                .map(|byte| format!("{byte:02x}"))
                .collect();
            hash.update(name.as_bytes());
            hash.update(tag.as_bytes());
            let bytes = match found.data {
                std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
            };
            match name.rsplit_once('.') {
                Some((plain, "br")) => {
                    files.entry(plain.to_owned()).or_default().brotli = Some(bytes);
                }
                Some((plain, "gz")) => {
                    files.entry(plain.to_owned()).or_default().gzip = Some(bytes);
                }
                _ => {
                    let file = files.entry(name.to_string()).or_default();
                    file.plain = bytes;
                    file.tag = format!("\"{tag}\"");
                }
            }
        }
        Self {
            files,
            id: format!("{:016x}", hash.digest()),
        }
    }

    /// Whether the page can come to life.
    pub(crate) fn has_page(&self) -> bool {
        self.files.contains_key("pkg/tailon.js")
    }

    /// The directory that the page finds its files in, without slashes at its
    /// ends.
    pub(crate) fn package(&self) -> String {
        format!("pkg/{}", self.id)
    }

    /// Answers with the file at `path`, which may carry the hash; `None` when
    /// there is none.
    pub(crate) fn answer(&self, path: &str, headers: &HeaderMap) -> Option<Response<Body>> {
        let (name, is_hashed) = match path
            .strip_prefix("pkg/")
            .and_then(|rest| rest.strip_prefix(&self.id))
        {
            Some(rest) => (format!("pkg{rest}"), true),
            None => (path.to_owned(), false),
        };
        let file = self.files.get(&name).filter(|file| !file.tag.is_empty())?;
        let cache = if is_hashed {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let response = Response::builder()
            .header(CACHE_CONTROL, cache)
            .header(ETAG, &file.tag)
            .header(VARY, "Accept-Encoding");
        let is_known = headers.get_all(IF_NONE_MATCH).iter().any(|tags| {
            tags.to_str().is_ok_and(|tags| {
                tags.split(',')
                    .any(|tag| tag.trim().trim_start_matches("W/") == file.tag)
            })
        });
        if is_known {
            return response
                .status(StatusCode::NOT_MODIFIED)
                .body(Body::empty())
                .ok();
        }
        let (encoding, body) = file.encoded(headers);
        let response = response
            .header(CONTENT_TYPE, content_type(&name))
            .header(CONTENT_LENGTH, body.len());
        let response = match encoding {
            Some(encoding) => response.header(CONTENT_ENCODING, encoding),
            None => response,
        };
        response.body(Body::from(body)).ok()
    }
}

impl File {
    fn encoded(&self, headers: &HeaderMap) -> (Option<&'static str>, Bytes) {
        let accepts = |encoding: &str| {
            headers.get_all(ACCEPT_ENCODING).iter().any(|value| {
                value.to_str().is_ok_and(|value| {
                    value.split(',').any(|item| {
                        let mut parts = item.split(';').map(str::trim);
                        parts.next() == Some(encoding)
                            && !parts
                                .any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
                    })
                })
            })
        };
        match (&self.brotli, &self.gzip) {
            (Some(bytes), _) if accepts("br") => (Some("br"), bytes.clone()),
            (_, Some(bytes)) if accepts("gzip") => (Some("gzip"), bytes.clone()),
            _ => (None, self.plain.clone()),
        }
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        Some("json") => "application/json; charset=utf-8",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}
