//! The page's own calls, and how they fail.

mod open_page;
mod read_row;

use protocol::Problem;
use serde::{Deserialize, Serialize};
use server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};

pub use self::{
    open_page::{FirstPage, open_page},
    read_row::read_row,
};

/// Why a call of the page failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub enum ApiError {
    /// The server refused, and says why.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The call did not get through, or its answer did not.
    #[error("the server could not be reached: {0}")]
    Transport(String),
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self::Transport(error.to_string())
    }
}
