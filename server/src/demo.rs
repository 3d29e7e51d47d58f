//! A small shop that never closes: logs to look at where there are none.
//!
//! [`prepare`] writes a day of history, [`Demo`] keeps it growing. Everything is
//! made up: hosts are `example.com` and `10.0.0.0/8`, and no line is random text.

mod history;
mod lines;
mod live;
mod moment;
mod random;
mod rotate;
#[cfg(test)]
mod tests;

use std::{
    io,
    path::{Path, PathBuf},
    sync::mpsc::{SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

use moment::Moment;
use random::Random;

/// Writes a day of history, up to now, into `directory`, which is created.
///
/// The same seed gives the same lines, apart from their times. Files of the same
/// names are replaced.
///
/// # Errors
///
/// Those of creating and writing the files.
pub fn prepare(directory: &Path, seed: u64) -> io::Result<()> {
    history::write(directory, seed, Moment::now())
}

/// Appends to the files of [`prepare`] for as long as it lives: one to eight
/// lines a second, bursts, trouble now and then, and a rotation every few minutes.
///
/// Dropping it ends its thread after the line that is being written.
#[derive(Debug)]
pub struct Demo {
    /// Dropped to end the thread; nothing is ever sent.
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Demo {
    /// Starts the thread that appends.
    ///
    /// # Errors
    ///
    /// That of starting the thread. A file that cannot be written later is tried
    /// again with its next line.
    pub fn start(directory: impl Into<PathBuf>) -> io::Result<Self> {
        let directory = directory.into();
        let (stop, stopped) = sync_channel(0);
        let thread = thread::Builder::new()
            .name("demo".to_owned())
            .spawn(move || {
                let seed = Moment::now().milliseconds();
                live::run(&directory, Random::new(seed), &stopped);
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // It has nothing to say, and a panic of it has been printed.
            let _ended = thread.join();
        }
    }
}
