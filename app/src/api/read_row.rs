//! The rest of a line that was too long to be shown whole.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::{
    line::Place,
    live::ViewSpec,
    source::SourceId,
    window::{Anchor, Look, Row},
};

use super::ApiError;
use crate::logs::Logs;

/// Reads the line of `source` at `place`, up to a mebibyte of it.
///
/// # Errors
/// [`ApiError::Problem`] when it can no longer be read.
#[server(prefix = "/ui", endpoint = "read_row", input = server_fn::codec::GetUrl)]
pub async fn read_row(source: SourceId, place: String) -> Result<Row, ApiError> {
    let place: Place = place
        .parse()
        .map_err(|()| protocol::Problem::BadParameter {
            name: "place".to_owned(),
            expected: "expected a generation and an offset".to_owned(),
        })?;
    let logs = expect_context::<Arc<dyn Logs>>();
    let spec = ViewSpec {
        sources: vec![source],
        ..ViewSpec::default()
    };
    let look = Look {
        anchor: Anchor::Place(place),
        before: 0,
        after: 1,
        text_bytes: 1 << 20,
    };
    Ok(logs.whole_row(spec, look).await?)
}
