//! tailon's page, rendered on the server and hydrated in the browser.
//!
//! The page talks to the small trait [`logs::Logs`] and never to the engine.
//! What moves with every frame, the rows, lives outside the reactive graph in
//! [`viewer`]; everything around it is ordinary components.

#![recursion_limit = "256"]
#![allow(clippy::needless_pass_by_value, reason = "a component owns its props")]
#![allow(
    unreachable_pub,
    clippy::unused_async,
    reason = "the server macro makes a public item and asks for an async function"
)]

pub mod api;
pub mod app;
pub mod components;
pub mod desk;
pub mod live;
pub mod logs;
pub mod model;
pub mod shell;
pub mod viewer;
pub mod words;
