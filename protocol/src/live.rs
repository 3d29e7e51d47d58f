//! What is said on the live channel beside the frames of [`crate::frame`].
//!
//! The page speaks in JSON text messages of [`Ask`]; the server answers with
//! windows in binary frames, and with JSON text messages of [`Tell`].

use serde::{Deserialize, Serialize};

use crate::{
    problem::Problem,
    source::{Source, SourceId},
    window::Look,
};

/// Which lines a view shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ViewSpec {
    /// Its sources, in the order named; several are merged by time.
    pub sources: Vec<SourceId>,
    /// The filter; empty shows everything.
    pub q: String,
    /// Whether `q` is one regular expression.
    pub regex: bool,
}

/// What a page asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Opens a view, or gives an open one another specification.
    Open {
        /// The page's own number for it.
        view: u32,
        /// What it shows.
        spec: ViewSpec,
    },
    /// Says what the screen wants to see from now on. The first look at a view
    /// brings the credit with it.
    Look {
        /// The view.
        view: u32,
        /// The page's own number for this look, rising.
        number: u32,
        /// What it wants to see.
        look: Look,
    },
    /// Returns the credit: the frame is on the screen.
    Painted {
        /// The view.
        view: u32,
        /// The frame, from its header.
        frame: u32,
    },
    /// Closes a view.
    Close {
        /// The view.
        view: u32,
    },
}

/// What the server tells a page beside the windows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tell {
    /// All sources, at the start and whenever one changes.
    Sources {
        /// The list that replaces the one before.
        sources: Vec<Source>,
    },
    /// A view is open and its windows follow.
    Opened {
        /// The view.
        view: u32,
    },
    /// A view could not be opened; what it showed before stays.
    Refused {
        /// The view.
        view: u32,
        /// Why.
        problem: Problem,
    },
    /// Nothing, so that a silent channel and a dead one can be told apart.
    Pulse,
    /// The channel ends here.
    Bye {
        /// Whether the server means to come back, so that waiting makes sense.
        restart: bool,
    },
}
