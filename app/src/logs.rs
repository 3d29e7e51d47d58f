//! What the page needs of the server.

use std::{any::Any, future::Future, pin::Pin};

use protocol::{
    Problem, Source,
    live::ViewSpec,
    window::{Look, Row, Window},
};

/// A future that may move between threads.
pub type Reply<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Takes the server's own request type and gives back its own response type,
/// so that the page names neither.
pub type Accept = Box<dyn FnOnce(Box<dyn Any + Send>) -> Reply<Box<dyn Any + Send>> + Send>;

/// Everything that the page asks of the server; provided as context by it.
pub trait Logs: Send + Sync {
    /// All sources that the visitor may see.
    fn sources(&self) -> Vec<Source>;

    /// The rows that `look` asks for.
    fn window(&self, spec: ViewSpec, look: Look) -> Reply<Result<Window, Problem>>;

    /// One row with as much of its text as is ever sent in one piece.
    fn whole_row(&self, spec: ViewSpec, look: Look) -> Reply<Result<Row, Problem>>;

    /// Answers the request that opens the live channel.
    fn accept_live(&self) -> Accept;
}
