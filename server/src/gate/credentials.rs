//! Who asks: the token as a bearer, in the form of the token page, once in an address, and the
//! cookie that it is exchanged for.

use std::net::IpAddr;
use std::time::Instant;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, AUTHORIZATION, COOKIE, RETRY_AFTER, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};

use super::Gate;
use super::admission::{Answer, Visit, redirect};
use super::foreign::Sender;
use super::path::{self, Area};
use super::refusal::{Refusal, retry_after};
use crate::auth::{CookiePlace, Notice, Outcome, Subject, TokenPage};

/// The parameter that carries the token once.
const TOKEN: &str = "token";

/// What some clients send instead; never looked at.
const PASSWORD: &str = "password";

impl Gate {
    /// Finds out who asks.
    pub(super) fn identify(
        &self,
        visit: &Visit,
        sender: Sender,
        request: &Request,
    ) -> Result<Subject, Answer> {
        let headers = request.headers();
        let listener = visit.connection.listener;
        let needs_token = self.needs_token(listener);
        let bearer = bearer(headers);
        if !needs_token && sender != Sender::Anybody {
            return Ok(if super::is_loopback(listener) {
                Subject::LocalVisitor
            } else {
                Subject::OpenVisitor
            });
        }
        if let Some(bearer) = bearer {
            return match self.try_token(visit.client, bearer) {
                Outcome::Right => Ok(Subject::TokenBearer),
                Outcome::Wrong => Err(self.ask(visit, request, Notice::Wrong).into()),
                Outcome::Limited(wait) => Err(Refusal::TooManyAttempts { wait }.into()),
            };
        }
        if sender == Sender::Anybody {
            return Err(Refusal::TokenWanted.into());
        }
        self.identify_by_cookie(visit, request)
    }

    fn identify_by_cookie(&self, visit: &Visit, request: &Request) -> Result<Subject, Answer> {
        let place = self.cookie_place(visit);
        let values = cookies(request.headers(), &place.name());
        if values.is_empty() {
            return Err(self.ask(visit, request, Notice::None).into());
        }
        let is_right = || values.iter().any(|value| self.token.matches_cookie(value));
        match self
            .cookie_attempts
            .attempt(Instant::now(), visit.client, is_right)
        {
            Outcome::Right => Ok(Subject::TokenBearer),
            Outcome::Limited(wait) => Err(Refusal::TooManyAttempts { wait }.into()),
            Outcome::Wrong => {
                let mut response = self.ask(visit, request, Notice::None);
                if let Ok(value) = HeaderValue::try_from(place.clear()) {
                    response.headers_mut().append(SET_COOKIE, value);
                }
                Err(response.into())
            }
        }
    }

    /// Refuses secrets in an address, but for the one exchange of `?token=` on a page.
    pub(super) fn check_query(&self, visit: &Visit, request: &Request) -> Result<(), Answer> {
        let query = request.uri().query().unwrap_or_default();
        if path::parameter(query, PASSWORD).is_some() {
            return Err(Refusal::SecretInUrl { name: PASSWORD }.into());
        }
        let Some(token) = path::parameter(query, TOKEN) else {
            return Ok(());
        };
        if visit.area != Area::Page || request.method() != Method::GET {
            return Err(Refusal::SecretInUrl { name: TOKEN }.into());
        }
        let location = self.target(visit, request.uri());
        if !self.needs_token(visit.connection.listener) {
            return Err(redirect(StatusCode::SEE_OTHER, &location, None).into());
        }
        Err(match self.try_token(visit.client, &token) {
            Outcome::Right => {
                let cookie = self.token.set_cookie(&self.cookie_place(visit));
                redirect(StatusCode::SEE_OTHER, &location, Some(&cookie)).into()
            }
            Outcome::Wrong => self.ask(visit, request, Notice::Wrong).into(),
            Outcome::Limited(wait) => Refusal::TooManyAttempts { wait }.into(),
        })
    }

