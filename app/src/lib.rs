//! tailon's page, rendered on the server and hydrated in the browser.
//!
//! The page talks to the small trait [`logs::Logs`] and never to the engine.
//! What moves with every frame, the rows, lives outside the reactive graph in
//! [`viewer`]; everything around it is ordinary components.

#![recursion_limit = "256"]

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
