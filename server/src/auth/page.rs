//! The page that asks for the token. It needs no script and no other file.

use axum::response::{Html, IntoResponse, Response};
use http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, VARY, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::gate::Nonce;

/// How the page looks: as the rest of tailon does, in the system's light or dark.
const STYLE: &str = "\
:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}\
body{margin:18vh auto 0;max-width:26rem;padding:0 1rem}\
h1{font-size:1rem;margin:0 0 1rem}\
label{display:block;margin-bottom:.3rem}\
input,button{font:inherit;padding:.35rem .6rem;box-sizing:border-box}\
input[type=password]{width:100%;font-family:ui-monospace,monospace}\
button{margin-top:.8rem}\
[role=alert]{color:light-dark(#b3261e,#ff8a80)}\
p{opacity:.8}";

/// What the page says beside its question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    /// Nothing was sent yet.
    None,
    /// What was sent is not the token.
    Wrong,
    /// Too much was sent; the value of `Retry-After` goes along.
    TooOften,
}

/// What the page depends on.
#[derive(Debug)]
pub(crate) struct TokenPage<'a> {
    /// The title of the server.
    pub(crate) title: &'a str,
    /// The base path, as `/x/`.
    pub(crate) base: &'a str,
    /// Path and query that were asked for, to return to.
    pub(crate) target: &'a str,
    /// What went wrong before.
    pub(crate) notice: Notice,
}

impl TokenPage<'_> {
    /// Renders it in the visitor's language.
    pub(crate) fn respond(&self, headers: &HeaderMap) -> Response {
        let words = Words::accepted(headers);
        let nonce = make_nonce();
        let status = match self.notice {
            Notice::None | Notice::Wrong => StatusCode::UNAUTHORIZED,
            Notice::TooOften => StatusCode::TOO_MANY_REQUESTS,
        };
        let mut response = (status, Html(self.render(words, &nonce))).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(words.tag));
        headers.append(VARY, HeaderValue::from_static("Accept-Language"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(Nonce(nonce));
        response
    }

    fn render(&self, words: &Words, nonce: &str) -> String {
        let [title, base, target] = [self.title, self.base, self.target].map(escaped);
        let Words {
            tag,
            token,
            enter,
            hint,
            ..
        } = words;
        let alert = match self.notice {
            Notice::None => "",
            Notice::Wrong => words.wrong,
            Notice::TooOften => words.too_often,
        };
        let alert = match alert {
            "" => String::new(),
            text => format!("<p role=\"alert\">{text}</p>"),
        };
        // The referrer policy is of this document alone: under `no-referrer` browsers send a
        // form with `Origin: null`, which the gate refuses.
        format!(
            "<!DOCTYPE html><html lang=\"{tag}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"referrer\" content=\"same-origin\">\
             <title>{title}</title><link rel=\"icon\" href=\"data:,\">\
             <style nonce=\"{nonce}\">{STYLE}</style></head>\
             <body><main><h1>{title}</h1>{alert}\
             <form method=\"post\" action=\"{base}token\">\
             <label for=\"token\">{token}</label>\
             <input id=\"token\" name=\"token\" type=\"password\" \
             autocomplete=\"current-password\" required autofocus>\
             <input type=\"hidden\" name=\"to\" value=\"{target}\">\
             <button>{enter}</button></form><p>{hint}</p></main></body></html>"
        )
    }
}

/// The sentences of the page in one language.
struct Words {
    tag: &'static str,
    token: &'static str,
    enter: &'static str,
    hint: &'static str,
    wrong: &'static str,
    too_often: &'static str,
}

const ENGLISH: Words = Words {
    tag: "en",
    token: "Token",
    enter: "Enter",
    hint: "tailon printed the token where it was started, or it was set in TAILON_TOKEN.",
    wrong: "That is not the token.",
    too_often: "Too many wrong tokens came from your address. Try again in a minute.",
};

const CHINESE: Words = Words {
    tag: "zh",
    token: "令牌",
    enter: "进入",
    hint: "令牌由 tailon 启动时输出，或由 TAILON_TOKEN 设定。",
    wrong: "令牌不正确。",
    too_often: "来自您的地址的错误令牌过多，请一分钟后再试。",
};

impl Words {
    /// The first language of `Accept-Language` that the page has.
    fn accepted(headers: &HeaderMap) -> &'static Self {
        let accepted = headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        accepted
            .split(',')
            .find_map(|tag| match tag.trim().split(['-', ';']).next() {
                Some(tag) if tag.eq_ignore_ascii_case("zh") => Some(&CHINESE),
                Some(tag) if tag.eq_ignore_ascii_case("en") => Some(&ENGLISH),
                _ => None,
            })
            .unwrap_or(&ENGLISH)
    }
}

/// 128 bits; empty where the system has none, and then the page is shown without its style.
fn make_nonce() -> String {
    let mut bytes = [0; 16];
    match getrandom::fill(&mut bytes) {
        Ok(()) => format!("{:032x}", u128::from_ne_bytes(bytes)),
        Err(_) => String::new(),
    }
}

/// Text as it stands in HTML, in attributes too.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(title: &str, language: &str) -> String {
        let page = TokenPage {
            title,
            base: "/x/",
            target: "/x/?q=\"><script>",
            notice: Notice::Wrong,
        };
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, language.parse().unwrap());
        page.render(Words::accepted(&headers), "n0nce")
    }

    #[test]
    fn nothing_shown_can_leave_its_place() {
        let html = page("<b>&'", "en");
        assert!(html.contains("<title>&lt;b&gt;&amp;&#39;</title>"));
        assert!(html.contains("value=\"/x/?q=&quot;&gt;&lt;script&gt;\""));
        assert!(html.contains("action=\"/x/token\""));
        assert!(!html.contains("<script"));
        assert!(!html.contains(" style="));
    }

    #[test]
    fn the_language_is_the_first_that_the_page_has() {
        for (header, tag) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
            ("en-GB,zh", "en"),
            ("fr,ZH;q=0.5", "zh"),
            ("de", "en"),
            ("", "en"),
        ] {
            let html = page("t", header);
            assert!(html.contains(&format!("<html lang=\"{tag}\">")), "{header}");
        }
    }
}
