//! What the command line asks for.

use std::path::PathBuf;

use crate::fault::Fault;

/// Said for `--help`, and behind a wrong command line.
pub(crate) const USAGE: &str = "\
usage: bench [--bytes N] [--runs N] [--binary PATH] [--rg PATH] [--port N] [--keep]
  --bytes N      size of the generated log [1000000000]
  --runs N       rounds, each of which runs every program once [7]
  --binary PATH  the server [target/release/tailon]
  --rg PATH      ripgrep [the one in PATH]
  --port N       where the server listens [a free port]
  --keep         leave the generated log for the next run";

/// The smallest log that makes sense: the planted lines need their room.
const BYTES_MIN: u64 = 1_000_000;

/// The command line.
#[derive(Clone, Debug)]
pub(crate) struct Args {
    /// Bytes of the generated log, about: it ends with a whole line.
    pub(crate) bytes: u64,
    /// How often every program is run.
    pub(crate) runs: usize,
    /// The server's program.
    pub(crate) binary: PathBuf,
    /// Where ripgrep is; the one in `PATH` if left out.
    pub(crate) rg: Option<PathBuf>,
    /// Where the server listens; a free port if left out.
    pub(crate) port: Option<u16>,
    /// Whether the generated log stays.
    pub(crate) keep: bool,
}

impl Args {
    /// Reads the arguments behind the program's name.
    ///
    /// # Errors
    /// [`Fault::Usage`] with what was expected; for `--help` too.
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, Fault> {
        let mut args = Self {
            bytes: 1_000_000_000,
            runs: 7,
            binary: PathBuf::from("target/release/tailon"),
            rg: None,
            port: None,
            keep: false,
        };
        while let Some(word) = words.next() {
            let mut value = || {
                let missing = || Fault::Usage(format!("`{word}` expects a value"));
                words.next().ok_or_else(missing)
            };
            match word.as_str() {
                "--bytes" => args.bytes = number::<u64>(&value()?)?.max(BYTES_MIN),
                "--runs" => args.runs = number::<usize>(&value()?)?.max(1),
                "--binary" => args.binary = value()?.into(),
                "--rg" => args.rg = Some(value()?.into()),
                "--port" => args.port = Some(number(&value()?)?),
                "--keep" => args.keep = true,
                "-h" | "--help" => return Err(Fault::Usage(String::new())),
                _ => return Err(Fault::Usage(format!("unknown argument `{word}`"))),
            }
        }
        Ok(args)
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, Fault> {
    let plain = text.replace('_', "");
    let wrong = |_| Fault::Usage(format!("expected a number, got `{text}`"));
    plain.parse().map_err(wrong)
}
