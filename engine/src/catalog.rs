//! What can be viewed: the files that the operator names, as they come and go.

mod disk;
mod head;
mod layout;
mod names;
mod pattern;
mod rotation;
mod spec;

pub use head::Compression;
pub use layout::{Layout, LayoutFault};
pub use names::display_name;
pub use spec::{FileSpec, SpecFault, SpecSource};