    /// Answers the form of the token page.
    pub(super) async fn enter(&self, visit: &Visit, request: Request) -> Result<Response, Answer> {
        let (parts, body) = request.into_parts();
        let body = self.read_body(body).await?;
        let text = String::from_utf8(body.to_vec()).map_err(|_| Refusal::BrokenBody)?;
        let target = path::parameter(&text, "to")
            .filter(|target| self.is_own_target(target))
            .unwrap_or_else(|| self.root.clone());
        if !self.needs_token(visit.connection.listener) {
            return Ok(redirect(StatusCode::SEE_OTHER, &target, None));
        }
        let token = path::parameter(&text, TOKEN).unwrap_or_default();
        let page = |notice| {
            let page = TokenPage {
                title: &self.title,
                base: &self.root,
                target: &target,
                notice,
            };
            page.respond(&parts.headers)
        };
        Ok(match self.try_token(visit.client, token.trim()) {
            Outcome::Right => {
                let cookie = self.token.set_cookie(&self.cookie_place(visit));
                redirect(StatusCode::SEE_OTHER, &target, Some(&cookie))
            }
            Outcome::Wrong => page(Notice::Wrong),
            Outcome::Limited(wait) => {
                let mut response = page(Notice::TooOften);
                response
                    .headers_mut()
                    .insert(RETRY_AFTER, retry_after(wait));
                response
            }
        })
    }

    /// Checks a token, as often as one client may try.
    fn try_token(&self, client: IpAddr, token: &str) -> Outcome {
        let outcome = self
            .token_attempts
            .attempt(Instant::now(), client, || self.token.matches(token));
        if outcome == Outcome::Wrong {
            tracing::warn!(client.address = %client, "refused a wrong token");
        }
        outcome
    }

    /// Asks for the token: a person on a page, everybody else by a problem.
    fn ask(&self, visit: &Visit, request: &Request, notice: Notice) -> Response {
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let is_page = matches!(visit.area, Area::Page | Area::TokenForm);
        if !is_read || !is_page || !accepts_html(request.headers()) {
            return Refusal::TokenWanted.into_response();
        }
        let page = TokenPage {
            title: &self.title,
            base: &self.root,
            target: &self.target(visit, request.uri()),
            notice,
        };
        page.respond(request.headers())
    }

    /// The address that was asked for, as browsers see it, without the token.
    fn target(&self, visit: &Visit, uri: &Uri) -> String {
        let path = match visit.area {
            Area::TokenForm => "/",
            _ => visit.path.as_deref().unwrap_or("/"),
        };
        let query = path::without_parameter(uri.query().unwrap_or_default(), TOKEN);
        path::with_query(&self.outer(path), Some(&query))
    }

    /// Whether a form may send a browser there: a path of ours, whatever the query.
    fn is_own_target(&self, target: &str) -> bool {
        let is_visible = target.bytes().all(|byte| byte.is_ascii_graphic());
        is_visible
            && target.starts_with(&self.root)
            && target
                .parse::<Uri>()
                .is_ok_and(|uri| uri.authority().is_none() && path::check(&uri).is_ok())
    }

    fn cookie_place(&self, visit: &Visit) -> CookiePlace<'_> {
        CookiePlace {
            scheme: visit.scheme,
            port: visit.port(),
            base: &self.root,
        }
    }
}

/// The token of `Authorization: Bearer`; another scheme is no credential here.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_start_matches(' '))
}

/// The values of every cookie of that name; a page of a neighbouring host can add some.
fn cookies<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value)
        .collect()
}

/// Whether a page is welcome; browsers name it, and who names nothing takes anything.
fn accepts_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).map(HeaderValue::to_str);
    match accepted {
        None => true,
        Some(Ok(text)) => text.contains("text/html") || text.contains("*/*"),
        Some(Err(_)) => false,
    }
}
