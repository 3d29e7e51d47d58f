//! The parts of the page, one to a file.

pub mod goto_box;
pub mod help;
pub mod log_line;
pub mod log_view;
pub mod query_box;
pub mod scroll_bar;
pub mod source_tree;
pub mod status_line;
pub mod top_bar;
pub mod whole_line;
