//! Everything that the page shows before it comes to life.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::{
    Problem, Source, SourceState,
    live::ViewSpec,
    window::{Look, Window},
};
use serde::{Deserialize, Serialize};

use super::ApiError;
use crate::{logs::Logs, model::address::Address};

/// Rows that are rendered on the server: a tall screen of them.
const FIRST_ROWS: u32 = 64;

/// Bytes of each of those rows.
const FIRST_TEXT_BYTES: u32 = 1024;

/// What the page starts with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FirstPage {
    /// All sources.
    pub sources: Vec<Source>,
    /// What the address asks for, with its names resolved.
    pub spec: ViewSpec,
    /// Names in the address that no source has.
    pub unknown: Vec<String>,
    /// The first rows; `None` when they could not be read.
    pub window: Option<Window>,
    /// Why they could not be read, or why the query was not understood.
    pub problem: Option<Problem>,
}

/// Reads what the page at `address` shows first. An address without sources
/// shows the first one that is there.
///
/// # Errors
/// [`ApiError::Transport`] only: what is wrong with the address is part of the
/// answer.
#[server(prefix = "/ui", endpoint = "open_page", input = server_fn::codec::GetUrl)]
pub async fn open_page(address: String) -> Result<FirstPage, ApiError> {
    let logs = expect_context::<Arc<dyn Logs>>();
    let address = Address::parse(&address);
    let sources = logs.sources();
    let mut unknown = Vec::new();
    let mut wanted = Vec::new();
    for name in &address.sources {
        match sources
            .iter()
            .find(|source| source.name == *name || source.id.0 == *name)
        {
            Some(source) => wanted.push(source.id.clone()),
            None => unknown.push(name.clone()),
        }
    }
    if wanted.is_empty() && unknown.is_empty() {
        let first = sources
            .iter()
            .find(|source| source.state == SourceState::Following && source.size > 0);
        wanted.extend(first.or(sources.first()).map(|source| source.id.clone()));
    }
    let mut spec = ViewSpec {
        sources: wanted,
        q: address.q.clone(),
        regex: address.regex,
    };
    if spec.sources.is_empty() {
        return Ok(FirstPage {
            sources,
            spec,
            unknown,
            window: None,
            problem: None,
        });
    }
    let look = Look {
        anchor: address.anchor(),
        before: FIRST_ROWS / 2,
        after: FIRST_ROWS / 2,
        text_bytes: FIRST_TEXT_BYTES,
    };
    let (window, problem) = match logs.window(spec.clone(), look).await {
        Ok(window) => (Some(window), None),
        Err(problem @ (Problem::BadQuery { .. } | Problem::NotSupported { .. })) => {
            // A wrong filter does not take the log away.
            let plain = ViewSpec {
                q: String::new(),
                ..spec.clone()
            };
            let window = logs.window(plain, look).await.ok();
            (window, Some(problem))
        }
        Err(problem) => (None, Some(problem)),
    };
    if let Some(Problem::BadQuery { .. } | Problem::NotSupported { .. }) = &problem {
        spec.q.clone_from(&address.q);
    }
    Ok(FirstPage {
        sources,
        spec,
        unknown,
        window,
        problem,
    })
}
