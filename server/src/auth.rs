//! Who asks, and what they may do: the one place that decides it, for pages, API, live channel,
//! downloads and commands alike.
//!
//! The gate finds out who asks and puts the [`Subject`] into the request; whoever does something
//! for it asks [`Grants::authorize`] first.

mod attempts;
mod page;
mod token;

use protocol::{Problem, SourceId};
use thiserror::Error;

pub(crate) use attempts::{Attempts, Outcome};
pub(crate) use page::{Notice, TokenPage};
pub(crate) use token::CookiePlace;
pub use token::{NoRandomness, Token};

use crate::config::Config;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Somebody on this machine, at an address that only this machine reaches.
    LocalVisitor,
    /// Anybody, where the operator said `--insecure-no-auth`.
    OpenVisitor,
    /// Somebody who has the token.
    TokenBearer,
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// See that it exists.
    List,
    /// Read its lines, live or not.
    View,
    /// Look for lines in it.
    Search,
    /// Take its bytes away.
    Download,
    /// Run a command on it.
    Run,
    /// Make it known, or forget it.
    Register,
    /// Change how the server works, or read its audit.
    Administer,
}

/// What it is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object<'a> {
    /// The server as a whole, or all that the subject may see of it.
    Everything,
    /// One source.
    Source(&'a SourceId),
    /// One command, by its name in the configuration.
    Command(&'a str),
}

/// Why something is not allowed; displayed as who could allow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Denied {
    /// The operator switched downloads off.
    #[error("downloads are switched off by `allow-download`")]
    DownloadsOff,
    /// Sources are those of the configuration.
    #[error("without a login nobody may register sources")]
    Registration,
    /// Nobody is known to be an administrator.
    #[error("without a login nobody may administer this server")]
    Administration,
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        Self::NotAllowed {
            reason: denied.to_string(),
        }
    }
}

/// What the configuration allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grants {
    /// Whether files may be downloaded.
    pub allow_download: bool,
}

impl Grants {
    /// What this configuration allows.
    pub fn new(config: &Config) -> Self {
        Self {
            allow_download: config.allow_download.value,
        }
    }

    /// Decides whether the subject may do this.
    ///
    /// Every visitor who was let in sees every source, and runs every command that the operator
    /// lists; whether a source or a command exists is not looked at here.
    ///
    /// # Errors
    ///
    /// [`Denied`] with the reason.
    pub fn authorize(
        &self,
        subject: &Subject,
        action: Action,
        object: Object<'_>,
    ) -> Result<(), Denied> {
        let (Subject::LocalVisitor | Subject::OpenVisitor | Subject::TokenBearer) = subject;
        let (Object::Everything | Object::Source(_) | Object::Command(_)) = object;
        match action {
            Action::List | Action::View | Action::Search | Action::Run => Ok(()),
            Action::Download if self.allow_download => Ok(()),
            Action::Download => Err(Denied::DownloadsOff),
            Action::Register => Err(Denied::Registration),
            Action::Administer => Err(Denied::Administration),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_visitor_may_look_and_none_may_administer() {
        let source = SourceId("a".to_owned());
        let objects = [
            Object::Everything,
            Object::Source(&source),
            Object::Command("grep"),
        ];
        for allow_download in [true, false] {
            let grants = Grants { allow_download };
            let download = if allow_download {
                Ok(())
            } else {
                Err(Denied::DownloadsOff)
            };
            for (action, expected) in [
                (Action::List, Ok(())),
                (Action::View, Ok(())),
                (Action::Search, Ok(())),
                (Action::Run, Ok(())),
                (Action::Download, download),
                (Action::Register, Err(Denied::Registration)),
                (Action::Administer, Err(Denied::Administration)),
            ] {
                for subject in [
                    Subject::LocalVisitor,
                    Subject::OpenVisitor,
                    Subject::TokenBearer,
                ] {
                    for object in objects {
                        assert_eq!(grants.authorize(&subject, action, object), expected);
                    }
                }
            }
        }
    }
}
